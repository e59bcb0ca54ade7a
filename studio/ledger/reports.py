"""What the ledger can tell: attempts, takes, history, sums. Nothing here changes anything."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select

from ..errors import BadInput, did_you_mean
from .database import Database
from .money import Scope, dollars
from .records import Attempt, Entry, Intent, Performance, Spent, StoredTake
from .rules import OPEN, AttemptState
from .spending import used
from .tables import attempts, charges, history, intents, takes

_ATTEMPT = select(attempts).where(attempts.c.id == bindparam("of"))
_BY_ID = (
    select(attempts).where(func.substr(attempts.c.id, 1, bindparam("letters")) == bindparam("of")).limit(20)
)
_BY_KEY = (
    select(attempts)
    .where(func.substr(attempts.c.key, 1, bindparam("letters")) == bindparam("of"))
    .order_by(attempts.c.number.desc())
    .limit(20)
)
_BY_OPERATION = select(attempts).where(attempts.c.operation == bindparam("of"))
_NEWEST = select(attempts.c.id).order_by(attempts.c.begun_at.desc()).limit(500)
_OF_KEY = select(attempts).where(attempts.c.key == bindparam("of")).order_by(attempts.c.number)
_TAKES = select(takes, intents.c.base, intents.c.take).join(intents, intents.c.key == takes.c.key)
_TAKE = _TAKES.where(takes.c.key == bindparam("of"))
_COST = select(func.coalesce(func.sum(charges.c.amount), 0)).where(charges.c.key == bindparam("of"))
_INTENT = select(intents).where(intents.c.key == bindparam("of"))


def attempt_of(row: Row) -> Attempt:
    return attempt_from(row._asdict())


def attempt_from(row: Mapping[str, Any]) -> Attempt:
    money = {name: dollars(row[name]) for name in ("estimate", "reserved", "charged")}
    return Attempt(**{**row, **money, "state": AttemptState(row["state"])})


def take_of(row: Row) -> StoredTake:
    return StoredTake(**dict(row._mapping) | {"details": json.loads(row.details)})


def _intent_of(row: Row) -> Intent:
    asked = json.loads(row.request)
    return Intent(row.key, row.base, row.take, asked, row.film, row.run, row.created_at)


class Reports:
    def __init__(self, database: Database) -> None:
        self._db = database

    def attempt(self, id: str) -> Attempt:
        """Raises BadInput for an id that isn't in the ledger."""
        found = self._rows(_ATTEMPT, of=id)
        if not found:
            raise BadInput(f"the ledger knows no attempt {id}", "storyreel ledger list")
        return attempt_of(found[0])

    def attempts(self, key: str) -> list[Attempt]:
        return [attempt_of(row) for row in self._rows(_OF_KEY, of=key)]

    def named(self, word: str) -> Attempt:
        """The attempt that an abbreviated id, an operation's id or a take's key means. Raises BadInput."""
        word = word.strip()
        found = self._rows(_BY_ID, of=word, letters=len(word)) if word else []
        if not found:
            of_key = self._rows(_BY_KEY, of=word, letters=len(word)) if len(word) >= 6 else []
            found = self._rows(_BY_OPERATION, of=word) or of_key
            found = found[:1] if len({row.key for row in found}) == 1 else found
        if len(found) > 1:
            ids = ", ".join(row.id[:12] for row in found[:5])
            raise BadInput(f"{word!r} is the beginning of {len(found)} ids", f"write more of it: {ids}")
        if not found:
            known = [row.id[: max(8, len(word))] for row in self._rows(_NEWEST)]
            cure = did_you_mean(word, known) if known else "nothing has been bought yet"
            listed = "storyreel ledger list shows what there is"
            raise BadInput(
                f"the ledger knows no attempt {word!r}", listed if cure.startswith("use one of") else cure
            )
        return attempt_of(found[0])

    def take(self, key: str) -> StoredTake | None:
        found = self._rows(_TAKE, of=key)
        return take_of(found[0]) if found else None

    def takes(self) -> list[StoredTake]:
        """Oldest first."""
        return [take_of(row) for row in self._rows(_TAKES.order_by(takes.c.stored_at, takes.c.key))]

    def intent(self, key: str) -> Intent | None:
        found = self._rows(_INTENT, of=key)
        return _intent_of(found[0]) if found else None

    def intents(self) -> dict[str, Intent]:
        """All, by key."""
        return {row.key: _intent_of(row) for row in self._rows(select(intents))}

    def cost(self, key: str) -> Decimal:
        return dollars(self._rows(_COST, of=key)[0][0])

    def spent(self, scope: Scope) -> Spent:
        with self._db.read() as connection:
            charged, reserved = used(connection, scope, self._db.now())
        return Spent(dollars(charged), dollars(reserved))

    def list(
        self,
        states: Collection[AttemptState] = (),
        *,
        provider: str | None = None,
        film: str | None = None,
        run: str | None = None,
        since: float | None = None,
        newest: int | None = None,
    ) -> list[Attempt]:
        """Oldest first; of more than `newest`, the newest ones."""
        wanted = select(attempts).order_by(attempts.c.begun_at.desc(), attempts.c.id)
        if states:
            wanted = wanted.where(attempts.c.state.in_(sorted(state.value for state in states)))
        for column, value in (
            (attempts.c.provider, provider),
            (attempts.c.film, film),
            (attempts.c.run, run),
        ):
            if value is not None:
                wanted = wanted.where(column == value)
        if since is not None:
            wanted = wanted.where(attempts.c.begun_at >= since)
        if newest is not None:
            wanted = wanted.limit(newest)
        return [attempt_of(row) for row in reversed(self._rows(wanted))]

    def orphans(self, living: Iterable[str]) -> list[Attempt]:
        """Open attempts that no living owner follows."""
        wanted = (
            select(attempts, intents.c.owner.label("holder"))
            .join(intents, intents.c.key == attempts.c.key)
            .where(attempts.c.state.in_(sorted(state.value for state in OPEN)))
            .order_by(attempts.c.begun_at, attempts.c.id)
        )
        alive = set(living)
        ids = [row.id for row in self._rows(wanted) if row.holder not in alive]
        return [self.attempt(id) for id in ids]

    def history(
        self, since: float = 0.0, *, attempt: str | None = None, key: str | None = None
    ) -> list[Entry]:
        wanted = select(history).where(history.c.at >= since).order_by(history.c.seq)
        if attempt is not None:
            wanted = wanted.where(history.c.attempt == attempt)
        if key is not None:
            wanted = wanted.where(history.c.key == key)
        money = ("amount", "reserved", "charged")
        rows = [row._mapping for row in self._rows(wanted)]
        return [Entry(**{**row, **{name: dollars(row[name]) for name in money}}) for row in rows]

    def performance(self, since: float = 0.0) -> list[Performance]:
        """By provider and model, of the attempts begun since then."""
        wanted = select(attempts).where(attempts.c.begun_at >= since)
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self._rows(wanted):
            groups[row.provider, row.model].append(row)
        made = []
        for (provider, model), rows in sorted(groups.items()):
            count = defaultdict(int)
            for row in rows:
                count[row.state] += 1
            times = [row.ended_at - row.begun_at for row in rows if row.state == "stored" and row.ended_at]
            made.append(
                Performance(
                    provider,
                    model,
                    len(rows),
                    count["stored"],
                    count["failed"],
                    count["refused"],
                    count["unknown"],
                    count["lost"],
                    statistics.median(times) if times else None,
                    dollars(sum(row.charged for row in rows)),
                )
            )
        return made

    def _rows(self, statement: Select, **values: Any) -> list[Row]:
        with self._db.read() as connection:
            return list(connection.execute(statement, values).all())
