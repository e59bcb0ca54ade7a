"""A server that is none, or means no good: each question has an end, in time and in bytes, and a sentence."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.comfy.client.api import ComfyClient, OutputFile, server_url
from storyreel.runner.comfy.client.run_state import Heard
from storyreel.runner.comfy.client.websocket import LARGEST, Listener
from storyreel.studio.errors import BadInput, ServerError, StoryreelError
from storyreel.studio.home import home
from storyreel.tests.dripping import DRIPS, Drip

QUICK = (0.3, 0.15)


@pytest.fixture
def drip(request: pytest.FixtureRequest) -> Iterator[Drip]:
    drip = Drip(*DRIPS[request.param])
    yield drip
    drip.close()


@pytest.mark.parametrize("drip", DRIPS, indirect=True)
def test_every_question_has_a_deadline(drip: Drip, tmp_path: Path) -> None:
    (home() / "config.toml").write_text("[downloads]\nseconds = 0.02\n")
    drip.first = drip.first.replace(b"900000", b"9000")
    file, began = tmp_path / "a.png", time.monotonic()
    file.write_bytes(b"x" * 100)
    with ComfyClient(f"127.0.0.1:{drip.port}", timeout=QUICK) as client:
        for ask in (
            client.object_info,
            lambda: client.standing("1"),
            lambda: client.fetch(OutputFile("1", "a.mp4"), tmp_path / "got.mp4"),
            lambda: client.upload(file),
        ):
            with pytest.raises(ServerError):
                ask()
    assert time.monotonic() - began < 4
    assert sorted(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_answer_without_an_end_is_given_up(status: int, tmp_path: Path) -> None:
    endless = Drip(f"HTTP/1.1 {status} X\r\n\r\n".encode(), bytes(1 << 16))
    endless.pause = 0
    with ComfyClient(f"127.0.0.1:{endless.port}") as client, pytest.raises(ServerError):
        client.object_info()
    endless.close()
    assert endless.sent < (300 << 20 if status == 200 else 32 << 20)


class Says(BaseHTTPRequestHandler):
    body = b""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_POST = do_HEAD = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


DEEP = 100_000
ODD: list[bytes] = [
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b'{"p": ' + b"9" * 5000 + b"}",
    b"null",
    b'"text"',
    b"NaN",
    b'{"p": 5}',
    b'{"p": [1]}',
    b'{"queue_running": 5}',
    b'{"queue_running": [5]}',
    b'{"queue_pending": [["a", 1], [2]]}',
    b'{"prompt_id": {}, "node_errors": [1]}',
    b'{"prompt_id": "p", "node_errors": {"1": {"errors": 7}}}',
    b'{"prompt_id": "p", "node_errors": {"1": null}}',
    b'{"system": []}',
]


@pytest.mark.parametrize(
    "node",
    [
        {"input": 5},
        {"input": {"required": []}},
        {"input": {"required": {"a": ["COMBO", {"options": 5}]}}},
        {"input": {"required": {"a": ["COMBO", {"remote": 5}]}}},
        {"input": {"required": {"a": ["COMFY_DYNAMICCOMBO_V3", {"options": [5]}]}}},
        {"input": {"required": {"a": ["COMFY_AUTOGROW_V3", {"template": {"input": 5}}]}}},
        {"input": {"required": {"a": ["COMFY_AUTOGROW_V3", {"template": {"max": "x"}}]}}},
        {"input": {}, "input_order": {"required": 5}},
        {"input": {}, "output": 5},
        {"input": {}, "display_name": []},
    ],
)
def test_a_node_that_is_described_wrongly_is_named(node: dict[str, Any]) -> None:
    handler = type("Handler", (Says,), {"body": json.dumps({"Blur": node}).encode()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with (
            ComfyClient(f"127.0.0.1:{server.server_port}") as client,
            pytest.raises(StoryreelError, match=r"in /object_info, Blur: "),
        ):
            client.object_info()
        server.shutdown()


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
def test_what_no_comfyui_says_is_a_sentence(body: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    handler = type("Handler", (Says,), {"body": body})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with ComfyClient(f"127.0.0.1:{server.server_port}") as client:
            for ask in (
                client.object_info,
                client.system_stats,
                lambda: client.standing("p"),
                lambda: client.submit({}, "p"),
                lambda: client.upload(tmp_path / "a.png"),
            ):
                try:
                    ask()
                except StoryreelError as error:
                    assert error.message
        server.shutdown()


@pytest.mark.parametrize(
    "message",
    [
        "[" * DEEP,
        '{"type": "progress", "data": ' + '{"a":' * DEEP,
        '{"type": "execution_cached", "data": {"nodes": 5}}',
        '{"type": "progress", "data": {"value": "x", "max": null, "node": []}}',
        '{"type": "progress_state", "data": {"nodes": [1]}}',
        '{"type": "executed", "data": {"node": {}, "output": 3}}',
        '{"type": 5, "data": {}}',
        '{"type": "executing", "data": {"node": []}}',
        '{"type": "progress", "data": {"value": 1e999, "max": 1e999, "node": "1"}}',
    ],
)
def test_events_that_no_comfyui_tells_are_passed_over(message: str) -> None:
    assert isinstance(Heard("p", {"1": "One"}).take(message), list)


def test_a_message_without_an_end_ends_the_socket() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    sent, over = [0], threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            asked = connection.recv(1 << 16).decode()
            key = next(
                line.split(": ")[1] for line in asked.split("\r\n") if line.startswith("Sec-WebSocket-Key")
            )
            told = base64.b64encode(
                hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            ).decode()
            head = "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            connection.sendall(f"{head}{told}\r\n\r\n".encode())
            connection.sendall(b"\x82\x7f" + (1 << 40).to_bytes(8, "big"))
            try:
                while sent[0] < 4 * LARGEST:
                    sent[0] += connection.send(bytes(1 << 20))
            except OSError:
                pass
        over.set()

    threading.Thread(target=serve, daemon=True).start()
    with ComfyClient(f"127.0.0.1:{listening.getsockname()[1]}") as client:
        listener = Listener(client)
        listener.start()
        assert over.wait(20)
        listener.close()
    listening.close()
    assert sent[0] < 2 * LARGEST and listener.messages.empty()


ADDRESSES = ["http://[::1", "http://exa mple/x", "http://", "http://x:99999", "http://x:0", "ftp://x", "http://a\nb", "http://[v1.x]/",
    "http://\ud800", f"http://x:{'9' * 5000}", "http://x:8O", "", "://", "http://a]b", "http://[::1]x"]  # fmt: skip


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_that_is_none_is_a_sentence(text: str) -> None:
    with pytest.raises(BadInput, match="is not a server's address") as caught:
        server_url(text)
    str(caught.value).encode()


@pytest.mark.parametrize("proxy", ["http://[::1", "nonsense://x", "http://exa mple"])
def test_a_proxy_that_is_none_is_a_sentence(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    with pytest.raises(StoryreelError), ComfyClient("http://192.0.2.1:9", timeout=QUICK) as client:
        client.object_info()


def test_json_is_sent_as_before(tmp_path: Path) -> None:
    seen: list[Any] = []

    class Keeps(Says):
        body = b'{"prompt_id": "p"}'

        def do_POST(self) -> None:
            seen.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.do_GET_quietly()

        def do_GET_quietly(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Keeps) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with ComfyClient(f"http://me:p%40ss@127.0.0.1:{server.server_port}") as client:
            assert client.submit({"1": {"x": "é"}}, "p") == "p"
        server.shutdown()
    headers, body = seen[0]
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert headers["Content-Type"] == "application/json" and json.loads(body)["prompt"] == {"1": {"x": "é"}}
    assert os.environ.get("STORYREEL_HOME")
