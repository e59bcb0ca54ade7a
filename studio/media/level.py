"""Bringing a sound to a loudness: it is measured, then made louder or softer as a whole, and its peaks are rounded.

found = levelled(measured(sound(UNLIMITED)), sound, target=-14)    # sound(level) gives its blocks at that level
found.loudness.integrated, found.loudness.true_peak
# (-14.02, -1.07)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from .listen import Samples
from .loudness import NOTHING, Loudness, measured
from .sound import Level

TRUE_PEAK = -1.0
"""dBTP that a film's sound doesn't pass."""
UNLIMITED = Level(ceiling=math.inf)

_OFF = 0.5  # LU by which it may miss its target before somebody is told
_NEAR = 0.3  # LU: nearer isn't tried
_TRIES, _ENCODINGS = 4, 4
MOST_PASSES = 1 + _TRIES + _ENCODINGS
_ENCODERS = 0.6  # dB below the peak: what AAC usually adds to it
_LOST = 0.15  # LU: what it usually takes away
_METERS = 0.05  # dB, for two meters that don't quite agree
_SILENT = -70.0  # dBTP
_LIFTED = 30.0  # dB: what needs more is noise
_SQUEEZED = 15.0  # dB: more isn't made up for where the peaks are turned down
_VAIN = 0.25  # LU that a dB must bring: else it only squeezes
_ROUNDING = 0.0005  # of the meter's peaks, which it tells as 0.891


class Levelled(NamedTuple):
    level: Level | None
    """None: it can't be told how loud the sound is, so it is left as it is mixed."""
    loudness: Loudness | None
    """What was measured at that level."""
    note: str
    """What couldn't be done."""


def levelled(
    found: Loudness,
    sound: Callable[[Level], Iterable[Samples]],
    target: float,
    peak: float = TRUE_PEAK,
    encoded: Callable[[Level], Iterable[Samples]] | None = None,
) -> Levelled:
    """The level at which `sound` has `target` LUFS and a true peak of no more than `peak` dBTP.

    `found` is its loudness at UNLIMITED. It is asked for its blocks at up to four levels, where its peaks have to be
    turned down. The gain is the same throughout: what gives way to a voice still does, and by as much.
    `encoded` gives its blocks after an encoder, which changes both loudness and peaks: then those are measured, at up
    to four levels, and the last word.
    """
    if found.integrated <= NOTHING:
        silent = found.true_peak < _SILENT
        return Levelled(None, None, "" if silent else "the sound is too short for its loudness to be told")
    aim = target + (_LOST if encoded else 0)
    linear = min(aim - found.integrated, _LIFTED)
    search = _Search(aim, 20 * math.log10(ratio(found.true_peak) + _ROUNDING), linear)
    search.ceiling = peak - (_ENCODERS if encoded else _METERS)
    if search.loud or not encoded:
        best = search.tried(sound, search.ceiling + _METERS, _TRIES)
    if encoded:
        search.target = target
        best = search.tried(encoded, peak, _ENCODINGS)
    level, heard = best
    return Levelled(level, heard, _note(heard, target, peak, linear))


class _Search:
    """For the gain, and the ceiling, at which the target is met. In dB."""

    def __init__(self, target: float, loudest: float, linear: float) -> None:
        self.target, self._loudest, self._most = target, loudest, linear + _SQUEEZED
        self._slope = 0.7  # LU that a dB brings
        self.gain, self.ceiling = linear, 0.0

    @property
    def loud(self) -> bool:
        """Whether its peaks have to be turned down."""
        return self._loudest + self.gain > self.ceiling

    def tried(
        self, sound: Callable[[Level], Iterable[Samples]], peak: float, tries: int
    ) -> tuple[Level, Loudness]:
        """The best of so many; the search goes on from there."""
        found: list[tuple[float, float, Level, Loudness, float, float]] = []
        known: list[tuple[float, float]] = []
        while len(found) < tries:
            level = Level(ratio(self.gain), ratio(self.ceiling) if self.loud else math.inf, between=self.loud)
            after = measured(sound(level))
            missing, above = self.target - after.integrated, max(0.0, after.true_peak - peak)
            found.append((above, abs(missing), level, after, self.gain, self.ceiling))
            if not above and (abs(missing) <= _NEAR or (missing > 0 and self.gain >= self._most)):
                break
            # As loud against its ceiling as it is driven into it: so what was seen holds for another ceiling too.
            known.append((self.gain - self.ceiling, after.integrated - self.ceiling))
            if above:
                self.ceiling = min(self.ceiling, self._loudest + self.gain) - above - 0.2
            self.gain = min(self.ceiling + self._drive(known, self.target - self.ceiling), self._most)
        _, _, level, after, self.gain, self.ceiling = min(found, key=lambda each: each[:2])
        return level, after

    def _drive(self, known: list[tuple[float, float]], wanted: float) -> float:
        """How far to drive it into the limiter for a loudness: on the line through the last two tries."""
        drive, loudness = known[-1]
        if len(known) > 1 and abs(drive - known[-2][0]) > 0.05:
            slope = (loudness - known[-2][1]) / (drive - known[-2][0])
            self._slope = min(max(slope, _VAIN), 1.0)
            if slope < _VAIN:
                self._most = min(self._most, self.gain)
        return drive + (wanted - loudness) / (self._slope if self.loud else 1.0)


def ratio(decibels: float) -> float:
    return 10 ** (decibels / 20)


def _note(after: Loudness, target: float, peak: float, linear: float) -> str:
    if after.true_peak > peak:
        return f"the sound's true peak is {after.true_peak:.1f} dBTP, and {peak:g} were asked for"
    if abs(target - after.integrated) <= _OFF:
        return ""
    why = "more would lift its noise" if linear == _LIFTED else "more would squeeze its peaks"
    return f"the sound has {after.integrated:.1f} LUFS instead of {target:g}: {why}"
