"""What becomes of an attempt, written down: its row, its line in the history, its charge, its clip. Each inside the
caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ..errors import BadInput
from . import rules
from .errors import ClaimLost, IllegalEvent, SameOperation
from .money import micros
from .records import NewTake
from .rules import AttemptEvent, AttemptState
from .slots import ABANDONED
from .tables import attempts, charges, history, takes

_ONE = select(attempts).where(attempts.c.id == bindparam("of")).with_for_update()
_TWIN = (
    select(attempts.c.id)
    .where(
        attempts.c.operation == bindparam("of"),
        attempts.c.provider == bindparam("at"),
        attempts.c.id != bindparam("mine"),
    )
    .limit(1)
)
_CHANGE = update(attempts).where(attempts.c.id == bindparam("of"))
_ADD, _ADD_HISTORY, _ADD_CHARGE, _ADD_TAKE = insert(attempts), insert(history), insert(charges), insert(takes)
_DROP_TAKE = delete(takes).where(takes.c.key == bindparam("of"))
_STORED = select(attempts).where(
    attempts.c.id == select(takes.c.attempt).where(takes.c.key == bindparam("of")).scalar_subquery()
)

_VERDICTS = frozenset(
    {AttemptState.DONE, AttemptState.FAILED, AttemptState.CANCELLED, AttemptState.LOST, AttemptState.STORED}
)


class Report(NamedTuple):
    """What is reported of an attempt. `charge` in dollars; None: not known yet."""

    event: AttemptEvent
    operation: str | None = None
    kind: str = ""
    why: str = ""
    charge: Decimal | None = None
    take: NewTake | None = None
    send: int = 0
    """Of a refusal: to which of the attempt's requests it is the answer."""


class Written(NamedTuple):
    row: Mapping[str, Any]
    changed: bool
    more: int = 0
    """By how many millionths of a dollar more is used now than before; less than 0 where money was given back."""


def begin(connection: Connection, row: Mapping[str, Any]) -> None:
    """A new attempt."""
    connection.execute(_ADD, row)
    log(connection, row, "begin", "", row["begun_at"], "", row["reserved"])


def report(connection: Connection, id: str, said: Report, owner: str, now: float) -> Written:
    """One event, if it can happen; `owner` reports it. Raises IllegalEvent, and BadInput for an unknown id."""
    found = connection.execute(_ONE, {"of": id}).one_or_none()
    if found is None:
        raise BadInput(f"the ledger knows no attempt {id}", "storyreel ledger list")
    row = dict(found._mapping)
    before = AttemptState(row["state"])
    if said.operation is not None and before is AttemptState.RELEASED:
        # Refused below, but kept: somebody may have to look for it.
        log(connection, row, "late", before.value, now, said.operation, 0)
        connection.commit()
    if said.event is AttemptEvent.REFUSED and before is AttemptState.UNKNOWN and said.send != row["sends"]:
        return Written(row, False)  # another request under the same id may be on its way
    after = _checked(row, before, said)
    if said.operation not in (None, row["operation"]):
        _its_own(connection, row, str(said.operation))
    if before is after and (said.charge is None or before is not AttemptState.DONE):
        return Written(row, False)
    settled = row["reserved"] + row["charged"]
    owed = 0 if said.charge is None else micros(said.charge) - row["charged"]
    change = _changes(row, after, said, owner, now)
    row |= change
    connection.execute(_CHANGE, change | {"of": id})
    if owed:
        what = {"attempt": id, "key": row["key"], "at": now, "amount": owed, "why": after.value}
        connection.execute(_ADD_CHARGE, what)
    log(connection, row, said.event.value, before.value, now, said.why, owed)
    if said.take is not None:
        connection.execute(_DROP_TAKE, {"of": row["key"]})
        whose = {"key": row["key"], "attempt": id, "stored_at": now}
        connection.execute(_ADD_TAKE, take_row(said.take) | whose)
    return Written(row, True, row["reserved"] + row["charged"] - settled)


def held_back(connection: Connection, id: str) -> dict[str, Any]:
    """The row of an attempt that is unknown; its money isn't counted for the rest of the transaction. Raises ClaimLost
    where its fate is known meanwhile."""
    row = dict(connection.execute(_ONE, {"of": id}).one()._mapping)
    if row["state"] != AttemptState.UNKNOWN.value or row["operation"] is not None:
        said = f"attempt {id[:8]} is {row['state']} meanwhile: its request isn't sent any more"
        raise ClaimLost(said, "run the same command again")
    connection.execute(_CHANGE, {"reserved": 0, "of": id})
    return row


def again(
    connection: Connection, row: Mapping[str, Any], change: Mapping[str, Any], now: float
) -> dict[str, Any]:
    """An attempt that is unknown, sent once more under its one id."""
    change = {**change, "reserved": row["reserved"], "sends": row["sends"] + 1}
    changed = {**row, **change}
    connection.execute(_CHANGE, {**change, "of": row["id"]})
    log(connection, changed, "again", row["state"], now, "", 0)
    return changed


def seen(connection: Connection, id: str, substate: str, progress: float | None, now: float) -> None:
    """How a running operation stands."""
    row = connection.execute(_ONE, {"of": id}).one_or_none()
    if row is None or row.state != AttemptState.RUNNING.value or row.substate == substate:
        return
    connection.execute(_CHANGE, {"substate": substate, "progress": progress, "of": id})
    log(connection, row._asdict(), substate, row.state, now, "", 0)


def forget(connection: Connection, key: str, why: str, now: float) -> None:
    """A take whose clip is gone."""
    row = connection.execute(_STORED, {"of": key}).one_or_none()
    if row is not None:
        connection.execute(_DROP_TAKE, {"of": key})
        log(connection, row._asdict(), "forgotten", row.state, now, why, 0)


def _changes(
    row: Mapping[str, Any], after: AttemptState, said: Report, owner: str, now: float
) -> dict[str, Any]:
    change: dict[str, Any] = {"state": after.value}
    if said.operation is not None:
        change |= {"operation": said.operation, "kind": "", "why": ""}
    if said.event is AttemptEvent.UNKNOWN and row["owner"] != owner:
        change["kind"] = ABANDONED
    if said.kind:
        change["kind"] = said.kind
    if said.why:
        change["why"] = said.why
    if row["answered_at"] is None:
        change["answered_at"] = now
    if after in _VERDICTS and row["ended_at"] is None:
        change["ended_at"] = now
    if said.charge is not None:
        change |= {"reserved": 0, "charged": micros(said.charge), "settled_at": now}
    return change


def log(
    connection: Connection,
    row: Mapping[str, Any],
    event: str,
    before: str,
    at: float,
    why: str,
    amount: int,
) -> None:
    connection.execute(
        _ADD_HISTORY,
        {
            "at": at,
            "attempt": row["id"],
            "key": row["key"],
            "provider": row["provider"],
            "run": row["run"],
            "event": event,
            "before": before,
            "after": row["state"],
            "why": why,
            "amount": amount,
            "reserved": row["reserved"],
            "charged": row["charged"],
        },
    )


def _checked(row: Mapping[str, Any], before: AttemptState, said: Report) -> AttemptState:
    """The state after an event. Raises IllegalEvent, also for a second operation of one attempt."""
    short, operation = row["id"][:8], said.operation
    look = f"storyreel ledger show {short}"
    try:
        after = rules.after(before, said.event)
    except IllegalEvent as error:
        late = f": the provider has {operation} all the same, look there" if operation else ""
        raise IllegalEvent(f"{error.message} ({short}{late})", look) from None
    corrected = said.event is AttemptEvent.ADOPTED and before is AttemptState.UNKNOWN
    if operation is not None and row["operation"] not in (None, operation) and not corrected:
        message = f"attempt {short} is operation {row['operation']}, it can't be {operation} too"
        raise IllegalEvent(message, look)
    return after


def _its_own(connection: Connection, row: Mapping[str, Any], operation: str) -> None:
    """Raises SameOperation if the operation belongs to another attempt."""
    of = {"of": operation, "at": row["provider"], "mine": row["id"]}
    twin = connection.execute(_TWIN, of).scalar()
    if twin is not None:
        message = f"{row['provider']} answered with operation {operation}, and that is attempt {twin[:8]}'s"
        raise SameOperation(message, f"storyreel ledger show {twin[:8]}")


def take_row(take: NewTake) -> dict[str, Any]:
    plain = {name: getattr(take, name) for name in NewTake.__dataclass_fields__}
    details = json.dumps(dict(take.details), sort_keys=True, ensure_ascii=False, default=str)
    return plain | {"details": details}
