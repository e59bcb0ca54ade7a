"""Where a track may be repeated: its tempo and its bar lines, found by listening.

Onsets are heard as a rise in any of two dozen bands; how like the onsets are to themselves a beat later gives the
tempo, ever finer over longer spans; a comb of that tempo gives the beats. Four beats are taken for a bar, the first
being the one with the strongest bass and change. Where there is no beat, the whole sound is the loop.

    loop_of(Path("song.mp3"))
    # Loop(start=Fraction(…), end=Fraction(…), bpm=96.0)
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..media.sound import SAMPLE_RATE, decoded

BEATS = 4
"""Of a bar: assumed."""
_HOP = 240  # 5 ms
_SPAN = 1024
_BANDS = 24
_RATE = SAMPLE_RATE / _HOP
_SLOW, _FAST = 55.0, 190.0  # bpm
_USUAL = 110.0
_SURE = 0.08
"""How like itself the rhythm must be a beat, two and four later, of 1; more where there is less to go by."""
_NEAR = 240
"""Samples, 5 ms, by which an end of the loop may be moved so that it joins the other without a jump."""
_LONGEST = 1200
"""Seconds that are listened to; of a longer track, the loop lies in these."""

Curve = NDArray[np.float64]


class Loop(NamedTuple):
    """Seconds from the file's first sample."""

    first: Fraction
    """Where it begins to sound."""
    start: Fraction
    end: Fraction
    bpm: float | None
    """None: no beat was found, and the loop is all that sounds."""


class Silent(MediaError):
    """Nothing sounds in it."""


class Heard(NamedTuple):
    """A track, every 5 ms."""

    onsets: Curve
    bass: Curve
    """Onsets below 150 Hz."""
    level: Curve
    """RMS."""
    samples: int

    @property
    def pulse(self) -> Curve:
        """Onsets, those of the bass once more: it tells more of the bar."""
        return self.onsets / (self.onsets.std() + 1e-9) + self.bass / (self.bass.std() + 1e-9)


def loop_of(path: Path) -> Loop:
    """Raises Silent where nothing sounds. A file is listened to once, as long as it stays as it is."""
    stat = path.stat()
    return _loop_of(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=200)
def _loop_of(path: Path, _changed: int, _length: int) -> Loop:
    heard = listened(path)
    sounding = np.flatnonzero(heard.level > 0.003)
    if not len(sounding):
        raise Silent(f"{path.name} is silent", "give another track")
    # A window hears what begins within it: what is in none before it may begin a little later, never sooner.
    first = max(0, int(sounding[0]) * _HOP)
    last = min(heard.samples, int(sounding[-1]) * _HOP + _SPAN)
    beat = beat_of(heard.pulse)
    ends = _bars(heard, beat) if beat else None
    low, high = ends or (first, last)
    start, end = joined(path, round(low), round(high), last)
    seconds = [Fraction(place, SAMPLE_RATE) for place in (first, start, end)]
    return Loop(seconds[0], seconds[1], seconds[2], 60 * SAMPLE_RATE / beat if beat and ends else None)


def listened(path: Path) -> Heard:
    """Decodes it once, block by block."""
    window = np.hanning(_SPAN).astype(np.float32)
    hz = np.fft.rfftfreq(_SPAN, 1 / SAMPLE_RATE)
    edges = np.concatenate(([0, 150], np.geomspace(250, 12000, _BANDS - 1)))
    bands = np.unique(np.searchsorted(hz, edges[:-1]))
    parts: list[tuple[Curve, Curve, Curve]] = []
    before = np.zeros(len(bands), np.float32)
    rest, samples = np.zeros(_SPAN // 2, np.float32), 0
    for block in decoded(path):
        samples += block.shape[1]
        rest = np.concatenate((rest, block.mean(axis=0)))
        count = (len(rest) - _SPAN) // _HOP + 1
        if count < 64:
            continue
        before = _heard(rest, count, window, bands, before, parts)
        rest = rest[count * _HOP :]
        if samples > _LONGEST * SAMPLE_RATE:
            break
    rest = np.concatenate((rest, np.zeros(_SPAN, np.float32)))
    _heard(rest, max(1, (len(rest) - _SPAN) // _HOP), window, bands, before, parts)
    onsets, bass, level = (np.concatenate(columns).astype(np.float64) for columns in zip(*parts, strict=True))
    return Heard(onsets, bass, level, samples)


def _heard(
    sound: NDArray[np.float32],
    count: int,
    window: NDArray[np.float32],
    bands: NDArray[np.int_],
    before: NDArray[np.float32],
    parts: list[tuple[Curve, Curve, Curve]],
) -> NDArray[np.float32]:
    """Adds what is heard in `count` windows; returns the bands of the last. `bands` says where each begins."""
    for begin in range(0, count, 512):
        some = min(512, count - begin)
        views = np.lib.stride_tricks.sliding_window_view(sound[begin * _HOP :], _SPAN)[: some * _HOP : _HOP]
        power = np.abs(np.fft.rfft(views * window, axis=1)) ** 2
        now = np.log1p(4 * np.sqrt(np.add.reduceat(power, bands, axis=1)))
        rise = np.maximum(0, np.diff(now, axis=0, prepend=before[None]))
        before = now[-1]
        parts.append((rise.sum(axis=1), rise[:, 0], np.sqrt((views**2).mean(axis=1))))
    return before


def beat_of(pulse: Curve) -> float | None:
    """Samples from one beat to the next; None where there is none, or the sound is too short to tell."""
    if len(pulse) < 60 * _RATE / _SLOW * BEATS:
        return None
    peaks = np.maximum(0, _smoothed(pulse, 3) - 1.3 * _smoothed(pulse, 61))
    like = _likeness(peaks - peaks.mean())
    low, high = round(60 * _RATE / _FAST), round(60 * _RATE / _SLOW)
    if like is None or len(like) < high * BEATS + 4:
        return None
    lags = np.arange(low, high + 1)
    # A beat's lag has more of it behind it: two beats on, and a bar on. Fast and slow readings are weighed by taste.
    near = [np.maximum(_near(like, lags * times), 1e-6) for times in (1, 2, BEATS)]
    comb = np.prod(near, axis=0) ** (1 / len(near))
    taste = np.exp(-0.5 * (np.log2(60 * _RATE / lags / _USUAL) / 1.2) ** 2)
    best = int(np.argmax(comb * taste))
    if comb[best] < max(_SURE, 4 / np.sqrt(len(pulse) / 3)):
        return None
    lag = float(lags[best])
    for times in (1, 2, 4):
        lag = _peak(like, lag * times, max(2.0, lag / 16)) / times
    # Of all lags near that one, the one of which all multiples are high.
    lags = lag + np.linspace(-0.25, 0.25, 501)
    multiples = np.arange(1, int((len(like) - 2) / lags[-1]) + 1)
    score = np.interp(lags[:, None] * multiples, np.arange(len(like)), like).sum(axis=1)
    return float(lags[int(np.argmax(score))]) * _HOP


def _smoothed(curve: Curve, windows: int) -> Curve:
    return np.convolve(curve, np.ones(windows) / windows, mode="same")


def _likeness(shape: Curve) -> Curve | None:
    """How like itself it is so many windows later, up to two thirds of it: 1 is the same."""
    size = len(shape)
    power = float((shape**2).sum())
    if size < 64 or power <= 0:
        return None
    spectrum = np.abs(np.fft.rfft(shape, 1 << (2 * size - 1).bit_length())) ** 2
    half = size * 2 // 3
    return np.fft.irfft(spectrum)[:half] / power * size / (size - np.arange(half))


def _near(like: Curve, lags: NDArray[np.int_]) -> Curve:
    """The most within a window of each lag: a beat is rarely a whole number of windows."""
    lags = np.minimum(lags, len(like) - 2)
    return np.maximum(np.maximum(like[lags - 1], like[lags]), like[lags + 1])


def _peak(like: Curve, lag: float, reach: float) -> float:
    """The lag of the highest point near `lag`, between two windows."""
    low = max(1, round(lag - reach))
    high = min(len(like) - 1, round(lag + reach) + 1)
    top = low + int(np.argmax(like[low:high]))
    if not low <= top < high - 1 or top < 1:
        return float(top)
    left, middle, right = like[top - 1 : top + 2]
    bend = left - 2 * middle + right
    return top + (0.5 * (left - right) / bend if bend < 0 else 0.0)


def _bars(heard: Heard, beat: float) -> tuple[float, float] | None:
    """The first sample of the bar with which the loop begins, and of the one after its last."""
    step = beat / _HOP
    shifts = np.linspace(0, step, 64, endpoint=False)
    phase = float(shifts[int(np.argmax([_comb(heard.onsets, shift, step).mean() for shift in shifts]))])
    strong = [_comb(heard.pulse, phase + step * one, step * BEATS).mean() for one in range(BEATS)]
    phase += step * int(np.argmax(strong))
    lines = np.arange(phase, len(heard.level), step * BEATS)
    if len(lines) < 2:
        return None
    # The opening and the ending are often softer than the rest: they are heard once.
    loud = np.array([heard.level[int(a) : int(b)].mean() for a, b in itertools.pairwise(lines)])
    full = np.flatnonzero(loud > 0.5 * np.median(loud))
    begin, end = int(full[0]), int(full[-1]) + 1
    for phrase in (8, 4, 2):
        if end - begin >= 2 * phrase or end - begin == phrase:
            end = begin + (end - begin) // phrase * phrase
            break
    return float(lines[begin]) * _HOP, float(lines[end]) * _HOP


def _comb(curve: Curve, first: float, step: float) -> Curve:
    places = np.arange(first, len(curve) - 1, step)
    return np.interp(places, np.arange(len(curve)), curve)


def joined(path: Path, start: int, end: int, last: int) -> tuple[int, int]:
    """The two ends of a loop, each moved by up to 5 ms, so that the wave goes on from one to the other without a jump:
    at a crossing of zero where there is one. Samples; none passes `last`."""
    head, tail = _around(path, start), _around(path, min(end, last))
    if head[1].shape[1] < 2 or tail[1].shape[1] < 2:
        return start, min(end, last)
    (low, one), (high, two) = head, tail
    # From the sample before the cut to the one after it, and the way the wave is going.
    jump = np.abs(two[:, :-1, None] - one[:, None, :-1]).sum(axis=0)
    bend = np.abs(np.diff(two)[:, :, None] - np.diff(one)[:, None, :]).sum(axis=0)
    loud = np.abs(one[:, :-1]).sum(axis=0)[None, :]
    moved = np.abs(
        np.arange(jump.shape[0])[:, None] + high - end - (np.arange(jump.shape[1])[None, :] + low - start)
    )
    cost = jump + bend + 0.2 * loud + 3e-4 * moved
    cost[moved > _NEAR] = np.inf
    cost[np.arange(jump.shape[0]) + high > last] = np.inf
    if not np.isfinite(cost).any():
        return start, min(end, last)
    at, to = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return low + int(to), high + int(at)


def _around(path: Path, place: int) -> tuple[int, NDArray[np.float32]]:
    """The sound 5 ms before and after a sample: where it begins, and float32 [2, n]."""
    low, high, at = max(0, place - _NEAR), place + _NEAR, 0
    parts = [np.zeros((2, 0), np.float32)]
    for block in decoded(path):
        if at + block.shape[1] > low:
            parts.append(block[:, max(0, low - at) : high - at])
        at += block.shape[1]
        if at >= high:
            break
    return low, np.concatenate(parts, axis=1)
