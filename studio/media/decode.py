"""The frames of a clip at film times, fitted to the film's frame, decoded ahead in a thread of their own.

with ClipReader(info, fitting(info, (1280, 720), "cover"), times) as reader:
    for frame in reader: ...
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from fractions import Fraction
from types import TracebackType
from typing import NamedTuple

import av
import av.container

from ..errors import MediaError
from ..progress import UNWATCHED, Watch
from ..timecode import clock
from .damage import Losses
from .deinterlace import progressive
from .fit import Fitting, Graph
from .packets import PictureDecoder
from .probe import ClipInfo, opened, picture_of, sought

TOLERANCE = Fraction(2, 1000)
"""Seconds by which a timestamp may be late and still count: Matroska rounds them to milliseconds."""

_DECODER_THREADS = 4  # enough beside the encoder; each holds a frame
_AHEAD_BYTES = 48 << 20
_REORDERED = 1
"""Seconds by which a frame may come after its time where others are lost; from more on the clock was set anew."""
_BACK_OFF = (0, 1, 5, 30)
"""Seconds to come from further back where the container's index leads past the wanted frame."""


def shown(
    info: ClipInfo,
    times: Iterable[Fraction],
    slack: Fraction = Fraction(0),
    losses: Losses | None = None,
) -> Iterator[av.VideoFrame]:
    """The decoder's frame that is on screen at each of `times` (seconds of the clip, ascending).

    A frame that stays on screen comes again as the same object. Where frames are damaged, the one before them stays,
    and `losses` gets where. Past the clip's end the last frame counts for `slack` seconds more; later, a MediaError
    says where the clip ends: a film never freezes silently.
    """
    frames = None
    current = following = None
    for time in times:
        if frames is None:
            frames = _timed_frames(info, time, losses)
            following = next(frames, None)
        while following is not None and (following.start <= time + TOLERANCE or current is None):
            current = following
            following = next(frames, None)
        if current is None:
            raise MediaError(f"{info.path.name} has no frames at {clock(time)}", "it may be cut short")
        if following is None and time >= current.end + slack:
            raise _ends_early(info, current.end)
        yield current.frame


def moments(info: ClipInfo) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """Every whole frame of the decoder's and its second."""
    for start, _, frame in _timed_frames(info, Fraction(0)):
        yield start, frame


def last_frame(info: ClipInfo) -> av.VideoFrame:
    """The decoder's last frame. Raises MediaError if the clip ends before the promised time."""
    last = None
    for last in _timed_frames(info, max(Fraction(0), info.duration - 1 / info.fps)):  # noqa: B007
        pass
    if last is None or last.end + 1 / info.fps < info.duration:
        raise _ends_early(info, last.end if last else Fraction(0))
    return last.frame


class _Timed(NamedTuple):
    start: Fraction
    end: Fraction
    frame: av.VideoFrame


def _timed_frames(info: ClipInfo, time: Fraction, losses: Losses | None = None) -> Iterator[_Timed]:
    """From the frame on screen at `time` or one before it, to the clip's end."""
    if info.moments:
        yield from _numbered_frames(info, losses)
        return
    for back in _BACK_OFF:
        if time - back <= 0 or not info.seekable:
            break
        frames = _frames_from(info, time - back, losses)
        first = next(frames, None)
        if first is not None and first.start <= time + TOLERANCE:
            yield first
            yield from frames
            return
        frames.close()
    yield from _frames_from(info, None, losses)


def _frames_from(info: ClipInfo, time: Fraction | None, losses: Losses | None) -> Generator[_Timed]:
    """From the last key frame before `time`, as the container's index has it; None is from the file's beginning."""
    with opened(info.path) as container:
        stream = picture_of(container)
        assert stream is not None and stream.time_base is not None
        base = stream.time_base
        if time is not None and not sought(container, stream, time + info.origin):
            return
        decoder = _decoder(info, container, stream, losses)
        before: _Timed | None = None
        end = shift = Fraction(0)
        for frame in _film_frames(info, decoder, losses, from_key=time is not None):
            start = frame.pts * base - info.origin + shift if frame.pts is not None else end
            if before is not None and start <= before.start:
                if info.seekable and before.start - start < _REORDERED:
                    decoder.lost(start, start)  # its place is over: it came too late
                    continue
                # The clock goes back: the decoder's order is right.
                shift += end - start if info.seekable else 0
                start = end
            if before is not None:
                if losses is not None and not info.vfr and start - before.end > Fraction(1, 2) / info.fps:
                    losses.add(before.end, start)
                yield before
            end = start + (frame.duration * base or 1 / info.fps)
            before = _Timed(start, end, frame)
        if before is not None:
            yield _held_over(before, decoder, losses)


def _numbered_frames(info: ClipInfo, losses: Losses | None) -> Iterator[_Timed]:
    """All frames at the moments that are theirs by their number."""
    with opened(info.path) as container:
        stream = picture_of(container)
        assert stream is not None
        decoder = _decoder(info, container, stream, losses)
        ends = [*info.moments[1:], info.duration]
        before: _Timed | None = None
        for number, frame in enumerate(_film_frames(info, decoder, losses)):
            at = number + decoder.failed
            if at >= len(ends):
                break
            if before is not None:
                yield before
            before = _Timed(info.moments[at], ends[at], frame)
        if before is not None:
            yield _held_over(before, decoder, losses)


def _decoder(
    info: ClipInfo, container: av.container.InputContainer, stream: av.VideoStream, losses: Losses | None
) -> PictureDecoder:
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = _DECODER_THREADS
    return PictureDecoder(container, stream, info.origin, losses)


def _held_over(last: _Timed, decoder: PictureDecoder, losses: Losses | None) -> _Timed:
    """The last frame, which stands for those after it whose packets are there and can't be decoded."""
    if not decoder.damaged or decoder.reached <= last.end:
        return last
    if losses is not None:
        losses.add(last.end, decoder.reached)
    return last._replace(end=decoder.reached)


def _film_frames(
    info: ClipInfo, decoder: PictureDecoder, losses: Losses | None, from_key: bool = False
) -> Iterator[av.VideoFrame]:
    frames = _alike(info, decoder.frames(from_key), losses)

    def met() -> None:
        if losses is not None:
            losses.interlaced = not info.interlaced

    return progressive(frames, met)


def _alike(info: ClipInfo, frames: Iterable[av.VideoFrame], losses: Losses | None) -> Iterator[av.VideoFrame]:
    """Frames of another size or format, as some streams have in the middle, in those of the first one."""
    for frame in frames:
        if (frame.width, frame.height) == info.stored and frame.format.name == info.pix_fmt:
            yield frame
            continue
        alike = frame.reformat(*info.stored, format=info.pix_fmt)
        alike.pts, alike.time_base = frame.pts, frame.time_base
        if losses is not None:
            losses.changed = True
        yield alike


def _ends_early(info: ClipInfo, end: Fraction) -> MediaError:
    return MediaError(
        f"{info.path.name} is cut short: it ends at {clock(end)} and promises {clock(info.duration)}",
        "copy or download it again",
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
        self.losses = Losses()
        """What was damaged in what has been read so far."""
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
            for frame in shown(self._info, self._times, self._slack, self.losses):
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
