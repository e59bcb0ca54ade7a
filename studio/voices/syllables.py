"""How long a word takes to be said, told by how it is written. Rough, and good enough to find it in a sound.

>>> weigh("bicycles,", "en")
Weight(syllables=3.0, length=0.52, rest=0.6)
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple


class Weight(NamedTuple):
    syllables: float
    length: float
    """Seconds, of a voice that is neither quick nor slow."""
    rest: float
    """How sure a voice is to rest after it: 1 at a full stop."""


_VOWELS = "aeiouyæœøıəаеёиоуыэюяієїαεηιουωאוי"
_GROUPS = re.compile(f"[{_VOWELS}]+")
_NUMBER = re.compile(r"\d+")
_SPELT = re.compile(r"[A-Z]{2,5}s?$")
_STOPS = re.compile(r"[.!?…。！？।॥؟]+[\"'»«”“’)\]]*$|[—–:;；：]$|\s[—–-]+$")
_COMMAS = re.compile(r"[,،、，)]+[\"'»”’)\]]*$")
_SILENT = {
    "en": re.compile(r"(?<=[^aeiouyl])es?$|(?<=[^aeiouytd])ed$"),
    "fr": re.compile(r"(?<=[^aeiouy])(es?|ent)$"),
}


def weigh(word: str, language: str = "") -> Weight:
    syllables, letters = 0.0, 0.0
    code = language.lower().partition("-")[0] or "en"
    for piece in re.findall(r"\d+|[^\W\d_]+(?:[’'][^\W\d_]+)*|\S", word):
        vowels, sounds = _piece(piece, code)
        syllables, letters = syllables + vowels, letters + sounds
    rest = 1.0 if _STOPS.search(word) else 0.6 if _COMMAS.search(word) else 0.0
    syllables = max(syllables, 0.5)
    length = 0.03 + 0.11 * syllables + 0.03 * letters
    return Weight(syllables, length * (1.25 if rest else 1.0), rest)


def _piece(piece: str, code: str) -> tuple[float, float]:
    """Syllables, and consonants."""
    if piece.isdigit():
        return 1.6 * len(piece), 1.6 * len(piece)
    if _SPELT.match(piece):
        return float(len(piece)), 0.5 * len(piece)
    if not piece[0].isalnum():
        return (2.0, 2.0) if unicodedata.category(piece[0])[0] == "S" or piece in "&%@#" else (0.0, 0.0)
    plain = "".join(c for c in unicodedata.normalize("NFD", piece.lower()) if not unicodedata.combining(c))
    if code in _SILENT and len(plain) > 2:
        plain = _SILENT[code].sub("", plain) or plain
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in unicodedata.normalize("NFC", piece))
    if wide:
        return float(wide), float(wide)
    groups = _GROUPS.findall(plain)
    if not groups:
        return max(1.0, len(plain) / 2), len(plain) / 2
    return float(len(groups)), float(len(plain) - len(groups))
