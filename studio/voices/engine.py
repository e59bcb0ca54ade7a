"""What an engine is: somebody on this machine who says a line and costs nothing."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ..progress import Watch
from ..timeline.timeline import Word


class Voice(NamedTuple):
    """A voice of an engine."""

    name: str
    """What a storyboard's `voice` names: en-gb."""
    title: str
    """English (Great Britain)"""
    languages: tuple[str, ...]
    """Those it speaks, as BCP 47 has them, in lower case, the first its own."""
    gender: str
    id: str
    """The engine's own name of it."""


class Timbre(NamedTuple):
    """What any of an engine's voices can sound like: en-gb+f2."""

    name: str
    gender: str
    id: str


class Said(NamedTuple):
    sound: bytes
    """16-bit samples of one channel."""
    rate: int
    words: tuple[Word, ...] | None
    """None where the engine doesn't tell their times."""


class Engine(Protocol):
    name: str

    def missing(self) -> str:
        """What keeps it from speaking, and how to get it; empty if nothing does."""
        ...

    def version(self) -> str: ...

    def voices(self) -> tuple[Voice, ...]:
        """None where something is missing."""
        ...

    def timbres(self) -> tuple[Timbre, ...]: ...

    def unreadable(self, text: str, voice: Voice) -> str:
        """The first character that it has no way of saying; empty if there is none."""
        ...

    def say(self, text: str, voice: Voice, timbre: Timbre | None, speed: float, watch: Watch) -> Said:
        """Raises StoryreelError, Interrupted."""
        ...
