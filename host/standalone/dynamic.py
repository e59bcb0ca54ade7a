"""Inputs whose number or kind depends on what the workflow says: Autogrow and DynamicCombo.

In a workflow they are flat, dotted keys; `execute` gets them nested:

    {"clips.clip0": …, "clips.clip1": …}                      → clips={"clip0": …, "clip1": …}
    {"preset": "custom", "preset.width": 640}                 → preset={"preset": "custom", "width": 640}
"""

from __future__ import annotations

import copy
from typing import Any

from .types import Input, WidgetInput, pruned

AUTOGROW = "COMFY_AUTOGROW_V3"
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
MAX_NAMES = 100  # ComfyUI's own limit


def input_types(inputs: list[Input]) -> dict[str, dict[str, list[Any]]]:
    """The inputs as /object_info shows them: {"required": {id: [type, options]}, "optional": {…}}."""
    shown: dict[str, dict[str, list[Any]]] = {"required": {}}
    for each in inputs:
        shown.setdefault("optional" if each.optional else "required", {})[each.id] = [
            each.get_io_type(),
            each.as_dict(),
        ]
    return shown


class _Template:
    """What each grown input looks like, and the names that they may have."""

    def __init__(self, input: Input, names: list[str], min: int) -> None:
        if isinstance(input, (AutogrowInput, DynamicComboInput)):
            raise TypeError(f"input {input.id!r}: a dynamic input can't be the template of another")
        if input.optional:
            raise TypeError(f"input {input.id!r}: ComfyUI can't expand an optional template; use min instead")
        if min < 0 or not names or len(names) > MAX_NAMES:
            raise ValueError(f"input {input.id!r}: 1 to {MAX_NAMES} names, and min at least 0")
        self.input = copy.copy(input)
        if isinstance(self.input, WidgetInput):
            self.input.force_input = True
        self.names = names
        self.min = min

    def as_dict(self) -> dict[str, Any]:
        return {"input": input_types([self.input])}


class TemplatePrefix(_Template):
    """Inputs named prefix0, prefix1, … up to `max` of them."""

    def __init__(self, input: Input, prefix: str, min: int = 1, max: int = 10) -> None:
        super().__init__(input, [f"{prefix}{number}" for number in range(max)], min)
        self.prefix = prefix
        self.max = max

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | {"prefix": self.prefix, "min": self.min, "max": self.max}


class TemplateNames(_Template):
    """Inputs with the names given."""

    def __init__(self, input: Input, names: list[str], min: int = 1) -> None:
        super().__init__(input, names[:MAX_NAMES], min)

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | {"names": self.names, "min": self.min}


class AutogrowInput(Input):
    io_type = AUTOGROW

    def __init__(self, id: str, template: _Template, **common: Any) -> None:
        super().__init__(id, **common)
        self.template = template

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | {"template": self.template.as_dict()}

    def get_all(self) -> list[Input]:
        grown: list[Input] = []
        for name in self.template.names:
            one = copy.copy(self.template.input)
            one.id = name
            grown.append(one)
        return [self, *grown]


class Option:
    """One choice of a DynamicCombo, and the inputs that it brings."""

    def __init__(self, key: str, inputs: list[Input]) -> None:
        self.key = key
        self.inputs = inputs

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "inputs": input_types(self.inputs)}


class DynamicComboInput(Input):
    io_type = DYNAMIC_COMBO

    def __init__(self, id: str, options: list[Option], **common: Any) -> None:
        super().__init__(id, **common)
        self.options = options

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | pruned(options=[option.as_dict() for option in self.options])

    def get_all(self) -> list[Input]:
        return [self, *(input for option in self.options for input in option.inputs)]


class Autogrow:
    """`Autogrow.Input("clips", Autogrow.TemplatePrefix(Video.Input("clip"), prefix="clip", max=50))`"""

    io_type = AUTOGROW
    Input = AutogrowInput
    TemplatePrefix = TemplatePrefix
    TemplateNames = TemplateNames


class DynamicCombo:
    """`DynamicCombo.Input("which", [DynamicCombo.Option("at", [Float.Input("time")]), …])`"""

    io_type = DYNAMIC_COMBO
    Input = DynamicComboInput
    Option = Option


def expand(
    types: dict[str, Any], values: dict[str, Any]
) -> tuple[dict[str, dict[str, list[Any]]], dict[str, str]]:
    """The inputs that a node has given these values of its workflow, and where each dynamic one goes.

    Returns ({"required": {key: [type, options]}, "optional": {…}}, {key: its place in what `execute` gets}).
    """
    flat: dict[str, dict[str, list[Any]]] = {"required": {}, "optional": {}}
    places: dict[str, str] = {}
    _expand(types, values, "", flat, places)
    return flat, places


def _expand(
    types: dict[str, Any],
    values: dict[str, Any],
    prefix: str,
    flat: dict[str, dict[str, list[Any]]],
    places: dict[str, str],
) -> None:
    for category in ("required", "optional"):
        for id, (io_type, options) in types.get(category, {}).items():
            key = f"{prefix}{id}"
            if io_type == AUTOGROW:
                template = options["template"]
                (grown,) = (next(iter(kinds.values())) for kinds in template["input"].values())
                names = template.get("names") or [f"{template['prefix']}{n}" for n in range(template["max"])]
                needed = template["min"] if category == "required" else 0
                one: dict[str, Any] = {"required": {}, "optional": {}}
                for number, name in enumerate(names):
                    if number < needed:
                        one["required"][name] = grown
                    elif f"{key}.{name}" in values:
                        one["optional"][name] = grown
                _expand(one, values, f"{key}.", flat, places)
            elif io_type == DYNAMIC_COMBO:
                flat[category][key] = [io_type, options]
                chosen = [option for option in options["options"] if option["key"] == values.get(key)]
                if chosen:
                    _expand(chosen[0]["inputs"], values, f"{key}.", flat, places)
                    places[key] = f"{key}.{id}"
            else:
                flat[category][key] = [io_type, options]
                if prefix:
                    places[key] = key


def nest(values: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    """The values as `execute` wants them: dynamic ones nested by their places, those without a value None."""
    nested = {key: value for key, value in values.items() if key not in places}
    for key, place in places.items():
        *way, last = place.split(".")
        inner = nested
        for step in way:
            inner = inner.setdefault(step, {})
        inner[last] = values.get(key)
    return nested
