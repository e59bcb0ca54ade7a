"""The six transitions: what each does to two pictures at progress p.

A transition is one function and one row of TRANSITIONS. Pictures are planes in 4:2:0 (media/planes.py):
y uint8 [H,W], u and v uint8 [H/2,W/2], tv range. p runs from 0, the old clip A alone, towards 1, B alone.

    TRANSITIONS["wipe"].blend(a, b, 0.5)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import av
import cv2
import numpy as np

from ..media.planes import Plane, Planes, black_frame, empty_frame, planes_of

_BLACK = (16, 128, 128)
_ZOOM = 0.5
"""How much larger A has become when B has taken over."""
_BLUR = 1 / 40
"""The widest blur of a dissolve: its sigma as a share of the picture's height."""


def crossfade(a: Planes, b: Planes, p: float) -> Planes:
    return _each(lambda x, y: cv2.addWeighted(x, 1 - p, y, p, 0), a, b)


def fade(a: Planes, b: Planes, p: float) -> Planes:
    """A sinks to black by p = ½, then B rises from it."""
    shown, level = (a, 1 - 2 * p) if p < 0.5 else (b, 2 * p - 1)
    return _planes(
        cv2.convertScaleAbs(plane, alpha=level, beta=black * (1 - level))
        for plane, black in zip(shown, _BLACK, strict=True)
    )


def wipe(a: Planes, b: Planes, p: float) -> Planes:
    """B left of x = pW, A right of it."""

    def wiped(x: Plane, y: Plane) -> Plane:
        edge = round(p * x.shape[1])
        return np.hstack((y[:, :edge], x[:, edge:]))

    return _each(wiped, a, b)


def slide(a: Planes, b: Planes, p: float) -> Planes:
    """B comes in from the right and pushes A out to the left."""
    pairs = round(p * a[1].shape[1])  # the chroma moves by whole pixels, the luma by twice as many

    def pushed(x: Plane, y: Plane) -> Plane:
        way = pairs * x.shape[1] // a[1].shape[1]
        return np.hstack((x[:, way:], y[:, :way]))

    return _each(pushed, a, b)


def zoom(a: Planes, b: Planes, p: float) -> Planes:
    """A grows about its centre while B appears over it."""
    factor = 1 + _ZOOM * p

    def grown(x: Plane, y: Plane) -> Plane:
        height, width = x.shape
        centre = (width - 1) / 2, (height - 1) / 2
        matrix = np.array(
            [[factor, 0, centre[0] * (1 - factor)], [0, factor, centre[1] * (1 - factor)]], np.float64
        )
        larger = cv2.warpAffine(
            x, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return cv2.addWeighted(larger, 1 - p, y, p, 0)

    return _each(grown, a, b)


def dissolve(a: Planes, b: Planes, p: float) -> Planes:
    """The crossfade seen through a blur that is widest at p = ½."""
    sigma = a[0].shape[0] * _BLUR * math.sin(math.pi * p)
    mixed = crossfade(a, b, p)
    return _planes(_blurred(plane, sigma * plane.shape[0] / a[0].shape[0]) for plane in mixed)


class Transition(NamedTuple):
    about: str
    """What one sees, for a person who chooses."""
    blend: Callable[[Planes, Planes, float], Planes]
    """(A, B, p) → picture; leaves A and B as they are."""


TRANSITIONS: dict[str, Transition] = {
    # A hard cut has no overlap and nothing to blend, so "none" is no row here.
    "fade": Transition("sinks to black, then rises from it", fade),
    "crossfade": Transition("one picture turns into the other", crossfade),
    "wipe": Transition("the new picture uncovers from left to right", wipe),
    "slide": Transition("the new picture pushes the old one out to the left", slide),
    "zoom": Transition("the old picture grows while the new one appears", zoom),
    "dissolve": Transition("one picture turns into the other through a blur", dissolve),
}


def blend(name: str, a: av.VideoFrame, b: av.VideoFrame, p: float) -> av.VideoFrame:
    """The frame of transition `name` between frames A and B, yuv420p of one size, at progress 0 ≤ p ≤ 1."""
    if p <= 0:
        return a
    planes = TRANSITIONS[name].blend(planes_of(a), planes_of(b), p)
    frame = empty_frame(a.width, a.height)
    for target, source in zip(planes_of(frame), planes, strict=True):
        target[:] = source
    return frame


def risen(b: av.VideoFrame, p: float) -> av.VideoFrame:
    """The first clip's frame while the film rises from black: black at p = 0."""
    return blend("crossfade", black_frame(b.width, b.height), b, p)


def _each(mix: Callable[[Plane, Plane], Plane], a: Planes, b: Planes) -> Planes:
    return _planes(mix(x, y) for x, y in zip(a, b, strict=True))


def _planes(three: Iterable[Plane]) -> Planes:
    y, u, v = three
    return y, u, v


def _blurred(plane: Plane, sigma: float) -> Plane:
    """Gaussian. A wide one is made on a smaller copy: the same to the eye, and 20 to 50 times faster."""
    if sigma < 0.3:
        return plane
    height, width = plane.shape
    shrink = int(sigma / 3)
    if shrink < 2:
        return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    # Shrinking by area and growing again linearly blur a little themselves: their share of the variance is
    # taken off, so that the blur widens evenly from frame to frame, whatever the size of the copy.
    rest = math.sqrt(sigma**2 - shrink**2 / 4 + 1 / 12) / shrink
    small = cv2.resize(plane, (-(-width // shrink), -(-height // shrink)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), rest, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
