"""The flash at the start of a clip that a model made from a picture: frame 0 is the picture itself, and frame 1 is a
hard cut to what was filmed.

    flash_seconds(Path("clip.mp4"), ["photo.png"])
    # Fraction(1, 24): for so long the picture is seen; 0 without a flash

Measured on thumbnails of luma: frame 0 looks like the picture, and the step from it to frame 1 is far above all steps
that follow. A clip without a picture has none, whatever it cuts to.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from . import image
from .probe import opened, picture_of, probe

_SIZE = (64, 64)
_LOOKED_AT = 13
"""Frames: half a second of what follows tells how much moves in it."""
_STEP = 10.0
"""Levels of luma, of 255: less is no cut."""
_ABOVE = 4.0
"""So many times the largest step that follows."""
_ALIKE = 0.5
"""How far frame 0 may be from the picture, of the step to frame 1: encoders and models change it a little."""

_Thumb = NDArray[np.float32]


def flash_seconds(clip: Path, stills: Sequence[str]) -> Fraction:
    """How long the picture flashes up, in seconds; 0 where it doesn't, or where the clip has fewer than three frames.
    Raises MediaError where the clip can't be read."""
    if not stills:
        return Fraction(0)
    seen = _first_frames(clip)
    if len(seen) < 3:
        return Fraction(0)
    steps = [_apart(one, two) for one, two in pairwise(seen)]
    if steps[0] < max(_STEP, _ABOVE * max(steps[1:])):
        return Fraction(0)
    if not any(_shows(still, seen[0], steps[0], probe(clip).size) for still in stills):
        return Fraction(0)
    return 1 / probe(clip).fps


def _first_frames(clip: Path) -> list[_Thumb]:
    with opened(clip) as container:
        stream = picture_of(container)
        frames = islice(container.decode(stream), _LOOKED_AT) if stream else ()
        return [_thumb(frame.to_ndarray(format="gray")) for frame in frames]


def _shows(still: str, first: _Thumb, step: float, size: tuple[int, int]) -> bool:
    try:
        pixels = image.read(Path(still))
    except MediaError:
        return False
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return any(_apart(_thumb(each), first) < _ALIKE * step for each in (luma, _cut(luma, size)))


def _cut(luma: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """The middle of a picture, in the clip's shape: a model cuts one of another shape."""
    high, wide = luma.shape
    scale = min(wide / size[0], high / size[1])
    width, height = max(1, int(size[0] * scale)), max(1, int(size[1] * scale))
    left, top = (wide - width) // 2, (high - height) // 2
    return luma[top : top + height, left : left + width]


def _thumb(luma: NDArray[Any]) -> _Thumb:
    return np.asarray(cv2.resize(luma, _SIZE, interpolation=cv2.INTER_AREA), np.float32)


def _apart(one: _Thumb, two: _Thumb) -> float:
    return float(np.abs(one - two).mean())
