"""Who watches a piece of work: is told how far it is, and asked whether to go on.

>>> watch = Watch(progress=lambda done, label: print(f"{done:.0%} {label}"))
>>> watch.part(0.5, 1.0, "film").tell(0.5)
75% film
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .errors import Interrupted


def _silent(done: float, label: str) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Watch:
    """`progress(done, label)` is called with 0 ≤ done ≤ 1 and may be called from any thread; `cancelled()` likewise."""

    progress: Callable[[float, str], None] = _silent
    cancelled: Callable[[], bool] = _never
    label: str = ""
    start: float = 0.0
    end: float = 1.0

    def tell(self, done: float, label: str = "") -> None:
        """Reports how much of this part is done, 0 to 1."""
        done = self.start + (self.end - self.start) * min(max(done, 0.0), 1.0)
        self.progress(done, label or self.label)

    def check(self) -> None:
        """Raises Interrupted if somebody asked to stop. Long work calls it at least every tenth of a second."""
        if self.cancelled():
            raise Interrupted()

    def part(self, start: float, end: float, label: str = "") -> Watch:
        """The same watch for the share of the work between `start` and `end`."""
        span = self.end - self.start
        return replace(
            self, start=self.start + span * start, end=self.start + span * end, label=label or self.label
        )


UNWATCHED = Watch()
"""Nobody looks: for the default of an argument."""
