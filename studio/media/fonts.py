"""Fonts: what characters one has, and text set into lines that fill a box well.

>>> lacking("日本 tea")
['日', '本']
>>> fit("A street in the rain", BUNDLED, width=400, height=400, largest=90).lines
['A street', 'in the rain']
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

from ..errors import MediaError
from ..normal_forms import normal

BUNDLED = Path(__file__).parents[1] / "assets" / "fonts" / "InterDisplay-SemiBold.otf"

LINE_HEIGHT = 1.24
"""From one line to the next, in font sizes."""

_MEASURE = 100
_FONTS = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf")
"""How TrueType and OpenType begin, and collections of them."""
_LARGEST = 256 << 20
"""Bytes. A collection of four languages in nine weights has 110 MB."""
_MOST_CODES = 2 * 0x110000
_BROKEN = (OSError, KeyError, AssertionError, ValueError, IndexError, TypeError, AttributeError, struct.error)
_MOST_LETTERS = 6000
# A line may end after a space, a hyphen or a dash, a slash, and on both sides of a letter that is a word.
_IDEOGRAPH = (
    "\u1100-\u11ff\u2e80-\u303f\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
)
_PIECES = re.compile(rf"[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}]*?[-–—/](?=\w)|[^\s{_IDEOGRAPH}]+")
# What may not begin a line.
_CLINGING = "、。，．・：；！？）］｝」』】〉》ー…"


class Setting(NamedTuple):
    """Text as it is to be drawn: its lines, and the font's size in pixels."""

    lines: list[str]
    size: float
    whole: bool
    """False if the text was too long for the box, and ends in an ellipsis."""


def load(path: Path | None, size: float) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels; None is the bundled one. Raises MediaError."""
    try:
        if path is not None:
            _refuse_other_formats(path)
        return ImageFont.truetype(str(path or BUNDLED), size)
    except (OSError, ValueError) as error:
        raise MediaError(
            f"{(path or BUNDLED).name} is not a font: {error}", "give a TTF or OTF file"
        ) from None


def lacking(text: str, path: Path | None = None) -> list[str]:
    """The characters of `text` that the font can't show, each once, in order. Raises MediaError."""
    known = _characters(path or BUNDLED)
    missing: dict[str, None] = {}
    for character in tidy(text):
        parts = (character, *normal("NFD", character))
        if (
            not character.isspace()
            and ord(character) not in known
            and not all(ord(p) in known for p in parts[1:])
        ):
            missing[character] = None
    return list(missing)


def tidy(text: str) -> str:
    """The text as it is set: composed, no invisible marks, single spaces, the author's own line breaks."""
    text = normal("NFC", text)
    shaping = "\u200c\u200d"  # joiners: Indic and Persian words need them, and they are part of no glyph
    text = "".join(
        c
        for c in text
        if c in "\n\t " + shaping
        or not (unicodedata.category(c) in ("Cf", "Cc") or "\ufe00" <= c <= "\ufe0f")
    )
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def fit(
    text: str, path: Path | None, width: float, height: float, largest: float, smallest: float = 12
) -> Setting:
    """Sets `text` as large as it looks well in a box of width x height pixels, in lines of even length.

    A short text doesn't grow beyond `largest` pixels, and a block that would fill more than six tenths of the
    box's height is set smaller as long as it stays easy to read. What doesn't fit at `smallest` is cut.
    Raises MediaError if the font is none.
    """
    text = tidy(text)
    if len(text) > _MOST_LETTERS:  # no box holds it, and setting it would take as long as all of it is
        cut = fit(text[: _MOST_LETTERS - 1] + "…", path, width, height, largest, smallest)
        return cut._replace(whole=False)
    font = load(path, _MEASURE)
    pieces = [list(_measured(line, font)) for line in text.split("\n")]
    size, comfortable = largest, max(smallest, largest * 0.45)
    while size > comfortable:
        setting = _set(pieces, size, width, height * 0.6)
        if setting:
            return setting
        size *= 0.96
    # Rather a word broken than all of it too small to read.
    size, pieces = comfortable, _broken(pieces, font, width / comfortable * _MEASURE)
    while size > smallest:
        setting = _set(pieces, size, width, height)
        if setting:
            return setting
        size = max(smallest, size * 0.96)
    lines = [line for line, _ in _wrapped(pieces, width / smallest * _MEASURE)]
    most = max(1, int(height / (LINE_HEIGHT * smallest)))
    if len(lines) <= most:
        return Setting(lines, smallest, True)
    return Setting([*lines[: most - 1], lines[most - 1].rstrip(" ,.;:-–—") + "…"], smallest, False)


Piece = tuple[str, float, bool]
"""A part of a line that stays together, its width at the measuring size, and whether a space follows it."""


def _set(pieces: list[list[Piece]], size: float, width: float, height: float) -> Setting | None:
    measure = width / size * _MEASURE
    lines = _wrapped(pieces, measure)
    if len(lines) * LINE_HEIGHT * size > height or max(wide for _, wide in lines) > measure:
        return None
    return Setting(_balanced(pieces, len(lines), measure), size, True)


def _measured(line: str, font: ImageFont.FreeTypeFont) -> Iterator[Piece]:
    pieces = list(_PIECES.finditer(line))
    texts: list[tuple[str, bool]] = []
    for piece in pieces:
        spaced = line[piece.end() : piece.end() + 1].isspace()
        if texts and piece[0][0] in _CLINGING and not texts[-1][1]:
            texts[-1] = (texts[-1][0] + piece[0], spaced)
        else:
            texts.append((piece[0], spaced))
    for text, spaced in texts:
        yield text, font.getlength(text), spaced


def _wrapped(paragraphs: list[list[Piece]], width: float) -> list[tuple[str, float]]:
    """Lines of at most `width`, except where one piece alone is wider, and the width of each."""
    lines = []
    for pieces in paragraphs:
        line, reached, gap = "", 0.0, 0.0
        for text, wide, spaced in pieces:
            if line and reached + gap + wide > width:
                lines.append((line.rstrip(), reached))
                line, reached, gap = "", 0.0, 0.0
            line += text + (" " if spaced else "")
            reached += gap + wide
            gap = _MEASURE * 0.26 if spaced else 0.0
        lines.append((line.rstrip(), reached))
    return lines


def _balanced(paragraphs: list[list[Piece]], count: int, width: float) -> list[str]:
    """In the same number of lines, the last one as long as the others if it can be."""
    low, high = width * 0.3, width
    for _ in range(12):
        middle = (low + high) / 2
        lines = _wrapped(paragraphs, middle)
        if len(lines) <= count and max(wide for _, wide in lines) <= middle:
            high = middle
        else:
            low = middle
    return [line for line, _ in _wrapped(paragraphs, high)]


def _broken(paragraphs: list[list[Piece]], font: ImageFont.FreeTypeFont, width: float) -> list[list[Piece]]:
    """The same, pieces that are wider than a line cut into parts that aren't."""
    out: list[list[Piece]] = []
    for pieces in paragraphs:
        line: list[Piece] = []
        for text, wide, spaced in pieces:
            while wide > width and len(text) > 1:
                cut = max(1, int(len(text) * width / wide))
                while cut > 1 and font.getlength(text[:cut]) > width:
                    cut -= 1
                line.append((text[:cut], font.getlength(text[:cut]), False))
                text = text[cut:]
                wide = font.getlength(text)
            line.append((text, wide, spaced))
        out.append(line)
    return out


def _characters(path: Path) -> frozenset[int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise MediaError(f"{path.name} can't be read: {error.strerror}") from None
    return _cmap(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=16)
def _cmap(path: Path, _changed: int, _length: int) -> frozenset[int]:
    try:
        _refuse_other_formats(path)
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            for table in font["cmap"].tables:
                _refuse_endless(path, table.format, vars(table).get("data") or b"")
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, *_BROKEN) as error:
        raise MediaError(f"{path.name} is not a font: {error}", "give a TTF or OTF file") from None


def _refuse_other_formats(path: Path) -> None:
    """Of what else the libraries read, some is packed: a small file would fill the memory."""
    with path.open("rb") as file:
        head = file.read(4)
    if head not in _FONTS:
        raise MediaError(f"{path.name} is not a font", "give a TTF or OTF file")
    if path.stat().st_size > _LARGEST:
        raise MediaError(f"{path.name} is larger than {_LARGEST >> 20} MB", "give the font of one script")


def _refuse_endless(path: Path, format: int, data: bytes) -> None:
    """A table of characters says from where to where; a few kB can name each of them thousands of times."""
    if format == 4:
        codes = np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype(np.int64)
        count = int(codes[0]) // 2 if len(codes) else 0
        last, first = codes[4 : 4 + count], codes[5 + count : 5 + 2 * count]
        reach = int(np.maximum(0, last[: len(first)] - first + 1).sum())
    elif format in (12, 13):
        groups = np.frombuffer(data[: len(data) // 12 * 12], ">u4").astype(np.int64).reshape(-1, 3)
        reach = int(np.maximum(0, groups[:, 1] - groups[:, 0] + 1).sum())
    else:
        return
    if reach > _MOST_CODES:
        raise MediaError(f"{path.name} is not a font: it has {reach:,} characters", "give a TTF or OTF file")
