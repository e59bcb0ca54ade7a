"""The example workflows as they lie on the canvas: nothing covers anything, in the taller Vue nodes either."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).parents[2]
WORKFLOWS = sorted((REPO / "workflows").glob("*.json"))
TITLE = 30  # above a node's place


@pytest.fixture(scope="module")
def least_height() -> dict[str, int]:
    """The measured heights of Vue nodes, of scripts/graph_parts.py."""
    sys.path.insert(0, str(REPO / "scripts"))
    try:
        return importlib.import_module("graph_parts").LEAST_HEIGHT
    finally:
        sys.path.remove(str(REPO / "scripts"))


def boxes(path: Path, least_height: dict[str, int]) -> list[tuple[str, float, float, float, float]]:
    """Of every node its name, left, top (of its title), right and bottom."""
    saved: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    found = []
    for node in saved:
        (left, top), (width, height) = node["pos"], node["size"]
        height = max(height, least_height.get(node["type"], 0))
        name = f"{node['id']} {node.get('title') or node['type']}"
        found.append((name, left, top - TITLE, left + width, top + height))
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_node_covers_another(path: Path, least_height: dict[str, int]) -> None:
    """With room below each for the line of progress that it grows by while it runs."""
    found = boxes(path, least_height)
    for number, (name, left, top, right, bottom) in enumerate(found):
        for other, other_left, other_top, other_right, other_bottom in found[number + 1 :]:
            beside = right <= other_left or other_right <= left
            stacked = bottom + 40 <= other_top or other_bottom + 40 <= top
            assert beside or stacked, f"{name} and {other}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_node_is_inside_a_group(path: Path, least_height: dict[str, int]) -> None:
    groups = [group["bounding"] for group in json.loads(path.read_text(encoding="utf-8"))["groups"]]
    for name, left, top, right, bottom in boxes(path, least_height):
        assert any(
            x <= left and right <= x + width and y <= top and bottom <= y + height
            for x, y, width, height in groups
        ), name
