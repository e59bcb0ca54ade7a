"""Ledgers for the tests, each on a SQLite file and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from storyreel.studio.ledger import Attempt, Claim, Ledger, NewTake, Wait
from storyreel.tests.ledger.orders import emulator, ordered, shared  # noqa: F401  fixtures
from storyreel.tests.postgres import postgres_server, postgres_url  # noqa: F401  fixtures


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0  # 2026-09-21 13:33:20 UTC

    def __call__(self) -> float:
        return self.now


class Book:
    """A ledger, and the short way through it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def claim(self, name: str = "shot", take: int = 1, **more: Any) -> Claim:
        request = {"prompt": "a boat"}
        claim = self.ledger.claim(f"{name}-{take}", base=name, take=take, request=request, **more)
        assert claim is not None
        return claim

    def begin(
        self, claim: Claim | str = "shot", estimate: str = "1", provider: str = "runway", **more: Any
    ) -> Attempt:
        attempt = self.ask(claim, estimate, provider, **more)
        assert isinstance(attempt, Attempt)
        return attempt

    def ask(
        self, claim: Claim | str = "shot", estimate: str = "1", provider: str = "runway", **more: Any
    ) -> Attempt | Wait:
        claim = self.claim(claim) if isinstance(claim, str) else claim
        url = "https://api.example.com/v1"
        return self.ledger.begin(
            claim, provider=provider, model="gen4.5", base_url=url, estimate=Decimal(estimate), **more
        )

    def store(self, attempt: Attempt, charge: str = "1", path_name: str = "ab/clip.mp4") -> Attempt:
        if attempt.state.value == "sending":
            attempt = self.ledger.accepted(attempt, f"op-{attempt.id[:8]}")
        attempt = self.ledger.done(attempt)
        take = NewTake(path_name, "0" * 64, 1000, 4.0, 1280, 720, 24.0, True, {"codec": "h264"})
        return self.ledger.stored(attempt, take, Decimal(charge))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def opened(url: str) -> Iterator[Callable[..., Ledger]]:
    """Opens the database as another process would; all are closed at the end."""
    ledgers: list[Ledger] = []

    def another(**more: Any) -> Ledger:
        ledgers.append(Ledger(url, **more))
        return ledgers[-1]

    yield another
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def ledger(opened: Callable[..., Ledger]) -> Ledger:
    return opened()


@pytest.fixture
def book(ledger: Ledger) -> Book:
    return Book(ledger)


@pytest.fixture
def timed(opened: Callable[..., Ledger], clock: Clock) -> Book:
    """One whose time the test sets."""
    return Book(opened(clock=clock))
