"""The one request that is paid for: accepted, certainly not accepted, or nobody knows; and never sent twice."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.emulate import Emulator
from storyreel.studio.providers import provider
from storyreel.studio.providers.contract import NoAnswer, Provider, Refused

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
    for status, raised in ((307, Refused), (308, Refused), (302, Refused), (303, NoAnswer)):
        with Service(lambda _, status=status: answer(status, Location=elsewhere)) as service:
            monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
            with pytest.raises(raised):
                submitted(provider("runway"), media)
        assert len(service.seen) == 1
    assert len(emulator.record()["jobs"]) == jobs


MEANINGS = {
    "invalid": (400, 404, 405, 409, 413, 415, 422, 451, 501),
    "auth": (401, 403),
    "no_money": (402,),
    "rate": (429,),
    "busy": (503,),
    None: (408, 499, 500, 502, 504, 507, 520, 524),
}


@pytest.mark.parametrize(
    ("status", "kind"), [(status, kind) for kind, statuses in MEANINGS.items() for status in statuses]
)
def test_every_status_has_its_meaning(
    door: Provider, media: Media, monkeypatch: pytest.MonkeyPatch, status: int, kind: str | None
) -> None:
    page = b"<html><head><title>Oh no</title></head><body><p>It broke</p></body></html>"
    with Service(lambda _: answer(status, page, Content_Type="text/html")) as service:
        monkeypatch.setenv(f"STORYREEL_{door.name.upper()}_BASE_URL", service.url)
        # Who can be asked whether a request came in is asked, however busy it says that it is.
        unknown = kind is None or (kind == "busy" and door.can_find)
        with pytest.raises(NoAnswer if unknown else Refused) as caught:
            submitted(door, media)
    if isinstance(caught.value, Refused):
        assert caught.value.kind == kind
    assert f"{status}: a web page: Oh no" in caught.value.message


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
    with Service(lambda _: answer(429, b"{}", Retry_After=after)) as service:
        monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
        with pytest.raises(Refused) as caught:
            submitted(provider("runway"), media)
    return caught.value
