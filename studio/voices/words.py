"""The words of a text as they are written, and when each is said.

>>> text = "Ah — it cost $5.50!"
>>> [text[word] for word in written(text)]
['Ah —', 'it', 'cost', '$5.50!']
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from ..timeline.timeline import Word

Event = tuple[int, "int | str"]
"""A sample's number, and the word (where in the text it begins) or the phoneme (its name) that begins there."""

_IDEOGRAPH = r"々〆〇\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KATAKANA = r"\u30a1-\u30fa\u30fd-\u30ff"
_INSIDE = re.compile(
    rf"[{_IDEOGRAPH}]|(?<![{_KATAKANA}ー])[{_KATAKANA}]|(?<=[{_IDEOGRAPH}\u3041-\u30ff])[0-9A-Za-z]"
)
"""Where a word begins that no space divides from the one before: at each ideograph, and where katakana, letters or
figures follow something else."""
_SAID_MARKS = "&%@#*/\\"
_SOUNDLESS = ("_", ";", "|", "(")
"""How the names of phonemes begin that are none: pauses, links, changes of language."""


def written(text: str) -> list[slice]:
    """Each word with the punctuation that belongs to it, a dash or a quotation mark that stands alone too. Empty if
    there is nothing in the text that can be said."""
    words: list[slice] = []
    opening = None
    for start, end in _pieces(text):
        if any(_is_said(letter) for letter in text[start:end]):
            words.append(slice(start if opening is None else opening, end))
            opening = None
        elif words and not (text[end:].strip() and unicodedata.category(text[end - 1]) in ("Ps", "Pi")):
            words[-1] = slice(words[-1].start, end)
        elif opening is None:
            opening = start
    return words


def plain(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


def first_ideograph(text: str) -> str:
    found = re.search(f"[{_IDEOGRAPH}]", text)
    return found[0] if found else ""


def timed(text: str, events: Sequence[Event], samples: int, rate: int) -> list[Word]:
    """When each word is said, by what the engine tells. It tells nothing of a word that it says in one go with the one
    before ("of the"): which of their phonemes are whose is told by how much of them is written."""
    words = written(text)
    units = _units(words, events)
    times: list[Word] = []
    for number, unit in enumerate(units):
        following = units[number + 1] if number + 1 < len(units) else _Unit(len(words), samples, True)
        over = following.start if unit.over is None else unit.over
        said = words[unit.first : following.first]
        marks = [*_shared([word.stop - word.start for word in said], unit, over), over]
        times += [
            Word(text=plain(text[word]), start=begin / rate, end=max(begin, end) / rate)
            for word, (begin, end) in zip(said, pairwise(marks), strict=True)
        ]
    return times


class _Unit:
    """What is said in one go: which word is its first, and the samples of its phonemes."""

    def __init__(self, first: int, event: int, rested: bool) -> None:
        self.first = first
        self.event = event
        self.rested = rested
        """Whether it comes after a rest."""
        self.sounds: list[int] = []
        self.over: int | None = None
        """When the rest begins that follows."""

    @property
    def start(self) -> int:
        """The event is where the last word's sound ends, the phoneme where this one's is whole: a consonant's halt lies
        between the two. After a rest nobody hears it; else the word begins in its midst."""
        sound = self.sounds[0] if self.sounds else self.event
        return sound if self.rested else (self.event + sound) // 2


def _units(words: Sequence[slice], events: Sequence[Event]) -> list[_Unit]:
    begins = [word.start for word in words]
    units: list[_Unit] = []
    for sample, what in events:
        if isinstance(what, int):
            # In a number of several words the engine counts on past its first figure.
            word = max(0, bisect_right(begins, what) - 1)
            if not units or word > units[-1].first:
                rested = not units or units[-1].over is not None
                units.append(_Unit(word if units else 0, sample, rested))
        elif units and what.startswith(_SOUNDLESS):
            if units[-1].over is None and units[-1].sounds:
                units[-1].over = sample
        elif units:
            units[-1].sounds.append(sample)
            units[-1].over = None
    return units


def _shared(lengths: Sequence[int], unit: _Unit, over: int) -> list[int]:
    """When each of the words begins that are said in one go."""
    whole = sum(lengths)
    shares = [before / whole for before in accumulate(lengths[:-1], initial=0)]
    count = len(unit.sounds)
    if count < len(lengths):
        return [round(unit.start + share * (over - unit.start)) for share in shares]
    places = [
        min(max(round(share * count), number), count - len(lengths) + number)
        for number, share in enumerate(shares)
    ]
    return [unit.start, *(unit.sounds[place] for place in places[1:])]


def _pieces(text: str) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    for token in re.finditer(r"\S+", text):
        inside = [each.start() for each in _INSIDE.finditer(text, token.start() + 1, token.end())]
        pieces += pairwise([token.start(), *inside, token.end()])
    return pieces


def _is_said(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNS" or letter in _SAID_MARKS
