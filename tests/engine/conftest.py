"""An embedded engine with two nodes that a test can watch, and a client that speaks ComfyUI's protocol to
it.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket
from storyreel.host import io
from storyreel.host.standalone.context import running
from storyreel.runner.engine import EmbeddedServer

# Under another name: ComfyUI-Manager reads sources, and takes every class derived from x.ComfyNode for a
# node.
Node = io.ComfyNode


class ProbeSlow(Node):
    """The node that the recording of a real ComfyUI was made with: sleeps in five steps."""

    RELATIVE_PYTHON_MODULE = "custom_nodes.probe"

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeSlow",
            display_name="Probe Slow",
            category="probe",
            description="sleeps",
            inputs=[
                io.String.Input("text", default="hi", multiline=True, tooltip="some text"),
                io.Float.Input("seconds", default=1.0, min=0.0, max=60.0, step=0.1),
                io.Int.Input("seed", default=0, min=0, max=2**32, control_after_generate=True),
                io.Combo.Input("mode", options=["ok", "fail"], default="ok"),
                io.Boolean.Input("flag", default=False, optional=True),
            ],
            outputs=[io.String.Output("out"), io.Int.Output()],
        )

    @classmethod
    def validate_inputs(cls, seconds=0.0):
        return "seconds may not be 59" if seconds == 59 else True

    @classmethod
    async def execute(cls, text, seconds, seed, mode, flag=False):
        for step in range(5):
            await asyncio.sleep(seconds / 5)
            running().progress(step + 1, 5)
        if mode == "fail":
            raise RuntimeError("provider said no")
        return io.NodeOutput(f"{text}@{time.time():.2f}", seed)


class ProbeJoin(Node):
    RELATIVE_PYTHON_MODULE = "custom_nodes.probe"

    @classmethod
    def define_schema(cls):
        style = [
            io.DynamicCombo.Option("plain", []),
            io.DynamicCombo.Option(
                "sep", [io.String.Input("separator", default=","), io.Int.Input("count", default=1)]
            ),
        ]
        part = io.Autogrow.TemplatePrefix(io.String.Input("part"), prefix="part", min=1, max=20)
        return io.Schema(
            node_id="ProbeJoin",
            display_name="Probe Join",
            category="probe",
            inputs=[io.Autogrow.Input("parts", part), io.DynamicCombo.Input("style", style)],
            outputs=[io.String.Output()],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, parts, style):
        return io.NodeOutput(f"{parts}{style}", ui={"text": (f"{parts}{style}",)})


class Client:
    """A ComfyUI client, as plain as it can be. `events` grows as messages come in; binary ones as (type,
    bytes).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.id = uuid.uuid4().hex
        self.events: list[Any] = []
        self._socket: Any = None

    def listen(self) -> None:
        self._socket = websocket.create_connection(
            f"{self.url}/ws?clientId={self.id}".replace("http", "ws", 1)
        )
        self._socket.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))
        threading.Thread(target=self._read, daemon=True).start()
        self.wait(lambda: len(self.events) >= 2)

    def _read(self) -> None:
        while True:
            try:
                code, data = self._socket.recv_data()
            except (websocket.WebSocketException, OSError):
                return
            if code == websocket.ABNF.OPCODE_TEXT:
                self.events.append(json.loads(data))
            elif code == websocket.ABNF.OPCODE_BINARY:
                self.events.append((int.from_bytes(data[:4], "big"), data[4:]))

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def wait(self, done: Callable[[], Any], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"nothing happened; the last events: {self.events[-3:]}"
            time.sleep(0.01)

    def post(self, graph: Any, **more: Any) -> requests.Response:
        body = {"prompt": graph, "client_id": self.id, **more}
        return requests.post(f"{self.url}/prompt", json=body, timeout=20)

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}{path}", timeout=20).json()

    def history(self, prompt_id: str) -> dict[str, Any] | None:
        return self.get(f"/history/{prompt_id}").get(prompt_id)

    def run(self, graph: Any, **more: Any) -> dict[str, Any]:
        """Runs a graph to its end and returns its history entry."""
        answer = self.post(graph, **more)
        assert answer.status_code == 200, answer.text
        prompt_id = answer.json()["prompt_id"]
        self.wait(lambda: self.history(prompt_id))
        entry = self.history(prompt_id)
        assert entry is not None
        return entry

    def seen(self, kind: str) -> list[Any]:
        return [e["data"] for e in self.events if isinstance(e, dict) and e["type"] == kind]


@pytest.fixture(scope="session")
def probes() -> list[type[io.ComfyNode]]:
    return [ProbeSlow, ProbeJoin]


@pytest.fixture
def start(tmp_path: Path, probes: list[type[io.ComfyNode]]) -> Iterator[Callable[..., Client]]:
    """Starts an engine with the probes and any other nodes, and gives a client of it that listens."""
    running_now: list[tuple[EmbeddedServer, Client]] = []

    def begin(*nodes: type[io.ComfyNode], **options: Any) -> Client:
        server = EmbeddedServer(tmp_path, nodes=[*probes, *nodes], **options).__enter__()
        client = Client(server.url)
        running_now.append((server, client))
        client.listen()
        return client

    yield begin
    for server, client in running_now:
        client.close()
        server.__exit__(None, None, None)


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    return start()
