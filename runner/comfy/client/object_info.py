"""What a server says of its node classes, held to the shape that everything here reads it in.

>>> misshapen({"Blur": {"input": {"required": 5}}})
'Blur: input.required is not an object'
>>> misshapen({"Blur": {"input": {"required": {"size": ["INT", {"default": 3}]}}}})
''
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def misshapen(object_info: Mapping[str, Any]) -> str:
    """The first thing that is not as ComfyUI describes nodes: its class, its place and what is wrong; empty if none."""
    for name, node in object_info.items():
        for fault in _node(node):
            return f"{name[:80]}: {fault}"
    return ""


def _node(node: Any) -> Iterator[str]:
    if not isinstance(node, dict) or "input" not in node:
        yield "it is no description of a node"
        return
    yield from _groups(node["input"], "input")
    order = node.get("input_order")
    if not _is(order, dict):
        yield "input_order is not an object"
    elif order:
        for group, names in order.items():
            if not _is(names, list) or not all(isinstance(each, str) for each in names or ()):
                yield f"input_order.{group} is not a list of names"
    if not _is(node.get("output"), list | tuple):
        yield "output is not a list"
    for key in ("name", "display_name"):
        if not _is(node.get(key), str):
            yield f"{key} is not a text"


def _groups(groups: Any, place: str) -> Iterator[str]:
    if not _is(groups, dict):
        yield f"{place} is not an object"
        return
    for group in ("required", "optional"):
        inputs = (groups or {}).get(group)
        if not _is(inputs, dict):
            yield f"{place}.{group} is not an object"
            continue
        for name, spec in (inputs or {}).items():
            yield from _spec(spec, f"{place}.{group}.{name}")


def _spec(spec: Any, place: str) -> Iterator[str]:
    if not isinstance(spec, list | tuple) or len(spec) < 2 or not isinstance(spec[1], dict):
        return
    kind, options = spec[:2]
    choices = options.get("options")
    if kind == "COMBO" and not _is(choices, list | tuple):
        yield f"{place}: its options are not a list"
    if not _is(options.get("remote"), dict):
        yield f"{place}: remote is not an object"
    if kind == "COMFY_DYNAMICCOMBO_V3":
        if not _is(choices, list | tuple) or not all(isinstance(each, dict) for each in choices or ()):
            yield f"{place}: its options are not a list of objects"
            return
        for each in choices or ():
            if isinstance(each.get("key"), list | dict):
                yield f"{place}: the key of an option is not a text"
            yield from _groups(each.get("inputs"), f"{place}.options")
    template = options.get("template")
    if not _is(template, dict):
        yield f"{place}: template is not an object"
    elif template and kind == "COMFY_AUTOGROW_V3":
        yield from _groups(template.get("input"), f"{place}.template.input")
        names = template.get("names")
        if not _is(names, list) or not all(isinstance(each, str) for each in names or ()):
            yield f"{place}: its names are not a list of texts"
        if not all(_count(template.get(key, 0)) for key in ("min", "max")):
            yield f"{place}: min and max are not counts"


def _is(value: Any, kind: Any) -> bool:
    return value is None or isinstance(value, kind)


def _count(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value <= 100_000
