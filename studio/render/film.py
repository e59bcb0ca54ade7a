"""Rendering: a timeline becomes a film.

film = render(timeline, FilmSettings.of("standard"), Path("film.mp4"))
film.frames, film.markers[1].start
# (1092, Fraction(15, 2))
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ..captions.burn import burned
from ..captions.files import SUFFIXES, Sidecars
from ..media.decode import ClipReader
from ..media.encode import FilmWriter
from ..media.loudness import Loudness
from ..media.planes import frame_of, planes_of
from ..progress import UNWATCHED, Watch
from ..timecode import sample_at
from ..timeline.settings import FilmSettings
from ..timeline.timeline import Timeline
from .audio import sounding
from .plan import FilmPlan, Marker, Span, Use, plan
from .transitions import blend, risen

_TELL_EVERY = 0.1  # seconds
_SOUND_FIRST = 0.1  # of the work, where the sound has to be measured first


@dataclass(frozen=True)
class Film:
    """The rendered file. Sizes in pixels, times in seconds."""

    path: Path
    width: int
    height: int
    fps: Fraction
    frames: int
    duration: Fraction
    markers: tuple[Marker, ...]
    notes: tuple[str, ...] = ()
    """What was done differently from what was asked."""
    about: dict[str, Any] = field(default_factory=dict)
    """What the timeline carries along."""
    captions: int = 0
    """How many there are in its subtitle track; with any, they are beside the film too, as SRT and VTT."""
    loudness: Loudness | None = None
    """What its sound has, as the file has it, where it was to be brought to a loudness."""

    @property
    def sidecars(self) -> tuple[Path, ...]:
        return tuple(self.path.with_suffix(suffix) for suffix in SUFFIXES if self.captions)

    def to_plain(self) -> dict[str, Any]:
        """JSON data; it says nothing of captions that aren't there, nor of a loudness that wasn't asked for."""
        beside = {path.suffix[1:]: str(path) for path in self.sidecars}
        plain = {
            "path": str(self.path),
            "width": self.width,
            "height": self.height,
            "fps": float(self.fps),
            "frames": self.frames,
            "duration": float(self.duration),
            "markers": [marker.to_plain() for marker in self.markers],
            "notes": list(self.notes),
            "about": self.about,
        }
        if beside:
            plain["captions"] = {**beside, "count": self.captions}
        if self.loudness:
            integrated, true_peak, _ = self.loudness
            plain["loudness"] = {"integrated": round(integrated, 2), "true_peak": round(true_peak, 2)}
        return plain


def render(timeline: Timeline, settings: FilmSettings, path: Path | str, watch: Watch = UNWATCHED) -> Film:
    """Makes the film and puts it at `path`, whole or not at all; its captions beside it, as SRT and VTT.

    Raises BadInput (every fault of the timeline, before anything is written), MediaError (a clip fails on the
    way), OutputError, Interrupted. Takes memory for a few frames, however many clips there are.
    """
    return render_plan(plan(timeline, settings), path, watch)


def render_plan(made: FilmPlan, path: Path | str, watch: Watch = UNWATCHED) -> Film:
    """The film of a plan; see `render`."""
    settings = made.settings
    look = made.caption_look
    first = 0.0 if made.loudness is None else _SOUND_FIRST
    shown = watch.part(first, 1)
    with (
        Sidecars(path, made.subtitles),
        sounding(made, watch.part(0, first)) as sound,
        FilmWriter(
            path,
            settings,
            sound.stream or made.has_audio,
            made.title,
            made.chapters,
            made.subtitles,
            made.caption_language,
            burned=look is not None,
        ) as film,
        ExitStack() as pictures,
    ):
        told = 0.0
        readers: list[tuple[Use, ClipReader]] = []
        frames = _frames(made, watch, pictures, readers)
        for frame in burned(frames, made.captions, look, settings) if look else frames:
            watch.check()
            film.write(frame)
            if made.has_audio:
                sound.write(film, sample_at(film.frames, settings.fps))
            if time.monotonic() - told > _TELL_EVERY or film.frames == made.frames:
                told = time.monotonic()
                shown.tell(film.frames / made.frames, f"frame {film.frames} of {made.frames}")
    return Film(
        path=film.path,
        width=settings.width,
        height=settings.height,
        fps=settings.fps,
        frames=made.frames,
        duration=made.duration,
        markers=made.markers,
        notes=(*made.notes, *_damage(readers), *sound.notes),
        about=made.about,
        captions=len(made.subtitles),
        loudness=sound.loudness,
    )


def _frames(
    made: FilmPlan, watch: Watch, open_clips: ExitStack, opened: list[tuple[Use, ClipReader]]
) -> Iterator[av.VideoFrame]:
    """Every frame of the film in order. A clip is opened when it is needed and closed when it is over."""
    readers: dict[int, ClipReader] = {}
    frames: dict[int, Iterator[av.VideoFrame]] = {}
    for span in made.spans:
        for index in span.clips:
            if index not in readers:
                use = made.uses[index]
                readers[index] = open_clips.enter_context(_reader(use, made.settings, watch))
                opened.append((use, readers[index]))
                frames[index] = _graded(readers[index], use) if use.color else readers[index]
        for index in [index for index in readers if index not in span.clips]:
            readers.pop(index).close()
        yield from _span_frames(span, [frames[index] for index in span.clips])


def _damage(readers: list[tuple[Use, ClipReader]]) -> Iterator[str]:
    """What of the clips' pictures could not be shown."""
    for use, reader in readers:
        name = f"clips[{use.index}]: {use.info.path.name}"
        if reader.losses:
            at = reader.losses.where()
            yield f"{name}: its picture is damaged or missing at {at}; the one before stands there"
        if reader.losses.changed:
            yield f"{name}: its picture changes its size or format in the middle, and is scaled to the first one's"
        if reader.losses.interlaced:
            yield f"{name}: parts of it are interlaced; they are deinterlaced"


def _graded(frames: Iterable[av.VideoFrame], use: Use) -> Iterator[av.VideoFrame]:
    """The clip's frames with its colours brought to where they are to be: more and more until its end, or evenly."""
    from ..media.color_match import Correction

    assert use.color is not None
    correction = Correction(*use.color)
    for number, frame in enumerate(frames):
        plays = use.frames - use.held
        share = 1.0 if use.evenly else min(number, plays - 1) / max(1, plays - 1)
        yield frame_of(correction.applied(planes_of(frame), share))


def _span_frames(span: Span, readers: list[Iterator[av.VideoFrame]]) -> Iterator[av.VideoFrame]:
    for k in range(span.frames):
        if span.kind == "body":
            yield next(readers[0])
        elif span.kind == "fade-in":
            yield risen(next(readers[0]), k / span.frames)
        else:
            yield blend(span.transition, next(readers[0]), next(readers[1]), k / span.frames)


def _reader(use: Use, settings: FilmSettings, watch: Watch) -> ClipReader:
    plays = use.frames - use.held
    times = (use.start + min(k, plays - 1) / settings.fps for k in range(use.frames))
    return ClipReader(use.info, use.fitting, times, use.slack, watch)
