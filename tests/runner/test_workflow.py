"""From API format to a workflow for the canvas: nothing lost on the way there and back, and readable."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.comfy.convert import to_api
from storyreel.runner.comfy.graph.layout import to_ui
from storyreel.runner.comfy.graph.verify import faults_of, missing_classes
from storyreel.studio.errors import BadInput

SHOWN = {"LoadAudio": ("audioUI",), "PreviewAny": ("preview", "previewMode")}


@pytest.fixture
def pairs(recordings: Path) -> dict[str, Any]:
    return json.loads(gzip.decompress((recordings / "conversion" / "pairs.json.gz").read_bytes()))


@pytest.fixture(scope="module")
def recorded_info(recordings: Path) -> dict[str, Any]:
    return json.loads(gzip.decompress((recordings / "conversion" / "object_info.json.gz").read_bytes()))


def linked_contents(graph: dict[str, Any]) -> list[str]:
    """The graph without its ids: every node with its values, and its links as the nodes they lead to."""

    def content(node: str, depth: int = 0) -> Any:
        entry = graph[node]
        values = {
            name: [content(str(value[0]), depth + 1) if depth < 3 else "…", value[1]]
            if isinstance(value, list) and len(value) == 2 and str(value[0]) in graph
            else value
            for name, value in entry["inputs"].items()
        }
        return [entry["class_type"], values]

    return sorted(json.dumps(content(node), sort_keys=True) for node in graph)


def test_every_recorded_graph_there_and_back(pairs: Any, recorded_info: Any) -> None:
    done = 0
    for name, pair in pairs.items():
        graph = pair["api"]
        if not all(node.get("class_type") in recorded_info for node in graph.values()):
            continue  # a pack that the recording server didn't have
        back = to_api(to_ui(graph, recorded_info, title=name), recorded_info)
        for entry in graph.values():  # what the recorded canvas sent of its players and previews stays behind
            for shown in SHOWN.get(entry["class_type"], ()):
                entry["inputs"].pop(shown, None)
        assert linked_contents(back) == linked_contents(graph), name
        done += 1
    assert done >= 70


def test_no_two_nodes_overlap_and_links_run_to_the_right(pairs: Any, recorded_info: Any) -> None:
    for name in ("video_wan2_2_14B_fun_camera", "sdxl_simple_example", "api_openai_chat"):
        drawn = to_ui(pairs[name]["api"], recorded_info, title=name)
        boxes = [(*node["pos"], *node["size"]) for node in drawn["nodes"]]
        for i, (x, y, w, h) in enumerate(boxes):
            for u, v, s, t in boxes[i + 1 :]:
                assert x + w <= u or u + s <= x or y + h + 30 <= v or v + t + 30 <= y
        place = {node["id"]: node["pos"][0] for node in drawn["nodes"]}
        assert all(place[source] < place[target] for _, source, _, target, *_ in drawn["links"])
        (frame,) = drawn["groups"]
        left, top, width, height = frame["bounding"]
        assert all(
            left < x and top < y - 30 and x + w < left + width and y + h < top + height
            for x, y, w, h in boxes
        )


def test_the_file_is_whole(graph: Any, object_info: Any) -> None:
    drawn = to_ui(graph, object_info)
    by_id = {node["id"]: node for node in drawn["nodes"]}
    assert drawn["last_node_id"] == 3 and drawn["last_link_id"] == len(drawn["links"]) == 4
    for number, source, slot, target, at, kind in drawn["links"]:
        assert number in by_id[source]["outputs"][slot]["links"]
        assert by_id[target]["inputs"][at]["link"] == number and kind == "IMAGE"
    assert [node["order"] for node in drawn["nodes"]] == [0, 1, 2]
    mixer = by_id[2]
    assert mixer["title"] == "Scene 1. Dawn" and "title" not in by_id[3]
    assert mixer["widgets_values"] == ["a", 2.5, 7, "fixed", "soft", "preset", "big", False]
    assert to_api(drawn, object_info)["2"]["inputs"] == graph["2"]["inputs"]


def test_the_same_graph_gives_the_same_file(graph: Any, object_info: Any) -> None:
    assert to_ui(graph, object_info, "x") == to_ui(graph, object_info, "x")


def test_a_graph_that_cannot_be_drawn(graph: Any, object_info: Any) -> None:
    graph["2"]["inputs"]["sead"] = 1
    graph["3"]["inputs"]["image"] = ["9", 0]
    graph["4"] = {"class_type": "Nope", "inputs": {}}
    with pytest.raises(BadInput) as caught:
        to_ui(graph, object_info)
    text = str(caught.value)
    assert "did you mean 'seed'?" in text and "'9', which isn't there" in text and "no node Nope" in text


def test_a_circle(graph: Any, object_info: Any) -> None:
    graph["2"]["inputs"]["picture"] = ["2", 0]
    with pytest.raises(BadInput, match="circle: 2 → 2"):
        to_ui(graph, object_info)


def test_a_good_graph_has_no_faults(graph: Any, object_info: Any) -> None:
    assert faults_of(graph, object_info) == []


def test_every_fault_of_a_graph_at_once(graph: Any, object_info: Any) -> None:
    inputs = graph["2"]["inputs"]
    inputs |= {"seed": 100, "mode": "hart", "parts.part1": ["9", 0], "seconds": "soon"}
    del inputs["text"], inputs["picture"]
    graph["3"]["inputs"]["image"] = ["2", 4]
    graph["4"] = {"class_type": "Mixxer", "inputs": {}}
    said = [str(fault) for fault in faults_of(graph, object_info)]
    assert [str(fault) for fault in missing_classes(graph, object_info)] == [
        "Mixxer (#4): there is no node 'Mixxer'; did you mean 'Mixer'?"
    ]
    assert said == [
        "Scene 1. Dawn (#2).picture: needs a value or a connection",
        "Scene 1. Dawn (#2).parts.part1: is linked to node 9, which isn't there",
        "Scene 1. Dawn (#2).text: needs a value or a connection",
        "Scene 1. Dawn (#2).seconds: 'soon' is not a number",
        "Scene 1. Dawn (#2).seed: 100 is more than 99, the most it takes",
        "Scene 1. Dawn (#2).mode: 'hart' is not one of its choices; did you mean 'hard'?",
        "Keep Picture (#3).image: is linked to output 4 of Scene 1. Dawn (#2), which has 1",
    ]


def test_a_graph_that_keeps_nothing(graph: Any, object_info: Any) -> None:
    del graph["3"]
    assert [str(fault) for fault in faults_of(graph, object_info)] == [
        "nothing keeps a result; add a node such as Render Film or Save Video"
    ]
