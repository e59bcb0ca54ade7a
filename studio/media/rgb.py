"""Pixels in RGB as frames of a film, and the film's frames as pixels, each rounded as well as 8 bits allow.

PyAV's own reformat() rounds down on both ways: a picture that goes through a film eight times would lose ten levels.
"""

from __future__ import annotations

from itertools import pairwise

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from .fit import SCALER

_FULL = 2


class ToFilm:
    """uint8 [H,W,3] RGB in, yuv420p bt.709 of tv range out, all of one even size."""

    def __init__(self, width: int, height: int) -> None:
        graph = self._graph = av.filter.Graph()
        size = f"{width}x{height}"
        steps = [
            graph.add("buffer", video_size=size, pix_fmt="rgb24", time_base="1/1000", pixel_aspect="1/1"),
            graph.add("scale", f"{width}:{height}:{SCALER}:in_range=pc:out_color_matrix=bt709:out_range=tv"),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ]
        for step, following in pairwise(steps):
            step.link_to(following)
        graph.configure()

    def __call__(self, pixels: NDArray[np.uint8]) -> av.VideoFrame:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        frame.color_range = _FULL
        self._graph.vpush(frame)
        return self._graph.vpull()
