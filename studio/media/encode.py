"""Writing a film's file: H.264 picture and AAC sound in MP4, whole or not at all.

    with FilmWriter(Path("film.mp4"), FilmSettings.of("draft"), audio=True) as film:
        film.write(frame)
        film.write_audio(samples)

Everything goes into a hidden file beside the target, which takes the target's place when the `with` block
ends well. After an exception the hidden file is removed and what was at the target before still is.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import av
import av.container
import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError
from ..timeline.settings import FilmSettings
from ..timeline.timeline import Caption
from .planes import Plane, frame_of
from .quiet import quiet
from .subtitles import samples, show_only_if_asked, subtitle_stream

SAMPLE_RATE = 48000
AUDIO_BITRATE = 192_000
KEYFRAME_SECONDS = 2
"""The longest way from one keyframe to the next: what seeking, and copying parts of a film, live from."""

_BT709 = 1
_AVX_512 = 13  # cv2's CPU_AVX_512F
# x264's AVX-512 code for mbtree handles sixteen macroblocks at a time, and where a row isn't a multiple of them
# it reads memory that nobody wrote: the same film would come out differently each time. So such frames are left
# to its AVX2 code; a processor that has AVX-512 has all of these.
_NO_AVX_512 = "MMX2,SSE2Fast,SSSE3,SSE4.2,AVX,FMA3,LZCNT,BMI2,AVX2"
_TV_RANGE = 1
_log = logging.getLogger("storyreel")


class Chapter(NamedTuple):
    start: Fraction
    """Seconds, as is `end`."""
    end: Fraction
    title: str


class FilmWriter:
    """Frames and sound in, one MP4 out: H.264 yuv420p bt.709, AAC stereo 48 kHz, moov first, chapters, subtitles.

    `audio` may be an encoded stream whose packets are copied. `write` and `write_audio` may come in any order; the
    less far apart, the less memory. `captions` come in order, none before another's end; where they are `burned` into
    the picture too, players show the subtitles only if they are asked to. Raises OutputError where the target can't
    be written.
    """

    def __init__(
        self,
        path: Path | str,
        settings: FilmSettings,
        audio: bool | av.AudioStream,
        title: str = "",
        chapters: Sequence[Chapter | tuple[Fraction, Fraction, str]] = (),
        captions: Sequence[Caption] = (),
        language: str = "",
        burned: bool = False,
    ) -> None:
        self.path = Path(path).absolute()
        self.settings = settings
        self._captions, self._burned = captions, burned
        self.frames = 0
        self.samples = 0
        self._file = WholeFile(self.path)
        try:
            with self._file.explained():
                self._container = open_mp4(self._file, title, chapters)
                self._video = _video_stream(self._container, settings)
                self._audio = None
                if isinstance(audio, av.AudioStream):
                    self._copied = self._container.add_stream_from_template(audio)
                elif audio:
                    self._audio = sound_stream(self._container)
                if captions:
                    subtitles = subtitle_stream(self._container, settings.size, language)
                    self._container.mux(list(samples(captions, subtitles)))
        except BaseException:
            self._file.abandon()
            raise

    def write(self, frame: av.VideoFrame | Sequence[Plane]) -> None:
        """The next frame: an av.VideoFrame in yuv420p, or y uint8 [H,W], u and v uint8 [H/2,W/2].

        A VideoFrame is encoded without a copy and gets this film's timestamp.
        """
        if isinstance(frame, Sequence):
            frame = frame_of(frame)
        if (frame.width, frame.height) != self.settings.size or frame.format.name != "yuv420p":
            raise ValueError(
                f"{frame} is not a yuv420p frame of {self.settings.width}x{self.settings.height}"
            )
        frame.pts = self.frames
        frame.time_base = 1 / self.settings.fps
        # A decoded frame still says which kind it was, and x264 would make a keyframe of each former one.
        frame.pict_type = 0
        self._encode(self._video, frame)
        self.frames += 1

    def write_audio(self, samples: NDArray[np.float32]) -> None:
        """The next samples, float32 [2, n] in −1…1 at 48 kHz."""
        if self._audio is None:
            raise ValueError("this film was opened without sound")
        if samples.shape[1] == 0:
            return
        self._encode(self._audio, sound_frame(samples, self.samples))
        self.samples += samples.shape[1]

    def copy_audio(self, packet: av.Packet) -> None:
        """The next packet of the stream that was given as `audio`."""
        packet.stream = self._copied
        with self._file.explained():
            self._container.mux(packet)

    def _encode(self, stream: Any, frame: av.VideoFrame | av.AudioFrame | None) -> None:
        with self._file.explained():
            self._container.mux(stream.encode(frame))

    def close(self) -> None:
        """Ends the streams and puts the file in place."""
        self._encode(self._video, None)
        if self._audio is not None:
            self._encode(self._audio, None)
        with self._file.explained():
            self._container.close()
            if self._captions and self._burned:
                show_only_if_asked(Path(self._file.name))
        self._file.keep()

    def abandon(self) -> None:
        """Gives up: removes what was written."""
        self._file.stop()
        with suppress(Exception):
            self._container.close()
        self._file.abandon()

    def __enter__(self) -> FilmWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                self.close()
            except BaseException:
                self.abandon()
                raise
        else:
            self.abandon()


def open_mp4(
    file: WholeFile, title: str = "", chapters: Sequence[Chapter | tuple[Fraction, Fraction, str]] = ()
) -> av.container.OutputContainer:
    """An MP4 container that writes into `file`: moov first, title and chapters set, no streams yet."""
    quiet()
    container = av.open(
        file,  # type: ignore[arg-type]
        "w",
        format="mp4",
        container_options={"movflags": "+faststart"},
        buffer_size=1 << 20,
    )
    if title:
        container.metadata["title"] = title
    milliseconds = Fraction(1, 1000)
    container.set_chapters(
        [
            {
                "id": number,
                "start": round(start * 1000),
                "end": round(end * 1000),
                "time_base": milliseconds,
                "metadata": {"title": text},
            }
            for number, (start, end, text) in enumerate(chapters)
        ]
    )
    return container


def sound_stream(container: av.container.OutputContainer) -> av.AudioStream:
    """AAC, stereo, 192 kb/s at 48 kHz."""
    stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", bit_rate=AUDIO_BITRATE)
    assert isinstance(stream, av.AudioStream)
    return stream


def sound_file(path: Path, blocks: Iterable[NDArray[np.float32]]) -> None:
    """A file of sound alone, as a film has it, of blocks of float32 [2, n] at 48 kHz. Raises OutputError."""
    file = WholeFile(path)
    out = None
    try:
        with file.explained():
            out = open_mp4(file)
            stream = sound_stream(out)
        done = 0
        for block in blocks:
            with file.explained():
                out.mux(stream.encode(sound_frame(block, done)))
            done += block.shape[1]
        with file.explained():
            out.mux(stream.encode(None))
            out.close()
        file.keep()
    except BaseException:
        file.stop()
        if out is not None:
            with suppress(Exception):
                out.close()
        file.abandon()
        raise


def sound_frame(samples: NDArray[np.float32], position: int) -> av.AudioFrame:
    """float32 [2, n] at 48 kHz as a frame that starts at sample `position`."""
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32), "fltp", "stereo")
    frame.sample_rate = SAMPLE_RATE
    frame.time_base = Fraction(1, SAMPLE_RATE)
    frame.pts = position
    return frame


def _video_stream(container: av.container.OutputContainer, settings: FilmSettings) -> av.VideoStream:
    options = {"preset": settings.preset}
    if settings.crf is not None:
        options["crf"] = str(settings.crf)
    else:
        # No maxrate: with several threads x264 then decides by what the other threads have done so far, and
        # the same film would come out differently each time.
        options["b"] = str(settings.bitrate)
        options["bt"] = "4000000"  # av's own 128 kb/s tolerance makes x264 hold the rate too closely
    if settings.width % 256 and cv2.checkHardwareSupport(_AVX_512):
        options["x264-params"] = f"asm={_NO_AVX_512}"
    stream = container.add_stream("libx264", rate=settings.fps, options=options)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height = settings.size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.gop_size = max(1, int(settings.fps * KEYFRAME_SECONDS))
    # av asks for threads within a frame; x264 is then slower, and its pictures a little worse.
    context.thread_type = "FRAME"
    context.sample_aspect_ratio = Fraction(1)
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _TV_RANGE
    return stream


class WholeFile:
    """A file object for av that becomes `path` when it is complete and leaves nothing when it isn't.

    av is given this object, not the name, because then every failed write is a Python error with its errno,
    writing the last bytes doesn't hold up other threads, and giving up takes no time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        shown = path.name.encode(errors="surrogateescape")[:200].decode(errors="ignore")  # it gets longer
        self._hidden = path.with_name(f".{shown}.{secrets.token_hex(4)}.part")
        self.name = str(self._hidden)  # av opens it by this name once more, to move the moov to the front
        self._fault: OSError | None = None
        self._stopped = False
        with self.explained():
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            self._file = self._hidden.open("xb", buffering=0)

    def write(self, data: bytes) -> int:
        if self._stopped:
            raise ValueError("given up")
        left = memoryview(data)
        try:
            while left:  # a disk that fills up takes a part first and complains afterwards
                left = left[self._file.write(left) :]
        except OSError as error:
            self._fault = error
            raise
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def stop(self) -> None:
        """Lets no more be written: what av still wants to finish fails at once."""
        self._stopped = True

    def keep(self) -> None:
        """The file is complete: takes its place."""
        with self.explained():
            if self._fault:
                raise self._fault
            os.fsync(self._file.fileno())
            self._file.close()
            self._hidden.replace(self._path)

    def abandon(self) -> None:
        self.stop()
        self._file.close()
        try:
            self._hidden.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s could not be removed: %s", self.name, error.strerror)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what goes wrong while writing into a sentence."""
        try:
            yield
        except OutputError:
            raise
        except (OSError, ValueError) as error:
            fault = self._fault or error
            if not isinstance(fault, OSError):
                raise
            raise OutputError(f"{self._path} can't be written: {_reason(fault)}", _cure(fault)) from error


def _reason(fault: OSError) -> str:
    return {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "your share of the disk is used up",
        errno.EFBIG: "the file would be larger than is allowed here",
        errno.EACCES: "no permission",
        errno.EPERM: "no permission",
        errno.EROFS: "the disk is read-only",
        errno.ENOENT: "its folder does not exist",
        errno.EISDIR: "it is a folder",
    }.get(fault.errno or 0, fault.strerror or str(fault))


def _cure(fault: OSError) -> str:
    return {
        errno.ENOSPC: "free some space, or write somewhere else",
        errno.EDQUOT: "free some space, or write somewhere else",
        errno.EFBIG: "raise the limit (ulimit -f), or choose a lower quality",
        errno.EACCES: "choose another folder",
        errno.EPERM: "choose another folder",
        errno.EROFS: "choose another folder",
        errno.ENOENT: "make the folder first",
        errno.EISDIR: "give the name of a file",
    }.get(fault.errno or 0, "")
