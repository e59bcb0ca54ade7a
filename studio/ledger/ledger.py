"""The ledger: every paid request is written down before it leaves, and everything that becomes of it.

    claim = ledger.claim(key, base=…, take=1, request={…}, film=…, run=…)     None: somebody else has it
    attempt = ledger.begin(claim, provider="runway", model="gen4.5", …)       the money is reserved
    …the one request…
    ledger.accepted(attempt, operation="…")     or refused, or unknown
    ledger.done(attempt, charge)                or failed, cancelled, lost
    ledger.stored(attempt, take, charge)        the money is settled
    ledger.let_go(claim)

A report is true whoever makes it, so none asks for the claim: a late answer is kept even where another process has
gone on.
Any thread may call anything. Amounts are Decimal dollars.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from ..errors import BadInput, OutputError
from . import rules, spending
from .claims import Claims
from .database import PATIENCE, Database
from .errors import IllegalEvent, StillOpen
from .money import Alert, Cap, micros, reservation
from .owners import BEAT
from .records import Attempt, Claim, NewTake
from .reports import Reports, attempt_from, attempt_of
from .rules import AttemptEvent, AttemptState
from .slots import ABANDONED, UNLIMITED, Limits, Slots, Wait
from .tables import attempts, charges, history, takes

_OF_KEY = select(attempts).where(attempts.c.key == bindparam("of")).order_by(attempts.c.number)
_ONE = select(attempts).where(attempts.c.id == bindparam("of")).with_for_update()
_CHANGE = update(attempts).where(attempts.c.id == bindparam("of"))
_ADD, _ADD_HISTORY, _ADD_CHARGE, _ADD_TAKE = insert(attempts), insert(history), insert(charges), insert(takes)
_DROP_TAKE = delete(takes).where(takes.c.key == bindparam("of"))
_STORED = select(attempts).where(
    attempts.c.id == select(takes.c.attempt).where(takes.c.key == bindparam("of")).scalar_subquery()
)

_VERDICTS = frozenset(
    {AttemptState.DONE, AttemptState.FAILED, AttemptState.CANCELLED, AttemptState.LOST, AttemptState.STORED}
)


class Ledger(Reports):
    """`url` is SQLAlchemy's; see `open_ledger`. `clock` gives UTC epoch seconds. `beat` is how many seconds apart this
    process says that it lives, `patience` how many it waits for another's transaction."""

    def __init__(
        self,
        url: str,
        clock: Callable[[], float] = time.time,
        *,
        beat: float = BEAT,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(Database(url, clock, patience))
        self._claims = Claims(self._db, beat)
        self._slots = Slots(self._db)
        self._noted = True
        """Whether there may be alerts that nobody was told of; an earlier process may have left some."""
        self._substates: dict[str, str] = {}
        self._caps: dict[str, tuple[Cap, ...]] = {}
        """Of the attempts begun here: where one costs more than was reserved, their alerts are looked at again."""

    @property
    def place(self) -> str:
        """The file, or the URL without its password."""
        return self._db.place

    def now(self) -> float:
        """UTC epoch seconds, as the ledger counts them."""
        return self._db.now()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of all claims of this ledger and of the database."""
        try:
            self._claims.close()
        finally:
            self._db.close()

    # Takes and claims

    def number(self, base: str, asked: int | None = None, retake: str | None = None) -> int:
        """Which take of a request is meant: the one `asked` for; the one bought under the token `retake`, or a new one
        (if the newest is finished); else the newest finished one, else the newest."""
        return self._claims.number(base, asked, retake)

    def claim(
        self,
        key: str,
        *,
        base: str,
        take: int,
        request: Mapping[str, Any],
        film: str = "",
        run: str = "",
        priority: int = 0,
    ) -> Claim | None:
        """The right to buy and follow a take; None while another living owner holds it. A crash gives it back."""
        return self._claims.claim(key, base, take, request, film, run, priority)

    def let_go(self, claim: Claim) -> None:
        self._slots.leave(claim)
        self._claims.let_go(claim)

    def holder(self, key: str) -> str | None:
        """Who holds a take's claim, for a person: the process and its machine."""
        found = self._claims.holder(key)
        return str(found) if found else None

    # A request

    def begin(
        self,
        claim: Claim,
        *,
        provider: str,
        model: str,
        base_url: str,
        estimate: Decimal,
        caps: Sequence[Cap] = (),
        limits: Limits = UNLIMITED,
    ) -> Attempt | Wait:
        """Reserves the money and writes the attempt down: only then may its request leave.

        A Wait says when to ask again. Raises OverBudget, StillOpen, ClaimLost.
        """
        wait = self._slots.known(claim, provider)
        if wait is None:
            served = False
            mine = [cap for cap in caps if cap.holds(provider)]
            try:
                begun = self._begin(claim, provider, model, base_url, reservation(estimate), mine, limits)
                served = isinstance(begun, Attempt)
            finally:
                self._slots.asked(claim, provider, served)
            if isinstance(begun, Attempt):
                return begun
            wait = begun
        return wait._replace(until=self._db.local(wait.until))

    def _begin(
        self,
        claim: Claim,
        provider: str,
        model: str,
        base_url: str,
        wanted: int,
        caps: Sequence[Cap],
        limits: Limits,
    ) -> Attempt | Wait:
        with self._db.write(alone=True) as connection:
            now = self._db.now()
            waiting, since = self._claims.check(connection, claim)
            earlier = connection.execute(_OF_KEY, {"of": claim.key}).all()
            for row in earlier:
                if row.state in rules.OPEN:
                    raise StillOpen(attempt_of(row))
            already = waiting == provider
            wait = self._slots.look(connection, claim, provider, limits, since if already else None)
            if wait is None:
                noted = spending.allow(connection, caps, wanted, now)
                made: dict[str, Any] = {
                    "id": uuid.uuid4().hex,
                    "key": claim.key,
                    "number": earlier[-1].number + 1 if earlier else 1,
                    "provider": provider,
                    "model": model,
                    "base_url": base_url,
                    "state": AttemptState.SENDING.value,
                    "substate": "",
                    "progress": None,
                    "operation": None,
                    "estimate": wanted,
                    "reserved": wanted,
                    "charged": 0,
                    "kind": "",
                    "why": "",
                    "film": claim.film,
                    "run": claim.run,
                    "owner": self._claims.owner,
                    "begun_at": now,
                    "answered_at": None,
                    "ended_at": None,
                    "settled_at": None,
                }
                connection.execute(_ADD, made)
                self._log(connection, made, "begin", "", now, "", wanted)
                if waiting is not None:
                    self._slots.served(connection, claim)
        if wait is not None:
            self._slots.queue(claim, provider, wait, already)
            return wait
        self._noted |= noted
        if caps:
            self._caps[made["id"]] = tuple(caps)
        return attempt_from(made)

    def accepted(self, attempt: Attempt, operation: str) -> Attempt:
        """The provider has taken it and told its operation's id. An OutputError names that id: nothing else does."""
        try:
            return self._report(attempt.id, AttemptEvent.ACCEPTED, operation=operation)
        except OutputError as error:
            raise OutputError(
                f"{error.message}, just when {attempt.provider} accepted a clip as {operation}",
                f"{error.hint}; before that `storyreel ledger collect {attempt.id[:8]} --operation {operation}`",
            ) from error

    def refused(self, attempt: Attempt, kind: str, why: str) -> Attempt:
        """Certainly not accepted: the reservation is given back."""
        return self._report(attempt.id, AttemptEvent.REFUSED, kind=kind, why=why, charge=Decimal(0))

    def unknown(self, attempt: Attempt, why: str) -> Attempt:
        """Nobody knows whether it was accepted: the reservation stays."""
        return self._report(attempt.id, AttemptEvent.UNKNOWN, why=why)

    def seen(self, attempt: Attempt, substate: str, progress: float | None = None) -> None:
        """How a running operation stands; written down only when the sub-state changes."""
        if substate == self._substates.get(attempt.id, attempt.substate):
            return
        self._substates[attempt.id] = substate
        with self._db.write(durable=False) as connection:
            row = connection.execute(_ONE, {"of": attempt.id}).one_or_none()
            if row is None or row.state != AttemptState.RUNNING.value or row.substate == substate:
                return
            changed = {"substate": substate, "progress": progress}
            connection.execute(_CHANGE, changed | {"of": attempt.id})
            self._log(connection, dict(row._mapping), substate, row.state, self._db.now(), "", 0)

    def done(self, attempt: Attempt, charge: Decimal | None = None) -> Attempt:
        """The provider has finished; the clip isn't here yet. Without a charge the reservation stays until it is."""
        return self._report(attempt.id, AttemptEvent.DONE, charge=charge, durable=False)

    def failed(self, attempt: Attempt, kind: str, why: str, charge: Decimal = Decimal(0)) -> Attempt:
        return self._report(attempt.id, AttemptEvent.FAILED, kind=kind, why=why, charge=charge)

    def cancelled(self, attempt: Attempt, charge: Decimal = Decimal(0), why: str = "") -> Attempt:
        return self._report(attempt.id, AttemptEvent.CANCELLED, why=why, charge=charge)

    def lost(self, attempt: Attempt, why: str, charge: Decimal) -> Attempt:
        """The clip can't be had any more."""
        return self._report(attempt.id, AttemptEvent.LOST, why=why, charge=charge)

    def stored(self, attempt: Attempt, take: NewTake, charge: Decimal) -> Attempt:
        """The clip is in the vault, verified."""
        return self._report(attempt.id, AttemptEvent.STORED, charge=charge, take=take)

    def release(self, attempt_id: str, why: str) -> Attempt:
        """Somebody looked, and there is no such operation: the reservation is given back; the take can be bought."""
        attempt = self.attempt(attempt_id)
        if attempt.state is AttemptState.SENDING:
            self._report(attempt_id, AttemptEvent.UNKNOWN, why="its process ended before there was an answer")
        return self._report(attempt_id, AttemptEvent.RELEASED, why=why, charge=Decimal(0))

    def adopt(self, attempt_id: str, operation: str) -> Attempt:
        """Somebody looked, and this is the operation of an attempt that was unknown."""
        attempt = self.attempt(attempt_id)
        if attempt.state is AttemptState.SENDING:
            self._report(attempt_id, AttemptEvent.UNKNOWN, why="its process ended before there was an answer")
        return self._report(attempt_id, AttemptEvent.ADOPTED, operation=operation)

    def forget_take(self, key: str, why: str) -> None:
        """The clip was taken out of the vault: the next run buys it again. What it cost stays written down."""
        with self._db.write() as connection:
            row = connection.execute(_STORED, {"of": key}).one_or_none()
            if row is not None:
                connection.execute(_DROP_TAKE, {"of": key})
                self._log(connection, dict(row._mapping), "forgotten", row.state, self._db.now(), why, 0)

    # Alerts, orphans

    def alerts(self) -> list[Alert]:
        """The caps that have passed 75 or 90 % and that nobody has been told of; each is handed out once."""
        if not self._noted:
            return []
        self._noted = False
        return spending.new_alerts(self._db)

    def abandoned(self) -> list[Attempt]:
        """Open attempts that no living process follows."""
        with self._db.read() as connection:
            living = self._claims.living(connection)
        return self.orphans(living)

    def _report(
        self,
        id: str,
        event: AttemptEvent,
        *,
        operation: str | None = None,
        kind: str = "",
        why: str = "",
        charge: Decimal | None = None,
        take: NewTake | None = None,
        durable: bool = True,
    ) -> Attempt:
        with self._db.write(durable=durable) as connection:
            found = connection.execute(_ONE, {"of": id}).one_or_none()
            if found is None:
                raise BadInput(f"the ledger knows no attempt {id}", "storyreel ledger list")
            row = dict(found._mapping)
            before = AttemptState(row["state"])
            if operation is not None and before is AttemptState.RELEASED:
                self._log(connection, row, "late", before.value, self._db.now(), operation, 0)
                connection.commit()
            after = _checked(row, before, event, operation)
            again = before is after
            if again and (charge is None or before is not AttemptState.DONE):
                return attempt_from(row)
            now = self._db.now()
            if event is AttemptEvent.UNKNOWN and row["owner"] != self._claims.owner:
                kind = ABANDONED
            change: dict[str, Any] = {"state": after.value}
            if operation is not None:
                change["operation"] = operation
            if kind:
                change["kind"] = kind
            if why:
                change["why"] = why
            if row["answered_at"] is None:
                change["answered_at"] = now
            if after in _VERDICTS and row["ended_at"] is None:
                change["ended_at"] = now
            owed = 0
            if charge is not None:
                owed = micros(charge) - row["charged"]
                change |= {"reserved": 0, "charged": micros(charge), "settled_at": now}
            settled = row["reserved"] + row["charged"]
            row |= change
            connection.execute(_CHANGE, change | {"of": id})
            if owed:
                what = {"attempt": id, "key": row["key"], "at": now, "amount": owed, "why": after.value}
                connection.execute(_ADD_CHARGE, what)
            self._log(connection, row, event.value, before.value, now, why, owed)
            if take is not None:
                connection.execute(_DROP_TAKE, {"of": row["key"]})
                connection.execute(
                    _ADD_TAKE, _take_row(take) | {"key": row["key"], "attempt": id, "stored_at": now}
                )
            more = row["reserved"] + row["charged"] - settled
            noted = more > 0 and spending.grown(connection, self._caps.get(id, ()), more, row["begun_at"])
        self._noted |= noted
        if after is not AttemptState.RUNNING:
            self._slots.freed(row["provider"])
        if after not in rules.OPEN:
            self._caps.pop(id, None)
            self._substates.pop(id, None)
        return attempt_from(row)

    def _log(
        self,
        connection: Any,
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


def _checked(
    row: Mapping[str, Any], before: AttemptState, event: AttemptEvent, operation: str | None
) -> AttemptState:
    """The state after an event. Raises IllegalEvent, also for a second operation of one attempt."""
    try:
        after = rules.after(before, event)
    except IllegalEvent as error:
        late = f": the provider has {operation} all the same, look there" if operation else ""
        raise IllegalEvent(
            f"{error.message} ({row['id'][:8]}{late})", f"storyreel ledger show {row['id'][:8]}"
        ) from None
    if operation is not None and row["operation"] not in (None, operation):
        raise IllegalEvent(
            f"attempt {row['id'][:8]} is operation {row['operation']}, it can't be {operation} too",
            f"storyreel ledger show {row['id'][:8]}",
        )
    return after


def _take_row(take: NewTake) -> dict[str, Any]:
    plain = {name: getattr(take, name) for name in NewTake.__dataclass_fields__}
    return plain | {
        "details": json.dumps(dict(take.details), sort_keys=True, ensure_ascii=False, default=str)
    }
