"""A clip that lies in the vault and that the ledger doesn't know, or not to its end: written down as what it is, with
what it cost and when that was paid. A lost ledger, or one from an old backup, comes back this way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from . import journal
from .money import micros
from .records import NewTake
from .rules import AttemptState
from .tables import attempts, charges, intents, takes, vaults

_ATTEMPT = select(attempts).where(attempts.c.id == bindparam("of")).with_for_update()
_CHANGE = update(attempts).where(attempts.c.id == bindparam("of"))
_INTENT = select(intents.c.key).where(intents.c.key == bindparam("of"))
_NUMBERS = select(attempts.c.number).where(attempts.c.key == bindparam("of"))
_TAKE = select(takes.c.key).where(takes.c.key == bindparam("of"))


@dataclass(frozen=True)
class FoundTake:
    """A take as the record beside its clip has it. What an old record doesn't say is empty."""

    key: str
    attempt: str
    provider: str
    model: str
    operation: str | None
    charge: Decimal
    bought_at: float
    """When it was begun, or, where the record doesn't say, when its file was written."""
    new: NewTake
    request: Mapping[str, Any]
    base_url: str = ""
    film: str = ""
    run: str = ""


def adopt(connection: Connection, found: FoundTake, owner: str, now: float) -> bool:
    """Whether there was anything to write down. What an attempt was charged already isn't charged again."""
    if connection.execute(_TAKE, {"of": found.key}).scalar() is not None:
        return False
    _intend(connection, found)
    row = connection.execute(_ATTEMPT, {"of": found.attempt}).one_or_none()
    known = dict(row._mapping) if row is not None else None
    charge = micros(found.charge)
    ended = {"state": AttemptState.STORED.value, "reserved": 0, "charged": charge, "kind": "", "why": ""}
    if known is None:
        before, owed = "", charge
        numbers = connection.execute(_NUMBERS, {"of": found.key}).scalars().all()
        at = found.bought_at
        known = {
            "id": found.attempt,
            "key": found.key,
            "number": max(numbers, default=0) + 1,
            "provider": found.provider,
            "model": found.model,
            "base_url": found.base_url,
            "substate": "",
            "progress": None,
            "operation": found.operation,
            "estimate": charge,
            "film": found.film,
            "run": found.run,
            "owner": owner,
            "begun_at": at,
            "answered_at": at,
            "ended_at": at,
            "settled_at": at,
        } | ended
        connection.execute(insert(attempts), known)
    else:
        before, owed = known["state"], charge - known["charged"]
        times = {name: known[name] or now for name in ("answered_at", "ended_at", "settled_at")}
        change = ended | times | {"operation": known["operation"] or found.operation}
        known |= change
        connection.execute(_CHANGE, change | {"of": found.attempt})
    if owed:
        paid = {
            "attempt": found.attempt,
            "key": found.key,
            "at": found.bought_at,
            "amount": owed,
            "why": "found",
        }
        connection.execute(insert(charges), paid)
    journal.log(connection, known, "found", before, now, "it lay in the vault", owed)
    whose = {"key": found.key, "attempt": found.attempt, "stored_at": found.bought_at}
    connection.execute(insert(takes), journal.take_row(found.new) | whose)
    return True


def _intend(connection: Connection, found: FoundTake) -> None:
    """What was asked for, where that isn't known."""
    if connection.execute(_INTENT, {"of": found.key}).scalar() is not None:
        return
    base, _, number = found.key.rpartition("-")
    connection.execute(
        insert(intents),
        {
            "key": found.key,
            "base": base,
            "take": int(number),
            "request": json.dumps(dict(found.request), sort_keys=True, ensure_ascii=False, default=str),
            "film": found.film,
            "run": found.run,
            "priority": 0,
            "created_at": found.bought_at,
        },
    )


def vault(connection: Connection, id: str, place: str, now: float, instead: bool) -> str | None:
    """Where the ledger's vault is, if it is another one; the first is it, or this one `instead`."""
    if instead:
        connection.execute(delete(vaults))
    found = connection.execute(select(vaults)).first()
    if found is None:
        connection.execute(insert(vaults), {"id": id, "place": place, "at": now})
        return None
    return None if found.id == id else found.place
