"""The graph of a workflow in API format: {node id: {"class_type": …, "inputs": {name: value or [node id,
slot]}}}.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

Graph = dict[str, dict[str, Any]]


class Link(NamedTuple):
    """What an input is connected to: output number `slot` of a node."""

    node: str
    slot: int


def link(value: Any) -> Link | None:
    """The link that an input's value is, or None if it is a plain value."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
        slot = value[1]
        whole = isinstance(slot, int) or (isinstance(slot, float) and slot.is_integer())
        if whole and not isinstance(slot, bool):
            return Link(value[0], int(slot))
    return None


def links(graph: Graph, node_id: str) -> Iterator[tuple[str, Link]]:
    """The connected inputs of a node, in the order of its inputs."""
    for name, value in graph[node_id]["inputs"].items():
        connection = link(value)
        if connection is not None:
            yield name, connection


def needed(graph: Graph, outputs: Iterable[str]) -> list[str]:
    """The output nodes and everything they are made from, each after its sources. The graph has no cycle."""
    order: dict[str, None] = {}
    for output in outputs:
        turns = [(output, links(graph, output))]
        while turns:
            node_id, sources = turns[-1]
            source = next(sources, None)
            if source is None:
                order[node_id] = None
                turns.pop()
            elif source[1].node not in order:
                turns.append((source[1].node, links(graph, source[1].node)))
    return list(order)


def cycle(graph: Graph, outputs: Iterable[str]) -> list[str]:
    """The ids around a cycle that an output needs, the first one repeated at the end; empty if there is
    none.
    """
    finished: set[str] = set()
    for output in outputs:
        way: list[str] = []
        turns = [iter([output])]
        while turns:
            node_id = next(turns[-1], None)
            if node_id is None:
                turns.pop()
                if way:
                    finished.add(way.pop())
            elif node_id in way:
                return [*way[way.index(node_id) :], node_id]
            elif node_id in graph and node_id not in finished:
                way.append(node_id)
                turns.append(iter([connection.node for _, connection in links(graph, node_id)]))
    return []
