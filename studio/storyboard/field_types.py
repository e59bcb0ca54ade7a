"""How lengths, rates and sizes are written in a storyboard, and what is said of those that aren't.

Numbers stay exact: 0.1 is one tenth, 30000/1001 a rate.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from ..timecode import seconds
from .messages import shown, wrong

LONGEST_SCENE = 3600
"""Seconds."""


def _number(value: Any) -> Fraction:
    if isinstance(value, str) and len(value) > 20:
        raise wrong(f"{shown(value)} is not a number")
    try:
        return seconds(value)
    except ValueError:
        raise wrong(f"{shown(value)} is not a number") from None


def _duration(value: Any) -> Fraction:
    time = _number(value)
    if time <= 0:
        raise wrong(f"{shown(value)} is not a length", "give more than 0 seconds")
    if time > LONGEST_SCENE:
        raise wrong(f"{shown(value)} s is more than an hour", "split the scene")
    return time


def _overlap(value: Any) -> Fraction:
    time = _number(value)
    if time <= 0:
        raise wrong(
            f"{shown(value)} is not a length", "give more than 0 seconds; a hard cut is the transition 'none'"
        )
    if time > LONGEST_SCENE:
        raise wrong(f"{shown(value)} s is more than an hour", "transitions take about half a second")
    return time


def _rate(value: Any) -> Fraction:
    rate = _number(value)
    if not 1 <= rate <= 240:
        raise wrong(
            f"{shown(value)} frames per second can't be made", "use 1 to 240, most often 24, 25, 30 or 60"
        )
    return rate


def _size(value: Any) -> str:
    found = re.fullmatch(r"(\d{2,4}) ?[x×] ?(\d{2,4})", value.strip()) if isinstance(value, str) else None
    if not found:
        raise wrong(f"{shown(value)} is not a size", "write width and height in pixels: 1024x576")
    width, height = int(found[1]), int(found[2])
    if not (16 <= width <= 8192 and 16 <= height <= 8192):
        raise wrong(f"{width}x{height} can't be made", "give 16 to 8192 pixels each way")
    if width % 2 or height % 2:
        cure = f"use {width + width % 2}x{height + height % 2}"
        raise wrong(f"{width}x{height} is odd, and pictures of films are stored in pairs of pixels", cure)
    return f"{width}x{height}"


def as_written(value: Fraction) -> int | float | str:
    """As a person writes it: 3, 0.5, and 30000/1001 only where no decimal number says the same."""
    if value.denominator == 1:
        return int(value)
    return float(value) if Fraction(repr(float(value))) == value else str(value)


LENGTH = {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_SCENE}
_RATE = {
    "anyOf": [
        {"type": "number", "minimum": 1, "maximum": 240},
        {"type": "string", "pattern": r"^\d+(/\d+)?$"},
    ]
}
_AsWritten = PlainSerializer(as_written)
Duration = Annotated[Fraction, PlainValidator(_duration), _AsWritten, WithJsonSchema(LENGTH)]
Overlap = Annotated[Fraction, PlainValidator(_overlap), _AsWritten, WithJsonSchema(LENGTH)]
Size = Annotated[
    str, PlainValidator(_size), WithJsonSchema({"type": "string", "pattern": r"^\d{2,4}x\d{2,4}$"})
]
Rate = Annotated[Fraction, PlainValidator(_rate), _AsWritten, WithJsonSchema(_RATE)]
