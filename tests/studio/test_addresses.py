"""Addresses of the internet at large, and of everything that isn't: IANA's registries row by row."""

from __future__ import annotations

import ipaddress
import time

import pytest
from storyreel.studio.addresses import resolved
from storyreel.studio.store.url_inputs import public

# https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry, and the deprecated blocks and
# multicast beside them. Last: whether the address before and the one after the block are ordinary.
ROWS = [
    ("0.0.0.0/8", None, True),
    ("10.0.0.0/8", True, True),
    ("100.64.0.0/10", True, True),
    ("127.0.0.0/8", True, True),
    ("169.254.0.0/16", True, True),
    ("172.16.0.0/12", True, True),
    ("192.0.0.0/24", True, True),
    ("192.0.0.0/29", True, False),
    ("192.0.0.8/32", False, False),
    ("192.0.0.9/32", False, False),
    ("192.0.0.10/32", False, False),
    ("192.0.0.170/31", False, False),
    ("192.0.2.0/24", True, True),
    ("192.31.196.0/24", True, True),
    ("192.52.193.0/24", True, True),
    ("192.88.99.0/24", True, True),
    ("192.168.0.0/16", True, True),
    ("192.175.48.0/24", True, True),
    ("198.18.0.0/15", True, True),
    ("198.51.100.0/24", True, True),
    ("203.0.113.0/24", True, True),
    ("224.0.0.0/4", True, False),
    ("240.0.0.0/4", False, None),
    ("255.255.255.255/32", False, None),
    ("::1/128", False, False),
    ("::/128", None, False),
    ("::/96", None, False),  # IPv4-compatible
    ("::ffff:0:0:0/96", False, False),  # IPv4-translated
    ("64:ff9b:1::/48", False, False),
    ("100::/64", False, False),
    ("100:0:0:1::/64", False, False),
    ("2001::/23", True, True),
    ("2001::/32", True, False),
    ("2001:1::1/128", False, False),
    ("2001:1::2/128", False, False),
    ("2001:1::3/128", False, False),
    ("2001:2::/48", False, False),
    ("2001:3::/32", False, False),
    ("2001:4:112::/48", False, False),
    ("2001:10::/28", False, False),
    ("2001:20::/28", False, False),
    ("2001:30::/28", False, False),
    ("2001:db8::/32", True, True),
    ("2620:4f:8000::/48", True, True),
    ("3fff::/20", True, True),
    ("4000::/3", True, False),  # given out to nobody yet
    ("5f00::/16", False, False),
    ("fc00::/7", False, False),
    ("fe80::/10", False, False),
    ("fec0::/10", False, False),
    ("ff00::/8", False, None),
]


@pytest.mark.parametrize(("block", "before", "after"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_registry(block: str, before: bool | None, after: bool | None) -> None:
    network = ipaddress.ip_network(block)
    first, last = network.network_address, network.broadcast_address
    assert not public(str(first)) and not public(str(last))
    if before is not None:
        assert public(str(first - 1)) is before
    if after is not None:
        assert public(str(last + 1)) is after


V4 = [ipaddress.ip_network(row[0]) for row in ROWS if "." in row[0]]
WRAPPED = {
    "mapped": lambda v4: int(ipaddress.ip_address("::ffff:0:0")) | v4,
    "nat64": lambda v4: int(ipaddress.ip_address("64:ff9b::")) | v4,
    "6to4": lambda v4: int(ipaddress.ip_address("2002::")) | v4 << 80 | 5,
    "isatap": lambda v4: int(ipaddress.ip_address("2606:4700::5efe:0:0")) | v4,
    "isatap, unique": lambda v4: int(ipaddress.ip_address("2606:4700::200:5efe:0:0")) | v4,
}


@pytest.mark.parametrize("how", WRAPPED)
def test_a_wrapped_address_is_judged_by_what_is_in_it(how: str) -> None:
    for network in V4:
        for inner in (network.network_address, network.broadcast_address):
            assert not public(str(ipaddress.IPv6Address(WRAPPED[how](int(inner))))), inner
    assert public(str(ipaddress.IPv6Address(WRAPPED[how](int(ipaddress.ip_address("8.8.8.8"))))))


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("64:ff9b::808:808", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::808:808", False),
        ("::8.8.8.8", False),
        ("::ffff:0:8.8.8.8", False),
        ("2001:0:5ef5:79fb:0:1:f7f7:f7f7", False),  # Teredo
        ("fe80::1%eth0", False),
        ("fe80::5efe:8.8.8.8", False),
        ("2606:4700::1%1", True),
    ],
)
def test_single_addresses(address: str, is_public: bool) -> None:
    assert public(address) is is_public


@pytest.mark.parametrize(
    "name", ["0177.0.0.1", "0x7f.1", "127.1", "2130706433", "017700000001", "0x7f000001"]
)
def test_other_spellings_are_what_the_resolver_makes_of_them(name: str) -> None:
    try:
        found = resolved(name, 80)
    except OSError:
        return  # this system's resolver doesn't know the spelling: nothing is dialled
    assert found and not any(map(public, found))


def test_the_resolver_has_a_deadline() -> None:
    with pytest.raises((TimeoutError, OSError)):
        began = time.monotonic()
        resolved("storyreel.invalid", 80, 0.0)
    assert time.monotonic() - began < 2
