"""What is wrong with a film's captions, said before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from PIL import features

from ..errors import BadInput, Fault, MediaError
from ..media import fonts
from ..timecode import clock
from ..timeline.platforms import safe_area
from ..timeline.timeline import Caption, CaptionLook, Timeline

SMALLEST, LARGEST = 0.5, 3.0
"""Times the usual size."""

# Hebrew, Arabic and their kin; the scripts of India, Tibet and South-East Asia: their letters change with those beside
# them, or stand in another order than they are written down in.
_SHAPED = (
    (0x0590, 0x08FF),
    (0x0900, 0x109F),
    (0x1780, 0x18AF),
    (0xFB1D, 0xFDFF),
    (0xFE70, 0xFEFF),
    (0x1E900, 0x1EEFF),
)


def caption_faults(timeline: Timeline) -> Iterator[Fault]:
    """Whatever keeps the captions from being shown."""
    before: Caption | None = None
    for index, caption in enumerate(timeline.captions):
        place = f"captions[{index}]"
        if not fonts.tidy(caption.text):
            yield Fault(f"{place}.text", "is empty", "leave it out")
        if caption.start < 0:
            yield Fault(f"{place}.start", f"{caption.start:g} s is negative", "use 0 or more")
        if caption.end <= caption.start:
            yield Fault(f"{place}.end", "is not after its start", "make it later")
        elif before is not None and caption.start < before.end:
            message = f"begins at {clock(caption.start)}, and the one before it ends at {clock(before.end)}"
            yield Fault(f"{place}.start", message, "let one caption end before the next begins")
        before = caption
    if timeline.captions and timeline.caption_look is not None:
        yield from look_faults(timeline.caption_look, "".join(each.text for each in timeline.captions))


def look_faults(look: CaptionLook, text: str) -> Iterator[Fault]:
    """Whatever keeps `text` from being burned in with this look."""
    place = "caption_look"
    try:
        safe_area(look.platform, (1920, 1080))
    except BadInput as error:
        yield Fault(f"{place}.platform", error.message, error.hint)
    if not SMALLEST <= look.size <= LARGEST:
        yield Fault(f"{place}.size", f"{look.size:g} is out of bounds", f"use {SMALLEST:g} to {LARGEST:g}")
    font = Path(look.font) if look.font else None
    try:
        fonts.load(font, 12)
        lacking = fonts.lacking(text, font)
    except MediaError as error:
        yield Fault(f"{place}.font", error.message, error.hint)
        return
    if lacking:
        named = " ".join(lacking[:12]) + (f" and {len(lacking) - 12} more" if len(lacking) > 12 else "")
        where = font.name if font else "the captions' font"
        yield Fault(f"{place}.font", f"{where} has no {named}", 'give the captions a "font" that has them')
    elif not can_shape() and (shaped := [c for c in text if _is_shaped(c)]):
        message = f"{shaped[0]} and its like can't be set: this Pillow has no Raqm"
        cure = "install Pillow from PyPI, and FriBiDi (libfribidi) on this machine"
        yield Fault(place, message, cure)


def can_shape() -> bool:
    """Whether letters are joined and ordered as their script has it."""
    return bool(features.check("raqm") and features.check("fribidi"))


def _is_shaped(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _SHAPED)


def within(captions: Sequence[Caption], duration: Fraction) -> tuple[tuple[Caption, ...], tuple[str, ...]]:
    """The captions of a film that lasts so many seconds, and what is said of those that it hasn't time for."""
    end = float(duration)
    kept = tuple(
        caption if caption.end <= end else caption.model_copy(update={"end": end})
        for caption in captions
        if round(caption.start, 3) < round(end, 3)
    )
    lost = len(captions) - len(kept)
    late = "a caption begins" if lost == 1 else f"{lost} captions begin"
    return kept, (f"{late} after the film's end, {clock(duration)}, and can't be shown",) if lost else ()
