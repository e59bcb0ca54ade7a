"""Doors that are busy, slow or gone: when a request is sent again, how often, and when it is left to the next run."""

from __future__ import annotations

import socket
import time
from decimal import Decimal

import pytest
from storyreel.studio.errors import ProviderError, StillRunning, StoryreelError
from storyreel.studio.production.shoot import Spend
from storyreel.studio.store.vault import measure

from .conftest import GEN, OMNI, VEO, Set


@pytest.mark.parametrize("what", ["429", "503"])
@pytest.mark.parametrize("scene", [VEO, OMNI, GEN], ids=["vertex", "google", "runway"])
def test_busy_doors_are_asked_again(studio: Set, what: str, scene: dict) -> None:
    studio.emulator.misbehave({"what": what, "times": 2})
    studio.shoot(scene)
    states = [state for _, state in studio.states()]
    assert states == ["refused", "refused", "stored"] and len(studio.jobs()) == 1


def test_a_door_is_given_up_after_the_last_wait(studio: Set) -> None:
    studio.emulator.misbehave({"what": "503"})
    with pytest.raises(ProviderError, match="503"):
        studio.shoot(GEN)
    assert [state for _, state in studio.states()] == ["refused"] * 4  # once, and after each of three waits


def test_retry_after_is_respected(studio: Set) -> None:
    studio.emulator.misbehave({"what": "429", "after": 1, "times": 1})
    studio.shoot(GEN)
    with studio.ledger() as ledger:
        first, second = sorted(ledger.list(), key=lambda attempt: attempt.begun_at)
    assert second.begun_at - first.answered_at >= 1  # type: ignore[operator]


def test_a_day_s_quota_isn_t_waited_for(studio: Set) -> None:
    studio.emulator.misbehave({"what": "429", "quota": "PerDay"})
    with pytest.raises(ProviderError):
        studio.shoot(OMNI)
    assert [state for _, state in studio.states()] == ["refused"]


def test_nobody_there(studio: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", f"http://127.0.0.1:{port}/runway")
    with pytest.raises(ProviderError, match="can't be reached"):
        studio.shoot(GEN)
    assert {state for _, state in studio.states()} == {"refused"}
    with studio.ledger() as ledger:
        assert {attempt.kind for attempt in ledger.list()} == {"unreachable"}
        assert sum(attempt.reserved + attempt.charged for attempt in ledger.list()) == 0


def test_refusals_that_don_t_pass_aren_t_repeated(studio: Set) -> None:
    studio.emulator.misbehave({"what": "spurious_400"})
    with pytest.raises(ProviderError):
        studio.shoot(OMNI)
    assert [state for _, state in studio.states()] == ["refused"]


@pytest.mark.parametrize("what", ["500", "502", "504", "reset", "404"])
def test_polls_that_go_wrong_say_nothing_about_the_job(studio: Set, what: str) -> None:
    studio.emulator.misbehave({"what": what, "at": "poll", "nth": [1, 2]})
    studio.shoot(GEN)
    assert studio.states() == [("runway", "stored")] and len(studio.jobs()) == 1


def test_a_job_that_nobody_can_be_asked_about_is_left_to_the_next_run(studio: Set) -> None:
    studio.emulator.misbehave({"what": "502", "at": "poll"})
    with pytest.raises(StillRunning) as caught:
        studio.shoot(GEN)
    assert "storyreel ledger collect" in str(caught.value)
    studio.emulator.misbehave()
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1 and studio.states() == [("runway", "stored")]


def test_a_job_that_takes_too_long_is_left_to_the_next_run(studio: Set) -> None:
    studio.configure("[doors.runway]\npoll_seconds = 0.05\ntimeout_minutes = 0.002\n")
    studio.emulator.misbehave({"what": "late", "seconds": 0.8})
    with pytest.raises(StillRunning):
        studio.shoot(GEN)
    assert studio.states() == [("runway", "running")]
    time.sleep(0.9)
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1 and studio.states() == [("runway", "stored")]


@pytest.mark.parametrize("what", ["truncated", "error_page", "wrong_type", "reset", "500", "spoiled"])
@pytest.mark.parametrize("scene", [OMNI, GEN], ids=["google", "runway"])
def test_downloads_that_go_wrong_are_repeated(studio: Set, what: str, scene: dict) -> None:
    studio.emulator.misbehave({"what": what, "at": "download", "nth": [1, 2]})
    studio.shoot(scene)
    assert len(studio.jobs()) == 1 and {state for _, state in studio.states()} == {"stored"}


def test_a_download_goes_on_where_it_broke_off(studio: Set) -> None:
    studio.emulator.misbehave({"what": "truncated", "at": "download", "nth": 1, "bytes": 3000})
    shooting = studio.shoot(GEN)
    [job] = studio.jobs()
    statuses = [each["status"] for each in job["deliveries"]]
    assert statuses == [200, 206]
    assert shooting.takes[0].path.stat().st_size > 3000


def test_links_that_grow_old_are_fresh_in_a_new_answer(studio: Set) -> None:
    studio.emulator.misbehave({"what": "expired", "nth": 1})
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1 and studio.states() == [("runway", "stored")]


def test_a_clip_that_can_t_be_decoded_is_never_stored_nor_bought_again(studio: Set) -> None:
    studio.emulator.misbehave({"what": "damaged", "nth": 1})
    for _ in range(2):
        with pytest.raises(StillRunning, match="can't be fetched"):
            studio.shoot(GEN)
    assert len(studio.jobs()) == 1 and studio.states() == [("runway", "done")]
    with studio.ledger() as ledger:
        [attempt] = ledger.list()
        assert attempt.charged == Decimal(studio.jobs()[0]["billed"])


def test_another_clip_than_was_asked_is_kept_and_said(studio: Set) -> None:
    studio.emulator.misbehave({"what": "wrong_clip"})
    with pytest.raises(StoryreelError, match=r"its clip has 0\.54\d* s of the 2 s"):
        studio.shoot(GEN)
    [take] = studio.shoot(GEN | {"duration": 0.5}).takes
    told = ["resolution: 320x180 came instead of 720p", "duration: 0.54 s came instead of 2 s"]
    assert list(take.notes)[-2:] == take.details["losses"] == told and len(studio.jobs()) == 1


def test_a_clip_without_the_sound_that_was_asked_for_is_kept_and_said(studio: Set) -> None:
    studio.emulator.misbehave({"what": "silent"})
    shooting = studio.shoot({**VEO, "audio": True}, {**VEO, "audio": False})
    told, silent = shooting.takes
    assert told.notes == ("audio: the clip came without sound",) and not silent.notes
    assert told.details["losses"] == ["audio: the clip came without sound"] and not measure(told.path).audio


def test_what_the_service_says_it_charged_is_booked(studio: Set) -> None:
    studio.emulator.misbehave({"what": "wrong_price", "factor": 2})
    shooting = studio.shoot(GEN)
    [job] = studio.jobs()
    assert shooting.cost == 2 * Decimal(job["price"])


def test_limits_of_a_door(studio: Set) -> None:
    """No more at once than allowed: seen by the emulator, which counts the jobs that overlap."""
    studio.configure("[doors.runway]\npoll_seconds = 0.05\nconcurrent = 2\n")
    studio.emulator.misbehave({"what": "late", "seconds": 0.1})
    studio.shoot(*({**GEN, "prompt": f"number {number}"} for number in range(7)))
    spans = [(job["time"], job["states"][-1]["time"]) for job in studio.jobs()]
    assert len(spans) == 7
    assert max(sum(begun <= at < ended for begun, ended in spans) for at, _ in spans) <= 2


def test_who_is_in_a_hurry_goes_first(studio: Set) -> None:
    """Of two runs that wait for one place, the one with the higher priority gets it."""
    import threading

    studio.configure("[doors.runway]\npoll_seconds = 0.05\nconcurrent = 1\n")
    studio.emulator.misbehave({"what": "late", "seconds": 0.6})
    first = threading.Thread(target=studio.shoot, args=({**GEN, "prompt": "first"},))
    first.start()
    while not studio.jobs():
        time.sleep(0.01)
    low = [{**GEN, "prompt": f"low {n}"} for n in range(3)]
    high = {**GEN, "prompt": "high"}
    runs = [
        threading.Thread(target=studio.shoot, args=low, kwargs={"spend": Spend(Decimal(9), priority=-1)}),
        threading.Thread(target=studio.shoot, args=(high,), kwargs={"spend": Spend(Decimal(9), priority=1)}),
    ]
    runs[0].start()
    time.sleep(0.2)  # they wait already
    runs[1].start()
    for run in (first, *runs):
        run.join()
    order = [job["body"]["promptText"] for job in studio.jobs()]
    assert order[:2] == ["first", "high"] and len(order) == 5
