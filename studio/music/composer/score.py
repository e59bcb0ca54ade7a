"""The score: every note of a piece, in order, from its form and the players of its mood.

Timing is a little human: nobody is ever more than 12 ms off the beat, and the seed says by how much.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from .drums import DRUMS
from .form import Bar, Form
from .harmony import Chord, ladder, nearest, voiced
from .sounds import RATE, SOUNDS, Held
from .table import Layer, Row

_SECTION_DB = {"I": -0.6, "A": -0.2, "B": 0.4, "D": -0.6, "E": 0.0}
"""Of a mood's swell."""
_ACCENT = 10 ** (2.5 / 20)
_LATE = 0.012  # seconds


class Note(NamedTuple):
    at: int
    """Sample; `samples` is how long it is held."""
    sound: str
    pitch: int
    samples: int
    gain: float
    pan: float


def score(row: Row, form: Form, seed: int) -> list[Note]:
    """All notes, by their beginning. About a thousand for a minute."""
    notes: list[Note] = []
    for number, layer in enumerate(row.layers):
        chance = random.Random(f"layer {number} {layer.sound} {row.bpm} {seed}")
        notes += _Part(layer, row, form, chance).notes()
    return sorted(notes)


class _Part:
    """What one of them plays."""

    def __init__(self, layer: Layer, row: Row, form: Form, chance: random.Random) -> None:
        self.layer, self.row, self.form, self.chance = layer, row, form, chance
        self.drum = layer.sound in DRUMS
        self.held = isinstance(SOUNDS.get(layer.sound), Held)
        self.first = chance.choice(layer.bars)
        others = [bars for bars in layer.bars if bars != self.first]
        self.second = chance.choice(others) if others else self.first
        self.before: tuple[int, ...] = ()
        self.bass = layer.centre
        # A tune's way over the chord's notes: the same each time its section comes again.
        self.ways = {
            section: [chance.choice((-2, -1, -1, 1, 1, 2)) for _ in range(24)] for section in "IABDE"
        }
        self.steps = 0
        self.sung: list[int] = []

    def notes(self) -> Iterator[Note]:
        place = 0
        for index, bar in enumerate(self.form.bars):
            place = 0 if bar.number == 0 else place + 1
            if bar.number == 0 or bar.number % 4 == 0:
                self.steps = 0
            if bar.section in self.layer.when:
                yield from self._bar(index, bar, place)
        yield from self._close()

    def _bar(self, index: int, bar: Bar, place: int) -> Iterator[Note]:
        bars = (self.second if bar.section == "B" else self.first).split("|")
        signs = bars[place % len(bars)]
        step = self.form.bar / len(signs)
        tones = () if self.drum else self._voices(bar.chord)
        for number, sign in enumerate(signs):
            if sign in ".-":
                continue
            until = next((n for n in range(number + 1, len(signs)) if signs[n] != "-"), len(signs))
            late = self.row.swing * step if number % 2 else 0.0
            at = index * self.form.bar + number * step + late
            lasts = (until - number) * step - late
            if self.held and until == len(signs) and lasts >= self.form.bar / 2:
                lasts += 0.03  # into the next bar, so that no breath is heard between
            loud = self._level(bar) * (_ACCENT if sign.isupper() else 1.0)
            strum = 0.009 if sign in "cC" and not self.held else 0.0
            for nth, pitch in enumerate(self._pitches(sign.lower(), bar, tones)):
                yield self._note(at + nth * strum, lasts, pitch, loud)

    def _close(self) -> Iterator[Note]:
        """The last chord: everybody who holds a note, one stroke of the others, and no drums but the deep ones."""
        layer, at, ring = self.layer, self.form.end, self.form.ring
        if self.form.bars and "E" not in layer.when:
            return
        if self.drum:
            if layer.sound in ("taiko", "low boom", "soft kick", "heart"):
                yield self._note(at, ring, 0, self._db(0))
            return
        signs = set("".join(layer.bars).lower())
        if signs & set("rfo"):
            pitches: tuple[int, ...] = (self._bass(self.form.last.root),)
        elif "m" in signs:
            pitches = (nearest(self.form.key.tonic, layer.centre),)
        else:
            pitches = self._voices(self.form.last)
        for nth, pitch in enumerate(pitches):
            wait = 0.0 if self.held else 0.045 * nth
            yield self._note(at + wait, max(0.3, ring * 0.55), pitch, self._db(0))

    def _note(self, at: float, lasts: float, pitch: int, gain: float) -> Note:
        off = min(_LATE, max(-_LATE, self.chance.gauss(0, 0.0045 if not self.drum else 0.0025)))
        if self.held and not self.drum:
            off = abs(off)
        gain *= 1 + 0.10 * max(-1.5, min(1.5, self.chance.gauss(0, 0.6)))
        pan = self.layer.pan + (0 if self.drum or pitch < 48 else (pitch - 64) * 0.008)
        start = max(0, round((at + off) * RATE))
        return Note(
            start, self.layer.sound, pitch, max(1, round(lasts * RATE)), gain, max(-0.8, min(0.8, pan))
        )

    def _level(self, bar: Bar) -> float:
        swell = self.row.swell
        db = swell * _SECTION_DB[bar.section]
        if bar.section in "ID" and bar.of > 1:  # it rises towards what comes
            db += 0.4 * swell * bar.number / (bar.of - 1)
        return self._db(db)

    def _db(self, db: float) -> float:
        return 10 ** ((self.layer.level + db) / 20)

    def _voices(self, chord: Chord) -> tuple[int, ...]:
        tones = chord.tones
        if self.layer.centre < 54:  # low chords are mud: root and fifth, and the third above
            tones = tones[:3]
        self.before = voiced(tones, self.layer.centre, self.before)
        return self.before

    def _bass(self, tone: int) -> int:
        note = nearest(tone, (self.layer.centre * 2 + self.bass) / 3)
        self.bass = note
        return note

    def _pitches(self, sign: str, bar: Bar, tones: tuple[int, ...]) -> list[int]:
        if self.drum:
            return [0]
        if sign == "c":
            return list(tones)
        if sign.isdigit():
            octave, which = divmod(int(sign) - 1, len(tones))
            return [tones[which] + 12 * octave]
        if sign == "m":
            return [self._tune(bar)]
        root = self._bass(bar.chord.root)
        if sign == "f":
            fifth = nearest(bar.chord.fifth, root)
            return [fifth if fifth >= self.layer.centre - 9 else fifth + 12]
        return [root + 12 if sign == "o" else root]

    def _tune(self, bar: Bar) -> int:
        """A step along the chord's notes, back towards the middle when it has gone far."""
        ways, centre = self.ways[bar.section], self.layer.centre
        notes = ladder(bar.chord.tones[:3], centre - 9, centre + 9)
        before = self.sung[-1] if self.sung and self.steps else centre + 2
        here = min(range(len(notes)), key=lambda n: (abs(notes[n] - before), n))
        way = ways[self.steps % len(ways)]
        if not 0 <= here + way < len(notes):
            way = -way
        self.steps += 1
        self.sung = [notes[max(0, min(len(notes) - 1, here + way))]]
        return self.sung[0]
