"""From an API-format graph to a workflow that opens on the canvas, laid out so that a person can read it.

What feeds what reads from left to right: a node stands one column behind the last node that feeds it.

    workflow = to_ui(graph, object_info, title="Photo story")
    to_api(workflow, object_info) == graph
    # True
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ....studio.errors import BadInput, Fault, did_you_mean
from ..client.refusal import place_of
from ..convert.named import shows_only
from ..convert.nodes import LoadedNode, load_node
from ..convert.saved import Node
from ..convert.widgets import UNSET
from .sockets import inputs_of

COLUMN_GAP, ROW_GAP, TITLE = 60, 40, 30
SLOT, WIDGET, TEXT = 20, 24, 160
"""Heights in the canvas's pixels: a socket, a widget, a text of several lines."""
WIDTH, WIDE = 320, 460


def to_ui(graph: Mapping[str, Any], object_info: Mapping[str, Any], title: str = "") -> dict[str, Any]:
    """The UI-format workflow of the graph: the same nodes, values and links, and ids where they are numbers.

    Raises BadInput if object_info lacks one of its classes or a link leads nowhere.
    """
    _check(graph, object_info)
    ids = _numbers(graph)
    made = {key: _make(key, node, object_info[node["class_type"]]) for key, node in graph.items()}
    links: list[list[Any]] = []
    nodes = {}
    for key, node in graph.items():
        nodes[key] = _node(ids[key], node, made[key], object_info[node["class_type"]])
    for key, node in graph.items():
        for slot, entry in enumerate(nodes[key]["inputs"]):
            value = node.get("inputs", {}).get(entry["name"])
            if not _is_link(graph, value):
                continue
            source, output = nodes[str(value[0])], int(value[1])
            number = len(links) + 1
            entry["link"] = number
            socket = source["outputs"][output]
            socket["links"].append(number)
            links.append([number, source["id"], output, ids[key], slot, socket["type"]])
    order = _place(graph, nodes)
    for number, key in enumerate(order):
        nodes[key]["order"] = number
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"storyreel:{title}:{sorted(graph)}")),
        "revision": 0,
        "last_node_id": max(ids.values(), default=0),
        "last_link_id": len(links),
        "nodes": [nodes[key] for key in order],
        "links": links,
        "groups": [_frame(title, list(nodes.values()))] if title else [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _check(graph: Mapping[str, Any], object_info: Mapping[str, Any]) -> None:
    faults = []
    for key, node in graph.items():
        info = object_info.get(node["class_type"])
        if info is None:
            faults.append(Fault(place_of(graph, key), f"there is no node {node['class_type']}"))
            continue
        canvas_only = [w.name for w in _make(key, node, info).widgets if w.kind != "UNDECLARED"]
        known = [*inputs_of(info, node.get("inputs", {})), *canvas_only]
        for name, value in node.get("inputs", {}).items():
            if name not in known and not shows_only(name):  # older canvases sent their previews too
                faults.append(Fault(place_of(graph, key, name), "is not an input", did_you_mean(name, known)))
            if isinstance(value, list) and len(value) == 2 and not _is_link(graph, value):
                faults.append(
                    Fault(place_of(graph, key, name), f"is linked to {value[0]!r}, which isn't there")
                )
    if faults:
        raise BadInput("this graph can't be drawn", faults=faults)


def _is_link(graph: Mapping[str, Any], value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and isinstance(value[1], int) and str(value[0]) in graph
    )


def _numbers(graph: Mapping[str, Any]) -> dict[str, int]:
    """Node ids on the canvas are numbers: those that are keep theirs, the others get the next free ones."""
    ids = {key: int(key) for key in graph if key.isdecimal()}
    free = max(ids.values(), default=0)
    for key in graph:
        if key not in ids:
            free += 1
            ids[key] = free
    return ids


def _make(key: str, node: Mapping[str, Any], info: Mapping[str, Any]) -> LoadedNode:
    """The node as the canvas makes it: its sockets and widgets in the canvas's order, with these values."""
    typed = {name: value for name, value in node.get("inputs", {}).items() if not isinstance(value, list)}
    saved = Node(key, node["class_type"], values=typed)
    return load_node(saved, dict(info))


def _node(number: int, node: Mapping[str, Any], made: LoadedNode, info: Mapping[str, Any]) -> dict[str, Any]:
    values = []
    rows = 0
    for widget in made.widgets:
        if widget.saved:
            value = widget.value
            if widget.name == "control_after_generate":
                value = "fixed"  # the same file gives the same film until a person wants another
            values.append(None if value is UNSET else value)
        rows += TEXT if widget.kind == "STRING" and widget.options.get("multiline") else WIDGET
    slots = [slot.name for slot in made.inputs]
    sockets = inputs_of(info, node.get("inputs", {}))
    slots += [name for name in sockets if name in node.get("inputs", {}) and name not in slots]
    widgets = {widget.name for widget in made.widgets}
    inputs = []
    for name in slots:
        socket = sockets.get(name)
        entry: dict[str, Any] = {"name": name, "type": socket.type if socket else "*", "link": None}
        if socket and not socket.required:
            entry["shape"] = 7
        if name in widgets:
            entry["widget"] = {"name": name}
        inputs.append(entry)
    names = info.get("output_name") or info.get("output") or []
    lists = info.get("output_is_list") or []
    outputs = [
        {"name": name, "type": kind, "links": []}
        | ({"shape": 6} if place < len(lists) and lists[place] else {})
        for place, (name, kind) in enumerate(zip(names, made.output_types, strict=False))
    ]
    free = sum(1 for entry in inputs if "widget" not in entry)
    width = WIDE if rows >= TEXT else WIDTH
    size = [width, max(free, len(outputs)) * SLOT + rows + 16]
    title = (node.get("_meta") or {}).get("title")
    drawn = {
        "id": number,
        "type": node["class_type"],
        "pos": [0, 0],
        "size": size,
        "flags": {},
        "order": 0,
        "mode": 0,
        "inputs": inputs,
        "outputs": outputs,
        "properties": {"Node name for S&R": node["class_type"]},
        "widgets_values": values,
    }
    if title and title != info.get("display_name"):
        drawn["title"] = title
    return drawn


def _place(graph: Mapping[str, Any], nodes: dict[str, dict[str, Any]]) -> list[str]:
    """Sets the positions and returns the nodes in reading order."""
    feeds = {
        key: [str(v[0]) for v in node.get("inputs", {}).values() if _is_link(graph, v)]
        for key, node in graph.items()
    }
    columns: dict[str, int] = {}

    def column(key: str, seen: tuple[str, ...] = ()) -> int:
        if key in seen:
            raise BadInput(
                "the nodes feed each other in a circle: " + " → ".join([*seen[seen.index(key) :], key])
            )
        if key not in columns:
            columns[key] = 1 + max((column(source, (*seen, key)) for source in feeds[key]), default=-1)
        return columns[key]

    for key in graph:
        column(key)
    # A node without inputs of its own stands right before what it feeds, not at the far left.
    for key in graph:
        fed = [columns[other] for other in graph if key in feeds[other]]
        if not feeds[key] and fed:
            columns[key] = min(fed) - 1
    rank = {key: place for place, key in enumerate(graph)}
    order: list[str] = []
    x = 0
    for number in range(max(columns.values(), default=-1) + 1):
        inside = [key for key in graph if columns[key] == number]
        inside.sort(key=lambda key: (_middle([order.index(s) for s in feeds[key] if s in order]), rank[key]))
        y = 0
        for key in inside:
            nodes[key]["pos"] = [x, y + TITLE]
            y += nodes[key]["size"][1] + TITLE + ROW_GAP
            order.append(key)
        x += max((nodes[key]["size"][0] for key in inside), default=0) + COLUMN_GAP
    return order


def _middle(places: list[int]) -> float:
    return sum(places) / len(places) if places else 0.0


def _frame(title: str, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """A titled frame around everything: what the workflow is, readable from afar."""
    margin = 30
    right = max((n["pos"][0] + n["size"][0] for n in nodes), default=0)
    bottom = max((n["pos"][1] + n["size"][1] for n in nodes), default=0)
    bounding = [-margin, -margin - 40, right + 2 * margin, bottom + 2 * margin + 40]
    return {"id": 1, "title": title, "bounding": bounding, "color": "#3f789e", "font_size": 24, "flags": {}}
