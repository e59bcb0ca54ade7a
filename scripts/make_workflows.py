"""Lays the example workflows out on the canvas of a running ComfyUI, and saves what its frontend saves.

    python scripts/make_workflows.py http://127.0.0.1:8188 [NAME...]

Needs a ComfyUI with this pack, and Chromium. Writing the saved form by hand would be guessing at how the
frontend keeps widgets and growing inputs; this way it is its own. The graphs themselves are in `graphs.py`.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from graphs import GRAPHS
from playwright.sync_api import Page, sync_playwright

WORKFLOWS = Path(__file__).resolve().parents[1] / "workflows"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

BUILD = """async (graph) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  app.graph.clear()
  await frame()
  const made = {}
  for (const [name, spec] of Object.entries(graph.nodes)) {
    const node = LiteGraph.createNode(spec.type)
    if (!node) throw new Error('no node ' + spec.type)
    app.graph.add(node)
    node.pos = spec.pos
    if (spec.title) node.title = spec.title
    if (spec.color) { node.color = spec.color[0]; node.bgcolor = spec.color[1] }
    made[name] = node
    await frame()
    for (const [key, value] of Object.entries(spec.widgets ?? {})) {
      const known = node.widgets.map((each) => each.name)
      const widget = node.widgets[key ? known.indexOf(key) : 0]
      if (!widget) throw new Error(`${name} has no widget ${key}, but ${known}`)
      widget.value = value
      widget.callback?.(value, app.canvas, node)
      await frame()
    }
    node.setSize([spec.size[0], Math.max(spec.size[1], node.computeSize()[1])])
  }
  for (const link of graph.links) {
    const [from, to] = link.split(' -> ').map((end) => end.split('.'))
    const source = made[from[0]], target = made[to[0]], input = to.slice(1).join('.')
    const slot = target.inputs.findIndex((each) => each.name === input)
    const out = source.outputs.findIndex((each) => each.name === from[1])
    if (slot < 0 || out < 0) throw new Error(`can't connect ${link}`)
    source.connect(out, target, slot)
    await frame()
  }
  for (const [name, spec] of Object.entries(graph.nodes)) {
    made[name].setSize([spec.size[0], Math.max(spec.size[1], made[name].computeSize()[1])])
  }
  for (const spec of graph.groups) {
    const group = new LiteGraph.LGraphGroup(spec.title)
    group.pos = spec.box.slice(0, 2)
    group.size = spec.box.slice(2)
    group.color = spec.color
    app.graph.add(group)
  }
  await frame()
  return JSON.stringify(app.graph.serialize())
}"""


def open_canvas(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function("window.app?.graph && window.app.extensionManager", timeout=90_000)
    page.wait_for_function("'StoryreelRenderFilm' in LiteGraph.registered_node_types", timeout=30_000)
    page.wait_for_timeout(1500)


def build(page: Page, name: str) -> dict[str, Any]:
    """The workflow as the frontend saves it; its id stays, and it is seen whole when it is opened."""
    workflow = json.loads(page.evaluate(BUILD, GRAPHS[name]))
    workflow["id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"storyreel/{name}"))
    workflow["revision"] = 0
    workflow["extra"] = {"ds": view(GRAPHS[name])}
    return workflow


def view(graph: dict[str, Any], width: int = 1480, height: int = 860) -> dict[str, Any]:
    """The zoom and the place at which the whole graph fits into a window."""
    left, top = (min(group["box"][i] for group in graph["groups"]) for i in (0, 1))
    right, bottom = (max(group["box"][i] + group["box"][i + 2] for group in graph["groups"]) for i in (0, 1))
    scale = round(min(1.0, width / (right - left + 100), height / (bottom - top + 30)), 3)
    return {"scale": scale, "offset": [round(70 / scale - left), round(130 / scale - top)]}


def main(url: str, names: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        open_canvas(page, url)
        for name in names or GRAPHS:
            text = json.dumps(build(page, name), indent=1, ensure_ascii=False) + "\n"
            (WORKFLOWS / f"{name}.json").write_text(text, encoding="utf-8")
            print(WORKFLOWS / f"{name}.json")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
