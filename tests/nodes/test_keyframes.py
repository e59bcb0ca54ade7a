"""The node that draws a storyboard's described frames, against the emulated services."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from storyreel.nodes.keyframes import Keyframes
from storyreel.nodes.storyboard import AS_WRITTEN, ShootStoryboard
from storyreel.nodes.storyboard import Storyboard as Written
from storyreel.studio.errors import BadInput

CHAIN = {
    "provider": "auto",
    "model": "veo-3.1-fast",
    "character": "anna.png",
    "transition": "none",
    "scenes": [
        {
            "prompt": "Anna opens the shop",
            "duration": 4,
            "first_frame_description": "Anna at the door",
            "last_frame_description": "Anna behind the counter",
        },
        {"prompt": "She puts loaves on the shelf", "duration": 4, "continue": True},
    ],
}


@pytest.fixture
def board(place: Any, execute: Any) -> dict[str, Any]:
    Image.new("RGB", (640, 640), (180, 90, 60)).save(place.input / "anna.png")
    (found,) = execute(Written, text=json.dumps(CHAIN))
    return found


def jobs(cloud: Any) -> list[dict[str, Any]]:
    return cloud.record()["jobs"]


def drawn(execute: Any, board: dict[str, Any], **said: Any) -> tuple[Any, dict[str, Any], str]:
    return execute(Keyframes, storyboard=board, provider=AS_WRITTEN, **{"max_cost": 1.0, **said})


def test_all_frames_are_on_the_sheet_and_no_clip_is_made(
    cloud: Any, execute: Any, board: Any, place: Any
) -> None:
    sheet, through, report = drawn(execute, board)
    assert through == board
    assert sheet.shape[0] == 1 and sheet.shape[2] == 1600 and float(np.ptp(sheet)) > 0.5
    assert len(jobs(cloud)) == 2 and "veo" not in str([job["model"] for job in jobs(cloud)])
    assert report.count("gemini-3.1-flash-image through vertex") == 2
    assert report.endswith("still to pay: $0.80"), "the two clips"
    (kept,) = (place.output / "storyreel").glob("keyframes*.png")
    with Image.open(kept) as picture:
        assert picture.size == (1600, sheet.shape[1])


def test_shoot_finds_the_frames(cloud: Any, execute: Any, board: Any) -> None:
    _, through, _ = drawn(execute, board)
    before = len(jobs(cloud))
    _, _, clips, _ = execute(ShootStoryboard, storyboard=through, provider=AS_WRITTEN, max_cost=1.0)
    made = [job["model"] for job in jobs(cloud)[before:]]
    assert len(clips) == 2 and len(made) == 2 and all("veo" in model for model in made)


def test_nothing_is_paid_twice_and_another_drawing_is_another(cloud: Any, execute: Any, board: Any) -> None:
    drawn(execute, board)
    _, _, report = drawn(execute, board, max_cost=0.0)
    assert len(jobs(cloud)) == 2 and report.count("(drawn before)") == 2
    drawn(execute, board, retakes="0:again")
    assert len(jobs(cloud)) == 4
    with pytest.raises(BadInput, match="no scene 7"):
        drawn(execute, board, retakes="7:again")


def test_what_fails_is_told_and_asked_for_again(cloud: Any, execute: Any, board: Any) -> None:
    """The rest of the workflow goes on; only after a failure does the next run draw anew."""
    calm = Keyframes.fingerprint_inputs(storyboard=None)
    cloud.misbehave({"what": "spurious_400", "at": "submit"})
    _, _, report = drawn(execute, board)
    assert "0. first frame · " in report and "$0.07" not in report
    assert Keyframes.fingerprint_inputs(storyboard=None) != calm
    cloud.misbehave()
    failed = Keyframes.fingerprint_inputs(storyboard=None)
    assert "through" in drawn(execute, board)[2]
    assert Keyframes.fingerprint_inputs(storyboard=None) == failed


def test_a_storyboard_without_descriptions_costs_nothing(cloud: Any, execute: Any) -> None:
    (plain,) = execute(Written, text="scenes: [Hello, Goodbye]")
    sheet, _, report = drawn(execute, plain, max_cost=0.0)
    assert report.startswith("no frame is described") and sheet.shape[0] == 1 and jobs(cloud) == []


def test_a_retake_that_cant_be_read_is_told_before_the_run() -> None:
    assert "write a scene's number" in str(Keyframes.validate_inputs(retakes="2"))
    assert Keyframes.validate_inputs(retakes="2:again") is True
