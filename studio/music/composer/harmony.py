"""Harmony: keys, chords by degree, and voices that move as little as they can. Pitches are MIDI numbers (60 is C4).

>>> key = Key(home=0, mode="aeolian")
>>> key.name, chord("1", key).tones
('A minor', (9, 0, 4))
"""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

MODES = {"ionian": 0, "dorian": 2, "phrygian": 4, "lydian": 5, "mixolydian": 7, "aeolian": 9}
"""Where each mode's tonic lies above the home scale's: all modes of one home have the same seven notes, so that two
moods of one film follow each other without a jar."""

_HOME = (0, 2, 4, 5, 7, 9, 11)
_NAMES = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_PLAIN = {"ionian": "major", "aeolian": "minor"}
_TOKEN = re.compile(r"(b?)([1-7])(M?)(s2|s|7|9|)$")


class Key(NamedTuple):
    home: int
    """0 to 11: the major key whose notes it has."""
    mode: str

    @property
    def tonic(self) -> int:
        return (self.home + MODES[self.mode]) % 12

    @property
    def name(self) -> str:
        return f"{_NAMES[self.tonic]} {_PLAIN.get(self.mode, self.mode)}"

    def degree(self, number: int) -> int:
        """The pitch class of the scale's degree; 0 is the tonic, 7 is the tonic again."""
        first = _HOME.index(MODES[self.mode])
        return (self.home + _HOME[(first + number) % 7]) % 12


class Chord(NamedTuple):
    """Pitch classes, the root first."""

    tones: tuple[int, ...]

    @property
    def root(self) -> int:
        return self.tones[0]

    @property
    def fifth(self) -> int:
        return self.tones[2]


def chord(word: str, key: Key) -> Chord:
    """The chord on a degree of the key, in its own notes: "6", with a seventh "67" or a ninth "69", its third held back
    "5s" (fourth) or "5s2" (second), its third major "5M", on a flattened degree (always major) "b6"."""
    found = _TOKEN.match(word)
    assert found, word
    flat, degree, major, more = found[1], int(found[2]) - 1, found[3], found[4]
    root = (key.degree(degree) - bool(flat)) % 12
    third, fifth = key.degree(degree + 2), key.degree(degree + 4)
    if flat or major:
        third, fifth = (root + 4) % 12, (root + 7) % 12
    if more == "s":
        third = (root + 5) % 12
    if more == "s2":
        third = (root + 2) % 12
    tones = (root, third, fifth)
    if more == "7":
        tones += ((root + 10) % 12 if major else key.degree(degree + 6),)
    if more == "9":
        tones += (key.degree(degree + 8),)
    return Chord(tones)


def voiced(tones: tuple[int, ...], centre: float, before: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The chord's notes round `centre`, low to high, each as near as may be to where a voice was `before`."""
    best: tuple[float, tuple[int, ...]] | None = None
    for order in itertools.permutations(tones) if len(tones) < 4 else _turns(tones):
        for low in (order[0] + 12 * octave for octave in range(1, 8)):
            if not -14 <= low - centre <= 6:
                continue
            notes = [low]
            for tone in order[1:]:
                notes.append(notes[-1] + ((tone - notes[-1]) % 12 or 12))
            middle = sum(notes) / len(notes)
            moved = _moved(before, notes)
            seconds = sum(1 for a, b in itertools.pairwise(notes) if b - a < 2)
            cost = moved + 0.6 * abs(middle - centre) + 0.25 * (notes[-1] - notes[0] - 8) + 3 * seconds
            if best is None or (cost, tuple(notes)) < best:
                best = cost, tuple(notes)
    assert best is not None
    return best[1]


def _turns(tones: tuple[int, ...]) -> list[tuple[int, ...]]:
    """A chord of four or more: its inversions, its notes in close order."""
    near = tuple(sorted(tones, key=lambda tone: (tone - tones[0]) % 12))
    return [near[turn:] + near[:turn] for turn in range(len(near))]


def _moved(before: tuple[int, ...], notes: list[int]) -> float:
    """How far the voices go, all together."""
    return float(sum(min(abs(note - old) for old in before) for note in notes)) if before else 0.0


def nearest(tone: int, to: float) -> int:
    """The note of a pitch class that is nearest to a pitch."""
    return tone + 12 * round((to - tone) / 12)


def ladder(tones: tuple[int, ...], low: int, high: int) -> list[int]:
    """Every note of the chord from `low` to `high`."""
    return [note for note in range(low, high + 1) if note % 12 in tones]
