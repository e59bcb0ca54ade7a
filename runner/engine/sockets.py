"""The websockets of the engine's clients, each with its own line of messages: a slow one holds up nobody
else.
"""

from __future__ import annotations

import asyncio
import json
import logging
import struct
import uuid
from typing import Any

from aiohttp import WSMsgType, web

from .answers import written

log = logging.getLogger("storyreel")

LONGEST_LINE = 10_000
"""Messages kept for a client that doesn't read them; then its socket is closed, and it may connect again."""
LARGEST_LINE = 64_000_000
"""And how large they may be together."""


def encoded(event: str | int, data: Any) -> str | bytes:
    """A message as it goes out: JSON text, or for an int event its number and the bytes."""
    if isinstance(event, int):
        return struct.pack(">I", event) + data
    return written({"type": event, "data": data})


class _Client:
    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.line: asyncio.Queue[str | bytes | None] = asyncio.Queue(LONGEST_LINE)
        self.waiting = 0

    def put(self, message: str | bytes) -> None:
        self.waiting += len(message)
        if self.line.full() or (self.waiting > LARGEST_LINE and not self.line.empty()):
            log.warning("a client doesn't read its messages; its socket is closed")
            while not self.line.empty():
                self.line.get_nowait()
            self.line.put_nowait(None)
        else:
            self.line.put_nowait(message)

    async def write(self) -> None:
        while (message := await self.line.get()) is not None:
            self.waiting -= len(message)
            if isinstance(message, bytes):
                await self.socket.send_bytes(message)
            else:
                await self.socket.send_str(message)
        await self.socket.close()


class Sockets:
    """All of them; `send` is for the event loop's own thread."""

    def __init__(self, features: dict[str, Any]) -> None:
        self._features = features
        self._clients: dict[str, _Client] = {}

    def send(self, event: str | int, data: Any, client_id: str | None = None) -> None:
        message = encoded(event, data)
        for client in (
            [self._clients.get(client_id)] if client_id is not None else list(self._clients.values())
        ):
            if client is not None:
                client.put(message)

    async def serve(
        self, request: web.Request, status: dict[str, Any], node: str | None
    ) -> web.StreamResponse:
        """One client's connection, until it closes. With the id of an earlier one it takes that one's place.

        `node` is what is running for this client, if it comes back in the middle of it.
        """
        socket = web.WebSocketResponse(max_msg_size=1_000_000)
        await socket.prepare(request)
        client_id = request.query.get("clientId") or uuid.uuid4().hex
        client = self._clients[client_id] = _Client(socket)
        self.send("status", {"status": status, "sid": client_id}, client_id)
        if node is not None:
            self.send("executing", {"node": node}, client_id)
        writer = asyncio.ensure_future(client.write())
        writer.add_done_callback(_looked_at)
        first = True
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    if first and _kind(message.data) == "feature_flags":
                        self.send("feature_flags", self._features, client_id)
                    first = False
        finally:
            if self._clients.get(client_id) is client:
                del self._clients[client_id]
            writer.cancel()
        return socket

    async def close(self) -> None:
        for client in list(self._clients.values()):
            await client.socket.close(code=1001, message=b"the engine stops")


def _kind(text: str) -> Any:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message.get("type") if isinstance(message, dict) else None


def _looked_at(writer: asyncio.Future[None]) -> None:
    if not writer.cancelled() and writer.exception() is not None:
        log.info("a client went away: %s", writer.exception())
