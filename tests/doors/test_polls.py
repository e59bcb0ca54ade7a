"""What the doors make of the services' words for how a job stands, and of polls that go wrong."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.errors import ProviderError
from storyreel.studio.providers import provider
from storyreel.studio.providers.contract import Missed, Operation, Provider, Refused, State
from storyreel.studio.providers.pricing import price

from .conftest import ASKED, Media, ended, shot_for, submitted
from .service import Service, answer

MADE = [{"type": "model_output", "content": [{"type": "video", "data": "AAAA"}]}]
"""Of an interaction that has made a clip."""


@pytest.fixture(params=ASKED)
def door(request: pytest.FixtureRequest, emulator: Emulator) -> Provider:
    return provider(request.param)


@pytest.fixture(scope="module")
def slow() -> Iterator[Emulator]:
    """Jobs wait for a minute before they begin."""
    with Emulator(queue=60, work=60) as emulator:
        yield emulator


def test_blocked(door: Provider, emulator: Emulator, media: Media) -> None:
    emulator.misbehave({"door": door.name, "what": "empty"})
    can = door.capabilities()[0]
    status = ended(door, submitted(door, media))
    assert status.state is State.BLOCKED and status.message
    owed = price(shot_for(can, "text", media), can) if door.bills_moderated else 0
    assert status.charge == owed


@pytest.mark.parametrize(
    "code", ["SAFETY.INPUT.IMAGE", "INPUT_PREPROCESSING.SAFETY.TEXT", "SAFETY.OUTPUT.VIDEO"]
)
def test_runways_codes_for_blocked(emulator: Emulator, media: Media, code: str) -> None:
    emulator.misbehave({"door": "runway", "what": "empty", "code": code})
    status = ended(provider("runway"), submitted(provider("runway"), media))
    assert status.state is State.BLOCKED and code in status.message


def test_failed(door: Provider, emulator: Emulator, media: Media) -> None:
    emulator.misbehave({"door": door.name, "what": "failed", "failure": "The oven is cold"})
    status = ended(door, submitted(door, media))
    assert status.state is State.FAILED and "The oven is cold" in status.message
    assert status.charge == 0


def test_cancelled_before_it_began(slow: Emulator, media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in slow.environment.items():
        monkeypatch.setenv(name, value)
    for name in ASKED:
        door = provider(name)
        operation = submitted(door, media)
        before = door.poll(operation).state
        door.cancel(operation)
        after = door.poll(operation)
        if before in door.cancel_is_free:
            assert after.state is State.CANCELLED and not after.charge
        else:
            assert not after.final, "it can't be told to stop"
        door.cancel(operation)


def test_cancelling_what_is_done_destroys_nothing(
    door: Provider, emulator: Emulator, media: Media, tmp_path: Any
) -> None:
    operation = submitted(door, media)
    ended(door, operation)
    door.cancel(operation)
    status = door.poll(operation)
    assert status.state is State.DONE
    assert door.fetch(operation, status, tmp_path / "clip.mp4").path.stat().st_size > 1000


def test_waiting_for_a_place(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(work=60, concurrent={"runway": 1}) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        runway = provider("runway")
        first, second = submitted(runway, media), submitted(runway, media)
        assert runway.poll(first).state is State.RUNNING
        status = runway.poll(second)
        assert status.state is State.QUEUED and "waits for a place" in status.message
        assert 0 <= (runway.poll(first).progress or 0) < 1


def test_gone(door: Provider, emulator: Emulator, media: Media) -> None:
    operation = submitted(door, media)
    emulator.misbehave({"door": door.name, "at": "poll", "what": "404"})
    assert door.poll(operation).state is State.GONE


def test_an_id_of_google_s_that_it_does_not_know_is_a_400(emulator: Emulator) -> None:
    status = provider("google").poll(Operation("google", "v1_nothing"))
    assert status.state is State.GONE and "400" in status.message


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"status": "requires_action"}, State.FAILED),
        ({"status": "idle"}, State.RUNNING),
        ({"status": "idle", "updated": "2026-11-30T09:50:00Z"}, State.RUNNING),
        ({"status": "idle", "updated": "2026-11-30T09:40:00Z"}, State.FAILED),
        ({"status": "idle", "updated": "never"}, State.RUNNING),
        ({"status": "idle", "steps": MADE}, State.DONE),
        ({"status": "requires_action", "steps": MADE}, State.DONE),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["google", "vertex"])
def test_an_interaction_that_stands_still(
    name: str, told: dict[str, Any], state: State, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for an answer that nobody here gives, or does nothing any more, by Google's own clock: no verdict ever
    would be a clip that is waited for for ever."""
    ids = {"google": "v1_a", "vertex": "projects/p/locations/global/interactions/v1_a"}
    body = json.dumps({"id": "v1_a", "model": "gemini-omni-1.2-flash", **told}).encode()
    with Service(lambda _: answer(200, body, Date="Mon, 30 Nov 2026 10:00:00 GMT")) as service:
        monkeypatch.setenv(f"STORYREEL_{name.upper()}_BASE_URL", service.url)
        status = provider(name).poll(Operation(name, ids[name]))
    assert status.state is state and (state is not State.FAILED or status.message)
    [asked] = service.seen
    assert asked.path.partition("?")[0].endswith("/interactions/v1_a")


def test_a_word_that_nobody_knows_is_no_verdict(door: Provider, emulator: Emulator, media: Media) -> None:
    emulator.misbehave({"door": door.name, "what": "unknown_state"})
    operation = submitted(door, media)
    time.sleep(0.2)
    with pytest.raises(Missed, match="this version doesn't know") as caught:
        door.poll(operation)
    assert "'" in caught.value.message, "the word is named"


def test_fields_that_nobody_knows_are_said_once(
    door: Provider, emulator: Emulator, media: Media, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.misbehave({"door": door.name, "what": "extra_fields"})
    with caplog.at_level(logging.WARNING, "storyreel"):
        assert ended(door, submitted(door, media)).state is State.DONE
        assert ended(door, submitted(door, media)).state is State.DONE
    said = [line for line in caplog.messages if "moodOfTheModel" in line]
    assert len(said) == 1 and said[0].startswith(door.name)


MISSES = "429 500 502 503 504 reset reset_before hang hang_before truncated html_200 spurious_400"


@pytest.mark.parametrize("what", MISSES.split())
def test_a_poll_that_goes_wrong_says_nothing_about_the_job(
    door: Provider, emulator: Emulator, media: Media, impatient: None, what: str
) -> None:
    operation = submitted(door, media)
    emulator.misbehave({"door": door.name, "at": "poll", "what": what, "times": 1})
    with pytest.raises(Missed) as caught:
        door.poll(operation)
    assert caught.value.message.startswith(door.name)
    assert ended(door, operation).state is State.DONE


def test_a_poll_that_is_asked_to_wait(door: Provider, emulator: Emulator, media: Media) -> None:
    operation = submitted(door, media)
    emulator.misbehave({"door": door.name, "at": "poll", "what": "429", "after": 4})
    with pytest.raises(Missed) as caught:
        door.poll(operation)
    assert caught.value.retry_after == 4


def test_a_poll_without_a_good_key(door: Provider, emulator: Emulator, media: Media) -> None:
    operation = submitted(door, media)
    emulator.misbehave({"door": door.name, "at": "poll", "what": "echo"})
    with pytest.raises(Refused) as caught:
        door.poll(operation)
    assert caught.value.kind == "auth"


def test_the_charge_is_what_the_service_says(emulator: Emulator, media: Media) -> None:
    emulator.misbehave({"what": "wrong_price", "factor": 3})
    for name in ("google", "runway"):
        can = provider(name).capabilities()[0]
        cost = price(shot_for(can, "text", media), can)
        assert cost is not None
        status = ended(provider(name), submitted(provider(name), media))
        assert status.charge is not None and abs(status.charge - 3 * cost) < Decimal("0.0001")


def test_an_id_that_is_none_is_an_error_and_no_verdict(door: Provider, emulator: Emulator) -> None:
    before = emulator.record()["requests"]
    for id in ("", "../../secret", "a b", "https://example.com/x", "projects/p/operations/o"):
        if door.name == "google" and id.count("/") and " " not in id:
            continue  # one path element, percent-encoded
        with pytest.raises(ProviderError, match="is no"):
            door.poll(Operation(door.name, id))
    assert emulator.record()["requests"] == before


def test_many_threads_poll_through_one_door(door: Provider, emulator: Emulator, media: Media) -> None:
    operations = [submitted(door, media, seed=seed) for seed in range(8)]
    with ThreadPoolExecutor(16) as pool:
        states = list(pool.map(lambda operation: ended(door, operation).state, operations * 4))
    assert set(states) == {State.DONE}


ENDINGS: list[tuple[str, dict[str, Any], State | None, str]] = [
    ("google", {"status": "completed", "steps": []}, State.BLOCKED, "without a clip or a reason"),
    ("google", {"status": "failed"}, State.FAILED, "failed"),
    (
        "google",
        {"status": "failed", "errors": [{"code": "safety", "message": "No"}]},
        State.BLOCKED,
        "safety",
    ),
    ("google", {"status": "incomplete"}, State.FAILED, "incomplete"),
    ("google", {"status": "budget_exceeded"}, State.FAILED, "budget_exceeded"),
    ("google", {"status": "requires_continuation"}, State.RUNNING, ""),
    ("google", {"status": "requires_action"}, State.FAILED, "requires_action"),
    ("google", {"status": "ruminating"}, None, "'ruminating'"),
    ("google", {"id": "abc"}, None, "None"),
    ("runway", {"status": "FAILED", "failure": "No", "failureCode": None}, State.FAILED, "No"),
    ("runway", {"status": "FAILED", "failure": "No", "failureCode": "INTERNAL"}, State.FAILED, "INTERNAL"),
    ("runway", {"status": "SUCCEEDED", "output": []}, None, "no link"),
    ("runway", {"status": "succeeded"}, None, "'succeeded'"),
    ("runway", {"status": "RUNNING"}, State.RUNNING, ""),
    ("vertex", {"name": "x"}, State.RUNNING, ""),
    ("vertex", {"name": "x", "done": False}, State.RUNNING, ""),
    ("vertex", {"name": "x", "done": "yes", "response": {}}, None, "neither"),
    ("vertex", {"name": "x", "done": True}, None, "neither"),
    ("vertex", {"done": True, "error": {"code": 8}}, State.FAILED, "code 8"),
    (
        "vertex",
        {"done": True, "error": {"code": 3, "message": "violates usage guidelines"}},
        State.BLOCKED,
        "guidelines",
    ),
    ("vertex", {"done": True, "response": {"videos": []}}, State.BLOCKED, "without a clip or a reason"),
    (
        "vertex",
        {"done": True, "response": {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["Code 5"]}},
        State.BLOCKED,
        "Code 5",
    ),
]


@pytest.mark.parametrize(("name", "told", "state", "words"), ENDINGS)
def test_every_ending(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    told: dict[str, Any],
    state: State | None,
    words: str,
) -> None:
    """None: neither done nor failed, and said."""
    ids = {"vertex": "projects/p/locations/l/publishers/google/models/m/operations/o"}
    operation = Operation(name, ids.get(name, "abc"))
    body = json.dumps(told).encode()
    with Service(lambda _: answer(200, body, Content_Type="application/json")) as service:
        monkeypatch.setenv(f"STORYREEL_{name.upper()}_BASE_URL", service.url)
        if state is None:
            with pytest.raises(Missed) as caught:
                provider(name).poll(operation)
            assert words in caught.value.message
        else:
            status = provider(name).poll(operation)
            assert status.state is state and words in status.message
            assert status.charge is None or status.charge == 0
