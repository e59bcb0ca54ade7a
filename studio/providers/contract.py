"""What a provider is: a door through which a shot becomes a clip, here or in a cloud.

    capabilities   what each model behind it can make, as data
    missing        why it isn't ready
    check          which faults a shot has for it beyond what the data says, before anything is spent
    estimate       what a shot would cost
    submit         hand the shot in: one request, never two; returns an operation
    find           the operation of a request whose answer was lost, where the service can be asked by our own id
    poll           how the operation stands
    fetch          put the finished clip into a file
    cancel         stop it, where that is possible

A provider file holds its own way of speaking and nothing else: waiting, progress, retries, money and interruption are
`shoot.py`'s and `purchase.py`'s, the same for all. Nothing in a provider sleeps or tries again.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from ..errors import Fault, ProviderError
from .capability import Capability
from .shot import Shot


class Estimate(NamedTuple):
    cost: Decimal
    """Dollars."""
    why: str = ""


class State(str, Enum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """A verdict: it won't be made."""
    BLOCKED = "blocked"
    """A verdict: the service's safety rules won't have it."""
    CANCELLED = "cancelled"
    GONE = "gone"
    """A verdict: the service knows no such operation (any more)."""


VERDICTS = frozenset({State.DONE, State.FAILED, State.BLOCKED, State.CANCELLED, State.GONE})


class Status(NamedTuple):
    state: State
    progress: float | None = None
    """0 to 1, where the provider tells it."""
    message: str = ""
    charge: Decimal | None = None
    """Dollars that the provider says it charged; None where it doesn't say."""
    delivery: Any = None
    """Where the finished clip is, for the same provider's `fetch`; lives no longer than this answer."""

    @property
    def final(self) -> bool:
        return self.state in VERDICTS


class Operation(NamedTuple):
    """The provider's long-running job. `id` is the provider's own; it is all that is needed to ask again."""

    provider: str
    id: str
    goods: bytes | None = None
    """What was asked for, where the service sends it with its answer and keeps nothing: there is no asking again."""


ANSWERED = "answered/"
"""How the ids of operations begin that came with their goods. Nobody can be asked about them."""


def answered(operation: Operation) -> bool:
    return operation.id.startswith(ANSWERED)


class Take(NamedTuple):
    """A finished clip: its file, what it cost, and what was done differently from what was asked."""

    path: Path
    cost: Decimal = Decimal(0)
    notes: tuple[str, ...] = ()
    details: dict[str, Any] = {}


RefusalKind = Literal["auth", "invalid", "blocked", "no_money", "rate", "quota", "busy", "unreachable"]


class Refused(ProviderError):
    """A request that was certainly not accepted: no job exists for it, and nothing is owed.

    rate and busy pass by themselves, after `retry_after` seconds where the service says so; quota not today.
    """

    code = "refused"

    def __init__(
        self, kind: RefusalKind, message: str, hint: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.kind: RefusalKind = kind
        self.retry_after = retry_after


class NoAnswer(ProviderError):
    """Nobody knows whether a request was accepted: it may have been, and may be charged. Never sent again by itself."""

    code = "no_answer"


class Missed(ProviderError):
    """This one poll or download didn't work. It says nothing about the job."""

    code = "missed"

    def __init__(self, message: str, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class Expired(ProviderError):
    """The service has thrown the finished clip away."""

    code = "expired"


class Unaskable(ProviderError):
    """An operation's id that can't be the service's own: there is no asking for it."""

    code = "unaskable"


KEY = "key "
"""How the fingerprint of a key begins, where an account has no name: another key may be the same account's."""


class Provider(Protocol):
    name: str
    bills_moderated: bool
    """Whether a job that its safety rules stop is charged all the same."""
    cancel_is_free: frozenset[State]
    """In which states cancelling an operation stops its charge."""
    jobs_at: str
    """Where a person sees the jobs that the service has, in words; empty where it shows none."""
    can_find: bool
    """Whether `find` can look an operation up by our own id."""

    def one_per_id(self, capability: Capability) -> bool:
        """Whether the service certainly refuses a second job under one id of ours: only then may a request whose answer
        was lost be sent again."""
        ...

    def account(self) -> str | None:
        """Whose jobs it is asked about: a name, or KEY and a fingerprint from which no key can be told; None without
        one. Kept with the operation. Asks nobody."""
        ...

    def capabilities(self) -> tuple[Capability, ...]:
        """What each model behind this door can do; the first is the one meant where no model is named."""
        ...

    def missing(self) -> list[str]:
        """What is not there that it needs (a key, a package), each as a sentence with its cure; empty when ready.
        Asks nobody over the network."""
        ...

    def check(self, shot: Shot, capability: Capability) -> list[Fault]: ...
    def estimate(self, shot: Shot, capability: Capability) -> Estimate: ...
    def base_url(self) -> str:
        """Where it is reached; kept with the operation. Empty for one that works on this machine."""
        ...

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        """Raises Refused where it certainly wasn't accepted and NoAnswer where nobody knows. `ours` is our id of the
        attempt, sent along where the service takes one."""
        ...

    def find(self, ours: str) -> Operation | None:
        """Called only where `can_find`. None says that there is no such operation so far: one that is on its way may
        come yet. Raises Missed."""
        ...

    def operation(self, id: str) -> Operation:
        """The operation that a person names by the id that the service shows. Raises Unaskable. Asks nobody."""
        ...

    def poll(self, operation: Operation) -> Status:
        """Raises Missed, Unaskable, and Refused where credentials aren't accepted. That a job failed is a Status."""
        ...

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        """Writes the finished clip to `path`, going on where an earlier try left off. Raises Missed, Expired; the
        latter too for an operation whose goods came with the answer: then they are here already or nowhere."""
        ...

    def cancel(self, operation: Operation) -> None: ...
