"""How wide a text is to a reader, and how it is set into lines: the same for what is said and for what is drawn.

>>> width("Hi, 世界")
8
>>> balanced(pieces_of("Once upon a time"), 10)
['Once upon', 'a time']
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from ..voices.sentences import abbreviated

# Han, Kana and their marks: a line may end after each of them.
_IDEOGRAPHS = ((0x2E80, 0x312F), (0x3190, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF))
_RARE_IDEOGRAPHS = (0x20000, 0x3FFFF)
# Thai, Lao, Burmese, Khmer: words without spaces between them, and where one ends only a dictionary knows.
_WITHOUT_SPACES = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
NOT_FIRST = "、。，．・：；！？）］｝」』】〉》ー…々ぁぃぅぇぉっゃゅょァィゥェォッャュョ!?,.:;)]}%"
"""What may not begin a line."""
NOT_LAST = "（［｛「『【〈《([{"
"""What may not end one."""


def width(text: str) -> int:
    """In Latin letters: an ideograph counts as two, a mark over a letter as nothing."""
    return sum(map(_cells, text))


def words_as_text(words: Iterable[str]) -> list[str]:
    """Words as pieces of one text, each with the space that follows it, if one does."""
    found: list[str] = []
    for word in words:
        if found and not (_in(found[-1][-1], _SPACELESS) or _in(word[0], _SPACELESS)):
            found[-1] += " "
        found.append(word)
    return found


def pieces_of(text: str) -> list[str]:
    """What stays together on a line, each with the space that follows it: words, and ideographs one by one. In
    Japanese what stands between one word's end in Hiragana and the next word, if it is no longer than some words.

    >>> pieces_of("今日は、 Tokyoへ行く")
    ['今日は、 ', 'Tokyoへ', '行く']
    """
    text = " ".join(text.split())
    found: list[str] = []
    japanese = any(_in(character, _KANA) for character in text)
    for character in text:
        if found and (character == " " or _clings(found[-1], character, japanese)):
            found[-1] += character
        else:
            found.append(character)
    return found


def balanced(pieces: Sequence[str], most: float, measure: Callable[[str], float] = width) -> list[str]:
    """The pieces in as few lines as they need: none longer than `most` unless it is one piece, all about as long as
    the others. A line counts as long as its pieces together."""
    sizes = [(measure(piece), measure(piece.rstrip())) for piece in pieces]
    ends = _ends(sizes, most)
    if len(ends) == 2:
        ends = [_middle(pieces, sizes, most, ends[0]), len(pieces)]
    elif all(bare <= most for _, bare in sizes):
        low, high = max((bare for _, bare in sizes), default=0.0), most
        for _ in range(8):
            tried = _ends(sizes, (low + high) / 2)
            if len(tried) <= len(ends):
                ends, high = tried, (low + high) / 2
            else:
                low = (low + high) / 2
    return ["".join(pieces[start:end]).rstrip() for start, end in pairwise((0, *ends))]


def _middle(pieces: Sequence[str], sizes: Sequence[tuple[float, float]], most: float, last: int) -> int:
    """Before which piece the second of two lines begins, at `last` at the latest. Better than lines of the same length
    is one that ends with a clause, and doesn't with a short word: that belongs to what follows."""
    rest, before = sum(whole for whole, _ in sizes), 0.0
    rest -= sizes[-1][0] - sizes[-1][1]
    least, best = float("inf"), last
    for at in range(1, last + 1):
        whole, bare = sizes[at - 1]
        first = before + bare
        before += whole
        rest -= whole
        if rest > most:
            continue
        word = pieces[at - 1].rstrip()
        cost = abs(rest - first) / most + (0.25 if len(word) < 4 and pieces[at - 1] != word else 0.0)
        closed = word[-1] in ",;:.!?—–、，；：。！？،؛؟" and not abbreviated(word, pieces[at])
        cost -= 0.2 if closed else 0.0
        if cost < least:
            least, best = cost, at
    return best


def lines_needed(pieces: Sequence[str], most: float) -> int:
    """How many lines the pieces take."""
    return len(_ends([(width(piece), width(piece.rstrip())) for piece in pieces], most))


def _ends(sizes: Sequence[tuple[float, float]], most: float) -> list[int]:
    """Before which piece each line ends that holds as many as go in. Of each piece, how long it is with its space and
    without."""
    found: list[int] = []
    reached = 0.0
    for number, (whole, bare) in enumerate(sizes):
        if number and reached + bare > most:
            found.append(number)
            reached = 0.0
        reached += whole
    return [*found, len(sizes)] if sizes else []


def _clings(piece: str, after: str, japanese: bool) -> bool:
    """Whether no line may end between this piece and what comes after it."""
    before = piece[-1]
    if before == " ":
        return False
    if after in NOT_FIRST or before in NOT_LAST or unicodedata.category(after) in ("Mn", "Mc", "Me", "Cf"):
        return True
    if japanese and before not in _STOPS and len(piece) < _LONGEST_JAPANESE:
        return _in(after, _HIRAGANA) or not _in(before, _HIRAGANA)
    return not (_in(before, _BREAKABLE) or _in(after, _BREAKABLE))


_LONGEST_JAPANESE = 12
_STOPS = "、。，．・：；！？）］｝」』】〉》…"
_HIRAGANA = ((0x3040, 0x309F),)
_KANA = ((0x3040, 0x30FF),)
_BREAKABLE = (*_IDEOGRAPHS, _RARE_IDEOGRAPHS)
_SPACELESS = (*_BREAKABLE, *_WITHOUT_SPACES)


def _in(character: str, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)


@lru_cache(maxsize=4096)
def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
