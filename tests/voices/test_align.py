"""Words found by listening, against the times that the offline voice tells; and where a sound begins and ends."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import MediaError
from storyreel.studio.voices import Line, speak
from storyreel.studio.voices.alignment import aligned, sounding
from storyreel.studio.voices.syllables import weigh

from .sounds import kept

RATE = 24_000
STORIES = {
    "en-gb": "The history of the bicycle is longer than most would guess. Early machines had no pedals at all; riders "
    "pushed themselves along with their feet, which made for rather tired legs by the end of the afternoon.",
    "de+f3": "Morgens um sieben ist die Welt noch in Ordnung. Der Nebel liegt über den Wiesen, und die Kühe stehen "
    "still am Zaun.",
    "es+m3": "La luna sube despacio sobre las montañas del sur. ¿Quién la mira? Nadie, salvo un viejo pescador.",
    "ru": "Маленький мальчик пошёл к реке искать свою собаку, но никто её не видел. Вечером стало холодно.",
    "cmn": "小男孩去河边找他的狗，可是没有人看见它。今天天气很好，我们去公园散步吧。",
}


def test_words_are_found_by_listening() -> None:
    off: list[float] = []
    for voice, text in STORIES.items():
        speech = speak(Line(text, voice))
        found = aligned(text, speech.path, voice.partition("+")[0])
        assert [word.text for word in found] == [word.text for word in speech.words]
        assert all(word.start < word.end for word in found)
        assert all(before.end <= after.start for before, after in pairwise(found))
        own = [word.start - told.start for word, told in zip(found, speech.words, strict=True)]
        assert np.median(np.abs(own)) < 0.08, voice
        off += own
    assert len(off) > 100
    assert np.median(np.abs(off)) < 0.04 and np.quantile(np.abs(off), 0.9) < 0.16


def noise(begin: float, end: float, lasting: float) -> np.ndarray:
    said = np.zeros(round(lasting * RATE))
    place = slice(round(begin * RATE), round(end * RATE))
    said[place] = np.random.default_rng(1).uniform(-0.4, 0.4, len(said[place]))
    return said


def test_where_it_sounds(tmp_path: Path) -> None:
    start, end = sounding(kept(tmp_path / "said.wav", noise(0.72, 1.9, 3.0), RATE))
    assert abs(start - 0.72) < 0.006 and abs(end - 1.9) < 0.006
    hiss = noise(0.72, 1.9, 3.0) + np.random.default_rng(2).uniform(-0.004, 0.004, 3 * RATE)
    start, end = sounding(kept(tmp_path / "hiss.wav", hiss, RATE))
    assert abs(start - 0.72) < 0.006 and abs(end - 1.9) < 0.006


def test_a_rest_is_nobodys(tmp_path: Path) -> None:
    """However long a voice rests, the words about the comma end before it and begin after it."""
    path = kept(tmp_path / "rest.wav", noise(0.2, 0.4, 4.0) + noise(2.9, 3.7, 4.0), RATE)
    first, second = aligned("hello, world", path)
    assert np.allclose([first.start, first.end, second.start, second.end], [0.2, 0.4, 2.9, 3.7], atol=0.011)


@pytest.mark.parametrize("text", ["", " … "])
def test_no_words(tmp_path: Path, text: str) -> None:
    assert aligned(text, tmp_path / "there is no such file") == ()


def test_more_words_than_there_is_sound(tmp_path: Path) -> None:
    path = kept(tmp_path / "short.wav", noise(0.1, 0.2, 0.3), RATE)
    words = aligned("a b c " * 40, path)
    assert len(words) == 120 and all(0.09 < word.start <= word.end < 0.21 for word in words)


def test_silence_is_told(tmp_path: Path) -> None:
    path = kept(tmp_path / "silence.wav", np.zeros(RATE), RATE)
    for look in (sounding, lambda path: aligned("hello", path)):
        with pytest.raises(MediaError, match=r"nothing is heard in silence\.wav"):
            look(path)


@pytest.mark.parametrize(
    ("word", "language", "syllables"),
    [
        ("bicycles,", "en", 3),
        ("the", "en", 1),
        ("House", "en", 1),
        ("Geschwindigkeit", "de", 4),
        ("L'été", "fr", 2),
        ("собаку", "ru", 3),
        ("公园", "cmn", 2),
        ("소년은", "ko", 3),
        ("हिन्दी", "hi", 2),
        ("1984", "en", 7.5),
        ("—", "en", 0),
    ],
)
def test_syllables(word: str, language: str, syllables: float) -> None:
    assert weigh(word, language).syllables == syllables
