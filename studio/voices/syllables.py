"""How long a word takes to be said, told by how it is written. Rough, and good enough to find it in a sound.

>>> weigh("bicycles,", "en").syllables
3.0
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import NamedTuple

from ..normal_forms import normal
from .sentences import abbreviated


class Weight(NamedTuple):
    syllables: float
    length: float
    """Seconds, of a voice that is neither quick nor slow."""
    rest: float
    """How sure a voice is to rest after it: 1 at a full stop."""


_VOWELS = re.compile("[aeiouyæœøıəаеиоуыэюяієαεηιουω]+")
_STOPS = re.compile(r"[.!?…。！？।॥؟][\"'»«”“’)\]）」]*$|[—–:;；：]$|\s[—–-]+$")
_COMMAS = re.compile(r"[,،、，)）][\"'»”’]*$")
_SILENT = {
    "en": re.compile(r"(?<=[^aeiouyl])es?$|(?<=[^aeiouytd])ed$"),
    "fr": re.compile(r"(?<=[^aeiouy])(es?|ent)$"),
}
"""Endings that are written and not said."""
_A_CONSONANT = {"ARABIC": 0.7, "HEBREW": 0.6, "THAI": 0.4, "LAO": 0.4, "KHMER": 0.4, "MYANMAR": 0.4}
"""Syllables to a letter in scripts that leave vowels out, or write them round the consonants."""
_VIRAMA = 9
"""The combining class of the mark that takes a letter's own vowel away."""


def weigh(word: str, language: str = "", following: str = "") -> Weight:
    """`following` is the word after it: a voice doesn't rest after the full stop of "Dr."."""
    code = language.lower().partition("-")[0] or "en"
    syllables = consonants = 0.0
    for kind, letters in groupby(word, _kind):
        vowels, others = _said("".join(letters), kind, code)
        syllables, consonants = syllables + vowels, consonants + others
    stops = _STOPS.search(word) and not abbreviated(word, following)
    rest = 1.0 if stops else 0.6 if _COMMAS.search(word) else 0.0
    length = 0.01 + 0.105 * syllables + 0.04 * consonants + (0.09 if rest else 0.0)
    return Weight(syllables, length, rest)


def _kind(letter: str) -> str:
    """Letters and their marks, figures, symbols, or what isn't said."""
    if letter in "&%@#":
        return "S"
    category = unicodedata.category(letter)[0]
    return "L" if category == "M" or letter in "'’" else category


def _said(piece: str, kind: str, code: str) -> tuple[float, float]:
    """Syllables, and consonants."""
    if kind == "N":
        figures = len(piece.rstrip("0")) or 1
        count = 2.0 * figures - 0.5 + (1.0 if figures < len(piece) else 0.0)
        return count, count
    if kind == "S":
        return 2.0 * len(piece), 2.0 * len(piece)
    if kind != "L":
        return 0.0, 0.0
    return _letters(piece, code)


def _letters(piece: str, code: str) -> tuple[float, float]:
    composed = normal("NFC", piece.lower())
    split, plain = _split(composed)
    if not plain:
        return 0.0, 0.0
    script = unicodedata.name(plain[0], "").partition(" ")[0]
    if script == "CJK":
        return float(len(plain)), 2.5 * len(plain)
    if script in ("HIRAGANA", "KATAKANA"):
        return float(len(plain)), 0.5 * len(plain)
    if script == "HANGUL":
        blocks = len(normal("NFC", plain))
        return float(blocks), float(len(plain) - blocks)
    if script in _A_CONSONANT:
        return _A_CONSONANT[script] * len(plain), _A_CONSONANT[script] * len(plain)
    if script not in ("LATIN", "GREEK", "CYRILLIC"):  # each letter has a vowel: Devanagari and its kin
        bare = sum(unicodedata.combining(letter) == _VIRAMA for letter in split)
        return float(len(plain) - bare), float(len(plain))
    if code in _SILENT:
        _, heard = _split(_SILENT[code].sub("", composed))
        plain = heard if _VOWELS.search(heard) else plain
    vowels = _VOWELS.findall(plain)
    if not vowels:  # в, к; or BBC, Dr, which are spelt or said in full
        return (0.3, 1.0) if len(plain) == 1 else (float(len(plain)), float(len(plain)))
    return float(len(vowels)), float(len(plain) - sum(map(len, vowels)))


def _split(composed: str) -> tuple[str, str]:
    """Letters and their marks one after the other, and the letters alone."""
    split = normal("NFD", composed)
    return split, "".join(letter for letter in split if unicodedata.category(letter)[0] == "L")
