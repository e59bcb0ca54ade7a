"""Keys go to the door's own host and nowhere else, and never into a text, whatever a service does with them."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.errors import StoryreelError
from storyreel.studio.providers import provider
from storyreel.studio.providers.contract import Missed, NoAnswer, Operation, Provider, State, Status
from storyreel.studio.providers.download import download
from storyreel.studio.providers.http import Wire

from .conftest import ASKED, CLOUD, Media, ended, submitted
from .service import Request, Service, answer

KEY = "key_0123456789abcdef"


def secrets_of(emulator: Emulator) -> list[str]:
    keys = [value for name, value in emulator.environment.items() if "KEY" in name or "SECRET" in name]
    account = json.loads(Path(emulator.environment["GOOGLE_APPLICATION_CREDENTIALS"]).read_text())
    return [*keys, "ya29.", account["private_key"][100:160]]


def everything(error: BaseException) -> str:
    """All that anybody could print of it."""
    plain = json.dumps(error.to_plain()) if isinstance(error, StoryreelError) else ""
    return "".join(traceback.format_exception(error)) + repr(error) + plain + repr(vars(error))


def test_no_key_reaches_the_hosts_of_results(emulator: Emulator, media: Media, tmp_path: Path) -> None:
    for name in CLOUD:
        door = provider(name)
        operation = submitted(door, media)
        if name not in ASKED:
            continue
        door.fetch(operation, ended(door, operation), tmp_path / f"{name}.mp4")
    assert emulator.record()["leaks"] == []


@pytest.mark.parametrize("at", ["submit", "poll"])
def test_a_key_that_a_service_repeats_is_masked(
    door: Provider, emulator: Emulator, media: Media, at: str
) -> None:
    if at == "poll" and door.name not in ASKED:
        pytest.skip("it can't be asked")
    operation = submitted(door, media)
    emulator.misbehave({"door": door.name, "at": at, "what": "echo"})
    with pytest.raises(StoryreelError) as caught:
        submitted(door, media) if at == "submit" else door.poll(operation)
    said = everything(caught.value)
    assert "Incorrect API key provided" in said and "***" in said
    assert not [secret for secret in secrets_of(emulator) if secret in said]


def test_a_key_that_a_clip_s_host_repeats_is_masked(emulator: Emulator, media: Media, tmp_path: Path) -> None:
    google = provider("google")
    operation = submitted(google, media)
    status = ended(google, operation)
    emulator.misbehave({"door": "google", "at": "*", "what": "echo"})
    with pytest.raises(StoryreelError) as caught:
        google.fetch(operation, status, tmp_path / "clip.mp4")
    assert not [secret for secret in secrets_of(emulator) if secret in everything(caught.value)]


def test_a_key_in_what_a_finished_job_says(
    door: Provider, emulator: Emulator, media: Media, caplog: pytest.LogCaptureFixture
) -> None:
    key = emulator.environment["RUNWAYML_API_SECRET"]
    emulator.misbehave({"door": door.name, "what": "failed", "failure": f"the key {key} is tired"})
    with caplog.at_level(logging.DEBUG):
        try:
            status = ended(door, submitted(door, media))
            assert status.state is State.FAILED
            said = status.message
        except NoAnswer as error:  # of one who answers with what it has made, or not
            assert door.name not in ASKED
            said = error.message
    assert "is tired" in said and key not in said and key not in caplog.text


def test_credentials_are_dropped_at_the_first_redirect_to_another_host(tmp_path: Path) -> None:
    clip = answer(200, b"clip", Content_Type="video/mp4")
    with Service(lambda _: clip) as elsewhere:

        def own(request: Request) -> bytes:
            if request.path == "/back":
                return clip
            host = "localhost" if request.path == "/other-name" else "127.0.0.1"
            return answer(302, Location=f"http://{host}:{elsewhere.port}/clip")

        with Service(own) as door:
            wire = Wire("runway", door.url, lambda: {"Authorization": f"Bearer {KEY}"})
            for path in ("/clip", "/other-name"):
                download(wire, door.url + path, tmp_path / path[1:], keyed=True)
            assert [request.headers.get("authorization") for request in door.seen] == [f"Bearer {KEY}"] * 2
    assert len(elsewhere.seen) == 2
    assert not any("authorization" in request.headers for request in elsewhere.seen)


def test_a_stranger_cannot_send_the_key_back_into_the_door(tmp_path: Path) -> None:
    """The key isn't sent along on a way that has been through another host, even if it ends at the door."""
    with Service(lambda _: answer(200, b"clip")) as door:
        with Service(lambda _: answer(302, Location=f"{door.url}/v1/organization")) as stranger:
            wire = Wire("runway", door.url, lambda: {"Authorization": f"Bearer {KEY}"})
            download(wire, f"{stranger.url}/clip", tmp_path / "clip", keyed=True)
        assert [request.headers.get("authorization") for request in door.seen] == [None]


def test_google_s_key_stays_at_home(emulator: Emulator, tmp_path: Path) -> None:
    with Service(lambda _: answer(200, b"clip", Content_Type="video/mp4")) as elsewhere:
        link = f"{elsewhere.url}/v1/files/abc:download?alt=media"
        status = Status(State.DONE, delivery=("uri", link))
        provider("google").fetch(Operation("google", "x"), status, tmp_path / "clip.mp4")
    (request,) = elsewhere.seen
    assert "x-goog-api-key" not in request.headers and "key=" not in request.path


def test_no_key_goes_with_an_upload_to_another_host(
    emulator: Emulator, media: Media, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Runway says where an upload goes, and that is another's storage."""
    big = tmp_path / "big.mp4"
    clip = Path(media.clip).read_bytes()
    big.write_bytes(clip + (4 << 20).to_bytes(4, "big") + b"free" + bytes((4 << 20) - 8))
    with Service(lambda _: answer(204)) as storage:

        def own(request: Request) -> bytes:
            if request.path == "/v1/uploads":
                told: dict[str, Any] = {"uploadUrl": storage.url, "fields": {"policy": "p"}}
                return answer(200, json.dumps(told | {"runwayUri": "runway://abc"}).encode())
            return answer(200, b'{"id": "abc"}')

        with Service(own) as service:
            monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
            submitted(provider("runway"), media, "aleph2", "edit", video=str(big))
    (upload,) = storage.seen
    assert "authorization" not in upload.headers and b'name="policy"' in upload.body
    assert upload.body.index(b'name="file"') > upload.body.index(b'name="policy"'), "the file comes last"
    assert [request.headers["authorization"][:7] for request in service.seen] == ["Bearer "] * 2
    assert json.loads(service.seen[1].body)["videoUri"] == "runway://abc"


def test_signed_links_are_masked(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, media: Media) -> None:
    link = "https://results.example/clip.mp4?_jwt=abc.def.ghi&X-Goog-Signature=0123"
    body = json.dumps({"error": f"see {link}"}).encode()
    with Service(lambda _: answer(500, body)) as service:
        monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", service.url)
        with pytest.raises(NoAnswer) as caught:
            submitted(provider("runway"), media)
        with pytest.raises(Missed) as missed:
            provider("runway").poll(Operation("runway", "abc"))
    for error in (caught.value, missed.value):
        assert "clip.mp4?_jwt=***" in str(error) and "abc.def" not in str(error) and "0123" not in str(error)


def test_no_signed_link_is_logged(
    emulator: Emulator, media: Media, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """httpx tells every address that it asks to whoever logs at INFO, as ComfyUI does."""
    runway = provider("runway")
    operation = submitted(runway, media)
    status = ended(runway, operation)
    with caplog.at_level(logging.DEBUG):
        runway.fetch(operation, status, tmp_path / "clip.mp4")
    assert "?_jwt=***" in caplog.text
    assert status.delivery[0].rpartition("_jwt=")[2] not in caplog.text


def test_a_prompt_that_holds_a_key_is_still_the_prompt(emulator: Emulator, media: Media) -> None:
    """Only what is said about a request is masked, never the request."""
    submitted(provider("google"), media, prompt="a sign that says ?token=abcdef")
    job = emulator.record()["jobs"][-1]
    assert "?token=abcdef" in json.dumps(job["body"])
