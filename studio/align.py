"""Where in a sound file its words are said, for voices that don't tell.

A word takes about as long as its syllables and letters do; where there is a comma or a full stop a voice rests; a vowel
is a peak of loudness. Of all ways to lay the words over the sound, the one is taken that agrees best with all of that.

>>> aligned("One, two.", Path("counting.wav"))
(Word(text='One,', start=0.02, end=0.31), Word(text='two.', start=0.6, end=0.9))
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .hearing import STEP, Heard, listen, peaks, stretches
from .timeline import Word
from .voices.syllables import Weight, weigh
from .voices.words import plain, written

_LOOSE = 0.35
"""How far a word's length may well be from what is expected of it, times that."""
_WINDOW = 2.0
"""Seconds by which a word may be off from where its share of the text would put it, and a twelfth of the whole."""
_LONGEST = 3.0
"""Times what is expected of a word: none is said longer."""


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
    heard = listen(path)
    sounds = stretches(heard)
    marks = _marks([weigh(text[word], language) for word in words], heard, sounds)
    return tuple(
        Word(text=plain(text[word]), start=float(begin * STEP), end=float(end * STEP))
        for word, (begin, end) in zip(words, marks, strict=True)
    )


def _marks(
    weights: Sequence[Weight], heard: Heard, sounds: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The looks at which each word begins and ends. The search knows the sound without its rests: only where they are
    in it."""
    lengths = [end - begin for begin, end in sounds]
    rests = dict(zip(accumulate(lengths[:-1]), ((b - a) for (_, a), (b, _) in pairwise(sounds)), strict=True))
    vowels = np.concatenate([heard.vowels[begin:end] for begin, end in sounds])
    ends = _laid(weights, vowels, rests)
    starts = np.array([0, *accumulate(lengths)])

    def look(place: int, after: bool) -> int:
        """Where in the file a place in the sound without rests is; at a rest, before or after it."""
        stretch = int(np.searchsorted(starts, place, "right" if after else "left")) - 1
        stretch = min(max(stretch, 0), len(sounds) - 1)
        return sounds[stretch][0] + place - int(starts[stretch])

    return [(look(begin, True), look(end, False)) for begin, end in pairwise([0, *ends])]


def _laid(weights: Sequence[Weight], vowels: NDArray[np.float64], rests: dict[int, int]) -> list[int]:
    """Where each word ends."""
    total = len(vowels)
    scale = total / sum(weight.length for weight in weights)
    per = 1 / float(STEP)
    passed = np.zeros(total + 1)
    tops = peaks(vowels)
    passed[np.array(tops, int) + 1] = 1
    passed = np.cumsum(passed)
    rate = len(tops) / max(1, sum(weight.syllables for weight in weights))
    valley = _valley(vowels)
    best = np.full(total + 1, np.inf)
    best[0] = 0
    came: list[NDArray[np.int32]] = []
    room = _WINDOW * per + total / 12
    places = np.arange(total + 1)
    due = 0.0
    for number, weight in enumerate(weights):
        expected = weight.length * scale
        due += expected
        last = number == len(weights) - 1
        low, high = (total, total) if last else (max(0, int(due - room)), min(total, int(due + room)))
        here = places[low : high + 1]
        longest = max(int(expected * _LONGEST), int(0.3 * per)) if not last else total
        lasting = np.arange(1, min(longest, total) + 1)
        off = (lasting - expected) / (_LOOSE * (expected + 0.05 * per))
        begins = here[:, None] - lasting[None, :]
        inside = np.maximum(begins, 0)
        cost = np.where(begins >= 0, best[inside], np.inf) + off**2 / 2
        cost += 0.5 * (passed[here][:, None] - passed[inside] - weight.syllables * rate) ** 2
        chosen = cost.argmin(1)
        following = np.full(total + 1, np.inf)
        following[here] = cost[np.arange(len(here)), chosen] + valley[here]
        if not last:
            following += 1.5 * weight.rest
            for place, looks in rests.items():
                following[max(0, place - 2) : place + 3] -= 0
                following[place] -= (
                    1.5 * weight.rest + (1 + 2 * weight.rest) * min(1.0, looks / per / 0.3) + 0.5
                )
        back = np.zeros(total + 1, np.int32)
        back[here] = here - lasting[chosen]
        came.append(back)
        best = following
    ends = [total]
    for back in reversed(came[1:]):
        ends.append(int(back[ends[-1]]))
    return ends[::-1]


def _valley(vowels: NDArray[np.float64]) -> NDArray[np.float64]:
    """What it costs to end a word at each place: nothing where it is quiet, most on a vowel's peak."""
    reach = 40
    padded = np.pad(vowels, reach, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(1)
    share = vowels / np.maximum(around, 1e-12)
    return np.append(share, 0.0) * 1.0
