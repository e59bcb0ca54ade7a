"""What is heard in a sound file that holds speech: how loud it is, where the rests are, where the vowels peak.

Streams: a file of any length is listened to in the memory of a second, and leaves two numbers for every 5 ms.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..media.sound import SAMPLE_RATE, decoded

Levels = NDArray[np.float64]

STEP = Fraction(1, 200)
"""Seconds from one look at the sound to the next."""
PAUSE = Fraction(11, 100)
"""Seconds of silence that are a rest; less is the halt before a consonant."""
_HOP = int(STEP * SAMPLE_RATE)
_WINDOW = 4 * _HOP
_VOWELS = (250, 2500)
"""Hertz: where vowels are loud, and hisses and hums are not."""
_QUIET = 0.01
"""Times the level of loud speech: what is softer is silence."""
_NOISE = 2.0
"""Times the softest that is heard: what is louder isn't noise."""
_PEAK = 2.0
"""Decibels between a peak and the valley beside it."""


class Heard(NamedTuple):
    """A sound, look by look, from second 0 of its timestamps on."""

    level: Levels
    """Root mean square of all of it."""
    vowels: Levels
    """That of what lies where vowels are loud."""


def listen(path: Path) -> Heard:
    """Raises MediaError, also for a file without any sound."""
    window = np.hanning(_WINDOW + 1)[:-1]
    hertz = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE)
    band = (hertz >= _VOWELS[0]) & (hertz <= _VOWELS[1])
    before = (_WINDOW - _HOP) // 2
    held = np.zeros(before, np.float32)
    level, vowels = [np.zeros(0)], [np.zeros(0)]

    def look(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        count = (len(samples) - _WINDOW) // _HOP + 1
        if count < 1:
            return samples
        views = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP][:count]
        own = views[:, before : before + _HOP].astype(np.float64)
        level.append(np.sqrt((own**2).mean(1)))
        vowels.append(np.sqrt((np.abs(np.fft.rfft(views * window, axis=1)[:, band]) ** 2).sum(1)))
        return samples[count * _HOP :]

    for block in decoded(path, Fraction(0)):
        for start in range(0, block.shape[1], SAMPLE_RATE):
            held = np.concatenate((held, block[:, start : start + SAMPLE_RATE].mean(0)))
            if len(held) >= SAMPLE_RATE:
                held = look(held)
    look(np.concatenate((held, np.zeros(_WINDOW, np.float32))))
    heard = Heard(np.concatenate(level), np.concatenate(vowels))
    if not heard.level.any():
        raise MediaError(f"nothing is heard in {path.name}", "give a file in which something is said")
    return heard


def stretches(heard: Heard) -> list[tuple[int, int]]:
    """Where it sounds between rests: first look, and the one after the last."""
    level = heard.level
    loud = np.quantile(level[level > level.max() * _QUIET], 0.95)
    noise = min(np.quantile(level, 0.05) * _NOISE, loud / 10)
    sounds = np.flatnonzero(level > max(loud * _QUIET, noise))
    breaks = np.flatnonzero(np.diff(sounds) > PAUSE / STEP)
    begins, ends = sounds[np.r_[0, breaks + 1]], sounds[np.r_[breaks, len(sounds) - 1]] + 1
    return [(int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]


def peaks(vowels: Levels) -> list[int]:
    """Where the vowels are: the looks at which the sound is loudest between two softer ones."""
    shape = np.hanning(11)[1:-1]
    smooth = np.convolve(vowels, shape / shape.sum(), "same")
    decibels = 20 * np.log10(np.maximum(smooth, smooth.max() * 1e-3) + 1e-12)
    found, top, bottom, rising = [], 0, 0, True
    for place, now in enumerate(decibels):
        if rising:
            if now > decibels[top]:
                top = place
            elif now < decibels[top] - _PEAK:
                found.append(top)
                bottom, rising = place, False
        elif now < decibels[bottom]:
            bottom = place
        elif now > decibels[bottom] + _PEAK:
            top, rising = place, True
    return [*found, top] if rising and decibels[top] > decibels.min() + _PEAK else found
