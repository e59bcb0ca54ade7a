"""A node once the canvas has loaded it: its inputs, its widgets, and the value of each widget.

Saved values have no names: `widgets_values` is a list in the order in which the canvas makes widgets. So the
widgets have to be made again, in that order, with the ones only the canvas has (what to do with the seed
afterwards, the upload button), for the values to land where they belong.

>>> definition = {"input": {"required": {"seed": ["INT", {}], "steps": ["INT", {}]}}, "name": "Sampler"}
>>> node = load_node(Node("3", "Sampler", values=[42, "randomize", 20]), definition)
>>> [(w.name, w.value) for w in node.widgets if w.sent]
[('seed', 42), ('steps', 20)]
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .definition import InputSpec, chosen_specs, format_specs, grown_specs, input_specs, output_types
from .named import shows_only, undeclared, values_by_name
from .saved import Graph, Node, Slot
from .widgets import Widget, annotated_paths, has_widget, make_widgets

# The canvas takes titles from its own English dictionary, which is behind the server here.
CANVAS_TITLES = {"ByteDanceSeedreamNode": "ByteDance Seedream 4"}

# Widgets whose pack renamed them, and still reads the old name.
OLD_NAMES = {"VHS_VideoCombine": {"save_image": "save_output"}}


@dataclass(eq=False)
class LoadedNode:
    saved: Node
    title: str
    class_type: str | None = None  # None: the server never sees this node
    inputs: list[Slot] = field(default_factory=list)
    output_types: list[str] = field(default_factory=list)
    widgets: list[Widget] = field(default_factory=list)
    unplaced: tuple[str, ...] = ()  # widgets that the definition lacks and whose values can't be told
    spare: int = 0  # how many more values the file holds than the definition has widgets
    subgraph: Graph | None = None  # what stands behind the node, if it is a subgraph's box

    def widget(self, name: str) -> Widget | None:
        return next((widget for widget in self.widgets if widget.name == name), None)


def load_node(saved: Node, definition: dict[str, Any]) -> LoadedNode:
    """`definition` is the entry of the node's class in the server's /object_info."""
    builder = _Builder(saved.type)
    specs = list(input_specs(definition))
    builder.add_inputs(specs)
    builder.assign(_without_linked_only(specs, builder.widgets, saved.values), saved)
    defined = output_types(definition)
    return LoadedNode(
        saved,
        title=saved.title or class_title(definition) or saved.type,
        class_type=saved.type,
        inputs=builder.connect(saved.inputs),
        output_types=[*defined, *saved.output_types[len(defined) :]],
        widgets=builder.widgets,
        unplaced=builder.unplaced,
        spare=builder.spare,
    )


def class_title(definition: dict[str, Any]) -> str | None:
    name = definition.get("name")
    return CANVAS_TITLES.get(name or "") or definition.get("display_name") or name


def _without_linked_only(specs: list[InputSpec], widgets: list[Widget], values: Any) -> Any:
    """Files from before frontend 1.16 hold values for inputs that can only be linked. The count shows it."""
    if not isinstance(values, list):
        return values
    names = {widget.name for widget in widgets}
    valued = [spec for spec in specs if spec.name in names or spec.linked_only]
    controlled = [
        spec
        for spec in valued
        if spec.options.get("control_after_generate") or spec.name in ("seed", "noise_seed")
    ]
    if len(valued) + len(controlled) != len(values):
        return values
    # Place by place, though a controlled input has two values: that is how the canvas does it.
    return [v for place, v in enumerate(values) if place >= len(valued) or not valued[place].linked_only]


class _Builder:
    def __init__(self, class_type: str) -> None:
        self.class_type = class_type
        self.inputs: list[Slot] = []
        self.widgets: list[Widget] = []
        self.growing: list[str] = []  # the names of inputs that come in any number
        self.unplaced: tuple[str, ...] = ()
        self.spare = 0

    def add_inputs(self, specs: list[InputSpec]) -> None:
        for spec in specs:
            self.add_socket(spec)
        for spec in specs:
            self.add_widget(spec)
        if self.class_type == "CustomCombo":
            self.widgets.append(Widget("option0", "OPTION", ""))

    def add_socket(self, spec: InputSpec) -> None:
        """An input without a widget. Dynamic inputs become plain ones here, widgets and all."""
        if has_widget(spec):
            return
        if spec.type == "COMFY_MATCHTYPE_V3":
            allowed = (spec.options.get("template") or {}).get("allowed_types")
            self.add(InputSpec(spec.name, allowed or "*", spec.options))
        elif spec.type == "COMFY_AUTOGROW_V3":
            self.growing.append(spec.name)
            for grown in grown_specs(spec):
                self.add(grown)
        else:
            self.inputs.append(Slot(spec.name, spec.type))

    def add_widget(self, spec: InputSpec) -> None:
        if not has_widget(spec):
            return
        widgets = make_widgets(spec)
        self.widgets += widgets
        self.inputs.append(Slot(spec.name, spec.type, widget=spec.name))
        if spec.kind == "IMAGEUPLOAD":
            for combo in self.widgets:
                if combo.name == spec.options["imageInputName"]:
                    combo.accept = annotated_paths(combo.value, spec.options)
        if spec.kind == "COMFY_DYNAMICCOMBO_V3":
            self.choose(widgets[0])

    def add(self, spec: InputSpec) -> None:
        self.add_socket(spec)
        self.add_widget(spec)

    def choose(self, combo: Widget) -> None:
        """A dynamic combo brings the inputs of the choice it is set to, right behind itself."""
        group = f"{combo.name}."
        self.widgets = [widget for widget in self.widgets if not widget.name.startswith(group)]
        self.inputs = [slot for slot in self.inputs if not slot.name.startswith(group)]
        self.growing = [name for name in self.growing if not name.startswith(group)]
        widget_count, input_count = len(self.widgets), len(self.inputs)
        for spec in chosen_specs(combo.options, combo.value, combo.name):
            self.add(spec)
        widgets, self.widgets[widget_count:] = self.widgets[widget_count:], []
        inputs, self.inputs[input_count:] = self.inputs[input_count:], []
        at = self.widgets.index(combo) + 1
        self.widgets[at:at] = widgets
        at = [slot.name for slot in self.inputs].index(combo.name) + 1
        self.inputs[at:at] = inputs

    def choose_format(self, combo: Widget) -> None:
        """A choice of Video Helper Suite's format combo brings widgets right behind itself, and inputs to link
        to them at the end. A list of values has no places for them: the pack reads its first six alone.
        """
        self.widgets = [widget for widget in self.widgets if widget.brought_by is not combo]
        names = {widget.name for widget in self.widgets}
        brought = []
        for spec in format_specs(combo.options, combo.value):
            if has_widget(spec) and spec.name not in names:
                brought += [replace(w, saved=False, brought_by=combo) for w in make_widgets(spec)[:1]]
        self.inputs += [Slot(widget.name, widget.kind, widget=widget.name) for widget in brought]
        at = self.widgets.index(combo) + 1
        self.widgets[at:at] = brought

    def assign(self, values: Any, saved: Node) -> None:
        """Saved values to widgets: by name where the file tells names, else by place. Values of widgets that the
        definition lacks are taken where they have names: the pack's JavaScript makes such widgets.
        """
        slots = [slot.widget for slot in saved.inputs if slot.widget and not self.varies(slot.widget)]
        found = values_by_name(values, saved.named, slots, self.widgets)
        if found is None:
            found = saved.named
            self.assign_places(values)
        else:
            new = {name: now for name, now in OLD_NAMES.get(self.class_type, {}).items() if now not in found}
            found = {new.get(name, name): value for name, value in found.items()}
            self.assign_names(found)
        for name, value in undeclared(found, saved.properties, slots, self.declares):
            self.widgets.append(Widget(name, "UNDECLARED", value))
        self.unplaced = tuple(n for n in slots if not self.declares(n) and not shows_only(n))

    def assign_names(self, values: dict[str, Any]) -> None:
        at = 0
        while at < len(self.widgets):  # not a for loop: setting a value can change the widgets behind it
            widget = self.widgets[at]
            at += 1
            if widget.name in values:
                self.set(widget, values[widget.name])

    def assign_places(self, values: list[Any]) -> None:
        at = taken = 0
        while at < len(self.widgets):  # nor here
            widget = self.widgets[at]
            at += 1
            if widget.saved and taken < len(values):
                self.set(widget, values[taken])
                taken += 1
        self.spare = len(values) - taken

    def varies(self, name: str) -> bool:
        """Whether it is an input that a choice brings along or that comes in any number."""
        groups = [*self.growing, *(w.name for w in self.widgets if w.kind == "COMFY_DYNAMICCOMBO_V3")]
        return any(name.startswith(f"{group}.") for group in groups)

    def declares(self, name: str) -> bool:
        named = (widget.name for widget in self.widgets), (slot.name for slot in self.inputs)
        return any(name in names for names in named) or self.varies(name)

    def set(self, widget: Widget, value: Any) -> None:
        widget.value = widget.accept(value)
        if widget.kind == "COMFY_DYNAMICCOMBO_V3":
            self.choose(widget)
        if widget.kind == "COMBO" and widget.options.get("formats"):
            self.choose_format(widget)
        if (
            widget.kind == "OPTION" and value and widget is self.widgets[-1]
        ):  # one empty option stays at the end
            self.widgets.append(Widget(f"option{len(self.widgets) - 1}", "OPTION", ""))
        if self.class_type in ("KSampler", "KSamplerAdvanced") and widget.name == "sampler_name":
            # The first names of samplers, still found in old files.
            widget.value = value.removeprefix("sample_") if isinstance(value, str) else value

    def connect(self, saved: tuple[Slot, ...]) -> list[Slot]:
        """The inputs with their links, and the inputs only the file has: grown ones, or a pack's own."""
        by_name = {slot.name: slot for slot in saved}
        inputs = [replace(s, link=by_name[s.name].link) if s.name in by_name else s for s in self.inputs]
        defined = {slot.name for slot in inputs}
        return inputs + [slot for slot in saved if slot.name not in defined and self.keeps(slot)]

    def keeps(self, slot: Slot) -> bool:
        if any(slot.name.startswith(f"{name}.") for name in self.growing):
            return True
        for widget in self.widgets:
            if widget.kind == "COMFY_DYNAMICCOMBO_V3" and slot.name.startswith(f"{widget.name}."):
                return False  # the input of another choice
        return slot.widget is None or any(widget.name == slot.widget for widget in self.widgets)
