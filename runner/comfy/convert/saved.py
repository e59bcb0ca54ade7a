"""Reading a saved workflow: the file ComfyUI's canvas writes, as records; and what is wrong with its shape.

Two generations of the format are about, and one file can hold both: links as lists `[id, from, slot, to,
slot, type]` at the top level and as objects inside subgraphs. Ids are numbers or text; here all are text.

>>> saved = read_workflow({"nodes": [{"id": 1, "type": "KSampler"}], "links": []})
>>> saved.root.nodes["1"].type
'KSampler'
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ....studio.errors import BadInput, Fault

INPUT_SIDE = "-10"  # the id links use, inside a subgraph, for the subgraph's own inputs
OUTPUT_SIDE = "-20"  # and for its own outputs

# Classes that were renamed before packs could say so themselves; the canvas renames them on loading.
RENAMED = {
    "T2IAdapterLoader": "ControlNetLoader",
    "ConditioningAverage ": "ConditioningAverage",
    "SDV_img2vid_Conditioning": "SVD_img2vid_Conditioning",
    "Load3DAnimation": "Load3D",
    "Preview3DAnimation": "Preview3D",
}


@dataclass(frozen=True)
class Link:
    id: str
    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True)
class Slot:
    """An input of a node, or an input or output of a subgraph (`links` is for those)."""

    name: str
    type: str
    link: str | None = None
    widget: str | None = None
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    id: str
    type: str
    title: str = ""
    mode: int = 0
    inputs: tuple[Slot, ...] = ()
    output_types: tuple[str, ...] = ()
    values: list[Any] | dict[str, Any] = field(default_factory=list)
    named: dict[str, Any] = field(default_factory=dict)  # the values again, by name, in files that have both
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """The workflow itself, or one subgraph's definition."""

    id: str
    name: str
    nodes: dict[str, Node]
    links: dict[str, Link]
    inputs: tuple[Slot, ...] = ()
    outputs: tuple[Slot, ...] = ()


@dataclass(frozen=True)
class SavedWorkflow:
    root: Graph
    subgraphs: dict[str, Graph]


def read_workflow(workflow: dict[str, Any]) -> SavedWorkflow:
    """Raises BadInput with every fault in the file's shape."""
    reader = _Reader()
    root = reader.graph(workflow, "")
    subgraphs = {found.id: found for found in reader.subgraphs(workflow)}
    if reader.faults:
        raise BadInput("this workflow file is damaged", faults=reader.faults)
    return SavedWorkflow(root, subgraphs)


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, place: str, message: str, cure: str = "") -> None:
        self.faults.append(Fault(place, message, cure))

    def subgraphs(self, holder: dict[str, Any]) -> Iterable[Graph]:
        definitions = holder.get("definitions")
        listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
        for index, found in enumerate(self.items(listed, "definitions.subgraphs")):
            place = f"definitions.subgraphs[{index}]"
            if not isinstance(found, dict) or not isinstance(found.get("id"), str):
                self.fault(place, "is not a subgraph: it has no id")
                continue
            yield self.graph(found, place)
            yield from self.subgraphs(found)

    def graph(self, found: dict[str, Any], place: str) -> Graph:
        prefix = f"{place}." if place else ""
        nodes: dict[str, Node] = {}
        for index, item in enumerate(self.items(found.get("nodes"), f"{prefix}nodes")):
            node = self.node(item, f"{prefix}nodes[{index}]")
            if node is None:
                continue
            if node.id in nodes:
                self.fault(f"{prefix}nodes[{index}]", f"has the id {node.id}, which another node has too")
            nodes[node.id] = node
        links = self.links(found.get("links"), f"{prefix}links")
        return Graph(
            id=str(found.get("id", "")),
            name=str(found.get("name") or ""),
            nodes=nodes,
            links=links,
            inputs=self.slots(found.get("inputs"), f"{prefix}inputs") if place else (),
            outputs=self.slots(found.get("outputs"), f"{prefix}outputs") if place else (),
        )

    def node(self, found: Any, place: str) -> Node | None:
        if not isinstance(found, dict):
            self.fault(place, "is not a node: a node is a JSON object")
            return None
        if not isinstance(found.get("id"), (int, str)) or not isinstance(found.get("type"), str):
            self.fault(place, "is not a node: it has no id, or no type")
            return None
        kind, values = str(found["type"]), found.get("widgets_values")
        if not isinstance(values, (list, dict, type(None))):
            self.fault(f"{place}.widgets_values", "is neither a list nor an object")
            values = None
        outputs = self.items(found.get("outputs"), f"{place}.outputs")
        named, properties = found.get("widgets_values_named"), found.get("properties")
        return Node(
            id=str(found["id"]),
            type=RENAMED.get(kind, kind),
            title=str(found.get("title") or ""),
            mode=_mode(found.get("mode")),
            inputs=self.slots(found.get("inputs"), f"{place}.inputs"),
            output_types=tuple(type_name(o.get("type") if isinstance(o, dict) else None) for o in outputs),
            values=copy.deepcopy(values or []),  # they end up in the result, which its owner may change
            named=copy.deepcopy(named) if isinstance(named, dict) else {},
            properties=properties if isinstance(properties, dict) else {},
        )

    def slots(self, found: Any, place: str) -> tuple[Slot, ...]:
        slots = []
        for index, slot in enumerate(self.items(found, place)):
            if not isinstance(slot, dict) or not isinstance(slot.get("name"), str):
                self.fault(f"{place}[{index}]", "is not an input or output: it has no name")
                continue
            link, widget, links = slot.get("link"), slot.get("widget"), slot.get("linkIds")
            slots.append(
                Slot(
                    name=slot["name"],
                    type=type_name(slot.get("type")),
                    link=None if link is None else str(link),
                    widget=widget.get("name") if isinstance(widget, dict) else None,
                    links=tuple(map(str, links)) if isinstance(links, list) else (),
                )
            )
        return tuple(slots)

    def links(self, found: Any, place: str) -> dict[str, Link]:
        links = {}
        for index, item in enumerate(self.items(found, place)):
            if item is None:  # old files keep a hole where a link was taken away
                continue
            link = _link(item)
            if link is None:
                self.fault(f"{place}[{index}]", "is not a link: it must say which output goes to which input")
            else:
                links[link.id] = link
        return links

    def items(self, found: Any, place: str) -> list[Any]:
        """A list, where absent means empty."""
        if found is None:
            return []
        if not isinstance(found, list):
            self.fault(place, f"is {_kind(found)}, not a list")
            return []
        return found


def _link(found: Any) -> Link | None:
    if isinstance(found, list):
        fields = found[:5]
    elif isinstance(found, dict):
        fields = [found.get(k) for k in ("id", "origin_id", "origin_slot", "target_id", "target_slot")]
    else:
        return None
    text = [str(f) for f in fields if isinstance(f, (int, str)) and not isinstance(f, bool)]
    try:
        link_id, origin, origin_slot, target, target_slot = text
        return Link(link_id, origin, int(origin_slot), target, int(target_slot))
    except ValueError:  # too few, or a slot that isn't a number
        return None


def _mode(found: Any) -> int:
    """0 where there is none. 2.0 is 2, as in JavaScript: it looks muted, so it is."""
    return int(found) if isinstance(found, int | float) and found in range(5) else 0


def type_name(found: Any) -> str:
    """A slot's type as text; `*` is "anything". Some packs write a list for several, and 0 was once `*`."""
    if isinstance(found, list):
        return ",".join(map(str, found)) or "*"
    return str(found) if found else "*"


def _kind(found: Any) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", dict: "an object"}
    return names.get(type(found), "something else")
