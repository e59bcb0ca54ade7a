"""The drums: a falling tone, some noise, or both. All soft: this lies under a voice."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .sounds import RATE, Wave


class Drum(NamedTuple):
    tones: tuple[tuple[float, float, float, float], ...] = ()
    """Hz, by what ratio it begins higher, seconds to -60 dB, strength."""
    noise: tuple[tuple[float, float, float, float], ...] = ()
    """From Hz, to Hz, seconds to -60 dB, strength."""
    attack: float = 0.002


DRUMS: dict[str, Drum] = {
    "soft kick": Drum(((52, 2.2, 0.38, 1.0),), ((200, 1500, 0.03, 0.05),), 0.003),
    "heart": Drum(((46, 1.5, 0.45, 1.0),), (), 0.008),
    "taiko": Drum(((62, 1.4, 1.3, 1.0), (97, 1.2, 0.7, 0.4), (151, 1.1, 0.35, 0.2)), ((120, 900, 0.12, 0.3),), 0.003),
    "low boom": Drum(((36, 1.3, 2.8, 1.0), (55, 1.2, 1.6, 0.4)), ((60, 400, 0.8, 0.3),), 0.012),
    "shaker": Drum((), ((3500, 9000, 0.11, 1.0),), 0.012),
    "hat": Drum((), ((5500, 11000, 0.07, 1.0),), 0.002),
    "brush": Drum((), ((900, 6000, 0.22, 1.0),), 0.012),
    "clap": Drum((), ((800, 4000, 0.20, 1.0),), 0.004),
    "snap": Drum(((1900, 1.0, 0.06, 0.25),), ((1200, 4500, 0.09, 1.0),), 0.002),
    "tick": Drum(((2300, 1.0, 0.03, 0.6),), ((2500, 7000, 0.03, 0.6),), 0.001),
    "wood": Drum(((820, 1.05, 0.09, 1.0), (1480, 1.0, 0.06, 0.4)), (), 0.001),
}  # fmt: skip
_PEAK = 0.5


@lru_cache(maxsize=len(DRUMS))
def hit(name: str) -> Wave:
    """Float32 [2, n] that begins and ends in silence."""
    drum = DRUMS[name]
    longest = max(row[2] for row in (*drum.tones, *drum.noise))
    samples = round(longest * RATE)
    time = np.arange(samples) / RATE
    chance = np.random.default_rng(zlib.crc32(name.encode()))
    wave = np.zeros((2, samples))
    for hz, above, fades, strength in drum.tones:
        pitch = hz * (1 + (above - 1) * np.exp(-time / 0.03))
        wave += strength * np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * 1000 ** (-time / fades)
    for low, high, fades, strength in drum.noise:
        noise = _between(chance.standard_normal((2, samples)), low, high)
        wave += strength * noise / np.abs(noise).max() * 1000 ** (-time / fades)
    rise, fall = round(drum.attack * RATE), samples // 8
    wave[:, :rise] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)
    wave[:, -fall:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(fall) / fall)
    return (wave * (_PEAK / np.abs(wave).max())).astype(np.float32)


def _between(noise: np.ndarray, low: float, high: float) -> np.ndarray:
    hz = np.fft.rfftfreq(noise.shape[1], 1 / RATE)
    curve = 1 / np.sqrt(1 + (low / np.maximum(hz, 1)) ** 6) / np.sqrt(1 + (hz / high) ** 6)
    return np.fft.irfft(np.fft.rfft(noise) * curve, noise.shape[1])
