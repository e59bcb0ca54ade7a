"""The client's own errands: uploads, downloads, addresses."""

from __future__ import annotations

import hashlib
import resource
import threading
import tracemalloc
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.comfy.client.api import ComfyClient, OutputFile, hashed_name, server_url
from storyreel.studio.errors import BadInput, OutputError, ServerError


def test_an_upload_is_named_by_its_content(stub: Any, tmp_path: Path) -> None:
    path = tmp_path / "Mein Bild (1).JPG"
    path.write_bytes(b"picture" * 1000)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with ComfyClient(stub.url) as client:
        name = client.upload(path)
        assert name == f"storyreel/{digest[:16]}-Mein-Bild-1.jpg"
        assert stub.files["input", "storyreel", name.rpartition("/")[2]] == path.read_bytes()
        assert client.has(name) and not client.has("storyreel/other.jpg")
        assert client.upload(path) == name
    assert len(stub.uploads) == 1, "what the server has is not sent again"


def test_names_in_any_script_are_harmless(tmp_path: Path) -> None:
    assert hashed_name(Path("../..//夜 .png"), "0123456789abcdef99") == "0123456789abcdef.png"


def test_a_file_too_large_names_the_cure(stub: Any, tmp_path: Path) -> None:
    stub.largest_upload = 10
    (tmp_path / "a.mp4").write_bytes(b"x" * 100)
    with ComfyClient(stub.url) as client, pytest.raises(ServerError, match="--max-upload-size"):
        client.upload(tmp_path / "a.mp4")


class Drain(BaseHTTPRequestHandler):
    """Takes an upload and keeps nothing of it but its size and its last bytes."""

    received = 0
    ending = b""

    def do_HEAD(self) -> None:
        self.send_error(404)

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            block = self.rfile.read(min(left, 65536))
            left -= len(block)
            Drain.received += len(block)
            Drain.ending = (Drain.ending + block)[-60:]
        body = b'{"name": "a.mp4", "subfolder": "storyreel", "type": "input"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def test_an_upload_takes_no_memory_of_its_size(tmp_path: Path) -> None:
    with (tmp_path / "a.mp4").open("wb") as stream:
        stream.truncate(64 << 20)
    with HTTPServer(("127.0.0.1", 0), Drain) as server:
        threading.Thread(target=server.serve_forever).start()
        tracemalloc.start()
        with ComfyClient(f"127.0.0.1:{server.server_port}") as client:
            assert client.upload(tmp_path / "a.mp4", "00" * 32) == "storyreel/a.mp4"
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        server.shutdown()
    assert 0 < Drain.received - (64 << 20) < 1000 and Drain.ending.endswith(b"--\r\n")
    assert peak < 16 << 20


def test_a_file_is_fetched_whole(stub: Any, tmp_path: Path) -> None:
    stub.files["output", "v", "a b&c.mp4"] = b"film" * 1_000_000
    target = tmp_path / "new" / "film.mp4"
    told: list[int] = []
    with ComfyClient(stub.url) as client:
        assert client.fetch(OutputFile("3", "a b&c.mp4", "v"), target, told.append) == 4_000_000
    assert target.read_bytes() == b"film" * 1_000_000
    assert told[-1] == 4_000_000 and len(told) > 2


def test_a_file_cut_short_leaves_what_was_there(stub: Any, tmp_path: Path) -> None:
    stub.files["output", "", "a.mp4"] = b"new" * 1000
    stub.short_files = True
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")
    with ComfyClient(stub.url) as client, pytest.raises(ServerError):
        client.fetch(OutputFile("3", "a.mp4"), target)
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]


def test_a_file_that_is_gone(stub: Any, tmp_path: Path) -> None:
    with ComfyClient(stub.url) as client, pytest.raises(ServerError, match=r"no longer has a\.mp4"):
        client.fetch(OutputFile("3", "a.mp4"), tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_what_was_there(stub: Any, tmp_path: Path) -> None:
    stub.files["output", "", "a.mp4"] = b"x" * 5_000_000
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with ComfyClient(stub.url) as client, pytest.raises(OutputError, match="can't be written"):
            client.fetch(OutputFile("3", "a.mp4"), target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("127.0.0.1:8188", "http://127.0.0.1:8188"),
        ("http://localhost:8188/", "http://localhost:8188"),
        ("https://farm.example/comfy/", "https://farm.example/comfy"),
        ("[::1]:8188", "http://[::1]:8188"),
    ],
)
def test_addresses(given: str, url: str) -> None:
    assert server_url(given) == (url, None)


@pytest.mark.parametrize("given", ["", "http://", "ftp://x", "http://x:99999", "http://x:port"])
def test_wrong_addresses(given: str) -> None:
    with pytest.raises(BadInput, match="is not a server's address"):
        server_url(given)


def test_a_login_is_sent_and_never_shown(stub: Any, graph: Any) -> None:
    url = stub.url.replace("http://", "http://me:s%40cret@")
    with ComfyClient(url) as client:
        client.submit(graph, "id")
        assert client.url == stub.url
        shown = [client.view_url(OutputFile("", "a")), client.socket_url, client.url]
        assert not [text for text in shown if "cret" in text]
        assert client.socket_headers == ["Authorization: Basic bWU6c0BjcmV0"]
    assert stub.authorizations == {"Basic bWU6c0BjcmV0"}
    with ComfyClient("http://me:s%40cret@127.0.0.1:9") as client, pytest.raises(ServerError) as caught:
        client.object_info()
    assert "cret" not in str(caught.value)


def test_another_program_on_the_port(stub: Any) -> None:
    with ComfyClient(f"{stub.url}/nothing") as client, pytest.raises(ServerError, match="is this a ComfyUI"):
        client.object_info()
