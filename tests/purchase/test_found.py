"""A service that can be asked by our own id: what was lost on the way is found there, and nothing stays unknown."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from storyreel.studio.errors import OverBudget, StoryreelError, UnknownOutcome
from storyreel.studio.ledger import Attempt, ClaimLost, IllegalEvent, Ledger
from storyreel.studio.production.shoot import Spend
from storyreel.studio.providers import provider

from .conftest import Set

KLING = {"provider": "kling", "model": "kling-3.0-turbo", "duration": 3}
LEGACY = {"provider": "kling", "model": "kling-2.5-turbo", "duration": 5}
QUICK = "[doors.kling]\npoll_seconds = 0.05\nanswer_seconds = 0.5\nsettle_seconds = 0.1\n"

LOST: list[dict[str, Any]] = [
    {"what": "reset"},
    {"what": "hang"},
    {"what": "no_id"},
    {"what": "html_200"},
    {"what": "truncated"},
    {"what": "500", "accepted": True},
    {"what": "502", "accepted": True},
    {"what": "503", "accepted": True},
    {"what": "504", "accepted": True},
]


@pytest.fixture
def kling(studio: Set) -> Set:
    studio.configure(QUICK)
    return studio


def rule(**more: Any) -> dict[str, Any]:
    return {"door": "kling", "at": "submit", **more}


@pytest.mark.parametrize("lost", LOST, ids=lambda lost: lost["what"])
def test_a_lost_answer_ends_with_the_clip_of_one_job(kling: Set, lost: dict[str, Any]) -> None:
    kling.emulator.misbehave(rule(**lost))
    shooting = kling.shoot(KLING)
    [job] = kling.jobs()
    assert kling.states() == [("kling", "stored")]
    assert shooting.spent == Decimal(job["billed"]) > 0


@pytest.mark.parametrize("lost", ["reset", "504"])
def test_in_the_legacy_family_as_well(kling: Set, monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    monkeypatch.delenv("KLING_API_KEY")
    kling.emulator.misbehave(rule(what=lost, **({"accepted": True} if lost.isdigit() else {})))
    kling.shoot({**LEGACY, "audio": False})
    assert len(kling.jobs()) == 1 and kling.states() == [("kling", "stored")]


@pytest.mark.parametrize("lost", ["reset", "504"])
def test_a_model_that_takes_no_id_of_ours_isn_t_looked_up_nor_sent_again(kling: Set, lost: str) -> None:
    """That Kling shows no task under our id says nothing of Kling 4.0, which isn't given it."""
    kling.emulator.misbehave(rule(what=lost, times=1, **({"accepted": True} if lost.isdigit() else {})))
    for _ in range(2):
        with pytest.raises(UnknownOutcome) as caught:
            kling.shoot({**KLING, "model": "kling-4.0-flash", "resolution": "720p"})
    assert "by our own id" not in caught.value.hint and "ledger release" in caught.value.hint
    assert len(kling.jobs()) == 1 and kling.states() == [("kling", "unknown")]
    assert kling.emulator.record()["requests"] == 2, "one request and its acceptance: nothing was asked"


def test_an_answer_to_another_s_request(kling: Set) -> None:
    kling.shoot(KLING)
    kling.emulator.misbehave(rule(what="duplicate_id"))
    kling.shoot({**KLING, "prompt": "another"})
    assert len(kling.jobs()) == 2 and kling.states() == [("kling", "stored")] * 2
    with kling.ledger() as ledger:
        named = {attempt.operation for attempt in ledger.list()}
    assert named == {job["id"] for job in kling.jobs()}


def test_a_request_that_is_still_on_its_way_is_waited_for(kling: Set) -> None:
    """That there is no such job is true when it is asked, and a moment later it isn't: nothing is sent again."""
    kling.configure(QUICK.replace("settle_seconds = 0.1", "settle_seconds = 3"))
    kling.emulator.misbehave(rule(what="arrives_late", seconds=0.6, nth=1))
    kling.shoot(KLING)
    assert len(kling.jobs()) == 1 and kling.states() == [("kling", "stored")]


def test_what_certainly_never_arrived_is_sent_again(kling: Set) -> None:
    kling.emulator.misbehave(rule(what="reset_before", nth=1))
    kling.shoot(KLING)
    assert len(kling.jobs()) == 1 and kling.states() == [("kling", "stored")]
    with kling.ledger() as ledger:
        [attempt] = ledger.list()
    assert attempt.sends == 2 and kling.jobs()[0]["ours"] == attempt.id


@pytest.mark.parametrize("what", ["reset_before", "hang_before", "504"])
def test_what_never_came_stays_unknown_and_is_sent_by_the_next_run(kling: Set, what: str) -> None:
    kling.emulator.misbehave(rule(what=what))
    with pytest.raises(UnknownOutcome):
        kling.shoot(KLING)
    assert kling.states() == [("kling", "unknown")] and not kling.jobs()
    with kling.ledger() as ledger:
        [attempt] = ledger.list()
        assert attempt.reserved == attempt.estimate > 0 and attempt.sends == 4
    kling.emulator.misbehave()
    kling.shoot(KLING)
    assert len(kling.jobs()) == 1 and kling.states() == [("kling", "stored")]


def test_while_nobody_can_look_nothing_is_sent(kling: Set) -> None:
    kling.emulator.misbehave(rule(what="reset"), rule(at="poll", what="500"))
    for _ in range(2):
        with pytest.raises(UnknownOutcome):
            kling.shoot(KLING)
        assert kling.states() == [("kling", "unknown")] and len(kling.jobs()) == 1
    kling.emulator.misbehave()
    kling.shoot(KLING)
    assert kling.states() == [("kling", "stored")] and len(kling.jobs()) == 1


def test_a_process_that_dies_before_it_hears_the_answer(kling: Set) -> None:
    kling.emulator.misbehave(rule(what="hang"))
    scene = {"prompt": "scene 1", **KLING}
    board = {"quality": "draft", "fps": 2, "transition": "none", "scenes": [scene]}
    program = (
        "import json, sys; from decimal import Decimal; from pathlib import Path\n"
        "from storyreel.studio.production.shoot import Spend, shoot\n"
        "from storyreel.studio.storyboard.parser import from_plain\n"
        "board, folder = from_plain(json.loads(sys.argv[1])), Path(sys.argv[2])\n"
        "shoot(board, folder, folder / 'killed', None, spend=Spend(limit=Decimal(100)))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, json.dumps(board), str(kling.folder)])
    try:
        until = time.monotonic() + 60
        while not kling.jobs() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.02)
        assert len(kling.jobs()) == 1, "the service has accepted it, and hasn't answered"
    finally:
        process.kill()
        process.wait()
    kling.emulator.misbehave()
    kling.shoot(KLING)
    assert kling.states() == [("kling", "stored")] and len(kling.jobs()) == 1


def test_an_empty_account_is_not_asked_again(kling: Set) -> None:
    for code in ("1101", "1102"):
        kling.emulator.misbehave(rule(what="429", code=code))
        before = len(kling.states())
        with pytest.raises(StoryreelError, match=r"balance|arrears"):
            kling.shoot({**KLING, "prompt": code})
        assert kling.states()[before:] == [("kling", "refused")] and not kling.jobs()


def test_too_many_at_once_is_waited_for(kling: Set) -> None:
    kling.emulator.misbehave(rule(what="429", code="1303", times=2))
    kling.shoot(KLING, spend=Spend(limit=Decimal(1)))
    assert sorted(state for _, state in kling.states()) == ["refused", "refused", "stored"]
    assert len(kling.jobs()) == 1


# While it is on its way, or its sender sleeps ---------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.3, 0.6, 1.2])
def test_a_gateway_that_accepts_after_the_client_has_given_up(kling: Set, seconds: float) -> None:
    """Before and after the settle time, also after the second request: that one, or the first, is the duplicate."""
    kling.emulator.misbehave(rule(what="held", seconds=seconds, times=1))
    kling.shoot(KLING)
    kling.emulator.misbehave()
    time.sleep(seconds)
    kling.shoot(KLING)
    assert len(kling.jobs()) == 1 and kling.states() == [("kling", "stored")]


def overtaken(ledger: Ledger, key: str) -> None:
    """Half a minute without a heartbeat, as another machine sees it."""
    with closing(sqlite3.connect(ledger.place, timeout=30)) as connection, connection:
        connection.execute("UPDATE owners SET host = 'another', seen = 0")
    assert ledger.holder(key) is None


@pytest.mark.parametrize("door", ["kling", "runway"])
def test_who_slept_before_the_request_left_sends_nothing(kling: Set, door: str) -> None:
    """Between the ledger's yes and the request another machine took the take over; awake again, it looks once more."""
    with kling.ledger() as ledger, Ledger(f"sqlite:///{ledger.place}") as other:
        mine = ledger.claim("a-1", base="a", take=1, request={})
        assert mine is not None
        where = provider(door).base_url()
        begun = ledger.begin(mine, provider=door, model="m", base_url=where, estimate=Decimal(1))
        assert isinstance(begun, Attempt)
        ledger.leaving(mine, begun)
        overtaken(ledger, "a-1")
        theirs = other.claim("a-1", base="a", take=1, request={})
        assert theirs is not None
        with pytest.raises(ClaimLost):
            ledger.leaving(mine, begun)
        unknown = other.unknown(begun, "its process ended")
        again = other.again(theirs, unknown)
        assert again.sends == 2
        with pytest.raises(ClaimLost):
            ledger.again(mine, unknown)
        # A refusal of the first says nothing of the second; nor is what was accepted made unknown by the late sleeper.
        assert ledger.refused(begun, "rate", "too fast").state == "unknown"
        assert other.accepted(again, "job-1").state == "running"
        with pytest.raises(IllegalEvent):
            ledger.unknown(begun, "late")
        assert other.attempt(begun.id).operation == "job-1"


def test_another_account_is_never_sent_the_second(kling: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id is unique within an account: at another one there would be a second job."""
    kling.emulator.misbehave(rule(what="reset_before"))
    with pytest.raises(UnknownOutcome):
        kling.shoot(KLING)
    with kling.ledger() as ledger:
        [before] = ledger.list()
    kling.emulator.misbehave()
    monkeypatch.setenv("KLING_API_KEY", "another-account-s-key")
    with pytest.raises(UnknownOutcome):
        kling.shoot(KLING)
    with kling.ledger() as ledger:
        [after] = ledger.list()
    assert (after.state, after.sends) == ("unknown", before.sends) and not kling.jobs()


def test_a_later_run_sends_again_only_within_its_own_limit(kling: Set) -> None:
    kling.emulator.misbehave(rule(what="reset_before"))
    with pytest.raises(UnknownOutcome):
        kling.shoot(KLING)
    kling.emulator.misbehave()
    with pytest.raises(OverBudget):
        kling.shoot(KLING, spend=Spend(limit=Decimal("0.01")))
    assert not kling.jobs() and kling.states() == [("kling", "unknown")]
    kling.shoot(KLING)
    assert len(kling.jobs()) == 1
