"""Where in a sound file its words are said, for voices that don't tell.

A word takes about as long as its syllables and letters do; where there is a comma or a full stop a voice rests; a vowel
is a peak of loudness, and words meet between two. Of all ways to lay the words over the sound, the one is taken that
agrees best with all of that.

    aligned("One, two.", Path("counting.wav"))
    # (Word(text='One,', start=0.02, end=0.31), Word(text='two.', start=0.6, end=0.9))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..timeline.timeline import Word
from .speech_features import STEP, Heard, Levels, listen, peaks, stretches
from .syllables import Weight, weigh
from .words import plain, written

_A_SECOND = int(1 / STEP)
"""Looks in a second: places and lengths here count looks."""
_LOOSE = 0.3
"""How far a word's length may well be from what is expected of it, times that."""
_LONGEST = 3.0
"""Times what is expected of a word: none is said longer."""
_ROOM = (2 * _A_SECOND, 6 * _A_SECOND)
"""By how much a word may be off from where its share of the text would put it: in a short sound, and in a long one."""
_PEAKS, _LOUD, _REST, _SILENT = 0.2, 2.0, 1.5, 2.0
"""What it costs where a word has not as many peaks as syllables; where it ends in the midst of a loud vowel; where no
rest is and there should be one; where there is a rest, and it doesn't end."""


def sounding(path: Path) -> tuple[Fraction, Fraction]:
    """When the speech in a sound file begins and when it has died away, in seconds of its timestamps. Raises
    MediaError."""
    sounds = stretches(listen(path))
    return sounds[0][0] * STEP, sounds[-1][1] * STEP


def aligned(text: str, path: Path, language: str = "") -> tuple[Word, ...]:
    """When each word of the text is said in a sound file, in seconds of its timestamps. Raises MediaError."""
    words = written(text)
    if not words:
        return ()
    pieces = [text[word] for word in words]
    weights = [weigh(word, language, following) for word, following in pairwise([*pieces, ""])]
    marks = _marks(weights, listen(path))
    return tuple(
        Word(text=plain(text[word]), start=float(begin * STEP), end=float(end * STEP))
        for word, (begin, end) in zip(words, marks, strict=True)
    )


def _marks(weights: Sequence[Weight], heard: Heard) -> list[tuple[int, int]]:
    """Where each word begins and ends. It is looked for in the sound without its rests."""
    sounds = stretches(heard)
    lengths = [end - begin for begin, end in sounds]
    starts = np.array([0, *accumulate(lengths)])
    rests = {
        int(place): after[0] - before[1]
        for place, (before, after) in zip(starts[1:], pairwise(sounds), strict=False)
    }
    ends = _laid(weights, np.concatenate([heard.vowels[begin:end] for begin, end in sounds]), rests)

    def look(place: int, after: bool) -> int:
        """Where that is in the file: what begins at a rest does so after it, what ends there before it."""
        number = int(np.searchsorted(starts, place, "right" if after else "left")) - 1
        number = min(max(number, 0), len(sounds) - 1)
        return sounds[number][0] + place - int(starts[number])

    return [(look(begin, True), look(end, False)) for begin, end in pairwise([0, *ends])]


def _laid(weights: Sequence[Weight], vowels: Levels, rests: Mapping[int, int]) -> list[int]:
    """Where each word ends, the last at the end. Word by word, what the best way costs to have it end at each place."""
    total = len(vowels)
    if total < len(weights):
        return [total * (number + 1) // len(weights) for number in range(len(weights))]
    scale = total / sum(weight.length for weight in weights)
    tops = peaks(vowels)
    passed = np.searchsorted(tops, np.arange(total + 1))
    to_syllable = len(tops) / max(1.0, sum(weight.syllables for weight in weights))
    loud = _LOUD * _loudness(vowels)
    room = min(_ROOM[0] + total // 12, _ROOM[1])
    cost = np.full(total + 1, np.inf)
    cost[0] = 0.0
    begins: list[tuple[int, NDArray[np.int32]]] = []
    due = 0.0
    for number, weight in enumerate(weights):
        expected = weight.length * scale
        due += expected
        if number == len(weights) - 1:
            ends, lengths = np.array([total]), np.arange(1, total + 1)
        else:
            ends = np.arange(max(0, int(due - room)), min(total, int(due + room)) + 1)
            lengths = np.arange(1, min(total, int(max(_LONGEST * expected, 0.3 * _A_SECOND))) + 1)
        places = ends[:, None] - lengths
        ways = np.where(places >= 0, cost[np.maximum(places, 0)], np.inf)
        ways += ((lengths - expected) / (_LOOSE * (expected + _A_SECOND / 20))) ** 2 / 2
        found = passed[ends][:, None] - passed[np.maximum(places, 0)]
        ways += _PEAKS * (found - weight.syllables * to_syllable) ** 2
        best = ways.argmin(1)
        begins.append((int(ends[0]), places[np.arange(len(ends)), best].astype(np.int32)))
        cost = np.full(total + 1, np.inf)
        cost[ends] = ways[np.arange(len(ends)), best] + loud[ends] + _REST * weight.rest
        for place, length in rests.items():
            sure = min(1.0, length / (0.3 * _A_SECOND))
            cost[place] -= _REST * weight.rest + _SILENT * (0.5 + sure * (1 + 2 * weight.rest))
    laid = [total]
    for first, begun in reversed(begins[1:]):
        laid.append(int(begun[laid[-1] - first]))
    return laid[::-1]


def _loudness(vowels: Levels) -> Levels:
    """How loud it is at each place, 0 to 1, beside the loudest within a fifth of a second."""
    reach = _A_SECOND // 5
    around = np.lib.stride_tricks.sliding_window_view(np.pad(vowels, reach, mode="edge"), 2 * reach + 1).max(
        1
    )
    return np.append(vowels / np.maximum(around, 1e-12), 0.0)
