"""What the engine bears: who is slow, who is many, who sends much."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket
from storyreel.runner.engine.limits import Limits

QUICK = Limits(patience=0.4, slowest=1000)


def connect(client: Any) -> socket.socket:
    host, port = client.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def drip(line: socket.socket, first: bytes, then: bytes = b"X", every: float = 0.1) -> tuple[float, bytes]:
    """Sends slowly until the server has enough; how long that took, and what it answered."""
    began = time.monotonic()
    line.sendall(first)
    answered: list[bytes] = []

    def listen() -> None:
        try:
            while part := line.recv(4096):
                answered.append(part)
        except OSError:
            pass

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    while reader.is_alive() and time.monotonic() - began < 8:
        try:
            line.sendall(then)
        except OSError:
            break
        reader.join(every)
    reader.join(2)
    return time.monotonic() - began, b"".join(answered)


HEAD = b"Host: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", b""),
        (b"GE", b""),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", b"a"),
        (b"GET /queue HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET / HTTP/1.1\r\nX-B: ", b"b"),
    ],
)
def test_headers_that_drip_are_not_waited_for(start: Callable[..., Any], first: bytes, then: bytes) -> None:
    client = start(limits=QUICK)
    with connect(client) as line:
        seconds, _ = drip(line, first, then)
    assert seconds < 4
    assert requests.get(f"{client.url}/queue", timeout=5).status_code == 200


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # aiohttp leaves a file to be collected
@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"POST /prompt HTTP/1.1\r\n" + HEAD + b"Content-Length: 90000\r\n\r\n{", b" "),
        (b"POST /prompt HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (
            b"POST /upload/image HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 90000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
            b'Content-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n',
            b"x",
        ),
        (b"POST /queue HTTP/1.1\r\n" + HEAD + b"Content-Length: 90000\r\n\r\n", b""),
    ],
)
def test_a_body_that_drips_is_not_waited_for(start: Callable[..., Any], first: bytes, then: bytes) -> None:
    client = start(limits=QUICK)
    with connect(client) as line:
        seconds, answered = drip(line, first, then)
    assert seconds < 4
    assert answered.startswith(b"HTTP/1.1 408 ")
    assert requests.get(f"{client.url}/queue", timeout=5).status_code == 200


def test_a_slow_body_that_keeps_its_pace_arrives(start: Callable[..., Any]) -> None:
    client = start(limits=Limits(patience=0.3, slowest=50))

    def body() -> Any:
        for part in (b'{"clear":', b" " * 20, b" " * 20, b" " * 20, b"true}"):
            time.sleep(0.12)
            yield part

    assert requests.post(f"{client.url}/queue", data=body(), timeout=5).status_code == 200


def test_a_download_may_take_longer_than_headers(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start(limits=QUICK)
    (tmp_path / "output/a.bin").write_bytes(bytes(30_000_000))
    with requests.get(f"{client.url}/view?filename=a.bin", stream=True, timeout=5) as answer:
        count = len(answer.raw.read(1000))
        time.sleep(1.0)
        count += sum(map(len, answer.iter_content(1 << 20)))
    assert count == 30_000_000


def test_connections_are_bounded(start: Callable[..., Any]) -> None:
    client = start(limits=Limits(connections=4))
    lines = [connect(client) for _ in range(8)]  # the client's own socket is one more
    try:
        refused = 0
        for line in lines:
            line.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                refused += line.recv(100).startswith(b"HTTP/1.1 503 ")
        assert refused == 5
    finally:
        for line in lines:
            line.close()
    client.wait(lambda: requests.get(f"{client.url}/queue", timeout=5).status_code == 200)


def graph(number: int, seconds: float = 0.0) -> dict[str, Any]:
    inputs = {"text": str(number), "seconds": seconds, "seed": number, "mode": "ok"}
    join = {"parts.part0": ["1", 0], "style": "plain"}
    return {
        "1": {"class_type": "ProbeSlow", "inputs": inputs},
        "2": {"class_type": "ProbeJoin", "inputs": join},
    }


def test_the_history_is_bounded_by_bytes(start: Callable[..., Any]) -> None:
    client = start(limits=Limits(remembered_bytes=250_000))
    large = {"extra_pnginfo": {"workflow": {"id": "w", "notes": "x" * 100_000}}}
    ids = []
    for number in range(5):
        ids.append(client.post(graph(number), extra_data=large).json()["prompt_id"])
        client.wait(lambda: client.history(ids[-1]))
    assert list(client.get("/history")) == ids[-2:]
    client.run(graph(9), extra_data={"notes": "x" * 900_000})
    assert len(client.get("/history")) == 1, "the latest stays, however large it is"
    assert len(client.get("/api/jobs")["jobs"]) == 1


def test_the_queue_is_bounded(start: Callable[..., Any]) -> None:
    client = start(limits=Limits(waiting=3, waiting_bytes=50_000))
    client.post(graph(0, 30.0))
    client.wait(lambda: client.get("/queue")["queue_running"])
    assert client.post(graph(1), extra_data={"notes": "x" * 60_000}).status_code == 429
    answers = [client.post(graph(number)) for number in range(1, 6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert "wait" in answers[-1].json()["error"]["message"]
    requests.post(f"{client.url}/queue", json={"clear": True}, timeout=5)
    assert client.post(graph(7)).status_code == 200


def test_uploads_leave_room_on_the_disk(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start(limits=Limits(spare_disk=1 << 60))
    answer = requests.post(f"{client.url}/upload/image", files={"image": ("a.png", b"x")}, timeout=5)
    assert answer.status_code == 507 and "no room" in answer.json()["error"]["message"]
    assert not any((tmp_path / "input").iterdir())


def test_nothing_is_unpacked(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start(max_upload=100_000)
    packed = gzip.compress(b" " * 50_000_000)
    assert len(packed) < 100_000
    for path in ("/prompt", "/upload/image"):
        answer = requests.post(
            f"{client.url}{path}", data=packed, headers={"Content-Encoding": "gzip"}, timeout=5
        )
        assert answer.status_code == 415 and "Content-Encoding" in answer.json()["error"]["message"]
    part = ("a.bin", packed, "application/gzip", {"Content-Encoding": "gzip"})
    answer = requests.post(f"{client.url}/upload/image", files={"image": part}, timeout=5)
    assert answer.status_code == 200
    assert (tmp_path / "input/a.bin").read_bytes() == packed, "kept as it came"


def test_a_form_has_few_parts(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start()
    for names in ([f"n{number}" for number in range(3000)], ["image"] * 3):
        files = [(name, ("a.bin", b"x")) for name in names]
        answer = requests.post(f"{client.url}/upload/image", files=files, timeout=20)
        assert answer.status_code == 400 and "parts" in answer.json()["error"]["message"]
    assert not any((tmp_path / "input").iterdir())


def test_messages_of_a_websocket_are_bounded(start: Callable[..., Any]) -> None:
    client = start()
    address = f"{client.url.replace('http', 'ws', 1)}/ws"
    for message in ("x" * 2_000_000, "[" * 100_000, "{", '{"type": []}', "null"):
        line = websocket.create_connection(address, timeout=5)
        with contextlib.suppress(OSError, websocket.WebSocketException):
            line.recv()
            line.send(message)
            line.send("again")
        line.close()
    assert requests.get(f"{client.url}/queue", timeout=5).status_code == 200
    assert client.run(graph(1))["status"]["completed"], "the others are told as before"
    client.wait(lambda: client.seen("executed"))
