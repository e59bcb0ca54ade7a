"""Voices: who says a narration, and what comes of it.

>>> speech = speak(Line("Once upon a time.", voice="en-gb"))
>>> speech.seconds, speech.words[0]
(Fraction(7, 5), Word(text='Once', start=0.031, end=0.29))
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..timeline import Word


class Line(NamedTuple):
    """What is to be said, and how."""

    text: str
    voice: str = ""
    """The engine's own name of the voice; empty is its usual one for the language."""
    language: str = ""
    """As BCP 47 has it: en, de-AT; empty is the voice's own, or English."""
    speed: float = 1.0
    """Times the usual."""


class Speech(NamedTuple):
    """A line that was said: a sound file. Times are seconds in that file."""

    path: Path
    start: Fraction
    """When the first word begins to sound; before it there is silence."""
    end: Fraction
    """When the last one has died away."""
    words: tuple[Word, ...]
    timed: bool
    """Whether the engine told the words' times; else they were found by listening."""

    @property
    def seconds(self) -> Fraction:
        return self.end - self.start
