"""Every template, as a person meets it: opened on the canvas of a real ComfyUI, run with its Run button."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import requests
from storyreel.runner.comfy.convert import to_api
from storyreel.runner.engine import EmbeddedServer

pytestmark = [pytest.mark.comfyui, pytest.mark.slow, pytest.mark.timeout(1200)]

WORKFLOWS = Path(__file__).parents[2] / "workflows"
MODEL = "svd_from_a_keyframe"
"""Runs only where a graphics card and its weights are."""
TEMPLATES = sorted(path.stem for path in WORKFLOWS.glob("*.json") if path.stem != MODEL)
FRAMES = {
    "photo_story": 675,
    "six_transitions": 312,
    "text_film": 312,
    "audio_onto_video": 192,
    "veo_image_to_video": 192,
    "veo_first_and_last_frame": 192,
    "veo_references": 192,
    "veo_extension": 528,
    "goal_reached": 192,
    "portfolio_report": 192,
    "explainer": 450,
    "vertical_tip": 96,
    "character_chain": 360,
    "three_doors": 330,
    "product_first_last": 210,
    "talking_avatar_intro": 239,
    "narrated_sequence": 192,
    "captioned_vertical_teaser": 187,
    "music_video": 288,
}
FREE = [
    *("photo_story", "six_transitions", "text_film", "audio_onto_video"),
    *("narrated_sequence", "captioned_vertical_teaser", "music_video"),
]


@pytest.fixture(autouse=True)
def free_or_emulated(request: pytest.FixtureRequest) -> None:
    """A template that buys clips is only run where they cost nothing."""
    if "name" in request.fixturenames and request.getfixturevalue("name") not in FREE:
        request.getfixturevalue("emulated")


def saved_videos(entry: dict[str, Any]) -> list[dict[str, str]]:
    """The videos among the outputs of a run, by the order of their nodes."""
    files = [file for _, output in sorted(entry["outputs"].items()) for file in output.get("images", [])]
    return [file for file in files if file["filename"].endswith(".mp4") and file["type"] == "output"]


def declared(graph: dict[str, Any], object_info: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """Type and inputs of each node, without what a canvas adds that no node has asked for: that differs by version."""
    found = {}
    for key, node in graph.items():
        groups = object_info[node["class_type"]]["input"].values()
        names = {name for group in groups for name in group}
        own = {name: value for name, value in node["inputs"].items() if name.split(".")[0] in names}
        found[key] = (node["class_type"], own)
    return found


def frames(path: Path) -> Iterator[np.ndarray]:
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            yield frame.to_ndarray()


def sound(path: Path) -> np.ndarray:
    with av.open(str(path)) as file:
        decoded = file.decode(audio=0) if file.streams.audio else ()
        return np.concatenate([frame.to_ndarray() for frame in decoded] or [np.zeros((2, 0))], axis=1)


@pytest.mark.parametrize("name", TEMPLATES)
def test_opens_cleanly_and_runs(
    canvas: Any, finished: Callable[..., Any], fetched: Callable[..., Path], object_info: Any, name: str
) -> None:
    canvas.open(name)
    assert canvas.complaints == [] and canvas.dialogs() == []
    workflow = json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))
    assert canvas.page.evaluate("window.app.graph.nodes.map((node) => node.type).sort()") == sorted(
        node["type"] for node in workflow["nodes"]
    )
    ours, theirs = declared(to_api(workflow, object_info), object_info), declared(canvas.graph(), object_info)
    assert ours == theirs, "the runner sends what the canvas sends"

    entry = finished(canvas.press_run())
    assert entry["status"]["status_str"] == "success", entry["status"]
    (video,) = saved_videos(entry)
    assert sum(1 for _ in frames(fetched(video))) == FRAMES[name]
    canvas.page.wait_for_timeout(3000)
    assert canvas.complaints == [] and canvas.dialogs() == []


def test_nothing_is_made_again_if_nothing_was_changed(canvas: Any, finished: Callable[..., Any]) -> None:
    """What the canvas shows of the first run doesn't get into the second. (Older ones send what Preview as Text shows,
    which makes nothing.)"""
    canvas.open("text_film")
    first = canvas.press_run()
    assert finished(first)["status"]["status_str"] == "success"
    canvas.page.locator("video").first.wait_for(timeout=30_000)
    entry = finished(canvas.press_run())
    (kept,) = [set(data["nodes"]) for kind, data in entry["status"]["messages"] if kind == "execution_cached"]
    made = {key for key, node in entry["prompt"][2].items() if node["class_type"] != "PreviewAny"}
    assert len(made) == 4 and made <= kept


def test_what_is_not_there_is_said(canvas: Any, finished: Callable[..., Any], comfyui: str) -> None:
    """It opens without the model, and says what it needs when it is run."""
    canvas.open(MODEL)
    assert canvas.complaints == [] and canvas.dialogs() == []
    entry = finished(canvas.press_run())
    (said,) = [data for kind, data in entry["status"]["messages"] if kind == "execution_error"]
    assert (
        said["node_type"] == "StoryreelSVD" and "svd finds no weights of svd-xt" in said["exception_message"]
    )


@pytest.mark.parametrize("name", FREE)
def test_both_engines_make_the_same_film(
    comfyui: str, finished: Callable[..., Any], fetched: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    """The saved workflow, converted by the runner and sent to the embedded engine and to ComfyUI."""
    workflow = json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))
    made = []
    with EmbeddedServer(tmp_path) as embedded:
        for url in (embedded.url, comfyui):
            info = requests.get(f"{url}/object_info", timeout=60).json()
            graph = to_api(workflow, info)
            for node in graph.values():  # a name of its own: of what is made already a ComfyUI lists no files
                if "filename_prefix" in node["inputs"]:
                    node["inputs"]["filename_prefix"] += f"_at{time.time_ns()}"
            answer = requests.post(f"{url}/prompt", json={"prompt": graph}, timeout=60)
            assert answer.status_code == 200, answer.text
            prompt_id = answer.json()["prompt_id"]
            if url == comfyui:
                (video,) = saved_videos(finished(prompt_id))
                made.append(fetched(video))
            else:
                made.append(run_to_its_end(url, prompt_id, tmp_path))
    count = 0
    for ours, theirs in zip(*map(frames, made), strict=True):
        assert np.array_equal(ours, theirs), f"frame {count} differs"
        count += 1
    assert count == FRAMES[name]
    assert np.array_equal(*map(sound, made))


def run_to_its_end(url: str, prompt_id: str, folder: Path) -> Path:
    end = time.monotonic() + 900
    while time.monotonic() < end:
        entry = requests.get(f"{url}/history/{prompt_id}", timeout=20).json().get(prompt_id)
        if entry:
            assert entry["status"]["status_str"] == "success", entry["status"]
            (video,) = saved_videos(entry)
            return folder / "output" / video["subfolder"] / video["filename"]
        time.sleep(0.2)
    raise AssertionError("not done in time")


def test_a_picture_of_the_canvas(canvas: Any, finished: Callable[..., Any], tmp_path: Path) -> None:
    """What the README shows: the photo story after a run. STORYREEL_TEST_SCREENSHOT names where it goes."""
    path = Path(os.environ.get("STORYREEL_TEST_SCREENSHOT") or tmp_path / "canvas.png")
    canvas.open("photo_story")
    finished(canvas.press_run())
    video = canvas.page.locator("video").first
    video.wait_for(timeout=30_000)
    video.evaluate(
        "async (video) => {"
        " const event = (name) => new Promise((done) => video.addEventListener(name, done));"
        " if (video.readyState < 1) await event('loadedmetadata');"
        " video.currentTime = 9; await event('seeked'); }"
    )
    canvas.page.wait_for_timeout(2500)
    canvas.screenshot(path)
    assert path.stat().st_size <= 200_000


def test_help_opens_from_the_node(canvas: Any) -> None:
    """The (i) button of a selected node shows our page."""
    canvas.open("photo_story")
    canvas.page.evaluate(
        "() => { const node = app.graph.nodes.find((one) => one.type === 'StoryreelRenderFilm');"
        " app.canvas.selectNode(node); app.canvas.setDirty(true, true) }"
    )
    canvas.page.wait_for_timeout(1000)
    canvas.page.get_by_test_id("info-button").first.click()
    help_page = canvas.page.get_by_text("a chapter for every scene that has a title")
    help_page.wait_for(timeout=10_000)
    assert help_page.is_visible()
