"""Which nodes may spend money: of a graph, as far as the graph itself tells, and of all, for clients that ask a person
before they hand one in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .catalogue import Catalogue, Kinds
from .graph import Graph, link, needed


def marked(shown: dict[str, Any], may_spend: bool) -> dict[str, Any]:
    """/object_info with `api_node` on the nodes that cost money: clients such as comfy-cli ask for consent at those.

    Where the server may spend, these are all with a max_cost; else those alone that nobody has to give one.
    ComfyUI itself isn't told so: its newest canvas lets nobody run an api_node who isn't logged in at comfy.org.
    """
    return {
        node_id: info | {"api_node": True} if _priced(info["input"], may_spend) else info
        for node_id, info in shown.items()
    }


def _priced(types: dict[str, Any], may_spend: bool) -> bool:
    known = {**types.get("required", {}), **types.get("optional", {})}
    return "max_cost" in known and (may_spend or known["max_cost"][1].get("default", 0) > 0)


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
