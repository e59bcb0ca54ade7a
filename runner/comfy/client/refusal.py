"""A server's refusal of a graph in words for a person: a fault per complaint, with its node and input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....studio.errors import BadInput, Fault


def title_of(graph: Mapping[str, Any], node_id: str) -> str:
    """What a person calls the node: its title on the canvas, else its class."""
    node = graph.get(node_id) or {}
    return str((node.get("_meta") or {}).get("title") or node.get("class_type") or "node")


def place_of(graph: Mapping[str, Any], node_id: str, name: str = "") -> str:
    """`Render Film (#4).filename_prefix`."""
    place = f"{title_of(graph, node_id)} (#{node_id})"
    return f"{place}.{name}" if name else place


def refusal(graph: Mapping[str, Any], answer: Mapping[str, Any]) -> BadInput:
    """The BadInput for the body of a 400, or of a 200 with node_errors, from POST /prompt."""
    faults = []
    for node_id, complaint in (answer.get("node_errors") or {}).items():
        for error in complaint.get("errors") or []:
            faults += _faults(graph, str(node_id), error)
    error = answer.get("error") or {}
    if isinstance(error, str):
        error = {"message": error}
    kind = error.get("type", "")
    if faults:
        return BadInput("the server refused the workflow, and nothing was run", faults=faults)
    message = str(error.get("message") or "the server refused the workflow without a reason").rstrip(".")
    details = str(error.get("details") or "")
    hint = ""
    if "does not exist" in message or kind in ("invalid_prompt", "missing_node_type"):
        hint = "install the node pack it comes from on that server, or take the node out of the workflow"
    if kind == "prompt_no_outputs":
        hint = "add a node that keeps something, such as Render Film or Save Video"
    if kind == "prompt_outputs_failed_validation" and not details:
        message, hint = "the server refused the workflow", "do its nodes feed each other in a circle?"
    return BadInput(f"{message}: {details}" if details else message, hint)


def _faults(graph: Mapping[str, Any], node_id: str, error: Mapping[str, Any]) -> list[Fault]:
    if str(error.get("type", "")).startswith("exception_during"):
        # A node of ours says all that is wrong with it at once, a line each.
        lines = str(error.get("details") or error.get("message") or "is not accepted").splitlines()
        return [Fault(place_of(graph, node_id), line.strip()) for line in lines]
    return [_fault(graph, node_id, error)]


def _fault(graph: Mapping[str, Any], node_id: str, error: Mapping[str, Any]) -> Fault:
    extra = error.get("extra_info") or {}
    name = str(extra.get("input_name") or "")
    details = str(error.get("details") or "")
    kind = error.get("type")
    if kind == "required_input_missing":
        return Fault(place_of(graph, node_id, name or details), "needs a value or a connection")
    if kind == "value_not_in_list":
        return Fault(place_of(graph, node_id, name), details.removeprefix(f"{name}: "))
    if kind == "custom_validation_failed":
        return Fault(place_of(graph, node_id, name), details.removeprefix(f"{name} - ") or "is not accepted")
    message = str(error.get("message") or "is not accepted")
    shown = details.removeprefix(f"{name}, ")
    return Fault(
        place_of(graph, node_id, name), f"{message}: {shown}" if shown and shown != name else message
    )
