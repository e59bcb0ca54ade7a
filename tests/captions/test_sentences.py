"""A full stop that belongs to its word ends no sentence: captions go on, and nothing is counted as a rest."""

from __future__ import annotations

from itertools import pairwise

import pytest
from storyreel.studio.captions.cues import cues
from storyreel.studio.captions.lines import balanced, pieces_of
from storyreel.studio.providers.shot import Shot
from storyreel.studio.providers.speech_length import seconds_of_speech
from storyreel.studio.voices import sentences
from storyreel.studio.voices.syllables import weigh

GO_ON = [
    "the road to St.|Moritz", "and Dr.|Jones", "with Mr.|Hill", "with Mrs.|Hill", "with Ms.|Hill",
    "and Prof.|Weber", "animals, e.g.|Ants", "the last, i.e.|Monday", "Oxford vs.|Cambridge", "in No.|7",
    "manche, z.B.|Äpfel", "manche, z.|B. Äpfel", "Äpfel usw.|und", "by J.|R. Hartley", "by J. R.|Hartley",
    "by J.R.|Hartley", "„Dr.|Weber“", "(cf.|Darwin)", "Abb.|3", "am Hbf. in Nr.|12", "Vol.|IV",
]  # fmt: skip
END = [
    "in the rain.|Then", "I said no.|He", "It was I.|Then", "3.5.|Then", "at 5 p.m.|Then", "Why?|Because",
    'he said "No."|She', "usw.|Dann", "in 1999.|Then", "今日は晴れ。|明日", "so on...|Then", "the best.|",
]  # fmt: skip


def divided(written: str) -> tuple[str, str]:
    before, after = written.split("|")
    return before.split()[-1], (after.split() or [""])[0]


@pytest.mark.parametrize("written", GO_ON)
def test_no_sentence_ends_here(written: str) -> None:
    assert not sentences.ends(*divided(written))


@pytest.mark.parametrize("written", END)
def test_one_ends_here(written: str) -> None:
    assert sentences.ends(*divided(written)) and not sentences.abbreviated(*divided(written))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("We took the old mail coach from Chur to St. Moritz and then the slow train over the pass.", "St. Moritz"),
        ("The letter was signed by Prof. J. R. Hartley of the museum. Nobody had met him.", "Prof. J. R. Hartley"),
        ("In summer we drive up to about 3.5 miles from the town, to No. 7 on the hill. It is quiet.", "No. 7"),
        ("Im Herbst sammeln wir allerlei Früchte, z. B. Äpfel und Birnen, die am Wegrand wachsen.", "z. B. Äpfel"),
    ],
)  # fmt: skip
def test_no_caption_and_no_line_ends_within_a_name(say, text: str, whole: str) -> None:
    for per_line in range(24, 43):
        shown = [caption.text for caption in cues(say(text), at=0, per_line=per_line)]
        assert any(whole in caption.replace("\n", " ") for caption in shown), (per_line, shown)


def test_lines_divide_after_a_sentence_and_not_after_a_title() -> None:
    assert balanced(pieces_of("He came from St. Peter on foot"), 22) == ["He came from", "St. Peter on foot"]


def test_a_voice_does_not_rest_there() -> None:
    def lasts(script: str) -> float:
        return float(
            seconds_of_speech(Shot(prompt="", script=script, duration=1, width=16, height=16, fps=24)) or 0
        )

    assert lasts("Mr. " * 20 + "Hill.") < lasts("May. " * 20 + "Hill.") - 4
    words = ["Dr.", "Jones", "came."]
    assert [weigh(a, "en", b).rest for a, b in pairwise([*words, ""])] == [0, 0, 1]
