"""Muted and bypassed subgraphs, against what ComfyUI's frontend 1.58.1 sent for the same workflows."""

from __future__ import annotations

from typing import Any

import pytest
from storyreel.runner.comfy.convert import to_api

INFO: dict[str, Any] = {
    "EmptyImage": {"name": "EmptyImage", "input": {"required": {}}, "output": ["IMAGE"]},
    "ImageInvert": {"name": "ImageInvert", "input": {"required": {"image": ["IMAGE"]}}, "output": ["IMAGE"]},
    "SaveImage": {"name": "SaveImage", "input": {"required": {"images": ["IMAGE"]}}, "output": []},
}
NOTHING = {"11": [], "13": []}
PASSED = {"11": [], "13": ["11", 0]}
RUNS = {"11": [], "12:1": ["11", 0], "12:2": ["12:1", 0], "13": ["12:1", 0]}
DEEP = {"11": [], "12:4:1": ["11", 0], "12:4:2": ["12:4:1", 0], "13": ["12:4:1", 0]}

# (what node 12 is, its mode, the mode within) -> what was sent: each node with the link it has.
RECORDED: dict[tuple[str, int, int], dict[str, list[Any]]] = {
    ("inner", 0, 0): RUNS,
    ("inner", 2, 0): NOTHING,
    ("inner", 4, 0): PASSED,
    ("inner", 0, 2): NOTHING | {"12:2": []},
    ("inner", 0, 4): PASSED | {"12:2": ["11", 0]},
    ("outer", 0, 0): DEEP,
    ("outer", 2, 0): NOTHING,
    ("outer", 2, 2): NOTHING,
    ("outer", 2, 4): NOTHING,
    ("outer", 4, 0): PASSED,
    ("outer", 4, 2): PASSED,
    ("outer", 4, 4): PASSED,
    ("Reroute", 2, 0): NOTHING,
}
# Here the frontend sends what is in the inner box, muted as it looks, though it links nothing to it. We don't.
STRICTER = {("outer", 0, 2): NOTHING, ("outer", 0, 4): PASSED}


def node(node_id: int, kind: str, mode: int = 0, name: str = "", link: int | None = None) -> dict[str, Any]:
    inputs = [{"name": name, "type": "IMAGE", "link": link}] if name else []
    outputs = [{"name": "IMAGE", "type": "IMAGE"}]
    return {"id": node_id, "type": kind, "mode": mode, "inputs": inputs, "outputs": outputs}


def box(name: str, nodes: list[dict[str, Any]], *links: tuple[int, ...]) -> dict[str, Any]:
    """A subgraph with one input (link 1) and one output (link 2)."""
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
    return {
        "id": name,
        "nodes": nodes,
        "links": [dict(zip(keys, link, strict=True)) for link in links],
        "inputs": [{"name": "image", "type": "IMAGE", "linkIds": [1]}],
        "outputs": [{"name": "IMAGE", "type": "IMAGE", "linkIds": [2]}],
    }


def chain(kind: str, mode: int, within: int) -> dict[str, Any]:
    """A picture, node 12, and a saver. `within` is the mode of the node in `inner`, or of the box in `outer`."""
    invert = node(1, "ImageInvert", within if kind == "inner" else 0, "image", 1)
    save = node(2, "SaveImage", 0, "images", 3)
    inner = box("inner", [invert, save], (1, -10, 0, 1, 0), (2, 1, 0, -20, 0), (3, 1, 0, 2, 0))
    outer = box("outer", [node(4, "inner", within, "image", 1)], (1, -10, 0, 4, 0), (2, 4, 0, -20, 0))
    return {
        "nodes": [
            node(11, "EmptyImage"),
            node(12, kind, mode, "image", 7),
            node(13, "SaveImage", 0, "images", 8),
        ],
        "links": [[7, 11, 0, 12, 0, "IMAGE"], [8, 12, 0, 13, 0, "IMAGE"]],
        "definitions": {"subgraphs": [outer, inner]},
    }


@pytest.mark.parametrize("case", RECORDED | STRICTER)
def test_what_looks_muted_is_not_sent(case: tuple[str, int, int]) -> None:
    sent = to_api(chain(*case), INFO)
    links = {
        name: entry["inputs"].get("images", entry["inputs"].get("image", [])) for name, entry in sent.items()
    }
    assert links == (RECORDED | STRICTER)[case]
