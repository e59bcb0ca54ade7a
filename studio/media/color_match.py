"""Colours of one picture brought to those of another: against the drift that generators add from clip to clip.

Brightness and colour are taken as mean and spread of Y, Cb and Cr (bt.709), and changed linearly; what moved in the
picture is left alone, and no more is changed than drift amounts to.

    correction(last, first).apply(last).mean() - first.mean()
    # 0.0
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from .planes import Planes

Pixels = NDArray[np.uint8]
"""[H,W,3] RGB."""

MOST = 0.25
"""By so much of itself a spread is changed at most, and by half as much of the whole range a mean."""
_EVEN = 1 / 255
"""A spread below this is a flat picture: what its spread is says nothing."""
_BT709 = np.array(
    [[0.2126, 0.7152, 0.0722], [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]], np.float32
)
"""RGB → Y (0 to 1), Cb, Cr (-½ to ½)."""
_BACK = np.linalg.inv(_BT709).astype(np.float32)
_RANGES = ((16, 219), (128, 224), (128, 224))
"""Where 0 lies, and how much 1 is, in tv range."""


class Correction(NamedTuple):
    """What becomes of Y, Cb and Cr: value · gain + offset."""

    gains: tuple[float, float, float]
    offsets: tuple[float, float, float]

    def apply(self, pixels: Pixels) -> Pixels:
        values = _values(pixels) * np.array(self.gains, np.float32) + np.array(self.offsets, np.float32)
        return np.clip(cv2.transform(values, _BACK) * 255 + 0.5, 0, 255).astype(np.uint8)

    def applied(self, planes: Planes, share: float) -> Planes:
        """On y, u, v in tv range; `share` is how much of it, 0 to 1."""
        found = zip(planes, self.gains, self.offsets, _RANGES, strict=True)
        y, u, v = (cv2.LUT(plane, _table(gain, offset, *span, share)) for plane, gain, offset, span in found)
        return y, u, v


def correction(pixels: Pixels, like: Pixels) -> Correction:
    """What brings the colours of a picture to those of another."""
    gains, offsets = [], []
    for now, wanted in zip(_measured(pixels), _measured(like), strict=True):
        gain = wanted[1] / now[1] if min(now[1], wanted[1]) > _EVEN else 1.0
        gain = min(max(gain, 1 - MOST), 1 + MOST)
        offset = wanted[0] - gain * now[0]
        shift = offset + (gain - 1) * now[0]  # of the mean
        offset += min(max(shift, -MOST / 2), MOST / 2) - shift
        gains.append(gain)
        offsets.append(offset)
    return Correction(tuple(gains), tuple(offsets))  # type: ignore[arg-type]


def _values(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(cv2.transform(pixels.astype(np.float32) / 255, _BT709), np.float32)


def _measured(pixels: Pixels) -> list[tuple[float, float]]:
    """Mean and spread of Y, Cb and Cr."""
    mean, spread = cv2.meanStdDev(_values(pixels))
    return [(float(m), float(s)) for m, s in zip(mean.ravel(), spread.ravel(), strict=True)]


def _table(gain: float, offset: float, zero: int, one: int, share: float) -> NDArray[np.uint8]:
    """Of the 256 values of a plane, what becomes of each."""
    values = np.arange(256, dtype=np.float64)
    changed = ((values - zero) / one * gain + offset) * one + zero
    return np.clip(values + (changed - values) * share + 0.5, 0, 255).astype(np.uint8)
