"""Ordering clips from the emulators as a run does, and leaving them at any state; and the commands that look at it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from storyreel.emulators import Emulator
from storyreel.runner.cli import app
from storyreel.studio.ledger import Attempt, open_ledger
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.planning.request_key import canonical, hashed
from storyreel.studio.providers import provider
from storyreel.studio.providers.shot import Shot
from typer.testing import CliRunner

QUICK = "".join(f"[doors.{door}]\npoll_seconds = 0.02\n" for door in ("vertex", "google", "runway"))


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        return json.loads(self.out.splitlines()[-1])


def storyreel(*words: str) -> Said:
    run = CliRunner().invoke(app, list(words))
    if run.exception is not None and not isinstance(run.exception, SystemExit):
        raise run.exception
    return Said(run.exit_code, run.stdout, run.stderr)


@pytest.fixture(scope="module")
def shared() -> Iterator[Emulator]:
    with Emulator(work=0.05) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    shared.misbehave()
    for name, value in shared.environment.items():
        monkeypatch.setenv(name, value)
    (Path(os.environ["STORYREEL_HOME"]) / "config.toml").write_text(QUICK)
    yield shared
    shared.misbehave()


Order = Callable[..., Attempt]


@pytest.fixture
def ordered(emulator: Emulator) -> Order:
    """Sends a paid request as a run does, up to a state, and leaves it at that: the run is gone."""

    def order(
        prompt: str = "a boat", state: str = "running", *, film: str = "Boats", take: int = 1
    ) -> Attempt:
        shot = Shot(prompt=prompt, duration="4", width=1280, height=720, fps="24", resolution="720p")  # type: ignore[arg-type]
        door = provider("runway")
        can = next(can for can in door.capabilities() if can.model == "gen4.5")
        request = canonical(shot, Wish("runway", "gen4.5"))
        base = hashed(request)
        with open_ledger() as ledger:
            claim = ledger.claim(f"{base}-{take}", base=base, take=take, request=request, film=film, run="r1")
            assert claim is not None
            cost = door.estimate(shot, can).cost
            one = ledger.begin(
                claim, provider="runway", model="gen4.5", base_url=door.base_url(), estimate=cost
            )
            assert isinstance(one, Attempt)
            operation = door.submit(shot, can, one.id)
            if state == "sending":
                return one
            if state == "unknown":
                return ledger.unknown(one, "the answer didn't come")
            one = ledger.accepted(one, operation.id)
            return ledger.failed(one, state, "no", Decimal("0.6")) if state == "blocked" else one

    return order


def stored(ordered: Order, prompt: str = "a boat", **more: Any) -> Attempt:
    """As `ordered`, with its clip in the vault."""
    one = ordered(prompt, **more)
    assert storyreel("ledger", "collect", one.id[:8], "--wait").code == 0
    with open_ledger() as ledger:
        return ledger.attempt(one.id)
