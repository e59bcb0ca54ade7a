"""Nodes whose sockets come and go keep their wires through all that a person does on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.timeout(300)]

NODES = {
    "StoryreelJoinClips": ("StoryreelAnimaticClip", [f"clips.clip{number}" for number in range(4)], {}),
    "StoryreelMixAudio": ("StoryreelSampleSound", [f"sounds.sound{number}" for number in range(4)], {}),
    "StoryreelVeo": (
        "StoryreelSamplePicture",
        ["mode.first_frame", "mode.last_frame"],
        {"mode": "frames"},
    ),
}
"""What comes into each node: the kind of its sources, the sockets, the choices that bring them."""

BUILD = """async ([type, source, sockets, choices]) => {
  app.graph.clear()
  const make = (type, title, x, y) => {
    const node = LiteGraph.createNode(type)
    app.graph.add(node)
    node.pos = [x, y]
    node.title = title
    return node
  }
  const sources = sockets.map((name, place) => make(source, 'ABCDEF'[place], 60 * place, 90 * place))
  const node = make(type, 'grows', 700, 0)
  for (const [name, value] of Object.entries(choices)) node.widgets.find((each) => each.name === name).value = value
  for (const [place, name] of sockets.entries()) {
    sources[place].connect(0, node, node.inputs.findIndex((each) => each.name === name))
    await new Promise((done) => setTimeout(done, 80))
  }
  app.canvas.ds.offset = [150, 150]
  app.canvas.ds.scale = 0.6
  app.canvas.setDirty(true, true)
  app.extensionManager.workflow.activeWorkflow?.changeTracker?.reset?.()
}"""

SELECT = """(titles) => {
  app.canvas.deselectAll()
  app.canvas.selectItems(app.graph.nodes.filter((node) => titles.includes(node.title)))
  app.canvas.graph_mouse[0] = 900
  app.canvas.graph_mouse[1] = 900
}"""

CLONE = """() => {
  LGraphCanvas.active_canvas = app.canvas // as a press of a button does
  LGraphCanvas.cloneNodes([...app.canvas.selectedItems])
}"""
"""What Clone of a node's menu does."""

TITLE = """() => {
  const [x, y] = app.graph.nodes.find((node) => node.title === 'grows').pos
  const [left, top] = app.canvas.ds.convertOffsetToCanvas([x + 60, y - 15])
  const { x: across, y: down } = app.canvas.canvas.getBoundingClientRect()
  return [across + left, down + top]
}"""
"""Where in the window the node can be taken hold of."""

CONVERT = """(titles) => void app.graph.convertToSubgraph(
  new Set(app.graph.nodes.filter((node) => titles.includes(node.title))))"""
UNPACK = "() => void app.graph.unpackSubgraph(app.graph.nodes.find((node) => node.subgraph))"
RELOAD = "async () => app.loadGraphData(JSON.parse(JSON.stringify(app.graph.serialize())))"
WIRES = """async (type) => {
  const { output } = await app.graphToPrompt()
  return Object.values(output).filter((node) => node.class_type === type).map((node) => Object.fromEntries(
    Object.entries(node.inputs).filter(([name, value]) => Array.isArray(value))
      .map(([name, [id]]) => [name, output[id]._meta.title])))
}"""
"""What the prompt says comes into the nodes of a type: [{socket: title of the source}]."""


@pytest.fixture(params=["classic", "vue"])
def page(canvas: Any, request: pytest.FixtureRequest) -> Any:
    page = canvas.page
    page.goto(canvas.url)
    page.wait_for_function("window.app?.graph && window.app.extensionManager?.setting", timeout=90_000)
    page.wait_for_timeout(2000)
    page.evaluate(
        "(vue) => app.extensionManager.setting.set('Comfy.VueNodes.Enabled', vue)", request.param == "vue"
    )
    page.keyboard.press("Escape")
    canvas.complaints.clear()
    yield page
    page.evaluate("() => app.extensionManager.setting.set('Comfy.VueNodes.Enabled', false)")
    assert not [said for said in canvas.complaints if said.startswith("error: ")]


@pytest.fixture(params=list(NODES))
def built(page: Any, request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """A node with all its sockets in use: its type, and the source of each."""
    source, sockets, choices = NODES[request.param]
    page.evaluate(BUILD, [request.param, source, sockets, choices])
    page.wait_for_timeout(400)
    return request.param, dict(zip(sockets, "ABCDEF", strict=False))


@pytest.fixture
def wires(page: Any, built: tuple[str, dict[str, str]]) -> Callable[[], list[dict[str, str]]]:
    def look() -> list[dict[str, str]]:
        page.wait_for_timeout(500)
        return page.evaluate(WIRES, built[0])

    return look


def test_copy_and_paste(page: Any, built: tuple[str, dict[str, str]], wires: Any) -> None:
    expected = built[1]
    assert wires() == [expected]
    for titles, keys, pasted in (
        ([*expected.values(), "grows"], "Control+v", expected),
        (["grows"], "Control+Shift+v", expected),
        (["grows"], "Control+v", {}),
    ):
        page.evaluate(SELECT, titles)
        page.locator("#graph-canvas").focus()
        page.keyboard.press("Control+c")
        page.keyboard.press(keys)
        assert wires() == [expected, pasted], keys
        page.keyboard.press("Delete")
        assert wires() == [expected]


def test_clone_and_drag_a_copy(page: Any, built: tuple[str, dict[str, str]], wires: Any) -> None:
    """A copy has the wires from what was copied with it, as of any node; the node that was copied keeps all of its."""
    expected = built[1]
    page.evaluate(SELECT, [*expected.values(), "grows"])
    page.evaluate(CLONE)
    assert wires() == [expected, expected]
    page.locator("#graph-canvas").focus()
    page.keyboard.press("Delete")
    assert wires() == [expected]
    page.evaluate("() => app.canvas.deselectAll()")
    page.keyboard.down("Alt")
    page.mouse.move(*page.evaluate(TITLE))
    page.mouse.down()
    for step in range(6):
        x, y = page.evaluate(TITLE)
        page.mouse.move(x + 40 * step, y + 40 * step)
    page.mouse.up()
    page.keyboard.up("Alt")
    kept, *copies = wires()
    assert kept == expected and copies in ([{}], []), "Vue nodes of 1.35 can't be copied by dragging"


def test_subgraph_and_unpack(page: Any, built: tuple[str, dict[str, str]], wires: Any) -> None:
    expected = built[1]
    titles = list(expected.values())
    for within in (["grows"], ["grows", titles[0]], ["grows", titles[1]], ["grows", *titles]):
        page.evaluate(CONVERT, within)
        assert wires() == [expected], f"{within} converted"
        page.evaluate(RELOAD)
        assert wires() == [expected], f"{within} saved and opened"
        page.evaluate(UNPACK)
        assert wires() == [expected], f"{within} unpacked"


def test_undo_and_redo(page: Any, built: tuple[str, dict[str, str]], wires: Any) -> None:
    expected = built[1]
    titles = list(expected.values())
    page.evaluate(RELOAD)
    assert wires() == [expected]
    page.evaluate(SELECT, titles[:1])
    page.locator("#graph-canvas").focus()
    page.keyboard.press("Delete")
    without = wires()
    assert list(without[0].values()) == titles[1:]
    page.keyboard.press("Control+z")
    assert wires() == [expected]
    page.keyboard.press("Control+y")
    assert wires() == without


def test_two_sources_are_taken_away_at_once(page: Any, built: tuple[str, dict[str, str]], wires: Any) -> None:
    titles = list(built[1].values())
    page.evaluate(
        "(titles) => titles.forEach((title) => "
        "app.graph.remove(app.graph.nodes.find((node) => node.title === title)))",
        titles[::2],
    )
    assert list(wires()[0].values()) == titles[1::2]
