"""Captions in the picture: drawn once for each word or caption, and laid over the frames while they are read.

for frame in burned(frames, captions, CaptionLook(style="box"), settings): film.write(frame)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from ..media.planes import frame_of, planes_of
from ..timecode import frame_at
from ..timeline.settings import FilmSettings
from ..timeline.timeline import Caption, CaptionLook
from .drawing import Patch, draw

# Red, green and blue in 0…255 as Y, Cb and Cr of bt.709 at tv range.
_TO_YUV = np.array(
    [[0.2126, 0.7152, 0.0722], [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]], np.float32
)
_SCALE = np.array([219 / 255, 224 / 255, 224 / 255], np.float32)
_ZERO = np.array([16, 128, 128], np.float32)


class Stretch(NamedTuple):
    """Frames `first` to before `end` show this caption, and this one of its words is being said."""

    first: int
    end: int
    caption: int
    word: int | None


class _Layer(NamedTuple):
    """What is laid over one plane: the part of it that is touched, what is added, and what stays of what was there."""

    rows: slice
    columns: slice
    added: NDArray[np.uint16]
    """256 times the colour times alpha."""
    kept: NDArray[np.uint16]
    """256 times 1 - alpha."""


def burned(
    frames: Iterable[av.VideoFrame], captions: Sequence[Caption], look: CaptionLook, settings: FilmSettings
) -> Iterator[av.VideoFrame]:
    """The frames with the captions in them. Those without one are handed on as they are, the others are copies."""
    plan = stretches(captions, settings.fps, by_word=look.style == "word")
    current: Stretch | None = next(plan, None)
    caption, drawn, shown, layers = -1, None, None, []
    for number, frame in enumerate(frames):
        while current is not None and number >= current.end:
            current = next(plan, None)
        if current is None or number < current.first:
            yield frame
            continue
        if drawn is None or caption != current.caption:
            caption, drawn = current.caption, draw(captions[current.caption], look, settings.size)
        if shown is not current:
            shown, layers = current, _layers(drawn.patch(current.word))
        copy = frame_of(planes_of(frame))
        for plane, layer in zip(planes_of(copy), layers, strict=True):
            _lay(plane, layer)
        yield copy


def stretches(captions: Iterable[Caption], fps: Fraction, by_word: bool) -> Iterator[Stretch]:
    """Which frames show what, in order. A word stands out until the next one begins."""
    for index, caption in enumerate(captions):
        first, end = _frame(caption.start, fps), _frame(caption.end, fps)
        word: int | None = None
        if by_word:
            for number, each in enumerate(caption.words):
                onset = min(max(first, _frame(each.start, fps)), end)
                if onset > first:
                    yield Stretch(first, onset, index, word)
                first, word = onset, number
        if end > first:
            yield Stretch(first, end, index, word)


def _frame(second: float, fps: Fraction) -> int:
    return frame_at(Fraction(second).limit_denominator(100_000), fps)


def _layers(patch: Patch) -> list[_Layer]:
    """The patch for y, u and v. A pixel of colour gets what its four pixels of light have together."""
    weighted = patch.color @ _TO_YUV.T * _SCALE + _ZERO * patch.alpha[..., None]
    found = []
    for plane in range(3):
        color, alpha, x, y = weighted[..., plane], patch.alpha, patch.x, patch.y
        if plane:
            color, alpha, x, y = _halved(color), _halved(alpha), x // 2, y // 2
        height, width = alpha.shape
        kept = np.rint((1 - alpha) * 256).astype(np.uint16)
        # Half a level is added, so that the shift below rounds.
        added = (np.rint(color * 256) + 128).astype(np.uint16)
        found.append(_Layer(slice(y, y + height), slice(x, x + width), added, kept))
    return found


def _halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = plane.shape
    return plane.reshape(height // 2, 2, width // 2, 2).mean((1, 3))


def _lay(plane: NDArray[np.uint8], layer: _Layer) -> None:
    part = plane[layer.rows, layer.columns]
    part[:] = (part * layer.kept + layer.added) >> 8
