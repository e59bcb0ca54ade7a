"""Chains: the last frame of a clip begins the next one; long scenes in parts; colours that stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from storyreel.emulators import Emulator
from storyreel.studio.errors import ProviderError
from storyreel.studio.media.frames import extract_frame
from storyreel.studio.media.image import read
from storyreel.studio.media.probe import probe
from storyreel.studio.planning.estimate import quote
from storyreel.studio.production.shoot import Shooting, Spend
from storyreel.studio.render import film
from storyreel.studio.store.vault import DERIVED, Vault
from storyreel.studio.storyboard.parser import from_plain

from .conftest import GEN, Set

VEO = {"provider": "vertex", "model": "veo-3.1-fast", "duration": 4}
ON: dict[str, Any] = {"continue": True}


@pytest.fixture
def set_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """As `studio`, with footage that begins with the picture it was given."""
    with Emulator(work=0.05, picture="footage", concurrent={}) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        found = Set(emulator, tmp_path)
        found.configure("")
        yield found


def level(pixels: np.ndarray) -> float:
    return float(pixels.astype(float).mean())


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Grey levels, RMS."""
    return float(np.sqrt(np.mean((one.astype(float) - other.astype(float)) ** 2)))


def first_given(set_: Set, job: dict[str, Any]) -> np.ndarray:
    """The first frame that a job brought along."""
    return read(set_.emulator.media / job["ask"]["first"])


def last_shown(clip: Path) -> np.ndarray:
    """The last frame that a film shows of the whole seconds that were asked for: Runway's clips have one more."""
    return extract_frame(clip, probe(clip).duration - Fraction(3, 48))


def seams(shooting: Shooting) -> list[float]:
    clips = shooting.clips
    return [apart(last_shown(before), extract_frame(after, "first")) for before, after in pairwise(clips)]


def test_the_seam_can_t_be_seen(set_: Set) -> None:
    shooting = set_.shoot(GEN, {**GEN, **ON}, {**GEN, **ON})
    assert max(seams(shooting)) < 1
    first, second, third = set_.jobs()
    assert first["ask"]["first"] is None
    for job, clip in ((second, shooting.clips[0]), (third, shooting.clips[1])):
        assert (first_given(set_, job) == last_shown(clip)).all(), "not the exact frame"


def test_the_seam_in_the_film(set_: Set, tmp_path: Path) -> None:
    """Frame by frame: at the film's own rate, where the transition of the storyboard is held back."""
    shooting = set_.shoot(GEN, {**GEN, **ON}, fps=24, transition="crossfade", transition_duration=1)
    made = film.render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    assert made.frames == 2 * 2 * 24, "the cut overlaps nothing"
    last, first = (extract_frame(made.path, number / 24 + 0.001) for number in (47, 48))
    before, after = (extract_frame(made.path, number / 24 + 0.001) for number in (46, 49))
    assert apart(last, first) <= max(apart(before, last), apart(first, after)) + 0.5


@pytest.mark.slow
def test_ten_clips_that_drift_keep_the_colours_of_the_first(set_: Set, tmp_path: Path) -> None:
    set_.emulator.misbehave({"what": "drift", "factor": 1.01})
    scenes = [GEN, *([{**GEN, **ON}] * 9)]
    drifted = set_.shoot(*scenes[:3], fps=8)
    matched = set_.shoot(*scenes, fps=8, color_match=True)
    ends = {}
    for name, shooting in (("drifted", drifted), ("matched", matched)):
        made = film.render(shooting.timeline, shooting.settings, tmp_path / f"{name}.mp4")
        frames = [extract_frame(made.path, which) for which in ("first", "last")]
        ends[name] = level(frames[1]) / level(frames[0])
        for cut in range(1, len(shooting.takes)):
            last, first = (extract_frame(made.path, n / 8 + 0.001) for n in (16 * cut - 1, 16 * cut))
            assert abs(level(last) - level(first)) < 1, f"{name}: the cut {cut} is seen"
    assert ends["drifted"] > 1.025
    assert abs(ends["matched"] - 1) < 0.01


def test_one_chain_breaks_and_the_other_goes_on(set_: Set) -> None:
    set_.emulator.misbehave({"what": "failed", "nth": 2, "door": "runway"})
    board = [
        GEN,
        {**GEN, **ON},
        {**GEN, **ON},
        VEO | {"provider": "vertex"},
        {**VEO, "provider": "vertex", **ON},
    ]
    with pytest.raises(ProviderError) as caught:
        set_.shoot(*board)
    assert "scenes[1]" in str(caught.value) and "scenes[2]: scenes[1], from which it goes on" in str(
        caught.value
    )
    assert [job["door"] for job in set_.jobs()].count("vertex") == 2
    set_.emulator.misbehave()
    gaps = set_.shoot(*board, spend=Spend(limit=Decimal(100), gaps=True))
    assert len(gaps.takes) == 5 and not gaps.missing, "the same again makes what was missing"
    assert len(set_.jobs()) == 6, "and nothing twice"


def test_chains_run_beside_each_other_and_each_in_order(set_: Set) -> None:
    set_.shoot(GEN, {**GEN, **ON}, {**GEN, "prompt": "b"}, {**GEN, "prompt": "b2", **ON})
    jobs = sorted(set_.jobs(), key=lambda job: job["accepted"])
    order = [job["ask"]["first"] is None for job in jobs]
    assert order == [True, True, False, False]
    ends = [next(each["time"] for each in job["states"] if each["state"] == "done") for job in jobs]
    assert all(later["accepted"] >= min(ends) for later in jobs[2:])


def test_again_it_costs_nothing_whoever_wrote_the_frames(set_: Set) -> None:
    """What is handed on is asked for by how it is made: another PNG of it makes no other request."""
    scenes = (GEN, {**GEN, **ON}, {**GEN, **ON})
    set_.shoot(*scenes)
    frames = sorted((Vault().folder / DERIVED).iterdir())
    assert len(frames) == 2
    for frame in frames:
        frame.write_bytes(frame.read_bytes() + b"\0")
    again = set_.shoot(*scenes)
    shutil.rmtree(Vault().folder / DERIVED)
    once_more = set_.shoot(*scenes)
    assert again.spent == once_more.spent == 0 and len(set_.jobs()) == 3
    assert quote(board_of(*scenes), set_.folder).cost == 0


def test_of_a_clip_that_is_shown_shorter_the_last_frame_that_is_seen(set_: Set) -> None:
    shooting = set_.shoot({**GEN, "duration": 1.5}, {**GEN, **ON})
    second = set_.jobs()[1]
    given = first_given(set_, second)
    assert (given == extract_frame(shooting.clips[0], (36 - 1) / 24 + 0.001)).all()
    assert not (given == extract_frame(shooting.clips[0], "last")).all()


LONG = {"provider": "vertex", "model": "veo-3.1-fast", "duration": 20, "chain": True}


def test_a_long_scene_is_extended(set_: Set, tmp_path: Path) -> None:
    shooting = set_.shoot(LONG, {**GEN, "prompt": "after"})
    first, *more = [job for job in set_.jobs() if job["door"] == "vertex"]
    assert first["ask"]["source"] is None and all(job["ask"]["extends"] for job in more) and len(more) == 2
    quoted = quote(board_of(LONG), set_.folder).scenes[0]
    assert quoted.owned and quoted.seconds == 8 + 7 + 7
    made = film.render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    assert made.frames == 2 * (20 + 2)
    assert [(float(m.start), float(m.end)) for m in made.markers] == [(0, 20), (20, 22)]
    assert shooting.cost == shooting.spent == sum(Decimal(job["billed"]) for job in set_.jobs())


def board_of(*scenes: dict[str, Any], **keys: Any) -> Any:
    made = [{"prompt": f"scene {number}", **scene} for number, scene in enumerate(scenes, 1)]
    return from_plain({"quality": "draft", "fps": 2, "transition": "none", "scenes": made, **keys})


def test_a_long_scene_is_chained_where_the_model_extends_nothing(set_: Set, tmp_path: Path) -> None:
    long = {**GEN, "duration": 24, "chain": True}
    before = quote(board_of(long), set_.folder)
    shooting = set_.shoot(long)
    assert before.cost == shooting.cost == Decimal("2.88"), "10 + 10 + 4 seconds at 12 cents"
    assert [job["ask"]["seconds"] for job in set_.jobs()] == [10, 10, 4]
    assert max(seams(shooting)) < 1
    made = film.render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    assert made.frames == 2 * 24 and len(made.markers) == 1
    assert json.loads(json.dumps(made.markers[0].about))["clips"] == [str(path) for path in shooting.clips]
    assert set_.shoot(long).spent == 0


def test_how_long_a_scene_may_be(set_: Set) -> None:
    for seconds, right in ((148, True), (149, False)):
        found = quote(board_of({**GEN, "duration": seconds, "chain": True}), set_.folder)
        assert (not found.faults) is right, (seconds, found.faults)
    (fault,) = quote(board_of({**GEN, "duration": 24}), set_.folder).faults
    assert fault.place == "scenes[0].duration" and "chain" in fault.cure
