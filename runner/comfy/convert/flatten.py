"""From graphs within graphs to one flat graph of the nodes the server runs.

>>> flatten(SavedWorkflow(Graph("", "", {"1": Node("1", "Note")}, {}), {}), {}, choose=min)
{}
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ....studio.errors import BadInput, Fault
from ..graph.choices import not_offered
from .links import BYPASSED, MUTED, Output, Scope, Tracer, Typed, at, called, first_value
from .nodes import LoadedNode, load_node
from .saved import INPUT_SIDE, Graph, Node, SavedWorkflow, Slot
from .text import Choose, expand_choices, fill_patterns
from .widgets import UNSET, Widget, is_number

# Nodes that live in the canvas alone: the core's, and those of widespread packs.
CANVAS_NODES = {
    "Reroute", "PrimitiveNode", "Note", "MarkdownNote",
    "SetNode", "GetNode",  # KJNodes: a wire with a name instead of a line
    "Reroute (rgthree)", "Label (rgthree)", "Bookmark (rgthree)", "Node Collector (rgthree)",
    "Fast Muter (rgthree)", "Fast Bypasser (rgthree)", "Random Unmuter (rgthree)",
    "Fast Groups Muter (rgthree)", "Fast Groups Bypasser (rgthree)", "Fast Actions Button (rgthree)",
    "Mute / Bypass Repeater (rgthree)", "Mute / Bypass Relay (rgthree)",
}  # fmt: skip

# Nodes whose file name prefix may hold %Node.widget% and %date:…%.
SAVE_NODES = {
    "SaveImage", "SaveVideo", "SaveAnimatedWEBP", "SaveWEBM", "SaveAudio", "SaveGLB", "SaveAnimatedPNG",
    "CLIPSave", "VAESave", "ModelSave", "LoraSave", "SaveLatent", "VHS_VideoCombine",
}  # fmt: skip

# Widgets whose value the browser makes as the run is queued. There is no browser here.
FROM_THE_BROWSER = {"LOAD_3D": "a 3D view", "WEBCAM": "a camera", "AUDIO_RECORD": "a microphone"}

# Ten subgraphs, each holding the next ten times, are a file of a few lines and a graph no memory holds.
MOST_SUBGRAPHS = 10_000

_UNFIT = "this workflow can't be run as it is"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def flatten(
    workflow: SavedWorkflow, object_info: dict[str, Any], choose: Choose, missing: list[Fault] | None = None
) -> dict[str, Any]:
    """The API graph. Raises BadInput with every fault found.

    Where `missing` is given, nodes of unknown classes are no fault: they stay, as the canvas leaves them, and
    what there is to say of them is added to that list.
    """
    return _Flattener(workflow, object_info, choose).run(missing)


class _Flattener:
    def __init__(self, workflow: SavedWorkflow, object_info: dict[str, Any], choose: Choose) -> None:
        self.workflow = workflow
        self.object_info = object_info
        self.choose = choose
        self.faults: list[Fault] = []
        self.loaded: dict[str, dict[str, LoadedNode]] = {}  # subgraph -> its nodes
        self.scopes: dict[tuple[str, ...], Scope] = {}
        self.links = Tracer(self.scopes, self.faults)

    def run(self, missing: list[Fault] | None) -> dict[str, Any]:
        root = self.workflow.root
        self.place(Scope(root, {node.id: self.load(node, ()) for node in root.nodes.values()}))
        unknown: dict[str, list[tuple[str, Node]]] = {}  # class -> the nodes of it, with their full ids
        api = {}
        for scope, node in self.active():
            if node.class_type in self.object_info:
                api[scope.id(node)] = {
                    "inputs": self.inputs(scope, node),
                    "class_type": node.class_type,
                    "_meta": {"title": node.title},
                }
            else:
                unknown.setdefault(node.saved.type, []).append((scope.id(node), node.saved))
                api[scope.id(node)] = {
                    "inputs": _unknown_widget(node.saved) | self.inputs(scope, node),
                    "class_type": None,
                    "_meta": {"title": node.saved.title or None},
                }
        faults = list(self.faults)
        (faults if missing is None else missing)[:0] = _unknown_classes(unknown)
        if faults:
            raise BadInput(_UNFIT, faults=faults)
        for entry in api.values():  # a link to a muted node is no link
            inputs = entry["inputs"].items()
            entry["inputs"] = {k: v for k, v in inputs if not isinstance(v, list) or v[0] in api}
        return api

    def active(self) -> Iterator[tuple[Scope, LoadedNode]]:
        """The nodes for the server. Nothing inside a muted or bypassed box is sent, however deep it lies: frontends
        since 1.42 leave out what is in such a box at the top, older ones send it all, and a person who muted a box
        pays for nothing in it.
        """
        for scope in self.scopes.values():
            if scope.silenced:
                continue
            for node in scope.nodes.values():
                if node.class_type is not None and node.saved.mode not in (MUTED, BYPASSED):
                    yield scope, node

    def place(self, scope: Scope) -> None:
        if len(self.scopes) > MOST_SUBGRAPHS:
            fault = Fault("", f"has more than {MOST_SUBGRAPHS} subgraphs within subgraphs", "split it")
            raise BadInput(_UNFIT, faults=[fault])
        self.scopes[scope.path] = scope
        for node in scope.nodes.values():
            if node.subgraph:
                path = (*scope.path, node.saved.id)
                self.place(Scope(node.subgraph, self.loaded[node.subgraph.id], path, scope, node))

    # Loading

    def load(self, saved: Node, within: tuple[str, ...]) -> LoadedNode:
        """`within` names the subgraphs around the node, from the outside in."""
        if saved.type in self.workflow.subgraphs:
            return self.load_box(saved, self.workflow.subgraphs[saved.type], within)
        if saved.type in self.object_info:
            return load_node(saved, self.object_info[saved.type])
        class_type = None if saved.type in CANVAS_NODES else saved.type
        title = saved.title or saved.type
        return LoadedNode(saved, title, class_type, list(saved.inputs), list(saved.output_types))

    def load_box(self, saved: Node, graph: Graph, within: tuple[str, ...]) -> LoadedNode:
        """A subgraph's box: its inputs are the definition's, and some show a widget of a node inside."""
        if graph.id in within:
            fault = Fault(
                f"subgraph '{graph.name}'", "holds itself, so it would never end", "take it out of itself"
            )
            raise BadInput(_UNFIT, faults=[fault])
        if graph.id not in self.loaded:
            inside = (*within, graph.id)
            self.loaded[graph.id] = {node.id: self.load(node, inside) for node in graph.nodes.values()}
        links = {slot.name: slot.link for slot in saved.inputs}
        inputs = [Slot(slot.name, slot.type, link=links.get(slot.name)) for slot in graph.inputs]
        outputs = [slot.type for slot in graph.outputs]
        box = LoadedNode(saved, saved.title or graph.name, None, inputs, outputs, subgraph=graph)
        for slot in graph.inputs:
            shown = _shown_widget(graph, self.loaded[graph.id], slot)
            if shown:
                box.widgets.append(Widget(slot.name, shown.kind, shown.value, accept=shown.accept))
        _assign_shown(box)
        return box

    # Inputs

    def inputs(self, scope: Scope, node: LoadedNode) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        for widget in node.widgets:
            if widget.sent:
                inputs[widget.name] = _wrapped(self.rewritten(node, widget, self.value(scope, node, widget)))
        for index, slot in enumerate(node.inputs):
            source = self.links.source(scope, node, index)
            if isinstance(source, Output):
                inputs[slot.name] = list(source)
            elif isinstance(source, Typed):
                inputs[slot.name] = _wrapped(source.value)
        for widget in node.widgets:
            if widget.sent:
                self.check(scope, node, widget, inputs[widget.name])
        return {name: copy.deepcopy(value) for name, value in inputs.items() if value is not UNSET}

    def value(self, scope: Scope, node: LoadedNode, widget: Widget) -> Any:
        """A widget's own value, or that of what is plugged into it: a primitive, or the subgraph's box."""
        slot = next((slot for slot in node.inputs if slot.name == widget.name), None)
        link = scope.graph.links.get(slot.link) if slot and slot.link is not None else None
        if link is None:
            return widget.value
        if link.origin == INPUT_SIDE and scope.box and scope.parent:
            outer = at(scope.box.inputs, link.origin_slot)
            shown = scope.box.widget(outer.name) if outer else None
            return widget.accept(self.value(scope.parent, scope.box, shown)) if shown else widget.value
        origin = scope.nodes.get(link.origin)
        if origin and origin.saved.type == "PrimitiveNode" and origin.saved.values:
            value = first_value(origin.saved)
            if isinstance(value, str) and origin.saved.properties.get("Run widget replace on values"):
                value = fill_patterns(value, self.look_up)
            return widget.accept(value)
        return widget.value

    def rewritten(self, node: LoadedNode, widget: Widget, value: Any) -> Any:
        if isinstance(value, str) and widget.options.get("dynamicPrompts") is True:
            return expand_choices(value, self.choose)
        if isinstance(value, str) and node.class_type in SAVE_NODES and widget.name == "filename_prefix":
            return fill_patterns(value, self.look_up)
        return value

    def look_up(self, name: str, widget_name: str) -> Any:
        """For `%Node.widget%`. A node's name is its property made for this, or else its title."""
        nodes = [node for scope in self.scopes.values() for node in scope.nodes.values()]
        named = [n for n in nodes if n.saved.properties.get("Node name for S&R", n.saved.type) == name]
        for node in (named or [n for n in nodes if n.title == name])[:1]:
            widget = node.widget(widget_name)
            return widget.value if widget and widget.value is not UNSET else None
        return None

    def check(self, scope: Scope, node: LoadedNode, widget: Widget, value: Any) -> None:
        """What would make the node fail in a way that hides the reason."""
        place = f"{scope.call(node)}, {widget.name}"
        if widget.kind in FROM_THE_BROWSER:
            message = f"comes from {FROM_THE_BROWSER[widget.kind]} in the browser, which isn't there"
            self.faults.append(Fault(place, message, "load it from a file instead"))
        elif strange := _strange_choice(widget, value):
            self.faults.append(Fault(place, *strange))
        elif any(_strange_choice(each, each.value) for each in node.widgets):
            return  # the values behind it stand for widgets that it would have brought
        elif widget.kind in ("INT", "FLOAT") and not _is_number_or_link(value):
            message = (
                f"{json.dumps(value, ensure_ascii=False)} is not a number, so the saved values don't fit"
            )
            self.faults.append(Fault(place, message + _misfit(node), _misfit_cure(node)))


def _strange_choice(widget: Widget, value: Any) -> tuple[str, str] | None:
    """What is wrong with a choice that brings further widgets, where there is no such choice."""
    if widget.kind != "COMFY_DYNAMICCOMBO_V3" or value is UNSET:
        return None
    keys = [str(option.get("key")) for option in widget.options.get("options") or ()]
    return None if value in keys else not_offered(str(value), keys)


def _shown_widget(graph: Graph, inner: dict[str, LoadedNode], slot: Slot) -> Widget | None:
    """The widget that a subgraph's input shows on the box: that of the first input inside it leads to."""
    for name in slot.links:
        link = graph.links.get(name)
        target = inner.get(link.target) if link else None
        for found in target.inputs if target else ():
            # By the link's id, not by its target slot: files hold wrong slots.
            widget = target.widget(found.name) if target and found.link == name else None
            if widget:
                return widget
    return None


def _assign_shown(box: LoadedNode) -> None:
    """The values saved with a subgraph's box.

    By place at first, then by `proxyWidgets`, where "-1" marks the box's own widgets. The others named there
    are windows on widgets inside, which keep their own value.
    """
    values = box.saved.values
    if isinstance(values, dict):
        return
    for widget, value in zip(box.widgets, values, strict=False):
        widget.value = widget.accept(value)
    proxies = box.saved.properties.get("proxyWidgets")
    if isinstance(proxies, str):
        try:
            proxies = json.loads(proxies)
        except ValueError:
            proxies = None
    for proxy, value in zip(proxies if isinstance(proxies, list) else (), values, strict=False):
        widget = (
            box.widget(proxy[1]) if isinstance(proxy, list) and proxy[:1] == ["-1"] and proxy[1:] else None
        )
        if widget and value is not None:
            widget.value = widget.accept(value)


def _unknown_widget(saved: Node) -> dict[str, Any]:
    """The canvas makes one widget for all the values of a class it doesn't know; the last value stays."""
    if not isinstance(saved.values, list) or not saved.values:
        return {}
    last = saved.values[-1]
    return {"UNKNOWN": _wrapped("null" if last is None else last)}


def _unknown_classes(unknown: dict[str, list[tuple[str, Node]]]) -> Iterator[Fault]:
    for name, nodes in sorted(unknown.items()):
        users = ", ".join(called(node_id, node) for node_id, node in nodes)
        if name.startswith(("workflow/", "workflow>")):
            yield Fault(
                f"'{name}'", f"is a group node: {users}", "convert it to a subgraph in ComfyUI and save"
            )
        elif _UUID.fullmatch(name):
            yield Fault(users, "is a subgraph whose definition isn't in the file", "save it in ComfyUI again")
        else:
            cure = _cure(node for _, node in nodes)
            yield Fault(f"'{name}'", f"is no node that this ComfyUI has: {users}", cure)


def _cure(nodes: Iterable[Node]) -> str:
    """Saved nodes say which pack they are from: by its name in the registry, or by its repository."""
    packs = {str(node.properties.get("cnr_id") or node.properties.get("aux_id") or "") for node in nodes} - {
        ""
    }
    if packs == {"comfy-core"}:
        return "update ComfyUI"
    return f"install {' or '.join(sorted(packs))}" if packs else "install the pack it is from"


def _wrapped(value: Any) -> Any:
    """A bare list would be read as a link, so the server takes a list of values in a wrapping."""
    return {"__value__": value} if isinstance(value, list) else value


def _is_number_or_link(value: Any) -> bool:
    return value is UNSET or isinstance(value, list) or is_number(value)


def _misfit(node: LoadedNode) -> str:
    """Why values can be in each other's places: the node has widgets that its definition doesn't."""
    if node.unplaced:
        names = ", ".join(f"'{name}'" for name in node.unplaced)
        return f": the node also has {names}, which the server's definition of {node.class_type} lacks"
    if node.spare:
        count = sum(widget.saved and widget.kind != "UNDECLARED" for widget in node.widgets)
        return f": there are {count + node.spare}, and the server's definition of {node.class_type} has {count} widgets"
    return ""


def _misfit_cure(node: LoadedNode) -> str:
    if node.unplaced or node.spare:
        return (
            "the pack's JavaScript makes the others, or another version of the node had them: use Export (API) in "
            "ComfyUI, which names every value"
        )
    return "they belong to another version of the node: correct them in ComfyUI and save"
