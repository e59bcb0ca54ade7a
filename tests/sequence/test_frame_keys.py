"""The keys that a storyboard has for its frame: its size in pixels, how exactly it is encoded, how long views move."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.planning.overrides import overridden
from storyreel.studio.planning.shots import shots
from storyreel.studio.providers.animatic.provider import make
from storyreel.studio.providers.shot import Shot
from storyreel.studio.storyboard.parser import from_plain


def test_a_size_of_its_own(tmp_path: Path) -> None:
    board = from_plain(
        {"size": "576 x 1024", "crf": 5, "quality": "high", "longest_move": 6, "scenes": ["a"]}
    )
    assert board.to_plain()["size"] == "576x1024"
    assert (board.settings.size, board.settings.crf, board.settings.fps) == ((576, 1024), 5, 30)
    (shot,) = shots(board, tmp_path)
    assert (shot.width, shot.height, shot.moves_for) == (576, 1024, 6)
    assert (shot.aspect_ratio, shot.resolution) == ("9:16", "720p"), "what a model would be asked for"
    other = overridden(board, quality="draft")
    assert (other.settings.size, other.settings.crf) == ((480, 854), None), "a quality takes their place"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"size": "1024x577"}, "use 1024x578"),
        ({"size": "big"}, "'big' is not a size; write width and height in pixels: 1024x576"),
        ({"size": "1024x576", "aspect_ratio": "9:16"}, "size: 1024x576 is not 9:16; keep one of them"),
        ({"crf": 52}, "crf: 52 is too large; use at most 51"),
        ({"longest_move": 0}, "longest_move: 0 is not a length"),
    ],
)
def test_what_they_can_not_be(written: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_plain({**written, "scenes": ["a"]})
    assert said in str(caught.value)


def test_the_camera_moves_as_long_as_it_may(tmp_path: Path) -> None:
    """The same movement as in a clip of that length; then the view holds."""
    asked = {"prompt": "A card", "width": 160, "height": 90, "fps": 12, "clip_action": "zoom in", "crf": 0}
    made = {}
    for name, duration, moves_for in (("long", 2, Fraction(1)), ("short", 1, None), ("less", 1, Fraction(3))):
        make(
            Shot.model_validate({**asked, "duration": duration, "moves_for": moves_for}),
            tmp_path / f"{name}.mp4",
        )
        with av.open(str(tmp_path / f"{name}.mp4")) as file:
            made[name] = [frame.to_ndarray() for frame in file.decode(video=0)]
    assert len(made["long"]) == 24
    assert all(np.array_equal(a, b) for a, b in zip(made["long"][:12], made["short"], strict=True))
    assert all(np.array_equal(made["long"][11], frame) for frame in made["long"][12:])
    assert not np.array_equal(made["long"][10], made["long"][11])
    assert all(np.array_equal(a, b) for a, b in zip(made["less"], made["short"], strict=True))
