"""The flash at the start of a clip that a model made from a picture: frame 0 is the picture itself, and frame 1 is a
hard cut to what was filmed.

    flash_seconds(Path("clip.mp4"), ["photo.png"])
    # Fraction(1, 24): for so long the picture is seen; 0 without a flash

Measured on thumbnails: frame 0 looks like the picture, and the step from it to frame 1 is far above the one that
follows and what is usual after it; what is filmed may cut again, or lighten up. Frame 1 is another picture, not the
same in other light, and the first one doesn't come back. A clip without a picture has none, whatever it cuts to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from . import image
from .decode import moments
from .fit import Graph, upright_rgb
from .probe import ClipInfo, probe

_SIZE = (64, 64)
_WIDE = 320
"""Pixels: as wide as frames are before they become thumbnails."""
_LOOKED_AT = 13
"""Frames: half a second of what follows tells how much moves in it."""
_STEP = 4.0
"""Levels, of 255: less is no cut, not even in the dark."""
_ABOVE = 4.0
"""So many times the step that follows, and the usual one."""
_ALIKE = 0.5
"""How far frame 0 may be from the picture, of the step to frame 1: encoders and models change it a little."""

_SAME = 0.95
"""How much two pictures correlate that differ in their light alone."""

_Thumb = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def flash_seconds(clip: Path, stills: Sequence[str]) -> Fraction:
    """How long the picture flashes up, in seconds; 0 where it doesn't, or where the clip has fewer than three frames.
    Raises MediaError where the clip can't be read."""
    if not stills:
        return Fraction(0)
    info = probe(clip, generated=True)
    seen = list(_first_frames(info))
    if len(seen) < 3:
        return Fraction(0)
    steps = [_apart(one, two) for (_, one), (_, two) in pairwise(seen)]
    if steps[0] < max(_STEP, _ABOVE * steps[1], _ABOVE * median(steps[1:])):
        return Fraction(0)
    first, second, *others = (thumb for _, thumb in seen)
    if _same(first, second) or any(_apart(first, other) < _ALIKE * steps[0] for other in others):
        return Fraction(0)
    if not any(_shows(still, seen[0][1], steps[0], info.size) for still in stills):
        return Fraction(0)
    return seen[1][0]


def _first_frames(info: ClipInfo) -> Iterator[tuple[Fraction, _Thumb]]:
    """Each one's second and its thumbnail, upright."""
    size = min(info.width, _WIDE), max(1, round(min(info.width, _WIDE) * info.height / info.width))
    graph = Graph(info, upright_rgb(info, size))
    for second, frame in islice(moments(info), _LOOKED_AT):
        yield second, _thumb(np.asarray(graph(frame).to_ndarray(format="rgb24"), np.uint8))


def _shows(still: str, first: _Thumb, step: float, size: tuple[int, int]) -> bool:
    try:
        pixels = image.read(Path(still))
    except MediaError:
        return False
    ways = (pixels, _cut(pixels, size), _laid(pixels, size))
    return any(_apart(_thumb(each), first) < _ALIKE * step for each in ways)


def _laid(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """All of a picture on black, in the clip's shape."""
    high, wide = pixels.shape[:2]
    width, height = max(wide, round(high * size[0] / size[1])), max(high, round(wide * size[1] / size[0]))
    across, down = width - wide, height - high
    return np.pad(pixels, ((down // 2, down - down // 2), (across // 2, across - across // 2), (0, 0)))


def _cut(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """The middle of a picture, in the clip's shape: a model cuts one of another shape."""
    high, wide = pixels.shape[:2]
    scale = min(wide / size[0], high / size[1])
    width, height = max(1, int(size[0] * scale)), max(1, int(size[1] * scale))
    left, top = (wide - width) // 2, (high - height) // 2
    return pixels[top : top + height, left : left + width]


def _thumb(pixels: Pixels) -> _Thumb:
    return np.asarray(cv2.resize(pixels, _SIZE, interpolation=cv2.INTER_AREA), np.float32)


def _same(one: _Thumb, two: _Thumb) -> bool:
    """Whether it is one picture, brighter or darker, with more or less contrast."""
    first, second = one - one.mean(), two - two.mean()
    size = float(np.sqrt((first**2).mean() * (second**2).mean()))
    return size > 1 and float((first * second).mean()) > _SAME * size


def _apart(one: _Thumb, two: _Thumb) -> float:
    return float(np.abs(one - two).mean())
