"""Which nodes of a graph may spend money, as far as the graph itself tells."""

from __future__ import annotations

from collections.abc import Iterable

from .catalogue import Catalogue, Kinds
from .graph import Graph, link, needed


def buyers(graph: Graph, nodes: Catalogue, outputs: Iterable[str]) -> dict[str, str]:
    """The nodes that are run and whose max_cost is more than nothing, or comes by a wire: by id, how a person calls
    them. The graph is valid."""
    kinds, found = Kinds(nodes), dict[str, str]()
    for node_id in needed(graph, outputs):
        node = graph[node_id]
        types = kinds[node["class_type"]].schema.types()
        known = {**types["required"], **types.get("optional", {})}
        if "max_cost" not in known:
            continue
        value = node["inputs"].get("max_cost", known["max_cost"][1].get("default", 0))
        if link(value) or (isinstance(value, (int, float)) and value > 0):
            found[node_id] = f"{node['class_type']} (node {node_id})"
    return found
