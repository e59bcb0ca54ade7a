"""Frames of two half pictures, taken one after the other, made frames of one moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

import av
import av.filter
from av.error import BlockingIOError, EOFError

Times = tuple[int | None, Fraction | None, int]


def progressive(frames: Iterable[av.VideoFrame], met: Callable[[], None]) -> Iterator[av.VideoFrame]:
    """As many frames at the same times. Those that are progressive already stay as they are, also among others.
    `met` is called at the first one that isn't."""
    graph: av.filter.Graph | None = None
    times: deque[Times] = deque()
    for frame in frames:
        if graph is None:
            if not frame.interlaced_frame:
                yield frame
                continue
            met()
            graph = _graph(frame)
        times.append((frame.pts, frame.time_base, frame.duration))
        graph.vpush(frame)
        yield from _pulled(graph, times)
    if graph is not None:
        graph.vpush(None)
        yield from _pulled(graph, times)


def _pulled(graph: av.filter.Graph, times: deque[Times]) -> Iterator[av.VideoFrame]:
    while True:
        try:
            frame = graph.vpull()
        except (BlockingIOError, EOFError):
            return
        # The filter counts in halves of the time base; one frame comes for each that went in.
        frame.pts, base, frame.duration = times.popleft()
        if base is not None:
            frame.time_base = base
        yield frame


def _graph(frame: av.VideoFrame) -> av.filter.Graph:
    graph = av.filter.Graph()
    steps = [
        graph.add(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base=str(frame.time_base),
            pixel_aspect="1/1",
            colorspace=str(int(frame.colorspace)),
            range=str(int(frame.color_range)),
        ),
        graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced"),
        graph.add("buffersink"),
    ]
    for step, following in pairwise(steps):
        step.link_to(following)
    graph.configure()
    return graph
