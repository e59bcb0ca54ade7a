"""Scenes in which somebody talks: bought from HeyGen, as long as what is said, once; found where an answer is lost."""

from __future__ import annotations

import time
import wave
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from storyreel.studio.errors import BadInput, StoryreelError, UnknownOutcome
from storyreel.studio.media.probe import probe
from storyreel.studio.render.film import render
from storyreel.studio.timeline.timeline import Timeline

from .conftest import Set

TALK = {
    "provider": "heygen",
    "avatar": "abigail_office",
    "voice": "v_en_ada",
    "narration": "Good morning, everybody. This is our new office.",
}
END = {"prompt": "The end", "duration": 2}


def lengths(timeline: Timeline) -> list[float]:
    return [float(clip.duration or 0) for clip in timeline.clips]


@pytest.mark.parametrize("duration", [1, 4, 20])
def test_a_talker_s_scene_lasts_as_long_as_what_is_said(studio: Set, duration: int) -> None:
    """Whatever length was planned for it."""
    shooting = studio.shoot({**TALK, "duration": duration}, END)
    (job,) = studio.jobs()
    assert lengths(shooting.timeline) == [3.76, 2]  # 94 frames of a 25th
    assert probe(shooting.clips[0]).frames == 94
    assert shooting.cost == Decimal(job["billed"])
    warning = f"what is said takes 3.76 s, and the scene lasts as long instead of {duration} s"
    noted = [] if duration == 4 else [f"scenes[0].duration: {warning}"]  # a frame lasts half a second here
    assert list(shooting.warnings) == noted
    studio.shoot({**TALK, "duration": duration + 1}, END)
    assert len(studio.jobs()) == 1, "the planned length is no part of what was asked"


def test_a_short_word_between_long_transitions(studio: Set, tmp_path: Path) -> None:
    """How long it would be nobody knew: the film is made all the same."""
    short = {**TALK, "narration": "Yes!", "duration": 6}
    keys = {"transition": "crossfade", "transition_duration": 2}
    shooting = studio.shoot({"prompt": "a", "duration": 6}, short, {"prompt": "b", "duration": 6}, **keys)
    said = shooting.timeline.clips[1].duration
    assert said is not None and said < 2
    made = render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    assert abs(made.frames - float(2 * (6 + 6))) <= 1, "half of it is under either transition"


def test_other_words_are_another_clip(studio: Set) -> None:
    studio.shoot(TALK)
    studio.shoot({**TALK, "narration": "Good evening."}, {**TALK, "voice": "v_en_dean"})
    assert len(studio.jobs()) == 3
    assert {state for _, state in studio.states()} == {"stored"}


def test_a_picture_says_a_sound(studio: Set) -> None:
    Image.new("RGB", (640, 640), "grey").save(studio.folder / "me.png")
    with wave.open(str(studio.folder / "said.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * 3))
    shooting = studio.shoot({"provider": "heygen", "image": "me.png", "speech": "said.wav"})
    (job,) = studio.jobs()
    assert job["body"]["type"] == "image" and job["body"]["audio_asset_id"]
    assert lengths(shooting.timeline) == [3.0] and shooting.cost == Decimal("0.15")
    again = studio.shoot({"provider": "heygen", "image": "me.png", "speech": "said.wav"})
    assert again.spent == 0 and len(studio.jobs()) == 1


@pytest.mark.parametrize("what", ["reset", "no_id", "hang"])
def test_an_answer_that_is_lost_is_found_again(studio: Set, what: str) -> None:
    studio.configure("[doors.heygen]\npoll_seconds = 0.05\nanswer_seconds = 0.5\nsettle_seconds = 0.1\n")
    studio.emulator.misbehave({"door": "heygen", "what": what, "times": 1})
    shooting = studio.shoot(TALK)
    (job,) = studio.jobs()
    assert shooting.cost == Decimal(job["billed"]) and studio.states() == [("heygen", "stored")]


def test_what_cant_be_looked_up_now_is_found_by_the_next_run(studio: Set) -> None:
    studio.emulator.misbehave(
        {"door": "heygen", "what": "reset", "times": 1},
        {"door": "heygen", "at": "other", "what": "500"},
    )
    with pytest.raises(UnknownOutcome):
        studio.shoot(TALK)
    assert studio.states() == [("heygen", "unknown")]
    studio.emulator.misbehave()
    shooting = studio.shoot(TALK)
    (job,) = studio.jobs()
    assert shooting.cost == Decimal(job["billed"]) and studio.states() == [("heygen", "stored")]


@pytest.mark.parametrize("what", ["500", "502", "504", "reset_before", "hang_before", "held"])
def test_what_isnt_found_is_never_sent_again(studio: Set, what: str) -> None:
    """HeyGen would make a second video under the same title; the first may only be late."""
    studio.configure("[doors.heygen]\npoll_seconds = 0.05\nanswer_seconds = 0.3\nsettle_seconds = 0.1\n")
    studio.emulator.misbehave(
        {"door": "heygen", "what": what, "times": 1, **({"seconds": 1} if what == "held" else {})}
    )
    for _ in range(2):
        with pytest.raises(UnknownOutcome):
            studio.shoot(TALK)
    with studio.ledger() as ledger:
        assert [(each.state.value, each.sends) for each in ledger.list()] == [("unknown", 1)]
    if what == "held":
        time.sleep(1)
        studio.shoot(TALK)
    assert len(studio.jobs()) == (what == "held")


def test_a_video_that_fails_costs_nothing(studio: Set) -> None:
    studio.emulator.misbehave({"door": "heygen", "what": "failed", "times": 1, "failure": "The light broke"})
    with pytest.raises(StoryreelError, match="The light broke"):
        studio.shoot(TALK)
    assert studio.states() == [("heygen", "failed")]
    assert studio.shoot(TALK).spent == Decimal(studio.jobs()[1]["billed"])


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ({**TALK, "voice": None}, "voice"),
        ({**TALK, "narration": ""}, "narration"),
        ({**TALK, "narration": "7 " * 2000}, "narration: takes about"),
        ({"provider": "heygen", "narration": "Hello", "voice": "v_en_ada"}, "image"),
    ],
)
def test_what_cant_be_said_is_never_sent(studio: Set, scene: dict[str, object], said: str) -> None:
    given = {"prompt": "A talk", **{key: value for key, value in scene.items() if value is not None}}
    with pytest.raises(BadInput) as caught:
        studio.shoot(given)
    assert said in str(caught.value), str(caught.value)
    assert studio.jobs() == [] and not Path(studio.folder / "clips1").exists()


def test_a_busy_service_is_asked_whether_the_request_came_in_all_the_same(studio: Set) -> None:
    studio.emulator.misbehave({"door": "heygen", "what": "503", "accepted": True, "times": 1})
    studio.shoot(TALK)
    assert len(studio.jobs()) == 1 and studio.states() == [("heygen", "stored")]
