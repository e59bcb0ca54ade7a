"""Sound onto a video: the picture is copied packet by packet, the sound is made anew and matched to it.

sync_audio(Path("film.mp4"), Path("song.mp3"), Path("out.mp4"), mix=False, fit="loop")
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import av.container
from av.error import InvalidDataError

from ..errors import BadInput, MediaError
from ..media.damage import Losses
from ..media.encode import Chapter, WholeFile, open_mp4, sound_frame, sound_stream
from ..media.probe import ClipInfo, opened, picture_of, probe
from ..media.sound import SAMPLE_RATE, Mixer, Region
from ..media.stamps import stamped
from ..progress import UNWATCHED, Watch
from ..timecode import clock, frame_at
from ..timeline.timeline import AudioTrack
from .audio import track_region
from .film import Film

_CODECS = ("h264", "hevc", "av1", "vp9", "mpeg4", "mjpeg")
"""What an MP4 can hold as it is."""

_TAGS = ("title", "artist", "comment", "description", "date", "copyright")
"""What is said about the video; the rest of a file's tags tell how it was written."""


def sync_audio(
    video: Path | str,
    audio: Path | str,
    path: Path | str,
    *,
    mix: bool = False,
    fit: Literal["trim", "loop"] = "trim",
    gain_db: float = 0.0,
    fade_out: Fraction = Fraction(0),
    watch: Watch = UNWATCHED,
) -> Film:
    """Lays `audio` over `video` and puts the result at `path`: AAC 192 kb/s, 48 kHz, stereo.

    The sound ends with the picture: a longer one is cut, a shorter one ends in silence or, with `loop`,
    starts again. `mix` keeps the video's own sound beneath. The picture's packets, the title and the chapters
    are copied.
    Raises BadInput, MediaError, OutputError, Interrupted.
    """
    info = probe(video)
    if info.codec not in _CODECS:
        raise BadInput(
            f"{info.path.name} is {info.codec}, which an MP4 can't hold", "render it as a film first"
        )
    if fade_out < 0:
        raise BadInput("fade_out is negative", "use 0 or more")
    samples = frame_at(info.duration, Fraction(SAMPLE_RATE))
    track = AudioTrack(path=str(audio), gain_db=gain_db, fit=fit, fade_out=fade_out)
    regions = [track_region(track, samples)]
    if mix and info.has_audio:
        regions.append(Region(info.path, at=0, samples=samples, start=info.origin))
    frames, notes = _write(info, regions, samples, Path(path).absolute(), watch)
    return Film(Path(path).absolute(), *info.size, info.fps, frames, info.duration, (), (*info.notes, *notes))


def without_sound(video: Path | str, path: Path | str, watch: Watch = UNWATCHED) -> None:
    """The video's picture alone, its packets copied. Raises MediaError, OutputError, Interrupted."""
    info = probe(video)
    _write(info, [], 0, Path(path).absolute(), watch)


def _write(
    info: ClipInfo, regions: list[Region], samples: int, path: Path, watch: Watch
) -> tuple[int, tuple[str, ...]]:
    """Without regions there is no sound track. Returns the number of packets of picture, and what is damaged."""
    losses = Losses()
    file = WholeFile(path)
    out = None
    try:
        with opened(info.path) as source, Mixer(regions, samples) as mixer, file.explained():
            out = open_mp4(file, chapters=_chapters(source, info))
            out.metadata.update(
                {k: v for k, v in source.metadata.items() if k in ("title", "comment", "artist")}
            )
            picture = picture_of(source)
            assert picture is not None
            copied = out.add_stream_from_template(picture, opaque=True)
            if info.codec == "hevc":
                copied.codec_context.codec_tag = "hvc1"  # the only tag that Apple's players take
            heard = sound_stream(out) if regions else None
            done = frames = 0
            for packet, reached in _packets(info, source, picture, losses):
                watch.check()
                packet.stream = copied
                out.mux(packet)
                frames += 1
                until = min(samples, max(done, frame_at(reached, Fraction(SAMPLE_RATE))))
                if heard and until > done:
                    out.mux(heard.encode(sound_frame(mixer.read(until - done), done)))
                    done = until
                    watch.tell(done / samples, "sound")
            if heard and done < samples:
                out.mux(heard.encode(sound_frame(mixer.read(samples - done), done)))
            if heard:
                out.mux(heard.encode(None))
            out.close()
        file.keep()
        damage = f"{info.path.name}: its picture is damaged at {losses.where()}, and copied as it is"
        return frames, (*((damage,) if losses else ()), *mixer.notes)
    except BaseException:
        file.stop()
        if out is not None:
            with suppress(Exception):
                out.close()
        file.abandon()
        raise


def _packets(
    info: ClipInfo, source: av.container.InputContainer, picture: av.VideoStream, losses: Losses
) -> Iterator[tuple[av.Packet, Fraction]]:
    """The picture's packets, from second 0 on, and the latest second that they reach. Damaged ones are copied too."""
    assert picture.time_base is not None
    shift = int(info.origin / picture.time_base)
    reached = Fraction(0)
    demuxed = stamped(info, source, picture)
    while True:
        try:
            packet = next(demuxed, None)
        except InvalidDataError as error:
            raise _cut_short(info, reached) from error
        if packet is None:
            break
        if packet.stream_index != picture.index:
            continue
        if packet.dts is None and packet.pts is None:
            continue  # av's sign that the stream is over
        if packet.pts is not None:
            packet.pts -= shift
            reached = max(reached, (packet.pts + (packet.duration or 0)) * picture.time_base)
        if packet.dts is not None:
            packet.dts -= shift
        if packet.is_corrupt:
            losses.add(reached, reached)
        yield packet, reached
    if reached + 1 / info.fps < info.duration:
        raise _cut_short(info, reached)


def _cut_short(info: ClipInfo, reached: Fraction) -> MediaError:
    return MediaError(
        f"{info.path.name} is cut short at {clock(reached)} of {clock(info.duration)}",
        "copy or download it again",
    )


def _chapters(source: av.container.InputContainer, info: ClipInfo) -> list[Chapter]:
    chapters = []
    for chapter in source.chapters():
        base = Fraction(chapter["time_base"] or 1)
        start, end = (max(Fraction(0), chapter[key] * base - info.origin) for key in ("start", "end"))
        chapters.append(Chapter(start, end, chapter["metadata"].get("title", "")))
    return chapters
