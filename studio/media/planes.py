"""Pictures as three planes: the bridge between av's frames and numpy.

A yuv420p frame of W×H pixels is y uint8 [H,W], u and v uint8 [H/2,W/2]. In memory its lines may be
longer than W.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]
Planes = tuple[Plane, Plane, Plane]


def planes_of(frame: av.VideoFrame) -> Planes:
    """The frame's own memory as y, u, v, without a copy. Write to it only if the frame is yours alone."""
    y, u, v = (
        np.frombuffer(cast(Any, plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    )
    return y, u, v


def empty_frame(width: int, height: int) -> av.VideoFrame:
    """A yuv420p frame whose pixels are whatever was in memory."""
    return av.VideoFrame(width, height, "yuv420p")


def frame_of(planes: Sequence[Plane]) -> av.VideoFrame:
    """A new frame holding a copy of y, u, v."""
    height, width = planes[0].shape
    frame = empty_frame(width, height)
    for target, source in zip(planes_of(frame), planes, strict=True):
        target[:] = source
    return frame


def black_frame(width: int, height: int) -> av.VideoFrame:
    """Black at tv range: y 16, u and v 128."""
    frame = empty_frame(width, height)
    for plane, level in zip(planes_of(frame), (16, 128, 128), strict=True):
        plane[:] = level
    return frame
