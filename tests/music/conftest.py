"""Short sounds, written and read with the standard library alone."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

RATE = 48000


@pytest.fixture
def sound(tmp_path: Path) -> Callable[..., Path]:
    """Writes `samples`, float [n] or [2, n], as `name` (WAV, or what its ending says) with the tags given."""

    def write(name: str, samples: np.ndarray | None = None, **tags: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = np.zeros(RATE // 10) if samples is None else samples
        both = np.broadcast_to(samples, (2, samples.shape[-1]))
        pcm = np.round(both.T * 32767).astype("<i2")
        if path.suffix == ".wav":
            with wave.open(str(path), "wb") as file:
                file.setparams((2, 2, RATE, 0, "NONE", ""))
                file.writeframes(pcm.tobytes())
            return path
        codec = {".flac": "flac", ".mp3": "libmp3lame"}[path.suffix]
        with av.open(str(path), "w") as container:
            container.metadata.update(tags)
            stream = container.add_stream(codec, rate=RATE, layout="stereo")
            frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), "s16", "stereo")
            frame.sample_rate = RATE
            resampler = av.AudioResampler(
                stream.format.name, "stereo", RATE, frame_size=stream.frame_size or 4096
            )
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(stream.encode(part))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.fixture(scope="session")
def heard() -> Callable[[Path], np.ndarray]:
    """A WAV file's samples, float64 [2, n]; it has to be 48 kHz, stereo, 16 bits."""

    def read(path: Path) -> np.ndarray:
        with wave.open(str(path)) as file:
            assert file.getparams()[:3] == (2, 2, RATE)
            return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T / 32768

    return read
