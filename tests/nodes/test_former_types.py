"""Workflows that were saved when two types of wires had the names of nodes (0.4) run as they did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from storyreel.runner.comfy.convert import to_api
from storyreel.runner.engine import EmbeddedServer, object_info

WORKFLOWS = Path(__file__).parents[2] / "workflows"
FORMER = {"STORYREEL_BOARD": "STORYREEL_STORYBOARD", "STORYREEL_SETTINGS": "STORYREEL_FILM_SETTINGS"}
FORMERLY = FORMER["STORYREEL_BOARD"]
TEXT = "quality: draft\nscenes: [{prompt: a, duration: 0.5}]"


def formerly(text: str) -> str:
    """A saved workflow as 0.4 saved it."""
    for now, then in FORMER.items():
        text = text.replace(f'"{now},{then}"', f'"{then}"').replace(f'"{now}"', f'"{then}"')
    return text


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("*.json")), ids=lambda path: path.stem)
def test_an_example_with_the_former_types_is_the_same_graph(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    then, info = formerly(text), object_info()
    assert then != text or "StoryreelShoot" not in text
    assert to_api(json.loads(then), info) == to_api(json.loads(text), info)


def test_a_bypassed_node_within_a_subgraph_of_former_types_is_still_passed_through() -> None:
    """The subgraph's own sockets keep the types that were saved with them."""
    guard: dict[str, Any] = {"id": 5, "type": "StoryreelBudgetGuard", "mode": 4, "widgets_values": [1.0]}
    guard["inputs"] = [{"name": "storyboard", "type": FORMERLY, "link": 20}]
    guard["outputs"] = [{"name": "storyboard", "type": FORMERLY, "links": [21]}]
    ends = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    box = {
        "id": "box",
        "name": "box",
        "nodes": [guard],
        "links": [
            dict(zip(ends, link, strict=True))
            for link in ((20, -10, 0, 5, 0, FORMERLY), (21, 5, 0, -20, 0, FORMERLY))
        ],
        "inputs": [{"name": "storyboard", "type": FORMERLY, "linkIds": [20]}],
        "outputs": [{"name": "storyboard", "type": FORMERLY, "linkIds": [21]}],
    }
    story = {"id": 1, "type": "StoryreelStoryboard", "widgets_values": [TEXT], "inputs": []}
    boxed = {"id": 2, "type": "box", "inputs": [{"name": "storyboard", "type": FORMERLY, "link": 10}]}
    estimate = {
        "id": 3,
        "type": "StoryreelEstimate",
        "inputs": [{"name": "storyboard", "type": FORMERLY, "link": 11}],
    }
    workflow = {
        "nodes": [story, boxed, estimate],
        "links": [[10, 1, 0, 2, 0, FORMERLY], [11, 2, 0, 3, 0, FORMERLY]],
        "definitions": {"subgraphs": [box]},
        "version": 0.4,
    }
    assert to_api(workflow, object_info())["3"]["inputs"] == {"storyboard": ["1", 0]}


def test_the_engine_lets_the_wire_through(tmp_path: Path) -> None:
    graph = {
        "1": {"class_type": "StoryreelStoryboard", "inputs": {"text": TEXT}},
        "2": {"class_type": "StoryreelEstimate", "inputs": {"storyboard": ["1", 0]}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["2", 0]}},
    }
    with EmbeddedServer(tmp_path) as server:
        answer = requests.post(f"{server.url}/prompt", json={"prompt": graph}, timeout=20)
    assert answer.status_code == 200, answer.text
