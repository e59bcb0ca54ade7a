"""Inputs by URL: brought here whole and checked, or refused with a sentence; never from a private network unasked."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.studio.errors import BadInput, MediaError
from storyreel.studio.home import home
from storyreel.studio.media.image import read
from storyreel.studio.planning.shots import shot_of
from storyreel.studio.planning.validate import check
from storyreel.studio.store import url_inputs
from storyreel.studio.store.url_inputs import copy_of, fetch, public, redacted
from storyreel.studio.storyboard.parser import from_plain


def png(grey: int = 90) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (32, 18), (grey, grey, grey)).save(written, "PNG")
    return written.getvalue()


def look(path: Path) -> None:
    read(path, enough=lambda size: (8, 8))


class Site:
    """A web server of this machine; `pages` are path → (status, headers, body). It keeps what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                status, headers, body = site.pages.get(self.path, (404, {}, b"no"))
                if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    (home() / "config.toml").write_text("[downloads]\nprivate_addresses = true\nmegabytes = 1\n")
    site = Site()
    site.pages["/a.png"] = (200, {}, png())
    yield site
    site.close()


def test_a_picture_comes_and_stays(site: Site) -> None:
    url = f"{site.url}/a.png"
    path = fetch(url, look)
    assert path == copy_of(url) and path.parent == home() / "inputs" and path.suffix == ".png"
    assert path.read_bytes() == png()
    assert fetch(url, look) == path and len(site.asked) == 1, "within a minute it isn't asked for again"
    assert [each.name for each in path.parent.iterdir() if each.name.endswith(".part")] == []


def test_a_changed_original_is_noticed_and_an_unchanged_one_not_sent_again(site: Site) -> None:
    url = f"{site.url}/a.png"
    site.pages["/a.png"] = (200, {"ETag": '"1"'}, png(10))
    fetch(url, look)
    assert fetch(url, look, fresh=0).read_bytes() == png(10)
    assert site.asked[1][1]["If-None-Match"] == '"1"'
    site.pages["/a.png"] = (200, {"ETag": '"2"'}, png(200))
    assert fetch(url, look, fresh=0).read_bytes() == png(200)


def test_a_link_whose_time_is_over_leaves_the_copy(site: Site) -> None:
    """Signed URLs end; a run that is resumed the next day has the same inputs as before."""
    url = f"{site.url}/a.png?signature=secret"
    site.pages["/a.png?signature=secret"] = (200, {}, png())
    fetch(url, look)
    site.pages["/a.png?signature=secret"] = (403, {}, b"expired")
    assert fetch(url, look, fresh=0).read_bytes() == png()


@pytest.mark.parametrize(
    ("status", "headers", "body", "says"),
    [
        (404, {}, b"", "answers 404"),
        (200, {}, b"<html>not found</html>", "is not a picture"),
        (200, {}, png()[:60], "damaged|cut short|not a picture"),
        (200, {}, b"", "is empty"),
        (200, {"Content-Length": "5000"}, png(), "ended after|can't be read"),
        (200, {"Content-Length": "5000000000"}, b"", "is larger than 1 MB"),
        (
            200,
            {"Transfer-Encoding": "none", "Content-Length": ""},
            bytes(1_200_000),
            "is larger than 1 MB|can't be read",
        ),
        (302, {"Location": "file:///etc/passwd"}, b"", "is no http or https address"),
        (302, {"Location": "/c.png?key=secret"}, b"", "redirects more than 5 times"),
    ],
)
def test_what_is_refused(site: Site, status: int, headers: dict[str, str], body: bytes, says: str) -> None:
    site.pages["/c.png?key=secret"] = (status, headers, body)
    url = f"{site.url}/c.png?key=secret"
    with pytest.raises(BadInput, match=says) as caught:
        fetch(url, look)
    assert "secret" not in str(caught.value), "a query may hold a key"
    assert not copy_of(url).exists()
    assert list((home() / "inputs").iterdir()) == [], "and nothing partial stays"


def test_a_redirect_is_followed(site: Site) -> None:
    site.pages["/r"] = (302, {"Location": "/a.png"}, b"")
    assert fetch(f"{site.url}/r", look).read_bytes() == png()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.org/a.png", "is no http or https address"),
        ("file:///etc/passwd", "is no http or https address"),
        ("http://user:password@example.org/a.png", "holds a user's name or password"),
        ("http:///a.png", "names no host"),
        ("http://example.org:99999/a.png", "names no host"),
    ],
)
def test_addresses_that_are_none(url: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        fetch(url, look)
    assert "password@" not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_not_asked_unless_allowed(site: Site, host: str) -> None:
    (home() / "config.toml").write_text("")
    port = site.url.rpartition(":")[2]
    with pytest.raises(BadInput, match=r"is in a private network|there is no host|can't be reached"):
        fetch(f"http://{host}:{port}/a.png", look)
    assert site.asked == []


def test_a_redirect_into_the_private_network_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first host is public: here a stand-in for the resolver says so of 'example.org'."""
    (home() / "config.toml").write_text("")
    port = int(site.url.rpartition(":")[2])
    site.pages["/r"] = (302, {"Location": f"{site.url}/a.png"}, b"")
    real = url_inputs.socket.getaddrinfo
    dialled = url_inputs.socket.create_connection

    def resolve(host: str, *args: Any, **more: Any) -> Any:
        return real("93.184.215.14" if host == "example.org" else host, *args, **more)

    def dial(address: tuple[str, int], **more: Any) -> Any:
        return dialled(("127.0.0.1", port) if address[0] == "93.184.215.14" else address, **more)

    monkeypatch.setattr(url_inputs.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(url_inputs.socket, "create_connection", dial)
    with pytest.raises(BadInput, match=r"127\.0\.0\.1 is in a private network"):
        fetch(f"http://example.org:{port}/r", look)
    assert [path for path, _ in site.asked] == ["/r"]
    assert site.asked[0][1]["Host"] == f"example.org:{port}"


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1",
     "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "::"],
)  # fmt: skip
def test_private_addresses(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14"])
def test_public_addresses(address: str) -> None:
    assert public(address)


def test_what_is_shown_of_a_url() -> None:
    assert redacted("https://u:p@example.org:8443/a/b.png?X-Sig=1#x") == "https://example.org:8443/a/b.png"


def test_storyboards_name_urls(site: Site, tmp_path: Path) -> None:
    url = f"{site.url}/a.png"
    board = from_plain(
        {"quality": "draft", "scenes": [{"image": url}, {"image": f"{site.url}/b.png?key=secret"}]}
    )
    (fault,) = check(board, tmp_path)
    assert fault.place == "scenes[1].image" and str(fault).endswith("/b.png answers 404 Not Found")
    assert shot_of(board, 0, tmp_path).image == str(copy_of(url)), "what the provider gets is a file"


def test_a_full_error_is_raised_as_it_is_for_files(site: Site) -> None:
    def never(path: Path) -> None:
        raise MediaError(f"{path.name} is bad", "mend it")

    with pytest.raises(BadInput, match=f"{site.url}/a.png is bad"):
        fetch(f"{site.url}/a.png", never)
