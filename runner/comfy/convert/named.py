"""Which saved value is whose, where the file says so by name: for widgets that a pack's JavaScript makes.

Such widgets are in no definition of the server. Values in a list then don't fit the places of the widgets that
are; but many files name their values: as an object in `widgets_values` (Video Helper Suite), as one beside it in
`widgets_values_named` (frontends since 2026), by the widgets of the inputs, or as properties.

>>> values_by_name([1, "b", 3], {"a": 1, "made": "b", "c": 3}, (), [Widget("a", "INT"), Widget("c", "INT")])
{'a': 1, 'made': 'b', 'c': 3}
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .widgets import Widget, is_number

# What the canvas makes for itself: players, previews, buttons that choose a file, what happens after a run.
_SHOWS = re.compile(
    r"\$\$.*|audio_?ui|upload|choose .* to upload|refresh|auto-refresh after generation"
    r"|control_(before|after)_generate|control_filter_list"
    r"|(vhs|text|image|audio|video|latent|animation|3d|_|-| )*preview(mode|text|markdown|image|_|-| )*",
    re.IGNORECASE,
)


def values_by_name(
    values: Any, named: dict[str, Any], slots: Sequence[str], widgets: list[Widget]
) -> dict[str, Any] | None:
    """The saved values by name, or None where only their places tell whose they are.

    `slots` names the widgets that the file's inputs belong to, in their order; `widgets` are the declared ones.
    """
    if isinstance(values, dict):
        return values
    if named:
        # A list that was edited by hand counts, as on the canvas: the names are then those of before.
        return named if not values or _counted(named.values()) <= _counted(values) else None
    return _by_slots(values, slots, widgets)


def undeclared(
    named: dict[str, Any],
    properties: dict[str, Any],
    slots: Iterable[str],
    is_declared: Callable[[str], bool],
) -> Iterator[tuple[str, Any]]:
    """Names and values of what the canvas sends besides the declared widgets. A property counts where an input's
    widget has its name.
    """
    found = {name: properties[name] for name in slots if _is_plain(properties.get(name))} | named
    for name, value in found.items():
        if value is not None and not is_declared(name) and not shows_only(name):
            yield name, value


def shows_only(name: str) -> bool:
    """Whether a widget of that name holds nothing for the server, if the server doesn't declare it."""
    return _SHOWS.fullmatch(name) is not None


def _counted(values: Iterable[Any]) -> Counter[str]:
    return Counter(json.dumps(value, sort_keys=True) for value in values)


def _by_slots(values: list[Any], slots: Sequence[str], widgets: list[Widget]) -> dict[str, Any] | None:
    """Since frontend 1.16 every widget has an input, in the order of the widgets. Taken only if there are as many
    values and each is of its widget's kind: a pack can add the inputs of its widgets in an order of its own.
    """
    declared = {widget.name: widget for widget in widgets}
    if set(slots) <= set(declared) or len(set(slots)) < len(slots):
        return None
    if any(w.saved and w.kind != "CONTROL" and w.name not in slots for w in widgets):
        return None
    order: list[tuple[str, Widget | None]] = []
    for name in slots:
        widget = declared.get(name)
        order.append((name, widget))
        for follower in widgets[widgets.index(widget) + 1 :] if widget else ():
            if follower.kind != "CONTROL":
                break
            order.append((follower.name, follower))
    order = [(name, widget) for name, widget in order if widget is None or widget.saved]
    if len(order) != len(values):
        return None
    if not all(_fits(widget, value) for (_, widget), value in zip(order, values, strict=True)):
        return None
    return {name: value for (name, _), value in zip(order, values, strict=True)}


def _fits(widget: Widget | None, value: Any) -> bool:
    if widget is None:
        return True
    if widget.kind in ("INT", "FLOAT"):
        return is_number(value)
    return isinstance(value, bool) if widget.kind == "BOOLEAN" else True


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)
