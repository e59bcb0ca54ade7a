"""Is a workflow runnable? Everything wrong with it at once, in the words and shapes of ComfyUI's own answer.

Where ComfyUI drops an output that can't be run and runs the rest, the whole workflow is refused here: half of
what was asked for is not what was asked for.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import math
import traceback
from collections.abc import Iterable
from typing import Any, NamedTuple

from ...host.standalone.dynamic import AUTOGROW, DYNAMIC_COMBO, expand
from ...studio.errors import StoryreelError
from ..comfy.graph.sockets import overgrown
from .calls import bound, call_each, constants, settled
from .catalogue import Catalogue, Kind, Kinds
from .graph import Graph, cycle, link, links

log = logging.getLogger("storyreel")

Problem = dict[str, Any]

WIDGETS = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", DYNAMIC_COMBO, AUTOGROW)


class Verdict(NamedTuple):
    """`error` is None if the workflow can be run; `outputs` are the nodes it is run for."""

    error: Problem | None
    outputs: list[str]
    node_errors: dict[str, Any]


def problem(type: str, message: str, details: str = "", **extra_info: Any) -> Problem:
    return {"type": type, "message": message, "details": details, "extra_info": extra_info}


async def validate(graph: Any, nodes: Catalogue, targets: Iterable[str] | None = None) -> Verdict:
    """Checks a graph in API format. `targets` limits the output nodes that are run.

    Values are turned into what their widget's type says, in place.
    """
    error = _shape(graph, nodes)
    if error is not None:
        return Verdict(error, [], {})
    kinds = Kinds(nodes)
    wanted = None if targets is None else set(targets)
    outputs = [
        node_id
        for node_id, node in graph.items()
        if kinds[node["class_type"]].schema.is_output_node and (wanted is None or node_id in wanted)
    ]
    if not outputs:
        return Verdict(problem("prompt_no_outputs", "Prompt has no outputs"), [], {})
    around = cycle(graph, outputs)
    if around:
        return Verdict(_failed(f"The nodes are connected in a circle: {' → '.join(around)}"), outputs, {})

    faults: dict[str, list[Problem]] = {}
    lines: list[str] = []
    needed = {output: _ancestry(graph, output) for output in outputs}
    for output in outputs:
        for node_id in needed[output]:
            if node_id not in faults:
                faults[node_id] = await _checked(graph, node_id, kinds)
        lines += [f"{fault['message']}: {fault['details']}" for fault in faults[output]]
    node_errors = {
        node_id: {
            "errors": found,
            "dependent_outputs": [output for output in outputs if node_id in needed[output]],
            "class_type": graph[node_id]["class_type"],
        }
        for node_id, found in faults.items()
        if found
    }
    return Verdict(_failed("\n".join(lines)) if node_errors else None, outputs, node_errors)


def complaints(graph: Graph, nodes: Catalogue) -> dict[str, str]:
    """What nodes that look at their values together say of them, without running anything: by node, a line each.

    For a graph whose values are each right by themselves.
    """
    kinds, said = Kinds(nodes), dict[str, str]()
    for node_id, node in graph.items():
        kind = kinds[node["class_type"]] if node["class_type"] in nodes else None
        validator = getattr(kind.node, "validate_inputs", None) if kind else None
        if kind is None or validator is None or inspect.getfullargspec(validator).varkw is None:
            continue
        try:
            asyncio.run(_own_faults(kind, node["inputs"], set(), True, {}))
        except StoryreelError as error:
            said[node_id] = str(error)
    return said


def _failed(details: str) -> Problem:
    return problem("prompt_outputs_failed_validation", "Prompt outputs failed validation", details)


def _shape(graph: Any, nodes: Catalogue) -> Problem | None:
    if not isinstance(graph, dict):
        return problem("invalid_prompt", "Cannot execute because the prompt is not an object of nodes.")
    for node_id, node in graph.items():
        where = f"Node ID '#{node_id}'"
        if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
            return problem(
                "invalid_prompt", "Cannot execute because a node is missing the class_type property.", where
            )
        if not isinstance(node.setdefault("inputs", {}), dict):
            return problem(
                "invalid_prompt", "Cannot execute because a node's inputs are not an object.", where
            )
    unknown = {
        node_id: node["class_type"] for node_id, node in graph.items() if node["class_type"] not in nodes
    }
    if unknown:
        first, class_type = next(iter(unknown.items()))
        return problem(
            "invalid_prompt",
            f"Cannot execute because node {class_type} does not exist.",
            f"Node ID '#{first}'",
            missing=sorted(set(unknown.values())),
            hint="Storyreel's own engine has Storyreel's nodes and a few of ComfyUI's; "
            "run this workflow on a ComfyUI that has the others.",
        )
    return None


def _ancestry(graph: Graph, output: str) -> dict[str, None]:
    """The output and what it needs, as far as the links lead somewhere."""
    found: dict[str, None] = {}
    waiting = [output]
    while waiting:
        node_id = waiting.pop()
        if node_id in graph and node_id not in found:
            found[node_id] = None
            waiting += [connection.node for _, connection in links(graph, node_id)]
    return found


async def _checked(graph: Graph, node_id: str, kinds: Kinds) -> list[Problem]:
    try:
        return await _node_faults(graph, node_id, kinds)
    except StoryreelError as error:  # how a node tells all that is wrong at once, not input by input
        return [_raised(str(error), type(error).__qualname__)]
    except Exception as error:
        log.exception("node %s (%s) can't be checked", node_id, graph[node_id]["class_type"])
        return [_raised(str(error), type(error).__qualname__, traceback.format_tb(error.__traceback__))]


async def _node_faults(graph: Graph, node_id: str, kinds: Kinds) -> list[Problem]:
    """Everything wrong with one node, as far as the workflow itself tells."""
    kind = kinds[graph[node_id]["class_type"]]
    inputs = graph[node_id]["inputs"]
    validator = getattr(kind.node, "validate_inputs", None)
    arguments = inspect.getfullargspec(validator) if validator else None
    takes_all = arguments is not None and arguments.varkw is not None
    own = set(arguments.args) if arguments is not None else set()
    types, _ = expand(kind.schema.types(), inputs)

    found: list[Problem] = []
    received: dict[str, Any] = {}
    for category in ("required", "optional"):
        for name, (type_, options) in types[category].items():
            if name not in inputs:
                if category == "required" and type_ != AUTOGROW:
                    found.append(
                        problem(
                            "required_input_missing",
                            "Required input is missing",
                            name.split(".")[-1],
                            input_name=name,
                        )
                    )
                continue
            value = inputs[name]
            config = {"input_name": name, "input_config": [type_, options]}
            if isinstance(value, list):
                found += _link_faults(
                    graph, name, value, type_, config, kinds, received, "input_types" in own
                )
                continue
            if isinstance(value, dict) and "__value__" in value:
                value = value["__value__"]  # how a frontend sends a list that is not a link
            if (value is not None and not _has_widget(type_)) or link(value) is not None:
                message = "This input comes by a wire only"
                details = f"{name}, connect it to a node that makes a {type_}"
                found.append(problem("bad_linked_input", message, details, **config))
                continue
            try:
                value = inputs[name] = _converted(value, type_)
            except (TypeError, ValueError, OverflowError) as error:
                message = f"Failed to convert an input value to a {type_} value"
                details = f"{name}, {value}, {error}"
                extra = {**config, "received_value": value, "exception_message": str(error)}
                found.append(problem("invalid_input_type", message, details, **extra))
                continue
            # A validator that takes an input answers for it alone. A dynamic one it gets whether it wants or
            # not.
            if type_ == DYNAMIC_COMBO or (not takes_all and name not in own):
                found += _value_faults(name, value, type_, options, config)
    known = {**types["required"], **types["optional"]}
    grown = dict(overgrown({"input": kind.schema.types()}, inputs))
    for name, details in grown.items():
        found.append(problem("bad_linked_input", "Too many inputs", f"{name}, {details}", input_name=name))
    for name, _ in links(graph, node_id):
        if name not in known and name.rpartition(".")[0] not in grown:
            found.append(problem("bad_linked_input", "Linked input does not exist", name, input_name=name))
    faulty = {fault["extra_info"].get("input_name") for fault in found}
    if arguments is not None and not (faulty if takes_all else faulty & own):
        found += await _own_faults(kind, inputs, own, takes_all, received)
    return found


def _has_widget(type_: Any) -> bool:
    """Whether an input's value may stand in the workflow itself. Where any type may come, anything may."""
    return not isinstance(type_, str) or type_ in WIDGETS or "*" in type_


def _converted(value: Any, type_: Any) -> Any:
    if type_ == "INT":
        return int(value)
    if type_ == "FLOAT":
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{number} is not a finite number")
        return number
    if type_ == "STRING":
        return str(value)
    if type_ == "BOOLEAN":
        if isinstance(value, str):
            raise ValueError(f"{value!r} is a text, not true or false")
        return bool(value)
    return value


def _value_faults(name: str, value: Any, type_: Any, options: dict, config: dict[str, Any]) -> list[Problem]:
    extra = {**config, "received_value": value}
    if "min" in options and value < options["min"]:
        message = f"Value {value} smaller than min of {options['min']}"
        return [problem("value_smaller_than_min", message, name, **extra)]
    if "max" in options and value > options["max"]:
        message = f"Value {value} bigger than max of {options['max']}"
        return [problem("value_bigger_than_max", message, name, **extra)]
    if isinstance(type_, list):
        choices = type_
    elif type_ == DYNAMIC_COMBO:
        choices = [option["key"] for option in options["options"]]
    elif type_ == "COMBO":
        choices = options.get("options") or []
    else:
        return []
    if value in choices:
        return []
    long = len(choices) > 20
    details = f"{name}: '{value}' not in " + (f"(list of length {len(choices)})" if long else str(choices))
    return [
        problem(
            "value_not_in_list",
            "Value not in list",
            details,
            **(extra | {"input_config": None} if long else extra),
        )
    ]


def _link_faults(
    graph: Graph,
    name: str,
    value: list[Any],
    type_: Any,
    config: dict[str, Any],
    kinds: Kinds,
    received: dict[str, Any],
    any_type: bool,
) -> list[Problem]:
    connection = link(value)
    if connection is None:
        message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
        return [problem("bad_linked_input", message, name, **config, received_value=value)]
    if connection.node not in graph:
        return [
            _raised(f"{name} is linked to node '{connection.node}', which is not in the prompt", "KeyError")
        ]
    outputs = [output.io_type for output in kinds[graph[connection.node]["class_type"]].schema.outputs]
    if not 0 <= connection.slot < len(outputs):
        where = f"output {connection.slot} of node '{connection.node}'"
        return [_raised(f"{name} is linked to {where}, which has {len(outputs)}", "IndexError")]
    sent = received[name] = outputs[connection.slot]
    if any_type or _fits(sent, type_):
        return []
    details = f"{name}, received_type({sent}) mismatch input_type({type_})"
    message = "Return type mismatch between linked nodes"
    return [
        problem("return_type_mismatch", message, details, **config, received_type=sent, linked_node=value)
    ]


def _raised(details: str, exception_type: str, lines: Iterable[str] = ()) -> Problem:
    extra = {"exception_type": exception_type, "traceback": list(lines)}
    return problem("exception_during_validation", "Exception when validating node", details, **extra)


def _fits(sent: Any, wanted: Any) -> bool:
    """Whether an output of type `sent` may go into an input of type `wanted`; both may name several, with
    commas.
    """
    if sent == wanted or "*" in (sent, wanted) or (isinstance(sent, list) and wanted == "COMBO"):
        return True
    if not isinstance(sent, str) or not isinstance(wanted, str):
        return False
    kinds = [{kind.strip() for kind in types.split(",")} for types in (sent, wanted)]
    return bool(kinds[0] & kinds[1]) or any("*" in kind for kind in kinds)


async def _own_faults(
    kind: Kind, inputs: dict[str, Any], own: set[str], takes_all: bool, received: dict[str, Any]
) -> list[Problem]:
    """What the node's own `validate_inputs` says: True, or what is wrong.

    As in ComfyUI it gets the inputs that it names, linked ones as None; a dynamic input that it names has its
    inner values only if it takes **keywords.
    """
    values, places = constants(kind.schema, inputs)
    values = {name: value for name, value in values.items() if takes_all or name in own}
    if "input_types" in own:
        values["input_types"] = [received]
    if not values:
        return []
    answers = await settled(call_each(bound(kind.node, {}).validate_inputs, values, places))
    found = []
    for name in values:
        for answer in answers:
            if answer is not True:
                details = name if answer is False else f"{name} - {answer}"
                message = "Custom validation failed for node"
                found.append(problem("custom_validation_failed", message, details, input_name=name))
    return found
