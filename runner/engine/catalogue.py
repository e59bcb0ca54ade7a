"""Which nodes the embedded engine has: Storyreel's own, and its stand-ins for a few of ComfyUI's.

Everything else is another pack's, or needs a model, and is refused by name before anything starts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ...host import io
from ...nodes import NODES
from .builtins import BUILTINS

log = logging.getLogger("storyreel")

OUR_MODULE = "custom_nodes.storyreel"
"""What /object_info of a ComfyUI calls this pack when it lies in custom_nodes/storyreel."""

Catalogue = Mapping[str, type[io.ComfyNode]]


def catalogue(more: Iterable[type[io.ComfyNode]] = ()) -> Catalogue:
    """Every node by its id; `more` is added, for tests."""
    for node in NODES:
        node.RELATIVE_PYTHON_MODULE = OUR_MODULE
    return {node.GET_SCHEMA().node_id: node for node in (*BUILTINS, *NODES, *more)}


class Kind(NamedTuple):
    node: type[io.ComfyNode]
    schema: io.Schema


class Kinds(dict[str, Kind]):
    """The nodes of a catalogue with their schemas, each made when asked for, and once: some list a folder."""

    def __init__(self, nodes: Catalogue) -> None:
        super().__init__()
        self._nodes = nodes

    def __missing__(self, class_type: str) -> Kind:
        node = self._nodes[class_type]
        kind = self[class_type] = Kind(node, node.GET_SCHEMA())
        return kind


def object_info(nodes: Catalogue) -> dict[str, Any]:
    """What /object_info answers. A node whose schema can't be made is left out and logged, as ComfyUI
    does.
    """
    shown = {}
    for node_id, node in nodes.items():
        try:
            shown[node_id] = node.GET_NODE_INFO_V1()
        except Exception:
            log.exception("the schema of %s can't be made", node_id)
    return shown
