"""Turning a sound down where it would be too loud, so smoothly that nobody hears it.

Limiter(ceiling=0.84, between=True).push(samples).shape[1] == samples.shape[1] - 2 * WINDOW
# True
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from .listen import SAMPLE_RATE, Samples

WINDOW = 240
"""Samples, 5 ms: the limiter's step."""
CEILING = 1.0
"""The loudest sample of a mix; what would be louder is turned down, not cut off."""

_RELEASE = WINDOW / (0.25 * SAMPLE_RATE)  # back from silence to full in a quarter of a second
_SOONER = WINDOW / (0.1 * SAMPLE_RATE)
_KEPT = 3  # windows for which a gain is kept first: else a deep tone would be turned down and up in each of its waves
_REACH = 12  # samples on each side from which the wave between two samples is worked out


class Limiter:
    """Turns the sound down where it would pass the ceiling: 5 ms ahead of a peak, back in 250 ms.

    `between` looks at the wave between the samples too, at four times the rate: the true peak (BS.1770). It comes back
    in 100 ms then, for a sound that is to be loud and not only unbroken.
    Sound below the ceiling passes bit by bit. Gives back what it is given, one window later; two, if `between`.
    """

    def __init__(self, ceiling: float = CEILING, between: bool = False) -> None:
        self._ceiling, self._between = ceiling, between
        self._held: Samples = np.zeros((2, 0), np.float32)
        self._before: Samples = np.zeros((2, _REACH - 1), np.float32)
        self._gain: float | None = None
        self._lately: list[float] = []

    def push(self, block: Samples) -> Samples:
        """`block` is float32 [2, n], n a multiple of the window."""
        samples = np.concatenate((self._held, block), axis=1)
        windows = samples.shape[1] // WINDOW - self._between  # whose peaks are known
        done = max(0, windows - 1) * WINDOW
        self._held = samples[:, done:]
        if not done:
            return samples[:, :0]
        peaks = np.abs(samples[:, : windows * WINDOW]).reshape(2, windows, WINDOW).max(axis=(0, 2))
        if self._between:
            peaks = np.maximum(peaks, self._peaks_between(samples, windows, float(peaks.max())))
            self._before = samples[:, done - _REACH + 1 : done]
        samples = samples[:, :done]
        allowed = np.minimum(1, self._ceiling / np.maximum(peaks, 1e-9)).tolist()
        if self._between:
            lately, self._lately = self._lately, (self._lately + allowed[:-1])[-_KEPT:]
            allowed = _least(lately + allowed, windows)
        # The gain at each border of two windows is no more than either allows, and lines run between the
        # borders: so no sample in between passes the ceiling.
        gains = [allowed[0] if self._gain is None else self._gain]
        release = _SOONER if self._between else _RELEASE
        for before, after in itertools.pairwise(allowed):
            gains.append(min(before, after, gains[-1] + release))
        self._gain = gains[-1]
        if min(gains) >= 1:
            return samples
        ramp = np.interp(np.arange(done), np.arange(windows) * WINDOW, gains)
        return samples * ramp.astype(np.float32)

    def _peaks_between(self, samples: Samples, windows: int, loudest: float) -> NDArray[np.float32]:
        if loudest * _HIGHEST <= self._ceiling:
            return np.zeros(windows, np.float32)
        wave = np.concatenate((self._before, samples[:, : windows * WINDOW + _REACH]), axis=1)
        highest = np.zeros((2, windows * WINDOW), np.float32)
        for weights in _BETWEEN:
            between = np.zeros_like(highest)
            for place, weight in enumerate(weights):
                between += weight * wave[:, place : place + windows * WINDOW]
            np.maximum(highest, np.abs(between), out=highest)
        return highest.reshape(2, windows, WINDOW).max(axis=(0, 2))


def _least(allowed: list[float], count: int) -> list[float]:
    """Of the last `count`: the least of each and those just before it."""
    return [
        min(allowed[max(0, place - _KEPT) : place + 1]) for place in range(len(allowed) - count, len(allowed))
    ]


def _interpolators() -> NDArray[np.float32]:
    """[3, 24]: what the samples round it weigh at a quarter, a half and three quarters between the middle two."""
    places = np.arange(2 * _REACH) - _REACH + 1.0
    weights = [
        np.sinc(places - part) * np.i0(7 * np.sqrt(np.clip(1 - ((places - part) / _REACH) ** 2, 0, 1)))
        for part in (0.25, 0.5, 0.75)
    ]
    return np.stack([each / each.sum() for each in weights]).astype(np.float32)


_BETWEEN = _interpolators()
_HIGHEST = float(np.abs(_BETWEEN).sum(axis=1).max())
