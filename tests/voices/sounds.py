"""Listens to what was said, with nothing of ours."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]


def heard(path: Path) -> tuple[int, Sound]:
    """Rate, and samples from -1 to 1."""
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 1 and file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return file.getframerate(), samples / 32768.0


def kept(path: Path, samples: Sound, rate: int = 24_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype(np.int16).tobytes())
    return path


def onsets(path: Path, rest: float = 0.1) -> list[float]:
    """Seconds at which something begins to be heard after at least `rest` seconds of silence."""
    rate, samples = heard(path)
    step = rate // 500
    looks = np.abs(samples[: len(samples) // step * step].reshape(-1, step)).max(1)
    loud = np.flatnonzero(looks > 0.01 * looks.max())
    after = np.flatnonzero(np.diff(loud, prepend=-(10**6)) * step / rate > rest)
    return [float(loud[place] * step / rate) for place in after]
