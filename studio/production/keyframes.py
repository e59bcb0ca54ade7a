"""Keyframes before clips: what has been drawn, what the clips will cost, and a sheet that shows both.

Image.fromarray(sheet(storyboard, folder, drawing)).save("keyframes.png")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..errors import StoryreelError
from ..media import fonts, image
from ..planning.estimate import Quote
from ..planning.steps import Step
from ..providers.contract import Take
from ..storyboard.model import Storyboard
from .assemble import kept_at

WIDTH = 1600
"""Pixels of a sheet, across."""
_ACROSS = 2
"""Scenes beside each other."""
_GAP = 16
_PAPER, _INK, _SOFT, _FAULT = (250, 250, 248), (28, 28, 30), (110, 110, 115), (176, 38, 30)


class Drawing(NamedTuple):
    """What came of the described frames of a storyboard."""

    wanted: tuple[Step, ...]
    """Every step of the storyboard."""
    takes: Mapping[int, Take]
    """The frames that are there, by their steps."""
    errors: Mapping[int, StoryreelError]
    """Why others aren't."""
    spent: Decimal
    """Dollars that this run was charged."""

    def of(self, scene: int, what: str) -> tuple[Step, Take | None] | None:
        """A scene's first_frame or last_frame; None where it isn't described."""
        step = next((each for each in self.wanted if each.scene == scene and each.what == what), None)
        return None if step is None else (step, self.takes.get(step.number))

    def said(self, step: Step) -> str:
        """Why a frame isn't there."""
        error = self.errors.get(step.number)
        return str(error.message) if error else "is drawn after the clip before it"

    def losses(self) -> list[str]:
        """What was asked for and isn't there, each with its scene."""
        return [
            f"scenes[{step.scene}].{step.what}_description: {self.errors[step.number].message}"
            for step in self.wanted
            if step.number in self.errors
        ]

    def report(self, quoted: Quote) -> str:
        """For a person: a line per frame, and what the clips will cost."""
        lines = []
        for step in self.wanted:
            take = self.takes.get(step.number)
            if not step.draws:
                continue
            said = self.said(step)
            if take is not None:
                by = f"{take.details.get('model')} through {take.details.get('provider')}"
                said = f"{by} · ${take.cost:.2f}{' (drawn before)' if take.details.get('reused') else ''}"
            lines.append(f"{step.scene}. {step.what.replace('_', ' ')} · {said}")
        return "\n".join([*(lines or ["no frame is described"]), f"still to pay: ${quoted.cost:.2f}"])

    def to_plain(self) -> list[dict[str, Any]]:
        """JSON data: what is known of each frame."""
        return [
            {
                "index": step.scene,
                "what": step.what,
                "picture": str(kept_at(take)) if take else None,
                "provider": take.details.get("provider") if take else None,
                "model": take.details.get("model") if take else None,
                "cost": float(take.cost) if take else None,
                "reused": bool(take and take.details.get("reused")),
                "error": None if take else self.said(step),
            }
            for step in self.wanted
            if step.draws
            for take in (self.takes.get(step.number),)
        ]


def before_clips(wanted: Sequence[Step]) -> list[Step]:
    """The frames that can be drawn before any clip is made."""
    found: dict[int, Step] = {}
    for step in wanted:
        if step.draws and all(feed.step in found for feed in step.feeds):
            found[step.number] = step
    return list(found.values())


def sheet(
    storyboard: Storyboard, folder: Path, drawing: Drawing, quoted: Quote, width: int = WIDTH
) -> NDArray[np.uint8]:
    """All scenes with their first and last frames, what is still to be paid for each, and the sum: uint8 [H,W,3] RGB.

    A frame that isn't there is an empty field that says why.
    """
    box = (width - (_ACROSS + 1) * _GAP) // _ACROSS
    cell = (box - _GAP // 2) // 2
    across, down = (int(part) for part in storyboard.shape.split(":"))
    high = min(round(cell * down / across), cell * 4 // 3)
    large, small = fonts.load(None, 22), fonts.load(None, 16)
    row = high + 78
    rows = -(-len(storyboard.scenes) // _ACROSS)
    paper = Image.new("RGB", (width, 64 + rows * (row + _GAP)), _PAPER)
    pen = ImageDraw.Draw(paper)
    head = f"{storyboard.title or 'Keyframes'} · {len(storyboard.scenes)} scenes · ${quoted.cost:.2f} still to pay"
    pen.text((_GAP, 18), _cut(pen, head, large, width - 2 * _GAP), _INK, font=large)
    prices = {scene.index: scene for scene in quoted.scenes}
    for number, scene in enumerate(storyboard.scenes):
        left = _GAP + number % _ACROSS * (box + _GAP)
        top = 64 + number // _ACROSS * (row + _GAP)
        for place, what in enumerate(("first_frame", "last_frame")):
            corner = (left + place * (cell + _GAP // 2), top)
            _frame(paper, pen, corner, (cell, high), storyboard, folder, drawing, number, what, small)
        words = " ".join(scene.prompt.split()) or "(no prompt)"
        title = f"{number}  {words}"
        pen.text((left, top + high + 8), _cut(pen, title, large, box), _INK, font=large)
        pen.text(
            (left, top + high + 42), _cut(pen, _price(prices.get(number)), small, box), _SOFT, font=small
        )
    return np.asarray(paper)


def _frame(
    paper: Image.Image,
    pen: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    size: tuple[int, int],
    storyboard: Storyboard,
    folder: Path,
    drawing: Drawing,
    number: int,
    what: str,
    font: Any,
) -> None:
    path, said, wrong = _seen(storyboard, folder, drawing, number, what)
    x, y = corner
    pen.rectangle((x, y, x + size[0] - 1, y + size[1] - 1), (236, 236, 232), (205, 205, 200))
    if path is None:
        pen.text(
            (x + 10, y + 10), _wrapped(pen, said, font, size[0] - 20), _FAULT if wrong else _SOFT, font=font
        )
        return
    try:
        shown = Image.fromarray(image.read(path))
    except StoryreelError as error:
        pen.text((x + 10, y + 10), _wrapped(pen, error.message, font, size[0] - 20), _FAULT, font=font)
        return
    shown.thumbnail(size, Image.Resampling.LANCZOS)
    paper.paste(shown, (x + (size[0] - shown.width) // 2, y + (size[1] - shown.height) // 2))


def _seen(
    storyboard: Storyboard, folder: Path, drawing: Drawing, number: int, what: str
) -> tuple[Path | None, str, bool]:
    """The picture of a scene's frame, or what is said in its place, and whether that is a fault."""
    from ..planning.shots import path_of

    drawn = drawing.of(number, what)
    if drawn is not None:
        step, take = drawn
        if take is not None:
            return take.path, "", False
        return None, drawing.said(step), step.number in drawing.errors
    name = storyboard.given(number, what)
    if what == "first_frame":
        if storyboard.continues_previous(number):
            return None, f"goes on from scene {number - 1}", False
        name = name or storyboard.scenes[number].image
    if name:
        return Path(path_of(name, folder) or ""), "", False
    return None, "", False


def _price(quoted: Any) -> str:
    if quoted is None:
        return "can't be made as it is"
    by = f"{float(quoted.seconds):g} s · {quoted.model}"
    if quoted.model != quoted.provider:
        by += f" through {quoted.provider}"
    return f"{by} · {f'${quoted.cost:.2f}' if quoted.cost else 'nothing to pay'}"


_LETTERS = 500
"""More than go on a line, or into a scene's place on the sheet."""


def _cut(pen: ImageDraw.ImageDraw, text: str, font: Any, width: int) -> str:
    """The text as far as it fits on a line."""
    text = text[:_LETTERS]
    if pen.textlength(text, font=font) <= width:
        return text
    while text and pen.textlength(text + "…", font=font) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _wrapped(pen: ImageDraw.ImageDraw, text: str, font: Any, width: int, most: int = 5) -> str:
    lines, line = [], ""
    for word in text[: most * _LETTERS].split():
        longer = f"{line} {word}".strip()
        if pen.textlength(longer, font=font) > width and line:
            lines.append(line)
            longer = word
        line = longer
    return "\n".join(_cut(pen, each, font, width) for each in [*lines, line][:most])
