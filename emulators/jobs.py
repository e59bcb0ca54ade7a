"""The jobs of all doors and the clock that moves them: throttled → queued → running → an end.

Nothing runs in the background: how a job stands is worked out from the times when somebody asks. A job's life
is in the record, so that an emulator that was killed goes on with its jobs where they would be by now.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from .record import Event, Record

ENDS = ("done", "blocked", "failed", "cancelled")


@dataclass(frozen=True)
class Ask:
    """The clip that a request asks for. Media are named by the SHA-256 under which the store has them."""

    prompt: str
    seconds: float
    """Of the whole clip; for an extension of what is added."""
    width: int
    height: int
    sound: bool
    seed: int | None = None
    first: str | None = None
    last: str | None = None
    references: tuple[str, ...] = ()
    source: str | None = None
    """The clip that is changed, or with `extends` continued."""
    extends: bool = False
    keep: float = 0.0
    """Seconds of the source's end that the result begins with."""
    clips: int = 1
    kind: str = "clip"
    """clip, picture, speech or music."""
    script: str = ""
    """What is said in it."""
    speech: str | None = None
    """The sound that is said instead."""
    voice: str = ""
    speed: float = 1.0
    """How fast it is said, times the usual."""


@dataclass
class Fate:
    """How a job ends, settled when it is accepted. `end`: done, blocked, failed, or never."""

    end: str = "done"
    late: float = 0.0
    """Seconds that it takes longer."""
    words: dict[str, Any] = field(default_factory=dict)
    """What it answers other than usual: unknown_state, extra_fields, failure, damage, expires, price …"""


@dataclass
class Job:
    id: str
    door: str
    model: str
    ask: Ask
    price: Decimal
    """Dollars, if it ends well."""
    accepted: float
    queue: float
    work: float
    fate: Fate = field(default_factory=Fate)
    more: dict[str, Any] = field(default_factory=dict)
    """What only its door needs."""
    state: str = "new"
    started: float = 0.0
    ended: float = 0.0
    billed: Decimal = Decimal(0)
    deleted: bool = False

    @property
    def over(self) -> bool:
        return self.state in ENDS

    def progress(self, now: float) -> float:
        """0 to 1, of the work."""
        if self.state != "running":
            return 1.0 if self.state == "done" else 0.0
        begun = self.started + self.queue
        return min(0.99, max(0.0, (now - begun) / max(self.work + self.fate.late, 1e-6)))


class Jobs:
    """`limits` says how many of a door's jobs of one model work at once; the others wait, throttled.

    `bills` tells a job's price for the state in which it ends.
    """

    def __init__(
        self,
        record: Record,
        limits: Mapping[str, int],
        bills: Callable[[Job, str, str], Decimal],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._record = record
        self._limits = limits
        self._bills = bills
        self.clock = clock
        self._jobs: dict[str, Job] = {}
        self._open: dict[str, Job] = {}
        self._free: dict[tuple[str, str], list[float]] = {}
        self._next = 0.0
        for event in record.events:
            self._remember(event)
        for job in self._jobs.values():
            if not job.over:
                self._open[job.id] = job

    def add(self, job: Job, **about: Any) -> None:
        """Takes a job on: from here on it will be billed, whatever the client hears."""
        plain = asdict(job.ask) | {"references": list(job.ask.references)}
        life = {"queue": job.queue, "work": job.work, "fate": asdict(job.fate), "more": job.more}
        self._record.write(
            "accepted",
            door=job.door,
            model=job.model,
            id=job.id,
            **about,
            price=dollars(job.price),
            accepted=job.accepted,
            ask=plain | {"life": life},
        )
        self._jobs[job.id] = self._open[job.id] = job
        self._next = 0.0
        self.tick()

    def get(self, door: str, id: str) -> Job | None:
        self.tick()
        job = self._jobs.get(id)
        return job if job is not None and job.door == door else None

    def anywhere(self, id: str) -> Job | None:
        """The job of that id, at whichever door."""
        self.tick()
        return self._jobs.get(id)

    def all(self) -> Iterator[Job]:
        self.tick()
        return iter(list(self._jobs.values()))

    def tick(self) -> None:
        """Moves every job to where it stands now."""
        now = self.clock()
        while now >= self._next:  # one job's end may let another begin, in the past
            self._next = math.inf
            for job in list(self._open.values()):
                if self._move(job, now):
                    self._next = now
                elif job.state != "throttled":
                    self._next = min(self._next, self._due(job))

    def _due(self, job: Job) -> float:
        """When it goes on."""
        begun = job.started + job.queue
        if job.state == "queued":
            return begun
        return math.inf if job.fate.end == "never" else begun + job.work + job.fate.late

    def _move(self, job: Job, now: float) -> bool:
        if job.state in ("new", "throttled"):
            places = self._places(job)
            if places == []:
                if job.state == "new":
                    self._change(job, "throttled", job.accepted)
                return False
            job.started = max(job.accepted, heapq.heappop(places)) if places else job.accepted
            self._change(job, "queued", job.started)
            return True
        due = self._due(job)
        if due > now:
            return False
        if job.state == "queued":
            self._change(job, "running", due)
        else:
            self._end(job, job.fate.end, due)
        return True

    def _places(self, job: Job) -> list[float] | None:
        """Since when each free place for such jobs is free; None without a limit."""
        limit = self._limits.get(job.door)
        if limit is None:
            return None
        kind = (job.door, job.model)
        if kind not in self._free:
            working = sum(
                (other.door, other.model) == kind and other.state in ("queued", "running")
                for other in self._open.values()
            )
            self._free[kind] = [0.0] * max(0, limit - working)
        return self._free[kind]

    def cancel(self, job: Job) -> None:
        self._record.write("cancel", door=job.door, id=job.id)
        if not job.over:
            self._end(job, "cancelled", self.clock())

    def delete(self, job: Job) -> None:
        self._record.write("delete", door=job.door, id=job.id)
        job.deleted = True

    def _end(self, job: Job, state: str, at: float) -> None:
        places = self._places(job)
        if places is not None and job.state != "throttled":
            heapq.heappush(places, at)
        job.ended = at
        job.billed = self._bills(job, job.state, state)
        self._open.pop(job.id, None)
        self._next = 0.0
        self._change(job, state, at)

    def _change(self, job: Job, state: str, at: float) -> None:
        before = job.state
        job.state = state
        self._record.write(
            "state",
            id=job.id,
            door=job.door,
            **{"from": before, "to": state},
            at=at,
            billed=dollars(job.billed),
        )

    def _remember(self, event: Event) -> None:
        kind = event["event"]
        if kind == "accepted":
            ask = dict(event["ask"])
            life = ask.pop("life")
            ask["references"] = tuple(ask["references"])
            self._jobs[event["id"]] = Job(
                event["id"],
                event["door"],
                event["model"],
                Ask(**ask),
                Decimal(event["price"]),
                event["accepted"],
                life["queue"],
                life["work"],
                Fate(**life["fate"]),
                life["more"],
            )
        job = self._jobs.get(event.get("id", ""))
        if job is None:
            return
        if kind == "state":
            job.state, job.billed = event["to"], Decimal(event["billed"])
            if event["to"] == "queued":
                job.started = event["at"]
            elif job.over:
                job.ended = event["at"]
        elif kind == "delete":
            job.deleted = True


def dollars(amount: Decimal) -> str:
    """To the micro-dollar, without idle zeros: 3.2"""
    return f"{amount.quantize(Decimal('0.000001')).normalize():f}"
