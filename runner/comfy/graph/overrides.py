"""`--set NODE.INPUT=VALUE`: what a person types, found in the graph and made the input's own type.

NODE is a node's id, its title on the canvas, or its class where only one node has it. Every fault of every
override is listed at once.

    changed = apply(graph, ["4.quality=high", "Render Film.filename_prefix=films/teaser"], object_info)
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ....studio.errors import BadInput, Fault, did_you_mean
from ..client.refusal import place_of, title_of
from .sockets import Socket, inputs_of

YES = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


class Override(NamedTuple):
    text: str
    node: str
    input: str
    value: Any


class Changed(NamedTuple):
    graph: dict[str, Any]
    overrides: list[Override]
    files: set[tuple[str, str]]
    """Node and input whose value names a file as the person typed it: relative to where they stand."""


class _Bad(Exception):
    pass


def apply(graph: Mapping[str, Any], texts: Sequence[str], object_info: Mapping[str, Any]) -> Changed:
    """The graph with the overrides in it, a copy. Raises BadInput, a fault per override that is wrong."""
    changed = copy.deepcopy(dict(graph))
    done, faults, files = [], [], set()
    for text in texts:
        try:
            override, socket = _one(changed, text, object_info)
        except _Bad as bad:
            message, cure = bad.args
            faults.append(Fault(f"--set {text}", message, cure))
            continue
        inputs = changed[override.node].setdefault("inputs", {})
        inputs[override.input] = override.value
        _follow_the_choice(inputs, override.input, object_info.get(changed[override.node]["class_type"], {}))
        done.append(override)
        if socket.takes_file:
            files.add((override.node, override.input))
    if faults:
        raise BadInput("the workflow has no such place, or it takes no such value", faults=faults)
    return Changed(changed, done, files)


def _one(graph: Mapping[str, Any], text: str, object_info: Mapping[str, Any]) -> tuple[Override, Socket]:
    place, equals, value = text.partition("=")
    if not equals or "." not in place:
        raise _Bad("is not of the form NODE.INPUT=VALUE", "for example 4.quality=high")
    node, rest = _node(graph, place.strip())
    class_type = graph[node]["class_type"]
    if class_type not in object_info:
        raise _Bad(f"the server has no node {class_type}", "")
    sockets = inputs_of(object_info[class_type], graph[node].get("inputs") or {})
    if rest not in sockets:
        typed = [name for name, socket in sockets.items() if socket.takes_value]
        raise _Bad(
            f"{place_of(graph, node)} has no input {rest!r}", did_you_mean(rest, typed) if typed else ""
        )
    socket = sockets[rest]
    return Override(text, node, rest, _typed(socket, value)), socket


def _node(graph: Mapping[str, Any], place: str) -> tuple[str, str]:
    """The node's id and the input's name. Both may hold dots: the longest name of a node wins."""
    dots = [at for at, letter in enumerate(place) if letter == "."]
    for at in reversed(dots):
        name, rest = place[:at].strip(), place[at + 1 :].strip()
        if name in graph:
            return name, rest
        for named in (title_of, _class_of):
            found = [node for node in graph if named(graph, node).casefold() == name.casefold()]
            if len(found) > 1:
                ids = ", ".join(f"{node}.{rest}" for node in found)
                raise _Bad(f"{len(found)} nodes are called {name!r}", f"use the id: {ids}")
            if found:
                return found[0], rest
    name = place[: dots[0]].strip()
    titles = {title_of(graph, node): node for node in graph}
    words = {word.casefold(): word for word in [*titles, *graph]}
    cure = did_you_mean(name.casefold(), words)
    for word, shown in words.items():
        cure = cure.replace(repr(word), repr(shown))
    if not cure.startswith("did you mean"):
        cure = "its nodes are " + ", ".join(place_of(graph, node) for node in graph)
    raise _Bad(f"there is no node {name!r}", cure)


def _class_of(graph: Mapping[str, Any], node: str) -> str:
    return str(graph[node].get("class_type"))


def _typed(socket: Socket, text: str) -> Any:
    if not socket.takes_value:
        raise _Bad(
            f"{socket.name} takes a connection ({socket.type}), not a value", "connect it in the workflow"
        )
    if socket.type == "STRING":
        return text
    if socket.type == "BOOLEAN":
        if text.strip().lower() not in YES:
            raise _Bad(f"{text!r} is neither true nor false", "use true or false")
        return YES[text.strip().lower()]
    if socket.type == "COMBO":
        return _choice(socket, text)
    return _number(socket, text)


def _choice(socket: Socket, text: str) -> Any:
    for choice in socket.choices:
        if str(choice) == text:
            return choice
    if socket.takes_file or socket.takes_folder:
        return text
    raise _Bad(
        f"{text!r} is not one of its choices", did_you_mean(text, [str(choice) for choice in socket.choices])
    )


def _number(socket: Socket, text: str) -> int | float:
    try:
        value = int(text) if socket.type == "INT" else float(text)
    except ValueError:
        kind = "a whole number" if socket.type == "INT" else "a number"
        raise _Bad(f"{text!r} is not {kind}", "") from None
    if not math.isfinite(value):
        raise _Bad(f"{text} is not a finite number", "")
    least, most = socket.options.get("min"), socket.options.get("max")
    if least is not None and value < least:
        raise _Bad(f"{text} is less than {least}, the least it takes", "")
    if most is not None and value > most:
        raise _Bad(f"{text} is more than {most}, the most it takes", "")
    return value


def _follow_the_choice(inputs: dict[str, Any], name: str, info: Mapping[str, Any]) -> None:
    """Another choice of a dynamic combo has other inputs: the old ones go, the new ones get defaults."""
    belonging = {key for key in inputs if key.startswith(f"{name}.")}
    sockets = inputs_of(info, inputs)
    for key in belonging - set(sockets):
        del inputs[key]
    for key, socket in sockets.items():
        if key.startswith(f"{name}.") and key not in inputs and socket.required and socket.takes_value:
            inputs[key] = socket.default
