"""Following a link to what really feeds an input.

A link in the file may lead to something the server never sees: a reroute, a bypassed node, the edge of a
subgraph. The walk goes on from there: out of a subgraph by the input of its box, into one by its output,
through a bypassed node by an input of a fitting type. It ends at a node the server runs, at a value typed
into a subgraph's box, or at nothing.

>>> from .saved import Slot
>>> load = LoadedNode(Node("1", "LoadImage"), "", class_type="LoadImage")
>>> reroute = LoadedNode(Node("2", "Reroute"), "", inputs=[Slot("", "*", link="7")])
>>> save = LoadedNode(Node("3", "SaveImage"), "", "SaveImage", inputs=[Slot("images", "IMAGE", link="8")])
>>> graph = Graph("", "", {}, {"7": Link("7", "1", 0, "2", 0), "8": Link("8", "2", 0, "3", 0)})
>>> Tracer({}, []).source(Scope(graph, {"1": load, "2": reroute, "3": save}), save, 0)
Output(node_id='1', slot=0)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from ....studio.errors import Fault
from .nodes import LoadedNode
from .saved import INPUT_SIDE, OUTPUT_SIDE, Graph, Link, Node

MUTED, BYPASSED = 2, 4
_RECONNECT = "connect it again in ComfyUI and save"

_Item = TypeVar("_Item")


class Output(NamedTuple):
    """The end of a walk: an output of a node the server runs."""

    node_id: str
    slot: int


class Typed(NamedTuple):
    """The end of a walk: a value typed into a subgraph's box."""

    value: Any


@dataclass(eq=False)
class Scope:
    """One place where a graph stands: the workflow itself, or one instance of a subgraph.

    Instances of a subgraph share their nodes, as in the canvas; ids and the way out are each instance's own.
    """

    graph: Graph
    nodes: dict[str, LoadedNode]
    path: tuple[str, ...] = ()
    parent: Scope | None = None
    box: LoadedNode | None = None  # the subgraph's node in the parent

    @property
    def silenced(self) -> bool:
        """Whether it stands in a box that is muted or bypassed, or in one within such a box."""
        scope: Scope | None = self
        while scope and scope.box:
            if scope.box.saved.mode in (MUTED, BYPASSED):
                return True
            scope = scope.parent
        return False

    def id(self, node: LoadedNode) -> str:
        return ":".join([*self.path, node.saved.id])

    def call(self, node: LoadedNode) -> str:
        """How to name a node to a person."""
        return called(self.id(node), node.saved)


def called(node_id: str, node: Node) -> str:
    return f"node {node_id} '{node.title}'" if node.title else f"node {node_id} ({node.type})"


class Tracer:
    """`scopes` is the whole workflow, by path; what is broken goes into `faults`."""

    def __init__(self, scopes: dict[tuple[str, ...], Scope], faults: list[Fault]) -> None:
        self.scopes = scopes
        self.faults = faults

    def source(self, scope: Scope, node: LoadedNode, index: int) -> Output | Typed | None:
        """What feeds an input of a node."""
        return _Walk(self).source(scope, node, index)


class _Walk:
    """One walk, with what it has passed: a second time means a circle."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.passed: set[tuple[tuple[str, ...], str, str, int]] = set()

    def source(
        self, scope: Scope, node: LoadedNode, index: int, wanted: str | None = None
    ) -> Output | Typed | None:
        """`wanted` is the type of the input the walk began at, where the input here has none of its own."""
        slot = at(node.inputs, index)
        if slot is None or slot.link is None or self.circular(scope, node, "input", index):
            return None
        place = f"{scope.call(node)}, {slot.name}"
        link = scope.graph.links.get(slot.link)
        if link is None:
            return self.broken(place, f"refers to link {slot.link}, which isn't in the file")
        if link.origin_slot < 0:
            return self.broken(place, f"is linked to output {link.origin_slot}, and outputs count from 0")
        if link.origin == INPUT_SIDE and scope.box and scope.parent:
            return self.outwards(scope.parent, scope.box, link, place)
        origin = scope.nodes.get(link.origin)
        if origin is None:
            return self.broken(place, f"is linked to node {link.origin}, which isn't there")
        return self.through(scope, origin, link.origin_slot, wanted or slot.type)

    def outwards(self, parent: Scope, box: LoadedNode, link: Link, place: str) -> Output | Typed | None:
        slot = at(box.inputs, link.origin_slot)
        if slot is None:
            return self.broken(
                place, f"is linked to input {link.origin_slot} of its subgraph, which isn't there"
            )
        if slot.link is not None:
            return self.source(parent, box, link.origin_slot)
        widget = box.widget(slot.name)
        return Typed(widget.value) if widget else None

    def through(self, scope: Scope, node: LoadedNode, slot: int, wanted: str) -> Output | Typed | None:
        """What an output gives: the node itself, or what lies behind it if the server never sees the node."""
        if self.circular(scope, node, "output", slot):
            return None
        if (
            node.saved.mode == MUTED
        ):  # a reroute or a subgraph too: what lies behind it is not reached, and the
            return Output(scope.id(node), slot)  # link ends at a node that isn't sent
        if node.saved.mode == BYPASSED:
            index = bypass(node, slot, wanted)
            return None if index is None else self.source(scope, node, index)
        if node.subgraph:
            return self.inwards(scope, node, node.subgraph, slot, wanted)
        if node.class_type is not None:
            return Output(scope.id(node), slot)
        if node.saved.type == "GetNode":
            return self.named_wire(scope, node, wanted)
        return self.source(scope, node, slot, wanted)

    def inwards(
        self, scope: Scope, box: LoadedNode, graph: Graph, slot: int, wanted: str
    ) -> Output | Typed | None:
        output = at(graph.outputs, slot)
        if output is None:
            return self.broken(scope.call(box), f"has no output {slot}, but something is linked to it")
        links = [graph.links[name] for name in output.links[:1] if name in graph.links]
        links = links or [
            link for link in graph.links.values() if (link.target, link.target_slot) == (OUTPUT_SIDE, slot)
        ]
        if not links:
            return None
        if links[0].origin_slot < 0:
            return self.broken(scope.call(box), f"its output '{output.name}' is linked to no output inside")
        if links[0].origin == INPUT_SIDE:  # straight through
            return self.source(scope, box, links[0].origin_slot, wanted)
        inner = self.tracer.scopes[(*scope.path, box.saved.id)]
        origin = inner.nodes.get(links[0].origin)
        if origin is None:
            return self.broken(
                scope.call(box), f"its output '{output.name}' is linked to a node that isn't there"
            )
        return self.through(inner, origin, links[0].origin_slot, wanted)

    def named_wire(self, scope: Scope, node: LoadedNode, wanted: str) -> Output | Typed | None:
        name = first_value(node.saved)
        for other in scope.nodes.values():
            if other.saved.type == "SetNode" and first_value(other.saved) == name:
                return self.source(scope, other, 0, wanted)
        return self.broken(scope.call(node), f"gets '{name}', which no SetNode beside it sets")

    def circular(self, scope: Scope, node: LoadedNode, side: str, slot: int) -> bool:
        here = (scope.path, node.saved.id, side, slot)
        if here in self.passed:
            self.broken(scope.call(node), "is linked to itself in a circle")
            return True
        self.passed.add(here)
        return False

    def broken(self, place: str, message: str) -> None:
        fault = Fault(place, message, _RECONNECT)
        if fault not in self.tracer.faults:
            self.tracer.faults.append(fault)


def bypass(node: LoadedNode, slot: int, wanted: str) -> int | None:
    """The input that stands in for a bypassed node's output: same place, else same type, else any fit."""
    types = [slot.type for slot in node.inputs]
    given = at(node.output_types, slot) or "*"
    if wanted == "*":
        return slot if slot < len(types) else (0 if types else None)
    if slot < len(types) and _fits(types[slot], given) and _fits(types[slot], wanted):
        return slot
    if wanted in types:
        return types.index(wanted)
    return next((i for i, kind in enumerate(types) if _fits(kind, given) and _fits(kind, wanted)), None)


def _fits(one: str, other: str) -> bool:
    """Types can be several, "INT,FLOAT", or any, "*"."""
    ones, others = one.lower().split(","), other.lower().split(",")
    return "*" in ones or "*" in others or not set(ones).isdisjoint(others)


def first_value(node: Node) -> Any:
    values = node.values.values() if isinstance(node.values, dict) else node.values
    return next(iter(values), None)


def at(items: Sequence[_Item], index: int) -> _Item | None:
    return items[index] if 0 <= index < len(items) else None
