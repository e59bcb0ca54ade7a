"""Finished clips come here whole: broken-off downloads go on where they left off, and old links are asked for anew."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.errors import OutputError
from storyreel.studio.media.probe import probe
from storyreel.studio.providers import provider
from storyreel.studio.providers.contract import Expired, Missed, Operation, Provider, State, Status
from storyreel.studio.providers.download import Denied, download
from storyreel.studio.providers.http import Wire

from .conftest import ASKED, Media, ended, submitted
from .service import Request, Service, answer

BUCKET = "gs://storyreel-rehearsal/takes"
WHERE = {"vertex": "storage", "google": "google"}
"""Where clips are downloaded from; those of the others on the host of results."""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Vertex puts its clips into Cloud Storage."""
    (tmp_path / "config.toml").write_text(f'[doors.vertex]\nstorage_uri = "{BUCKET}"\n', encoding="utf-8")
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path))


@pytest.fixture(params=["vertex", "google", "runway", "fal"])
def linked(request: pytest.FixtureRequest, emulator: Emulator, bucket: None) -> Provider:
    """A door whose clips are downloaded: Vertex from a bucket."""
    return provider(request.param)


def test_a_clip_inside_the_answer(emulator: Emulator, media: Media, tmp_path: Path) -> None:
    vertex = provider("vertex")
    operation = submitted(vertex, media)
    status = ended(vertex, operation)
    assert "bytesBase64Encoded" in status.delivery
    (tmp_path / "clip.mp4").write_bytes(b"what an earlier try left")
    vertex.fetch(operation, status, tmp_path / "clip.mp4")
    assert probe(tmp_path / "clip.mp4").duration == 4


def test_a_clip_in_a_bucket(emulator: Emulator, bucket: None, media: Media, tmp_path: Path) -> None:
    vertex = provider("vertex")
    operation = submitted(vertex, media)
    status = ended(vertex, operation)
    assert status.delivery["gcsUri"].startswith(BUCKET)
    vertex.fetch(operation, status, tmp_path / "clip.mp4")
    assert probe(tmp_path / "clip.mp4").duration == 4


@pytest.mark.parametrize("kept", ["inside the answer", "in a bucket"])
def test_a_clip_of_omni_on_vertex(
    kept: str, emulator: Emulator, media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an interaction at the location global, whatever the account's own is."""
    if kept == "in a bucket":
        (tmp_path / "config.toml").write_text(f'[doors.vertex]\nstorage_uri = "{BUCKET}"\n', encoding="utf-8")
        monkeypatch.setenv("STORYREEL_HOME", str(tmp_path))
    vertex = provider("vertex")
    operation = submitted(vertex, media, "gemini-omni-1.2")
    assert "/locations/global/interactions/" in operation.id and vertex.askable(operation.id)
    assert vertex.operation(operation.id.rpartition("/")[2]) == operation, "by the id that the service shows"
    assert vertex.operation(operation.id) == operation
    status = ended(vertex, operation)
    way, what, still = status.delivery
    assert (way, still) == ("uri" if kept == "in a bucket" else "data", False)
    assert what.startswith(BUCKET) is (kept == "in a bucket")
    vertex.fetch(operation, status, tmp_path / "clip.mp4")
    assert probe(tmp_path / "clip.mp4").duration == 3
    [*_, job] = emulator.record()["jobs"]
    assert float(job["billed"]) == pytest.approx(float(status.charge or 0)) == pytest.approx(0.208512)


def test_a_download_that_breaks_off_goes_on(
    linked: Provider, emulator: Emulator, media: Media, tmp_path: Path
) -> None:
    operation = submitted(linked, media)
    status = ended(linked, operation)
    whole, part = tmp_path / "whole.mp4", tmp_path / "clip.part"
    linked.fetch(operation, status, whole)
    at = WHERE.get(linked.name, "results")
    emulator.misbehave({"door": at, "at": "download", "what": "truncated", "bytes": 5000, "times": 2})
    for count in (5000, 10_000):
        with pytest.raises(Missed, match="broke off"):
            linked.fetch(operation, status, part)
        assert part.stat().st_size == count, "what came is kept"
    linked.fetch(operation, status, part)
    assert part.read_bytes() == whole.read_bytes()
    (job,) = [job for job in emulator.record()["jobs"] if job["id"] == operation.id]
    assert [one["status"] for one in job["deliveries"]] == [200, 200, 206, 206]
    linked.fetch(operation, status, part)
    assert part.read_bytes() == whole.read_bytes(), "all of it was here"


@pytest.mark.parametrize("what", ["expired", "404"])
def test_a_link_that_does_not_open_is_asked_for_anew(
    linked: Provider, emulator: Emulator, media: Media, tmp_path: Path, what: str
) -> None:
    operation = submitted(linked, media)
    status = ended(linked, operation)
    at = WHERE.get(linked.name, "results")
    emulator.misbehave({"door": at, "at": "download", "what": what, "times": 1})
    with pytest.raises(Missed):
        linked.fetch(operation, status, tmp_path / "clip.mp4")
    linked.fetch(operation, linked.poll(operation), tmp_path / "clip.mp4")
    assert probe(tmp_path / "clip.mp4").duration in (3, 4)


def test_an_expired_link_is_fresh_after_the_next_poll(
    emulator: Emulator, media: Media, tmp_path: Path
) -> None:
    runway = provider("runway")
    emulator.misbehave({"door": "runway", "what": "expires", "seconds": 1})
    operation = submitted(runway, media)
    status = ended(runway, operation)
    time.sleep(1.1)
    with pytest.raises(Missed, match="403"):
        runway.fetch(operation, status, tmp_path / "clip.mp4")
    runway.fetch(operation, runway.poll(operation), tmp_path / "clip.mp4")
    assert probe(tmp_path / "clip.mp4").duration == 4


def test_a_file_that_google_has_thrown_away(emulator: Emulator, media: Media, tmp_path: Path) -> None:
    google = provider("google")
    emulator.misbehave({"door": "google", "what": "expires", "seconds": 0})
    operation = submitted(google, media)
    status = ended(google, operation)
    with pytest.raises(Expired, match="google doesn't have the clip any more"):
        google.fetch(operation, status, tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_an_object_that_was_deleted(emulator: Emulator, bucket: None, tmp_path: Path) -> None:
    vertex = provider("vertex")
    status = Status(State.DONE, delivery={"gcsUri": f"{BUCKET}/nothing.mp4"})
    with pytest.raises(Expired, match=r"nothing\.mp4 isn't there"):
        vertex.fetch(Operation("vertex", "x"), status, tmp_path / "clip.mp4")


@pytest.mark.parametrize(
    ("told", "raised", "words"),
    [
        ((200, {"state": "PROCESSING"}), Missed, "processing"),
        ((200, {"state": "FAILED"}), Expired, "put the clip's file together"),
        ((404, {}), Expired, "404"),
        ((403, {"error": {"message": "The File may not exist"}}), Expired, "403"),
        ((403, {"error": {"message": "Your project has been suspended"}}), Missed, "suspended"),
        ((401, {}), Missed, "400"),
        ((500, {}), Missed, "500"),
    ],
)
def test_whether_google_has_the_file_is_looked_up(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    told: tuple[int, Any],
    raised: type[Exception],
    words: str,
) -> None:
    """Only what Google says of the file itself makes a paid clip lost."""

    def serve(request: Request) -> bytes:
        if "download" in request.path:
            return answer(400, b"{}")
        return answer(told[0], json.dumps(told[1]).encode(), Content_Type="application/json")

    with Service(serve) as service:
        monkeypatch.setenv("STORYREEL_GOOGLE_BASE_URL", service.url)
        status = Status(State.DONE, delivery=("uri", f"{service.url}/v1/files/abc:download?alt=media"))
        with pytest.raises(raised, match=words):
            provider("google").fetch(Operation("google", "x"), status, tmp_path / "clip.mp4")


def test_google_sends_it_inside_the_answer_too(emulator: Emulator, tmp_path: Path) -> None:
    """As it does whatever was asked for, says its guide."""
    status = Status(State.DONE, delivery=("data", base64.b64encode(b"a clip").decode()))
    provider("google").fetch(Operation("google", "x"), status, tmp_path / "clip.mp4")
    assert (tmp_path / "clip.mp4").read_bytes() == b"a clip"
    with pytest.raises(Missed, match="base64"):
        provider("google").fetch(
            Operation("google", "x"), status._replace(delivery=("data", "!")), tmp_path / "c"
        )


def test_what_is_no_clip(linked: Provider, emulator: Emulator, media: Media, tmp_path: Path) -> None:
    operation = submitted(linked, media)
    status = ended(linked, operation)
    emulator.misbehave({"what": "wrong_type", "door": "*", "at": "download"})
    with pytest.raises(Missed, match="sent image/png where the clip should be"):
        linked.fetch(operation, status, tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_a_full_disk(linked: Provider, emulator: Emulator, media: Media) -> None:
    operation = submitted(linked, media)
    status = ended(linked, operation)
    with pytest.raises(OutputError, match="can't be written: No space left on device"):
        linked.fetch(operation, status, Path("/dev/full"))


CLIP = bytes(range(256)) * 40


def _at(service: Service) -> Wire:
    return Wire("runway", service.url, dict)


def _ranged(request: Request) -> bytes:
    found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
    if not found:
        return answer(200, CLIP, Content_Type="video/mp4")
    start = int(found[1])
    if start >= len(CLIP):
        return answer(416, Content_Range=f"bytes */{len(CLIP)}")
    rest = CLIP[start:]
    return answer(
        206, rest, Content_Type="video/mp4", Content_Range=f"bytes {start}-{len(CLIP) - 1}/{len(CLIP)}"
    )


@pytest.mark.parametrize(
    ("here", "serve", "requests"),
    [
        (b"", _ranged, 1),
        (CLIP[:100], _ranged, 1),
        (CLIP, _ranged, 1),
        (CLIP + b"more", _ranged, 2),
        (CLIP[:100], lambda _: answer(200, CLIP, Content_Type="video/mp4"), 1),
        (
            CLIP[:100],
            lambda r: (
                answer(206, CLIP[50:], Content_Range=f"bytes 50-{len(CLIP) - 1}/{len(CLIP)}")
                if "range" in r.headers
                else answer(200, CLIP)
            ),
            2,
        ),
        (CLIP[:100], lambda r: answer(206, CLIP[100:]) if "range" in r.headers else answer(200, CLIP), 2),
        (CLIP[:9], lambda r: answer(416) if "range" in r.headers else answer(200, CLIP), 2),
    ],
    ids=[
        "new",
        "resumed",
        "all here",
        "too much here",
        "no ranges",
        "another range",
        "no range told",
        "refused",
    ],
)
def test_ranges(tmp_path: Path, here: bytes, serve: Any, requests: int) -> None:
    path = tmp_path / "clip.part"
    path.write_bytes(here)
    with Service(serve) as service:
        download(_at(service), f"{service.url}/clip", path)
    assert path.read_bytes() == CLIP and len(service.seen) == requests


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (answer(200, CLIP, len(CLIP) + 1), "broke off"),
        (answer(200, b""), "empty"),
        (answer(200, CLIP, Content_Type="text/html; charset=utf-8"), "sent text/html"),
        (answer(200, CLIP, Content_Type="application/json"), "sent application/json"),
        (answer(200, CLIP, Content_Encoding="gzip"), "packed"),
        (answer(200, CLIP, 5 << 30), "larger than 4 GB"),
        (answer(302, Location="http://127.0.0.1:9/"), "broke off"),
        (answer(302, Location="ftp://example.com/"), "isn't https"),
        (answer(302), "without an end"),
        (answer(500), "answered with 500"),
        (answer(401), "doesn't open the link.*401"),
        (answer(410, b'{"error": "too late"}'), "410.*too late"),
        (b"SSH-2.0-OpenSSH\r\n", "broke off"),
    ],
)
def test_downloads_that_go_wrong(tmp_path: Path, sent: bytes, words: str) -> None:
    with Service(lambda _: sent) as service, pytest.raises(Missed, match=words) as caught:
        download(_at(service), f"{service.url}/clip", tmp_path / "clip.part")
    assert isinstance(caught.value, Denied) is ("link" in words or "410" in words)


def test_a_link_that_is_none(tmp_path: Path) -> None:
    for link in ("", "clip.mp4", "http://", "http://[broken", "file:///etc/passwd"):
        with pytest.raises(Missed):
            download(Wire("runway", "http://127.0.0.1:9", dict), link, tmp_path / "clip.part")


def test_nothing_delivered(emulator: Emulator, tmp_path: Path) -> None:
    for name in ASKED:
        with pytest.raises(Missed, match=f"{name} gave no"):
            provider(name).fetch(Operation(name, "x"), Status(State.DONE), tmp_path / "clip.mp4")
