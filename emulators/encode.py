"""Frames and sound into a file, as a service encodes it."""

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
from typing import Any, NamedTuple

import av
import numpy as np
from av.codec.context import Flags

from ..studio.media.planes import Planes, frame_of
from .boxes import signed
from .jobs import Ask
from .makes import OURS, Make

PERIODS = 10
"""Of the tone in 1024 samples: each AAC frame holds whole ones and sounds like the one before."""


LOUDNESS = 0.05


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
def plain(width: int, height: int, frames: int, sound: bool, hue: int, make: Make = OURS) -> bytes:
    """A clip of one colour and, with sound, a quiet tone. It costs one frame's encoding, whatever its length: all
    that follow a keyframe say that nothing changes, whatever the colour."""
    make = make.at(width, height)
    with written(make) as (container, finished):
        video = video_stream(container, width, height, make)
        audio = tone_stream(container, make) if sound else None
        container.start_encoding()
        picture = frame_of(flat(width, height, hue))
        picture.pts, picture.time_base = 0, Fraction(1, make.fps)
        [key] = [*video.encode(picture), *video.encode(None)]
        for moment in _still(width, height, frames, make):
            packet = av.Packet(bytes(key) if moment.key else moment.data)
            packet.stream, packet.time_base = video, Fraction(1, make.fps)
            packet.pts, packet.dts = moment.pts + make.lead, moment.dts + make.lead
            packet.duration = 1
            packet.is_keyframe = moment.key
            container.mux(packet)
        if audio is not None:
            _repeat_tone(container, audio, frames, make)
    return finished()


class _Moment(NamedTuple):
    """A packet of picture; times in frames."""

    data: bytes
    pts: int
    dts: int
    key: bool


@lru_cache(maxsize=64)
def _still(width: int, height: int, frames: int, make: Make) -> tuple[_Moment, ...]:
    """The packets of a picture that is grey and stands still: after a keyframe of any colour they show that colour."""
    if make.keys < frames:  # the same packets from one keyframe to the next
        group, left = _still(width, height, make.keys, make), frames % make.keys
        rest = _still(width, height, left, make) if make.reorders and left else group[:left]
        groups = [*[group] * (frames // make.keys), rest]
        return tuple(
            _Moment(each.data, each.pts + number * make.keys, each.dts + number * make.keys, each.key)
            for number, packets in enumerate(groups)
            for each in packets
        )
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate, context.time_base = Fraction(make.fps), Fraction(1, make.fps)
    context.options = _options(make)
    context.flags |= Flags.global_header
    _settle(context, make)
    half = (height // 2, width // 2)
    grey = frame_of(
        (np.full((height, width), 128, np.uint8), np.full(half, 128, np.uint8), np.full(half, 128, np.uint8))
    )
    packets: list[av.Packet] = []
    for number in range(frames):
        grey.pts, grey.time_base = number, Fraction(1, make.fps)
        packets += context.encode(grey)
    packets += context.encode(None)
    return tuple(_Moment(bytes(each), each.pts or 0, each.dts or 0, each.is_keyframe) for each in packets)


def video_stream(container: Any, width: int, height: int, make: Make) -> Any:
    stream = container.add_stream("libx264", rate=make.fps, options=_options(make))
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    _settle(stream.codec_context, make)
    return stream


def _options(make: Make) -> dict[str, str]:
    """Keyframes only where they are due; with B-frames, three that lean on each other, as x264's presets have them."""
    more = "scenecut=0:b-adapt=0:bframes=3:b-pyramid=normal:ref=4:cabac=1:8x8dct=1:weightp=2"
    plain = {"preset": "ultrafast", "crf": str(make.crf)}
    return plain | ({"x264-params": more} if make.reorders else {"tune": "zerolatency"})


def _settle(context: Any, make: Make) -> None:
    context.gop_size = make.keys
    context.thread_count = 1
    if make.tagged:
        context.sample_aspect_ratio = Fraction(1)
        context.color_primaries = context.color_trc = context.colorspace = 1
        context.color_range = 1


def tone_stream(container: Any, make: Make) -> Any:
    fast = {"aac_coder": "fast"}
    layout = "stereo" if make.channels == 2 else "mono"
    return container.add_stream("aac", rate=make.rate, layout=layout, bit_rate=96_000, options=fast)


def tone(first: int, count: int, loudness: float = LOUDNESS) -> np.ndarray:
    """float32 [2, n]: `count` samples of the tone, from sample `first` on."""
    wave = loudness * np.sin(2 * np.pi * PERIODS / 1024 * np.arange(first, first + count))
    return np.stack([wave, wave]).astype(np.float32)


def sound_frame(sound: np.ndarray, first: int, make: Make) -> av.AudioFrame:
    """Of float32 [2, n] at the rate of the make; `first` is the number of its first sample."""
    layout = "stereo" if make.channels == 2 else "mono"
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[: make.channels]), "fltp", layout)
    frame.sample_rate, frame.pts, frame.time_base = make.rate, first, Fraction(1, make.rate)
    return frame


def _repeat_tone(container: Any, stream: Any, frames: int, make: Make) -> None:
    packets: list[bytes] = []
    for number in range(8):
        packets += [
            bytes(p) for p in stream.encode(sound_frame(tone(1024 * number, 1024), 1024 * number, make))
        ]
    samples = make.samples(frames)
    for number in range(-make.run_up, -(-samples // 1024)):  # the first are the encoder's run-up
        packet = av.Packet(packets[min(max(0, number + 1), len(packets) - 1)])
        packet.stream, packet.time_base = stream, Fraction(1, make.rate)
        packet.pts = packet.dts = 1024 * number
        packet.duration = min(1024, samples - 1024 * number)
        container.mux(packet)


def write(
    frames: Iterator[Planes], width: int, height: int, sound: np.ndarray | None, make: Make = OURS
) -> bytes:
    """A clip of these frames (y, u, v) and of this sound, float32 [2, n] at the rate of the make."""
    make = make.at(width, height)
    with written(make) as (container, finished):
        video = video_stream(container, width, height, make)
        audio = tone_stream(container, make) if sound is not None else None
        for number, planes in enumerate(frames):
            frame = frame_of(planes)
            frame.pts, frame.time_base = number + make.lead, Fraction(1, make.fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            for start in range(0, sound.shape[1], make.rate):
                container.mux(audio.encode(sound_frame(sound[:, start : start + make.rate], start, make)))
            container.mux(audio.encode(None))
    return finished()


@contextmanager
def written(make: Make) -> Iterator[tuple[Any, Callable[[], bytes]]]:
    """An MP4 container, and what gives its bytes after the block."""
    handle, name = tempfile.mkstemp(prefix="storyreel-emulate-", suffix=".mp4")
    os.close(handle)  # av opens it by name, and again to move the moov
    path = Path(name)
    data: list[bytes] = []
    options = {"movflags": "+faststart"} if make.moov_first else {}
    if make.fragments:
        options = {"movflags": "+frag_keyframe+empty_moov+default_base_moof", "frag_duration": "1000000"}
    if make.timescale:
        options["video_track_timescale"] = str(make.timescale)
    try:
        with av.open(name, "w", format="mp4", container_options=options) as container:
            yield container, lambda: data[0]
        clip = path.read_bytes()
        data.append(signed(clip, make.c2pa) if make.c2pa else clip)
    finally:
        path.unlink(missing_ok=True)


def mark(name: str) -> bytes:
    """An MP4 box that players skip."""
    text = f"rehearsal {name}".encode()
    return struct.pack(">I4s", 8 + len(text), b"free") + text
