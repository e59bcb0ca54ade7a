"""Music to lay under a film: a file, and what of it is heard."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    pass


class Bed(NamedTuple):
    """Music to lay under a film. Seconds of its file, from its first sample."""

    path: Path
    start: Fraction
    """Where it begins to sound."""
    loop_start: Fraction
    """Where it starts again when it has reached `loop_end`; both are bar lines, as far as a beat was found (four to the
    bar are assumed). A track that is long enough isn't listened to, and has the whole of it here."""
    loop_end: Fraction
    title: str
    by: str
    """folder, or composer."""
    ends: bool = False
    """Whether it comes to an end by itself: it needs neither a loop nor a fade."""
    bpm: float | None = None
    key: str = ""
    """Of what is composed: "C major"."""
    notes: tuple[str, ...] = ()
    """Which files of the folder were left out, and why."""
