"""The camera over a still: a picture and a path in, the frames of a clip out.

>>> shot = Still(pixels, path, size=(1280, 720))
>>> y, u, v = shot.frame(0.5)

Every frame is one affine warp of each plane at sub-pixel precision: a slow movement glides where whole pixels
would make it tremble.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from .media.planes import Planes
from .motion import Box, Path

Pixels = NDArray[np.uint8]


class Still:
    """A picture, uint8 [H,W,3] red first, seen along a path.

    `size` is the frame in pixels, even. `window` (x, y, width, height; even) is where in the frame the
    picture is; around it is black. Without one it is all of the frame.
    """

    def __init__(
        self,
        pixels: Pixels,
        path: Path,
        size: tuple[int, int],
        window: tuple[int, int, int, int] | None = None,
    ) -> None:
        self._size = size
        self._window = window or (0, 0, *size)
        self._path = path
        height, width = pixels.shape[:2]
        nearest = min(path.start.width, path.end.width)
        # Shrunk by averaging to the size of the nearest view: what is left for the warp is less than twice,
        # where taking the four nearest pixels neither blurs nor flickers.
        scale = min(1.0, self._window[2] / nearest)
        shrunk = (max(2, round(width * scale)), max(2, round(height * scale)))
        if shrunk != (width, height):
            pixels = np.asarray(cv2.resize(pixels, shrunk, interpolation=cv2.INTER_AREA), np.uint8)
        self._luma, self._chroma = _planes(pixels)
        self._ratio = (shrunk[0] / width, shrunk[1] / height)
        self._still: Planes | None = None

    def frame(self, p: float) -> Planes:
        """The frame at progress p, 0 to 1: y uint8 [H,W], u and v uint8 [H/2,W/2], bt.709, tv range."""
        if self._still is None or not self._path.still:
            self._still = self._seen(self._path.at(p))
        return self._still

    def _seen(self, box: Box) -> Planes:
        x, y, width, height = self._window
        fx, fy = self._ratio
        left, top = box.x * fx, box.y * fy
        across, down = box.width * fx / width, box.height * fy / height
        luma = _warp(self._luma, (width, height), (across, down), (left + across / 2, top + down / 2))
        # Chroma lies on the left of the two pixels that share it, and midway between the two lines.
        middle = ((left + across / 2) / 2, (top + down) / 2)
        u, v = (_warp(plane, (width // 2, height // 2), (across, down), middle) for plane in self._chroma)
        if self._window == (0, 0, *self._size):
            return luma, u, v
        return (
            _placed(luma, self._size, (x, y), 16),
            _placed(u, (self._size[0] // 2, self._size[1] // 2), (x // 2, y // 2), 128),
            _placed(v, (self._size[0] // 2, self._size[1] // 2), (x // 2, y // 2), 128),
        )


def window_for(picture: tuple[int, int], frame: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where a picture lies in a frame that shows all of it: x, y, width, height, all even."""
    scale = min(frame[0] / picture[0], frame[1] / picture[1])
    width, height = (
        min(whole, max(2, 2 * round(side * scale / 2))) for side, whole in zip(picture, frame, strict=True)
    )
    return (frame[0] - width) // 4 * 2, (frame[1] - height) // 4 * 2, width, height


def _warp(
    plane: Pixels, size: tuple[int, int], step: tuple[float, float], first: tuple[float, float]
) -> Pixels:
    """`size` samples of a plane, `step` apart, the first one's centre at `first`; the edge goes on."""
    # cv2 counts from the centre of the first sample, we from its corner.
    matrix = np.array([[step[0], 0, first[0] - 0.5], [0, step[1], first[1] - 0.5]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _planes(pixels: Pixels) -> tuple[Pixels, tuple[Pixels, Pixels]]:
    """y at full size, and u and v at half size, each sample midway between its four pixels."""
    height, width = pixels.shape[:2]
    halves = (math.ceil(width / 2), math.ceil(height / 2))
    # An odd last column or line is doubled, so that each chroma sample has its four pixels.
    even = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    # bt.709, tv range; rows: y, u, v
    matrix = np.array(
        [
            [0.182586, 0.614231, 0.062007, 16],
            [-0.100644, -0.338572, 0.439216, 128],
            [0.439216, -0.398942, -0.040274, 128],
        ],
        np.float32,
    )
    luma = cv2.transform(pixels, matrix[:1])
    small = cv2.resize(even, halves, interpolation=cv2.INTER_AREA)
    u, v = cv2.transform(small, matrix[1:2]), cv2.transform(small, matrix[2:])
    return _flat(luma), (_flat(u), _flat(v))


def _flat(plane: object) -> Pixels:
    array = np.asarray(plane, np.uint8)
    return np.ascontiguousarray(array.reshape(array.shape[:2]))


def _placed(plane: Pixels, size: tuple[int, int], at: tuple[int, int], around: int) -> Pixels:
    whole = np.full((size[1], size[0]), around, np.uint8)
    whole[at[1] : at[1] + plane.shape[0], at[0] : at[0] + plane.shape[1]] = plane
    return whole
