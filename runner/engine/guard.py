"""Who may talk to the engine: programs, and pages that the engine itself served. No other web page.

A browser lets any page post to 127.0.0.1, and any name can be made to point there; the engine runs what it is
given, so it looks at the Host, the Origin and the Sec-Fetch-Site of a request. Where others than this machine can reach
it, everyone shows a token, which stands in no log.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import ipaddress
import logging
import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from .answers import Handler, Refused

log = logging.getLogger("storyreel")

COOKIE = "storyreel_token"


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
    """Whether a page of `origin` was served by `host`. A port that `host` leaves out isn't compared, as proxies leave
    it out; an origin without one has the port of its scheme, which is another server's."""
    try:
        here, there = urlsplit(f"//{host.lower()}"), urlsplit(origin.lower())
        ports = here.port, there.port or {"http": 80, "https": 443}.get(there.scheme)
    except ValueError:
        return False
    return bool(here.hostname) and here.hostname == there.hostname and ports[0] in (None, ports[1])


class Access(NamedTuple):
    """Who may ask a server."""

    only_this_machine: bool
    names: frozenset[str] = frozenset()
    """Host names by which it may be asked for, in small letters, beside those of this machine."""
    token: str = ""
    """What everyone has to show; nothing, if it is empty."""


def guard(access: Access) -> Any:
    """The middleware. It answers 403 to what comes from elsewhere, and 401 where the token is missing."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = request.headers.getall("Host", [])
        host = hosts[0] if len(hosts) == 1 else ""
        origin = request.headers.get("Origin")
        if not _is_ours(name_of(host), request, access):
            log.warning("refused a request for host %r", host[:200])
            cure = "; `storyreel serve --allow-host NAME` adds a name, such as that of a reverse proxy"
            raise Refused(403, f"the engine is not asked for by the host name {host[:200]!r}{cure}", "host")
        if origin is not None and not (same_origin(host, origin) or _outer(origin, access)):
            log.warning("refused a request of a page from %r", origin[:200])
            raise Refused(403, "pages of other servers may not ask the engine", "origin")
        if not _fetched_here(request):
            log.warning("refused a request that another page's browser made")
            raise Refused(403, "pages of other servers may not ask the engine", "origin")
        if not access.token:
            return await handler(request)
        if not any(_same(shown, access.token) for shown in _shown(request)):
            log.warning("refused a request without the token from %s", request.remote)
            response = Refused(401, "the engine asks for its token", "token").response()
            response.headers["WWW-Authenticate"] = 'Bearer realm="storyreel", Basic realm="storyreel"'
            return response
        response = await handler(request)
        if request.path == "/" and "token" in request.query:
            response.set_cookie(COOKIE, access.token, httponly=True, samesite="Strict", path="/")
        return response

    return check


def _is_ours(name: str | None, request: web.Request, access: Access) -> bool:
    """Whether a request is for a host name of the list. A page can make any other name point here."""
    if not name:
        return False
    if is_loopback(name) or name in access.names:
        return True
    # Asked for by the very address it was reached at, no name was looked up.
    reached = request.transport.get_extra_info("sockname") if request.transport else None
    return not access.only_this_machine and bool(reached) and name == reached[0].lower()


def _outer(origin: str, access: Access) -> bool:
    """Whether a page was served under one of the names of the list: a reverse proxy may ask by another than its own."""
    try:
        name = urlsplit(origin.lower()).hostname or ""
    except ValueError:
        return False
    return name in access.names and not is_loopback(name)


def _fetched_here(request: web.Request) -> bool:
    """Whether no other site's page is behind a request, as browsers tell of themselves. A person may follow a link to
    the page that says what this is."""
    if request.headers.get("Sec-Fetch-Site", "none").lower() in ("none", "same-origin"):
        return True
    mode, aim = (request.headers.get(f"Sec-Fetch-{name}", "").lower() for name in ("Mode", "Dest"))
    return request.method == "GET" and request.path == "/" and (mode, aim) == ("navigate", "document")


def _shown(request: web.Request) -> list[str]:
    """Everything in a request that may be the token: of programs, of a login in an address, of a browser."""
    kind, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    shown = [request.query.get("token", ""), request.cookies.get(COOKIE, "")]
    if kind.lower() == "bearer":
        shown.append(value.strip())
    if kind.lower() == "basic":
        with contextlib.suppress(ValueError):
            name, _, password = base64.b64decode(value).decode("utf-8").partition(":")
            shown.append(password or name)
    return shown


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_.-]+))(?::(?P<port>[0-9]{1,5}))?")


def name_of(host: str) -> str | None:
    """The name in a Host header, without its port; None if it is no host at all."""
    found = _HOST.fullmatch(host.lower())
    return (found["six"] or found["name"]) if found and int(found["port"] or 0) < 65536 else None
