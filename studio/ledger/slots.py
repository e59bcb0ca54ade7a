"""When the next request to a door may leave: how many run there, how many left in the last minute, who waits with more
right, and whether the door has broken down. Counted in the ledger, so that all processes share one limit.

The minute is counted so that the service can't see more than the limit in any sixty seconds, however long a request
travelled: one counts from when its answer was here, and as long as there is none.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from .database import Database
from .owners import TTL
from .records import Claim
from .rules import AttemptState, breaker_wait
from .tables import attempts, intents, owners

_MINUTE = 60.0
_ABANDONED = 3600.0
"""Seconds after which an operation that nobody follows isn't counted as running any more."""
_UNANSWERED = 600.0
"""Seconds after which a request without an answer has certainly left, or never will."""
_FAIR = 5.0
"""Seconds that somebody of the same priority must have waited longer to go first."""
_LOOK = 1.0
"""Seconds after which is looked again whether another process has made room."""

_BROKEN_SUBMITS = ("unreachable", "busy")
_BROKEN_JOBS = ("internal",)


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


_ACTIVE = ("sending", "running")
_CONCURRENT = (
    select(func.count())
    .select_from(
        attempts.outerjoin(intents, intents.c.key == attempts.c.key).outerjoin(
            owners, owners.c.id == intents.c.owner
        )
    )
    .where(
        attempts.c.provider == bindparam("of"),
        attempts.c.state.in_(_ACTIVE),
        or_(attempts.c.begun_at > bindparam("begun"), owners.c.seen > bindparam("fresh")),
    )
)
_SENT = (
    select(func.count())
    .select_from(attempts)
    .where(attempts.c.provider == bindparam("of"), attempts.c.answered_at > bindparam("since"))
)
_SENDING = (
    select(func.count())
    .select_from(attempts)
    .where(
        attempts.c.provider == bindparam("of"),
        attempts.c.state == AttemptState.SENDING.value,
        attempts.c.begun_at > bindparam("since"),
    )
)
_FREE_AT = (
    select(attempts.c.answered_at)
    .where(attempts.c.provider == bindparam("of"), attempts.c.answered_at > bindparam("since"))
    .order_by(attempts.c.answered_at)
    .offset(bindparam("skip"))
    .limit(1)
)
_AHEAD = (
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
_SUBMITS = (
    select(attempts.c.answered_at, attempts.c.state, attempts.c.kind, attempts.c.operation)
    .where(attempts.c.provider == bindparam("of"), attempts.c.answered_at.is_not(None))
    .order_by(attempts.c.answered_at.desc())
    .limit(bindparam("count"))
)
_JOBS = (
    select(attempts.c.ended_at, attempts.c.kind)
    .where(attempts.c.provider == bindparam("of"), attempts.c.ended_at.is_not(None))
    .order_by(attempts.c.ended_at.desc())
    .limit(bindparam("count"))
)
_PROBES = (
    select(attempts.c.state, func.max(attempts.c.begun_at).label("at"))
    .where(attempts.c.provider == bindparam("of"), attempts.c.state.in_(_ACTIVE))
    .group_by(attempts.c.state)
)
_QUEUE = update(intents).where(intents.c.key == bindparam("of"), intents.c.claim == bindparam("by"))


class Slots:
    """Answers from memory where nothing can have changed: hundreds may wait without asking the database."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._changed = threading.Condition()
        self._waiting: dict[str, tuple[str, Wait]] = {}
        """By claim: for whom it waits, and what it was told."""
        self._full: dict[str, tuple[int, Wait]] = {}
        """By provider: what everybody up to a priority was told."""

    def known(self, claim: Claim, provider: str) -> Wait | None:
        """The last answer, as long as it holds."""
        now = self._db.now()
        with self._changed:
            mine, told = self._waiting.get(claim.token, ("", None))
            if mine != provider or told is None:
                return None
            if not told.all and now < told.until:
                return told
            priority, wait = self._full.get(provider, (claim.priority, Wait(0.0, "")))
            return wait if claim.priority <= priority and now < wait.until else None

    def look(
        self, connection: Connection, claim: Claim, provider: str, limits: Limits, since: float | None
    ) -> Wait | None:
        """Whether a request of this claim must wait. Inside the transaction that would begin it."""
        now = self._db.now()
        resting = self._resting(connection, provider, limits, now)
        if resting is not None:
            return Wait(resting, f"{provider} has broken down; it is left alone for a while", resting=True)
        free: list[int] = []
        if limits.concurrent is not None:
            of = {"of": provider, "begun": now - _ABANDONED, "fresh": now - TTL}
            running = connection.execute(_CONCURRENT, of).scalar() or 0
            if running >= limits.concurrent:
                return Wait(now + _LOOK, f"{running} of {limits.concurrent} run at {provider}")
            free.append(limits.concurrent - running)
        if limits.per_minute is not None:
            of = {"of": provider, "since": now - _MINUTE}
            sent = connection.execute(_SENT, of).scalar() or 0
            sending = connection.execute(_SENDING, of | {"since": now - _UNANSWERED}).scalar() or 0
            left = limits.per_minute - sent - sending
            if left <= 0:
                until = now + _LOOK
                if sent > -left:
                    until = (connection.execute(_FREE_AT, of | {"skip": -left}).scalar() or now) + _MINUTE
                return Wait(until, f"{provider} takes {limits.per_minute} requests a minute")
            free.append(left)
        if free:
            of = {"of": provider, "mine": claim.key, "priority": claim.priority, "fresh": now - TTL}
            longer = (since if since is not None else now) - _FAIR
            ahead = connection.execute(_AHEAD, of | {"longer": longer}).scalar() or 0
            if ahead >= min(free):
                return Wait(now + _LOOK, f"{ahead} with more right wait for {provider}", all=False)
        return None

    def queue(self, claim: Claim, provider: str, wait: Wait, already: bool) -> None:
        """Remembers who waits; `already`: the ledger knows."""
        if not already:
            with self._db.write(durable=False) as connection:
                queued = {"waiting_for": provider, "waiting_since": self._db.now()}
                connection.execute(_QUEUE, queued | {"of": claim.key, "by": claim.token})
        with self._changed:
            self._waiting[claim.token] = (provider, wait)
            if wait.all:
                self._full[provider] = (claim.priority, wait)

    def served(self, connection: Connection, claim: Claim) -> None:
        """It needn't wait any more."""
        connection.execute(_QUEUE, {"of": claim.key, "by": claim.token, "waiting_for": None})

    def leave(self, claim: Claim) -> None:
        with self._changed:
            self._waiting.pop(claim.token, None)

    def freed(self, provider: str) -> None:
        """Something of this provider has ended: ask the database again."""
        with self._changed:
            self._full.pop(provider, None)
            self._changed.notify_all()

    def pause(self, wait: Wait, at_most: float) -> None:
        """Sleeps until `wait` is over, this process has made room, or `at_most` seconds have passed."""
        with self._changed:
            left = min(at_most, wait.until - self._db.now())
            if left > 0:
                self._changed.wait(left)

    def _resting(self, connection: Connection, provider: str, limits: Limits, now: float) -> float | None:
        of = {"of": provider, "count": limits.failures}
        submits = [(row.answered_at, _no_door(row)) for row in connection.execute(_SUBMITS, of)]
        jobs = [(row.ended_at, row.kind in _BROKEN_JOBS) for row in connection.execute(_JOBS, of)]
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
        return row.operation is None
    return row.state == AttemptState.REFUSED.value and row.kind in _BROKEN_SUBMITS
