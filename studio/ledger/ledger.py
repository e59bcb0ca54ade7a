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

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, select

from ..errors import OutputError
from . import finding, journal, rules, spending
from .claims import Claims
from .database import PATIENCE, Database
from .errors import ClaimLost
from .finding import FoundTake
from .journal import Report
from .money import Alert, Cap, reservation
from .owners import BEAT
from .records import Attempt, Claim, NewTake, StillOpen
from .reports import Reports, attempt_from, attempt_of
from .rules import AttemptEvent, AttemptState
from .slots import UNLIMITED, Limits, Slots, Wait
from .tables import attempts

_OF_KEY = select(attempts).where(attempts.c.key == bindparam("of")).order_by(attempts.c.number)
_NO_ANSWER = "its process ended before there was an answer"


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
        account: str | None = None,
    ) -> Attempt | Wait:
        """Reserves the money and writes the attempt down: only then may its request leave.

        A Wait says when to ask again. Raises OverBudget, StillOpen, ClaimLost, and OutputError where the disk lacks the
        room for the answer.
        """
        self._db.keep_room()
        wait = self._slots.known(claim, provider)
        if wait is None:
            served = False
            mine = [cap for cap in caps if cap.holds(provider)]
            try:
                begun = self._begin(
                    claim, provider, model, (base_url, account), reservation(estimate), mine, limits
                )
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
        where: tuple[str, str | None],
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
                    "base_url": where[0],
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
                    "account": where[1],
                    "sends": 1,
                }
                journal.begin(connection, made)
                if waiting is not None:
                    self._slots.served(connection, claim)
        if wait is not None:
            self._slots.queue(claim, provider, wait, already)
            return wait
        self._noted |= noted
        if caps:
            self._caps[made["id"]] = tuple(caps)
        return attempt_from(made)

    def again(self, claim: Claim, attempt: Attempt, caps: Sequence[Cap] = ()) -> Attempt:
        """The request of an attempt that is unknown may be sent once more, under its one id: its money is reserved for
        this run, today. Raises OverBudget, ClaimLost, OutputError."""
        self._db.keep_room()
        mine = [cap for cap in caps if cap.holds(attempt.provider)]
        with self._db.write(alone=True) as connection:
            now = self._db.now()
            self._claims.check(connection, claim)
            row = journal.held_back(connection, attempt.id)
            noted = spending.allow(connection, mine, row["reserved"], now)
            change = {
                "film": claim.film,
                "run": claim.run,
                "owner": self._claims.owner,
                "begun_at": now,
                "answered_at": now,
            }
            changed = journal.again(connection, row, change, now)
        self._noted |= noted
        if mine:
            self._caps[attempt.id] = tuple(mine)
        return attempt_from(changed)

    def leaving(self, claim: Claim, attempt: Attempt) -> None:
        """The last look before a request leaves: whoever slept on the way may have been taken for dead. Raises
        ClaimLost."""
        with self._db.read() as connection:
            self._claims.check(connection, claim)
        found = self.attempt(attempt.id)
        if (found.state, found.sends) != (attempt.state, attempt.sends):
            raise ClaimLost(
                f"attempt {attempt.id[:8]} is {found.state.value} meanwhile: its request isn't sent any more",
                "run the same command again",
            )

    def accepted(self, attempt: Attempt, operation: str) -> Attempt:
        """The provider has taken it and told its operation's id. An OutputError names that id: nothing else does."""
        try:
            return self._report(attempt.id, Report(AttemptEvent.ACCEPTED, operation=operation))
        except OutputError as error:
            raise OutputError(
                f"{error.message}, just when {attempt.provider} accepted a clip as {operation}",
                f"{error.hint}; before that `storyreel ledger collect {attempt.id[:8]} --operation {operation}`",
            ) from error

    def refused(self, attempt: Attempt, kind: str, why: str) -> Attempt:
        """Certainly not accepted: the reservation is given back; not where the request was sent again meanwhile."""
        said = Report(AttemptEvent.REFUSED, kind=kind, why=why, charge=Decimal(0), send=attempt.sends)
        return self._report(attempt.id, said)

    def unknown(self, attempt: Attempt, why: str) -> Attempt:
        """Nobody knows whether it was accepted: the reservation stays."""
        return self._report(attempt.id, Report(AttemptEvent.UNKNOWN, why=why))

    def denied(self, attempt: Attempt, why: str) -> Attempt:
        """The provider knows no such operation, though it accepted it: the reservation stays, and so does the id."""
        return self._report(attempt.id, Report(AttemptEvent.DENIED, kind="denied", why=why))

    def seen(self, attempt: Attempt, substate: str, progress: float | None = None) -> None:
        """How a running operation stands; written down only when the sub-state changes."""
        if substate == self._substates.get(attempt.id, attempt.substate):
            return
        self._substates[attempt.id] = substate
        with self._db.write(durable=False) as connection:
            journal.seen(connection, attempt.id, substate, progress, self._db.now())

    def done(self, attempt: Attempt, charge: Decimal | None = None) -> Attempt:
        """The provider has finished; the clip isn't here yet. Without a charge the reservation stays until it is."""
        return self._report(attempt.id, Report(AttemptEvent.DONE, charge=charge), durable=False)

    def failed(self, attempt: Attempt, kind: str, why: str, charge: Decimal = Decimal(0)) -> Attempt:
        return self._report(attempt.id, Report(AttemptEvent.FAILED, kind=kind, why=why, charge=charge))

    def cancelled(self, attempt: Attempt, charge: Decimal = Decimal(0), why: str = "") -> Attempt:
        return self._report(attempt.id, Report(AttemptEvent.CANCELLED, why=why, charge=charge))

    def lost(self, attempt: Attempt, why: str, charge: Decimal) -> Attempt:
        """The clip can't be had any more."""
        return self._report(attempt.id, Report(AttemptEvent.LOST, why=why, charge=charge))

    def stored(self, attempt: Attempt, take: NewTake, charge: Decimal) -> Attempt:
        """The clip is in the vault, verified."""
        return self._report(attempt.id, Report(AttemptEvent.STORED, charge=charge, take=take))

    def release(self, attempt_id: str, why: str) -> Attempt:
        """Somebody looked, and there is no such operation: the reservation is given back; the take can be bought."""
        attempt = self.attempt(attempt_id)
        if attempt.state is AttemptState.SENDING:
            self._report(attempt_id, Report(AttemptEvent.UNKNOWN, why=_NO_ANSWER))
        return self._report(attempt_id, Report(AttemptEvent.RELEASED, why=why, charge=Decimal(0)))

    def adopt(self, attempt_id: str, operation: str) -> Attempt:
        """Somebody looked, and this is the operation of an attempt that was unknown."""
        attempt = self.attempt(attempt_id)
        if attempt.state is AttemptState.SENDING:
            self._report(attempt_id, Report(AttemptEvent.UNKNOWN, why=_NO_ANSWER))
        return self._report(attempt_id, Report(AttemptEvent.ADOPTED, operation=operation))

    def forget_take(self, key: str, why: str) -> None:
        """The clip was taken out of the vault: the next run buys it again. What it cost stays written down."""
        with self._db.write() as connection:
            journal.forget(connection, key, why, self._db.now())

    def found(self, take: FoundTake) -> bool:
        """A clip lies in the vault, verified, and this ledger doesn't have it: it is kept as stored and as paid when it
        was bought. Whether there was anything to write down."""
        with self._db.write(alone=True) as connection:
            return finding.adopt(connection, take, self._claims.owner, self._db.now())

    @property
    def shared(self) -> bool:
        """Whether several machines may use it."""
        return not self._db.sqlite

    def vault(self, id: str, place: str, instead: bool = False) -> str | None:
        """Where the vault is that this ledger's clips are in, if it is another than this one; the first that is told is
        it, and `instead` makes it this one."""
        with self._db.write(alone=True) as connection:
            return finding.vault(connection, id, place, self._db.now(), instead)

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

    def _report(self, id: str, said: Report, durable: bool = True) -> Attempt:
        def write(connection: Connection) -> tuple[Mapping[str, Any], bool, bool]:
            row, changed, more = journal.report(connection, id, said, self._claims.owner, self._db.now())
            caps = self._caps.get(id, ())
            return row, changed, more > 0 and spending.grown(connection, caps, more, row["begun_at"])

        row, changed, noted = self._db.written(write, durable=durable)
        attempt = attempt_from(row)
        if changed:
            self._noted |= noted
            if attempt.state is not AttemptState.RUNNING:
                self._slots.freed(attempt.provider)
            if not attempt.open:
                self._caps.pop(id, None)
                self._substates.pop(id, None)
        return attempt
