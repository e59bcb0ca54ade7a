"""P6: the ledger of every release opens in this one, says what it said then, and can be gone on with.

`releases/` holds a dump of each release's ledger, on both databases, and what its own code told of it.
"""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.tables.purchases import plain
from storyreel.studio.ledger import Ledger, NewTake, migrations
from storyreel.studio.ledger.audit import audit
from storyreel.studio.store.vault import Vault

DUMPS = sorted((Path(__file__).parent / "releases").glob("*.sql"))


@pytest.fixture(params=DUMPS, ids=[dump.stem for dump in DUMPS])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """The URL of an old ledger, and what its own release said of it."""
    dump: Path = request.param
    script = dump.read_text(encoding="utf-8")
    if ".sqlite" in dump.name:
        connection = sqlite3.connect(tmp_path / "ledger.db")
        connection.executescript(script)
        connection.close()
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        from storyreel.tests.postgres import sql

        url = request.getfixturevalue("postgres_url")
        sql(url, script)
    return url, json.loads(dump.with_suffix(".json").read_text(encoding="utf-8"))


def includes(found: Any, expected: Any) -> bool:
    """Whether everything that was said then is said still; a later release may say more."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            name in found and includes(found[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(includes, found, expected))
    return bool(found == expected)


def test_there_is_one_of_each_database() -> None:
    assert {dump.name.rsplit(".", 2)[1] for dump in DUMPS} == {"sqlite", "postgresql"}


def test_it_says_what_it_said_then(old: tuple[str, dict[str, Any]]) -> None:
    url, said = old
    with Ledger(url) as ledger:
        assert includes(plain(ledger.list()), said["attempts"])
        assert includes(plain(ledger.takes()), said["takes"])
        assert includes(plain(ledger.history()), said["history"])
        assert includes({key: plain(one) for key, one in ledger.intents().items()}, said["intents"])
        assert {key: str(ledger.cost(key)) for key in said["cost"]} == said["cost"]
        assert {one["state"] for one in said["attempts"]} >= {"unknown", "running", "done", "stored", "lost"}
        with ledger._db.read() as connection:
            assert migrations.current(connection) == migrations.HEAD


def test_it_is_gone_on_with(old: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    url, _ = old
    with Ledger(url) as ledger:
        by_state = {one.state.value: one for one in ledger.list()}
        findings = audit(ledger, Vault(tmp_path / "vault"), hashes=False)
        assert "altered" not in {finding.kind for finding in findings}
        assert {one.state.value for one in ledger.abandoned()} == {"sending", "unknown", "running", "done"}
        assert ledger.release(by_state["sending"].id, "looked").state == "released"
        assert ledger.adopt(by_state["unknown"].id, "job-7").state == "running"
        done = ledger.done(by_state["running"])
        take = NewTake("a.mp4", "0" * 64, 1, 4, 1, 1, 24, True)
        assert ledger.stored(done, take, Decimal("0.4")).charged == Decimal("0.4")
        stored = by_state["stored"]
        base = stored.key.removesuffix("-1")
        assert ledger.number(base, None, "a token") == 2
        assert ledger.number(base) == 1
        assert ledger.claim(stored.key, base=base, take=1, request={}) is not None
        assert ledger.alerts() == [], "they were told then"
