"""Which take a request means, and who may buy and follow it: one living owner at a time, over all threads, processes
and machines that share the ledger."""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from ..errors import StoryreelError
from .database import Database
from .errors import ClaimLost
from .owners import BEAT, Owner, alive, started, this_host
from .records import Claim
from .tables import intents, owners, retakes, takes

_FORGET = 30 * 86400.0
"""Seconds after which a dead owner's row is swept."""

_INTENT = (
    select(intents.c.key, intents.c.owner, intents.c.claim, owners)
    .outerjoin(owners, owners.c.id == intents.c.owner)
    .where(intents.c.key == bindparam("of"))
)
_NEWEST = select(
    select(func.max(intents.c.take)).where(intents.c.base == bindparam("of")).scalar_subquery(),
    select(func.max(intents.c.take))
    .join(takes, takes.c.key == intents.c.key)
    .where(intents.c.base == bindparam("of"))
    .scalar_subquery(),
    select(func.max(retakes.c.take)).where(retakes.c.base == bindparam("of")).scalar_subquery(),
)
"""The newest take, the newest finished one, and the newest that was given to a token."""
_RETAKE = select(retakes.c.take).where(retakes.c.base == bindparam("of"), retakes.c.token == bindparam("by"))
_TAKE_UP = update(intents).where(intents.c.key == bindparam("of"))
_LET_GO = update(intents).where(intents.c.key == bindparam("of"), intents.c.claim == bindparam("by"))
_HELD = select(intents.c.waiting_for, intents.c.waiting_since).where(
    intents.c.key == bindparam("of"), intents.c.claim == bindparam("by")
)
_BEAT = update(owners).where(owners.c.id == bindparam("of"))


class Claims:
    """The claims of this process. One thread says every ten seconds that it still lives."""

    def __init__(self, database: Database, beat: float = BEAT) -> None:
        self._db = database
        self._beat_seconds = beat
        self._me = Owner(uuid.uuid4().hex, this_host(), os.getpid(), started(os.getpid()) or "", 0.0)
        self._registered = False
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._heart: threading.Thread | None = None

    @property
    def owner(self) -> str:
        return str(self._me)

    def number(self, base: str, asked: int | None, retake: str | None) -> int:
        if asked is not None:
            return asked
        if not retake:
            with self._db.read() as connection:
                newest, finished, _ = connection.execute(_NEWEST, {"of": base}).one()
            return finished or newest or 1
        with self._db.write(alone=True) as connection:
            known = connection.execute(_RETAKE, {"of": base, "by": retake}).scalar()
            if known is not None:
                return known
            bought, finished, promised = (n or 0 for n in connection.execute(_NEWEST, {"of": base}).one())
            newest = max(bought, promised)
            take = newest if newest > finished else newest + 1
            connection.execute(
                insert(retakes), {"base": base, "token": retake, "take": take, "at": self._db.now()}
            )
            return take

    def claim(
        self, key: str, base: str, take: int, request: Mapping[str, Any], film: str, run: str, priority: int
    ) -> Claim | None:
        claim = Claim(key, base, take, film, run, priority, uuid.uuid4().hex)
        now = self._db.now()
        with self._db.write(alone=True, durable=False) as connection:
            found = connection.execute(_INTENT, {"of": key}).one_or_none()
            if found is not None and found.owner is not None and self._lives(found, now):
                return None
            self._register(connection, now)
            holding = {
                "owner": self._me.id,
                "claim": claim.token,
                "claimed_at": now,
                "film": film,
                "run": run,
                "priority": priority,
                "waiting_for": None,
                "waiting_since": None,
            }
            if found is None:
                asked = json.dumps(request, sort_keys=True, ensure_ascii=False, default=str)
                what = {"key": key, "base": base, "take": take, "request": asked, "created_at": now}
                connection.execute(insert(intents), what | holding)
            else:
                connection.execute(_TAKE_UP, holding | {"of": key})
        with self._lock:
            self._registered = True
            self._held.add(claim.token)
            if self._heart is None and not self._closing.is_set():
                self._heart = threading.Thread(target=self._beat, name="ledger heartbeat", daemon=True)
                self._heart.start()
        return claim

    def let_go(self, claim: Claim) -> None:
        with self._lock:
            if claim.token not in self._held:
                return
            self._held.discard(claim.token)
        free = {"of": claim.key, "by": claim.token, "owner": None, "claim": None, "waiting_for": None}
        # On a full disk as well: a process that lives on would seem to buy it for ever.
        self._db.written(lambda connection: connection.execute(_LET_GO, free), durable=False)

    def check(self, connection: Connection, claim: Claim) -> tuple[str | None, float | None]:
        """What the claim waits for, and since when. Raises ClaimLost."""
        found = connection.execute(_HELD, {"of": claim.key, "by": claim.token}).one_or_none()
        if found is None:
            raise ClaimLost(
                "another process has taken this clip over, because this one wasn't heard of for too long",
                "run the same command again: it goes on where the other one is",
            )
        return found.waiting_for, found.waiting_since

    def holder(self, key: str) -> Owner | None:
        """The living owner of a take's claim."""
        with self._db.read() as connection:
            found = connection.execute(_INTENT, {"of": key}).one_or_none()
        if found is None or found.owner is None or not self._lives(found, self._db.now()):
            return None
        return _owner(found)

    def living(self, connection: Connection) -> set[str]:
        """The ids of all owners that live."""
        now = self._db.now()
        return {row.id for row in connection.execute(select(owners)) if alive(_owner(row), now)}

    def close(self) -> None:
        """Lets go of all claims."""
        self._closing.set()
        if self._heart is not None and self._heart is not threading.current_thread():
            self._heart.join()
        with self._lock:
            registered, self._registered = self._registered, False
            self._held.clear()
        if registered:
            with self._db.write(durable=False) as connection:
                connection.execute(
                    update(intents).where(intents.c.owner == bindparam("of")),
                    {"of": self._me.id, "owner": None, "claim": None, "waiting_for": None},
                )
                connection.execute(delete(owners).where(owners.c.id == self._me.id))

    def _lives(self, found: Any, now: float) -> bool:
        return found.id is not None and alive(_owner(found), now)

    def _register(self, connection: Connection, now: float) -> None:
        if self._registered:
            return
        if connection.execute(_BEAT, {"of": self._me.id, "seen": now}).rowcount:
            return
        held = select(intents.c.owner).where(intents.c.owner.is_not(None))
        connection.execute(delete(owners).where(owners.c.seen < now - _FORGET, owners.c.id.not_in(held)))
        connection.execute(insert(owners), self._me._replace(seen=now)._asdict())

    def _beat(self) -> None:
        while not self._closing.wait(self._beat_seconds):
            try:
                with self._db.write(durable=False) as connection:
                    connection.execute(_BEAT, {"of": self._me.id, "seen": self._db.now()})
            except StoryreelError:
                continue  # the next one may come through; whoever sends asks the ledger once more anyway


def _owner(row: Any) -> Owner:
    return Owner(row.id, row.host, row.pid, row.started, row.seen)
