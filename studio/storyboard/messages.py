"""What pydantic found wrong, as faults for a person: the place as one writes it, the value, and the cure.

faults_of(error, words={"transition": ("a transition", ("none", "fade"))})[0]
# Fault(place='scenes[2].transition', message="'fde' is not a transition", cure="did you mean 'fade'?")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from ..errors import Fault, did_you_mean

Words = Mapping[str, tuple[str, tuple[str, ...]]]
"""For a key with a fixed set of values: what one of them is called, and which there are."""
Keys = Mapping[int, tuple[str, ...]]
"""For an object, by how deep it lies in the data: the keys that it may have."""


def wrong(message: str, cure: str = "") -> PydanticCustomError:
    """For a field's own validator: what is wrong, and what to do about it."""
    return PydanticCustomError("fault", "{message}", {"message": message, "cure": cure})


def faults_of(error: ValidationError, words: Words, keys: Keys) -> list[Fault]:
    return [Fault(place_of(detail["loc"]), *_sentence(detail, words, keys)) for detail in error.errors()]


def place_of(loc: tuple[int | str, ...]) -> str:
    """scenes[2].transition for ("scenes", 2, "transition")."""
    place = ""
    for step in loc:
        if isinstance(step, int):
            place += f"[{step}]"
        else:
            place += f".{step}" if place else step
    return place


def shown(value: Any, longest: int = 60) -> str:
    """A value as it stands in a message: text in quotes, long things cut."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _sentence(detail: ErrorDetails, words: Words, keys: Keys) -> tuple[str, str]:
    kind, loc, value, limits = detail["type"], detail["loc"], detail["input"], detail.get("ctx", {})
    key = str(loc[-1]) if loc else ""
    if kind == "fault":
        return limits["message"], limits["cure"]
    if kind == "extra_forbidden":
        return "there is no such key", did_you_mean(key, keys.get(len(loc) - 1, ()))
    if kind == "missing":
        return "is missing", ""
    if kind == "literal_error" and key in words:
        noun, known = words[key]
        cure = did_you_mean(value, known) if isinstance(value, str) else "use one of " + ", ".join(known)
        return f"{shown(value)} is not {noun}", cure
    if kind == "string_type":
        return f"{shown(value)} is not text", "put it in quotes" if isinstance(value, int | float) else ""
    if kind == "string_too_long":
        return f"has {len(value):,} characters", f"shorten it to {limits['max_length']:,}"
    if kind.startswith("int_"):
        return f"{shown(value)} is not a whole number", ""
    if kind.startswith("float_") or kind == "finite_number":
        return f"{shown(value)} is not a number", ""
    if kind == "greater_than_equal":
        return f"{shown(value)} is too small", f"use at least {limits['ge']}"
    if kind == "less_than_equal":
        return f"{shown(value)} is too large", f"use at most {limits['le']}"
    if kind == "too_long":
        return f"has more than {limits['max_length']:,} entries", ""
    if kind in ("tuple_type", "list_type"):
        return f"{shown(value)} is not a list", ""
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"{shown(value)} is not an object", "give its keys and values in { }"
    return detail["msg"], ""
