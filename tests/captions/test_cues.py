"""Words become captions that can be read, at the times at which they are said."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from storyreel.studio.captions.cues import PER_SECOND, cues, spread
from storyreel.studio.captions.lines import pieces_of, width
from storyreel.studio.timeline.timeline import Caption, Word

TALE = (
    "Once upon a time there was a small house at the edge of the woods, where an old clockmaker lived alone with "
    'his cat. Every morning he opened the shutters. He wound forty-one clocks. "Why so many?" asked the neighbours. '
    "One winter, when the snow had covered the valley and the river had frozen from bank to bank, a traveller knocked."
)


def one_line(caption: Caption) -> str:
    return caption.text.replace("\n", " ")


def test_a_tale_is_divided_where_a_reader_would(say) -> None:
    found = cues(say(TALE), at=10, until=60)
    assert [one_line(each) for each in found] == [
        "Once upon a time there was a small house at the edge of the woods,",
        "where an old clockmaker lived alone with his cat.",
        "Every morning he opened the shutters.",
        "He wound forty-one clocks.",
        '"Why so many?" asked the neighbours.',
        "One winter,",
        "when the snow had covered the valley and the river had frozen from bank to bank,",
        "a traveller knocked.",
    ]
    for caption in found:
        lines = caption.text.split("\n")
        assert len(lines) <= 2 and max(map(len, lines)) <= 42
        assert len(lines) == 1 or min(map(len, lines)) > 0.5 * max(map(len, lines)), "balanced"


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_said_keeps_the_rules(seed: int) -> None:
    """Words of all lengths, paces and pauses: nothing is lost, overlaps, flickers or outlasts its time."""
    chance = random.Random(seed)
    at, words = 0.0, []
    for _ in range(chance.randint(1, 120)):
        text = "x" * chance.choice([1, 2, 3, 5, 8, 13, 60]) + chance.choice(
            ["", "", "", ",", ".", "?!", '."', " "]
        )
        long = chance.uniform(0.02, 0.8)
        words.append(Word(text=text, start=at, end=at + long))
        at += long + chance.choice([0, 0, 0.05, 0.3, 2.5])
    until = 5 + at * chance.choice([0.5, 0.9, 1.2])
    per_line = chance.choice([16, 24, 42])
    found = cues(words, at=5, until=until, per_line=per_line)
    said = [word for word in words if word.start + 5 < until - 0.001]
    assert [word.text for caption in found for word in caption.words] == [word.text.strip() for word in said]
    assert "".join(one_line(each) for each in found).replace(" ", "") == "".join(w.text.strip() for w in said)
    for caption in found:
        assert caption.words[0].start == pytest.approx(caption.start, abs=0.001), "shown when it is said"
        assert caption.start < caption.end <= until
        lines = caption.text.split("\n")
        assert len(lines) <= 2 and all(len(line) <= per_line or " " not in line for line in lines)
    for before, after in pairwise(found):
        assert after.start >= before.end
        assert after.start == before.end or after.start - before.end >= 0.2 - 1e-3
        assert before.end - before.start >= 1 - 1e-3 or after.start == before.end


def test_it_stays_until_it_is_read(say) -> None:
    first, second = cues(
        [Word(text="Incomprehensibilities!", start=0, end=0.3), *_late(say("Go.", 15), 4)], 0
    )
    assert first.end == pytest.approx(
        22 / PER_SECOND, abs=0.01
    ) and second.end - second.start == pytest.approx(1)
    assert cues([Word(text="Go.", start=0, end=0.2)], at=3, until=3.5)[0].end == 3.5
    assert cues([Word(text="Go.", start=0, end=0.2)], at=3, until=3) == []


def test_a_short_gap_is_closed_and_a_long_one_kept(say) -> None:
    def end_of_first(rest: float) -> float:
        first, second = cues(
            say("This is the first sentence of two. And this is the other one of them.", 15, rest), 0
        )
        return second.start - first.end

    assert end_of_first(0.35) == 0 and end_of_first(1.5) > 0.5


def test_japanese_is_divided_between_words() -> None:
    """Nothing but phrases is known of the times; no line begins with a mark or in the middle of a word."""
    phrases = [
        "むかしむかし、",
        "あるところに、",
        "おじいさんとおばあさんが住んでいました。",
        "山へ、川へ行きました。",
    ]
    words = [Word(text=text, start=2.0 * n, end=2.0 * n + 1.8) for n, text in enumerate(phrases)]
    found = cues(words, 0, per_line=26)
    assert "".join(each.text.replace("\n", "") for each in found) == "".join(phrases)
    lines = [line for each in found for line in each.text.split("\n")]
    assert all(width(line) <= 26 for line in lines)
    assert {"おじいさんとおばあさんが", "住んでいました。"} <= set(lines)
    assert not any(line[0] in "、。" for line in lines)


def test_what_stays_together_on_a_line() -> None:
    assert pieces_of("我们去北京，好吗？") == ["我", "们", "去", "北", "京，", "好", "吗？"]
    assert pieces_of("「今日は」と言った。") == ["「今日は」", "と", "言った。"]
    assert pieces_of("Er sagte: „Ja!“") == ["Er ", "sagte: ", "„Ja!“"]
    assert width("e\u0301a") == 2 and width("世界!") == 5


def test_two_lines_divide_where_the_sense_does(say) -> None:
    (caption,) = cues(say("who lived at the edge of the woods with all his cats."), 0)
    assert caption.text == "who lived at the edge\nof the woods with all his cats."
    (caption,) = cues(say("The old man came in, and all of them were silent."), 0)
    assert caption.text == "The old man came in,\nand all of them were silent."


def test_right_to_left_stays_in_the_order_of_speech() -> None:
    words = [Word(text=text, start=n, end=n + 0.8) for n, text in enumerate(["سلام", "دنیا،", "خوبی؟"])]
    assert one_line(cues(words, 0)[0]) == "سلام دنیا، خوبی؟"


def test_words_without_times_share_their_captions() -> None:
    caption = spread(Caption(text="One three\nfive", start=10, end=11.2))
    assert [word.text for word in caption.words] == ["One", "three", "five"]
    assert [word.start for word in caption.words] == [10, 10.343, 10.857] and caption.words[-1].end == 11.2
    assert spread(caption) == caption


def _late(words: list[Word], by: float) -> list[Word]:
    return [word.model_copy(update={"start": word.start + by, "end": word.end + by}) for word in words]
