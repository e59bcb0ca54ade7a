"""The clips that finished jobs deliver: real films of the right length, size, rate and sound.

`plain` is one flat colour, fast: a second of picture is encoded once and its packets are repeated. `card` is a
rehearsal that can be looked at: see cards.py; `footage` begins and ends as its pictures say: see footage.py. An
extension is the source's end followed by the added seconds.
"""

from __future__ import annotations

import colorsys
import hashlib
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from ...studio.media.encode import SAMPLE_RATE, sound_frame
from ...studio.media.planes import Planes, frame_of
from .jobs import Ask

FPS = 24
TONE = 10 * SAMPLE_RATE / 1024
"""Hertz: so that each AAC frame holds whole periods and sounds like the one before."""
LOUDNESS = 0.05


def make(ask: Ask, name: str, picture: str, media: Path, drift: float = 1.0, flash: bool = False) -> bytes:
    """The clip that was asked for, as MP4; the picture, as PNG; the sound, as WAV or MP3. `name` is the job's, written
    into the file: no two are the same. `media` is the folder with what the request brought.
    """
    if ask.kind in ("speech", "music"):
        from . import sounds

        return sounds.make(ask, name)
    if ask.kind == "picture":
        from . import stills

        return stills.make(ask, name, picture, media, hue_of(ask))
    if ask.source is not None:
        from .cards import from_source

        clip = from_source(ask, picture, media)
    elif picture == "card":
        from .cards import card

        clip = card(ask, media)
    elif picture == "footage":
        from .footage import footage

        clip = footage(ask, media, drift, flash)
    else:
        clip = plain(ask.width, ask.height, frames_of(ask.seconds), ask.sound, hue_of(ask))
    return clip + _mark(name)


def frames_of(seconds: float) -> int:
    return max(1, round(seconds * FPS))


def hue_of(ask: Ask) -> int:
    """One of 256 colours: the same for the same prompt and seed."""
    return hashlib.sha256(f"{ask.prompt}\n{ask.seed}".encode()).digest()[0]


def colour_of(hue: int) -> tuple[int, int, int]:
    """Y, Cb and Cr of a colour, bt.709, tv range."""
    red, green, blue = colorsys.hsv_to_rgb(hue / 256, 0.6, 0.7)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.8556),
        round(128 + 224 * (red - luma) / 1.5748),
    )


def flat(width: int, height: int, hue: int) -> Planes:
    """A frame of one colour."""
    y, cb, cr = colour_of(hue)
    half = (height // 2, width // 2)
    return (
        np.full((height, width), y, np.uint8),
        np.full(half, cb, np.uint8),
        np.full(half, cr, np.uint8),
    )


@lru_cache(maxsize=64)
def plain(width: int, height: int, frames: int, sound: bool, hue: int) -> bytes:
    """A clip of one colour and, with sound, a quiet tone. It costs one second's encoding, whatever its length."""
    with written() as (container, finished):
        video = video_stream(container, width, height)
        picture = frame_of(flat(width, height, hue))
        second: list[bytes] = []
        for number in range(FPS):
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            second += [bytes(packet) for packet in video.encode(picture)]
        second += [bytes(packet) for packet in video.encode(None)]
        audio = tone_stream(container) if sound else None
        container.start_encoding()
        for number in range(frames):
            packet = av.Packet(second[number % FPS])
            packet.stream, packet.time_base = video, Fraction(1, FPS)
            packet.pts = packet.dts = number
            packet.duration = 1
            packet.is_keyframe = number % FPS == 0
            container.mux(packet)
        if audio is not None:
            _repeat_tone(container, audio, frames)
    return finished()


def video_stream(container: Any, width: int, height: int, crf: int = 23) -> Any:
    """H.264 at 24 frames a second, a keyframe each second, no frame out of order."""
    stream = container.add_stream(
        "libx264", rate=FPS, options={"preset": "ultrafast", "crf": str(crf), "tune": "zerolatency"}
    )
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.gop_size = FPS
    context.thread_count = 1
    context.sample_aspect_ratio = Fraction(1)
    context.color_primaries = context.color_trc = context.colorspace = 1
    context.color_range = 1
    return stream


def tone_stream(container: Any) -> Any:
    fast = {"aac_coder": "fast"}
    return container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", bit_rate=96_000, options=fast)


def tone(first: int, count: int, loudness: float = LOUDNESS) -> np.ndarray:
    """float32 [2, n]: `count` samples of the tone, from sample `first` on."""
    wave = loudness * np.sin(2 * np.pi * TONE * np.arange(first, first + count) / SAMPLE_RATE)
    return np.stack([wave, wave]).astype(np.float32)


def _repeat_tone(container: Any, stream: Any, frames: int) -> None:
    packets: list[bytes] = []
    for number in range(8):
        packets += [bytes(p) for p in stream.encode(sound_frame(tone(1024 * number, 1024), 1024 * number))]
    samples = frames * SAMPLE_RATE // FPS
    for number in range(-1, -(-samples // 1024)):  # the first is the encoder's run-up
        packet = av.Packet(packets[min(number + 1, len(packets) - 1)])
        packet.stream, packet.time_base = stream, Fraction(1, SAMPLE_RATE)
        packet.pts = packet.dts = 1024 * number
        packet.duration = min(1024, samples - 1024 * number)
        container.mux(packet)


def write(frames: Iterator[Planes], width: int, height: int, sound: np.ndarray | None) -> bytes:
    """A clip of these frames (y, u, v) and of this sound, float32 [2, n] at 48 kHz."""
    with written() as (container, finished):
        video = video_stream(container, width, height, crf=21)
        audio = tone_stream(container) if sound is not None else None
        for number, planes in enumerate(frames):
            frame = frame_of(planes)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            for start in range(0, sound.shape[1], SAMPLE_RATE):
                container.mux(audio.encode(sound_frame(sound[:, start : start + SAMPLE_RATE], start)))
            container.mux(audio.encode(None))
    return finished()


@contextmanager
def written() -> Iterator[tuple[Any, Callable[[], bytes]]]:
    """An MP4 container, moov first, and what gives its bytes after the block."""
    handle, name = tempfile.mkstemp(prefix="storyreel-emulate-", suffix=".mp4")
    os.close(handle)  # av opens it by name, and again to move the moov
    path = Path(name)
    data: list[bytes] = []
    try:
        with av.open(name, "w", format="mp4", container_options={"movflags": "+faststart"}) as container:
            yield container, lambda: data[0]
        data.append(path.read_bytes())
    finally:
        path.unlink(missing_ok=True)


def _mark(name: str) -> bytes:
    """An MP4 box that players skip."""
    text = f"rehearsal {name}".encode()
    return struct.pack(">I4s", 8 + len(text), b"free") + text
