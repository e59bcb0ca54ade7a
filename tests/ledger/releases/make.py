"""Writes this release's ledger down, for the tests of every later release: python tests/ledger/releases/make.py

For each release once, when it is made: the files of an earlier one are never written again. It needs a PostgreSQL with
its pg_dump, as the tests do (tests/postgres.py).
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from storyreel.runner.jobs.run_records import version
from storyreel.runner.tables.purchases import plain
from storyreel.studio.ledger import Attempt, Cap, Ledger, Month, NewTake
from storyreel.tests.postgres import programs, started

HERE = Path(__file__).parent
ENDS = (
    "sending",
    "unknown",
    "running",
    "done",
    "stored",
    "refused",
    "failed",
    "cancelled",
    "lost",
    "released",
)


class Clock:
    """The same seconds every time."""

    now = 1_795_000_000.0  # 2026-11-18

    def __call__(self) -> float:
        self.now += 1.5
        return self.now


def fill(ledger: Ledger) -> None:
    """An attempt in every state, with all that can belong to one."""
    for number, end in enumerate(ENDS):
        base = f"{number:032x}"
        request = {"version": 1, "model": "gen4.5", "mode": "text", "seconds": 4.0, "prompt": f"é {end} — 船"}
        claim = ledger.claim(
            f"{base}-1", base=base, take=1, request=request, film="First film", run=f"run{number % 2}"
        )
        assert claim is not None
        caps = [Cap("budget for a month", Decimal("4.20"), Month())]
        price = Decimal("0.480001")
        one = ledger.begin(
            claim,
            provider="runway",
            model="gen4.5",
            base_url="https://api.example.com",
            estimate=price,
            caps=caps,
        )
        assert isinstance(one, Attempt)
        finish(ledger, one, end)
        ledger.let_go(claim)
    first = f"{ENDS.index('stored'):032x}"
    assert ledger.number(first, None, "a token") == 2
    assert ledger.alerts()


def finish(ledger: Ledger, one: Attempt, end: str) -> None:
    if end == "refused":
        ledger.refused(one, "invalid", "too long")
    if end in ("unknown", "released"):
        ledger.unknown(one, "the answer didn't come")
    if end == "released":
        ledger.release(one.id, "it isn't in the list")
    if end in ("running", "done", "stored", "failed", "cancelled", "lost"):
        one = ledger.accepted(one, f"job-{end}")
        ledger.seen(one, "queued", None)
        ledger.seen(one, "running", 0.25)
    if end == "failed":
        ledger.failed(one, "blocked", "not this", Decimal("0.1"))
    if end == "cancelled":
        ledger.cancelled(one)
    if end == "lost":
        ledger.lost(one, "expired", Decimal("0.48"))
    if end in ("done", "stored"):
        one = ledger.done(one)
    if end == "stored":
        details = {"notes": ["provider: another"], "losses": []}
        take = NewTake(f"{one.key}.mp4", "ab" * 32, 12345, 4.04, 1280, 720, 24.0, True, details)
        ledger.stored(one, take, Decimal("0.48"))


def told(ledger: Ledger) -> dict[str, object]:
    """What a reader must find."""
    return {
        "attempts": plain(ledger.list()),
        "takes": plain(ledger.takes()),
        "history": plain(ledger.history()),
        "intents": {key: plain(intent) for key, intent in sorted(ledger.intents().items())},
        "cost": {key: str(ledger.cost(key)) for key in sorted(ledger.intents())},
    }


def dumps() -> Iterator[tuple[str, str, dict[str, object]]]:
    """The database's name, its dump, and what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        with Ledger(f"sqlite:///{folder}/ledger.db", Clock()) as ledger:
            fill(ledger)
            said = told(ledger)
        connection = sqlite3.connect(f"{folder}/ledger.db")
        yield "sqlite", "\n".join(connection.iterdump()) + "\n", said
        connection.close()
    found = programs()
    if found is None:
        sys.exit("needs a PostgreSQL on this machine")
    with started(found) as url:
        with Ledger(url, Clock()) as ledger:
            fill(ledger)
            said = told(ledger)
        command = [str(found / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", url]
        dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        kept = [line for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]
        yield "postgresql", "\n".join(kept) + "\n", said


def main() -> None:
    for name, dump, said in dumps():
        target = HERE / f"{version()}.{name}.sql"
        if target.exists():
            sys.exit(f"{target} is there: a release's ledger is written down once")
        target.write_text(dump, encoding="utf-8")
        target.with_suffix(".json").write_text(
            json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
