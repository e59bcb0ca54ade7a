"""What of a file could not be decoded, and how that is put to a person.

>>> from fractions import Fraction
>>> lost = Losses()
>>> lost.add(Fraction(1), Fraction(2))
>>> lost.add(Fraction(2), Fraction(9, 4))
>>> lost.where()
'0:01.000 to 0:02.250'
"""

from __future__ import annotations

from fractions import Fraction

from ..timecode import clock

_NEAR = Fraction(1, 10)
"""Seconds: losses no farther apart are one."""
_MOST_NAMED = 3


class Losses:
    """Stretches of a file, in seconds of the clip, of which there is no picture or no sound."""

    def __init__(self) -> None:
        self._stretches: list[tuple[Fraction, Fraction]] = []
        self.changed = False
        """Whether the picture's size or format changes in the middle."""
        self.interlaced = False
        """Whether it is made of half pictures from somewhere in the middle on."""

    def __bool__(self) -> bool:
        return bool(self._stretches)

    def add(self, start: Fraction, end: Fraction) -> None:
        """What is met again, in the next round of a loop, counts once."""
        start = max(start, Fraction(0))
        end = max(start, end)
        apart = []
        for begin, stop in self._stretches:
            if begin <= end + _NEAR and start <= stop + _NEAR:
                start, end = min(start, begin), max(end, stop)
            else:
                apart.append((begin, stop))
        self._stretches = sorted([*apart, (start, end)])

    def take(self, others: Losses) -> None:
        """Adds those of another record."""
        self.changed = self.changed or others.changed
        self.interlaced = self.interlaced or others.interlaced
        for start, end in others._stretches:
            self.add(start, end)

    def where(self) -> str:
        """The first few of them, and how many more there are."""
        named = [
            f"{clock(start)} to {clock(end)}" if end - start > _NEAR else clock(start)
            for start, end in self._stretches[:_MOST_NAMED]
        ]
        more = len(self._stretches) - len(named)
        return ", ".join(named) + (f" and at {more} more places" if more else "")
