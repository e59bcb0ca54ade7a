"""What nodes gave last time. A node whose inputs, and those of everything before it, are the same is not run
again.

As in ComfyUI the cache holds what the latest workflow uses, and forgets the rest when the next one starts.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from ...host import io
from ...host.standalone.context import folders
from ...host.standalone.dynamic import expand
from ...host.standalone.values import FileAudio, FileVideo
from .calls import fingerprint
from .catalogue import Kinds
from .graph import Graph, link


class Result(NamedTuple):
    """What a node gave: a list of values per output, and what is shown of it (None if nothing)."""

    outputs: list[list[Any]]
    ui: dict[str, Any] | None


class Cache:
    def __init__(self) -> None:
        self._results: dict[str, Result] = {}
        self._signatures: dict[str, str] = {}

    async def enter(self, graph: Graph, node_ids: Iterable[str], kinds: Kinds) -> None:
        """Works out what each node of the workflow to be run is made from, and forgets what none of them is.

        `node_ids` come sources first.
        """
        self._signatures = {}
        for node_id in node_ids:
            self._signatures[node_id] = await self._signature(graph, node_id, kinds)
        used = set(self._signatures.values())
        self._results = {
            k: result for k, result in self._results.items() if k in used and _still_there(result)
        }

    def get(self, node_id: str) -> Result | None:
        return self._results.get(self._signatures[node_id])

    def put(self, node_id: str, result: Result) -> None:
        self._results[self._signatures[node_id]] = result

    def clear(self) -> None:
        self._results = {}

    async def _signature(self, graph: Graph, node_id: str, kinds: Kinds) -> str:
        class_type, inputs = graph[node_id]["class_type"], graph[node_id]["inputs"]
        kind = kinds[class_type]
        parts: list[Any] = [class_type, await fingerprint(kind, inputs)]
        if kind.schema.not_idempotent or io.Hidden.unique_id in kind.schema.hidden:
            parts.append(node_id)
        types, _ = expand(kind.schema.types(), inputs)
        known = {**types["required"], **types["optional"]}
        for name in sorted(
            known.keys() & inputs.keys()
        ):  # what a canvas adds, such as a player, makes nothing new
            connection = link(inputs[name])
            if connection is None:
                parts.append([name, inputs[name]])
            else:
                parts.append([name, self._signatures[connection.node], connection.slot])
        return hashlib.sha256(json.dumps(_comparable(parts), sort_keys=True).encode()).hexdigest()


def _still_there(result: Result) -> bool:
    """Whether the files that a result stands for are all there: somebody may have tidied up since."""
    for values in result.outputs:
        for value in values:
            for one in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(one, (FileVideo, FileAudio)) and not one.path.exists():
                    return False
    for items in (result.ui or {}).values():
        for item in items:
            if not isinstance(item, dict) or not {"filename", "subfolder", "type"} <= item.keys():
                continue
            if not (getattr(folders(), item["type"]) / item["subfolder"] / item["filename"]).exists():
                return False
    return True


def _comparable(value: Any) -> Any:
    """The value as JSON data that is equal only if the value is; something new each time for what has no such
    form.
    """
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if value == value else uuid.uuid4().hex
    if isinstance(value, (list, tuple)):
        return [_comparable(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _comparable(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return uuid.uuid4().hex
