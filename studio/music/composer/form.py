"""The form of a piece: its tempo, its key, and what is played in which bar, so that it ends with the film.

form = formed(TABLE["calm"], Fraction(60), seed=7)
form.bars[0].section, len(form.bars), form.ring
# ('I', 15, 4.6)
"""

from __future__ import annotations

import random
from typing import NamedTuple

from .harmony import Chord, Key, chord
from .table import Row

_STRETCH = 0.06
"""By how much the tempo may differ from the mood's so that the bars fill the time."""
_SECTIONS = (("A", 8), ("B", 8), ("A", 8), ("D", 4), ("B", 8), ("A", 4), ("B", 4), ("D", 4))
"""After the opening, again and again. D is the breakdown: few play."""


class Bar(NamedTuple):
    section: str
    """I the opening, A, B, D the breakdown, E the close."""
    number: int
    """Which one of its section it is, from 0."""
    of: int
    """How many the section has."""
    chord: Chord


class Form(NamedTuple):
    key: Key
    beat: float
    """Seconds; so are the others."""
    bar: float
    bars: tuple[Bar, ...]
    last: Chord
    ring: float
    """For how long the last chord sounds."""

    @property
    def bpm(self) -> float:
        return 60 / self.beat

    @property
    def end(self) -> float:
        """When the last chord is struck."""
        return len(self.bars) * self.bar


def formed(row: Row, seconds: float, seed: int) -> Form:
    # The home key is the seed's and not the mood's: the moods of one film are then near each other.
    home = random.Random(f"home {seed}").randrange(12)
    chance = random.Random(f"form {row.mode} {row.bpm} {seed}")
    key = Key(home, row.mode)
    usual = row.beats * 60 / (row.bpm * chance.uniform(0.97, 1.03))
    count, bar, ring = _fitted(usual, row.ring, seconds)
    first, second = chance.choice(row.a).split(), chance.choice(row.b).split()
    close = chance.choice(row.cadence).split()[-count:] if count > 1 else []
    bars: list[Bar] = []
    for section, length in _sections(count - len(close)):
        words = second if section == "B" else first
        chosen = _opening(words, length) if section == "I" else [words[i % len(words)] for i in range(length)]
        bars += [Bar(section, number, length, chord(word, key)) for number, word in enumerate(chosen)]
    bars += [Bar("E", number, len(close), chord(word, key)) for number, word in enumerate(close)]
    return Form(key, bar / row.beats, bar, tuple(bars), chord(row.last, key), ring)


def _fitted(usual: float, ring: float, seconds: float) -> tuple[int, float, float]:
    """How many bars, how long each is, and how long the last chord rings."""
    ring = min(ring, max(seconds * 0.4, 1.2))
    count = max(0, round((seconds - ring) / usual))
    if count == 0:
        return 0, usual, seconds
    bar = min(max((seconds - ring) / count, usual * (1 - _STRETCH)), usual * (1 + _STRETCH))
    if count * bar > seconds - min(ring, 1.0):
        count -= 1
        bar = min(usual * (1 + _STRETCH), (seconds - ring) / count) if count else usual
    return count, bar, seconds - count * bar


def _sections(count: int) -> list[tuple[str, int]]:
    """The sections of so many bars. All but the opening are whole fours."""
    opening = 0 if count < 8 else count % 4 if count % 4 > 1 or count < 12 else 4 + count % 4
    found = [("I", opening)] if opening else []
    most = 4 if count < 28 else 8  # in a short piece they change sooner
    left, turn = count - opening, 0
    while left > 0:
        section, length = _SECTIONS[turn % len(_SECTIONS)]
        if section == "D" and left < 12:  # nobody should fall asleep before the end
            section, length = "B", 4
        length = min(length, most, left)
        found.append((section, length))
        left, turn = left - length, turn + 1
    return found


def _opening(words: list[str], length: int) -> list[str]:
    """It begins on the first chord and leads into it again."""
    if length >= len(words):
        return [words[0]] * (length - len(words)) + words
    return [words[0], *words[len(words) - length + 1 :]]
