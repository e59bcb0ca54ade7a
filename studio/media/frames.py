"""Single pictures out of a video: the exact frame at a place, and a sheet of many.

extract_frame("film.mp4", "last").shape
# (720, 1280, 3)
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..progress import UNWATCHED, Watch
from ..timecode import clock, seconds
from .decode import last_frame, shown
from .fit import Graph, upright_rgb
from .probe import ClipInfo, probe

Pixels = NDArray[np.uint8]


def extract_frame(
    path: Path | str, which: Literal["first", "last"] | Fraction | float, *, generated: bool = False
) -> Pixels:
    """The frame on screen at a second of the video, or its first or last: uint8 [H,W,3] RGB, upright. `generated`: by a
    model, so that colours of which the file doesn't say anything are bt709.

    Raises BadInput for a time outside the video, MediaError where it can't be decoded.
    """
    info = probe(path, generated=generated)
    if which == "last":
        return _rgb(info, info.size, last_frame(info))
    time = Fraction(0) if which == "first" else seconds(which)
    if not 0 <= time < info.duration:
        raise BadInput(
            f"{clock(time) if time >= 0 else f'{float(time):g} s'} is not inside {info.path.name}",
            f"use 0 to {clock(info.duration)}",
        )
    return _rgb(info, info.size, next(shown(info, [time])))


def contact_sheet(
    path: Path | str, columns: int = 4, rows: int = 4, width: int = 1280, watch: Watch = UNWATCHED
) -> Pixels:
    """Frames from all over the video, the middles of equal parts, line by line: uint8 [H,W,3] RGB.

    The sheet is `width` pixels wide, less what the columns don't divide.
    """
    if columns < 1 or rows < 1 or width < columns * 8:
        raise BadInput(
            f"{columns} columns and {rows} rows don't fit into {width} pixels",
            "use at least one column, one row and 8 pixels for each column",
        )
    info = probe(path)
    size = width // columns, max(1, round(width // columns * info.height / info.width))
    sheet = np.zeros((rows * size[1], columns * size[0], 3), np.uint8)
    for cell in range(columns * rows):
        watch.check()
        time = info.duration * (2 * cell + 1) / (2 * columns * rows)
        x, y = cell % columns * size[0], cell // columns * size[1]
        frame = next(shown(info, [time], slack=1 / info.fps))
        sheet[y : y + size[1], x : x + size[0]] = _rgb(info, size, frame)
        watch.tell((cell + 1) / (columns * rows))
    return sheet


def _rgb(info: ClipInfo, size: tuple[int, int], frame: av.VideoFrame) -> Pixels:
    return Graph(info, upright_rgb(info, size))(frame).to_ndarray(format="rgb24")  # type: ignore[return-value]
