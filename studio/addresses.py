"""Which addresses belong to the internet at large, and how a name becomes some that were checked.

The table is IANA's: Python's own `is_global` says something else from version to version.

>>> public("93.184.215.14"), public("192.168.1.1"), public("64:ff9b::7f00:1")
(True, False, False)
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

SPECIAL = (
    # The IPv4 Special-Purpose Address Registry, all of it, and multicast. What is globally reachable in it (AS112, AMT)
    # serves networks' own purposes, and no file comes from there.
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    # The IPv6 one within 2000::/3, the one block that global unicast addresses are given out from. Teredo and ORCHID
    # are in 2001::/23.
    "2001::/23",
    "2001:db8::/32",
    "2620:4f:8000::/48",
    "3fff::/20",
)
WRAPPING = (
    ("::ffff:0:0/96", 0),  # IPv4-mapped
    ("64:ff9b::/96", 0),  # NAT64; 64:ff9b:1::/48 is of a network's own
    ("2002::/16", 80),  # 6to4
)
"""Blocks whose addresses stand for an IPv4 address, and how many bits follow it: it alone is judged."""

_UNICAST = ipaddress.IPv6Network("2000::/3")
_SPECIAL = tuple(ipaddress.ip_network(block) for block in SPECIAL)
_WRAPPING = tuple((ipaddress.IPv6Network(block), after) for block, after in WRAPPING)
_ISATAP = (0x00005EFE, 0x02005EFE)

NAME = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9._~-]+)?")
"""Nothing else is asked of a resolver."""
_STEP = 20.0
"""Seconds that one address is tried."""


class NoHost(OSError):
    """The name stands for nothing."""


def public(address: str) -> bool:
    """Whether an address belongs to the internet at large; one that wraps an IPv4 address is judged by that."""
    here = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(here, ipaddress.IPv6Address):
        for block, after in _WRAPPING:
            if here in block:
                return _ordinary(ipaddress.IPv4Address(int(here) >> after & 0xFFFFFFFF))
        if int(here) >> 32 & 0xFFFFFFFF in _ISATAP:
            inner = ipaddress.IPv4Address(int(here) & 0xFFFFFFFF)
            return here in _UNICAST and _ordinary(here) and _ordinary(inner)
        return here in _UNICAST and _ordinary(here)
    return _ordinary(here)


def _ordinary(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return not any(address.version == block.version and address in block for block in _SPECIAL)


def is_address(text: str) -> bool:
    """Whether it is an http or https URL with a host."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return good and re.search(r"[\s\x00-\x1f\x7f]", text) is None


def loopback(address: str) -> bool:
    here = ipaddress.ip_address(address.partition("%")[0])
    mapped = here.ipv4_mapped if isinstance(here, ipaddress.IPv6Address) else None
    return (mapped or here).is_loopback


def resolved(host: str, port: int, seconds: float = _STEP) -> list[str]:
    """Every address of the host, as the system's resolver spells it. Raises NoHost, TimeoutError.

    The resolver knows no deadline: it is asked in a thread that is left behind where it doesn't answer.
    """
    if not NAME.fullmatch(host):
        raise NoHost(f"{host!r} is no host's name")
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError, ValueError) as error:
            found.append(error)

    asked = threading.Thread(target=ask, name="resolver", daemon=True)
    asked.start()
    asked.join(max(seconds, 0.0))
    if not found:
        raise TimeoutError(f"the name {host} isn't resolved in time")
    if isinstance(found[0], Exception):
        raise NoHost(str(found[0]))
    return list(dict.fromkeys(str(entry[4][0]) for entry in found[0]))


def dialled(
    host: str,
    port: int,
    until: float,
    allowed: Callable[[list[str]], None] = lambda _: None,
    step: float = _STEP,
) -> socket.socket:
    """A connection to one of the host's addresses, none of which is asked before `allowed` has seen all: what it was
    shown is what is dialled, whatever the name stands for a moment later. `until` is time.monotonic()'s.

    Raises NoHost, TimeoutError, OSError, and what `allowed` raises.
    """
    addresses = resolved(host, port, min(step, until - time.monotonic()))
    allowed(addresses)
    failure: OSError = TimeoutError("timed out")
    for address in addresses:
        left = min(step, until - time.monotonic())
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            failure = error
    raise failure
