"""What the websocket has said about one run so far. No sockets here: messages go in, events come out.

>>> heard = Heard("our-id", {"3": "Render Film"})
>>> heard.take('{"type": "executing", "data": {"node": "3", "prompt_id": "our-id"}}')
[{'event': 'node', 'node': '3', 'title': 'Render Film', 'state': 'running'}]
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

from ...display.events import Event

TEXT = 3
"""The binary message type that carries a node's progress text."""


class Heard:
    def __init__(
        self, prompt_id: str, titles: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.prompt_id = prompt_id
        self.titles = titles
        self.clock = clock
        self.ended = ""
        """success | error | interrupted, once said."""
        self.outputs: dict[str, Any] = {}
        """Node id → what it reported, as in the history's `outputs`."""
        self.cached: set[str] = set()
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._origin = clock()

    def take(self, message: str | bytes) -> list[Event]:
        """The events of one message; none for what isn't about this run, or isn't understood."""
        if isinstance(message, bytes):
            return self._text(message)
        try:
            parsed = json.loads(message)
            kind, data = parsed["type"], parsed["data"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return []
        if not isinstance(data, dict) or data.get("prompt_id", self.prompt_id) != self.prompt_id:
            return []
        handler = getattr(self, f"_on_{kind}", None)
        try:
            return handler(data) if handler else []
        except (TypeError, ValueError, KeyError, AttributeError):  # not as ComfyUI words it
            return []

    def timings(self) -> dict[str, dict[str, float]]:
        """Node id → when it began (seconds after the run's start) and how long it took, as far as known."""
        return {
            node: {
                "began": round(began - self._origin, 3),
                "took": round(self._took.get(node, self.clock() - began), 3),
            }
            for node, began in self._began.items()
        }

    def _on_execution_start(self, data: dict[str, Any]) -> list[Event]:
        return [{"event": "started", "prompt_id": self.prompt_id}]

    def _on_execution_cached(self, data: dict[str, Any]) -> list[Event]:
        self.cached = {str(node) for node in data.get("nodes", [])}
        return [{"event": "cached", "nodes": sorted(self.cached)}] if self.cached else []

    def _on_execution_success(self, data: dict[str, Any]) -> list[Event]:
        self.ended = "success"
        return self._finish_all()

    def _on_execution_error(self, data: dict[str, Any]) -> list[Event]:
        self.ended = "error"
        return []

    def _on_execution_interrupted(self, data: dict[str, Any]) -> list[Event]:
        self.ended = "interrupted"
        return []

    def _on_executing(self, data: dict[str, Any]) -> list[Event]:
        if data.get("node") is None:  # older servers say only this at the end, and later ones say it too
            if "prompt_id" in data and not self.ended:
                self.ended = "success"
            return []
        return self._begin(str(data["node"]))

    def _on_progress(self, data: dict[str, Any]) -> list[Event]:
        node = data.get("node")
        return self._progress(str(node), data.get("value"), data.get("max")) if node is not None else []

    def _on_progress_state(self, data: dict[str, Any]) -> list[Event]:
        events = []
        for node, state in (data.get("nodes") or {}).items():
            if state.get("state") == "finished":
                events += self._finish(str(node))
            elif state.get("state") == "running":
                events += self._begin(str(node))
                events += self._progress(str(node), state.get("value"), state.get("max"))
        return events

    def _on_executed(self, data: dict[str, Any]) -> list[Event]:
        node = str(data.get("node"))
        self.outputs[node] = data.get("output") or {}
        return self._finish(node)

    def _text(self, message: bytes) -> list[Event]:
        if len(message) < 8 or struct.unpack_from(">I", message)[0] != TEXT:
            return []
        length = struct.unpack_from(">I", message, 4)[0]
        node = message[8 : 8 + length].decode("utf-8", "replace")
        text = message[8 + length :].decode("utf-8", "replace")
        if node not in self.titles:
            return []
        return [{"event": "text", "node": node, "title": self._title(node), "text": text}]

    def _begin(self, node: str) -> list[Event]:
        if node in self._began:
            return []
        self._began[node] = self.clock()
        return [{"event": "node", "node": node, "title": self._title(node), "state": "running"}]

    def _progress(self, node: str, value: Any, most: Any) -> list[Event]:
        if not isinstance(value, int | float) or not isinstance(most, int | float) or most <= 0:
            return []
        done = min(max(value / most, 0.0), 1.0)
        if done <= self._done.get(node, 0.0):
            return []
        self._done[node] = done
        return [{"event": "progress", "node": node, "title": self._title(node), "done": round(done, 4)}]

    def _finish(self, node: str) -> list[Event]:
        if node in self._took or node in self.cached:
            return []
        self._took[node] = self.clock() - self._began.setdefault(node, self.clock())
        return [{"event": "node", "node": node, "title": self._title(node), "state": "finished"}]

    def _finish_all(self) -> list[Event]:
        return [event for node in list(self._began) for event in self._finish(node)]

    def _title(self, node: str) -> str:
        return self.titles.get(node, node)
