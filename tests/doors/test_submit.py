"""The one request that is paid for: accepted, certainly not accepted, or nobody knows; and never sent twice."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.ledger import ClaimLost
from storyreel.studio.providers import provider
from storyreel.studio.providers.contract import NoAnswer, Operation, Provider, Refused, Unaskable
from storyreel.studio.providers.http import before_it_leaves

from .conftest import Media, submitted
from .service import Service, answer

REFUSALS: list[tuple[dict[str, Any], str, float | None]] = [
    ({"what": "429", "quota": "PerMinute", "retry": 7}, "rate", 7),
    ({"what": "429", "quota": "PerDay"}, "quota", None),
    ({"what": "429", "after": 12}, "rate", 12),
    ({"what": "503", "after": 3}, "busy", 3),
    ({"what": "503"}, "busy", None),
    ({"what": "404"}, "invalid", None),
    ({"what": "echo"}, "auth", None),
    ({"what": "spurious_400"}, "auth", None),
]


@pytest.mark.parametrize(("rule", "kind", "after"), REFUSALS, ids=lambda value: str(value))
def test_a_refusal_says_what_kind_it_is(
    door: Provider, emulator: Emulator, media: Media, rule: dict[str, Any], kind: str, after: float | None
) -> None:
    if "quota" in rule and door.name not in ("vertex", "google"):
        pytest.skip("it knows no quota details")
    if rule["what"] == "503" and door.can_find:
        pytest.skip("it is asked whether the request came in all the same")
    jobs = len(emulator.record()["jobs"])
    emulator.misbehave({"door": door.name, "at": "submit", **rule})
    with pytest.raises(Refused) as caught:
        submitted(door, media)
    assert caught.value.kind == kind
    assert caught.value.retry_after == after
    assert caught.value.message.startswith(f"{door.name} refused it with ")
    assert len(emulator.record()["jobs"]) == jobs


@pytest.mark.parametrize(
    "rule",
    [
        {"what": "500"},
        {"what": "502"},
        {"what": "504"},
        {"what": "500", "accepted": True},
        {"what": "502", "accepted": True},
        {"what": "504", "accepted": True},
        {"what": "reset"},
        {"what": "reset_before"},
        {"what": "no_id"},
        {"what": "html_200"},
        {"what": "truncated"},
        {"what": "truncated", "bytes": 0},
        {"what": "hang"},
        {"what": "hang_before"},
    ],
    ids=lambda rule: " ".join(map(str, rule.values())),
)
def test_nobody_knows(
    door: Provider, emulator: Emulator, media: Media, impatient: None, rule: dict[str, Any]
) -> None:
    """One request went out, whatever became of it."""
    before = emulator.record()
    emulator.misbehave({"door": door.name, "at": "submit", **rule})
    with pytest.raises(NoAnswer) as caught:
        submitted(door, media)
    assert caught.value.message.startswith(door.name) and "<" not in caught.value.message
    after = emulator.record()
    struck = [event for event in after["misbehaved"][len(before["misbehaved"]) :] if event["at"] == "submit"]
    assert len(struck) == 1, "it wasn't sent again"
    assert len(after["jobs"]) - len(before["jobs"]) <= 1


def test_an_answer_that_comes_twice_is_one_job(door: Provider, emulator: Emulator, media: Media) -> None:
    jobs = len(emulator.record()["jobs"])
    emulator.misbehave({"door": door.name, "what": "twice", "times": 1})
    first = submitted(door, media)
    second = submitted(door, media)
    assert first.id != second.id
    assert len(emulator.record()["jobs"]) == jobs + 2


def test_the_last_look_before_it_leaves_can_stop_it(door: Provider, emulator: Emulator, media: Media) -> None:
    before = emulator.record()

    def stop() -> None:
        raise ClaimLost("somebody took it over")

    with before_it_leaves(stop), pytest.raises(ClaimLost):
        submitted(door, media)
    after = emulator.record()
    assert (len(after["jobs"]), after["refused"]) == (len(before["jobs"]), before["refused"])


def test_every_submit_has_a_connection_of_its_own(media: Media, emulator: Emulator, monkeypatch: Any) -> None:
    """One that was kept may be dead, and that would look like an accepted request whose answer was lost."""
    with Service(lambda _: answer(200, b"{}")) as service:
        monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
        for _ in range(2):
            with pytest.raises(NoAnswer):
                submitted(provider("runway"), media)
    assert len(service.seen) == 2


def test_no_redirect_is_followed(media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = len(emulator.record()["jobs"])
    elsewhere = f"{emulator.url}/runway/v1/text_to_video"
    for status in (300, 301, 302, 303, 304, 307, 308):
        with Service(lambda _, status=status: answer(status, Location=elsewhere)) as service:
            monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
            with pytest.raises(NoAnswer):
                submitted(provider("runway"), media)
        assert len(service.seen) == 1
    assert len(emulator.record()["jobs"]) == jobs


TURNED_DOWN = {
    "invalid": (400, 404, 405, 406, 410, 411, 413, 414, 415, 416, 417, 421, 422, 426, 428, 431, 451),
    "auth": (401, 403, 407),
    "no_money": (402,),
}
"""Every other status from 200 to 599 says nothing in a proxy's words; written once more, by hand."""
KINDS = {status: kind for kind, statuses in TURNED_DOWN.items() for status in statuses}
PAGE = b"<html><head><title>Oh no</title></head><body><p>It broke</p></body></html>"


def test_what_every_status_means_of_whoever_says_it(
    door: Provider, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a page of HTML, as what stands before a service answers."""
    status = 0
    with Service(lambda _: answer(status, PAGE, Content_Type="text/html")) as service:
        monkeypatch.setenv(f"STORYREEL_{door.name.upper()}_BASE_URL", service.url)
        for status in (*range(200, 205), *range(206, 210), *range(300, 600)):
            if status in (204, 304):  # they have no body
                continue
            with pytest.raises((NoAnswer, Refused)) as caught:
                submitted(door, media)
            found = caught.value.kind if isinstance(caught.value, Refused) else None
            assert found == KINDS.get(status), status
    assert len({request.path for request in service.seen}) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b'{"message": "Too Many Requests"}', PAGE, b"[]", b"null"])
@pytest.mark.parametrize("status", [409, 429, 503])
def test_what_a_proxy_can_say_after_the_request_was_passed_on_is_believed_of_nobody(
    door: Provider, media: Media, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes
) -> None:
    with Service(lambda _: answer(status, body, Retry_After="1")) as service:
        monkeypatch.setenv(f"STORYREEL_{door.name.upper()}_BASE_URL", service.url)
        with pytest.raises(NoAnswer):
            submitted(door, media)
    assert len(service.seen) == 1


IDS = ["", "task:7", "a/b c", "../x", "a\nb", "a\x00b", "7?x=y", "x" * 501, "/", None, ["a"], {"a": 1}]


@pytest.mark.parametrize("id", IDS, ids=ascii)
def test_an_id_that_cant_be_asked_for_is_none(
    door: Provider, media: Media, monkeypatch: pytest.MonkeyPatch, id: Any
) -> None:
    """It was accepted, and which job it is has to be looked up: nobody can be asked about that one."""
    said = {
        "id": id,
        "name": id,
        "request_id": id,
        "code": 0,
        "data": {"id": id, "task_id": id, "video_id": id},
    }
    if door.name == "openai":
        pytest.skip("its answer is the sound")
    with Service(lambda _: answer(200, json.dumps(said).encode())) as service:
        monkeypatch.setenv(f"STORYREEL_{door.name.upper()}_BASE_URL", service.url)
        with pytest.raises(NoAnswer):
            submitted(door, media)
    if isinstance(id, str):
        with pytest.raises(Unaskable):
            door.poll(Operation(door.name, id))


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [("3", 3), ("0.5", 0.5), ("soon", None), ("", None), ("-4", None), ("Mon, 01 Jan 2001 00:00:00 GMT", 0)],
)
def test_when_to_come_again(
    media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, wait: str, seconds: float | None
) -> None:
    assert _refusal(media, monkeypatch, wait).retry_after == seconds


def test_a_date_to_come_again(media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=90), usegmt=True)
    after = _refusal(media, monkeypatch, date).retry_after
    assert after is not None and 80 < after <= 90


def test_no_key_no_request(
    door: Provider, media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = emulator.record()["requests"]
    for name in emulator.environment:
        if "KEY" in name or "SECRET" in name or "CREDENTIALS" in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nowhere")
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:9")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(Refused) as caught:
        submitted(door, media)
    assert caught.value.kind == "auth"
    assert emulator.record()["requests"] == before


def test_a_key_that_no_header_can_carry(
    media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("key_with\nnewline", "schlüssel-für-alles"):
        monkeypatch.setenv("RUNWAYML_API_SECRET", key)
        with pytest.raises(Refused) as caught:
            submitted(provider("runway"), media)
        assert caught.value.kind in ("auth", "unreachable") and key not in str(caught.value)


def test_a_config_that_is_being_written(
    door: Provider, media: Media, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = emulator.record()["requests"]
    (tmp_path / "config.toml").write_text("[doors", encoding="utf-8")
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path))
    with pytest.raises(Refused, match=r"config\.toml can't be read"):
        submitted(door, media)
    assert emulator.record()["requests"] == before


def test_a_picture_that_vanished_is_no_request(
    door: Provider, media: Media, emulator: Emulator, tmp_path: Path
) -> None:
    before = emulator.record()["requests"]
    known = {mode for can in door.capabilities() for mode in can.modes}
    mode = next((mode for mode in ("image", "portrait") if mode in known), "")
    if not mode:
        pytest.skip("it takes no pictures")
    with pytest.raises(Refused) as caught:
        submitted(door, media, mode=mode, image=str(tmp_path / "gone.png"))
    assert caught.value.kind == "invalid" and "gone.png" in str(caught.value)
    assert emulator.record()["requests"] == before


def _refusal(media: Media, monkeypatch: pytest.MonkeyPatch, after: str) -> Refused:
    with Service(lambda _: answer(429, b'{"error": "too fast"}', Retry_After=after)) as service:
        monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
        with pytest.raises(Refused) as caught:
            submitted(provider("runway"), media)
    return caught.value
