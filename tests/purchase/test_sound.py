"""Voices and music of a storyboard that are bought: before its clips, once, and never instead of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from storyreel.studio.errors import BadInput, StoryreelError
from storyreel.studio.media.probe import sound_length
from storyreel.studio.planning.estimate import quote
from storyreel.studio.production.shoot import Spend
from storyreel.studio.render.film import render
from storyreel.studio.storyboard.parser import from_plain

from .conftest import VEO, Set

TOLD = {"voice": "openai/alloy", "narration": "Four boats go out, and nobody says a word.", "duration": 2}


def jobs_of(studio: Set, kind: str) -> list[dict[str, Any]]:
    return [job for job in studio.jobs() if job["ask"]["kind"] == kind]


def test_a_narration_is_bought_once_and_the_scene_waits(studio: Set, tmp_path: Path) -> None:
    shooting = studio.shoot({**TOLD, **VEO, "duration": 4}, {"narration": "Go.", "voice": "Kore"})
    voices = jobs_of(studio, "speech")
    assert [job["door"] for job in voices] == ["openai", "vertex"]
    assert voices[0]["body"]["input"] == TOLD["narration"] and voices[0]["body"]["voice"] == "alloy"
    told, _ = (track for track in shooting.timeline.audio if track.role == "narration")
    says = told.source_end - told.source_start
    assert abs(float(says - sound_length(told.path))) < 0.5
    billed = sum(Decimal(job["billed"]) for job in studio.jobs())
    assert shooting.cost == shooting.spent and abs(shooting.spent - billed) < Decimal(
        "0.0001"
    )  # nobody told it
    render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    assert (tmp_path / "film.srt").read_text().count("-->") == len(shooting.timeline.captions)
    again = studio.shoot({**TOLD, **VEO, "duration": 4}, {"narration": "Go.", "voice": "Kore"})
    assert again.spent == 0 and len(studio.jobs()) == 3
    assert Path(again.timeline.audio[0].path).read_bytes() == Path(told.path).read_bytes()


def test_a_bought_clip_stands_while_its_narration_goes_on(studio: Set, tmp_path: Path) -> None:
    long = {**TOLD, "narration": TOLD["narration"] * 3, **VEO, "duration": 4}
    shooting = studio.shoot(long)
    (clip,) = shooting.timeline.clips
    assert clip.duration is not None and clip.duration > 5 and clip.duration - clip.hold == 4
    (job,) = jobs_of(studio, "clip")
    assert job["body"]["parameters"]["durationSeconds"] == 4, "no longer clip is bought than was agreed to"
    noted = [note for note in shooting.warnings if "may be taken away" not in note]  # the voice
    assert [note.split(":")[0] for note in noted] == ["scenes[0].duration"]
    made = render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    assert made.duration == clip.duration


def test_what_fails_before_the_clips_has_bought_none(studio: Set) -> None:
    studio.emulator.misbehave({"door": "openai", "what": "failed"})
    with pytest.raises(StoryreelError, match=r"scenes\[0\]"):
        studio.shoot({**TOLD, **VEO, "duration": 4})
    assert not jobs_of(studio, "clip")
    shooting = studio.shoot({**TOLD, **VEO, "duration": 4}, spend=Spend(limit=Decimal(9), gaps=True))
    assert len(jobs_of(studio, "clip")) == 1 and not shooting.timeline.audio
    (loss,) = shooting.takes[0].details["losses"]
    assert loss.startswith("narration: it wasn't said: ")


def test_one_that_is_asked_to_fit_is_refused_before_its_clip(studio: Set) -> None:
    with pytest.raises(StoryreelError, match=r"s more than there are while the scene is whole"):
        studio.shoot(
            {**TOLD, **VEO, "duration": 4, "narration": TOLD["narration"] * 3, "narration_fit": "fault"}
        )
    assert [job["ask"]["kind"] for job in studio.jobs()] == ["speech"]


def test_music_is_bought_once_for_each_mood(studio: Set, tmp_path: Path) -> None:
    scenes = [
        {"prompt": f"{k}", "duration": 2, "music_mood": m} for k, m in enumerate(("calm", "upbeat", "calm"))
    ]
    shooting = studio.shoot(*scenes, music_by="lyria-3.5")
    music = jobs_of(studio, "music")
    assert len(music) == 2 and shooting.spent == sum(Decimal(job["billed"]) for job in music)
    tracks = shooting.timeline.audio
    assert len(tracks) == 3 and tracks[0].path == tracks[2].path != tracks[1].path
    render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")


def test_the_price_is_told_before(studio: Set) -> None:
    board = from_plain(
        {"scenes": [{**TOLD, "prompt": "a"}, {"prompt": "b", "music_mood": "sad"}], "music_by": "google"}
    )
    found = quote(board, studio.folder)
    shooting = studio.shoot({**TOLD, "prompt": "a"}, {"prompt": "b", "music_mood": "sad"}, music_by="google")
    assert 0 < shooting.spent <= found.cost and found.scenes[0].sounds_cost == found.scenes[0].cost > 0
    assert quote(board, studio.folder).cost == 0
    with pytest.raises(BadInput, match="nothing may be spent"):
        studio.shoot({**TOLD, "narration": "Other words."}, spend=Spend())
