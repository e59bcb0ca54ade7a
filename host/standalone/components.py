"""A video taken apart as ComfyUI's Get Video Components does: all its frames, its sound, its rate.

What ComfyUI loses is kept: frames of a varying rate stand where they were, and so does a sound that begins late.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ...studio.errors import MediaError
from ...studio.media.decode import moments
from ...studio.media.fit import Graph, upright_rgb
from ...studio.media.packets import sounds
from ...studio.media.probe import ClipInfo, opened, picture_of, probe, sound_of
from ..pictures import to_unit
from ..waves import read_sound


@dataclass
class Components:
    """A video as arrays: images float32 [frames, H, W, 3]; audio an AUDIO value or None."""

    images: np.ndarray
    frame_rate: Fraction
    audio: Any = None
    metadata: dict[str, str] | None = None


def components(path: Path) -> Components:
    """Every frame as an array: as much memory as width × height × 12 bytes × frames. Raises MediaError."""
    with opened(path) as container:
        if picture_of(container) is None:
            raise MediaError(f"{path.name} has no picture")
        stream: Any = picture_of(container)
        rate = Fraction(stream.average_rate or 1)
        sound: Any = sound_of(container)
        metadata = dict(container.metadata)
    info = probe(path)
    frames = _frames(info, rate)
    audio = _sound(info) if sound is not None else None
    return Components(to_unit(np.stack(frames)), rate, audio, metadata)


def _frames(info: ClipInfo, rate: Fraction) -> list[np.ndarray]:
    """uint8 [H,W,3]: as they come, or, if that would move any by more than a frame, as they are on screen."""
    lying = info.rotation in (90, 270)
    size = (info.stored[1], info.stored[0]) if lying else info.stored
    graph = Graph(info, upright_rgb(info, size, as_stored=True))
    times, frames = [], []
    for time, frame in moments(info):
        times.append(time)
        frames.append(graph(frame).to_ndarray())
    if not frames:
        raise MediaError(f"{info.path.name} has no frame that can be decoded")
    if all(abs(time * rate - number) <= 1 for number, time in enumerate(times)):
        return frames
    count = max(1, round(info.duration * rate))
    shown = np.searchsorted(
        np.array([float(time) for time in times]), np.arange(count) / float(rate) + 0.002, "right"
    )
    return [frames[max(0, number - 1)] for number in shown]


def _sound(info: ClipInfo) -> dict[str, Any]:
    """An AUDIO value that begins with the picture: silence before a late sound, and no sound before the picture."""
    waveform, rate = read_sound(info.path)
    late = round((_begins(info.path) - info.origin) * rate)
    waveform = np.pad(waveform, ((0, 0), (late, 0))) if late > 0 else waveform[:, -late:]
    return {"waveform": waveform[None], "sample_rate": rate}


def _begins(path: Path) -> Fraction:
    with opened(path) as container:
        stream: Any = sound_of(container)
        for frame in sounds(container, stream):
            return frame.pts * frame.time_base if frame.pts is not None and frame.time_base else Fraction(0)
    return Fraction(0)
