"""Where a link of a service's may lead: to the internet at large, and to where the service itself is asked."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from ..addresses import NoHost, loopback, public, resolved
from ..config import config


def may_be_asked(door: str, url: str, base_url: str) -> Callable[[list[str]], None]:
    """What raises, as httpx does, for addresses that a link mustn't lead to: private ones, unless the service's own
    base URL is there (an emulator, a proxy of the user's), or config.toml allows them."""
    host, own = urlsplit(url).hostname or "", urlsplit(base_url).hostname or ""
    if host == own or config().downloads.private_addresses:
        return lambda addresses: None

    def allowed(addresses: list[str]) -> None:
        inside = {address for address in addresses if not public(address)}
        if not inside:
            return
        here = _addresses(own)
        if not inside <= here and not (here and all(map(loopback, inside | here))):
            raise _private(door, host)

    # A proxy looks up names itself: what can be known here is looked at before it is asked.
    allowed(sorted(_addresses(host)))
    return allowed


def _addresses(host: str) -> set[str]:
    """Of a host; none where it can't be looked up here."""
    try:
        return set(resolved(host, 0, 5)) if host else set()
    except (NoHost, TimeoutError):
        return set()


def _private(door: str, host: str) -> Exception:
    import httpx

    return httpx.ConnectError(
        f"{door} points to {host}, which is in a private network; if that is meant, allow private_addresses under "
        "[downloads] in config.toml"
    )
