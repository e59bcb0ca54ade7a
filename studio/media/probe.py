"""What a media file holds: size, rate, length, rotation, colours, sound.

probe("clip.mp4").fps
# Fraction(24, 1)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, TypeVar

import av
import av.container
from av.error import DecoderNotFoundError, FFmpegError
from av.stream import Disposition

from ..errors import MediaError
from ..timecode import clock
from .animation import film_of
from .clock import Clock, may_be_set_anew, steady_of
from .image import MOST_PIXELS, is_dark
from .orientation import orientation
from .packets import PictureDecoder
from .quiet import quiet
from .timing import Timing, is_rough, timing
from .whole import in_fragments, refuse_cut_short

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,flv,asf,ogg,gif,apng,ivf,mxf,nut,"
    "m4v,obu,mjpeg,yuv4mpegpipe,dv,vc1,rm,wtv,gxf,nsv,h261,h263,dirac,cavsvideo,vvc,"
    "wav,w64,mp3,flac,aac,aiff,caf,amr,ac3,eac3,au,wv,tta,ape,dts,dtshd,truehd,mlp,voc,gsm,g722,loas,mpc,mpc8,tak,dsf,"
    "oma,xwma"
)
"""Containers that hold their media themselves. Playlists (hls, concat, dash) name other files: refused."""
_READING = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
_PIXELS = {"max_pixels": str(MOST_PIXELS)}

_MANY_JPEGS, _JPEG = (".mjpeg", ".mjpg", ".mjp"), b"\xff\xd8"

_COPY_AGAIN = "copy or download it again"

_SHORT = Fraction(1, 2)
"""Seconds by which a file may end before its header says so and still count as whole."""
_INDEXED = frozenset({"mov"})
"""Containers whose header lists every frame; what others say of their length is rounded, estimated or a promise."""
_PROMISING = frozenset({"matroska", "webm", "flv", "asf", "avi", "nut", "mxf"})
"""Containers whose header tells the length that the file was written with."""
_NEARLY = Fraction(1, 100)
"""By how much rates may differ and be the same: over a short clip 29.97 is rarely exact."""
_NO_FILM = Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails
_Stream = TypeVar("_Stream", av.VideoStream, av.AudioStream)

_MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
_FULL_RANGE = 2
_HDR_CURVES = {16: "PQ", 18: "HLG"}


@dataclass(frozen=True)
class ClipInfo:
    """A clip's picture as a person sees it: upright, with square pixels. Times in seconds."""

    path: Path
    width: int
    height: int
    fps: Fraction
    """The rate it means to have; the average where the rate varies."""
    duration: Fraction
    """Of the picture; its sound may be longer or shorter."""
    frames: int | None
    """How many frames its header promises, where it says so."""
    has_audio: bool
    rotation: int
    """Degrees clockwise by which the stored picture must be turned: 0, 90, 180 or 270."""
    mirrored: bool
    """Whether it must be mirrored, left to right, before it is turned."""
    vfr: bool
    codec: str
    pix_fmt: str
    matrix: str
    """rgb, bt709, bt601, bt2020, smpte240m or fcc. Where the file doesn't say it: bt709 of what was generated, else
    by the size, as players have it: bt709 from 1280 pixels wide or 577 high on."""
    guessed: bool
    """Whether the file doesn't say which matrix it is."""
    full_range: bool
    hdr: str
    """PQ or HLG where its brightness is meant for an HDR screen, else empty."""
    alpha: bool
    """Whether parts of it may be transparent."""
    ground: str
    """Of the first frame: "shows" if it is transparent in parts, "hides" if what isn't is black, else empty."""
    interlaced: bool
    stored: tuple[int, int]
    """Width and height of the decoder's frames, before turning, pixels not necessarily square."""
    origin: Fraction
    """The timestamp of the first frame: second 0 of the clip."""
    seekable: bool = True
    """Whether one may enter it in the middle: the times that its frames have there are right."""
    moments: Sequence[Fraction] = field(default=(), repr=False)
    """When each frame is shown, where the container doesn't say so itself; else empty."""
    notes: tuple[str, ...] = ()
    """What of it can't be had, for a person."""

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def probe(path: Path | str, *, generated: bool = False) -> ClipInfo:
    """Reads the header and decodes the first frame. `generated`: by a model; services leave colours unsaid and mean
    bt709, at every size.

    Raises MediaError, with a sentence, for what isn't there, isn't a video, can't be decoded or is cut short.
    """
    path = Path(path).absolute()
    with opened(path) as container:
        stream = picture_of(container)
        if stream is None:
            raise MediaError(f"{path.name} has no picture", "give a video file")
        refuse_cut_short(path, container.format.name)
        frame = _first_frame(path, container, stream)
        assert stream.time_base is not None
        context = stream.codec_context
        # The first frame's own timestamp: the stream's start may be that of a packet that can't be shown.
        ticks = frame.pts if frame.pts is not None else stream.start_time or 0
        times, rate, vfr = _times(path, container, stream, ticks)
        mirrored, rotation = orientation(frame)
        aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
        width, height = max(1, round(frame.width * aspect)), frame.height
        if rotation in (90, 270):
            width, height = height, width
        return ClipInfo(
            path=path,
            width=width,
            height=height,
            fps=rate,
            duration=times.duration,
            frames=times.frames or None,
            has_audio=sound_of(container) is not None,
            rotation=rotation,
            mirrored=mirrored,
            vfr=vfr,
            codec=context.name,
            pix_fmt=frame.format.name,
            matrix=_matrix(frame, generated),
            guessed=_is_yuv(frame) and int(frame.colorspace) not in _MATRICES,
            full_range=int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj"),
            hdr=_HDR_CURVES.get(int(context.color_trc or 0), ""),
            alpha=_has_alpha(frame),
            ground=_ground(frame),
            interlaced=frame.interlaced_frame,
            stored=(frame.width, frame.height),
            # Where frames are numbered, the first one's timestamp is that of a packet; its second is 0.
            origin=Fraction(0) if times.clockless else ticks * stream.time_base,
            seekable=not is_rough(container) and not times.set_anew,
            moments=times.moments,
            notes=(*left_out(path, container), *_broken_promise(path, container, times)),
        )


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[av.container.InputContainer]:
    """The file, or the bytes, open for reading; what goes wrong in the block is a MediaError that names it.

    The one place where media are opened: whatever a file is called, it is read as one that holds its media itself.
    """
    path = source if isinstance(source, Path) else Path("the file")
    # As an absolute path no name is taken for a protocol or an option: concat:a.mp4, pipe:0, -i.
    file = str(source.absolute()) if isinstance(source, Path) else source
    quiet()
    try:
        film = film_of(source)  # held to the end of the block: its file goes with it
        file = str(film.path) if film else file
        with ExitStack() as files:
            container = files.enter_context(_open(file, _READING, _format_of(source)))
            if is_rough(container) and isinstance(file, str):
                container = files.enter_context(_open(file, {**_READING, "fflags": "nofillin"}))
            for stream in container.streams.video:
                _refuse_huge(path, stream)
            yield container
    except (FFmpegError, OSError) as error:
        raise MediaError(*_sentence(path, error)) from error


def _format_of(source: Path | BinaryIO) -> str | None:
    """Raw MJPEG, whose first picture looks like a JPEG file to libavformat; None lets it find out."""
    if not isinstance(source, Path) or source.suffix.lower() not in _MANY_JPEGS:
        return None
    with source.open("rb") as file:
        return "mjpeg" if file.read(2) == _JPEG else None


def _open(
    file: str | BinaryIO, reading: dict[str, str], kind: str | None = None
) -> av.container.InputContainer:
    # Tags in another encoding than UTF-8 are no reason to refuse a film.
    return av.open(file, "r", kind, options=_PIXELS, container_options=reading, metadata_errors="replace")


def _refuse_huge(path: Path, stream: av.VideoStream) -> None:
    context = stream.codec_context
    if context is None:
        return
    if context.width * context.height > MOST_PIXELS:
        cure = f"scale it down to {MOST_PIXELS // 1_000_000} million pixels"
        raise MediaError(f"{path.name} is too large: {context.width}x{context.height}", cure)
    context.options = {**context.options, **_PIXELS}  # a later frame may be larger than the header says


def _sentence(path: Path, error: OSError | FFmpegError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        return f"{path} does not exist", "give a file that does"
    if isinstance(error, PermissionError):
        return f"{path} can't be read: no permission", ""
    if isinstance(error, IsADirectoryError) or path.is_dir():
        return f"{path} is a folder", "give a file"
    if path.exists() and path.stat().st_size == 0:
        return f"{path.name} is empty", _COPY_AGAIN
    if isinstance(error, DecoderNotFoundError):
        return f"{path.name} is in a format that nothing here decodes", "convert it to H.264 in MP4"
    return (
        f"{path.name} is not a video or sound file, or it is damaged or cut short ({error.strerror})",
        "play it in a video player, or copy or download it again",
    )


def picture_of(container: av.container.InputContainer) -> av.VideoStream | None:
    """The film's picture, not the cover of a song: the track that is the default, of those that can be decoded."""
    pictures = [stream for stream in container.streams.video if not stream.disposition & _NO_FILM]
    # Beside a film a single frame is its cover: animated AVIF and HEIC have one in front.
    moving = [stream for stream in pictures if stream.frames != 1]
    return _chosen(moving) or _chosen(pictures) or next(iter(pictures), None)


def sound_of(container: av.container.InputContainer) -> av.AudioStream | None:
    """The sound: the track that is the default, of those that can be decoded; None if none can."""
    return _chosen(list(container.streams.audio))


def sought(
    container: av.container.InputContainer, stream: av.VideoStream | av.AudioStream, time: Fraction
) -> bool:
    """Goes to that second of the file's timestamps, or before it. False where that can't be done: open it anew."""
    try:
        container.seek(int(time / (stream.time_base or 1)), stream=stream)
    except FFmpegError:
        return False
    return True


def _chosen(streams: list[_Stream]) -> _Stream | None:
    usable = [stream for stream in streams if stream.codec_context is not None]
    preferred = [stream for stream in usable if stream.disposition & Disposition.default]
    return next(iter(preferred or usable), None)


def left_out(path: Path, container: av.container.InputContainer) -> Iterator[str]:
    """Which tracks can't be decoded, and what is used in their place."""
    sounds = list(container.streams.audio)
    lost = [number for number, stream in enumerate(sounds, 1) if stream.codec_context is None]
    if not lost:
        return
    used = sound_of(container)
    which = f"sound track {', '.join(map(str, lost))} of {path.name} is in a format that nothing here decodes"
    if used is None:
        yield f"{which}; it is silent"
    else:
        yield f"{which}; track {sounds.index(used) + 1} is used"


def sound_length(path: Path | str) -> Fraction:
    """How long a file's sound is, in seconds, by its packets. Raises MediaError if it has none."""
    path = Path(path)
    try:
        stat = path.stat()
    except OSError as error:
        raise MediaError(*_sentence(path, error)) from error
    return _sound_length(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1000)
def _sound_length(path: Path, _changed: int, _bytes: int) -> Fraction:
    with opened(path) as container:
        stream = sound_of(container)
        if stream is None:
            raise MediaError(f"{path.name} has no sound", "give a file that has")
        base = stream.time_base or Fraction(1)
        if stream.duration is not None and _is(container, _INDEXED) and not in_fragments(path):
            return stream.duration * base
        first: int | None = None
        end: int | None = None
        for packet in _whole_packets(container, stream):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None:
                first = stamp if first is None else first
                reached = stamp + (packet.duration or 0)
                end = reached if end is None else max(end, reached)
        if first is not None and end is not None and end > first:
            return (end - first) * base
        if container.duration is not None:
            return Fraction(container.duration, av.time_base)
        raise MediaError(f"{path.name} doesn't say how long it is", "convert it to WAV or MP4")


def is_set_anew(path: Path) -> bool:
    """Whether the file's clock is set in the middle, so that only who reads from the beginning knows the time."""
    stat = path.stat()
    return _set_anew(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1000)
def _set_anew(path: Path, _changed: int, _bytes: int) -> bool:
    with opened(path) as container:
        if not may_be_set_anew(container):
            return False
        clock = Clock(container)
        with suppress(FFmpegError):  # the file breaks off there
            for packet in container.demux():
                clock.steady(packet)
        return clock.set_anew


def _whole_packets(container: av.container.InputContainer, stream: av.AudioStream) -> Iterator[av.Packet]:
    try:
        yield from (packet for packet in steady_of(container, stream) if packet.size)
    except FFmpegError:
        return  # the file breaks off here


def _first_frame(path: Path, container: av.container.InputContainer, stream: av.VideoStream) -> av.VideoFrame:
    if stream.codec_context is None:
        raise MediaError(
            f"{path.name} is in a format that nothing here decodes", "convert it to H.264 in MP4"
        )
    for frame in PictureDecoder(container, stream).frames():
        return frame
    if (
        not stream.codec_context.width
    ):  # FFmpeg looked for it in a frame, and makes none of more than MOST_PIXELS
        raise MediaError(
            f"{path.name} is too large, or the size of its picture can't be read",
            f"scale it down to {MOST_PIXELS // 1_000_000} million pixels, or copy or download it again",
        )
    raise MediaError(
        f"{path.name} has no frame that can be decoded", "it may be cut short: copy or download it again"
    )


def _is(container: av.container.InputContainer, names: frozenset[str]) -> bool:
    return bool(names & set(container.format.name.split(",")))


def _times(
    path: Path, container: av.container.InputContainer, stream: av.VideoStream, first: int
) -> tuple[Timing, Fraction, bool]:
    """Length and frames, the rate, and whether it varies."""
    assert stream.time_base is not None
    rate, varying = _rate(stream)
    coded = stream.codec_context.framerate
    if is_rough(container) and coded:
        rate, varying = Fraction(coded), False
    if stream.duration and stream.frames and _is(container, _INDEXED) and not in_fragments(path):
        missing = (first - (stream.start_time or 0)) * stream.time_base
        lost = missing if missing > 2 / rate else 0
        lasting = stream.duration * stream.time_base - lost
        return Timing(lasting, stream.frames, lasting), rate, varying
    with opened(path) as again:
        picture = picture_of(again)
        assert picture is not None
        times = timing(again, picture, first, rate, varying)
    if not times.interval:
        return times, rate, times.frames > 1
    # The header may count fields for frames, or guess.
    known = (stream.guessed_rate, stream.average_rate, stream.base_rate)
    near = (Fraction(each) for each in known if each and abs(each * times.interval - 1) < _NEARLY)
    return times, next(near, (1 / times.interval).limit_denominator(1001)), False


def _broken_promise(path: Path, container: av.container.InputContainer, times: Timing) -> Iterator[str]:
    """That the file ends before the time that its header says, or can't be read to its end."""
    if times.broken:
        yield f"{path.name} is damaged: after {clock(times.reached)} it can't be read"
        return
    promised_frames = next((stream.frames for stream in container.streams.video), 0)
    if times.moments and times.frames < promised_frames:
        yield f"{path.name} is damaged: {promised_frames - times.frames} of its {promised_frames} frames can't be found"
        return
    if container.duration is None or not _is(container, _PROMISING):
        return
    promised = Fraction(container.duration, av.time_base)
    there = times.reached - max(Fraction(0), Fraction(container.start_time or 0, av.time_base))
    if promised - there > _SHORT:
        yield f"{path.name} is cut short: it ends at {clock(there)} and promises {clock(promised)}"


def _rate(stream: av.VideoStream) -> tuple[Fraction, bool]:
    """The rate, and whether it varies. Nearly equal is equal: over a short clip 29.97 is rarely exact."""
    # From PyAV 19 on these are numbers of its own, which know neither abs nor round.
    base, average = (Fraction(rate) if rate else None for rate in (stream.base_rate, stream.average_rate))
    if not average or not base:
        return average or base or Fraction(stream.guessed_rate or 25), False
    if abs(base - average) <= average / 100:
        return base, False
    return average, True


def _has_alpha(frame: av.VideoFrame) -> bool:
    return frame.format.has_palette or any(part.is_alpha for part in frame.format.components)


def _ground(frame: av.VideoFrame) -> str:
    if not _has_alpha(frame):
        return ""
    pixels = frame.to_ndarray(format="rgba")
    if pixels[..., 3].min() > 250:
        return ""
    return "hides" if is_dark(pixels) else "shows"


def _is_yuv(frame: av.VideoFrame) -> bool:
    return not (frame.format.is_rgb or frame.format.has_palette)


def _matrix(frame: av.VideoFrame, generated: bool) -> str:
    if not _is_yuv(frame):
        return "rgb"
    guess = "bt709" if generated or frame.width >= 1280 or frame.height > 576 else "bt601"
    return _MATRICES.get(int(frame.colorspace), guess)
