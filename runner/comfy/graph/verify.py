"""Everything wrong with a graph, as far as object_info can tell, without running or sending anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ....studio.errors import BadInput, Fault, did_you_mean
from ..client.refusal import place_of
from .choices import not_offered
from .sockets import Socket, inputs_of, overgrown


def missing_classes(graph: Mapping[str, Any], object_info: Mapping[str, Any]) -> list[Fault]:
    """One fault per node whose class the server doesn't have."""
    return [
        Fault(
            place_of(graph, node),
            f"there is no node {entry['class_type']!r}",
            _cure(str(entry["class_type"]), object_info),
        )
        for node, entry in graph.items()
        if entry["class_type"] and entry["class_type"] not in object_info
    ]


def overgrown_faults(graph: Mapping[str, Any], object_info: Mapping[str, Any]) -> list[Fault]:
    """A fault per growing input that more is connected to than its node takes."""
    return [
        Fault(place_of(graph, node, name), message)
        for node, entry in graph.items()
        for name, message in overgrown(object_info.get(entry["class_type"]) or {}, entry.get("inputs", {}))
    ]


def refuse_overgrown(graph: dict[str, Any], object_info: Mapping[str, Any]) -> dict[str, Any]:
    """The same graph. Raises BadInput where a node has more inputs than it takes."""
    if faults := overgrown_faults(graph, object_info):
        raise BadInput("the workflow can't be run as it is", faults=faults)
    return graph


def faults_of(graph: Mapping[str, Any], object_info: Mapping[str, Any]) -> list[Fault]:
    """Missing inputs, too many, links to nowhere or of the wrong type, values out of range, no output node.

    Nodes of missing classes, files, and what a node's own validation finds are not looked at.
    """
    faults = overgrown_faults(graph, object_info)
    for node, entry in graph.items():
        info = object_info.get(entry["class_type"])
        if info is None:
            continue
        values = entry.get("inputs", {})
        sockets = inputs_of(info, values)
        for name, socket in sockets.items():
            place = place_of(graph, node, name)
            if name in values:
                faults += _value_faults(place, socket, values[name], graph, object_info)
            elif socket.required:
                faults.append(Fault(place, "needs a value or a connection"))
    known = [
        object_info[entry["class_type"]] for entry in graph.values() if entry["class_type"] in object_info
    ]
    if known and not any(info.get("output_node") for info in known):
        faults.append(Fault("", "nothing keeps a result", "add a node such as Render Film or Save Video"))
    return faults


def _value_faults(
    place: str, socket: Socket, value: Any, graph: Mapping[str, Any], object_info: Mapping[str, Any]
) -> list[Fault]:
    if (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    ):
        return _link_faults(place, socket, str(value[0]), value[1], graph, object_info)
    if not socket.takes_value:
        return [Fault(place, f"takes a connection ({socket.type}), not a value")] if socket.required else []
    if socket.type in ("INT", "FLOAT"):
        return _number_faults(place, socket, value)
    if (
        socket.type == "COMBO"
        and socket.choices
        and not (socket.takes_file or socket.takes_folder)
        and not socket.options.get("remote")
    ):
        chosen = value if isinstance(value, list) else [value]
        choices = [str(choice) for choice in socket.choices]
        return [Fault(place, *not_offered(str(each), choices)) for each in chosen if str(each) not in choices]
    return []


def _link_faults(
    place: str,
    socket: Socket,
    source: str,
    slot: int,
    graph: Mapping[str, Any],
    object_info: Mapping[str, Any],
) -> list[Fault]:
    if source not in graph:
        return [Fault(place, f"is linked to node {source}, which isn't there")]
    info = object_info.get(graph[source]["class_type"])
    if info is None:
        return []
    kinds = [kind if isinstance(kind, str) else "COMBO" for kind in info.get("output") or []]
    if not 0 <= slot < len(kinds):
        return [
            Fault(place, f"is linked to output {slot} of {place_of(graph, source)}, which has {len(kinds)}")
        ]
    given, wanted = set(kinds[slot].split(",")), set(socket.type.split(","))
    if given & wanted or "*" in given | wanted or any(kind.startswith("COMFY_") for kind in given | wanted):
        return []
    if "COMBO" in wanted or "COMBO" in given:  # choices may be linked from text
        return []
    return [Fault(place, f"takes {socket.type}, and {place_of(graph, source)} gives {kinds[slot]}")]


def _number_faults(place: str, socket: Socket, value: Any) -> list[Fault]:
    try:
        number = int(value) if socket.type == "INT" else float(value)
    except (TypeError, ValueError, OverflowError):
        return [Fault(place, f"{value!r} is not a number")]
    if not math.isfinite(number):
        return [Fault(place, f"{value} is not a finite number")]
    least, most = socket.options.get("min"), socket.options.get("max")
    if least is not None and number < least:
        return [Fault(place, f"{number} is less than {least}, the least it takes")]
    if most is not None and number > most:
        return [Fault(place, f"{number} is more than {most}, the most it takes")]
    return []


def _cure(class_type: str, object_info: Mapping[str, Any]) -> str:
    near = did_you_mean(class_type, object_info) if class_type else ""
    if near.startswith("did you mean"):
        return near
    return "install the node pack that it comes from, or use --server with a ComfyUI that has it"
