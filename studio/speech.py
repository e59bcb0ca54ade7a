"""How long it takes to say something: what a talking clip will last, before anybody has said it.

>>> seconds_of_speech(Shot(script="Welcome to the show.", ...))
Fraction(5, 2)
"""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MediaError

if TYPE_CHECKING:
    from .providers.contract import Shot

CHARACTERS_A_SECOND = 11
"""Of a slow voice: most say 13 to 16. What is reserved for a clip should seldom be passed."""
BREATH = Fraction(1)
"""Seconds that a voice takes before and after."""


def seconds_of_speech(shot: Shot) -> Fraction | None:
    """A sound file is as long as it is, None if it can't be read; words are reckoned in half seconds."""
    if shot.speech:
        with suppress(MediaError, OSError):
            return _length(Path(shot.speech))
        return None
    said = len(" ".join(shot.script.split()))
    return Fraction(math.ceil(2 * (Fraction(said, CHARACTERS_A_SECOND) + BREATH)), 2)


def _length(path: Path) -> Fraction:
    from .media.probe import opened, sound_of

    with opened(path) as container:
        stream = sound_of(container)
        if stream is None or stream.duration is None:
            return Fraction(0)
        return Fraction(stream.duration * stream.time_base)
