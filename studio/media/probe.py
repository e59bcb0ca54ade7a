"""What a media file holds: size, rate, length, rotation, colours, sound.

probe("clip.mp4").fps
# Fraction(24, 1)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import av.container
from av.error import DecoderNotFoundError, FFmpegError
from av.stream import Disposition

from ..errors import MediaError
from ..picture import MOST_PIXELS, is_dark
from .quiet import quiet

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,flv,asf,ogg,gif,apng,ivf,mxf,nut,"
    "wav,w64,mp3,flac,aac,aiff,caf,amr,ac3,eac3"
)
"""Containers that hold their media themselves. Playlists (hls, concat, dash) name other files: refused."""
_READING = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
_PIXELS = {"max_pixels": str(MOST_PIXELS)}

_COPY_AGAIN = "copy or download it again"

_ROUNDED = Fraction(5, 1000)
"""Seconds: as much as milliseconds and the last frame's missing duration may cost."""

_MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
_FULL_RANGE = 2
_TRANSPARENT = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""The decoders that read a WebM's transparency."""
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
    vfr: bool
    codec: str
    pix_fmt: str
    matrix: str
    """rgb, bt709, bt601, bt2020, smpte240m or fcc; guessed from the size, as players do, if not told."""
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

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def probe(path: Path | str) -> ClipInfo:
    """Reads the header and decodes the first frame.

    Raises MediaError, with a sentence, for what isn't there, isn't a video, can't be decoded or is cut short.
    """
    path = Path(path).absolute()
    with opened(path) as container:
        stream = picture_of(container)
        if stream is None:
            raise MediaError(f"{path.name} has no picture", "give a video file")
        _refuse_cut_short(path, container)
        frame = _first_frame(path, container, stream)
        assert stream.time_base is not None
        context = stream.codec_context
        # The first frame's own timestamp: the stream's start may be that of a packet that can't be shown.
        ticks = frame.pts if frame.pts is not None else stream.start_time or 0
        duration, frames = _length(path, stream, ticks)
        rotation = -round(frame.rotation / 90) * 90 % 360
        aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
        width, height = max(1, round(frame.width * aspect)), frame.height
        if rotation in (90, 270):
            width, height = height, width
        rate, vfr = _rate(stream)
        return ClipInfo(
            path=path,
            width=width,
            height=height,
            fps=rate,
            duration=duration,
            frames=frames,
            has_audio=bool(container.streams.audio),
            rotation=rotation,
            vfr=vfr,
            codec=context.name,
            pix_fmt=frame.format.name,
            matrix=_matrix(frame),
            full_range=int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj"),
            hdr=_HDR_CURVES.get(int(context.color_trc or 0), ""),
            alpha=_has_alpha(frame),
            ground=_ground(frame),
            interlaced=frame.interlaced_frame,
            stored=(frame.width, frame.height),
            origin=ticks * stream.time_base,
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
        with av.open(file, options=_PIXELS, container_options=_READING) as container:
            for stream in container.streams.video:
                _refuse_huge(path, stream)
            yield container
    except (FFmpegError, OSError) as error:
        raise MediaError(*_sentence(path, error)) from error


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
    """The first video stream that is not the cover picture of a song."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def sound_of(container: av.container.InputContainer) -> av.AudioStream | None:
    return container.streams.audio[0] if container.streams.audio else None


def sound_length(path: Path | str) -> Fraction:
    """How long a file's sound is, in seconds, as its header tells it. Raises MediaError if it has none."""
    path = Path(path)
    with opened(path) as container:
        stream = sound_of(container)
        if stream is None:
            raise MediaError(f"{path.name} has no sound", "give a file that has")
        if stream.duration is not None and stream.time_base is not None:
            return stream.duration * stream.time_base
        if container.duration is not None:
            return Fraction(container.duration, av.time_base)
        raise MediaError(f"{path.name} doesn't say how long it is", "convert it to WAV or MP4")


def decoded(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """The stream's frames, with their transparency where it has one."""
    name = _TRANSPARENT.get(stream.codec_context.name)
    if stream.metadata.get("alpha_mode") != "1" or name not in av.codecs_available:
        yield from container.decode(stream)
        return
    # WebM keeps the transparency beside the picture, where FFmpeg's own decoders don't look.
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.options = {**_PIXELS}
    for packet in container.demux(stream):
        yield from decoder.decode(packet if packet.size else None)


def _first_frame(path: Path, container: av.container.InputContainer, stream: av.VideoStream) -> av.VideoFrame:
    if stream.codec_context is None:
        raise MediaError(
            f"{path.name} is in a format that nothing here decodes", "convert it to H.264 in MP4"
        )
    for frame in decoded(container, stream):
        return frame
    raise MediaError(f"{path.name} has no frames", "it may be cut short: copy or download it again")


def _refuse_cut_short(path: Path, container: av.container.InputContainer) -> None:
    """An MP4 is a row of boxes that tell their sizes: one that passes the file's end was not copied whole."""
    if not container.format.name.startswith("mov"):
        return
    length = path.stat().st_size
    with path.open("rb") as file:
        place = 0
        while place + 8 <= length:
            file.seek(place)
            size, kind = int.from_bytes(file.read(4), "big"), file.read(4)
            if size == 1:
                size = int.from_bytes(file.read(8), "big")
            if size < 8:  # 0 is "to the end of the file"
                return
            place += size
            if place > length and kind in (b"mdat", b"moov", b"moof"):  # cameras append boxes of their own
                raise MediaError(f"{path.name} is cut short: it ends before its last frame", _COPY_AGAIN)


def _length(path: Path, stream: av.VideoStream, start: int) -> tuple[Fraction, int | None]:
    assert stream.time_base is not None
    if stream.duration:
        missing = (start - (stream.start_time or 0)) * stream.time_base
        lost = missing if missing > 2 / _rate(stream)[0] else 0
        return stream.duration * stream.time_base - lost, stream.frames or None
    # Matroska, WebM and streams tell the whole file's length at most, and the sound may be the longer part.
    with opened(path) as container:
        again = picture_of(container)
        end = start
        frames = 0
        for packet in container.demux(again):
            if packet.pts is not None:
                end = max(end, packet.pts + (packet.duration or 0))
                frames += 1
    lasting = (end - start) * stream.time_base
    rate, varying = _rate(stream)
    if frames and (not lasting or (not varying and abs(lasting - frames / rate) < _ROUNDED)):
        lasting = frames / rate
    return lasting, frames


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


def _matrix(frame: av.VideoFrame) -> str:
    if frame.format.is_rgb or frame.format.has_palette:
        return "rgb"
    guess = "bt709" if frame.width >= 1280 or frame.height > 576 else "bt601"
    return _MATRICES.get(int(frame.colorspace), guess)
