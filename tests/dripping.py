"""Hosts that never end: each byte in time, and the whole of it never."""

from __future__ import annotations

import socket
import threading
import time


class Drip:
    """A host that sends `first`, and then `drop` every hundredth of a second for as long as anybody listens."""

    def __init__(self, first: bytes, drop: bytes) -> None:
        self.first, self.drop, self.sent, self.pause = first, drop, 0, 0.01
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._feed, args=(connection,), daemon=True).start()

    def _feed(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.sendall(self.first)
                while self.drop:
                    connection.sendall(self.drop)
                    self.sent += len(self.drop)
                    time.sleep(self.pause)
                connection.recv(1 << 16)
                time.sleep(5)
            except OSError:
                return

    def close(self) -> None:
        self._socket.close()


OK = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "body": (OK + b"Content-Length: 900000\r\n\r\n", b"x"),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "body without a length": (OK + b"\r\n", b"x"),
    "headers": (OK, b"X-A: b\r\n"),
    "one header": (OK + b"X-A: ", b"b"),
    "status": (b"HTTP/1.1 ", b" "),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "silence": (b"", b""),
}
