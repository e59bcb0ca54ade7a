"""The film's sound: who sounds when, mixed once or, to be brought to a loudness, mixed, measured and mixed again.

with sounding(plan, watch) as sound, FilmWriter(path, settings, sound.stream or True) as film:
    sound.write(film, until=96000)
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import av.container

from ..media.crossfade import alike
from ..media.encode import FilmWriter, sound_file
from ..media.level import MOST_PASSES, UNLIMITED, levelled
from ..media.listen import SAMPLE_RATE, Samples, decoded
from ..media.loudness import Loudness, measured
from ..media.probe import opened, sound_length, sound_of
from ..media.sound import EDGE, Level, Mixer, Region
from ..progress import Watch
from ..timecode import frame_at, sample_at
from ..timeline.timeline import AudioTrack
from .plan import FilmPlan, Span, Use

_RATE = Fraction(SAMPLE_RATE)


class Sounding(Protocol):
    """The film's sound on its way into the file."""

    stream: av.AudioStream | None
    """The encoded stream whose packets are copied; None where samples are written."""
    loudness: Loudness | None
    """What the film's sound has, where it was brought to a loudness."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What couldn't be done, and what of the sounds is silent."""
        ...

    def write(self, film: FilmWriter, until: int) -> None:
        """What sounds before sample `until` and isn't written yet."""


@contextmanager
def sounding(made: FilmPlan, watch: Watch) -> Iterator[Sounding]:
    """The sound of a plan. Where it is to have a loudness, it is ready when the block begins: encoded, decoded again
    and measured so, since an encoder changes both loudness and peaks.

    Raises MediaError, OutputError (the folder for temporary files is full), Interrupted.
    """
    heard = regions(made, watch) if made.has_audio else []
    notes: tuple[str, ...] = ()
    if made.loudness is not None and heard:
        with tempfile.TemporaryDirectory(prefix="storyreel-") as folder:
            path, loudness, notes = _brought(heard, made.samples, made.loudness, Path(folder), watch)
            if path:
                with opened(path) as container:
                    yield _Encoded(container, loudness, notes)
                return
    with Mixer(heard, made.samples) as mixer:
        yield _Mixed(mixer, notes)


class _Mixed:
    stream: av.AudioStream | None = None
    loudness: Loudness | None = None

    def __init__(self, mixer: Mixer, notes: tuple[str, ...]) -> None:
        self._mixer, self._notes = mixer, notes

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._mixer.notes, *self._notes)))

    def write(self, film: FilmWriter, until: int) -> None:
        film.write_audio(self._mixer.read(until - film.samples))


class _Encoded:
    def __init__(
        self, container: av.container.InputContainer, loudness: Loudness | None, notes: tuple[str, ...]
    ) -> None:
        self.stream, self.loudness, self.notes = sound_of(container), loudness, notes
        self._packets = (packet for packet in container.demux(self.stream) if packet.dts is not None)
        self._next = next(self._packets, None)

    def write(self, film: FilmWriter, until: int) -> None:
        while self._next is not None and (self._next.pts or 0) < until:
            film.copy_audio(self._next)
            self._next = next(self._packets, None)


def _brought(
    heard: list[Region], samples: int, target: float, folder: Path, watch: Watch
) -> tuple[Path | None, Loudness | None, tuple[str, ...]]:
    """The sound as a file that has `target` LUFS, what was measured of it, and what couldn't be done."""
    files: dict[Level, Path] = {}
    passes = itertools.count()
    notes: list[str] = []

    def mixed(level: Level) -> Iterator[Samples]:
        done, number = 0, next(passes)
        with Mixer(heard, samples, level) as mixer:
            for block in mixer.blocks():
                watch.check()
                yield block
                done += block.shape[1]
                watch.tell((number + done / samples) / MOST_PASSES, "sound")
            notes[:] = mixer.notes

    def encoded(level: Level) -> Iterable[Samples]:
        path = folder / f"{len(files)}.mp4"
        sound_file(path, mixed(level))
        files[level] = path
        return decoded(path)

    found = levelled(measured(mixed(UNLIMITED)), mixed, target, encoded=encoded)
    return (
        files[found.level] if found.level else None,
        found.loudness,
        (*notes, found.note) if found.note else tuple(notes),
    )


def regions(made: FilmPlan, watch: Watch | None = None) -> list[Region]:
    """Who sounds when: the clips' own sound, crossfaded under transitions, and the tracks laid over it. What is
    crossfaded is listened to, for how much of it is the same. Raises MediaError, Interrupted."""
    tracks = [track_region(track, made.samples) for track in made.tracks]
    if any(track.replace for track in made.tracks):
        return tracks
    fps = made.settings.fps
    joins = {span.clips[-1]: span for span in made.spans if span.kind != "body"}
    leaves = {span.clips[0]: span for span in made.spans if span.kind == "join"}

    def length(span: Span | None) -> int:
        return sample_at(span.first + span.frames, fps) - sample_at(span.first, fps) if span else 0

    clips: dict[int, Region] = {}
    for use in made.uses:
        if not use.heard:
            continue
        before, after = (
            made.uses[number] if 0 <= number < len(made.uses) else None
            for number in (use.index - 1, use.index + 1)
        )
        at, end = sample_at(use.first, fps), sample_at(use.end - use.held, fps)
        fade_out = length(leaves.get(use.index)) - (sample_at(use.end, fps) - end)
        clips[use.index] = Region(
            path=use.info.path,
            at=at,
            samples=end - at,
            start=use.info.origin + use.start,
            gain=_ratio(use.gain_db),
            fade_in=length(joins.get(use.index)) or _edge(before and _goes_on(before, use, fps)),
            fade_out=max(fade_out, _edge(after and _goes_on(use, after, fps))),
            ducks=use.ducks,
        )
        if use.index in joins and use.index - 1 in clips and use.index - 1 in leaves:
            going, coming = clips[use.index - 1], clips[use.index]
            same = _alike(going, coming, watch)
            clips[use.index - 1] = replace(going, alike_out=same)
            clips[use.index] = replace(coming, alike_in=same)
    return [*clips.values(), *tracks]


def _alike(going: Region, coming: Region, watch: Watch | None) -> float:
    """How much two clips' sounds are the same while both are heard, a second of it at a time."""
    samples = going.end - coming.at
    if samples <= 0:
        return 1.0
    since = (going.start or Fraction(0)) + Fraction(coming.at - going.at, SAMPLE_RATE)
    with (
        Mixer([Region(going.path, 0, samples, start=since)], samples, UNLIMITED) as one,
        Mixer([Region(coming.path, 0, samples, start=coming.start)], samples, UNLIMITED) as other,
    ):
        return alike(_watched(zip(one.blocks(), other.blocks(), strict=True), watch or Watch()))


def _watched(pairs: Iterable[tuple[Samples, Samples]], watch: Watch) -> Iterator[tuple[Samples, Samples]]:
    for pair in pairs:
        watch.check()
        yield pair


def track_region(track: AudioTrack, film_samples: int) -> Region:
    """A track as a region in a film of so many samples."""
    at = frame_at(track.start, _RATE)
    until = None if track.source_end is None else frame_at(track.source_end, _RATE)
    skip = frame_at(track.source_start, _RATE)
    end = film_samples if track.end is None else min(film_samples, frame_at(track.end, _RATE))
    samples = max(0, end - at)
    if track.fit == "trim":
        there = frame_at(sound_length(track.path), _RATE)
        samples = max(0, min(samples, (there if until is None else min(there, until)) - skip))
    edge = min(EDGE, samples // 2)
    return Region(
        path=Path(track.path),
        at=at,
        samples=samples,
        gain=_ratio(track.gain_db),
        loop=track.fit == "loop",
        fade_in=min(samples, max(edge, frame_at(track.fade_in, _RATE))),
        fade_out=min(samples, max(edge, frame_at(track.fade_out, _RATE))),
        skip=skip,
        until=until,
        loop_start=frame_at(track.loop_start, _RATE),
        pan=track.pan,
        key=track.role == "narration",
        ducks=track.ducks,
    )


def _goes_on(before: Use, after: Use, fps: Fraction) -> bool:
    """Whether a clip's sound is the very next of the same file, so that there is nothing to hear between them."""
    same = (before.info.path, before.gain_db, before.ducks) == (after.info.path, after.gain_db, after.ducks)
    lasts = Fraction(sample_at(after.first, fps) - sample_at(before.first, fps), SAMPLE_RATE)
    there = round((before.start + lasts - after.start) * SAMPLE_RATE) == 0
    return same and there and before.heard and after.heard and not before.held and before.end == after.first


def _edge(goes_on: bool | None) -> int:
    return 0 if goes_on else EDGE


def _ratio(decibels: float) -> float:
    return 10 ** (decibels / 20)
