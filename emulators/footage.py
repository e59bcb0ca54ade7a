"""Clips that go by their pictures as a generator's do: the first frame is the one that was given, the last one too
where there is one, and something moves in between. Without pictures a scene is made up from the words.

`drift` is what generators are blamed for: by its end a clip is so much brighter than it began.
`flash` is what Veo and Omni do at times: frame 0 is the picture that was given, and frame 1 a hard cut to the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..studio.media import image
from ..studio.media.planes import Planes, planes_of
from . import encode
from .jobs import Ask
from .makes import OURS, Make

Pixels = NDArray[np.uint8]
_CRF = 6
_TRAVEL = 0.06
"""How far the picture moves sideways in a clip, of its width."""


def footage(ask: Ask, media: Path, drift: float = 1.0, flash: bool = False, make: Make = OURS) -> bytes:
    """The clip of a request without a source, as MP4."""
    count = make.frames(ask.seconds)
    sound = encode.tone(0, make.samples(count)) if ask.sound else None
    pictures = (_planes(pixels) for pixels in _pictures(ask, media, count, drift, flash))
    return encode.write(pictures, ask.width, ask.height, sound, replace(make, crf=_CRF))


def _pictures(ask: Ask, media: Path, count: int, drift: float, flash: bool) -> Iterator[Pixels]:
    first = _scaled(media / ask.first, ask) if ask.first else _made_up(ask)
    if flash and ask.first:
        yield first
        first, count = _made_up(ask), count - 1
    last = _scaled(media / ask.last, ask) if ask.last else None
    for number in range(count):
        p = number / max(1, count - 1)
        seen = first
        if last is None:
            seen = np.roll(first, round(p * _TRAVEL * ask.width), axis=1)
        elif p > 0:
            seen = np.asarray(cv2.addWeighted(first, 1 - p, last, p, 0), np.uint8)
        yield (
            seen if drift == 1 else np.asarray(cv2.convertScaleAbs(seen, alpha=1 + (drift - 1) * p), np.uint8)
        )


def _scaled(path: Path, ask: Ask) -> Pixels:
    """The picture cut to the frame's shape and scaled to its size."""
    pixels = image.read(path)
    high, wide = pixels.shape[:2]
    scale = max(ask.width / wide, ask.height / high)
    if scale != 1:
        size = max(ask.width, round(wide * scale)), max(ask.height, round(high * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (pixels.shape[0] - ask.height) // 2, (pixels.shape[1] - ask.width) // 2
    return np.ascontiguousarray(pixels[top : top + ask.height, left : left + ask.width], np.uint8)


def _made_up(ask: Ask) -> Pixels:
    """Hills of colour: the same for the same words and seed; its left edge goes on from its right one."""
    dice = np.random.default_rng([encode.hue_of(ask), ask.seed or 0])
    across = np.linspace(0, 2 * np.pi, ask.width, endpoint=False)[None, :]
    down = np.linspace(0, 1, ask.height)[:, None]
    planes = []
    for _ in range(3):
        waves = sum(
            dice.uniform(0.3, 1) * np.sin((k + 1) * across + dice.uniform(0, 6) + dice.uniform(1, 5) * down)
            for k in range(3)
        )
        planes.append(110 + 28 * np.asarray(waves) + dice.uniform(-25, 25) * (down - 0.5))
    return np.clip(np.stack(planes, axis=-1), 20, 225).astype(np.uint8)


def _planes(pixels: Pixels) -> Planes:
    """yuv420p, bt.709, tv range."""
    import av

    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return planes_of(frame.reformat(format="yuv420p", src_colorspace="ITU709", dst_colorspace="ITU709"))
