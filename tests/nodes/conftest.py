"""Folders to run nodes in, tiny media made on the fly, and what a decoder finds in the results."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from storyreel.host.standalone import values
from storyreel.host.standalone.context import Place, here


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Input, output and temp folders; within the test nodes read and write there."""
    made = Place.under(tmp_path / "engine")
    with here(made):
        yield made


@pytest.fixture
def execute(place: Place) -> Callable[..., tuple[Any, ...]]:
    """Calls a node as the engine does and returns its outputs."""

    def run(node: Any, **inputs: Any) -> tuple[Any, ...]:
        return asyncio.run(node.execute(**inputs)).result or ()

    return run


@pytest.fixture
def clip(place: Place) -> Callable[..., Any]:
    """Makes a VIDEO of one grey or a grey per frame: `clip("a", 100, frames=24, size=(64, 36), tone=440)`."""

    def make(
        name: str,
        grey: Any = 100,
        frames: int = 24,
        fps: int = 24,
        size: tuple[int, int] = (64, 36),
        tone: float | None = None,
    ) -> Any:
        path = place.temp / f"{name}.mp4"
        with av.open(str(path), "w") as file:
            picture = file.add_stream("libx264", rate=fps, options={"qp": "0"})
            picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
            sound = file.add_stream("aac", rate=48000, layout="stereo") if tone else None
            for number in range(frames):
                luma = grey(number) if callable(grey) else grey
                planes = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
                planes[: size[1]] = luma
                file.mux(picture.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
            file.mux(picture.encode(None))
            if sound is not None:
                time = np.arange(48000 * frames // fps) / 48000
                wave = np.tile(0.5 * np.sin(2 * np.pi * tone * time), (2, 1)).astype(np.float32)
                frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="stereo")
                frame.sample_rate = 48000
                file.mux(sound.encode(frame))
                file.mux(sound.encode(None))
        return values.FileVideo(path)

    return make


@pytest.fixture
def tone() -> Callable[..., dict[str, Any]]:
    """Makes an AUDIO, as a node gets it: a sine of `seconds`."""

    def make(seconds: float, pitch: float = 440.0, loud: float = 0.5) -> dict[str, Any]:
        time = np.arange(int(48000 * seconds)) / 48000
        wave = (loud * np.sin(2 * np.pi * pitch * time)).astype(np.float32)
        return {"waveform": np.stack([wave, wave])[None], "sample_rate": 48000}

    return make


@pytest.fixture(scope="session")
def docs() -> Any:
    """scripts/make_node_docs.py."""
    path = Path(__file__).parents[2] / "scripts" / "make_node_docs.py"
    spec = importlib.util.spec_from_file_location("make_node_docs", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """All doors, emulated on this machine, with keys for them, and looked at often."""
    from storyreel.emulators import Emulator
    from storyreel.studio.home import home
    from storyreel.studio.planning.model_choice import FREE
    from storyreel.studio.providers import PROVIDERS

    polls = "".join(f"[doors.{door}]\npoll_seconds = 0.05\n" for door in PROVIDERS if door != FREE)
    (home() / "config.toml").write_text(polls)
    with Emulator(work=0.1) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator


class Seen:
    """What is in a video file: frames as luma [n, H, W], sound as [2, samples], and how it is stored."""

    def __init__(self, video: Any) -> None:
        self.path = Path(video.get_stream_source()) if hasattr(video, "get_stream_source") else Path(video)
        with av.open(str(self.path)) as file:
            stream = file.streams.video[0]
            self.fps = Fraction(stream.average_rate or 0)
            self.size = stream.width, stream.height
            self.luma = np.stack(
                [
                    frame.reformat(format="yuv420p").to_ndarray()[: frame.height]
                    for frame in file.decode(stream)
                ]
            )
            self.chapters = [chapter["metadata"].get("title") for chapter in file.chapters()]
        self.sound, self.sound_rate = np.zeros((2, 0), np.float32), 48000
        with av.open(str(self.path)) as file:
            if file.streams.audio:
                self.sound_rate = file.streams.audio[0].rate
                parts = [frame.to_ndarray() for frame in file.decode(audio=0)]
                self.sound = np.concatenate(parts, axis=1)

    @property
    def frames(self) -> int:
        return len(self.luma)

    @property
    def greys(self) -> np.ndarray:
        """The mean luma of each frame."""
        return self.luma.mean((1, 2))


@pytest.fixture
def look() -> Callable[[Any], Seen]:
    return Seen
