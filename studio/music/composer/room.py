"""The room in which it is played, and the tone of the whole: reverberation, softened treble, and a little less where a
voice speaks. One convolution does it all, block by block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .sounds import RATE, Wave

BLOCK = 1 << 17
"""Samples that a room takes at a time."""
_BINS = 1 << 18
_BANDS = ((180, 500, 0.9), (500, 1500, 1.0), (1500, 4000, 0.7), (4000, 8000, 0.45))
"""Of the reverberation: Hz, Hz, and how long it lasts, as a share. None below: the bass stays dry."""
_BEFORE = 0.018
"""Seconds until the walls answer."""


class Room:
    """Stereo in, stereo out, as long as what goes in; the last block may be shorter."""

    def __init__(self, seconds: float, wet_db: float) -> None:
        tone = _tone()
        self._kernels = [
            np.fft.rfft(kernel, _BINS) * tone for kernel in _kernels(seconds, 10 ** (wet_db / 20))
        ]
        self._rest = np.zeros((2, _BINS - BLOCK), np.float32)

    def heard(self, block: Wave) -> Wave:
        """`block` is float32 [2, n], n at most BLOCK; the same of what is heard of it and of what came before."""
        size = block.shape[1]
        out = np.empty((2, size), np.float32)
        for side, kernel in enumerate(self._kernels):
            sound = np.fft.irfft(np.fft.rfft(block[side], _BINS) * kernel, _BINS)
            sound[: self._rest.shape[1]] += self._rest[side]
            out[side] = sound[:size]
            self._rest[side] = sound[size : size + _BINS - BLOCK]
        return out


def _kernels(seconds: float, wet: float) -> NDArray[np.float64]:
    """The sound itself, and what comes back from the walls: float64 [2, n], another for each ear."""
    chance = np.random.default_rng(20)
    longest = _BINS - BLOCK - 4096
    samples = min(round(seconds * RATE), longest)
    time = np.arange(samples) / RATE
    hz = np.fft.rfftfreq(BLOCK, 1 / RATE)
    walls = np.zeros((2, samples))
    noises = [np.fft.rfft(chance.standard_normal(BLOCK)) for _ in walls]
    for low, high, share in _BANDS:
        curve = 1 / np.sqrt((1 + (low / np.maximum(hz, 1)) ** 4) * (1 + (hz / high) ** 4))
        fades = np.exp(-np.log(1000) / (seconds * share) * time)
        for wall, noise in zip(walls, noises, strict=True):
            wall += np.fft.irfft(noise * curve, BLOCK)[:samples] * fades
    rise = round(0.03 * RATE)
    walls[:, :rise] *= np.linspace(0, 1, rise)
    walls *= np.cos(np.pi / 2 * np.arange(samples) / samples)  # ends in nothing, however long it would be
    walls *= wet / np.sqrt((walls**2).sum(axis=1, keepdims=True))
    kernels = np.zeros((2, longest))
    kernels[:, 0] = 1
    late = round(_BEFORE * RATE)
    kernels[:, late : late + samples] += walls[:, : longest - late]
    return kernels


def _tone() -> NDArray[np.complex128]:
    """The curve of the whole as a causal filter: from its strengths alone, by way of the cepstrum."""
    size = 1 << 14
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1)
    octaves = np.log2(hz / 2200)
    db = -2.5 * np.exp(-((octaves / 0.9) ** 2))  # where consonants are
    db -= 10 * np.log10(1 + (hz / 9000) ** 4)
    db -= 10 * np.log10(1 + (28 / hz) ** 4)
    db = np.maximum(db, -60)
    cepstrum = np.fft.irfft(db / 20 * np.log(10), size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    filtered = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), size)[:4096]
    filtered[3072:] *= np.linspace(1, 0, 1024)
    return np.fft.rfft(filtered, _BINS)
