"""Giving way: what plays under a voice goes down before it speaks, stays down, and comes back when it is over.

music = ducked(music, voice)    # both float32 [2, n] at 48 kHz
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .limit import WINDOW
from .listen import SAMPLE_RATE, Samples

DUCK_DB = 12.0
"""By how much the others go down while somebody narrates."""
ATTACK = 0.15
"""Seconds before a word in which they go down: they are down when it begins."""
HOLD = 0.3
"""Seconds for which they stay down after a word."""
RELEASE = 0.4
"""Seconds in which they come back then."""

_AHEAD = 0.4  # seconds listened ahead: a pause of up to HOLD + _AHEAD isn't worth coming back for
_FLOOR = -50.0  # dBFS, RMS of a window: what is softer is nobody's speech
_UNDER = 28.0  # dB under what the voice was of late: breath and room
_FORGOTTEN = 3.0 * WINDOW / SAMPLE_RATE  # dB by which that falls with each window, 3 a second


class Ducker:
    """The gain under a voice, streamed: the voice goes in, and what to multiply the others by comes out later.

    The same samples get the same gain, however they are divided. Holds half a second.
    """

    def __init__(
        self, depth: float = DUCK_DB, attack: float = ATTACK, hold: float = HOLD, release: float = RELEASE
    ) -> None:
        self._depth = depth
        self._attack, self._hold, self._release = (
            max(1.0, each * SAMPLE_RATE / WINDOW) for each in (attack, hold, release)
        )
        self._ahead = int(np.ceil(max(_AHEAD * SAMPLE_RATE / WINDOW, self._attack))) + 1
        self._spoken: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._since = 1e9  # windows since the last word
        self._of_late = _FLOOR + _UNDER

    def push(self, voice: Samples) -> NDArray[np.float32]:
        """`voice` is float32 [2, n], n a multiple of the window. The gains of the samples that are settled."""
        self._spoken = np.concatenate((self._spoken, self._speech(voice)))
        settled = len(self._spoken) - self._ahead - 1
        if settled < 1:
            return np.zeros(0, np.float32)
        gains = self._gains(settled + 1)
        self._since = self._windows_since(settled)[-1]
        self._spoken = self._spoken[settled:]
        steps = np.arange(settled * WINDOW) / WINDOW
        return np.interp(steps, np.arange(settled + 1), gains).astype(np.float32)

    def rest(self) -> NDArray[np.float32]:
        """The gains of what was pushed last, as if silence followed."""
        return self.push(np.zeros((2, (self._ahead + 1) * WINDOW), np.float32))

    def _speech(self, voice: Samples) -> NDArray[np.bool_]:
        power = np.square(voice.reshape(2, -1, WINDOW), dtype=np.float64).mean(axis=(0, 2))
        levels = 10 * np.log10(np.maximum(power, 1e-12))
        spoken = np.zeros(len(levels), np.bool_)
        for number, level in enumerate(levels.tolist()):
            self._of_late = max(level, self._of_late - _FORGOTTEN)
            spoken[number] = level > max(_FLOOR, self._of_late - _UNDER)
        return spoken

    def _windows_since(self, count: int) -> NDArray[np.float64]:
        """Of the first `count` windows: how many ago the last word was."""
        places = np.arange(count, dtype=np.float64)
        last = np.maximum.accumulate(np.where(self._spoken[:count], places, -1 - self._since))
        return places - last

    def _gains(self, count: int) -> NDArray[np.float64]:
        """At the beginnings of the first `count` windows."""
        places = np.arange(len(self._spoken), dtype=np.float64)
        following = np.minimum.accumulate(np.where(self._spoken, places, np.inf)[::-1])[::-1]
        until, since = (following - places)[:count], self._windows_since(count)
        down = np.maximum(1 - until / self._attack, 1 - (since - self._hold) / self._release)
        down[(until + since <= self._hold + self._ahead - 1) & (until <= self._ahead)] = 1
        # Half a wave down and half a wave up, in decibels: no corner that one could hear.
        down = np.sin(np.pi / 2 * np.clip(down, 0, 1)) ** 2
        return 10 ** (-self._depth * down / 20)


def ducked(
    sound: Samples,
    voice: Samples,
    depth: float = DUCK_DB,
    attack: float = ATTACK,
    hold: float = HOLD,
    release: float = RELEASE,
) -> Samples:
    """`sound` as it gives way to `voice`; both float32 [2, n] at 48 kHz that begin together."""
    ducker = Ducker(depth, attack, hold, release)
    length = sound.shape[1]
    key = np.zeros((2, -(-length // WINDOW) * WINDOW), np.float32)
    heard = min(length, voice.shape[1])
    key[:, :heard] = voice[:, :heard]
    gains = np.concatenate((ducker.push(key), ducker.rest()))[:length]
    return sound * gains
