"""What a request asks for as a storyboard, and all that can be wrong with one, said at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.planning.narrated_sequence import draft, read

Pictures = Callable[..., Path]


def request(*scenes: Any, **params: Any) -> str:
    return json.dumps({"sequence_data": list(scenes), "generation_params": params})


def scene(number: Any, duration: Any = 3, **more: Any) -> dict[str, Any]:
    return {"scene_number": number, "duration": duration, **more}


def complaints(text: str, folder: Path) -> list[str]:
    return [str(fault).replace(str(folder), "FOLDER") for fault in draft(text, folder).draft.faults]


def test_the_example_with_its_exact_defaults(example: str, pictures: Pictures) -> None:
    board, notes = read(example, pictures("1.png"))
    assert board.to_plain() == {
        "size": "1024x576",
        "crf": 5,
        "longest_move": 6,
        "fps": 24,
        "seed": 12345,
        "transition": "fade",
        "scenes": [
            {
                "prompt": "The hero stood tall against the setting sun.",
                "duration": 5,
                "narration": "The hero stood tall against the setting sun.",
                "clip_action": "slow zoom out, pan right",
                "music_mood": "epic",
                "image": "1.png",
            }
        ],
    }
    assert (board.settings.size, board.settings.fps, board.settings.crf) == ((1024, 576), 24, 5)
    assert board.shape == "16:9" and notes == ()


def test_what_may_be_left_out(pictures: Pictures) -> None:
    folder = pictures("1.png", "2.png")
    board, notes = read(
        "sequence_data:\n- {scene_number: 2, duration: '4.5'}\n- {scene_number: '1', duration: 3}", folder
    )
    assert (board.transition, board.seed, board.fps, board.crf) == ("none", 0, 24, 5)
    assert [(each.image, float(each.duration), each.narration) for each in board.scenes] == [
        ("1.png", 3, ""),
        ("2.png", 4.5, ""),
    ]
    assert notes == ("sequence_data: isn't in the order of its scene numbers; the film is",)
    given = {"transition_type": None, "seed": "7", "fps": "30000/1001"}
    board, _ = read(request(scene(1), **given), folder)
    assert (board.transition, board.seed, float(board.settings.fps)) == ("none", 7, pytest.approx(29.97003))


@pytest.mark.parametrize(
    ("seconds", "kept"), [(3, "pan left"), (5, "pan left, zoom in"), (7, "pan left, zoom in, pan up")]
)
def test_actions_are_simplified_by_length(pictures: Pictures, seconds: int, kept: str) -> None:
    asked = "pan left, zoom in, pan up, pan right"
    board, notes = read(request(scene(1, seconds, clip_action=asked)), pictures("1.png"))
    assert board.scenes[0].clip_action == kept
    assert notes[0].startswith(f"sequence_data[0].clip_action: '{asked}'") and notes[0].endswith(
        f"kept '{kept}'"
    )
    longer = "sequence_data[0].duration: the camera moves for 6 of the 7 s, then the view holds"
    assert notes[1:] == ((longer,) if seconds == 7 else ())


def test_pictures_that_nobody_asks_for_are_told(pictures: Pictures) -> None:
    _, notes = read(request(scene(1)), pictures("1.png", "7.jpg", "cover.png"))
    assert notes == ("no scene has the number of 7.jpg, cover.png, which are not used",)


def test_everything_wrong_is_listed_at_once(pictures: Pictures) -> None:
    text = json.dumps(
        {
            "sequence_data": [
                scene("3", "x", narration=5, clip_action="slow zoom, fly"),
                {"scene_number": 2, "durration": 4},
                scene(3, 0),
                scene(4.5, 3, narration="x" * 6000),
                "a hero",
                scene(8, music_mood=["epic"]),
            ],
            "generation_params": {"transition_type": "wipe", "seed": -1, "fsp": 24, "fps": 900},
            "scenes": [],
        }
    )
    there = "1.png, 02.jpg, 2 b.png, scene_3.png"
    assert complaints(text, pictures("1.png", "02.jpg", "2 b.png", "scene_3.png")) == [
        "scenes: there is no such key; use one of sequence_data, generation_params",
        "generation_params.fsp: there is no such key; did you mean 'fps'?",
        "generation_params.transition_type: 'wipe' is not a transition of a sequence; use one of none, fade, "
        "crossfade",
        "generation_params.fps: 900 frames per second can't be made; use 1 to 240, most often 24, 25, 30 or 60",
        "generation_params.seed: -1 is too small; use at least 0",
        "sequence_data[0].duration: 'x' is not a number",
        "sequence_data[0].clip_action: 'slow zoom' doesn't say which way, 'fly' is not a movement; use zoom in, "
        "zoom out; use one of static, pan left, pan right, pan up, pan down, zoom in, zoom out",
        "sequence_data[0].narration: 5 is not text; put it in quotes",
        "sequence_data[1].durration: there is no such key; did you mean 'duration'?",
        "sequence_data[1].duration: is missing; give its seconds",
        "sequence_data[1].scene_number: 2 pictures have the number 2: 02.jpg, 2 b.png; keep one of them in FOLDER",
        "sequence_data[2].scene_number: sequence_data[0] has the number 3 too; give each its own",
        "sequence_data[2].duration: 0 is not a length; give more than 0 seconds",
        "sequence_data[3].scene_number: 4.5 is not a whole number; number the scenes 1, 2, 3 and so on",
        "sequence_data[3].narration: has 6,000 characters; shorten it to 5,000",
        "sequence_data[4]: 'a hero' is not a scene; give its keys and values in { }",
        "sequence_data[5].scene_number: no picture in FOLDER has the number 8; put it there as 8.png; there are "
        + there,
        'sequence_data[5].music_mood: ["epic"] is not text',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "sequence_data: is missing; list the scenes in [ ]"),
        ('{"sequence_data": {}}', "sequence_data: {} is not a list; list the scenes in [ ]"),
        ('{"sequence_data": []}', "sequence_data: is empty; give at least one scene"),
        (request(scene(True)), "sequence_data[0].scene_number: true is not a whole number"),
        (request({"duration": 3}), "sequence_data[0].scene_number: is missing; give the number that is in"),
        ('{"sequence_data": [], "sequence_data": []}', "sequence_data: is given twice; keep one"),
        (
            json.dumps({"sequence_data": [scene(1)], "generation_params": 3}),
            "generation_params: 3 is not an object",
        ),
    ],
)
def test_of_the_wrong_kind(pictures: Pictures, text: str, said: str) -> None:
    assert complaints(text, pictures("1.png"))[0].startswith(said)


def test_a_fault_of_the_film_is_told_where_the_request_has_it(pictures: Pictures) -> None:
    """By the place in the request, though scenes are sorted, and with a cure that a request can follow."""
    text = request(scene(3, 0.2), scene(1), scene(2), transition_type="crossfade")
    assert complaints(text, pictures("1.png", "2.png", "3.png")) == [
        "sequence_data[0].duration: the crossfade takes 0.5 s but sequence_data[0] lasts only 0.2 s; give "
        "sequence_data[0] at least 0.5 s, or use no transition"
    ]


def test_without_any_picture(pictures: Pictures, tmp_path: Path) -> None:
    (said,) = complaints(request(scene(1), scene(2)), pictures())
    assert said == "there are no pictures in FOLDER; put them there: 1.png, 2.png and so on"
    with pytest.raises(BadInput, match="isn't there"):
        draft(request(scene(1)), tmp_path / "no")
