"""A saved workflow to the form ComfyUI's server runs: the same result the canvas gets, without a canvas.

`saved` reads the file; `definition`, `widgets` and `nodes` make each node as the canvas would; `links`
follows links through subgraphs, reroutes and bypassed nodes; `flatten` puts it together; `text` is what the
canvas does to prompts and file names as it queues a run. The rules are those of ComfyUI's frontend 1.35,
and 1.58's for what is muted and for what only shows (players, previews): both stay out.

>>> workflow = {"nodes": [{"id": 1, "type": "EmptyImage", "widgets_values": [512]}], "links": []}
>>> info = {"EmptyImage": {"input": {"required": {"width": ["INT", {}]}}, "name": "EmptyImage"}}
>>> to_api(workflow, info)
{'1': {'inputs': {'width': 512}, 'class_type': 'EmptyImage', '_meta': {'title': 'EmptyImage'}}}
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from ....studio.errors import BadInput, Fault
from .flatten import flatten
from .saved import read_workflow
from .text import Choose

__all__ = ["is_api_format", "is_ui_format", "to_api"]


def is_ui_format(workflow: Any) -> bool:
    """What the canvas saves: nodes with positions, and the links between them."""
    return isinstance(workflow, dict) and isinstance(workflow.get("nodes"), list) and "links" in workflow


def is_api_format(workflow: Any) -> bool:
    """What the server runs: `{id: {"class_type": …, "inputs": …}}`."""
    if not isinstance(workflow, dict) or not workflow:
        return False
    return all(
        isinstance(node, dict) and isinstance(node.get("class_type"), str) for node in workflow.values()
    )


def first_option(options: Sequence[str]) -> str:
    return options[0]


def to_api(
    workflow: Any,
    object_info: dict[str, Any],
    choose: Choose = first_option,
    missing: list[Fault] | None = None,
) -> dict[str, Any]:
    """The API form of either form; the result is the caller's own. Raises BadInput with every fault found.

    `object_info` is the server's answer to GET /object_info. `choose` takes one option of each `{a|b}` in a
    prompt: the first unless told otherwise, so a file always gives the same graph (the canvas rolls dice).

    A node of a class that `object_info` lacks is a fault, unless a list is given as `missing`: then the node
    stays as the canvas leaves it, with `class_type` None, and its sentence goes into the list. No server runs
    such a graph.
    """
    if is_api_format(workflow):
        return copy.deepcopy(workflow)
    if not isinstance(workflow, dict) or "nodes" not in workflow:
        fault = Fault("", _what_is_it(workflow), "save it in ComfyUI with Workflow > Save, or Export (API)")
        raise BadInput("this is not a ComfyUI workflow", faults=[fault])
    try:
        return flatten(read_workflow(workflow), object_info, choose, missing)
    except RecursionError:
        fault = Fault(
            "", "is nested too deep: subgraphs, chains of reroutes, or choices in a prompt", "split it"
        )
        raise BadInput("this workflow can't be run as it is", faults=[fault]) from None


def _what_is_it(workflow: Any) -> str:
    if not isinstance(workflow, dict):
        return "the file holds no JSON object"
    if not workflow:
        return "the file is an empty object"
    nodes = {key: node for key, node in workflow.items() if isinstance(node, dict) and "inputs" in node}
    unnamed = [str(key) for key, node in nodes.items() if not isinstance(node.get("class_type"), str)]
    if unnamed:
        return f"it looks like the API form, but there is no class_type in {', '.join(unnamed[:8])}"
    return "it has neither a list of nodes (what the canvas saves) nor a class_type everywhere (the API form)"
