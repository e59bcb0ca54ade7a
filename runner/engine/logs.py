"""What the engine's log says, for the clients that ask for it: ComfyUI's /internal/logs. The lines alone: what a
failure looked like inside stays on the server.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from aiohttp import web

from ..display.escape import visible
from .answers import Handler, Refused, answer
from .body import object_of
from .limits import Limits

MOST = 300
"""Lines that are kept."""
SIZE = {"cols": 120, "rows": 40}
"""Of the terminal that ComfyUI's clients draw them in."""


class Logbook(logging.Handler):
    """The latest lines. While it is a logger's handler, `send(event, data, client id)` is called for everyone who has
    subscribed."""

    def __init__(self, send: Callable[[str, Any, str], None], limits: Limits) -> None:
        super().__init__(logging.INFO)
        self._send = send
        self._limits = limits
        self._lines: deque[dict[str, str]] = deque(maxlen=MOST)
        self._subscribed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            when = datetime.fromtimestamp(record.created, timezone.utc).isoformat()
            line = {"t": when, "m": visible(record.getMessage()) + "\n"}
        except Exception:
            self.handleError(record)
            return
        self._lines.append(line)
        for client_id in tuple(self._subscribed):
            self._send("logs", {"entries": [line], "size": SIZE}, client_id)

    def table(self, connected: Callable[[str], bool]) -> list[tuple[str, str, Handler]]:
        """`connected` says whether a client has a socket."""

        async def text(request: web.Request) -> web.Response:
            return answer("".join(f"{line['t']} - {line['m']}" for line in tuple(self._lines)))

        async def raw(request: web.Request) -> web.Response:
            return answer({"entries": tuple(self._lines), "size": SIZE})

        async def subscribe(request: web.Request) -> web.Response:
            body, _ = await object_of(request, self._limits)
            client_id = body.get("clientId")
            if not isinstance(client_id, str) or not isinstance(body.get("enabled"), bool):
                raise Refused(400, "clientId is a text, and enabled true or false")
            self._subscribed = {each for each in self._subscribed if connected(each)} - {client_id}
            if body["enabled"] and connected(client_id):
                self._subscribed.add(client_id)
            return web.Response()

        return [
            ("GET", "/internal/logs", text),
            ("GET", "/internal/logs/raw", raw),
            ("PATCH", "/internal/logs/subscribe", subscribe),
        ]
