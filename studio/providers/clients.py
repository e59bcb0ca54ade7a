"""The HTTP clients: some whose connections are kept, one request at a time, and one for a single request.

They are made when the first request goes out, and closed with the process.
"""

from __future__ import annotations

import atexit
import logging
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ..credentials import redact

_IDLE = 60.0
"""Seconds that an idle connection is kept."""
_MOST = 32
"""Clients that are kept."""


class _Masked(logging.Filter):
    """httpx logs every address, also a signed one, wherever the application logs at INFO."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


_mask = _Masked()
for _name in ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks"))):
    logging.getLogger(_name).addFilter(_mask)

_lock = threading.Lock()
_context: ssl.SSLContext | None = None
_resting: list[httpx.Client] = []
_abandoned: list[httpx.Client] = []


@contextmanager
def fresh() -> Iterator[httpx.Client]:
    """For one request, on a connection of its own. One that was kept may be dead already, and that looks like an
    accepted request whose answer was lost."""
    with _made(keep=0) as client:
        yield client


@contextmanager
def kept() -> Iterator[httpx.Client]:
    """One that has its connections still open, for this thread alone meanwhile. A single client for all threads would
    look through all of its connections at each request, and may close one that it has just promised to another."""
    with _lock:
        client = _resting.pop() if _resting else None
    client = client or _made(keep=4)
    try:
        yield client
    finally:
        with _lock:
            rests = len(_resting) < _MOST
            if rests:
                _resting.append(client)
        if not rests:
            client.close()


def _made(keep: int) -> httpx.Client:
    global _context
    with _lock:
        if _context is None:  # reading the certificates takes a while
            _context = httpx.create_ssl_context()
    limits = httpx.Limits(max_keepalive_connections=keep, keepalive_expiry=_IDLE)
    return httpx.Client(verify=_context, limits=limits, headers={"User-Agent": "storyreel"})


@atexit.register
def _close() -> None:
    with _lock:
        while _resting:
            _resting.pop().close()


def _forked() -> None:
    """A child process must not speak on its parent's connections, nor wait for a lock that a thread held there."""
    global _lock
    _lock = threading.Lock()
    _abandoned.extend(_resting)
    _resting.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
