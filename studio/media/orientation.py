"""How a stored picture becomes upright: mirrored or not, then turned. What a display matrix says."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple, cast

import av
from av.sidedata.sidedata import SideData, Type

_MATRIX = struct.Struct("=9i")
_KIND = Type.DISPLAYMATRIX


class Orientation(NamedTuple):
    mirrored: bool
    """Whether it is mirrored, left to right, before it is turned."""
    rotation: int
    """Degrees clockwise: 0, 90, 180 or 270."""


UPRIGHT = Orientation(False, 0)


def orientation(frame: av.VideoFrame) -> Orientation:
    """Of a decoded frame, to the nearest quarter of a turn."""
    matrices = (bytes(data) for data in cast("Iterable[SideData]", frame.side_data) if data.type == _KIND)
    matrix = next(matrices, b"")
    if len(matrix) < _MATRIX.size:
        return UPRIGHT
    a, b, _, c, d, *_ = _MATRIX.unpack_from(matrix)
    return _of(a, b, c, d)


def _of(a: int, b: int, c: int, d: int) -> Orientation:
    """Of the matrix by which x right and y down are multiplied from the left: (x, y) becomes (ax + cy, bx + dy).

    >>> _of(0, 1, -1, 0)
    Orientation(mirrored=False, rotation=90)
    >>> _of(-1, 0, 0, 1)
    Orientation(mirrored=True, rotation=0)
    """
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    if abs(a) >= abs(b):
        return Orientation(mirrored, 0 if a >= 0 else 180)
    return Orientation(mirrored, 90 if b > 0 else 270)
