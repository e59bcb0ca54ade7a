"""The saved workflows: whole, readable, and running on the embedded engine with nothing but this package."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from storyreel.runner.comfy.convert import to_api
from storyreel.runner.commands.check import check
from storyreel.runner.engine import EmbeddedServer, object_info
from storyreel.studio.errors import BadInput
from storyreel.studio.providers import provider

from ..svd.slides import Projector

WORKFLOWS = Path(__file__).parents[2] / "workflows"
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.json"))
TITLE = 30  # pixels above a node

# What a service made goes out as it came: Veo's sound may end 95 ms before the picture, and Kling makes one frame more.
EXPECTED = {
    # frames, size, seconds of sound, chapters
    "photo_story": (180, (854, 480), 22.5, 6),
    "six_transitions": (312, (854, 480), 0, 6),
    "text_film": (312, (854, 480), 13, 5),
    "audio_onto_video": (192, (1024, 576), 8, 0),
    "veo_image_to_video": (192, (1280, 720), 8, 0),
    "veo_first_and_last_frame": (192, (1280, 720), 8, 0),
    "veo_references": (192, (1280, 720), 8, 0),
    "veo_extension": (22 * 24, (1280, 720), 21.905, 0),
    "goal_reached": (192, (1920, 1080), 8, 0),
    "portfolio_report": (192, (1920, 1080), 8, 0),
    "explainer": (450, (1280, 720), 15, 3),
    "vertical_tip": (96, (720, 1280), 3.905, 0),
    "talking_avatar_intro": (239, (1280, 720), 239 / 30, 2),
    "character_chain": (360, (1280, 720), 12, 3),
    "three_doors": (330, (1280, 720), 11, 3),
    "product_first_last": (211, (1920, 1080), 211 / 30, 2),
    "narrated_sequence": (192, (1024, 576), 8, 3),
    "captioned_vertical_teaser": (187, (480, 854), 187 / 24, 3),
    "music_video": (288, (640, 360), 12, 6),
    "svd_from_a_keyframe": (25, (1024, 576), 0, 0),
}
BOUGHT = {
    "veo_image_to_video": 1,
    "veo_first_and_last_frame": 1,
    "veo_references": 1,
    "veo_extension": 3,
    "goal_reached": 1,
    "portfolio_report": 1,
    "explainer": 3,
    "vertical_tip": 1,
    "talking_avatar_intro": 1,
    "character_chain": 6,
    "three_doors": 3,
    "product_first_last": 3,
}
"""How many clips and pictures are paid for."""


def read(name: str) -> dict[str, Any]:
    return json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))


def test_they_are_all_here() -> None:
    assert set(NAMES) == set(EXPECTED)


@pytest.mark.parametrize("name", NAMES)
def test_every_node_is_known_and_every_wire_ends(name: str) -> None:
    workflow = read(name)
    info = object_info()
    nodes = {node["id"]: node for node in workflow["nodes"]}
    for node in nodes.values():
        assert node["type"] in info or node["type"] in ("MarkdownNote", "PreviewAny")
        assert node["mode"] == 0
    for number, source, slot, target, place, kind in workflow["links"]:
        assert number in nodes[source]["outputs"][slot]["links"]
        assert nodes[target]["inputs"][place]["link"] == number
        assert nodes[source]["outputs"][slot]["type"] == kind
    text = json.dumps(workflow)
    assert not [word for word in ("/home", "/root", "/tmp", "C:\\", "localhost") if word in text]


@pytest.mark.parametrize("name", NAMES)
def test_a_person_can_read_it(name: str) -> None:
    """Nothing lies on top of anything, every node stands in a group, and a note says what it is about."""
    workflow = read(name)
    assert [node for node in workflow["nodes"] if node["type"] == "MarkdownNote"]
    boxes = []
    for node in workflow["nodes"]:
        (x, y), (width, height) = node["pos"], node["size"]
        boxes.append((x, y - TITLE, x + width, y + height, node["type"]))
    for a, b in itertools.combinations(boxes, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{a[4]} and {b[4]} overlap"
    groups = [group["bounding"] for group in workflow["groups"]]
    for x, y, right, bottom, kind in boxes:
        held = [
            True for left, top, width, height in groups
            if left <= x and top <= y and right <= left + width and bottom <= top + height
        ]  # fmt: skip
        assert held, f"{kind} is in no group"
    columns = {node["id"]: node["pos"][0] for node in workflow["nodes"]}
    backwards = [link for link in workflow["links"] if columns[link[1]] > columns[link[3]]]
    assert not backwards, "wires run from left to right"


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_picture(name: str) -> None:
    path = WORKFLOWS / f"{name}.jpg"
    with Image.open(path) as picture:
        assert picture.size == (640, 360) and path.stat().st_size < 60_000


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_on_the_embedded_engine(
    name: str, tmp_path: Path, look: Any, cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames, size, sound, chapters = EXPECTED[name]
    monkeypatch.setattr(provider("svd"), "engine", Projector())
    with EmbeddedServer(tmp_path, spend=None) as server:
        graph = to_api(read(name), server.object_info())
        if name == "photo_story":
            _from_the_input_folder(graph, tmp_path / "input")
        answer = requests.post(f"{server.url}/prompt", json={"prompt": graph}, timeout=60)
        assert answer.status_code == 200, answer.text
        prompt_id = answer.json()["prompt_id"]
        entry: dict[str, Any] | None = None
        while entry is None:
            time.sleep(0.2)
            entry = requests.get(f"{server.url}/history/{prompt_id}", timeout=20).json().get(prompt_id)
    assert entry["status"]["status_str"] == "success", entry["status"]
    (film,) = (tmp_path / "output" / "storyreel").glob("*.mp4")
    seen = look(film)
    assert (seen.frames, seen.size) == (frames, size)
    assert abs(seen.sound.shape[1] / seen.sound_rate - sound) <= 1024 / seen.sound_rate
    assert not sound or np.abs(seen.sound).max() > 0.04, "and it is heard"
    assert len(seen.chapters) == chapters
    assert len(cloud.record()["jobs"]) == BOUGHT.get(name, 0)


def _from_the_input_folder(graph: dict[str, Any], folder: Path) -> None:
    """Its storyboard lies in the input folder, with its media, and is a rough draft: CI's first command makes it
    as it is."""
    (node,) = (node for node in graph.values() if node["class_type"] == "StoryreelLoadStoryboard")
    shutil.copytree(WORKFLOWS / "storyboards" / "media", folder / "media", dirs_exist_ok=True)
    board = json.loads((WORKFLOWS / "storyboards" / "photo_story.json").read_text(encoding="utf-8"))
    (folder / "mine.json").write_text(json.dumps({**board, "quality": "draft", "fps": 8}), encoding="utf-8")
    node["inputs"]["file"] = "mine.json"


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_the_check(name: str, cloud: Any) -> None:
    assert check(WORKFLOWS / f"{name}.json").kind.endswith("(UI format)")


def test_the_check_finds_what_a_model_cant_make(tmp_path: Path) -> None:
    """Before any key is needed, and in the words that the canvas would show."""
    workflow = read("vertical_tip")
    (veo,) = (node for node in workflow["nodes"] if node["type"] == "StoryreelVeo")
    veo["widgets_values"] = ["1080p" if value == "720p" else value for value in veo["widgets_values"]]
    path = tmp_path / "tip.json"
    path.write_text(json.dumps(workflow))
    with pytest.raises(BadInput, match=r"veo-3\.1-fast makes 1080p only at 8 s; set duration to 8"):
        check(path)
