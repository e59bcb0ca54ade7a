"""The server around the engine: clients that don't read, signals, a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from storyreel.host import io
from storyreel.host.standalone.context import running

Node = io.ComfyNode
LINE = "x" * 2000


class Talking(Node):
    """Says more than a client that doesn't read can be sent."""

    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="Talking", inputs=[io.Int.Input("lines")], outputs=[], is_output_node=True)

    @classmethod
    def execute(cls, lines):
        for _ in range(lines):
            running().text(LINE)
            running().progress(1, 2)
        return io.NodeOutput(ui={"text": ("said",)})


def test_a_client_that_does_not_read_holds_up_nobody(start: Callable[..., Any]) -> None:
    client = start(Talking)
    host, port = client.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as deaf:
        # A second connection of the same client id would take its place: the deaf one asks with an id of its
        # own.
        deaf.sendall(
            f"GET /ws?clientId=deaf HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        time.sleep(0.2)
        body = {"prompt": {"1": {"class_type": "Talking", "inputs": {"lines": 12_000}}}, "client_id": "deaf"}
        prompt_id = requests.post(f"{client.url}/prompt", json=body, timeout=20).json()["prompt_id"]
        client.wait(lambda: client.history(prompt_id))
        entry = client.run({"1": {"class_type": "Talking", "inputs": {"lines": 3}}})
        assert entry["status"]["completed"]
        client.wait(lambda: client.seen("executed"))
        assert len(client.seen("progress")) == 3


SERVE = """
import sys
from pathlib import Path
from storyreel.runner.engine import serve
serve(Path(sys.argv[1]), port=0, ready=lambda url: print(url, flush=True))
print("ended")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_server_of_its_own_ends_well_when_told(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        assert requests.get(f"{url}/queue", timeout=20).json() == {"queue_running": [], "queue_pending": []}
        assert "storyreel run" in requests.get(url, timeout=20).text
        began = time.monotonic()
        process.send_signal(number)
        assert process.stdout.read() == "ended\n"
        assert process.wait(10) == 0
    assert time.monotonic() - began < 5


def test_it_needs_no_torch_and_no_comfyui(tmp_path: Path) -> None:
    check = (
        "import sys\n"
        "from pathlib import Path\n"
        "from storyreel.runner.engine import object_info\n"
        "assert len(object_info()) >= 30\n"
        "light = {'aiohttp', 'numpy', 'cv2', 'av'} & set(sys.modules)\n"
        "assert not light, f'asking for the nodes imports {light}'\n"
        "from storyreel.runner.engine import EmbeddedServer\n"
        "with EmbeddedServer(Path(sys.argv[1])): pass\n"
        "assert not {'torch', 'comfy_api', 'comfy', 'folder_paths'} & set(sys.modules)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", check, str(tmp_path)], capture_output=True, text=True, cwd="/"
    )
    assert run.returncode == 0, run.stderr
