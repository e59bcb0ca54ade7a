"""What a provider is: something that turns a shot into a clip, here or in a cloud.

    capabilities   what it can make, as data
    check          which faults a shot has for it, before anything is spent
    estimate       what a shot would cost
    submit         hand the shot in; returns an operation
    poll           how the operation stands
    fetch          put the finished clip into a file
    cancel         stop it, where that is possible

A provider file holds its own way of speaking and nothing else: waiting, progress, retries and interruption are
`shoot.py`'s, the same for all. Nothing in a provider sleeps.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from ..errors import Fault
from ..timecode import Exact


class Shot(BaseModel):
    """The provider-neutral request made from a scene. The same shot always asks for the same clip."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str = ""
    duration: Exact
    """Seconds."""
    width: int
    height: int
    fps: Exact
    seed: int = 0
    image: str | None = None
    """The path of the picture it starts from."""
    clip_action: str = ""
    fit: str = "cover"
    crf: int = 5
    """x264 quality of the clip's file, where the provider encodes it itself."""
    font: str | None = None
    """The path of a font for title cards; None is the bundled one."""


class Capabilities(BaseModel):
    """What a provider can make. Lengths in seconds, sizes in pixels, price in dollars a second."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    title: str
    modes: tuple[str, ...]
    """text (prompt alone), image (starts from a picture)."""
    min_duration: Exact
    max_duration: Exact
    max_width: int
    max_height: int
    max_fps: Exact
    audio: bool
    price_per_second: Decimal = Decimal(0)
    needs_key: bool = False


class Estimate(NamedTuple):
    cost: Decimal
    """Dollars."""
    why: str = ""


class State(str, Enum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Status(NamedTuple):
    state: State
    progress: float | None = None
    """0 to 1, where the provider tells it."""
    message: str = ""


class Operation(NamedTuple):
    """The provider's long-running job. `id` is the provider's own; it is all that is needed to ask again."""

    provider: str
    id: str


class Take(NamedTuple):
    """A finished clip: its file, what it cost, and what was done differently from what was asked."""

    path: Path
    cost: Decimal = Decimal(0)
    notes: tuple[str, ...] = ()
    details: dict[str, Any] = {}


class Provider(Protocol):
    name: str

    def capabilities(self) -> Capabilities: ...
    def missing(self) -> list[str]:
        """What is not there that it needs (a key, a package), each as a sentence with its cure; empty when ready."""
        ...

    def check(self, shot: Shot) -> list[Fault]: ...
    def estimate(self, shot: Shot) -> Estimate: ...
    def submit(self, shot: Shot) -> Operation: ...
    def poll(self, operation: Operation) -> Status: ...
    def fetch(self, operation: Operation, path: Path) -> Take:
        """Writes the finished clip to `path`, whole or not at all."""
        ...

    def cancel(self, operation: Operation) -> None: ...


def frame_count(shot: Shot) -> int:
    """How many frames a clip of this shot has."""
    from ..timecode import frame_at

    return max(1, frame_at(Fraction(shot.duration), Fraction(shot.fps)))
