"""When the next request to a door may leave: how many run there, how many left in the last minute, who waits with more
right, and whether the door has broken down. Counted in the ledger, so that all processes share one limit.

The minute is counted so that the service can't see more than the limit in any sixty seconds, however long a request
travelled: one counts from when its answer was here, and as long as there is none.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, func, literal_column, or_, select, update

from .database import Database
from .owners import TTL
from .records import Claim
from .rules import AttemptState, breaker_wait
from .tables import attempts, intents, owners

_MINUTE = 60.0
_FOLLOWED = 3600.0
"""Seconds after which an operation that nobody follows isn't counted as running any more."""
_UNANSWERED = 600.0
"""Seconds after which a request without an answer has certainly left, or never will."""
_FAIR = 5.0
"""Seconds that somebody of the same priority must have waited longer to go first."""
_LOOK = 0.25
"""Seconds after which is looked again whether another process has made room."""
_TURN = 0.05
"""Seconds after which one asks again that found another asking."""

ABANDONED = "abandoned"
"""The kind of an attempt whose process ended before its answer came: that says nothing about the door."""
_NO_DOOR = ("unreachable", "busy")
_NO_CLIP = ("failed", "internal")
"""Kinds of failures that are the door's own: five different shots in a row don't fail by what is in them."""


@dataclass(frozen=True)
class Limits:
    """Of one door. None is no limit. `failures` in a row close it for `seconds`."""

    concurrent: int | None = None
    per_minute: int | None = None
    failures: int = 5
    seconds: float = 60.0


UNLIMITED = Limits()


class Wait(NamedTuple):
    """Not now. `until` (UTC epoch seconds) is when to ask again; `why` is for a person. `all`: it holds for everybody
    of the same priority. `resting`: the door has broken down, and asking somebody else may be quicker."""

    until: float
    why: str
    all: bool = True
    resting: bool = False


_ITS = attempts.c.provider == bindparam("of")
_IS_SENDING = attempts.c.state == literal_column("'sending'")
_IS_RUNNING = attempts.c.state == literal_column("'running'")
_running = (
    select(func.count())
    .select_from(
        attempts.outerjoin(intents, intents.c.key == attempts.c.key).outerjoin(
            owners, owners.c.id == intents.c.owner
        )
    )
    .where(
        _ITS,
        or_(_IS_SENDING, _IS_RUNNING),
        or_(attempts.c.begun_at > bindparam("followed"), owners.c.seen > bindparam("fresh")),
    )
)
_sent = select(func.count()).select_from(attempts).where(_ITS, attempts.c.answered_at > bindparam("minute"))
_sending = (
    select(func.count())
    .select_from(attempts)
    .where(_ITS, _IS_SENDING, attempts.c.begun_at > bindparam("unanswered"))
)
_ahead = (
    select(func.count())
    .select_from(intents.join(owners, owners.c.id == intents.c.owner))
    .where(
        intents.c.waiting_for == bindparam("of"),
        intents.c.key != bindparam("mine"),
        owners.c.seen > bindparam("fresh"),
        or_(
            intents.c.priority > bindparam("priority"),
            and_(intents.c.priority == bindparam("priority"), intents.c.waiting_since < bindparam("longer")),
        ),
    )
)
_COUNTS = select(*(one.scalar_subquery() for one in (_running, _sent, _sending, _ahead)))
_FREE_AT = (
    select(attempts.c.answered_at)
    .where(_ITS, attempts.c.answered_at > bindparam("minute"))
    .order_by(attempts.c.answered_at)
    .offset(bindparam("skip"))
    .limit(1)
)
_SUBMITS = (
    select(attempts.c.answered_at, attempts.c.state, attempts.c.kind, attempts.c.operation)
    .where(_ITS, attempts.c.answered_at.is_not(None))
    .order_by(attempts.c.answered_at.desc())
    .limit(bindparam("count"))
)
_JOBS = (
    select(attempts.c.ended_at, attempts.c.kind)
    .where(_ITS, attempts.c.ended_at.is_not(None))
    .order_by(attempts.c.ended_at.desc())
    .limit(bindparam("count"))
)
_PROBES = (
    select(attempts.c.state, func.max(attempts.c.begun_at).label("at"))
    .where(_ITS, or_(_IS_SENDING, _IS_RUNNING))
    .group_by(attempts.c.state)
)
_QUEUE = update(intents).where(intents.c.key == bindparam("of"), intents.c.claim == bindparam("by"))


class Slots:
    """Of the many that may wait in this process, one at a time asks the database, and only when something may have
    changed: the others are told from memory what it was told."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[str, Wait]] = {}
        """By claim: for whom it waits, and what it was told."""
        self._full: dict[str, tuple[int, Wait]] = {}
        """By provider: what everybody up to a priority was told."""
        self._asking: dict[str, str] = {}
        """By provider: the claim that is asking now."""

    def known(self, claim: Claim, provider: str) -> Wait | None:
        """The last answer, as long as it holds. None: ask, and call `asked` afterwards."""
        now = self._db.now()
        with self._lock:
            waits_for, told = self._waiting.get(claim.token, ("", None))
            if waits_for != provider or told is None:
                return None
            if not told.all and now < told.until:
                return told
            priority, wait = self._full.get(provider, (claim.priority, told._replace(until=0.0)))
            if claim.priority <= priority and now < wait.until:
                return wait
            if self._asking.setdefault(provider, claim.token) != claim.token:
                return told._replace(until=now + _TURN)
            return None

    def asked(self, claim: Claim, provider: str, served: bool) -> None:
        with self._lock:
            if self._asking.get(provider) == claim.token:
                del self._asking[provider]
            if served:
                self._waiting.pop(claim.token, None)

    def look(
        self, connection: Connection, claim: Claim, provider: str, limits: Limits, since: float | None
    ) -> Wait | None:
        """Whether a request of this claim must wait. Inside the transaction that would begin it."""
        now = self._db.now()
        resting = self._resting(connection, provider, limits, now)
        if resting is not None:
            return Wait(resting, f"{provider} has broken down; it is left alone for a while", resting=True)
        if limits.concurrent is None and limits.per_minute is None:
            return None
        counted = connection.execute(
            _COUNTS,
            {
                "of": provider,
                "mine": claim.key,
                "priority": claim.priority,
                "longer": (since if since is not None else now) - _FAIR,
                "fresh": now - TTL,
                "followed": now - _FOLLOWED,
                "minute": now - _MINUTE,
                "unanswered": now - _UNANSWERED,
            },
        ).one()
        running, sent, sending, ahead = (count or 0 for count in counted)
        free: list[int] = []
        if limits.concurrent is not None:
            if running >= limits.concurrent:
                return Wait(now + _LOOK, f"{running} of {limits.concurrent} run at {provider}")
            free.append(limits.concurrent - running)
        if limits.per_minute is not None:
            left = limits.per_minute - sent - sending
            if left <= 0:
                until = now + _LOOK
                if sent > -left:
                    of = {"of": provider, "minute": now - _MINUTE, "skip": -left}
                    until = (connection.execute(_FREE_AT, of).scalar() or now) + _MINUTE
                return Wait(until, f"{provider} takes {limits.per_minute} requests a minute")
            free.append(left)
        if ahead >= min(free):
            return Wait(now + _LOOK, f"{ahead} with more right wait for {provider}", all=False)
        return None

    def queue(self, claim: Claim, provider: str, wait: Wait, already: bool) -> None:
        """Remembers who waits; `already`: the ledger knows."""
        if not already:
            with self._db.write(durable=False) as connection:
                queued = {"waiting_for": provider, "waiting_since": self._db.now()}
                connection.execute(_QUEUE, queued | {"of": claim.key, "by": claim.token})
        with self._lock:
            self._waiting[claim.token] = (provider, wait)
            if wait.all:
                self._full[provider] = (claim.priority, wait)

    def served(self, connection: Connection, claim: Claim) -> None:
        """It needn't wait any more."""
        connection.execute(_QUEUE, {"of": claim.key, "by": claim.token, "waiting_for": None})

    def leave(self, claim: Claim) -> None:
        with self._lock:
            self._waiting.pop(claim.token, None)

    def freed(self, provider: str) -> None:
        """Something of this provider has ended: there may be room."""
        with self._lock:
            self._full.pop(provider, None)

    def _resting(self, connection: Connection, provider: str, limits: Limits, now: float) -> float | None:
        of = {"of": provider, "count": limits.failures}
        submits = [(row.answered_at, _no_door(row)) for row in connection.execute(_SUBMITS, of)]
        jobs = [(row.ended_at, row.kind in _NO_CLIP) for row in connection.execute(_JOBS, of)]
        if not (submits and submits[0][1]) and not (jobs and jobs[0][1]):
            return None
        probes = {row.state: row.at for row in connection.execute(_PROBES, {"of": provider})}
        sending = probes.get(AttemptState.SENDING.value)
        found = [
            breaker_wait(submits, sending, now, limits.failures, limits.seconds),
            breaker_wait(jobs, max(probes.values(), default=None), now, limits.failures, limits.seconds),
        ]
        return max((one for one in found if one is not None), default=None)


def _no_door(row: Row) -> bool:
    """Whether a request found no working door: it wasn't reached, was too busy, or didn't answer."""
    if row.state in (AttemptState.UNKNOWN.value, AttemptState.RELEASED.value):
        return row.operation is None and row.kind != ABANDONED
    return row.state == AttemptState.REFUSED.value and row.kind in _NO_DOOR
