"""The websocket: comfort, not truth. A thread keeps it open, under one client id however often it breaks."""

from __future__ import annotations

import contextlib
import json
import queue
import re
import socket
import threading
from typing import Any
from urllib.parse import urljoin

import websocket

from .api import ComfyClient
from .connection import is_same_server

LARGEST = 64 << 20
"""Bytes of one message; a preview picture has one."""
MOST = 10_000
"""Messages that wait to be read. More are forgotten, the oldest first: how a run stands, the poll knows."""

READS = {"supports_progress_text": True}
"""What we announce: our engine sends a node's texts to those alone that tell them from pictures. ComfyUI sends them to
all."""

_MOST_REDIRECTS = 4


class _Bounded(websocket.WebSocket):
    """websocket-client collects a message however long it is."""

    come = 0

    def _recv(self, bufsize: int) -> bytes:
        data = super()._recv(bufsize)
        self.come += len(data)
        if self.come > LARGEST:
            raise websocket.WebSocketPayloadException("the message is too long")
        return data


class Listener(threading.Thread):
    """Puts each message of the server into `messages` (str for JSON, bytes for binary), until closed.

    A server that says nothing for `idle` seconds is pinged; one that doesn't answer that either is connected
    to anew.
    """

    def __init__(self, client: ComfyClient, idle: float = 20.0) -> None:
        super().__init__(name="storyreel-listener", daemon=True)
        self.client = client
        self.idle = idle
        self.messages: queue.Queue[str | bytes] = queue.Queue(MOST)
        self.tried = threading.Event()
        """Set once it is open, so that a run started then misses no message, or once it can't be opened."""
        self._closing = threading.Event()
        self._socket: _Bounded | None = None

    def run(self) -> None:
        pause = 0.2
        while not self._closing.is_set():
            try:
                self._socket = self._open()
                self.tried.set()
                pause = 0.2
                self._read(self._socket)
            except (OSError, websocket.WebSocketException):
                pass  # the poll tells whether the server is gone; the socket only tries again
            finally:
                self.tried.set()
                self._drop()
            # ComfyUI forgets a client id when its old connection ends: the new one must not come before that.
            self._closing.wait(pause)
            pause = min(pause * 2, 5.0)

    def close(self) -> None:
        self._closing.set()
        self._drop()
        self.join(timeout=2)

    def _open(self) -> _Bounded:
        url = self.client.socket_url
        for _ in range(_MOST_REDIRECTS):
            trust = self.client.socket_trust(url)
            opened = _Bounded(enable_multithread=True, sslopt={"context": trust} if trust else None)
            opened.settimeout(self.idle)
            # Redirects are followed here: websocket-client shows the headers to every server on the way.
            headers = self.client.socket_headers if is_same_server(self.client.url, url) else []
            try:
                opened.connect(url, header=headers, redirect_limit=0)
                opened.send(
                    json.dumps({"type": "feature_flags", "data": READS})
                )  # before anything else, or not at all
                return opened
            except websocket.WebSocketException:
                answer = opened.handshake_response
                target = answer.headers.get("location") if answer and 300 <= answer.status < 400 else None
                if not target:
                    raise
                url = re.sub(r"^http", "ws", urljoin(url, target))
        raise websocket.WebSocketException("redirected too often")

    def _keep(self, message: str | bytes) -> None:
        while True:
            try:
                return self.messages.put_nowait(message)
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    self.messages.get_nowait()

    def _read(self, connection: _Bounded) -> None:
        pinged = False
        while not self._closing.is_set():
            connection.come = 0
            try:
                code, data = connection.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                if pinged:
                    return
                connection.ping()
                pinged = True
                continue
            pinged = False
            if code == websocket.ABNF.OPCODE_TEXT:
                self._keep(data.decode("utf-8", "replace"))
            elif code == websocket.ABNF.OPCODE_BINARY:
                self._keep(data)
            elif code == websocket.ABNF.OPCODE_CLOSE:
                return

    def _drop(self) -> None:
        connection: Any = self._socket
        self._socket = None
        if connection is None:
            return
        with contextlib.suppress(OSError, websocket.WebSocketException, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv
        with contextlib.suppress(OSError, websocket.WebSocketException):
            connection.shutdown()
