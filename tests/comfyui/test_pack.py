"""The pack as a real ComfyUI has loaded it."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from PIL import Image
from storyreel.nodes import NODES

pytestmark = pytest.mark.comfyui
IDS = [node.GET_SCHEMA().node_id for node in NODES]


def test_every_node_is_listed(object_info: dict[str, Any]) -> None:
    for node in NODES:
        theirs, ours = object_info[node.GET_SCHEMA().node_id], node.GET_NODE_INFO_V1()
        assert theirs["display_name"] == ours["display_name"] and theirs["category"] == ours["category"]
        assert theirs["input_order"] == ours["input_order"] and theirs["output"] == ours["output"]


def test_loading_takes_less_than_a_third_of_a_second(comfyui: str) -> None:
    """By ComfyUI's own line about it."""
    log = requests.get(f"{comfyui}/internal/logs/raw", timeout=20).json()
    text = "".join(entry["m"] for entry in log["entries"])
    found = re.findall(r"([\d.]+) seconds( \(IMPORT FAILED\))?: \S*storyreel", text)
    assert found, "the log has no import times any more: restart ComfyUI"
    seconds, failed = found[-1]
    assert not failed and float(seconds) < 0.3


@pytest.mark.parametrize("node_id", IDS)
def test_help_pages_are_served(comfyui: str, node_id: str) -> None:
    page = requests.get(f"{comfyui}/extensions/storyreel/docs/{node_id}.md", timeout=20)
    assert page.status_code == 200 and page.text.startswith("# ")


def test_the_locale_is_served(comfyui: str) -> None:
    named = requests.get(f"{comfyui}/i18n", timeout=20).json()["en"]["nodeDefs"]
    assert set(IDS) <= set(named)


def test_templates_are_listed_with_their_pictures(comfyui: str, repo: Path) -> None:
    names = requests.get(f"{comfyui}/api/workflow_templates", timeout=20).json()["storyreel"]
    assert sorted(names) == sorted(path.stem for path in (repo / "workflows").glob("*.json"))
    for name in names:
        answer = requests.get(f"{comfyui}/api/workflow_templates/storyreel/{name}.jpg", timeout=20)
        assert answer.status_code == 200
        assert min(Image.open(io.BytesIO(answer.content)).size) >= 200


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux() if packet.size]


def test_save_video_copies_our_film(
    comfyui: str, finished: Callable[..., Any], fetched: Callable[..., Path], tmp_path: Path
) -> None:
    """ComfyUI's own node, byte for byte: our film is what it would have made."""
    text = "quality: draft\nfps: 12\nscenes: [{prompt: One, duration: 1}, {prompt: Two, duration: 1}]"
    prefix = f"storyreel-test/{time.time_ns()}"
    sound = {"class_type": "StoryreelSampleSound", "inputs": {"name": "calm.ogg"}}
    render = {
        "timeline": ["2", 0],
        "settings": ["2", 1],
        "audio": ["3", 0],
        "filename_prefix": f"{prefix}/film",
    }
    save = {"video": ["4", 0], "filename_prefix": f"{prefix}/saved", "format": "auto", "codec": "auto"}
    graph = {
        "1": {"class_type": "StoryreelStoryboard", "inputs": {"text": text}},
        "2": {
            "class_type": "StoryreelShoot",
            "inputs": {"storyboard": ["1", 0], "provider": "as the storyboard says"},
        },
        "3": sound,
        "4": {"class_type": "StoryreelRenderFilm", "inputs": render},
        "5": {"class_type": "SaveVideo", "inputs": save},
    }
    answer = requests.post(f"{comfyui}/prompt", json={"prompt": graph}, timeout=20)
    assert answer.status_code == 200, answer.text
    entry = finished(answer.json()["prompt_id"])
    assert entry["status"]["status_str"] == "success", entry["status"]
    film, saved = (fetched(entry["outputs"][node]["images"][0]) for node in ("4", "5"))
    assert packets(film) == packets(saved) and len(packets(film)) > 24


def test_faults_are_listed_before_anything_runs(comfyui: str) -> None:
    graph = {
        "1": {
            "class_type": "StoryreelStoryboard",
            "inputs": {"text": "scenes: [{prompt: a, transition: crosfade}, {image: ../x.jpg}]"},
        },
        "2": {
            "class_type": "StoryreelShoot",
            "inputs": {"storyboard": ["1", 0], "provider": "as the storyboard says"},
        },
        "3": {
            "class_type": "StoryreelRenderFilm",
            "inputs": {"timeline": ["2", 0], "settings": ["2", 1], "filename_prefix": "storyreel-test/no"},
        },
    }
    answer = requests.post(f"{comfyui}/prompt", json={"prompt": graph}, timeout=20)
    assert answer.status_code == 400
    (error,) = answer.json()["node_errors"]["1"]["errors"]
    assert "did you mean 'crossfade'?" in error["details"] and "scenes[1].image" in error["details"]
