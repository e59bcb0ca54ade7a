"""What a run tells its client: ComfyUI's websocket events, in ComfyUI's order."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from typing import Any

Send = Callable[[str | int, Any, str | None], None]
"""`send(event, data, client id or None for everybody)`; callable from any thread. An int event is a binary
message.
"""

TEXT = 3
"""The binary event that carries a line of text of a node."""


class Announcer:
    """The messages of one run. `history` is the part of them that stays in /history."""

    def __init__(self, send: Send, prompt_id: str, client_id: str | None) -> None:
        self.prompt_id = prompt_id
        self.client_id = client_id
        self.history: list[tuple[str, dict[str, Any]]] = []
        self._send = send
        self._lock = threading.Lock()
        self._progress: dict[str, dict[str, Any]] = {}

    def event(self, event: str, data: dict[str, Any], to_everybody: bool = False) -> None:
        """A milestone of the run: kept in the history too."""
        data = {**data, "timestamp": int(time.time() * 1000)}
        self.history.append((event, data))
        if self.client_id is not None or to_everybody:
            self._send(event, data, self.client_id)

    def executing(self, node_id: str) -> None:
        self._to_client("executing", {"node": node_id, "display_node": node_id, "prompt_id": self.prompt_id})

    def executed(self, node_id: str, ui: dict[str, Any] | None) -> None:
        data = {"node": node_id, "display_node": node_id, "output": ui, "prompt_id": self.prompt_id}
        self._to_client("executed", data)

    def finished(self) -> None:
        """Nothing of the run is going on any more."""
        self._to_client("executing", {"node": None, "prompt_id": self.prompt_id})

    def started(self, node_id: str) -> None:
        self._step(node_id, "running", 0.0, 1.0)

    def progress(self, node_id: str, value: float, max: float) -> None:
        """How far a running node is; what comes after its end is dropped."""
        if self._step(node_id, "running", value, max):
            data = {"value": value, "max": max, "prompt_id": self.prompt_id, "node": node_id}
            self._send("progress", data, self.client_id)

    def text(self, node_id: str, line: str) -> None:
        name = node_id.encode(errors="replace")
        self._send(TEXT, struct.pack(">I", len(name)) + name + line.encode(errors="replace"), self.client_id)

    def done(self, node_id: str) -> None:
        self._step(node_id, "finished", None, None)

    def _to_client(self, event: str, data: dict[str, Any]) -> None:
        if self.client_id is not None:
            self._send(event, data, self.client_id)

    def _step(self, node_id: str, state: str, value: float | None, max: float | None) -> bool:
        with self._lock:
            before = self._progress.get(node_id, {"value": 0, "max": 1, "state": "pending"})
            if before["state"] == "finished":
                return False
            max = before["max"] if max is None else max
            self._progress[node_id] = {
                "value": max if value is None else value,
                "max": max,
                "state": state,
                "node_id": node_id,
                "prompt_id": self.prompt_id,
                "display_node_id": node_id,
                "parent_node_id": None,
                "real_node_id": node_id,
            }
            nodes = {key: dict(step) for key, step in self._progress.items()}
            # Sent within the lock, so that no older state overtakes a newer one.
            self._send("progress_state", {"prompt_id": self.prompt_id, "nodes": nodes}, self.client_id)
        return True
