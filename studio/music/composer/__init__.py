"""The composer: a plain bed of music for a mood, made from nothing, that ends when it is to end.

    piece = compose("calm", Fraction(60), 7, Path("calm.wav"))
    piece.key, round(piece.bpm)
    # ('C major', 66)

The same mood, length and seed give the same bytes on one machine (another processor may round a sample otherwise).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...timecode import frame_at
from .drums import DRUMS, hit
from .form import Form, formed
from .level import levelled
from .room import BLOCK, Room
from .score import Note, score
from .sounds import RATE, Player, Wave
from .table import TABLE, Row

VERSION = 1
"""Of what it makes: goes into the recipes of what is kept."""
_LEAD_OUT = 0.55
"""The share of the last chord over which all dies away."""


class Piece(NamedTuple):
    """What was composed. Seconds."""

    key: str
    bpm: float
    bar: float
    end: float
    """When the last bar is over, and the last chord is struck."""


def piece(mood: str, seconds: Fraction, seed: int) -> Piece:
    """What `compose` would make of it; nothing is made."""
    return _piece(formed(TABLE[mood], float(seconds), seed))


def ring(mood: str) -> Fraction:
    """For how many seconds the last chord of a mood sounds, where there is time for it."""
    return Fraction(str(TABLE[mood].ring))


def compose(mood: str, seconds: Fraction, seed: int, path: Path) -> Piece:
    """Writes the bed as WAV, 48 kHz, 16 bits, stereo, as many samples as `seconds` are, to the nearest.

    Takes the same memory however long it is; a file of floats lies beside it meanwhile. Raises OSError.
    """
    row = TABLE[mood]
    form = formed(row, float(seconds), seed)
    samples = frame_at(seconds, Fraction(RATE))
    levelled(played(row, form, samples, seed), samples, path, seed)
    return _piece(form)


def _piece(form: Form) -> Piece:
    return Piece(form.key.name, form.bpm, form.bar, form.end)


def played(row: Row, form: Form, samples: int, seed: int) -> Iterator[Wave]:
    """The piece as it sounds in its room, in blocks of float32 [2, n]; dies away by its last sample."""
    room = Room(row.room, row.wet)
    fade = min(samples, round(max(form.ring * _LEAD_OUT, 0.3) * RATE))
    done = 0
    for block in _dry(score(row, form, seed), samples):
        out = room.heard(block)
        size = out.shape[1]
        if done + size > samples - fade:
            left = np.clip((samples - 1 - done - np.arange(size)) / fade, 0, 1)
            out = out * (np.sin(np.pi / 2 * left) ** 2).astype(np.float32)
        done += size
        yield out


def _dry(notes: list[Note], samples: int) -> Iterator[Wave]:
    """All notes laid over each other: each is laid down whole where it begins; what passes the block is carried on."""
    player = Player()
    ahead = np.zeros((2, 2 * BLOCK), np.float32)
    number = 0
    for begin in range(0, samples, BLOCK):
        size = min(BLOCK, samples - begin)
        while number < len(notes) and notes[number].at < begin + BLOCK:
            note = notes[number]
            wave = hit(note.sound) if note.sound in DRUMS else player.note(*note[1:4], turn=note.at * 7919)
            first = note.at - begin
            if first + wave.shape[1] > ahead.shape[1]:
                more = np.zeros((2, first + wave.shape[1] - ahead.shape[1]), np.float32)
                ahead = np.concatenate((ahead, more), axis=1)
            angle = (note.pan + 1) * np.pi / 4
            for side, gain in enumerate((np.cos(angle), np.sin(angle))):
                ahead[side, first : first + wave.shape[1]] += wave[side] * np.float32(
                    gain * note.gain * 2**0.5
                )
            number += 1
        yield ahead[:, :size]
        ahead[:, :-BLOCK] = ahead[:, BLOCK:]
        ahead[:, -BLOCK:] = 0
