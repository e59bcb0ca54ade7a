"""Services, and what stands before them, at their worst: no end, no bound, links into this machine's own network."""

from __future__ import annotations

import gzip
import json
import resource
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.home import home
from storyreel.studio.providers.contract import Missed, NoAnswer, Refused
from storyreel.studio.providers.download import Denied, download
from storyreel.studio.providers.http import Answer, Wire
from storyreel.tests.dripping import DRIPS, OK, Drip

from .service import Request, Service, answer

CLIP = bytes(range(256)) * 40
ELSEWHERE = "http://192.0.2.1:9"
"""A base URL of a network that doesn't exist; it is never asked here."""


@pytest.fixture
def quick() -> None:
    text = "[doors.runway]\nanswer_seconds = 0.04\n[downloads]\nseconds = 0.3\n"
    (home() / "config.toml").write_text(text)


@pytest.fixture
def drip(request: pytest.FixtureRequest) -> Iterator[Drip]:
    drip = Drip(*DRIPS[request.param])
    yield drip
    drip.close()


def _at(port: int) -> Wire:
    return Wire("runway", f"http://127.0.0.1:{port}", dict)


@pytest.mark.parametrize("drip", DRIPS, indirect=True)
def test_every_request_has_a_deadline(drip: Drip, quick: None, tmp_path: Path) -> None:
    wire, began = _at(drip.port), time.monotonic()
    with pytest.raises(NoAnswer):
        wire.submit("/jobs", {})
    with pytest.raises(Missed):
        wire.ask("GET", "/jobs/1")
    with pytest.raises(Refused):
        wire.prepare("POST", "/upload", content=b"x")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("drip", ["body", "chunks", "headers"], indirect=True)
def test_a_download_has_a_deadline_and_keeps_what_came(drip: Drip, quick: None, tmp_path: Path) -> None:
    drip.first = drip.first.replace(b"900000", b"20000")
    path, began = tmp_path / "clip.part", time.monotonic()
    if drip.first == OK + b"Transfer-Encoding: chunked\r\n\r\n":
        (home() / "config.toml").write_text(
            "[doors.runway]\nanswer_seconds = 0.04\n[downloads]\nseconds = 0.03\n"
        )
    with pytest.raises(Missed, match="broke off"):
        download(_at(drip.port), f"http://127.0.0.1:{drip.port}/clip", path)
    assert time.monotonic() - began < 2
    assert path.exists() is (b"X-A" not in drip.drop)


def test_a_slow_download_has_time_for_its_size(quick: None, tmp_path: Path) -> None:
    """`seconds` is what an empty one may take."""
    (home() / "config.toml").write_text("[downloads]\nseconds = 0.001\n")
    body = bytes(200_000)

    def slow(request: Request) -> bytes:
        time.sleep(0.05)
        return answer(200, body)

    with Service(slow) as service:
        download(_at(service.port), f"{service.url}/clip", tmp_path / "clip")
    assert (tmp_path / "clip").read_bytes() == body


class Endless:
    """Answers with `head` and then without an end, as fast as it is read."""

    def __init__(self, head: bytes) -> None:
        self.drip = Drip(head, bytes(1 << 16))
        self.drip.pause = 0
        self.port = self.drip.port

    def __enter__(self) -> Endless:
        return self

    def __exit__(self, *_: object) -> None:
        self.drip.close()


@pytest.mark.parametrize("status", [404, 400, 429, 500, 302])
def test_a_refusal_without_an_end_is_read_a_little_way(status: int, tmp_path: Path) -> None:
    head = f"HTTP/1.1 {status} No\r\nLocation: /clip\r\nContent-Type: text/plain\r\n\r\n".encode()
    with Endless(head) as endless:
        wire = _at(endless.port)
        for ask in (
            lambda: download(wire, f"http://127.0.0.1:{endless.port}/clip", tmp_path / "clip"),
            lambda: wire.submit("/jobs", {}),
            lambda: wire.prepare("GET", "/x"),
        ):
            with pytest.raises((Missed, Refused, NoAnswer)):
                ask()
        assert endless.drip.sent < 64 << 20, "kernels' buffers included"


def test_an_answer_without_an_end_is_given_up(tmp_path: Path) -> None:
    with Endless(OK + b"\r\n") as endless, pytest.raises(NoAnswer, match="longer than 8 MB"):
        _at(endless.port).submit("/jobs", {})


def _bomb(pack: Callable[[bytes], bytes], megabytes: int) -> bytes:
    return pack(bytes(megabytes << 20))


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_not_unpacked(name: str) -> None:
    packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get(name, lambda data: data[:100])
    body = _bomb(packed, 200)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for status, raised in ((200, NoAnswer), (404, Refused)):
        with (
            Service(lambda _, status=status: answer(status, body, Content_Encoding=name)) as service,
            pytest.raises(raised, match=r"longer than 8 MB|packed|404"),
        ):
            _at(service.port).submit("/jobs", {})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_a_packed_answer_is_understood_although_it_was_not_asked_for() -> None:
    body = gzip.compress(b'{"id": "7"}')
    with Service(lambda _: answer(200, body, Content_Encoding="gzip")) as service:
        assert _at(service.port).submit("/jobs", {}) == {"id": "7"}
        assert service.seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"error":' * 900 + b"1" + b"}" * 900,
        b'{"error": {"details": [' + b"[" * 960 + b"]" * 960 + b"]}}",
        b'{"seconds": ' + b"9" * 5000 + b"}",
        b'{"detail": [' * 400 + b"]}" * 400,
        b"\xff\xfe{}",
        b"\x00",
    ],
    ids=["lists", "objects", "errors", "details", "digits", "detail", "utf-16", "nul"],
)
def test_json_that_cannot_be_read_is_an_answer_that_cannot(body: bytes) -> None:
    for status in (200, 400, 404):
        got = Answer("runway", status, {}, body)
        with pytest.raises(Missed):
            if isinstance(got.object(), dict):
                raise Missed("it is one")
        str(got.refused()), got.said.reasons
    with Service(lambda _: answer(200, body)) as service:
        try:
            _at(service.port).submit("/jobs", {})
        except NoAnswer as error:
            assert "no JSON object" in error.message


# Where links lead


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that is dialled; only this machine really is. Names stand for what the test says."""
    seen: list[str] = []
    real, resolve = socket.create_connection, socket.getaddrinfo
    times: dict[str, int] = {}
    names = {
        "inside.example": ["10.1.2.3"],
        "both.example": ["93.184.215.14", "10.1.2.3"],
        "turns.example": ["93.184.215.14"],
        "outside.example": ["93.184.215.14"],
    }

    def dial(address: tuple[str, int], timeout: Any = None, *args: Any, **more: Any) -> socket.socket:
        seen.append(address[0])
        if address[0] not in ("127.0.0.1", "::1"):
            raise ConnectionRefusedError(111, "Connection refused")
        return real(address, timeout, *args, **more)

    def look(host: str, port: Any, *args: Any, **more: Any) -> Any:
        times[host] = times.get(host, 0) + 1
        if host == "turns.example" and times[host] > 2:
            return resolve("127.0.0.1", port, *args, **more)
        if host in names:
            return [entry for each in names[host] for entry in resolve(each, port, *args, **more)]
        if not host.replace(".", "").replace(":", "").isalnum() or host.endswith((".example", ".com")):
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(host, port, *args, **more)

    monkeypatch.setattr(socket, "create_connection", dial)
    monkeypatch.setattr(socket, "getaddrinfo", look)
    return seen


PRIVATE = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "192.0.0.1", "0177.0.0.1", "inside.example"]


@pytest.mark.parametrize("host", [*PRIVATE, "both.example", "[64:ff9b::a00:1]", "[fec0::1]", "2130706433"])
def test_a_link_into_the_private_network_is_refused(host: str, dialled: list[str], tmp_path: Path) -> None:
    wire = Wire("runway", ELSEWHERE, dict)
    with pytest.raises(Missed, match=r"private network.*allow private_addresses|link that is none"):
        download(wire, f"http://{host}:9/clip?token=abc", tmp_path / "clip")
    with pytest.raises(Refused, match=r"private network|bad character"):
        wire.prepare("PUT", f"http://{host}:9/upload", keyed=False, content=b"x")
    assert dialled == []


def test_a_redirect_into_the_private_network_is_refused(dialled: list[str], tmp_path: Path) -> None:
    """The emulator itself is on this machine; what is in its network isn't."""
    for host in ("10.0.0.1", "169.254.169.254", "inside.example"):
        with (
            Service(lambda _, host=host: answer(302, Location=f"http://{host}/clip")) as service,
            pytest.raises(Missed, match=f"{host}, which is in a private network"),
        ):
            download(_at(service.port), f"{service.url}/clip", tmp_path / "clip")
    assert set(dialled) == {"127.0.0.1"}


def test_what_was_checked_is_what_is_dialled(dialled: list[str], tmp_path: Path) -> None:
    """A name that stands for another address a moment later."""
    wire = Wire("runway", ELSEWHERE, dict)
    for _ in range(2):
        with pytest.raises(Missed):
            download(wire, "http://turns.example:9/clip", tmp_path / "clip")
    assert "127.0.0.1" not in dialled and "93.184.215.14" in dialled


def test_links_where_the_base_url_is_are_followed(dialled: list[str], tmp_path: Path) -> None:
    with Service(lambda _: answer(200, CLIP, Content_Type="video/mp4")) as service:
        download(Wire("runway", "http://127.0.0.1:1", dict), f"{service.url}/clip", tmp_path / "one")
        (home() / "config.toml").write_text("[downloads]\nprivate_addresses = true\n")
        download(Wire("runway", ELSEWHERE, dict), f"{service.url}/clip", tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == (tmp_path / "one").read_bytes() == CLIP


def test_through_a_proxy_of_the_environment(
    dialled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is the user's, and may be anywhere; what it is asked for is looked at all the same."""
    with Service(lambda _: answer(200, CLIP, Content_Type="video/mp4")) as service:
        monkeypatch.setenv("HTTP_PROXY", service.url)
        monkeypatch.setenv("http_proxy", service.url)
        from storyreel.studio import http_clients

        with http_clients.fresh() as client:
            assert client.get("http://93.184.215.14/clip").content == CLIP
        with pytest.raises(Missed, match="private network"):
            download(Wire("runway", ELSEWHERE, dict), "http://10.0.0.1/clip", tmp_path / "clip")
        assert len(service.seen) == 1


def test_keys_go_to_no_other_host(dialled: list[str], tmp_path: Path) -> None:
    with Service(lambda _: answer(200, CLIP)) as other:
        with Service(lambda _: answer(307, Location=f"{other.url}/clip")) as service:
            wire = Wire("runway", service.url, lambda: {"Authorization": "Bearer secret"})
            download(wire, f"{service.url}/clip", tmp_path / "clip", keyed=True)
        assert "authorization" in service.seen[0].headers
        assert "authorization" not in other.seen[0].headers


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://exa mple/x", "example.org", "ftp://x/", "http://x:99999", "http://"]
)
def test_a_base_url_that_is_none_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYREEL_RUNWAY_BASE_URL", url)
    wire = Wire("runway", ELSEWHERE, dict)
    with pytest.raises((BadInput, Refused), match="STORYREEL_RUNWAY_BASE_URL is no address"):
        wire.submit("/jobs", {})
    with pytest.raises(BadInput, match="STORYREEL_RUNWAY_BASE_URL"):
        wire.ask("GET", "/jobs")


@pytest.mark.parametrize("proxy", ["http://[::1", "nonsense://x", "http://me:secret@exa mple"])
def test_a_proxy_that_is_none_is_a_sentence(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    wire = Wire("runway", ELSEWHERE, dict)
    with pytest.raises(Refused) as caught:
        wire.submit("/jobs", {})
    assert "secret" not in caught.value.message


def test_the_status_of_a_link_is_read_whole(tmp_path: Path) -> None:
    body = json.dumps({"error": "too late"}).encode()
    with Service(lambda _: answer(410, body)) as service, pytest.raises(Denied, match="too late"):
        download(_at(service.port), f"{service.url}/clip", tmp_path / "clip")
