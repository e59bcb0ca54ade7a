"""Interrupted: nothing is waited for, what can be stopped without being charged is, and nothing is forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.errors import Interrupted
from storyreel.studio.progress import Watch

from .conftest import GEN, OMNI, VEO, Set


def when(condition: Callable[[], bool]) -> Watch:
    """Somebody asks to stop as soon as this holds, and goes on asking."""
    asked = threading.Event()

    def look() -> bool:
        if not asked.is_set() and condition():
            asked.set()
        return asked.is_set()

    return Watch(cancelled=look)


def substates(studio: Set) -> set[str]:
    with studio.ledger() as ledger:
        return {attempt.substate for attempt in ledger.list()}


def test_what_has_not_begun_at_the_service_is_cancelled_for_nothing(
    studio: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator(queue=30) as slow:
        for name, value in slow.environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(Interrupted):
            studio.shoot(GEN, watch=when(lambda: "queued" in substates(studio)))
        assert studio.states() == [("runway", "cancelled")]
        [job] = slow.record()["jobs"]
        assert job["state"] == "cancelled" and float(job["billed"]) == 0
        with studio.ledger() as ledger:
            assert ledger.list()[0].charged == ledger.list()[0].reserved == 0


@pytest.mark.parametrize("scene", [VEO, OMNI, GEN], ids=["vertex", "google", "runway"])
def test_what_is_at_work_works_on_and_its_clip_is_there_next_time(studio: Set, scene: dict) -> None:
    """Cancelling it would be charged all the same."""
    studio.emulator.misbehave({"what": "late", "seconds": 0.6})
    with pytest.raises(Interrupted):
        studio.shoot(scene, watch=when(lambda: "running" in substates(studio)))
    assert [state for _, state in studio.states()] == ["running"]
    shooting = studio.shoot(scene)
    assert len(studio.jobs()) == 1 and [state for _, state in studio.states()] == ["stored"]
    assert shooting.cost > 0
    assert not any(job.get("cancelled") for job in studio.jobs())


def test_an_answer_that_comes_after_the_interrupt_is_kept(studio: Set) -> None:
    """The request is on its way: its operation's id must not be lost with the run."""
    studio.emulator.misbehave({"what": "slow", "seconds": 1.0})
    with pytest.raises(Interrupted):
        studio.shoot(GEN, watch=when(lambda: bool(studio.jobs())))
    until = time.monotonic() + 20
    while [state for _, state in studio.states()] == ["sending"] and time.monotonic() < until:
        time.sleep(0.05)
    studio.emulator.misbehave()
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1 and studio.states() == [("runway", "stored")]


def test_the_claim_is_free_at_once(studio: Set) -> None:
    studio.emulator.misbehave({"what": "late", "seconds": 0.5})
    with pytest.raises(Interrupted):
        studio.shoot(GEN, OMNI, watch=when(lambda: len(studio.jobs()) == 2))
    with studio.ledger() as ledger:
        assert {ledger.holder(attempt.key) for attempt in ledger.list()} == {None}


def test_nothing_is_sent_after_the_interrupt(studio: Set) -> None:
    studio.configure("[doors.runway]\npoll_seconds = 0.05\nconcurrent = 1\n")
    studio.emulator.misbehave({"what": "late", "seconds": 5})
    scenes = [{**GEN, "prompt": f"number {n}"} for n in range(6)]
    with pytest.raises(Interrupted):
        studio.shoot(*scenes, watch=when(lambda: bool(studio.jobs())))
    assert len(studio.jobs()) == 1
