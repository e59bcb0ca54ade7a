"""Pika's own API: what goes out, how pictures get there, and what its codes mean."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import rows
from storyreel.studio.providers.contract import Missed, Operation, Provider, Refused, State
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.pricing import price

from .conftest import Media, ended, shot_for, submitted
from .service import Request, Service, answer

(PIKA,) = rows("pika")


@pytest.fixture
def pika(emulator: Emulator) -> Provider:
    return provider("pika")


def body_of(emulator: Emulator) -> dict[str, Any]:
    return emulator.record()["jobs"][-1]["body"]


def test_words(pika: Provider, emulator: Emulator, media: Media) -> None:
    submitted(pika, media, negative_prompt="rain", camera="slow pan", resolution="1080p")
    assert body_of(emulator) == {
        "prompt": "A street at dawn\nCamera: slow pan",
        "negative_prompt": "rain",
        "resolution": "1080p",
        "duration_s": 5,
        "seed": 7,
    }


def test_pictures_are_uploaded_first_and_named_by_their_address(
    pika: Provider, emulator: Emulator, media: Media
) -> None:
    submitted(pika, media, mode="image", duration=8, prompt="")
    body = body_of(emulator)
    address = body.pop("image")
    assert address.startswith(f"{emulator.url}/pika/upload/")
    assert body == {"resolution": "720p", "duration_s": 10, "seed": 7}
    submitted(pika, media, mode="frames", duration=7, last_frame=media.tall)
    body = body_of(emulator)
    assert len(set(body["images"])) == 2 and body["transition_duration_s"] == 7


def test_lengths_and_shapes_that_it_does_not_make(media: Media) -> None:
    for mode, changed in (
        ("text", {"duration": 6}),
        ("text", {"aspect_ratio": "9:16"}),
        ("image", {"duration": 11}),
        ("frames", {"duration": 11}),
        ("text", {"resolution": "4k"}),
        ("text", {"prompt": ""}),
        ("text", {"audio": True}),
    ):
        (fault,) = faults(shot_for(PIKA, mode, media, **changed), PIKA)
        assert fault.message and fault.cure


@pytest.mark.parametrize(
    ("mode", "changed", "dollars"),
    [
        ("text", {}, "0.20"),
        ("text", {"resolution": "1080p"}, "0.45"),
        ("image", {"duration": 6, "resolution": "1080p"}, "0.90"),
        ("frames", {"duration": 3}, "0.12"),
    ],
)
def test_what_it_costs(
    pika: Provider, emulator: Emulator, media: Media, mode: str, changed: dict[str, Any], dollars: str
) -> None:
    shot = shot_for(PIKA, mode, media, **changed)
    assert price(shot, PIKA) == Decimal(dollars)
    status = ended(pika, pika.submit(shot, PIKA, ""))
    assert status.charge == Decimal(dollars)


CODES = {
    "invalid_input": "invalid",
    "content_moderation": "blocked",
    "rate_limited": "rate",
    "usage_limit_exceeded": "quota",
    "insufficient_balance": "no_money",
    "cycle_limit_exceeded": "no_money",
    "membership_required": "auth",
    "admission_suspended": "auth",
    "provider_unavailable": "busy",
    "something_new": "invalid",
}


@pytest.mark.parametrize(("code", "kind"), CODES.items())
@pytest.mark.parametrize("status", [200, 402, 403, 422, 429, 503])
def test_its_code_says_more_than_the_status(
    pika: Provider, media: Media, monkeypatch: pytest.MonkeyPatch, code: str, kind: str, status: int
) -> None:
    """200 is a job that has failed already, which costs nothing."""
    body = json.dumps({"id": "abc", "status": "failed", "error": {"code": code, "message": "No"}}).encode()
    with Service(lambda _: answer(status, body, Content_Type="application/json")) as service:
        monkeypatch.setenv("STORYREEL_PIKA_BASE_URL", service.url)
        with pytest.raises(Refused) as caught:
            submitted(pika, media)
    if code != "something_new" or status == 200:
        assert caught.value.kind == kind
    assert "No" in caught.value.message


ENDINGS: list[tuple[dict[str, Any], State | None, str | None, str]] = [
    ({"status": "queued"}, State.QUEUED, None, ""),
    ({"status": "running"}, State.RUNNING, None, ""),
    ({"status": "completed", "billing": {"state": "pending"}}, State.DONE, None, ""),
    (
        {"status": "completed", "billing": {"state": "settled", "charge_micro_usd": 49000}},
        State.DONE,
        "0.049",
        "",
    ),
    ({"status": "failed", "error": {"code": "timed_out", "message": "No"}}, State.FAILED, "0", "(timed_out)"),
    ({"status": "failed", "error": "No"}, State.FAILED, "0", "No"),
    ({"status": "failed"}, State.FAILED, "0", "it failed"),
    ({"status": "failed", "error": {"code": "content_moderation"}}, State.BLOCKED, "0", "moderation"),
    ({"status": "paused"}, None, None, "'paused'"),
    ({}, None, None, "None"),
]


@pytest.mark.parametrize(("told", "state", "charge", "words"), ENDINGS)
def test_every_ending(
    pika: Provider,
    monkeypatch: pytest.MonkeyPatch,
    told: dict[str, Any],
    state: State | None,
    charge: str | None,
    words: str,
) -> None:
    with Service(lambda _: answer(200, json.dumps(told).encode())) as service:
        monkeypatch.setenv("STORYREEL_PIKA_BASE_URL", service.url)
        if state is None:
            with pytest.raises(Missed, match=words):
                pika.poll(Operation("pika", "abc"))
            return
        status = pika.poll(Operation("pika", "abc"))
    assert status.state is state and words in status.message
    assert status.charge == (None if charge is None else Decimal(charge))


def test_the_link_is_asked_for_anew(pika: Provider, emulator: Emulator, media: Media, tmp_path: Path) -> None:
    """A job's own link may be older than its clip is kept."""
    operation = submitted(pika, media)
    status = ended(pika, operation)
    emulator.misbehave({"door": "pika", "at": "other", "what": "404", "times": 1})
    with pytest.raises(Missed, match="404"):  # a lag, as far as anybody knows
        pika.fetch(operation, status, tmp_path / "clip.mp4")
    emulator.misbehave({"door": "pika", "at": "other", "what": "echo", "times": 1})
    with pytest.raises(Missed):
        pika.fetch(operation, status, tmp_path / "clip.mp4")
    take = pika.fetch(operation, status, tmp_path / "clip.mp4")
    assert take.path.stat().st_size > 1000 and take.cost == Decimal("0.20")


def test_an_upload_sends_what_the_place_asks_for_and_no_key(
    pika: Provider, emulator: Emulator, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(request: Request) -> bytes:
        if request.path == "/v1/media/uploads":
            place = {
                "upload_url": f"{service.url}/put?sig=1".replace("127.0.0.1", "localhost"),
                "url": "https://cdn.example.com/a.png",
                "headers": {"x-amz-acl": "private"},
            }
            return answer(200, json.dumps(place).encode())
        return answer(200, b'{"id": "abc", "status": "queued"}' if request.method == "POST" else b"")

    with Service(reply) as service:
        monkeypatch.setenv("STORYREEL_PIKA_BASE_URL", service.url)
        submitted(pika, media, mode="image")
    asked, put, sent = service.seen
    data = Path(media.picture).read_bytes()
    assert json.loads(asked.body) == {"content_type": "image/png", "size_bytes": len(data)}
    assert (put.method, put.path, put.body) == ("PUT", "/put?sig=1", data)
    assert put.headers["content-type"] == "image/png" and put.headers["x-amz-acl"] == "private"
    assert "x-api-key" not in put.headers and sent.headers["x-api-key"]
    assert json.loads(sent.body)["image"] == "https://cdn.example.com/a.png"


@pytest.mark.parametrize(
    "place", [b"{}", b"[]", b'{"upload_url": "https://example.com", "url": "x", "headers": 1}']
)
def test_no_place_for_an_upload_is_no_request(
    pika: Provider, media: Media, monkeypatch: pytest.MonkeyPatch, place: bytes
) -> None:
    with Service(lambda _: answer(200, place)) as service:
        monkeypatch.setenv("STORYREEL_PIKA_BASE_URL", service.url)
        with pytest.raises(Refused) as caught:
            submitted(pika, media, mode="image")
    assert caught.value.kind == "busy" and len(service.seen) == 1
