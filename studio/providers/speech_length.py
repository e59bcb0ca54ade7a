"""How long it takes to say something, and what is said as services take it.

>>> from storyreel.studio.providers.contract import Shot
>>> seconds_of_speech(Shot(prompt="", script="Welcome to the show.", duration=1, width=16, height=16, fps=24))
Fraction(7, 2)
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
import wave
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MediaError
from ..voices.sentences import abbreviated

if TYPE_CHECKING:
    from .media_inputs import Medium
    from .shot import Shot

CHARACTERS_A_SECOND = 11
"""Of a slow voice: most say 13 to 16. What is reserved for a clip should seldom be passed."""
BREATH = Fraction(1)
"""Seconds that a voice takes before and after."""
STOP = Fraction(3, 10)
"""Seconds that it rests after a sentence."""
_SPOKEN_DIGIT = 5
"""A figure is said as a word: 7 takes as long as five letters."""
_SPOKEN_WIDE = 3
"""One character of Chinese, Japanese or Korean is a syllable or more."""
_STOPS = re.compile(r"[.!?…。！？]+(?=\s|$)|[。！？]")
_BREAKS = re.compile(r"<break\s+time=[\"'](\d+(?:\.\d+)?)(m?s)[\"']\s*/?>")
_RATE = 24_000
"""Of speech that had to be converted; 600 s of it are 29 MB."""


def seconds_of_speech(shot: Shot) -> Fraction | None:
    """How long the clip gets in which it is said, rather too long than too short, in half seconds. None for a sound
    file that can't be read."""
    if shot.speech is None:
        return _halves(_seconds_of_words(shot.script) / Fraction(max(shot.speed, 0.01)))
    with suppress(MediaError, OSError):
        found = Path(shot.speech).stat()
        return _halves(_length(shot.speech, found.st_mtime_ns, found.st_size))
    return None


def spoken(path: Path, most: int) -> Medium:
    """A sound file as MP3 or WAV, of at most so many bytes; another kind is made a WAV. Raises MediaError."""
    from ..media.filetype import MP3, WAV, kind_of
    from .media_inputs import Medium

    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path.name} can't be read: {error.strerror}", "give another file") from None
    kind = kind_of(data[:12])
    if kind not in (MP3, WAV) or len(data) > most:
        kind, data = WAV, _as_wav(path)
    if len(data) > most:
        said = f"{path.name} has {len(data) / 1e6:.0f} MB even as speech, and {most / 1e6:.0f} MB are taken"
        raise MediaError(said, "cut it")
    return Medium(data, kind)


def _seconds_of_words(script: str) -> Fraction:
    rests = sum(
        (Fraction(number) / (1000 if unit == "ms" else 1) for number, unit in _BREAKS.findall(script)),
        Fraction(0),
    )
    words = _BREAKS.sub(" ", script).split()
    letters = sum(map(_weight, " ".join(words)))
    stops = sum(
        len(_STOPS.findall(word)) - abbreviated(word, following) for word, following in pairwise([*words, ""])
    )
    return Fraction(letters, CHARACTERS_A_SECOND) + BREATH + rests + STOP * stops


def _weight(letter: str) -> int:
    if letter.isdigit():
        return _SPOKEN_DIGIT
    return _SPOKEN_WIDE if unicodedata.east_asian_width(letter) in "WF" else 1


@lru_cache(maxsize=1000)
def _length(name: str, _changed: int, _bytes: int) -> Fraction:
    from ..media.probe import sound_length

    return sound_length(name)


def _halves(seconds: Fraction) -> Fraction:
    return Fraction(math.ceil(2 * seconds), 2)


def _as_wav(path: Path) -> bytes:
    import av

    from ..media.packets import sounds
    from ..media.probe import opened, sound_of

    file = io.BytesIO()
    with opened(path) as container, wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        stream = sound_of(container)
        if stream is None:
            raise MediaError(f"{path.name} has no sound", "give a file that has")
        resampler = av.AudioResampler("s16", "mono", _RATE)
        for frame in sounds(container, stream):
            for part in resampler.resample(frame):
                sound.writeframes(part.to_ndarray().tobytes())
        for part in resampler.resample(None):
            sound.writeframes(part.to_ndarray().tobytes())
    return file.getvalue()
