"""The HTTP clients: some whose connections are kept, one request at a time, and one for a single request.

They are made when the first request goes out, and closed with the process. Proxies are the environment's, as with every
httpx client; one that is named so is trusted, and it looks up names itself.
"""

from __future__ import annotations

import atexit
import logging
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import httpcore
import httpx

from .addresses import resolved
from .credentials import redact

_IDLE = 60.0
"""Seconds that an idle connection is kept."""
_MOST = 32
"""Clients that are kept."""
_CONNECT = 15.0
"""Seconds that a name may take to become addresses, where nothing else is said."""
_PIECE = 1 << 16


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
    with made(keep=0) as client:
        yield client


@contextmanager
def kept() -> Iterator[httpx.Client]:
    """One that has its connections still open, for this thread alone meanwhile. A single client for all threads would
    look through all of its connections at each request, and may close one that it has just promised to another."""
    with _lock:
        client = _resting.pop() if _resting else None
    client = client or made(keep=4)
    try:
        yield client
    finally:
        with _lock:
            rests = len(_resting) < _MOST
            if rests:
                _resting.append(client)
        if not rests:
            client.close()


def made(keep: int, bundle: str | None = None, **options: Any) -> httpx.Client:
    """A client of one's own, with httpx's options. `bundle` is a file of authorities that are trusted instead."""
    global _context
    with _lock:
        if _context is None:  # reading the certificates takes a while
            _context = httpx.create_ssl_context()
    context = _context
    if bundle:
        folder = Path(bundle).is_dir()
        context = ssl.create_default_context(
            cafile=None if folder else bundle, capath=bundle if folder else None
        )
    limits = httpx.Limits(max_keepalive_connections=keep, keepalive_expiry=_IDLE)
    # httpx unpacks without a bound: answers are asked for plain, and http_bodies.py unpacks what comes packed anyway.
    headers = {"User-Agent": "storyreel", "Accept-Encoding": "identity"}
    try:
        client = httpx.Client(verify=context, limits=limits, headers=headers, **options)
    except (
        httpx.InvalidURL,
        ValueError,
        ImportError,
    ):  # what is wrong with it isn't said: it may hold a password
        said = (
            "a proxy that the environment names can't be used: look at HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"
        )
        raise httpx.ProxyError(said) from None
    # Neither httpx nor its proxies can be given another network, but every pool has one.
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Network(direct=transport is client._transport)
    return client


class Terms(NamedTuple):
    """What holds for the requests of a thread, for a while."""

    until: float = float("inf")
    """time.monotonic()'s. A timeout of httpx's begins anew with every byte."""
    allowed: Callable[[list[str]], None] = lambda addresses: None
    """Raises for addresses that mustn't be dialled."""


_terms: ContextVar[Terms] = ContextVar("terms", default=Terms())  # noqa: B039


@contextmanager
def under(terms: Terms) -> Iterator[None]:
    before = _terms.set(terms)
    try:
        yield
    finally:
        _terms.reset(before)


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    until = _terms.get().until
    if until == float("inf"):
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise late("the answer takes too long")
    return left if timeout is None else min(left, timeout)


class _Network(httpcore.NetworkBackend):
    """Dials addresses that were checked, and knows of deadlines. A proxy's address isn't checked."""

    def __init__(self, direct: bool) -> None:
        self._direct = direct
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolved(host, port, _left(timeout, httpcore.ConnectTimeout) or _CONNECT)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from None
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from None
        if self._direct:
            _terms.get().allowed(addresses)
        failure: Exception = httpcore.ConnectError("it has no address")
        for address in addresses:
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(self._system.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


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
