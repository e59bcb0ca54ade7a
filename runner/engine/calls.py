"""Calling a node's methods: its inputs put together, mapped over lists, nested, with the hidden values at
hand.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

from ...host import io
from ...host.standalone.dynamic import expand, nest
from ...studio.errors import BadInput
from .catalogue import Kind
from .graph import link

log = logging.getLogger("storyreel")

Values = dict[str, list[Any]]
"""For every input the list of values it got: one, unless it is connected to an output that is a list."""


class _Locked(type):
    """The class of a node as its methods see it: what is set on it would be lost, so nothing can be."""

    def __setattr__(cls, name: str, value: Any) -> None:
        raise AttributeError(f"{cls.__name__} keeps no state between executions: {name!r} can't be set on it")


def bound(node: type[io.ComfyNode], hidden: dict[io.Hidden, Any]) -> Any:
    """The node with its hidden values, for one execution."""
    return _Locked(node.__name__, (node,), {"hidden": io.HiddenHolder(hidden), "__module__": node.__module__})


def constants(schema: io.Schema, inputs: dict[str, Any]) -> tuple[Values, dict[str, str]]:
    """The values that stand in the workflow itself, linked ones as None, and the places of the dynamic
    ones.
    """
    types, places = expand(schema.types(), inputs)
    known = {**types["required"], **types["optional"]}
    values = {name: [None if link(value) else value] for name, value in inputs.items() if name in known}
    return values, places


def call_each(
    function: Callable[..., Any],
    values: Values,
    places: dict[str, str],
    whole_lists: bool = False,
) -> list[Any]:
    """Calls `function` once per item of the longest list, shorter ones repeating their last item.

    With `whole_lists` it is called once and gets the lists. Returns what it returns: coroutines are not
    awaited. Raises BadInput if a list is empty, for then there is nothing to call it with.
    """
    if whole_lists:
        return [function(**nest(values, places))]
    empty = [name for name, items in values.items() if not items]
    if empty:
        raise BadInput(f"input {empty[0]!r} got an empty list")
    length = max((len(items) for items in values.values()), default=1)
    return [
        function(**nest({name: items[min(turn, len(items) - 1)] for name, items in values.items()}, places))
        for turn in range(length)
    ]


async def settled(results: list[Any]) -> list[Any]:
    """The results with their coroutines awaited, side by side."""
    if not any(inspect.isawaitable(result) for result in results):
        return results

    async def value(result: Any) -> Any:
        return await result if inspect.isawaitable(result) else result

    return await asyncio.gather(*(value(result) for result in results))


async def fingerprint(kind: Kind, inputs: dict[str, Any]) -> Any:
    """What `fingerprint_inputs` says of the node, None if it has none.

    A value that isn't equal to itself (NaN) and a failure both mean: not the same as last time.
    """
    if not hasattr(kind.node, "fingerprint_inputs"):
        return None
    values, places = constants(kind.schema, inputs)
    method = bound(kind.node, {}).fingerprint_inputs
    try:
        return await settled(call_each(method, values, places, kind.schema.is_input_list))
    except Exception:
        log.warning(
            "%s can't say whether it has changed; it is run again", kind.schema.node_id, exc_info=True
        )
        return [float("nan")]
