"""The frames of a clip at film times, fitted to the film's frame, decoded ahead in a thread of their own.

with ClipReader(info, fitting(info, (1280, 720), "cover"), times) as reader:
    for frame in reader: ...
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from fractions import Fraction
from types import TracebackType

import av
import av.container
import av.error

from ..errors import MediaError
from ..timecode import clock
from ..watch import UNWATCHED, Watch
from .deinterlace import progressive
from .fit import Fitting, Graph
from .probe import ClipInfo, decoded, opened, picture_of

TOLERANCE = Fraction(2, 1000)
"""Seconds by which a timestamp may be late and still count: Matroska rounds them to milliseconds."""

_DECODER_THREADS = 4  # enough beside the encoder; each holds a frame
_AHEAD_BYTES = 48 << 20
_BACK_OFF = (0, 1, 5, 30)
"""Seconds to come from further back where the container's index leads past the wanted frame."""


def shown(
    info: ClipInfo, times: Iterable[Fraction], slack: Fraction = Fraction(0)
) -> Iterator[av.VideoFrame]:
    """The decoder's frame that is on screen at each of `times` (seconds of the clip, ascending).

    A frame that stays on screen comes again as the same object. Past the clip's end the last frame counts
    for `slack` seconds more; later, or where the data is damaged, a MediaError says where the clip ends: a
    film never freezes silently.
    """
    frames = None
    current = following = None
    for time in times:
        if frames is None:
            frames = _timed_frames(info, time)
            following = next(frames, None)
        while following is not None and (following[0] <= time + TOLERANCE or current is None):
            current = following
            following = next(frames, None)
        if current is None:
            raise MediaError(f"{info.path.name} has no frames at {clock(time)}", "it may be cut short")
        if following is None and time >= current[1] + slack:
            raise _ends_early(info, current[1])
        yield current[2]


def moments(info: ClipInfo) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """Every frame of the decoder's and its second. Raises MediaError where the data is damaged."""
    for start, _, frame in _timed_frames(info, Fraction(0)):
        yield start, frame


def last_frame(info: ClipInfo) -> av.VideoFrame:
    """The decoder's last frame. Raises MediaError if the clip ends before the promised time."""
    end, last = Fraction(0), None
    for _, end, last in _timed_frames(info, max(Fraction(0), info.duration - 1 / info.fps)):  # noqa: B007
        pass
    if last is None or end + 1 / info.fps < info.duration:
        raise _ends_early(info, end)
    return last


def _timed_frames(info: ClipInfo, time: Fraction) -> Iterator[tuple[Fraction, Fraction, av.VideoFrame]]:
    """Start, end and frame, from the frame on screen at `time` or one before it, to the clip's end."""
    with opened(info.path) as container:
        stream = picture_of(container)
        assert stream is not None and stream.time_base is not None
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = _DECODER_THREADS
        base = stream.time_base
        tick = 1 / info.fps
        for back in (*_BACK_OFF, time) if time > 0 else (time,):
            if time > 0:
                wanted = max(Fraction(0), time - back) + info.origin
                container.seek(int(wanted / base), stream=stream)
            first = True
            expected = Fraction(0)
            for frame in _progressive_frames(info, container, stream):
                start = frame.pts * base - info.origin if frame.pts is not None else expected
                if first and start > time + TOLERANCE and back < time:
                    break
                first = False
                expected = start + (frame.duration * base or tick)
                yield start, expected, frame
            else:
                if not first or back >= time:
                    return


def _progressive_frames(
    info: ClipInfo, container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    frames = _whole_frames(info, container, stream)
    return progressive(frames) if info.interlaced else frames


def _whole_frames(
    info: ClipInfo, container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    reached = Fraction(0)
    frames = decoded(container, stream)
    while True:
        try:
            frame = next(frames, None)
        except av.error.InvalidDataError as error:
            raise _damaged(info, reached) from error
        if frame is None:
            return
        if frame.pts is not None and stream.time_base is not None:
            reached = frame.pts * stream.time_base - info.origin
        if frame.is_corrupt:
            raise _damaged(info, reached)
        if (frame.width, frame.height) != info.stored or frame.format.name != info.pix_fmt:
            raise MediaError(
                f"{info.path.name} changes from {info.stored[0]}x{info.stored[1]} {info.pix_fmt} to "
                f"{frame.width}x{frame.height} {frame.format.name} in the middle",
                "convert it to one size first",
            )
        yield frame


def _ends_early(info: ClipInfo, end: Fraction) -> MediaError:
    return MediaError(
        f"{info.path.name} is cut short: it ends at {clock(end)} and promises {clock(info.duration)}",
        "copy or download it again",
    )


def _damaged(info: ClipInfo, time: Fraction) -> MediaError:
    return MediaError(
        f"{info.path.name} is damaged or cut short at {clock(time)}", "copy or download it again"
    )


class ClipReader:
    """Iterates over the clip's fitted yuv420p frames at `times`; decodes a few frames ahead.

    The same object may come twice in a row, for a frame that stays on screen; don't write into it. Use it as
    a context manager: leaving ends the thread.
    """

    def __init__(
        self,
        info: ClipInfo,
        fitted: Fitting,
        times: Iterable[Fraction],
        slack: Fraction = Fraction(0),
        watch: Watch = UNWATCHED,
    ) -> None:
        self._info, self._fitted, self._times, self._slack = info, fitted, times, slack
        self._watch = watch
        size = info.stored[0] * info.stored[1] * 3 // 2
        self._ahead: queue.Queue[av.VideoFrame | BaseException | None]
        self._ahead = queue.Queue(maxsize=min(8, max(2, _AHEAD_BYTES // size)))
        self._stop = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._work, name=f"decode {info.path.name}", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            graph = Graph(self._info, self._fitted.filters)
            last = fitted = None
            for frame in shown(self._info, self._times, self._slack):
                if frame is not last:
                    last, fitted = frame, graph(frame)
                if not self._put(fitted):
                    return
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _put(self, item: av.VideoFrame | BaseException | None) -> bool:
        while not self._stop.is_set():
            try:
                self._ahead.put(item, timeout=0.05)
                return True
            except queue.Full:
                continue
        return False

    def __iter__(self) -> Iterator[av.VideoFrame]:
        return self

    def __next__(self) -> av.VideoFrame:
        """The next frame. Raises MediaError where the clip fails, Interrupted where the watch says so."""
        item = None
        while not self._ended:
            try:
                item = self._ahead.get(timeout=0.05)
                break
            except queue.Empty:
                self._watch.check()
        if item is None:
            self._ended = True
            raise StopIteration
        if isinstance(item, BaseException):
            raise item
        return item

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> ClipReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
