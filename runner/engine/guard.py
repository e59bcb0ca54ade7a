"""Who may talk to the engine: programs, and pages that the engine itself served. No other web page.

A browser lets any page post to 127.0.0.1, and any name can be made to point there; the engine runs what it is
given, so it looks at the Origin of a request and, where it is bound to this machine alone, at its Host.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from aiohttp import web

log = logging.getLogger("storyreel")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_loopback(name: str | None) -> bool:
    """Whether a host name means this machine by itself, without asking a name server."""
    if not name:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def same_origin(host: str, origin: str) -> bool:
    """Whether a page of `origin` was served by `host`. A port that one of them leaves out is not compared."""
    try:
        here, there = urlsplit(f"//{host.lower()}"), urlsplit(origin.lower())
        ports = here.port, there.port
    except ValueError:
        return False
    return bool(here.hostname) and here.hostname == there.hostname and (None in ports or ports[0] == ports[1])


def guard(only_this_machine: bool) -> Any:
    """The middleware. It answers 403 to what comes from elsewhere."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        origin = request.headers.get("Origin")
        if only_this_machine and not is_loopback(_split(host).hostname):
            log.warning("refused a request for host %r: the engine serves this machine only", host)
            return web.Response(status=403)
        if origin is not None and not same_origin(host, origin):
            log.warning("refused a request of a page from %r", origin)
            return web.Response(status=403)
        return await handler(request)

    return check


def _split(host: str) -> SplitResult:
    try:
        return urlsplit(f"//{host.lower()}")
    except ValueError:
        return urlsplit("")
