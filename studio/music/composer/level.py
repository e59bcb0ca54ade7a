"""The level of a bed: its loudness measured, then every sample written once, no louder than the ceiling.

What is played goes into a file of floats first; only when all of it was heard is it known how loud it is.
"""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ...media.loudness import measured
from .sounds import RATE, Wave

LOUDNESS = -18.0
"""LUFS of every bed."""
CEILING = 10 ** (-4 / 20)
"""The loudest sample."""
_UNTOLD = -60.0
"""LUFS; nothing that is played is as soft."""
_WINDOW = 240
_NEAR = 24
"""Windows of 5 ms over which it is turned down before and after a peak."""
_AT_ONCE = 1 << 17


def levelled(blocks: Iterable[Wave], samples: int, path: Path, seed: int) -> None:
    """Writes what is played, float32 [2, n], `samples` in all, as WAV at LOUDNESS. Raises OSError."""
    with tempfile.TemporaryFile(dir=path.parent) as store:
        windows: list[NDArray[np.float32]] = []
        found = measured(_stored(blocks, store, windows)).integrated
        peak, power = np.concatenate(windows, axis=1)
        # Less than 0.4 s can't be measured so: its loudest sample then stands for it.
        if found is None or found <= _UNTOLD:
            gain = CEILING / 2 / max(float(peak.max()), 1e-6)
        else:
            gain = 10 ** ((LOUDNESS - found) / 20)
        wanted = float(power.sum(dtype=np.float64)) * gain**2
        for _ in range(3):  # what the peaks are turned down by, the whole is turned up by
            there = float((power * (_gains(peak * gain) * gain) ** 2).sum())
            gain *= (wanted / there) ** 0.5 if there else 1.0
        _written(store, samples, path, _gains(peak * gain) * gain, seed)


def _stored(blocks: Iterable[Wave], store: IO[bytes], windows: list[NDArray[np.float32]]) -> Iterator[Wave]:
    """Passes them on, and notes the peak and the power of each window."""
    rest = np.zeros((2, 0), np.float32)
    for block in blocks:
        store.write(np.ascontiguousarray(block.T, np.float32).tobytes())
        joined = np.concatenate((rest, block), axis=1)
        whole = joined.shape[1] // _WINDOW * _WINDOW
        windows.append(_measures(joined[:, :whole].reshape(2, -1, _WINDOW)))
        rest = joined[:, whole:]
        yield block
    if rest.shape[1]:
        windows.append(_measures(rest[:, None]))


def _measures(parts: Wave) -> NDArray[np.float32]:
    """Of float32 [2, windows, n]: float32 [2, windows], peaks and powers."""
    return np.stack((np.abs(parts).max(axis=(0, 2)), (parts**2).sum(axis=(0, 2))))


def _gains(peaks: NDArray[np.float32]) -> NDArray[np.float64]:
    """For every window the gain that keeps it below the ceiling: a smooth curve, for what comes is known."""
    allowed = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
    if allowed.min() >= 1:
        return np.ones(len(allowed))
    padded = np.pad(allowed, 2 * _NEAR, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1).min(axis=1)
    bell = np.hanning(2 * _NEAR + 1)  # its ends are 0: between two windows' middles the curve stays below
    return np.convolve(lowest, bell / bell.sum(), mode="valid")


def _written(store: IO[bytes], samples: int, path: Path, gains: NDArray[np.float64], seed: int) -> None:
    chance = np.random.default_rng(seed % 2**63)
    middles = np.arange(len(gains)) * _WINDOW + _WINDOW / 2
    store.seek(0)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        for begin in range(0, samples, _AT_ONCE):
            size = min(_AT_ONCE, samples - begin)
            block = np.frombuffer(store.read(size * 8), np.float32).reshape(-1, 2)
            curve = np.interp(np.arange(begin, begin + size), middles, gains).astype(np.float32)
            block = block * (curve * np.float32(32767))[:, None]
            # Two dice of half a step each make the rounding a soft noise instead of a distortion.
            dice = chance.random((2, *block.shape), dtype=np.float32)
            block += (dice[0] - dice[1]) * np.minimum(1, np.abs(block))
            out.writeframes(np.round(block).astype("<i2").tobytes())
