"""A job that was accepted and is denied afterwards may be charged: it is never booked as lost and bought again without
being asked. And nobody is asked for a job where it can't be known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from storyreel.studio.errors import StillRunning, StoryreelError, UnknownOutcome
from storyreel.studio.ledger import Attempt
from storyreel.studio.production.shoot import Spend
from storyreel.studio.providers import provider
from storyreel.studio.purchase import opened_store
from storyreel.studio.purchase.collect import Collected, collect

from ..doors.service import Request, Service, answer
from ..promises.scenes import CLOUD, scene_at, written
from .conftest import GEN, VEO, Set


def attempt_of(studio: Set) -> Attempt:
    with studio.ledger() as ledger:
        [attempt] = ledger.list()
    return attempt


def collected(attempt: Attempt) -> Collected:
    store = opened_store(Spend().identified())
    with store.ledger:
        return collect(store, attempt, wait=True)


@pytest.mark.parametrize("door", CLOUD)
def test_reads_that_lag_never_buy_twice(studio: Set, door: str) -> None:
    """Every door denies its job five times, which is longer than anybody asks; then it knows it."""
    scene = written(scene_at(door), 1, "one")
    studio.emulator.misbehave({"door": door, "what": "404", "at": "poll", "times": 5})
    with pytest.raises(UnknownOutcome, match="isn't bought again") as caught:
        studio.shoot(scene)
    attempt = attempt_of(studio)
    assert attempt.state == "unknown" and attempt.reserved == attempt.estimate and attempt.operation
    for command in ("collect", "release"):
        assert f"storyreel ledger {command} {attempt.id[:8]}" in str(caught.value)
    assert attempt.operation in str(caught.value)
    studio.shoot(scene)
    assert len(studio.jobs()) == 1 and studio.states() == [(door, "stored")]


def test_what_is_denied_for_ever_is_asked_again_each_time_and_given_up_by_a_person(studio: Set) -> None:
    studio.emulator.misbehave({"what": "404", "at": "poll"})
    for _ in range(2):
        with pytest.raises(UnknownOutcome):
            studio.shoot(GEN)
    assert len(studio.jobs()) == 1 and studio.states() == [("runway", "unknown")]
    assert collected(attempt_of(studio)).outcome == "unknown"
    with studio.ledger() as ledger:
        ledger.release(attempt_of(studio).id, "it isn't in its dashboard")
    studio.emulator.misbehave()
    studio.shoot(GEN)
    assert [state for _, state in studio.states()] == ["released", "stored"]


def test_a_denied_job_is_collected_under_its_id_or_another(studio: Set) -> None:
    studio.emulator.misbehave({"what": "404", "at": "poll"})
    with pytest.raises(UnknownOutcome):
        studio.shoot(GEN)
    studio.emulator.misbehave()
    assert collected(attempt_of(studio)).outcome == "stored"
    with studio.ledger() as ledger:
        claim = ledger.claim("other-1", base="other", take=1, request={})
        assert claim is not None
        begun = ledger.begin(
            claim,
            provider="runway",
            model="gen4.5",
            base_url=provider("runway").base_url(),
            estimate=Decimal(1),
        )
        assert isinstance(begun, Attempt)
        ledger.denied(ledger.accepted(begun, "one"), "404")
        assert ledger.adopt(begun.id, "two").operation == "two"


@contextmanager
def moved(
    studio: Set, scene: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Service]]:
    """A job that runs, and a base URL that has changed since: the one then, and the service that is there now."""
    door = scene["provider"]
    studio.emulator.misbehave({"door": door, "what": "late", "seconds": 30})
    studio.configure(f"[doors.{door}]\npoll_seconds = 0.05\ntimeout_minutes = 0.001\n")
    with pytest.raises(StillRunning):
        studio.shoot(scene)
    then = provider(door).base_url()
    with Service(lambda _: answer(404, b"{}")) as service:
        monkeypatch.setenv(f"STORYREEL_{door.upper()}_BASE_URL", service.url)
        yield then, service


@pytest.mark.parametrize("door", CLOUD)
def test_nobody_is_asked_at_another_base_url(studio: Set, monkeypatch: pytest.MonkeyPatch, door: str) -> None:
    scene = written(scene_at(door), 1, "one")
    with moved(studio, scene, monkeypatch) as (then, service):
        with pytest.raises(StillRunning) as caught:
            studio.shoot(scene)
        found = collected(attempt_of(studio))
        assert found.outcome == "running"
        for said in (str(caught.value), f"{found.message} {found.hint}"):
            assert (
                then in said and service.url in said and f"STORYREEL_{door.upper()}_BASE_URL={then}" in said
            )
        assert service.seen == []
    assert len(studio.jobs()) == 1 and studio.states() == [(door, "running")]


@pytest.mark.parametrize("door", ["kling", "heygen"])
def test_nobody_is_looked_up_at_another_base_url(
    studio: Set, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    scene = written(scene_at(door), 1, "one")
    studio.emulator.misbehave(
        {"door": door, "what": "reset"},
        {"door": door, "at": "poll", "what": "500"},
        {"door": door, "at": "other", "what": "500"},
    )
    with pytest.raises(UnknownOutcome):
        studio.shoot(scene)
    with Service(lambda _: answer(404, b"{}")) as service:
        monkeypatch.setenv(f"STORYREEL_{door.upper()}_BASE_URL", service.url)
        with pytest.raises(UnknownOutcome, match=service.url):
            studio.shoot(scene)
        assert service.seen == []
    assert studio.states() == [(door, "unknown")]


def test_another_project_of_vertex(studio: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.configure("[doors.vertex]\npoll_seconds = 0.05\ntimeout_minutes = 0.001\n")
    studio.emulator.misbehave({"what": "late", "seconds": 30})
    with pytest.raises(StillRunning):
        studio.shoot(VEO)
    then = attempt_of(studio).account
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "another")
    with pytest.raises(StillRunning) as caught:
        studio.shoot(VEO)
    assert str(then) in str(caught.value) and "project another" in str(caught.value)


def runway(known: bool) -> Service:
    """One that knows every task, or none; it sends what was asked for when it is done."""

    def say(request: Request) -> bytes:
        if request.method == "POST":
            return answer(200, b'{"id": "0b7e"}')
        if not known:
            return answer(404, b'{"error": "no such task"}')
        return answer(200, json.dumps({"id": "0b7e", "status": "FAILED", "failure": "so it is"}).encode())

    return Service(say)


@pytest.mark.parametrize("known", [True, False])
def test_a_key_that_has_changed(studio: Set, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    """Another key of the same account is believed when it knows the job; its denial proves nothing."""
    with runway(known) as service:
        monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
        with pytest.raises(StoryreelError):
            studio.shoot(GEN)
        with studio.ledger() as ledger:
            [attempt] = ledger.list()
        if known:
            assert attempt.state == "failed"
            return
        assert attempt.state == "unknown"
        monkeypatch.setenv("RUNWAYML_API_SECRET", "key_of_somebody_else")
        with pytest.raises(StillRunning, match="its key has changed"):
            studio.shoot(GEN)
        posts = [request for request in service.seen if request.method == "POST"]
        assert len(posts) == 1


def test_no_key_is_in_the_ledger(studio: Set) -> None:
    studio.shoot(GEN)
    account = attempt_of(studio).account or ""
    key = studio.emulator.environment["RUNWAYML_API_SECRET"]
    assert account.startswith("key ") and len(account) == 12 and account[4:] not in key
    assert key.encode() not in b"".join(file.read_bytes() for file in studio.home.glob("ledger.db*"))


def test_an_id_that_an_older_release_believed(studio: Set) -> None:
    """It is a dead end no more: unknown, and collected under another."""
    studio.emulator.misbehave({"what": "404", "at": "poll"})
    with pytest.raises(UnknownOutcome):
        studio.shoot(GEN)
    studio.emulator.misbehave()
    [job] = studio.jobs()
    attempt = attempt_of(studio)
    with studio.ledger() as ledger:
        ledger.adopt(attempt.id, "task:7")
    with pytest.raises(UnknownOutcome, match="task:7"):
        studio.shoot(GEN)
    with studio.ledger() as ledger:
        attempt = ledger.adopt(attempt.id, job["id"])
    assert collected(attempt).outcome == "stored" and len(studio.jobs()) == 1


def test_an_answer_with_such_an_id(studio: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    with Service(lambda _: answer(200, b'{"id": "task:7"}')) as service:
        monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
        with pytest.raises(UnknownOutcome):
            studio.shoot(GEN)
        assert studio.states() == [("runway", "unknown")] and len(service.seen) == 1
