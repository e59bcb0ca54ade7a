"""Words that are said become captions: a sentence or a part of one each, in one or two lines that can be read in time.

    [caption.text for caption in cues(speech.words, at=0)]
    # ['Once upon a time there was a house', 'at the edge of the woods.']

What makes a good place to end a caption is weighed over the whole speech at once: the end of a sentence or of a
clause, a pause; not after a short word, not so that a word is alone, nor so that nobody can read as fast.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from ..timeline.timeline import Caption, Word
from ..voices import sentences
from .lines import balanced, lines_needed, pieces_of, width, words_as_text

SECONDS = 1.0
"""How long a caption stays at least, where there is time."""
MOST_SECONDS = 7.0
PER_SECOND = 17
"""Letters that one reads in comfort (the BBC's 160 to 180 words a minute; Netflix allows 20)."""
GAP = 0.2
"""A shorter time between two captions isn't seen as one but as a flicker."""
_LINGERS = 0.25
_PAUSE = 0.7
"""Who is silent for so long begins something new."""

_CLAUSE_ENDS = ",;:—–、，；：،؛"


class _Piece(NamedTuple):
    """What stays together: a word, or a part of one that has no spaces."""

    text: str
    start: float
    end: float
    word: int


def cues(
    words: Sequence[Word],
    at: float | Fraction,
    until: float | Fraction | None = None,
    per_line: int = 42,
    lines: int = 2,
) -> list[Caption]:
    """The captions of a speech that begins at film second `at`; the words' times count from there.

    `per_line` is in Latin letters (lines.width). None of them is left after film second `until`, and what is said
    only then has none. They stand in order and never two at a time.
    """
    begin, end = float(at), None if until is None else math.floor(until * 1000 + 1e-6) / 1000
    said = _placed(words, begin, end)
    pieces = _pieces(said, per_line)
    groups = list(_groups(pieces, per_line, lines))
    found: list[Caption] = []
    for number, group in enumerate(groups):
        following = groups[number + 1][0].start if number + 1 < len(groups) else end
        first = group[0].start
        stays = max(group[-1].end + _LINGERS, first + max(SECONDS, _width(group) / PER_SECOND))
        if following is not None and stays > following - GAP:
            stays = following
        text = "\n".join(balanced([piece.text for piece in group], per_line))
        if stays > first:
            found.append(Caption(text=text, start=first, end=round(stays, 3), words=_words(group, said)))
    return found


def spread(caption: Caption) -> Caption:
    """The caption with times for its words, where it has none: each gets its share of the letters."""
    if caption.words:
        return caption
    pieces = pieces_of(caption.text)
    whole = max(1, sum(width(piece) for piece in pieces))
    said, done = [], 0
    for piece in pieces:
        start, done = done, done + width(piece)
        times = (caption.start + (caption.end - caption.start) * part / whole for part in (start, done))
        begin, end = (round(time, 3) for time in times)
        said.append(Word(text=piece.strip(), start=begin, end=end))
    return caption.model_copy(update={"words": tuple(said)})


def _placed(words: Iterable[Word], at: float, end: float | None) -> list[Word]:
    """The words at film time, none before another's, and none when the film is over."""
    found: list[Word] = []
    for word in words:
        text = " ".join(word.text.split())
        start = max(round(at + word.start, 3), found[-1].start if found else 0.0)
        stop = max(start, round(at + word.end, 3))
        if not text or (end is not None and start >= end):
            continue
        found.append(Word(text=text, start=start, end=stop if end is None else min(stop, end)))
    return found


def _pieces(words: Sequence[Word], per_line: int) -> list[_Piece]:
    """The words; one that has no spaces and is longer than a third of a line in its parts, each at its share."""
    found = []
    for index, text in enumerate(words_as_text([word.text for word in words])):
        parts = pieces_of(text) if width(text) > per_line / 3 or " " in text.strip() else [text.rstrip()]
        if text.endswith(" "):
            parts[-1] = parts[-1].rstrip() + " "
        done, whole = 0, max(1, width(text))
        for part in parts:
            word, long = words[index], words[index].end - words[index].start
            start = round(word.start + long * done / whole, 3)
            done += width(part)
            found.append(_Piece(part, start, round(word.start + long * min(1, done / whole), 3), index))
    return found


def _words(group: Sequence[_Piece], said: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a caption; of one that goes on in the next, what is here."""
    parts: dict[int, list[_Piece]] = {}
    for piece in group:
        parts.setdefault(piece.word, []).append(piece)
    return tuple(
        Word(
            text="".join(piece.text for piece in here).strip(),
            start=here[0].start,
            end=min(here[-1].end, said[index].end),
        )
        for index, here in parts.items()
    )


def _groups(pieces: Sequence[_Piece], per_line: int, lines: int) -> Iterator[Sequence[_Piece]]:
    """The pieces of each caption: of all ways to divide them the one that costs least."""
    costs, came_from = [0.0], [0]
    for end in range(1, len(pieces) + 1):
        least, best = float("inf"), end - 1
        for start in range(end - 1, -1, -1):
            group = pieces[start:end]
            if start < end - 1 and not _fits(group, per_line, lines):
                break
            cost = costs[start] + _cost(group, pieces[end] if end < len(pieces) else None, per_line)
            if cost < least:
                least, best = cost, start
        costs.append(least)
        came_from.append(best)
    ends = []
    end = len(pieces)
    while end:
        ends.append((came_from[end], end))
        end = came_from[end]
    for start, end in reversed(ends):
        yield pieces[start:end]


def _fits(group: Sequence[_Piece], per_line: int, lines: int) -> bool:
    if _width(group) > per_line * lines or group[-1].end - group[0].start > MOST_SECONDS:
        return False
    if max(b.start - a.end for a, b in pairwise(group)) > 2 * _PAUSE:
        return False
    return lines_needed([piece.text for piece in group], per_line) <= lines


def _cost(group: Sequence[_Piece], following: _Piece | None, per_line: int) -> float:
    """How little this is a good caption; 0 is a sentence of its own, not too short and not too fast."""
    wide = _width(group)
    time = (following.start if following else group[-1].end + 1.0) - group[0].start
    cost = 0.3  # each caption is one more to take in
    cost += 3.0 * max(0.0, wide / max(time, 0.05) / PER_SECOND - 1)
    cost += 4.0 * max(0.0, SECONDS - time)
    cost += sum(_missed(a, b) for a, b in pairwise(group))
    cost += 0.5 * (wide > per_line)  # one line is read faster than two
    if following is not None:
        torn = _torn(group[-1], following)
        cost += torn
        if torn > 0.7 and any(_clause_ends(a, b) for a, b in pairwise(group[-3:])):
            cost += 0.8  # a word or two of what comes, at the end of what was
        if torn and any(_sentence_ends(a, b) for a, b in pairwise(group)):
            cost += 0.8  # a sentence that begins and goes on in the next
        if wide < per_line / 3 and not _sentence_ends(group[-1], following):
            cost += 0.8
    return cost


def _missed(before: _Piece, after: _Piece) -> float:
    """What it costs to go on within a caption here."""
    pause = max(0.0, after.start - before.end - 0.25)
    return 2.0 * pause / _PAUSE + (1.2 if _sentence_ends(before, after) else 0.0)


def _torn(before: _Piece, after: _Piece) -> float:
    """What it costs to begin the next caption here."""
    if before.word == after.word:
        return 5.0
    if sentences.abbreviated(before.text, after.text):
        return 9.0  # St., Prof., J.: a name with a hole, even where the voice took a rest
    if _sentence_ends(before, after) or after.start - before.end > _PAUSE:
        return 0.0
    if _clause_ends(before, after) or after.start - before.end > _PAUSE / 2:
        return 0.7
    return (
        3.2 if width(before.text.strip()) > 3 else 4.0
    )  # a, the, of, und, de la: they belong to what follows


def _sentence_ends(before: _Piece, after: _Piece) -> bool:
    return sentences.ends(before.text, after.text)


def _clause_ends(before: _Piece, after: _Piece) -> bool:
    last = before.text.rstrip().rstrip(sentences.CLOSING)[-1:]
    marks = sentences.ENDS + _CLAUSE_ENDS
    return bool(last) and last in marks and not sentences.abbreviated(before.text, after.text)


def _width(group: Sequence[_Piece]) -> int:
    return width("".join(piece.text for piece in group).rstrip())
