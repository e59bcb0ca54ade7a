"""Unicode's normal forms, in a time that is short for every text.

>>> normal("NFC", "e\u0301")
'é'

Putting the marks of one letter into their order takes as long as they are many times as many: a text of a million would
take an hour. No letter of any language has more than a few; Unicode's own limit for streams is 30 (UAX 15, D4).
"""

from __future__ import annotations

import unicodedata
from typing import Literal

MOST = 30
"""Marks on one letter; what comes after is left out."""


def normal(form: Literal["NFC", "NFD"], text: str) -> str:
    return unicodedata.normalize(form, text if text.isascii() else _fewer(text))


def _fewer(text: str) -> str:
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MOST:
            kept.append(character)
    return "".join(kept)
