"""Music for a mood: one of the user's own tracks, or one that is composed here from nothing.

>>> bed = music_for("calm", Fraction(60), seed=7)
>>> bed.path.suffix, bed.by
('.wav', 'composer')
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

MOODS = (
    *("calm", "happy", "sad", "epic", "tense", "mysterious", "romantic", "playful"),
    *("dark", "hopeful", "energetic", "corporate"),
)
"""The moods that the composer knows; a folder of tracks may have others too."""


class Bed(NamedTuple):
    """Music to lay under a film. Seconds of its file."""

    path: Path
    start: Fraction
    """Where it begins to sound."""
    loop_start: Fraction
    """Where it starts again when it has reached `loop_end`; both are bar lines."""
    loop_end: Fraction
    title: str
    by: str
    """folder, or composer."""
