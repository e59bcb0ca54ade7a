"""A speech that is said faster: as long as it should be, in its pitch, its words where they sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.timeline.timeline import Word
from storyreel.studio.voices import Speech
from storyreel.studio.voices.alignment import sounding
from storyreel.studio.voices.stretch import faster

from .sounds import heard, kept, onsets

RATE = 24_000
BEGINS = (0.3, 0.9, 1.6, 2.2)


@pytest.fixture
def vowel(tmp_path: Path) -> Speech:
    """Four times the same vowel, each 0.4 s long, at 150 Hz."""
    times = np.arange(3 * RATE) / RATE
    said = np.zeros(3 * RATE)
    for begin in BEGINS:
        place = (times >= begin) & (times < begin + 0.4)
        said[place] = sum(0.1 * np.sin(2 * np.pi * 150 * part * times[place]) for part in range(1, 6))
    words = tuple(Word(text="a", start=begin, end=begin + 0.4) for begin in BEGINS)
    path = kept(tmp_path / "vowel.wav", said, RATE)
    return Speech(path, Fraction(3, 10), Fraction(26, 10), words, True)


@pytest.mark.parametrize("factor", [Fraction(101, 100), Fraction(1037, 1000), Fraction(23, 20)])
def test_faster_in_the_same_pitch(vowel: Speech, factor: Fraction) -> None:
    quick = faster(vowel, factor)
    rate, sound = heard(quick.path)
    assert len(sound) == round(3 / factor * rate)
    assert quick.seconds == vowel.seconds / factor
    found = onsets(quick.path)
    assert np.abs(np.array(found) - [word.start for word in quick.words]).max() < 0.01
    assert np.allclose([word.end * float(factor) for word in quick.words], [word.end for word in vowel.words])
    assert abs(sounding(quick.path)[1] - quick.end) < 0.03
    begin = round(quick.words[1].start * rate)
    piece = sound[begin : begin + rate // 3]
    strength = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 1 << 19))[: 10 * (1 << 19) // rate * 20]
    assert abs(strength.argmax() * rate / (1 << 19) - 150) < 1.5


def test_what_is_not_hurried_is_the_same(vowel: Speech) -> None:
    assert faster(vowel, Fraction(1)) is vowel
    assert faster(vowel, Fraction(11, 10)) == faster(vowel, Fraction(11, 10))


@pytest.mark.parametrize("factor", [Fraction(9, 10), Fraction(6, 5)])
def test_what_would_be_heard_is_refused(vowel: Speech, factor: Fraction) -> None:
    with pytest.raises(BadInput, match=r"use 1 to 1\.15"):
        faster(vowel, factor)
