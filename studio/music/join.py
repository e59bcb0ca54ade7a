"""The music of a film whose scenes have moods of their own: pieces that follow each other without a hole.

Neighbours of one mood are one piece. Where two pieces meet, one goes as the other comes, as loud together as each
alone; the last ends with the film.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from ..timeline.timeline import AudioTrack
from .moods import mood_of

if TYPE_CHECKING:
    from .bed import Bed

CROSSFADE = Fraction(3, 2)
"""Seconds for which two pieces are heard together."""
ENDING = Fraction(3, 2)
"""Seconds over which a track that doesn't end by itself falls to silence."""
_EACH = Fraction(707, 1000)
"""A fade's share of the crossfade. The fades are straight lines; laid so, they meet at 0.707 of the loudness, and two
sounds that have nothing in common are then as loud as one (within 0.7 dB)."""


class _Piece(NamedTuple):
    mood: str
    start: Fraction
    end: Fraction


def laid(
    moods: Sequence[tuple[str, Fraction, Fraction]], make: Callable[[str, Fraction, Fraction], Bed]
) -> list[AudioTrack]:
    """The tracks, in order. `make` gives a bed for a mood, for so many seconds, of which it leaves in the last ones."""
    pieces = _pieces(moods)
    joins = [_join(one, two) for one, two in itertools.pairwise(pieces)]
    tracks = []
    for number, piece in enumerate(pieces):
        before = joins[number - 1] if number else Fraction(0)
        after = joins[number] if number < len(joins) else Fraction(0)
        start, end = piece.start - before / 2, piece.end + after / 2
        bed = make(piece.mood, end - start, after)
        tracks.append(track_of(bed, start, end, before * _EACH, after * _EACH))
    return tracks


def track_of(
    bed: Bed,
    start: Fraction,
    end: Fraction,
    fade_in: Fraction = Fraction(0),
    fade_out: Fraction = Fraction(0),
) -> AudioTrack:
    """A bed from one film second to another: repeated on its bar lines where it is too short, ended where it doesn't
    end by itself."""
    lasts = end - start
    repeats = not bed.ends and bed.loop_end - bed.start < lasts
    if not fade_out and not bed.ends:
        fade_out = min(ENDING, lasts / 2)
    return AudioTrack(
        path=str(bed.path),
        start=start,
        end=end,
        role="music",
        source_start=bed.start,
        source_end=bed.loop_end if repeats else None,
        fit="loop" if repeats else "trim",
        loop_start=bed.loop_start if repeats else Fraction(0),
        fade_in=fade_in,
        fade_out=fade_out,
        ducks=True,
    )


def _pieces(moods: Sequence[tuple[str, Fraction, Fraction]]) -> list[_Piece]:
    found: list[_Piece] = []
    for word, start, end in moods:
        mood = mood_of(word) or word.strip().lower()
        if not mood or end <= start:
            continue
        if found and found[-1].mood == mood and found[-1].end >= start:
            found[-1] = found[-1]._replace(end=max(end, found[-1].end))
        else:
            found.append(_Piece(mood, start, end))
    return found


def _join(one: _Piece, two: _Piece) -> Fraction:
    """For how long two pieces are heard together; 0 where there is silence between them."""
    if two.start > one.end:
        return Fraction(0)
    return min(CROSSFADE, (one.end - one.start) / 2, (two.end - two.start) / 2)
