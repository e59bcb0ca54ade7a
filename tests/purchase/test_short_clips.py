"""A clip that came too short: its last frame stands still for a while, and what lacks more is told with its cures."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from storyreel.studio.errors import StoryreelError
from storyreel.studio.production.shoot import Shooting, Spend
from storyreel.studio.render import film
from storyreel.tests.purchase.conftest import GEN, VEO, Set


def rendered(shooting: Shooting, path: Path) -> list[np.ndarray]:
    """All frames of the film, in grey."""
    made = film.render(shooting.timeline, shooting.settings, path)
    with av.open(str(made.path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def heard(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.abs(np.concatenate(blocks, axis=1)).max(axis=0)


def losses(shooting: Shooting) -> list[list[str]]:
    return [clip.about["losses"] for clip in shooting.timeline.clips if not clip.goes_on]


def test_a_quarter_of_a_second_stands_still(studio: Set, tmp_path: Path) -> None:
    studio.shoot(GEN | {"prompt": "whole"}, fps=8)
    studio.emulator.misbehave({"what": "shorter", "seconds": 0.25})
    shooting = studio.shoot(GEN, GEN | {"prompt": "whole"}, fps=8)
    frames = rendered(shooting, tmp_path / "film.mp4")
    assert len(frames) == 4 * 8, "the film is as long as was written"
    assert all(abs(frames[13].astype(int) - frames[k].astype(int)).mean() < 1 for k in (14, 15))
    # A frame less than was taken off: Runway's two seconds have 49 frames.
    assert shooting.timeline.clips[0].hold == Fraction(5, 24) and shooting.timeline.clips[1].hold == 0
    short, whole = losses(shooting)
    assert "0.21 s too short; its last frame stands still" in short[0] and not whole
    assert any(said.startswith("scenes[0].duration: ") for said in shooting.warnings)


def test_its_sound_is_over_when_the_clip_is(studio: Set, tmp_path: Path) -> None:
    studio.emulator.misbehave({"what": "shorter", "seconds": 0.5})
    shooting = studio.shoot(VEO, fps=8)
    assert len(rendered(shooting, tmp_path / "film.mp4")) == 4 * 8
    sound = heard(tmp_path / "film.mp4")
    assert sound[int(3.0 * 48000) : int(3.3 * 48000)].max() > 0.01
    assert sound[int(3.7 * 48000) : int(3.95 * 48000)].max() < 0.001


@pytest.mark.parametrize(
    "scenes",
    [
        pytest.param([GEN, GEN | {"prompt": "on", "continue": True}], id="chained"),
        pytest.param([GEN | {"duration": 12, "chain": True}], id="in parts"),
        pytest.param([VEO, VEO | {"prompt": "on", "extend": "previous", "duration": 7}], id="extended"),
    ],
)
def test_in_every_form(studio: Set, tmp_path: Path, scenes: list[dict[str, Any]]) -> None:
    studio.emulator.misbehave({"what": "shorter", "seconds": 0.25})
    shooting = studio.shoot(*scenes, fps=8)
    assert len(rendered(shooting, tmp_path / "film.mp4")) == 8 * sum(scene["duration"] for scene in scenes)
    assert all("stands still" in said[0] for said in losses(shooting))


def test_with_a_transition(studio: Set, tmp_path: Path) -> None:
    studio.emulator.misbehave({"what": "shorter", "seconds": 0.25})
    more = {"transition": "crossfade", "transition_duration": 0.5}
    shooting = studio.shoot(GEN, GEN | {"prompt": "b"}, fps=8, **more)
    assert len(rendered(shooting, tmp_path / "film.mp4")) == 3.5 * 8


@pytest.mark.parametrize("missing", [0.6, 1.5])
def test_what_lacks_more_names_the_scene_and_the_cures(studio: Set, tmp_path: Path, missing: float) -> None:
    studio.emulator.misbehave({"what": "shorter", "seconds": missing, "nth": 2})
    scenes = (GEN, GEN | {"prompt": "short"}, GEN | {"prompt": "last"})
    with pytest.raises(StoryreelError) as caught:
        studio.shoot(*scenes, fps=8)
    found = re.match(r"scenes\[(\d)\]: its clip has ", caught.value.message)
    assert found, caught.value.message
    for cure in (f"--retake {found[1]}", "--allow-gaps"):
        assert cure in caught.value.hint
    shooting = studio.shoot(*scenes, fps=8, spend=Spend(limit=Spend().limit, gaps=True))
    assert [scene.number for scene in shooting.missing] == [int(found[1])]
    assert len(rendered(shooting, tmp_path / "film.mp4")) == 2 * 2 * 8
    assert len(studio.jobs()) == 3, "nothing was bought again"


def test_made_shorter_as_the_sentence_says_it_is_shown(studio: Set, tmp_path: Path) -> None:
    studio.emulator.misbehave({"what": "shorter", "seconds": 1.5})
    with pytest.raises(StoryreelError, match=r"make the scene 2\.5 s long"):
        studio.shoot(VEO, fps=8)
    shooting = studio.shoot(VEO | {"duration": 2.5}, fps=8)
    assert len(rendered(shooting, tmp_path / "film.mp4")) == 20 and losses(shooting) == [
        ["duration: 2.50 s came instead of 4 s"]
    ]
    assert len(studio.jobs()) == 1, "the same clip, bought once"
