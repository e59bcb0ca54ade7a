"""What the ledger hands out: plain values, as they were when they were read. Money in dollars, times in UTC epoch
seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import LedgerError
from .rules import OPEN, AttemptState

if TYPE_CHECKING:
    from .records import Attempt


@dataclass(frozen=True)
class Claim:
    """The right to buy and to follow one take. `token` tells it from an older claim on the same take."""

    key: str
    base: str
    take: int
    film: str
    run: str
    priority: int
    token: str


@dataclass(frozen=True)
class Attempt:
    """One paid request and what became of it."""

    id: str
    """Ours; sent along where the service takes one."""
    key: str
    number: int
    """1 for a take's first attempt."""
    provider: str
    model: str
    base_url: str
    state: AttemptState
    substate: str
    """The provider's own: queued or running."""
    progress: float | None
    operation: str | None
    """The provider's id of the job."""
    estimate: Decimal
    reserved: Decimal
    charged: Decimal
    kind: str
    """Of a refusal or failure: auth, invalid, blocked …"""
    why: str
    film: str
    run: str
    owner: str
    """Who began it: the process and its machine, for a person."""
    begun_at: float
    answered_at: float | None
    ended_at: float | None
    """When the provider's verdict came."""
    settled_at: float | None
    account: str | None = None
    """At which of the provider's accounts: its name, or a fingerprint of the key; None: an older release began it."""
    sends: int = 1
    """How often its request was sent, each time under the same id."""

    @property
    def open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True)
class NewTake:
    """A finished and verified clip. `path_name` is its name in the vault, never an absolute path."""

    path_name: str
    sha256: str
    bytes: int
    duration: float
    width: int
    height: int
    fps: float
    audio: bool
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if PurePosixPath(self.path_name).is_absolute():
            raise ValueError(f"{self.path_name} is not a name in the vault")


@dataclass(frozen=True)
class StoredTake(NewTake):
    key: str = ""
    base: str = ""
    take: int = 1
    attempt: str = ""
    """The id of the attempt that made it."""
    stored_at: float = 0.0


class Intent(NamedTuple):
    """What was asked for: `request` is the canonical request (names and hashes, never a key)."""

    key: str
    base: str
    take: int
    request: dict[str, Any]
    film: str
    run: str
    created_at: float


class Entry(NamedTuple):
    """One line of the history, which is only ever added to.

    `amount` is what this event reserved or charged; `reserved` and `charged` are the attempt's after it.
    """

    seq: int
    at: float
    attempt: str
    key: str
    provider: str
    run: str
    event: str
    before: str
    after: str
    why: str
    amount: Decimal
    reserved: Decimal
    charged: Decimal


class Spent(NamedTuple):
    charged: Decimal
    reserved: Decimal


class Performance(NamedTuple):
    """How a model behind a door has done. `seconds` is the median time from request to verdict of what was made."""

    provider: str
    model: str
    attempts: int
    stored: int
    failed: int
    refused: int
    unknown: int
    lost: int
    seconds: float | None
    charged: Decimal


class StillOpen(LedgerError):
    """A take has an attempt that isn't finished: buying another could pay twice. `attempt` is that one."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(
            f"attempt {attempt.id[:8]} of this clip is {attempt.state.value}",
            f"storyreel ledger show {attempt.id[:8]}",
        )
        self.attempt = attempt
