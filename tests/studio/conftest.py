"""Tiny real media, made by an ffmpeg that is not ours, and what a decoder finds in the results."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs ffmpeg with the given words; raises if it fails."""
    program = imageio_ffmpeg.get_ffmpeg_exe()

    def run(*words: object) -> subprocess.CompletedProcess[bytes]:
        command = [program, "-v", "error", "-nostdin", "-y", *map(str, words)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done

    return run


@pytest.fixture
def clip(tmp_path: Path, ffmpeg) -> Callable[..., Path]:
    """Makes a clip: `clip("red.mp4", "red", seconds=2, fps=24, size="64x36", tone=440)`.

    `picture` is a colour, or a lavfi source with its own size and rate. `tags` is what the file says of its
    colours: setparams' words.
    """

    def make(
        name: str,
        picture: str = "gray",
        seconds: float = 1,
        fps: object = 24,
        size: str = "64x36",
        tone: float | None = None,
        tags: str = "colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv",
        words: tuple[object, ...] = (),
    ) -> Path:
        path = tmp_path / name
        source = picture
        if "=" not in picture:
            source = f"color={picture}:s={size}:r={fps}:d={seconds},scale=out_color_matrix=bt709:out_range=tv"
            source += ",format=yuv420p"
        inputs: list[object] = ["-f", "lavfi", "-i", f"{source},setparams={tags}"]
        if tone is not None:
            inputs += ["-f", "lavfi", "-i", f"sine=f={tone}:r=48000:d={seconds}"]
        ffmpeg(*inputs, *words, "-t", seconds, path)
        return path

    return make


@pytest.fixture
def wav(tmp_path: Path, ffmpeg) -> Callable[[str, np.ndarray], str]:
    """Writes float32 [n] or [2, n] at 48 kHz as a sound file: `wav("a.wav", samples)`."""

    def write(name: str, samples: np.ndarray) -> str:
        samples = np.atleast_2d(samples).astype(np.float32)
        raw, path = tmp_path / f"{name}.raw", tmp_path / name
        samples.T.tofile(raw)
        ffmpeg("-f", "f32le", "-ar", 48000, "-ac", len(samples), "-i", raw, "-c:a", "pcm_f32le", path)
        return str(path)

    return write


@pytest.fixture
def numbered(clip) -> Callable[..., Path]:
    """A clip whose luma tells the frame: 20 + 2 × its number, lossless, up to 100 frames."""

    def make(name: str, frames: int = 48, fps: object = 24, words: tuple[object, ...] = ()) -> Path:
        rate = float(Fraction(str(fps)))
        source = (
            f"nullsrc=s=32x32:r={fps}:d={frames / rate + 1},format=yuv420p,geq=lum='20+2*N':cb=128:cr=128"
        )
        return clip(
            name, source, seconds=100, words=("-frames:v", frames, "-c:v", "libx264", "-qp", 0, *words)
        )

    return make


@pytest.fixture(scope="session")
def look() -> Callable[[Path], list[tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Every frame of a file as y, u, v."""

    def frames(path: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        with av.open(str(path)) as container:
            return [_planes(frame) for frame in container.decode(video=0)]

    return frames


def _planes(frame: av.VideoFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    whole = frame.to_ndarray(format="yuv420p")
    h, w = frame.height, frame.width
    y, rest = whole[:h], whole[h:].reshape(2, h // 2, w // 2)
    return y, rest[0], rest[1]


@pytest.fixture(scope="session")
def numbers(look) -> Callable[[Path], list[int]]:
    """Which frame of a numbered clip each frame of a film shows."""

    def read(path: Path) -> list[int]:
        return [round((float(y[8:24, 8:24].mean()) - 20) / 2) for y, _, _ in look(path)]

    return read


@pytest.fixture(scope="session")
def hear(ffmpeg) -> Callable[[Path], np.ndarray]:
    """The sound of a file as a player plays it: float32 [2, n] at 48 kHz."""

    def samples(path: Path) -> np.ndarray:
        raw = ffmpeg("-i", path, "-map", "0:a:0", "-ar", 48000, "-ac", 2, "-f", "f32le", "-").stdout
        return np.frombuffer(raw, np.float32).reshape(-1, 2).T

    return samples


@pytest.fixture(scope="session")
def decodes_strictly(ffmpeg) -> Callable[[Path], bool]:
    """A decoder that stops at the first irregularity finds none."""

    def silent(path: Path) -> bool:
        done = ffmpeg("-xerror", "-err_detect", "explode", "-i", path, "-f", "null", "-")
        return done.stderr == b""

    return silent


@pytest.fixture
def left_behind(tmp_path: Path) -> Callable[[], list[str]]:
    """Hidden files in the test's folder: what an unfinished film would leave."""
    return lambda: [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
