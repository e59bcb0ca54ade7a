"""Music for a mood: one of the user's own tracks, or one that is composed here from nothing.

>>> bed = music_for("calm", Fraction(4), seed=7)
>>> bed.path.suffix, bed.by
('.wav', 'composer')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import BadInput, did_you_mean
from .bed import Bed
from .moods import MOODS, SYNONYMS, mood_of

if TYPE_CHECKING:
    from ..timeline.timeline import AudioTrack
    from .library import Library, Track

__all__ = ("BY", "MOODS", "SYNONYMS", "Bed", "bed_of", "mood_of", "music_faults", "music_for", "sections")

By = Literal["auto", "folder", "composer"]
BY = ("auto", "folder", "composer")
"""Who makes it: auto is a track of the folder where one has the mood, else the composer."""
LONGEST = 4 * 3600
"""Seconds."""


def music_for(
    mood: str,
    seconds: Fraction | float,
    seed: int = 0,
    folder: Path | str | None = None,
    by: str = "auto",
) -> Bed:
    """A bed of music for so many seconds. A composed one is kept in the vault, and exactly as long.

    Raises BadInput: a mood that nobody has, a folder that isn't there; MediaError for a track that can't be decoded;
    OutputError.
    """
    from ..timecode import seconds as exact

    lasts = exact(seconds)
    if not 0 < lasts <= LONGEST:
        raise BadInput(f"{float(lasts):g} s of music can't be made", f"use more than 0, up to {LONGEST} s")
    chosen = _chosen(mood, seed, folder, by)
    if isinstance(chosen, str):
        return _composed(chosen, lasts, seed)
    return _of_track(*chosen, lasts)


def music_faults(mood: str, seed: int = 0, folder: Path | str | None = None, by: str = "auto") -> None:
    """Raises the BadInput that `music_for` would; makes nothing, and listens to nothing."""
    _chosen(mood, seed, folder, by)


def sections(
    moods: Sequence[tuple[str, Fraction, Fraction]],
    seed: int = 0,
    folder: Path | str | None = None,
    by: str = "auto",
    bought: Mapping[str, Path] | None = None,
) -> list[AudioTrack]:
    """The music of a film of which parts have moods (mood, start, end, in film seconds; "" is no music); see join.py.
    Of some moods a piece is there that was `bought`. Raises what `music_for` raises."""
    from .join import laid

    def bed(mood: str, lasts: Fraction, leaves: Fraction) -> Bed:
        piece = (bought or {}).get(mood)
        return bed_of(piece, lasts) if piece else _bed_for(mood, lasts, leaves, seed, folder, by)

    return laid(moods, bed)


def bed_of(path: Path, lasts: Fraction) -> Bed:
    """A sound file for so many seconds: a shorter one is repeated from bar line to bar line. Raises MediaError."""
    from ..media.probe import sound_length
    from ..render.audio_checks import SHORTEST_LOOP
    from .tempo import Silent, loop_of

    length = sound_length(path)
    whole = Bed(path, Fraction(0), Fraction(0), length, path.stem, "file")
    if length >= lasts:
        return whole
    try:
        loop = loop_of(path)
    except Silent:  # it is what was asked for
        return whole
    if loop.end - loop.start < SHORTEST_LOOP:  # a click in silence: the silence belongs to it
        return whole
    return Bed(path, Fraction(0), loop.start, loop.end, path.stem, "file")


def _bed_for(
    mood: str, lasts: Fraction, leaves: Fraction, seed: int, folder: Path | str | None, by: str
) -> Bed:
    """As `music_for`; in the last seconds of it, `leaves`, another piece comes in. Raises what that raises."""
    if not leaves:
        return music_for(mood, lasts, seed, folder, by)
    chosen = _chosen(mood, seed, folder, by)
    if not isinstance(chosen, str):
        return _of_track(*chosen, lasts)
    from .composer import ring

    # Its last chord is struck when the next piece begins: were it to die away before, there would be a hole.
    return _composed(chosen, lasts - leaves + ring(chosen), seed)


def _chosen(mood: str, seed: int, folder: Path | str | None, by: str) -> str | tuple[Track, Library]:
    """The composer's mood, or the track."""
    if by not in BY:
        raise BadInput(f"{by!r} makes no music", did_you_mean(by, BY))
    if by == "folder" and folder is None:
        raise BadInput("there is no folder of music", "name it, or let the composer make some")
    found = None
    if folder is not None and by != "composer":
        from .library import library, nothing_of

        found = library(folder)
        track = found.draw(mood, seed)
        if track is not None:
            return track, found
        if by == "folder":
            raise nothing_of(mood, found)
    known = mood_of(mood)
    if known is None:
        words = [*MOODS, *(found.moods if found else ()), *SYNONYMS]
        cure = did_you_mean(mood, words)
        raise BadInput(
            f"there is no mood {mood!r}", cure if "mean" in cure else "use one of " + ", ".join(MOODS)
        )
    return known


def _composed(mood: str, seconds: Fraction, seed: int) -> Bed:
    from ..store.vault import Vault
    from .composer import VERSION, compose, piece

    plan = piece(mood, seconds, seed)
    recipe = f"composed ({VERSION}): {mood}, {seconds} s, seed {seed}"
    path = Vault().derived(recipe, ".wav", lambda part: compose(mood, seconds, seed, part))
    end = Fraction(round(plan.end * 48000), 48000) or seconds
    title = f"{mood.capitalize()} in {plan.key}"
    return Bed(path, Fraction(0), Fraction(0), end, title, "composer", True, plan.bpm, plan.key)


def _of_track(track: Track, found: Library, seconds: Fraction) -> Bed:
    entry, lasts = track.entry, track.tags.seconds
    start = entry.start or Fraction(0)
    end = entry.loop_end or lasts
    loop_start = entry.loop_start if entry.loop_start is not None else start
    bpm = entry.bpm or track.tags.bpm
    if entry.loop_end is None and (lasts is None or lasts - start < seconds):
        from .tempo import loop_of

        heard = loop_of(track.path)
        start = entry.start if entry.start is not None else heard.first
        loop_start, end = (entry.loop_start if entry.loop_start is not None else heard.start), heard.end
        if loop_start >= end:
            loop_start = heard.start
        bpm = bpm or heard.bpm
    assert end is not None
    if lasts is not None and end > lasts:
        raise BadInput(
            f"{track.name}: loop_end {float(end):g} s is after its end, {float(lasts):g} s", "make it earlier"
        )
    return Bed(track.path, start, loop_start, end, track.title, "folder", False, bpm, "", found.notes)
