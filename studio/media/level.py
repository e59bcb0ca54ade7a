"""Bringing a sound to a loudness: it is measured, then made louder or softer as a whole, and its peaks are rounded.

>>> found = levelled(measured(sound(UNLIMITED)), sound, target=-14)    # sound(level) gives its blocks at that level
>>> found.loudness.integrated, found.loudness.true_peak
(-14.02, -1.07)
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
_NEAR = 0.2  # LU: nearer isn't tried
_TRIES = 3
_SILENT = -70.0  # dBTP
_LIFTED = 30.0  # dB: what needs more is noise
_SQUEEZED = 10.0  # dB: more isn't made up for where the peaks are turned down
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
    margin: float = 0.05,
) -> Levelled:
    """The level at which `sound` has `target` LUFS and a true peak of no more than `peak` dBTP.

    `found` is its loudness at UNLIMITED. It is asked for its blocks at one to three levels; the best is returned. The
    gain is the same throughout: what gives way to a voice still does, and by as much. Its peaks are kept `margin` dB
    below, for a sound that changes on its way to the meter.
    """
    if found.integrated <= NOTHING:
        silent = found.true_peak < _SILENT
        return Levelled(None, None, "" if silent else "the sound is too short for its loudness to be told")
    linear = min(target - found.integrated, _LIFTED)
    loudest = 20 * math.log10(ratio(found.true_peak) + _ROUNDING)
    gain, ceiling = linear, peak - margin
    tried: list[Levelled] = []
    known: list[tuple[float, float]] = []
    while len(tried) < _TRIES:
        loud = loudest + gain > ceiling
        level = Level(ratio(gain), ratio(ceiling) if loud else math.inf, between=loud)
        after = measured(sound(level))
        tried.append(Levelled(level, after, _note(after, target, peak, linear)))
        missing, above = target - after.integrated, after.true_peak - peak
        if above <= 0 and (abs(missing) <= _NEAR or (missing > 0 and gain >= linear + _SQUEEZED)):
            break
        # As loud against its ceiling as it is driven into it: so what was seen holds for another ceiling too.
        known.append((gain - ceiling, after.integrated - ceiling))
        if above > 0:
            ceiling = min(ceiling, loudest + gain) - above - 0.1
        gain = min(ceiling + _drive(known, target - ceiling, loud), linear + _SQUEEZED)
    return min(tried, key=lambda each: _missed(each, target, peak))


def _missed(tried: Levelled, target: float, peak: float) -> tuple[float, float]:
    """How bad it is: first by how much its peaks are too high, then its loudness."""
    assert tried.loudness is not None
    return max(0.0, tried.loudness.true_peak - peak), abs(tried.loudness.integrated - target)


def _drive(known: list[tuple[float, float]], wanted: float, loud: bool) -> float:
    """How far to drive it into the limiter for a loudness: on the line through the last two tries."""
    drive, loudness = known[-1]
    slope = 0.7 if loud else 1.0
    if len(known) > 1 and abs(drive - known[-2][0]) > 0.05:
        slope = min(max((loudness - known[-2][1]) / (drive - known[-2][0]), 0.25), 1.0)
    return drive + (wanted - loudness) / slope


def ratio(decibels: float) -> float:
    return 10 ** (decibels / 20)


def _note(after: Loudness, target: float, peak: float, linear: float) -> str:
    if after.true_peak > peak:
        return f"the sound's true peak is {after.true_peak:.1f} dBTP, and {peak:g} were asked for"
    if abs(target - after.integrated) <= _OFF:
        return ""
    why = "more would lift its noise" if linear == _LIFTED else "more would squeeze its peaks"
    return f"the sound has {after.integrated:.1f} LUFS instead of {target:g}: {why}"
