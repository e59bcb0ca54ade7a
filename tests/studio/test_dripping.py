"""Hosts that never end: each byte in time, and the whole of it never."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.home import home
from storyreel.studio.store.url_inputs import copy_of, fetch
from storyreel.tests.dripping import DRIPS, Drip

SECONDS = 0.3


@pytest.fixture
def quick() -> None:
    text = f"[downloads]\nprivate_addresses = true\nmegabytes = 1\nseconds = {SECONDS}\n"
    (home() / "config.toml").write_text(text)


@pytest.fixture
def drip(request: pytest.FixtureRequest) -> Iterator[Drip]:
    drip = Drip(*DRIPS[request.param])
    yield drip
    drip.close()


@pytest.mark.parametrize("drip", DRIPS, indirect=True)
def test_an_input_has_a_deadline(drip: Drip, quick: None) -> None:
    began = time.monotonic()
    url = f"http://127.0.0.1:{drip.port}/a.png"
    with pytest.raises(BadInput, match=f"took longer than {SECONDS} s|can't be read"):
        fetch(url, lambda path: None)
    assert time.monotonic() - began < 2
    assert not copy_of(url).exists() and not list((home() / "inputs").iterdir())


@pytest.mark.parametrize("drip", ["silence"], indirect=True)
def test_a_handshake_has_a_deadline(drip: Drip, quick: None) -> None:
    began = time.monotonic()
    with pytest.raises(BadInput, match=r"took longer than|doesn't answer"):
        fetch(f"https://127.0.0.1:{drip.port}/a.png", lambda path: None)
    assert time.monotonic() - began < 2


def test_a_dripping_handshake_has_a_deadline(quick: None) -> None:
    hello = b"\x16\x03\x03\x3f\xff"  # a record of 16 kB, which comes byte by byte
    drip = Drip(hello, b"\x02")
    began = time.monotonic()
    try:
        with pytest.raises(BadInput):
            fetch(f"https://127.0.0.1:{drip.port}/a.png", lambda path: None)
    finally:
        drip.close()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://exa mple/x",
        "http://exa\tmple/\x00",
        "http://[v1.x]/",
        "http://a]b/",
        "http://\ud800/x",
        "http://example.org/\ud800",
        "http://example.org:-1/",
        "http://example.org:8O/",
        f"http://example.org:{'9' * 5000}/",
        f"http://{'a' * 70_000}/",
        "http://a..b/",
        "http://é..b/",
        "http://[::1]x/",
        "http://\u2100/",
        "://",
        "http://",
        "http://#",
        "http://?",
        "http://x%zz/",
    ],
)
def test_a_malformed_address_is_a_sentence(url: str, tmp_path: Path) -> None:
    (home() / "config.toml").write_text("[downloads]\nseconds = 0.2\n")
    with pytest.raises(BadInput) as caught:
        fetch(url, lambda path: None)
    str(caught.value).encode()
