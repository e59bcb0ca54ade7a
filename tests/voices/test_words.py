"""A text's words as they are written, and that they stand where they are heard."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from storyreel.studio.voices import Line, speak
from storyreel.studio.voices.words import timed, written

from .sounds import heard, onsets

ALONE = {
    "en-gb": "One. Paris. Tomorrow. Question. Church. House. Fish. Apple. Under. Zoo. Thing. 1984. Don't.",
    "de": "Eins. Fünf. Straße. Katze. Pferd. Apfel. Übung. Wasser. Jahr. 21.",
    "fr": "Deux. Maison. Table. Chat. Eau. Soleil. Quatre. L'homme.",
    "pl": "Jeden. Trzy. Kot. Jabłko. Książka. Woda.",
    "ru": "Один. Дом. Кошка. Яблоко. Солнце.",
    "tr": "Bir. Ev. Kedi. Güneş. Yarın.",
    "hi": "एक। पानी। सूरज। किताब।",
}


@pytest.mark.parametrize("voice", ALONE)
def test_words_after_a_rest_begin_when_they_are_heard(voice: str) -> None:
    speech = speak(Line(ALONE[voice], voice))
    assert [word.text for word in speech.words] == ALONE[voice].split()
    found = onsets(speech.path)
    off = [min(found, key=lambda at: abs(at - word.start)) - word.start for word in speech.words]
    assert np.abs(off).max() < 0.04


# Another first sound, and all that is said before it is the same to the last sample.
SWAPPED = [
    (
        "en-gb",
        "Nobody could tell me where the big red bus would stop.",
        {2: "k", 3: "l", 6: "d", 8: "k", 9: "l"},
    ),
    ("en-gb", "She put the map back under the bench and walked home in the dark.", {4: "k", 9: "l", 13: "g"}),
    ("de", "Der kleine Junge ging zum Fluss und suchte seinen Hund.", {1: "p", 3: "b", 5: "s", 7: "t"}),
    ("de", "Morgen fahren wir mit dem Zug nach Berlin.", {1: "k", 7: "d"}),
]


@pytest.mark.parametrize(("voice", "text", "swaps"), SWAPPED)
def test_words_in_a_sentence_begin_where_another_one_would_sound_otherwise(
    voice: str, text: str, swaps: dict[int, str]
) -> None:
    speech = speak(Line(text, voice))
    rate, sound = heard(speech.path)
    off = []
    for number, letter in swaps.items():
        words = text.split()
        words[number] = letter + words[number][1:]
        _, other = heard(speak(Line(" ".join(words), voice)).path)
        shared = min(len(sound), len(other))
        differs = np.flatnonzero(np.abs(sound[:shared] - other[:shared]) > 0.01)[0] / rate
        off.append(speech.words[number].start - differs)
    assert np.abs(off).max() < 0.04 and np.median(np.abs(off)) < 0.02


def test_words_are_as_they_are_written() -> None:
    text = (
        "In 1984, Dr. Smith's well-known co-worker said: “Hello!” It cost $5.50 — really. I am in the\nhouse."
    )
    speech = speak(Line(text, "en-gb"))
    expected = (
        "In 1984, Dr. Smith's well-known co-worker said: “Hello!” It cost $5.50_— really. I am in the house."
    )
    assert [word.text for word in speech.words] == [word.replace("_", " ") for word in expected.split()]
    assert speech.timed
    assert all(word.start < word.end for word in speech.words)
    assert all(before.end <= after.start for before, after in pairwise(speech.words))
    assert abs(float(speech.start) - speech.words[0].start) < 0.03
    assert abs(float(speech.end) - speech.words[-1].end) < 0.06
    lasting = {word.text: word.end - word.start for word in speech.words}
    assert lasting["1984,"] > 1 and lasting["$5.50 —"] > 1, "each is one word, however much is said"


def test_words_that_are_said_in_one_go_share_its_phonemes() -> None:
    """And one begins in the midst of its consonant's halt, but after a rest when it is heard."""
    events = [
        (0, 0),
        (100, "I"),
        (200, "n"),
        (300, "D"),
        (400, "@"),
        (500, 7),
        (560, "k"),
        (700, "_:"),
        (900, "_"),
    ]
    words = timed("in the king", events, 1000, 1000)
    assert [(word.start, word.end) for word in words] == [(0.1, 0.3), (0.3, 0.53), (0.53, 0.7)]
    assert [word.text for word in timed("in the king", events[:5], 1000, 1000)] == ["in", "the", "king"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("— Hello , world !", ["— Hello ,", "world !"]),
        ("He said « Bonjour » .", ["He", "said", "« Bonjour » ."]),
        ("你好，世界。", ["你", "好，", "世", "界。"]),
        ("今日はカメラで食べます", ["今", "日は", "カメラで", "食べます"]),
        ("我爱Python语言", ["我", "爱", "Python", "语", "言"]),
        ("a < b & c", ["a", "<", "b", "&", "c"]),
        ("안녕하세요, 세계", ["안녕하세요,", "세계"]),
        ("… — !", []),
        ("", []),
    ],
)
def test_what_is_a_word(text: str, words: list[str]) -> None:
    assert [text[word] for word in written(text)] == words


def test_chinese_has_a_time_for_every_character() -> None:
    speech = speak(Line("你好，世界。今天天气很好。", "", "zh"))
    assert "".join(word.text for word in speech.words) == "你好，世界。今天天气很好。"
    assert len(speech.words) == len(re.findall(r"\w", "你好，世界。今天天气很好。"))
    assert all(before.start < after.start for before, after in pairwise(speech.words))
