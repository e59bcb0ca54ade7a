"""What an example workflow is made of: nodes, notes and groups, and where each stands on the canvas."""

from __future__ import annotations

from typing import Any

Graph = dict[str, Any]

WRITE, SHOOT, RENDER, NOTE = "#3f789e", "#8A8", "#b58b2a", "#88A"


def node(
    type: str, pos: tuple[int, int], size: tuple[int, int], title: str = "", **widgets: Any
) -> dict[str, Any]:
    """A node; a dot in a widget's name is written as two underscores."""
    named = {name.replace("__", "."): value for name, value in widgets.items()}
    return {"type": type, "pos": list(pos), "size": list(size), "title": title, "widgets": named}


def note(pos: tuple[int, int], size: tuple[int, int], text: str) -> dict[str, Any]:
    spec = node("MarkdownNote", pos, size, "Read me")
    # The note's widget has no name of its own in every frontend: it is the first one.
    return spec | {"widgets": {"": text}, "color": ["#432", "#653"]}


def group(title: str, box: tuple[int, int, int, int], color: str) -> dict[str, Any]:
    return {"title": title, "box": list(box), "color": color}
