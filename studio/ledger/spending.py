"""What is spent and reserved within a cap, and whether a request may be reserved as well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, Text, bindparam, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from .database import Database
from .errors import OverBudget
from .money import Alert, Cap, Film, Run, Scope, Session, crossed, dollars, identity, period
from .tables import alerts, attempts

_SUMS = select(
    func.coalesce(func.sum(attempts.c.charged), 0), func.coalesce(func.sum(attempts.c.reserved), 0)
)
_BY_RUN = _SUMS.where(attempts.c.run == bindparam("run"))
_BY_SESSION = _SUMS.where(func.substr(attempts.c.run, 1, bindparam("length")) == bindparam("begins"))
_BETWEEN = _SUMS.where(attempts.c.begun_at >= bindparam("first"), attempts.c.begun_at < bindparam("end"))
# Concatenated, so that SQLite goes by the time: the index by time covers all that is read, one by provider doesn't.
_BETWEEN_AT = _BETWEEN.where(attempts.c.provider.concat("") == bindparam("provider"))


def _by_keys(values: Any) -> Select:
    return _SUMS.where(attempts.c.key.in_(select(values.c.value)))


# One parameter however many takes a film has: the statement is the same, and no limit of parameters is met.
_BY_FILM = {
    "sqlite": _by_keys(func.json_each(bindparam("keys")).table_valued("value")),
    "postgresql": _by_keys(
        func.jsonb_array_elements_text(cast(bindparam("keys", type_=Text), JSONB)).table_valued("value")
    ),
}

_GIVEN = select(alerts.c.id).where(
    alerts.c.cap == bindparam("of"), alerts.c.threshold == bindparam("at_threshold")
)
_NEW = select(alerts).where(alerts.c.told_at.is_(None)).order_by(alerts.c.id)
_TELL = update(alerts).where(alerts.c.id == bindparam("of"))


def used(connection: Connection, scope: Scope, now: float) -> tuple[int, int]:
    """Charged and reserved within a scope, in millionths of a dollar."""
    if isinstance(scope, Film):
        found = connection.execute(_BY_FILM[connection.dialect.name], {"keys": json.dumps(scope.keys)})
    elif isinstance(scope, Run):
        found = connection.execute(_BY_RUN, {"run": scope.run})
    elif isinstance(scope, Session):
        found = connection.execute(_BY_SESSION, {"begins": scope.runs, "length": len(scope.runs)})
    else:
        first, end = period(scope, now)
        times: dict[str, Any] = {"first": first, "end": end}
        if scope.provider is None:
            found = connection.execute(_BETWEEN, times)
        else:
            found = connection.execute(_BETWEEN_AT, times | {"provider": scope.provider})
    charged, reserved = tuple(found.one())
    return int(charged), int(reserved)


def allow(connection: Connection, caps: Sequence[Cap], wanted: int, now: float) -> bool:
    """Raises OverBudget where `wanted` millionths more would pass a cap; notes the alerts that they cause, and says
    whether there are any."""
    noted = False
    for cap in caps:
        charged, reserved = used(connection, cap.scope, now)
        if charged + reserved + wanted > cap.micros:
            raise OverBudget(cap, dollars(charged), dollars(reserved), dollars(wanted))
        noted |= note(connection, cap, charged + reserved, charged + reserved + wanted, now)
    return noted


def grown(connection: Connection, caps: Sequence[Cap], by: int, now: float) -> bool:
    """Notes the alerts that a charge caused which was `by` millionths more than had been reserved."""
    noted = False
    for cap in caps:
        after = sum(used(connection, cap.scope, now))
        noted |= note(connection, cap, after - by, after, now)
    return noted


def note(connection: Connection, cap: Cap, before: int, after: int, now: float) -> bool:
    """Writes the alerts down that lie between two uses of a cap, each once. Whether there are any."""
    noted = False
    if isinstance(cap.scope, (Run, Session)):
        return False  # what a run may spend was said with the price before one's eyes
    for threshold in crossed(cap, before, after):
        which = identity(cap, now)
        if connection.execute(_GIVEN, {"of": which, "at_threshold": threshold}).scalar() is None:
            row = {"cap": which, "threshold": threshold, "name": cap.name, "used": after, "limit": cap.micros}
            connection.execute(insert(alerts), row | {"at": now})
            noted = True
    return noted


def new_alerts(database: Database) -> list[Alert]:
    """The alerts that nobody has been told yet; each is handed out once, to whoever asks first."""
    with database.write(alone=True) as connection:
        found = connection.execute(_NEW).all()
        for row in found:
            connection.execute(_TELL, {"of": row.id, "told_at": database.now()})
    return [Alert(row.name, row.threshold, dollars(row.used), dollars(row.limit)) for row in found]
