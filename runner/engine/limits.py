"""How much and how slowly anyone may ask: deadlines of headers and bodies, and how many connections there are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from aiohttp import web

from .answers import Handler


def _last(status: str, type: str, message: str, header: str = "") -> bytes:
    """An answer after which the connection is closed, with JSON as every other refusal."""
    error = {"type": type, "message": message, "details": "", "extra_info": {}}
    body = json.dumps({"error": error, "node_errors": {}})
    about = f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    return f"HTTP/1.1 {status}\r\n{header}Connection: close\r\n{about}\r\n{body}".encode()


TOO_SLOW = _last("408 Request Timeout", "too_slow", "the request came too slowly")
TOO_MANY = _last("503 Service Unavailable", "too_many", "too many connections", "Retry-After: 5\r\n")


class Limits(NamedTuple):
    """What a server gives to all who ask, together."""

    patience: float = 30.0
    """Seconds within which a request's headers are here, and from which on a body has to come at `slowest`."""
    slowest: float = 16_384
    """Bytes of a body in a second."""
    connections: int = 256
    waiting: int = 1000
    """Workflows in the queue."""
    waiting_bytes: int = 256_000_000
    """And how large they are together."""
    remembered_bytes: int = 64_000_000
    """Of the history, as JSON; the latest run stays, however large it is."""
    spare_disk: int = 256_000_000
    """Bytes that uploads leave free."""


USUAL = Limits()


class Connections:
    """The connections of a server. `protocol` makes one; `count` is the middleware that says which have a request."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: dict[Any, _Connection] = {}

    def protocol(self, make: Callable[[], Any]) -> asyncio.Protocol:
        return _Connection(make, self)

    def opened(self, transport: Any, connection: _Connection) -> bool:
        """Whether there is room for one more."""
        if len(self._open) >= self.limits.connections:
            return False
        self._open[transport] = connection
        return True

    def closed(self, transport: Any) -> None:
        self._open.pop(transport, None)

    @property
    def count(self) -> Any:
        @web.middleware
        async def busy(request: web.Request, handler: Handler) -> web.StreamResponse:
            connection = self._open.get(request.transport)
            if connection is None:
                return await handler(request)
            connection.begin()
            try:
                return await handler(request)
            finally:
                connection.end()

        return busy


class _Connection(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol, and closes the connection if headers don't come to an end."""

    def __init__(self, make: Callable[[], Any], all_: Connections) -> None:
        self._make = make
        self._inner: Any = None
        self._all = all_
        self._requests = 0
        self._timer: asyncio.TimerHandle | None = None
        self._transport: Any = None

    def begin(self) -> None:
        self._requests += 1
        self._stop_timer()

    def end(self) -> None:
        self._requests -= 1

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        if self._all.opened(transport, self):
            self._inner = self._make()
            self._inner.connection_made(transport)
            self._start_timer()
        else:
            transport.write(TOO_MANY)
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self._inner is None:
            return
        if not self._requests:
            self._start_timer()  # the beginning of the next request, or the rest of one that was refused
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._inner else None

    def pause_writing(self) -> None:
        if self._inner:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner:
            self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_timer()
        if self._inner:
            self._all.closed(self._transport)
            self._inner.connection_lost(error)

    def _start_timer(self) -> None:
        if self._timer is None:
            patience = self._all.limits.patience
            self._timer = asyncio.get_running_loop().call_later(patience, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._transport.write(TOO_SLOW)
        self._transport.close()
