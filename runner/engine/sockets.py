"""The websockets of the engine's clients, each with its own line of messages: a slow one holds up nobody
else.
"""

from __future__ import annotations

import asyncio
import json
import logging
import struct
import uuid
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from .announce import TEXT
from .answers import written

log = logging.getLogger("storyreel")

LONGEST_LINE = 10_000
"""Messages kept for a client that doesn't read them; then its socket is closed, and it may connect again."""
LARGEST_LINE = 64_000_000
"""And how large they may be together."""
TEXT_FEATURES = ("supports_progress_text", "supports_preview_metadata", "supports_progress_text_metadata")
"""What a client announces that tells one kind of binary message from another: ComfyUI's canvases do. Others take every
binary message for a picture, or stop at one that is none."""
BETWEEN_TEXTS = 0.25
"""Seconds from one text to the next; of each node the latest is sent."""
ON_THE_WAY = ("progress", "progress_state", "status", "logs")
"""Events that need no text to be there before them."""


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
        self.reads_texts = False
        self._texts: dict[bytes, bytes] = {}
        self._pause: asyncio.TimerHandle | None = None

    def text(self, data: bytes, message: bytes) -> None:
        """A line of a node, whose name stands before it: at once, or after the pause if none newer comes."""
        self._texts[data[: 4 + int.from_bytes(data[:4], "big")]] = message
        if self._pause is None:
            self._after_the_pause()

    def _after_the_pause(self) -> None:
        self._pause = None
        if self._texts:
            self.put_texts()
            self._pause = asyncio.get_running_loop().call_later(BETWEEN_TEXTS, self._after_the_pause)

    def put_texts(self) -> None:
        for message in self._texts.values():
            self.put(message)
        self._texts.clear()

    def gone(self) -> None:
        if self._pause is not None:
            self._pause.cancel()

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
            if client is None:
                continue
            if event == TEXT and isinstance(message, bytes):
                if client.reads_texts:
                    client.text(data, message)
                continue
            if event not in ON_THE_WAY:
                client.put_texts()
            client.put(message)

    def has(self, client_id: str) -> bool:
        return client_id in self._clients

    async def serve(
        self,
        request: web.Request,
        status: Callable[[], dict[str, Any]],
        running: Callable[[str], str | None],
    ) -> web.StreamResponse:
        """One client's connection, until it closes. With the id of an earlier one it takes that one's place.

        `status` and `running`, the node that is running for a client, are asked once every later event reaches it: what
        it is told first is never older than what it missed.
        """
        socket = web.WebSocketResponse(max_msg_size=1_000_000)
        await socket.prepare(request)
        client_id = request.query.get("clientId") or uuid.uuid4().hex
        client = self._clients[client_id] = _Client(socket)
        self.send("status", {"status": status(), "sid": client_id}, client_id)
        if (node := running(client_id)) is not None:
            self.send("executing", {"node": node}, client_id)
        writer = asyncio.ensure_future(client.write())
        writer.add_done_callback(_looked_at)
        first = True
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    if first and (flags := _flags(message.data)) is not None:
                        client.reads_texts = any(flags.get(each) is True for each in TEXT_FEATURES)
                        client.put(encoded("feature_flags", self._features))
                    first = False
        finally:
            if self._clients.get(client_id) is client:
                del self._clients[client_id]
            client.gone()
            writer.cancel()
        return socket

    async def close(self) -> None:
        for client in list(self._clients.values()):
            await client.socket.close(code=1001, message=b"the engine stops")


def _flags(text: str) -> dict[str, Any] | None:
    """What a client announces it can do, if that is what it says."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("type") != "feature_flags":
        return None
    return flags if isinstance(flags := message.get("data"), dict) else {}


def _looked_at(writer: asyncio.Future[None]) -> None:
    if not writer.cancelled() and writer.exception() is not None:
        log.info("a client went away: %s", writer.exception())
