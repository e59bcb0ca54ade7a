"""The cloud's nodes on the canvas of a real ComfyUI: what they show, their price, and what they refuse."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests
from storyreel.nodes import NODES, model_widgets, widget_values
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.pricing import price

pytestmark = pytest.mark.comfyui

BUILD = """async ([type, values]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  app.graph.clear()
  const node = LiteGraph.createNode(type)
  app.graph.add(node)
  for (const [name, value] of values) {
    const widget = node.widgets.find((each) => each.name === name)
    if (!widget) throw new Error(`no ${name} among ${node.widgets.map((each) => each.name)}`)
    widget.value = value
    widget.callback?.(value, app.canvas, node)
    await frame()
  }
  return {
    badges: node.badges.map((badge) => (typeof badge === 'function' ? badge() : badge).text),
    inputs: node.inputs.filter((each) => !each.widget).map((each) => each.name),
    widgets: (node.widgets ?? []).map((each) => each.name)
  }
}"""


@pytest.fixture
def build(canvas: Any) -> Callable[..., dict[str, Any]]:
    """Puts a node on the canvas, sets its widgets in this order, and says what it shows then."""
    canvas.page.goto(canvas.url)
    canvas.page.wait_for_function("window.app?.graph && window.app.extensionManager", timeout=90_000)
    canvas.page.wait_for_function("'StoryreelVeo' in LiteGraph.registered_node_types", timeout=30_000)
    canvas.page.wait_for_timeout(1500)

    def make(type: str, *steps: tuple[str, Any], **values: Any) -> dict[str, Any]:
        named = [(key.replace("__", "."), value) for key, value in values.items()]
        found = canvas.page.evaluate(BUILD, [type, [*steps, *named]])
        assert canvas.complaints == []
        return found

    return make


def test_a_mode_shows_only_what_applies(build: Callable[..., dict[str, Any]]) -> None:
    words = build("StoryreelVeo")
    assert words["inputs"] == [] and "mode.duration" in words["widgets"]
    assert build("StoryreelVeo", mode="frames")["inputs"] == ["mode.first_frame", "mode.last_frame"]
    references = build("StoryreelVeo", mode="references")["inputs"]
    assert sorted(references) == ["mode.reference_1", "mode.reference_2", "mode.reference_3"]
    assert build("StoryreelVeo", ("mode", "references"), ("mode", "text"))["inputs"] == []


def test_a_model_shows_only_its_modes(build: Callable[..., dict[str, Any]]) -> None:
    gen = build("StoryreelRunway")
    assert "model.mode" in gen["widgets"] and "model.mode.duration" in gen["widgets"]
    aleph = build("StoryreelRunway", model="aleph2")
    assert aleph["inputs"] == ["model.video"] and "model.mode" not in aleph["widgets"]
    omni = build("StoryreelGeminiOmni", model__mode="frames")
    assert omni["inputs"] == ["model.mode.first_frame", "model.mode.last_frame"]
    assert "audio" not in omni["widgets"] and "sound" in omni["widgets"]
    kling = build("StoryreelKling", model__mode="frames")
    assert kling["inputs"] == ["model.mode.first_frame", "model.mode.last_frame"]
    assert "model.audio" in kling["widgets"]
    silent = build("StoryreelKling", model="kling-2.5-turbo")["widgets"]
    assert not [name for name in silent if name.endswith("audio")]
    assert build("StoryreelPika", model="pika-2.2", model__mode="image")["inputs"] == [
        "model.mode.first_frame"
    ]


def test_every_node_can_be_put_on_the_canvas(build: Callable[..., dict[str, Any]]) -> None:
    """Its frontend can't make one in which a choice begins with sockets alone."""
    for node in NODES:
        assert build(node.GET_SCHEMA().node_id)["badges"] is not None


def test_the_price_follows_the_widgets(build: Callable[..., dict[str, Any]]) -> None:
    """The badge says what the catalogue says, for every length, size and shape of Veo through Vertex."""
    for model in ("veo-3.1", "veo-3.1-fast"):
        (can,) = model_widgets.rows([model], ["vertex"])
        for resolution in can.modes["text"].resolutions:
            for duration, audio in ((4, True), (6, False), (8, True), (8, False)):
                mode = {
                    "mode": "text",
                    "duration": duration,
                    "resolution": resolution,
                    "aspect_ratio": "16:9",
                }
                shot = widget_values.shot(mode, {}, prompt="x", audio=audio)
                cost = None if faults(shot, can) else price(shot, can)
                shown = build(
                    "StoryreelVeo",
                    model=model,
                    door="vertex",
                    mode__duration=duration,
                    mode__resolution=resolution,
                    audio=audio,
                )["badges"][-1]
                assert shown == ("can't be made" if cost is None else f"${cost:.2f}"), (
                    model,
                    duration,
                    resolution,
                )


def test_every_node_that_buys_shows_a_price(build: Callable[..., dict[str, Any]]) -> None:
    (can,) = model_widgets.rows(["kling-3.0"], ["kling"])
    dollars = can.prices["1080p"] * 5
    kling = build("StoryreelKling", door="kling", model__mode__duration=5, model__mode__resolution="1080p")
    assert kling["badges"][-1] == f"${dollars:.2f}"
    (can,) = model_widgets.rows(["pika-2.5"])
    assert build("StoryreelPika")["badges"][-1] == f"${can.prices['720p'] * 5:.2f}"
    (can,) = model_widgets.rows(["gemini-3.1-flash-image"], ["vertex"])
    drawn = build("StoryreelKeyframe", model="gemini-3.1-flash-image", door="vertex", model__resolution="2k")
    assert drawn["badges"][-1] == f"${can.prices['2k']:.2f}"
    assert "$" not in "".join(build("StoryreelKeyframes")["badges"])


def test_wires_into_a_mode_of_a_model_are_there_when_it_is_opened_again(canvas: Any, build: Any) -> None:
    """The frontend makes such sockets anew as it opens a workflow, and would leave their wires out."""
    build("StoryreelKling", model__mode="frames")
    saved = """async (type) => {
      const picture = LiteGraph.createNode('StoryreelSamplePicture')
      app.graph.add(picture)
      const node = app.graph.nodes.find((each) => each.type === 'StoryreelKling')
      for (const name of ['first_frame', 'last_frame']) {
        picture.connect(0, node, node.inputs.findIndex((each) => each.name === `model.mode.${name}`))
      }
      const kept = JSON.parse(JSON.stringify(app.graph.serialize()))
      app.graph.clear()
      await app.loadGraphData(kept)
      return app.graph.nodes.find((each) => each.type === 'StoryreelKling').inputs
        .filter((each) => each.link != null).map((each) => each.name)
    }"""
    assert canvas.page.evaluate(saved) == ["model.mode.first_frame", "model.mode.last_frame"]
    assert canvas.complaints == []
    within = """() => {
      app.graph.convertToSubgraph(new Set(app.graph.nodes.filter((each) => each.type === 'StoryreelKling')))
      return new Promise((done) => setTimeout(() => done([...app.graph.subgraphs.values()][0].nodes[0].inputs
        .filter((each) => each.link != null).map((each) => each.name)), 200))
    }"""
    assert canvas.page.evaluate(within) == ["model.mode.first_frame", "model.mode.last_frame"]


def test_where_doors_differ_the_price_is_a_range(build: Callable[..., dict[str, Any]]) -> None:
    both = [
        min(prices) for prices in [[can.prices["720p"] * 8] for can in model_widgets.rows(["veo-3.1-fast"])]
    ]
    assert build("StoryreelVeo", model="veo-3.1-fast")["badges"][-1] == f"${min(both):.2f} to {max(both):.2f}"
    a_second = model_widgets.rows(["aleph2"])[0].prices[""]
    assert build("StoryreelRunway", model="aleph2")["badges"][-1] == f"${Decimal(a_second):.2f} a second"
    assert "$" not in "".join(build("StoryreelEstimate")["badges"])


def test_what_cant_be_made_is_told_once_and_before_anything_runs(comfyui: str) -> None:
    veo = {
        "prompt": "",
        "model": "veo-3.1",
        "mode": "text",
        "mode.duration": 4,
        "mode.resolution": "1080p",
        "mode.aspect_ratio": "16:9",
        "door": "vertex",
    }
    save = {"video": ["1", 0], "filename_prefix": "storyreel-test/no", "format": "auto", "codec": "auto"}
    graph = {
        "1": {"class_type": "StoryreelVeo", "inputs": veo},
        "2": {"class_type": "SaveVideo", "inputs": save},
    }
    answer = requests.post(f"{comfyui}/prompt", json={"prompt": graph}, timeout=20)
    assert answer.status_code == 400
    (error,) = answer.json()["node_errors"]["1"]["errors"]
    assert error["details"].splitlines() == [
        "prompt: is empty, and veo-3.1 through vertex needs one; say what is to be seen",
        "duration: veo-3.1 makes 1080p only at 8 s; set duration to 8 or resolution to 720p",
    ]


def test_stopping_loses_nothing_and_pays_nothing_again(
    comfyui: str, finished: Callable[..., Any], emulated: Callable[[], list[Any]]
) -> None:
    """Interrupted while the service works, then queued again: one job, one clip, and the third time it is there."""
    veo = {
        "prompt": f"Stopped at {time.time_ns()}",
        "model": "veo-3.1",
        "mode": "text",
        "mode.duration": 4,
        "mode.resolution": "720p",
        "mode.aspect_ratio": "16:9",
        "door": "vertex",
    }
    graph = {
        "1": {"class_type": "StoryreelVeo", "inputs": veo},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 1]}},
    }

    def queue() -> str:
        answer = requests.post(f"{comfyui}/prompt", json={"prompt": graph}, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()["prompt_id"]

    before = len(emulated())
    stopped = queue()
    while len(emulated()) == before:
        time.sleep(0.05)
    requests.post(f"{comfyui}/interrupt", timeout=20)
    assert finished(stopped, 30)["status"]["status_str"] == "error"
    entry = finished(queue(), 120)
    record = json.loads(entry["outputs"]["2"]["text"][0])
    made = emulated()[before:]
    assert [job["id"] for job in made] == [record["operation"]] and record["cost"] == 1.6
    veo["max_cost"] = 4.9  # another graph to ComfyUI, the same clip to the vault
    again = json.loads(finished(queue(), 60)["outputs"]["2"]["text"][0])
    assert again["reused"] and len(emulated()) == before + 1
