"""A caption drawn: its letters, what lies under them, and where each of its words is. Nothing of films or frames.

drawn = draw(caption, CaptionLook(style="word"), (1080, 1920))
drawn.patch(word=2).alpha.shape
# (180, 842)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ..media import fonts
from ..timeline.platforms import Area, safe_area
from ..timeline.timeline import Caption, CaptionLook
from .lines import balanced, pieces_of

WHITE, SAID, DARK = (255, 255, 255), (255, 214, 10), (10, 10, 12)
"""Red, green, blue: the letters, the word that is being said, and what is under them."""
_SHADOW, _BOX = 0.5, 0.72
_OUTLINE, _PADDING = 0.075, 0.42
"""In font sizes: the outline's width, and what the box leaves round the letters at the sides."""
_SHARE, _UPRIGHT = 0.052, 0.012
"""The usual font size in short sides of the frame, and what is added up to 9:16, which is watched in the hand."""
_LETTER = 0.56
"""How wide a letter is on average, in font sizes."""
_MOST_LETTERS = 2000
_MOST_LINES = 3
"""Rather three lines than smaller letters; rather smaller letters than four."""
_TINY = 4.0


class Patch(NamedTuple):
    """A rectangle to be laid over a frame. x, y, width and height are even."""

    x: int
    y: int
    color: NDArray[np.float32]
    """[H,W,3] in 0…255, already multiplied by alpha; red first."""
    alpha: NDArray[np.float32]
    """[H,W] in 0…1."""


class _Line(NamedTuple):
    text: str
    x: float
    baseline: float
    width: float


class Drawn(NamedTuple):
    """A caption in one frame size and look."""

    x: int
    y: int
    under: NDArray[np.float32]
    """What lies under the letters, dark: [H,W] in 0…1. So are the letters."""
    letters: NDArray[np.float32]
    words: list[Area | None]
    """Where each word is in them; None for one that isn't written there."""

    def patch(self, word: int | None = None) -> Patch:
        """The picture while that word is said; None is before the first."""
        color = np.empty((*self.letters.shape, 3), np.float32)
        color[:] = WHITE
        place = None if word is None else self.words[word]
        if place is not None:
            color[place.top : place.bottom, place.left : place.right] = SAID
        dark = self.under * (1 - self.letters)
        color *= self.letters[..., None]
        color += np.array(DARK, np.float32) * dark[..., None]
        dark += self.letters
        return Patch(self.x, self.y, color, dark)


def usual_size(size: tuple[int, int], look: CaptionLook) -> float:
    """The letters' size in pixels in a frame of `size`."""
    width, height = size
    upright = min(1.0, max(0.0, (height / width - 1) / (16 / 9 - 1)))
    return max(_TINY, min(size) * (_SHARE + _UPRIGHT * upright) * look.size)


def line_length(size: tuple[int, int], look: CaptionLook | None = None) -> int:
    """How many letters there is room for in a line at the usual size, at most 42: what `cues` takes as `per_line`."""
    look = look or CaptionLook()
    letter = usual_size(size, look) * _LETTER
    return max(12, min(42, int(_room(look, size, usual_size(size, look))[0] / letter)))


def draw(caption: Caption, look: CaptionLook, size: tuple[int, int]) -> Drawn:
    """The caption as it stands in a frame of `size` (width, height) pixels. Raises MediaError if the font is none."""
    font_file = Path(look.font) if look.font else None
    text = _fitting(fonts.tidy(caption.text))
    lines, points = _set(text, look, size, font_file)
    face = fonts.load(font_file, points)
    laid, block = _laid(lines, face, points, look, size)
    left, top, right, bottom = block
    letters = Image.new("L", (right - left, bottom - top), 0)
    outline = letters.copy()
    for line in laid:
        spot = (line.x - left, line.baseline - top)
        ImageDraw.Draw(letters).text(spot, line.text, fill=255, font=face, anchor="ls")
        stroke = _stroke(points)
        ImageDraw.Draw(outline).text(spot, line.text, fill=255, font=face, anchor="ls", stroke_width=stroke)
    under = _box(letters.size, points) if look.style == "box" else _shadowed(outline, points)
    words = list(_places(caption, laid, face, block)) if look.style == "word" else []
    return Drawn(left, top, under, _coverage(letters), words)


def _fitting(text: str) -> str:
    """Of a text that no frame holds, its beginning: setting it would take as long as all of it is."""
    return text if len(text) <= _MOST_LETTERS else text[:_MOST_LETTERS].rstrip() + "…"


def _set(text: str, look: CaptionLook, size: tuple[int, int], font: Path | None) -> tuple[list[str], float]:
    """The lines and their size: as they were divided, if they fit; else divided anew, smaller if need be."""
    points = usual = usual_size(size, look)
    whole = " ".join(text.split("\n")) if " " in text or "\n" not in text else text.replace("\n", "")
    pieces, given = pieces_of(whole), text.split("\n")
    while True:
        face = fonts.load(font, points)
        width, height = _room(look, size, points)
        most = max(1, int((height / points - 1) / fonts.LINE_HEIGHT) + 1)
        if max(map(face.getlength, given)) <= width and len(given) <= most:
            return given, points
        lines = balanced(pieces, width, face.getlength)
        fits = max(map(face.getlength, lines)) <= width
        if fits and len(lines) <= (min(most, _MOST_LINES) if points > usual * 0.7 else most):
            return lines, points
        if points <= max(_TINY, usual * 0.5):
            return _cut(whole, width, most, face), points
        points = max(_TINY, points * 0.92)


def _cut(text: str, width: float, most: int, face: ImageFont.FreeTypeFont) -> list[str]:
    """What fits of it, words broken where they must be, with an ellipsis where it ends too early."""
    lines = balanced(
        [part for piece in pieces_of(text) for part in _parts(piece, width, face)], width, face.getlength
    )
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and face.getlength(last + "…") > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip(" ,.;:-–—") + "…"]


def _parts(piece: str, width: float, face: ImageFont.FreeTypeFont) -> Iterator[str]:
    while (long := face.getlength(piece)) > width and len(piece) > 1:
        end = min(len(piece) - 1, max(1, int(len(piece) * width / long)))
        while end > 1 and face.getlength(piece[:end]) > width:
            end -= 1
        yield piece[:end]
        piece = piece[end:]
    yield piece


def _room(look: CaptionLook, size: tuple[int, int], points: float) -> tuple[float, float]:
    """How wide a line may be, and how high all of them: inside the safe area, and in the frame's middle."""
    area = safe_area(look.platform, size)
    beside = max(area.left, size[0] - area.right)
    edge = _edge(look, points)
    return max(1.0, size[0] - 2 * (beside + edge[0])), max(1.0, area.bottom - area.top - 2 * edge[1])


def _edge(look: CaptionLook, points: float) -> tuple[int, int]:
    """What is drawn round the letters, in pixels to each side and above and below."""
    if look.style == "box":
        return round(points * _PADDING) + 1, round(points * _PADDING * 0.6) + 1
    around = _stroke(points) + round(points * _OUTLINE) + 1
    return around, around


def _stroke(points: float) -> int:
    return max(1, round(points * _OUTLINE))


def _laid(
    lines: Sequence[str],
    face: ImageFont.FreeTypeFont,
    points: float,
    look: CaptionLook,
    size: tuple[int, int],
) -> tuple[list[_Line], Area]:
    """Where each line stands in the frame, and the rectangle round all that is drawn; its sides are even."""
    area = safe_area(look.platform, size)
    beside, around = _edge(look, points)
    step = points * fonts.LINE_HEIGHT
    boxes = [face.getbbox(line, anchor="ls") for line in lines]
    # A line of capitals takes as much room as one with tails: else the text would hop from caption to caption.
    usual_top, _, _, usual_bottom = (
        face.getbbox("Hg", anchor="ls")[1],
        0,
        0,
        face.getbbox("Hg", anchor="ls")[3],
    )
    above = min(usual_top, boxes[0][1])
    below = max(usual_bottom, boxes[-1][3])
    high = (len(lines) - 1) * step + below - above
    highest, lowest = area.top + around - above, area.bottom - around - high - above
    wanted = {"top": highest, "middle": (size[1] - high) / 2 - above, "bottom": lowest}[look.position]
    first = min(max(wanted, highest), max(lowest, highest))
    # In a box letters look centred when the tails below the line count only in part.
    lower = round(points * 0.06) if look.style == "box" else 0
    laid = []
    for number, (line, box) in enumerate(zip(lines, boxes, strict=True)):
        width = face.getlength(line)
        left = (size[0] - width) / 2
        # Letters that lean out of their width, and an outline, stay inside too.
        left = min(max(left, area.left + beside - box[0]), max(area.left, area.right - beside - box[2]))
        laid.append(_Line(line, round(left), round(first + number * step) + lower, width))
    return laid, _even(
        Area(
            int(min(line.x + box[0] for line, box in zip(laid, boxes, strict=True))) - beside,
            int(first + above) - around,
            int(max(line.x + box[2] for line, box in zip(laid, boxes, strict=True))) + beside + 1,
            int(first + high + above) + around + 1,
        ),
        area,
    )


def _even(block: Area, area: Area) -> Area:
    """The block inside the safe area, on even pixels: a pixel of colour is two by two."""
    left, top = (max(a, b) for a, b in zip(block[:2], area[:2], strict=True))
    right, bottom = (min(a, b) for a, b in zip(block[2:], area[2:], strict=True))
    left, top = left + left % 2, top + top % 2
    return Area(left, top, max(left + 2, right - right % 2), max(top + 2, bottom - bottom % 2))


def _shadowed(outline: Image.Image, points: float) -> NDArray[np.float32]:
    """The outline and a soft shadow round it, as coverage."""
    soft = outline.filter(ImageFilter.GaussianBlur(max(0.5, points * 0.06)))
    return np.maximum(_coverage(outline) * np.float32(0.92), _coverage(soft) * np.float32(_SHADOW))


def _box(size: tuple[int, int], points: float) -> NDArray[np.float32]:
    """A dark box with round corners, as coverage; drawn larger, so that its corners are smooth."""
    fine = 4
    large = Image.new("L", (size[0] * fine, size[1] * fine), 0)
    corner = min(points * 0.28, min(size) / 2) * fine
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), radius=corner, fill=255
    )
    return _coverage(large.resize(size, Image.Resampling.BOX)) * np.float32(_BOX)


def _coverage(mask: Image.Image) -> NDArray[np.float32]:
    return np.divide(np.asarray(mask), 255, dtype=np.float32)


def _places(
    caption: Caption, lines: Sequence[_Line], face: ImageFont.FreeTypeFont, block: Area
) -> Iterator[Area | None]:
    """Where each word of the caption is in its picture; None for one that isn't written."""
    width, height = block.right - block.left, block.bottom - block.top
    step = lines[1].baseline - lines[0].baseline if len(lines) > 1 else height
    number = reached = 0
    for word in caption.words:
        text = fonts.tidy(word.text).replace("\n", " ")
        for tried in range(number, len(lines)):
            at = lines[tried].text.find(text, reached if tried == number else 0)
            if at >= 0 and text:
                break
        else:
            yield None
            continue
        number, reached = tried, at + len(text)
        line = lines[number]
        top = 0 if number == 0 else round(line.baseline - block.top - step * 0.8)
        bottom = height if number + 1 == len(lines) else round(line.baseline - block.top + step * 0.2)
        left, right = _across(line, at, reached, face)
        offset = line.x - block.left
        yield Area(
            0 if left is None else max(0, round(offset + left)),
            max(0, top),
            width if right is None else max(0, round(offset + right)),
            bottom,
        )


def _across(
    line: _Line, start: int, end: int, face: ImageFont.FreeTypeFont
) -> tuple[float | None, float | None]:
    """From where to where in the line the letters `start` to `end` are; None is the line's own end. A word has half of
    the spaces beside it, for what leans out of its width."""
    text, gap = line.text, face.getlength(" ") / 2
    before = face.getlength(text[:start]) - (gap if text[:start].endswith(" ") else 0) if start else None
    after = face.getlength(text[:end]) + (gap if text[end] == " " else 0) if end < len(text) else None
    if not _right_to_left(text):
        return before, after
    return (
        None if after is None else line.width - after,
        None if before is None else line.width - before,
    )


def _right_to_left(text: str) -> bool:
    """Whether the text's first letter is one of a script that is written from the right."""
    strong = (kind for c in text if (kind := unicodedata.bidirectional(c)) in ("L", "R", "AL"))
    return next(strong, "L") != "L"
