"""A second reader, and words as a voice says them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from storyreel.studio.timeline.timeline import Word


@pytest.fixture
def ffmpeg() -> Callable[..., str]:
    """Runs an ffmpeg that isn't ours; returns what it writes."""
    program = imageio_ffmpeg.get_ffmpeg_exe()

    def run(*words: object) -> str:
        command = [program, "-v", "error", "-nostdin", "-y", *map(str, words)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0 and not done.stderr, done.stderr.decode()
        return done.stdout.decode()

    return run


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    """A clip of one grey with a tone: `clip(seconds=2, fps=20, size=(320, 180), grey=60)`."""

    def make(seconds: float = 2, fps: int = 20, size: tuple[int, int] = (320, 180), grey: int = 60) -> Path:
        path = tmp_path / f"grey_{grey}.mp4"
        with av.open(str(path), "w") as file:
            picture = file.add_stream("libx264", rate=fps, options={"qp": "0", "preset": "ultrafast"})
            picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
            planes = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
            planes[: size[1]] = grey
            for _ in range(round(seconds * fps)):
                file.mux(picture.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
            file.mux(picture.encode(None))
        return path

    return make


@pytest.fixture
def planes() -> Callable[[Path], list[tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Every frame of a file as y, u, v."""

    def read(path: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        found = []
        with av.open(str(path)) as file:
            for frame in file.decode(video=0):
                whole, height, width = frame.to_ndarray(format="yuv420p"), frame.height, frame.width
                chroma = whole[height:].reshape(2, height // 2, width // 2)
                found.append((whole[:height], chroma[0], chroma[1]))
        return found

    return read


@pytest.fixture
def say() -> Callable[..., list[Word]]:
    """A text as it is said: so many letters a second, and a rest after each clause and sentence."""

    def words(text: str, pace: float = 15, rest: float = 0.35) -> list[Word]:
        at, found = 0.0, []
        for word in text.split():
            long = max(0.12, len(word) / pace)
            found.append(Word(text=word, start=round(at, 3), end=round(at + long, 3)))
            at += long + 0.02 + (rest if word[-1] in ".!?" else rest / 2 if word[-1] in ",;:" else 0)
        return found

    return words
