"""Where we are when no ComfyUI is around: the folders, and the node that is running. The engine sets both.

>>> with here(Place.under(Path("/tmp/film"))):
...     folders().input
PosixPath('/tmp/film/input')
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ...studio.errors import StoryreelError


@dataclass(frozen=True)
class Place:
    """The three folders that a workflow may name files in."""

    input: Path
    output: Path
    temp: Path

    @classmethod
    def under(cls, base: Path) -> Place:
        """The folders `input`, `output` and `temp` in `base`; they are made."""
        place = cls(base / "input", base / "output", base / "temp")
        for folder in (place.input, place.output, place.temp):
            folder.mkdir(parents=True, exist_ok=True)
        return place


def _quiet(*_: object) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Running:
    """The node that is being executed: how it tells its progress, and whether it was asked to stop."""

    progress: Callable[[float, float], None] = _quiet
    text: Callable[[str], None] = _quiet
    cancelled: Callable[[], bool] = _never
    run: str = ""
    """What all calls of this node in this run share: a node that is called once per item of a list spends once."""
    session: str = ""
    """What the names of all runs of this engine begin with."""
    together: Decimal | None = None
    """Dollars that all of them may spend; None is no limit but the nodes' own."""


_place: contextvars.ContextVar[Place | None] = contextvars.ContextVar("storyreel_place", default=None)
_running: contextvars.ContextVar[Running | None] = contextvars.ContextVar("storyreel_running", default=None)


@contextlib.contextmanager
def here(place: Place) -> Iterator[None]:
    """Within the block, and in the tasks and threads started from it, files are in these folders."""
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


@contextlib.contextmanager
def executing(node: Running) -> Iterator[None]:
    """Within the block, `watch` reports to this node."""
    token = _running.set(node)
    try:
        yield
    finally:
        _running.reset(token)


def folders() -> Place:
    """The folders here. Raises StoryreelError outside of an engine."""
    place = _place.get()
    if place is None:
        raise StoryreelError("there are no input and output folders here", "nodes run inside an engine")
    return place


def anywhere() -> bool:
    """Whether there are folders here at all: schemas are also read where nothing will run."""
    return _place.get() is not None


def running() -> Running:
    """The node being executed; a silent one that is never cancelled outside of an engine."""
    return _running.get() or Running()
