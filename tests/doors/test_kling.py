"""Kling: both families of requests, keys and tokens, a lost answer found again by our id, and its 429 that may mean
that the account is empty."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.studio.credentials import redact
from storyreel.studio.errors import ProviderError
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import Capability, rows
from storyreel.studio.providers.contract import Missed, NoAnswer, Operation, Refused, State
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.kling.provider import Kling
from storyreel.studio.providers.pricing import price
from storyreel.studio.store.vault import measure

from .conftest import Media, ended, shot_for, submitted
from .service import Request, Service, answer

WAYS = [(can.model, mode) for can in rows("kling") for mode in can.modes]
LEGACY = ("kling-2.6", "kling-2.5-turbo")


@pytest.fixture
def kling(emulator: Emulator) -> Kling:
    """A door of its own: no token is left over from another test."""
    return Kling()


@pytest.fixture
def tokens(kling: Kling, monkeypatch: pytest.MonkeyPatch) -> Kling:
    """An account that has an access and a secret key only."""
    monkeypatch.delenv("KLING_API_KEY")
    return kling


def row(model: str) -> Capability:
    return next(can for can in rows("kling") if can.model == model)


def body(emulator: Emulator) -> dict[str, Any]:
    """That of the last job."""
    return emulator.record()["jobs"][-1]["body"]


@pytest.mark.parametrize(("model", "mode"), WAYS, ids=lambda value: value)
def test_every_way_brings_a_clip_at_its_price(
    kling: Kling, emulator: Emulator, media: Media, tmp_path: Path, model: str, mode: str
) -> None:
    can = row(model)
    shot = shot_for(can, mode, media, resolution=can.modes[mode].resolutions[0])
    ours = uuid.uuid4().hex
    operation = kling.submit(shot, can, ours)
    assert operation.id.startswith("text2video/" if mode == "text" else "image2video/") == (model in LEGACY)
    status = ended(kling, operation)
    assert (status.state, status.charge) == (State.DONE, price(shot, can))
    facts = measure(kling.fetch(operation, status, tmp_path / "clip.mp4").path)
    assert facts.duration == pytest.approx(
        float(shot.duration), abs=0.126
    )  # a frame more, as Kling makes them
    assert min(facts.width, facts.height) >= 720
    assert facts.audio == (can.audio != "never" and shot.resolution in can.wire.get("sounding", ["720p"]))
    job = emulator.record()["jobs"][-1]
    assert Decimal(job["billed"]) == status.charge
    if can.finds:
        assert job["ours"] == ours and kling.find(ours) == operation
    else:  # it takes no id of ours, and nothing relies on one
        assert job["ours"] is None and "options" not in job["body"] and kling.find(ours) is None


def test_what_the_new_family_is_asked(kling: Kling, emulator: Emulator, media: Media) -> None:
    ours = uuid.uuid4().hex
    can = row("kling-3.0")
    kling.submit(
        shot_for(can, "text", media, aspect_ratio="9:16", audio=False, negative_prompt="rain"), can, ours
    )
    assert body(emulator) == {
        "prompt": "A street at dawn\nAvoid: rain",
        "settings": {
            "resolution": "720p",
            "duration": 3,
            "multi_shot": False,
            "audio": "off",
            "aspect_ratio": "9:16",
        },
        "options": {"external_task_id": ours},
    }
    submitted(kling, media, "kling-3.0", "frames", audio=True)
    sent = body(emulator)
    assert [item["type"] for item in sent["contents"]] == ["prompt", "first_frame", "last_frame"]
    assert "aspect_ratio" not in sent["settings"] and sent["settings"]["audio"] == "native"
    submitted(kling, media, "kling-3.0-turbo")
    assert set(body(emulator)["settings"]) == {"resolution", "duration", "aspect_ratio"}
    submitted(kling, media, "kling-3.0-omni", "references", references=(media.picture,) * 7)
    pictures = body(emulator)["contents"][1:]
    assert [item["id"] for item in pictures] == [f"image_{number}" for number in range(1, 8)]
    assert {item["type"] for item in pictures} == {"refer_image"}


def test_what_the_legacy_family_is_asked(kling: Kling, emulator: Emulator, media: Media) -> None:
    ours = uuid.uuid4().hex
    can = row("kling-2.6")
    shot = shot_for(can, "text", media, duration=7, resolution="1080p", negative_prompt="rain")
    kling.submit(shot, can, ours)
    assert body(emulator) == {
        "model_name": "kling-v2-6",
        "prompt": "A street at dawn",
        "negative_prompt": "rain",
        "mode": "pro",
        "duration": "10",
        "sound": "on",
        "aspect_ratio": "16:9",
        "external_task_id": ours,
    }
    submitted(kling, media, "kling-2.5-turbo", "frames", resolution="1080p")
    assert {"image", "image_tail"} <= set(body(emulator)) and not {"sound", "aspect_ratio"} & set(
        body(emulator)
    )


def test_sound_at_the_resolutions_that_have_it(kling: Kling, emulator: Emulator, media: Media) -> None:
    can = row("kling-2.6")
    [fault] = kling.check(shot_for(can, "text", media, audio=True), can)
    assert fault.place == "audio" and "1080p" in fault.cure
    assert not kling.check(shot_for(can, "text", media, audio=True, resolution="1080p"), can)
    submitted(
        kling, media, "kling-2.6"
    )  # nobody said anything about sound: it is silent as the model makes it
    assert body(emulator)["sound"] == "off"


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((299, 400), "no side may be under 300"),
        ((1000, 399), "more than 2.5 times"),
        ((1000, 400), ""),
        ((300, 300), ""),
    ],
)
def test_pictures_that_it_does_not_take(
    kling: Kling, emulator: Emulator, media: Media, tmp_path: Path, size: tuple[int, int], said: str
) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "a.png")
    can = row("kling-3.0")
    shot = shot_for(can, "frames", media, last_frame=str(tmp_path / "a.png"))
    found = kling.check(shot, can)
    if not said:
        assert not found and kling.submit(shot, can, "")
        return
    jobs = len(emulator.record()["jobs"])
    assert [fault.place for fault in found] == ["last_frame"] and said in found[0].message
    with pytest.raises(Refused, match=said):
        kling.submit(shot, can, "")
    assert len(emulator.record()["jobs"]) == jobs


def test_a_picture_of_another_kind_is_sent_as_one_that_it_takes(
    kling: Kling, emulator: Emulator, media: Media, tmp_path: Path
) -> None:
    Image.new("RGB", (400, 300), "red").save(tmp_path / "a.webp")
    refused = len(emulator.record()["refused"])
    submitted(kling, media, "kling-3.0", "image", image=str(tmp_path / "a.webp"))
    assert len(emulator.record()["refused"]) == refused


def test_eight_references_are_too_many(media: Media) -> None:
    can = row("kling-3.0-omni")
    assert not faults(shot_for(can, "references", media, references=(media.picture,) * 7), can)
    [fault] = faults(shot_for(can, "references", media, references=(media.picture,) * 8), can)
    assert fault.place == "references" and "keep 7" in fault.cure


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


@pytest.mark.parametrize(
    ("model", "rule"),
    [("kling-3.0", rule) for rule in LOST]
    + [("kling-2.6", rule) for rule in LOST if rule["what"] != "no_id"],
    ids=lambda value: value if isinstance(value, str) else value["what"],
)
def test_an_answer_that_was_lost_is_found(
    kling: Kling, emulator: Emulator, media: Media, impatient: None, model: str, rule: dict[str, Any]
) -> None:
    can, ours = row(model), uuid.uuid4().hex
    emulator.misbehave({"door": "kling", **rule})
    with pytest.raises(NoAnswer):
        kling.submit(shot_for(can, "text", media), can, ours)
    emulator.misbehave()
    found = kling.find(ours)
    assert found is not None and found.id.rpartition("/")[2] == emulator.record()["jobs"][-1]["id"]
    assert ended(kling, found).state is State.DONE


@pytest.mark.parametrize("what", ["reset_before", "hang_before", "500", "503", "504"])
def test_a_request_that_never_came_is_certainly_not_there(
    kling: Kling, emulator: Emulator, media: Media, impatient: None, what: str
) -> None:
    can, ours = row("kling-3.0"), uuid.uuid4().hex
    emulator.misbehave({"door": "kling", "what": what})
    with pytest.raises(NoAnswer):
        kling.submit(shot_for(can, "text", media), can, ours)
    emulator.misbehave()
    assert kling.find(ours) is None


@pytest.mark.parametrize(
    "what", ["404", "429", "500", "502", "503", "504", "html_200", "echo", "reset", "truncated"]
)
def test_a_look_that_goes_wrong_is_no_answer(
    kling: Kling, emulator: Emulator, media: Media, what: str
) -> None:
    """A 404 is the one that says that there is none: so the emulator's misbehaviour has it."""
    emulator.misbehave({"door": "kling", "at": "poll", "what": what, "nth": 2})
    if what == "404":
        assert kling.find("nobodys") is None
        return
    with pytest.raises(Missed):
        kling.find("nobodys")


def test_a_second_job_of_one_id_is_never_made(kling: Kling, emulator: Emulator, media: Media) -> None:
    ours = uuid.uuid4().hex
    for model in ("kling-3.0", "kling-2.6", "kling-3.0-omni"):
        can = row(model)
        jobs = len(emulator.record()["jobs"])
        first = kling.submit(shot_for(can, "text", media), can, model + ours)
        with pytest.raises(NoAnswer, match="already exists"):
            kling.submit(shot_for(can, "text", media), can, model + ours)
        assert kling.find(model + ours) == first and len(emulator.record()["jobs"]) == jobs + 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("1100", "no_money"),
        ("1101", "no_money"),
        ("1102", "no_money"),
        ("1302", "rate"),
        ("1303", "busy"),
        ("1304", "auth"),
    ],
)
def test_a_429_of_many_meanings(kling: Kling, emulator: Emulator, media: Media, code: str, kind: str) -> None:
    emulator.misbehave({"door": "kling", "what": "429", "code": code})
    with pytest.raises(Refused) as caught:
        submitted(kling, media)
    assert caught.value.kind == kind and caught.value.message.startswith("kling refused it with 429: ")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 1201, "invalid"),
        (400, 1300, "blocked"),
        (400, 1301, "blocked"),
        (403, 1103, "auth"),
        (404, 1203, "invalid"),
        (200, 1301, "blocked"),
        (200, 1201, "invalid"),
        (200, 1102, "no_money"),
        (429, 5000, None),
        (200, 5002, None),
    ],
)
def test_codes_whatever_the_status(
    kling: Kling, media: Media, monkeypatch: pytest.MonkeyPatch, status: int, code: int, kind: str | None
) -> None:
    said = json.dumps({"code": code, "message": "so it is", "request_id": "r"}).encode()
    with Service(lambda _: answer(status, said)) as service:
        monkeypatch.setenv("STORYREEL_KLING_BASE_URL", service.url)
        with pytest.raises(Refused if kind else NoAnswer, match="so it is") as caught:
            submitted(kling, media)
    assert len(service.seen) == 1
    if isinstance(caught.value, Refused):
        assert caught.value.kind == kind


def test_a_good_answer_with_a_code_that_nobody_knows(
    kling: Kling, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(lambda _: answer(200, b'{"code": 9999, "message": "soon"}')) as service:
        monkeypatch.setenv("STORYREEL_KLING_BASE_URL", service.url)
        with pytest.raises(NoAnswer, match="told no task id"):
            submitted(kling, media)


def test_an_account_with_tokens_speaks_the_legacy_family(
    tokens: Kling, emulator: Emulator, media: Media, tmp_path: Path
) -> None:
    assert tokens.missing() == []
    for model, mode in (("kling-3.0", "text"), ("kling-3.0", "frames"), ("kling-2.6", "image")):
        can, ours = row(model), uuid.uuid4().hex
        shot = shot_for(can, mode, media, resolution=can.modes[mode].resolutions[-1])
        operation = tokens.submit(shot, can, ours)
        assert body(emulator)["model_name"] == can.wire["legacy"]
        status = ended(tokens, operation)
        assert status.charge == price(shot, can)
        assert tokens.fetch(operation, status, tmp_path / f"{ours}.mp4").path.exists()
        assert tokens.find(ours) == operation
    assert tokens.find("nobodys") is None


@pytest.mark.parametrize("model", ["kling-3.0-turbo", "kling-3.0-omni"])
def test_what_only_an_api_key_opens_is_said(
    tokens: Kling, emulator: Emulator, media: Media, model: str
) -> None:
    can, before = row(model), emulator.record()["requests"]
    [fault] = tokens.check(shot_for(can, "text", media), can)
    assert fault.place == "provider" and "KLING_API_KEY" in fault.cure
    with pytest.raises(Refused, match="only an API key"):
        tokens.submit(shot_for(can, "text", media), can, "ours")
    assert emulator.record()["requests"] == before


def test_what_is_missing(kling: Kling, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kling.missing() == []
    monkeypatch.delenv("KLING_API_KEY")
    monkeypatch.delenv("KLING_SECRET_KEY")
    [said] = kling.missing()
    assert "KLING_SECRET_KEY" in said
    monkeypatch.delenv("KLING_ACCESS_KEY")
    [said] = kling.missing()
    assert "KLING_API_KEY" in said


class Clock:
    """This machine's clock, so many seconds off; `first` only at the next looks at it."""

    def __init__(self) -> None:
        self.off = 0.0
        self.first: list[float] = []

    def __call__(self) -> float:
        return time.time() + (self.first.pop(0) if self.first else self.off)


def test_a_token_is_renewed_before_it_ends(tokens: Kling, emulator: Emulator, media: Media) -> None:
    """A poll half an hour after the request."""
    clock = Clock()
    tokens = Kling(clock)
    clock.off = -1790.0  # made then, it ends in ten seconds
    emulator.misbehave({"door": "kling", "what": "late", "seconds": 30})
    operation = submitted(tokens, media)
    first = tokens._keys()["Authorization"]
    assert tokens.poll(operation).state is State.RUNNING and tokens._keys()["Authorization"] == first
    clock.off = 0.0
    refused = len(emulator.record()["refused"])
    assert tokens.poll(operation).state is State.RUNNING
    assert tokens._keys()["Authorization"] != first, "half an hour later it is another"
    assert len(emulator.record()["refused"]) == refused, "and nobody had to say so"


def test_a_token_that_the_service_finds_too_old_is_renewed_once(
    tokens: Kling, emulator: Emulator, media: Media
) -> None:
    """Our clock was behind when it was made, and has been set since."""
    operation = submitted(tokens, media)
    ended(tokens, operation)
    jobs, before = len(emulator.record()["jobs"]), len(emulator.record()["refused"])

    def refused() -> list[str]:
        return [event["why"] for event in emulator.record()["refused"][before:]]

    def once_behind() -> Kling:
        clock = Clock()
        clock.first = [-2000.0]
        return Kling(clock)

    assert once_behind().poll(operation).state is State.DONE
    assert refused() == ["Authorization has expired"]
    submitted(once_behind(), media)
    assert len(refused()) == 2 and len(emulator.record()["jobs"]) == jobs + 1
    clock = Clock()
    clock.off = -2000.0
    behind = Kling(clock)
    for ask in (lambda: behind.poll(operation), lambda: submitted(behind, media)):
        asked = len(refused())
        with pytest.raises(Refused, match="expired") as caught:
            ask()
        assert caught.value.kind == "auth" and len(refused()) == asked + 2, "once more, and no more"


def test_no_key_and_no_token_is_seen(tokens: Kling, emulator: Emulator, media: Media) -> None:
    token = tokens._keys()["Authorization"].removeprefix("Bearer ")
    assert redact(f"so {token} it is") == "so *** it is"
    emulator.misbehave({"door": "kling", "at": "*", "what": "echo"})
    for ask in (lambda: submitted(tokens, media), lambda: tokens.poll(Operation("kling", "text2video/1"))):
        with pytest.raises(Refused) as caught:
            ask()
        said = str(caught.value) + repr(vars(caught.value))
        assert "***" in said and token not in said and token.rpartition(".")[2] not in said
    with pytest.raises(Missed) as missed:
        tokens.find("nobodys")
    assert token not in str(missed.value)
    for name in ("KLING_ACCESS_KEY", "KLING_SECRET_KEY"):
        assert emulator.environment[name] not in redact(f"key {emulator.environment[name]}")


def _told(**task: Any) -> Callable[[Request], bytes]:
    whole = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": [{"id": "7", **task}]}
    return lambda _: answer(200, json.dumps(whole).encode())


DONE = {"status": "succeeded", "outputs": [{"type": "video", "url": "https://results.example/a.mp4"}]}


@pytest.mark.parametrize(
    ("billing", "charge"),
    [
        ([{"charge_type": "cash", "amount": "0.63"}], "0.63"),
        ([{"charge_type": "unit", "amount": "4.5", "package_type": "video"}], "0.63"),
        ([{"charge_type": "cash", "amount": "0.07"}, {"charge_type": "unit", "amount": "4"}], "0.63"),
        ([{"amount": "0"}], "0"),
        ([{"amount": "3"}], None),
        ([{"charge_type": "cash", "amount": "a lot"}], None),
        ([{"charge_type": "cash", "amount": "NaN"}], None),
        ([], None),
        (None, None),
    ],
)
def test_what_it_says_that_it_charged(
    kling: Kling, monkeypatch: pytest.MonkeyPatch, billing: Any, charge: str | None
) -> None:
    with Service(_told(**DONE, billing=billing)) as service:
        monkeypatch.setenv("STORYREEL_KLING_BASE_URL", service.url)
        status = kling.poll(Operation("kling", "7"))
    assert status.charge == (None if charge is None else Decimal(charge))


def test_answers_that_say_nothing_of_the_task(kling: Kling, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [_told(status="succeeded", outputs=[]), _told(status="succeeded", outputs=None)]
    others += [_told(id="8", **DONE), lambda _: answer(200, b'{"code": 0, "data": "none"}')]
    others += [lambda _: answer(200, b'{"code": 1201, "message": "Task not found"}')]
    for other in others:
        with Service(other) as service:
            monkeypatch.setenv("STORYREEL_KLING_BASE_URL", service.url)
            with pytest.raises(Missed):
                kling.poll(Operation("kling", "7"))
            with pytest.raises(Missed):
                kling.find("ours")


def test_ids_that_are_none_of_its(kling: Kling) -> None:
    for id in ("", "a/b", "text2video/", "omni-video/7", "../tasks", "7?x=y"):
        with pytest.raises(ProviderError, match="no task of kling's"):
            kling.poll(Operation("kling", id))


def test_it_can_t_be_told_to_stop(kling: Kling, monkeypatch: pytest.MonkeyPatch) -> None:
    with Service(lambda _: answer(200, b"{}")) as service:
        monkeypatch.setenv("STORYREEL_KLING_BASE_URL", service.url)
        kling.cancel(Operation("kling", "7"))
    assert not service.seen and not kling.cancel_is_free


def test_pictures_are_bare_base64(kling: Kling, media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    with Service(lambda _: answer(200, b"{}")) as service:
        monkeypatch.setenv("STORYREEL_KLING_BASE_URL", service.url)
        with pytest.raises(NoAnswer):
            submitted(kling, media, "kling-3.0", "image")
    [request] = service.seen
    assert request.path == "/image-to-video/kling-3.0"
    sent = json.loads(request.body)["contents"][1]
    assert base64.b64decode(sent["url"], validate=True) == Path(media.picture).read_bytes()


def test_it_is_among_the_doors() -> None:
    assert provider("kling").capabilities()[0].model == "kling-3.0" and provider("kling").can_find
