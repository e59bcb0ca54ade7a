"""The camera over a still: a picture and a path in, the frames of a clip out.

    shot = Still(pixels, path, size=(1280, 720))
    y, u, v = shot.frame(0.5)

Every frame is one affine warp of each plane at sub-pixel precision: a slow movement glides where whole pixels
would make it tremble.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ...media.planes import Planes
from ...storyboard.camera_moves import Box, Path

Pixels = NDArray[np.uint8]

OVERSAMPLING = 1.5
"""Pixels of the picture for one of the frame, in the nearest view. With one, the warp's mean of four pixels
blurs, most so midway between two pixels, which a slow movement shows as a pulse; with two, the far view
flickers."""

_MOST_PIXELS = 60_000_000


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
        pixels, path = _cropped(pixels, path)
        height, width = pixels.shape[:2]
        if path.still:
            shape = self._window[2:]
            path = Path(Box(0, 0, *shape), Box(0, 0, *shape))
        else:
            scale = OVERSAMPLING * self._window[2] / min(path.start.width, path.end.width)
            if scale > 1:
                scale = max(1.0, min(scale, math.sqrt(_MOST_PIXELS / (width * height))))
            shape = (max(2, round(width * scale)), max(2, round(height * scale)))
            path = Path(*(_scaled(box, shape[0] / width, shape[1] / height) for box in path))
        self._path = path
        self._luma, self._chroma = _planes(_resized(pixels, shape))
        self._still: Planes | None = None

    def frame(self, p: float) -> Planes:
        """The frame at progress p, 0 to 1: y uint8 [H,W], u and v uint8 [H/2,W/2], bt.709, tv range."""
        if self._still is None or not self._path.still:
            self._still = self._seen(self._path.at(p))
        return self._still

    def _seen(self, box: Box) -> Planes:
        x, y, width, height = self._window
        across, down = box.width / width, box.height / height
        first = (box.x + across / 2, box.y + down / 2)
        luma = _warp(self._luma, (width, height), (across, down), first)
        # Chroma lies on the left of the two pixels that share it, and midway between the two lines.
        middle = (first[0] / 2, (box.y + down) / 2)
        u, v = (_warp(plane, (width // 2, height // 2), (across, down), middle) for plane in self._chroma)
        if self._window == (0, 0, *self._size):
            return luma, u, v
        return (
            _placed(luma, self._size, (x, y), 16),
            _placed(u, (self._size[0] // 2, self._size[1] // 2), (x // 2, y // 2), 128),
            _placed(v, (self._size[0] // 2, self._size[1] // 2), (x // 2, y // 2), 128),
        )


def _cropped(pixels: Pixels, path: Path) -> tuple[Pixels, Path]:
    """The part of the picture that comes into view at all, and the path over it."""
    height, width = pixels.shape[:2]
    left = max(0, math.floor(min(box.x for box in path)) - 2)
    top = max(0, math.floor(min(box.y for box in path)) - 2)
    right = min(width, math.ceil(max(box.x + box.width for box in path)) + 2)
    bottom = min(height, math.ceil(max(box.y + box.height for box in path)) + 2)
    if path.still:
        # Nobody sees half a pixel of a picture that stands still, and whole ones need no interpolation.
        x, y, wide, high = path.start
        left, right = round(x), max(round(x) + 1, round(x + wide))
        top, bottom = round(y), max(round(y) + 1, round(y + high))
    moved = Path(*(Box(box.x - left, box.y - top, box.width, box.height) for box in path))
    return pixels[top:bottom, left:right], moved


def _scaled(box: Box, across: float, down: float) -> Box:
    return Box(box.x * across, box.y * down, box.width * across, box.height * down)


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    smaller = size[0] * size[1] < pixels.shape[0] * pixels.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


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
