"""Rendering: a timeline becomes a film.

>>> film = render(timeline, FilmSettings.of("standard"), Path("film.mp4"))
>>> film.frames, film.markers[1].start
(1092, Fraction(15, 2))
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

from .captions.burn import burned
from .captions.files import SUFFIXES, Sidecars
from .media.decode import ClipReader
from .media.encode import FilmWriter
from .media.planes import frame_of, planes_of
from .media.probe import sound_length
from .media.sound import SAMPLE_RATE, Mixer, Region
from .plan import FilmPlan, Marker, Span, Use, plan
from .settings import FilmSettings
from .timecode import frame_at, sample_at
from .timeline import AudioTrack, Timeline
from .transitions import blend, risen
from .watch import UNWATCHED, Watch

_TELL_EVERY = 0.1  # seconds


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
    """How many there are; with any, they are beside the film too, as SRT and VTT."""

    @property
    def sidecars(self) -> tuple[Path, ...]:
        return tuple(self.path.with_suffix(suffix) for suffix in SUFFIXES if self.captions)

    def to_plain(self) -> dict[str, Any]:
        """JSON data; without captions it says nothing of them."""
        beside = {path.suffix[1:]: str(path) for path in self.sidecars}
        return {
            "path": str(self.path),
            "width": self.width,
            "height": self.height,
            "fps": float(self.fps),
            "frames": self.frames,
            "duration": float(self.duration),
            "markers": [marker.to_plain() for marker in self.markers],
            "notes": list(self.notes),
            "about": self.about,
        } | ({"captions": {**beside, "count": self.captions}} if beside else {})


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
    with (
        Sidecars(path, made.captions),
        FilmWriter(
            path,
            settings,
            made.has_audio,
            made.title,
            made.chapters,
            made.captions,
            made.caption_language,
            burned=look is not None,
        ) as film,
        Mixer(regions(made), made.samples) as mixer,
        ExitStack() as pictures,
    ):
        told = 0.0
        frames = _frames(made, watch, pictures)
        for frame in burned(frames, made.captions, look, settings) if look else frames:
            watch.check()
            film.write(frame)
            if made.has_audio:
                film.write_audio(mixer.read(sample_at(film.frames, settings.fps) - film.samples))
            if time.monotonic() - told > _TELL_EVERY or film.frames == made.frames:
                told = time.monotonic()
                watch.tell(film.frames / made.frames, f"frame {film.frames} of {made.frames}")
    return Film(
        path=film.path,
        width=settings.width,
        height=settings.height,
        fps=settings.fps,
        frames=made.frames,
        duration=made.duration,
        markers=made.markers,
        notes=made.notes,
        about=made.about,
        captions=len(made.captions),
    )


def _frames(made: FilmPlan, watch: Watch, open_clips: ExitStack) -> Iterator[av.VideoFrame]:
    """Every frame of the film in order. A clip is opened when it is needed and closed when it is over."""
    readers: dict[int, ClipReader] = {}
    frames: dict[int, Iterator[av.VideoFrame]] = {}
    for span in made.spans:
        for index in span.clips:
            if index not in readers:
                use = made.uses[index]
                readers[index] = open_clips.enter_context(_reader(use, made.settings, watch))
                frames[index] = _graded(readers[index], use) if use.color else readers[index]
        for index in [index for index in readers if index not in span.clips]:
            readers.pop(index).close()
        yield from _span_frames(span, [frames[index] for index in span.clips])


def _graded(frames: Iterable[av.VideoFrame], use: Use) -> Iterator[av.VideoFrame]:
    """The clip's frames with its colours brought to where they are to be: more and more until its end, or evenly."""
    from .color import Correction

    assert use.color is not None
    correction = Correction(*use.color)
    for number, frame in enumerate(frames):
        share = 1.0 if use.evenly else number / max(1, use.frames - 1)
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
    times = (use.start + k / settings.fps for k in range(use.frames))
    return ClipReader(use.info, use.fitting, times, use.slack, watch)


def regions(made: FilmPlan) -> list[Region]:
    """Who sounds when: the clips' own sound, faded under transitions, and the tracks laid over it."""
    fps = made.settings.fps
    faded_in = {span.clips[-1]: span for span in made.spans if span.kind != "body"}
    faded_out = {span.clips[0]: span for span in made.spans if span.kind == "join"}

    def length(span: Span | None) -> int:
        return sample_at(span.first + span.frames, fps) - sample_at(span.first, fps) if span else 0

    clips = [
        Region(
            path=use.info.path,
            at=sample_at(use.first, fps),
            samples=sample_at(use.end, fps) - sample_at(use.first, fps),
            start=use.info.origin + use.start,
            fade_in=length(faded_in.get(use.index)),
            fade_out=length(faded_out.get(use.index)),
        )
        for use in made.uses
        if use.info.has_audio and not any(track.replace for track in made.tracks)
    ]
    return clips + [track_region(track, made.samples) for track in made.tracks]


def track_region(track: AudioTrack, film_samples: int) -> Region:
    """A track as a region in a film of so many samples."""
    at = frame_at(Fraction(track.start), Fraction(SAMPLE_RATE))
    samples = max(0, film_samples - at)
    if track.fit == "trim":
        samples = min(samples, frame_at(sound_length(track.path), Fraction(SAMPLE_RATE)))
    return Region(
        path=Path(track.path),
        at=at,
        samples=samples,
        gain=10 ** (track.gain_db / 20),
        loop=track.fit == "loop",
        fade_out=min(samples, frame_at(Fraction(track.fade_out), Fraction(SAMPLE_RATE))),
    )
