"""The second engine, where it is installed."""

from __future__ import annotations

import importlib.util

import pytest
from storyreel.studio.voices import Line, speak

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ttspico") is None, reason="needs ttspico")


def test_pico_speaks_and_its_words_are_found() -> None:
    speech = speak(Line("Good evening, <dear> friends.", "pico/en-gb"))
    assert not speech.timed and [word.text for word in speech.words][-1] == "friends."
    assert speech.words[0].start == float(speech.start) and speech.words[-1].end == float(speech.end)
    quick = speak(Line("Good evening, <dear> friends.", "pico/en-gb", speed=1.5))
    assert 1.3 < speech.seconds / quick.seconds < 1.7
