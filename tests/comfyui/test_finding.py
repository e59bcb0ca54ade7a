"""How a person finds our templates and nodes on the canvas of a real ComfyUI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.timeout(180)]


def test_templates_have_titles_free_ones_first(canvas: Any, repo: Path) -> None:
    """Each title opens its file and shows its picture, at the addresses that the template browser asks for."""
    canvas.open("photo_story")
    shown = canvas.page.evaluate("""async () => {
      const { api } = await import('/scripts/api.js')
      const titles = (await api.getWorkflowTemplates()).storyreel
      const found = []
      for (const title of titles) {
        const file = await fetch(api.apiURL(`/workflow_templates/storyreel/${title}.json`))
        const picture = await fetch(api.apiURL(`/workflow_templates/storyreel/${title}`) + '.jpg')
        const note = (await file.json()).nodes.find((node) => node.type === 'MarkdownNote')
        const heading = note.widgets_values[0].split('\\n')[0].slice(3)
        found.push({ title, heading, picture: picture.headers.get('content-type') })
      }
      return found
    }""")
    assert len(shown) == len(list((repo / "workflows").glob("*.json")))
    free = [each["title"].startswith("Free - ") for each in shown]
    assert free == sorted(free, reverse=True) and any(free) and not all(free)
    for each in shown:
        assert each["title"].split(" - ", 1) == [
            "Free" if "Free - " in each["title"] else "Paid",
            each["heading"],
        ]
        assert each["picture"] == "image/jpeg"


def test_wires_of_our_types_have_colors(canvas: Any) -> None:
    """In classic nodes and in Vue nodes, after the palette was loaded again too."""
    canvas.open("photo_story")
    colors = canvas.page.evaluate("""async () => {
      await app.extensionManager.setting.set('Comfy.ColorPalette', 'light')
      await new Promise((done) => setTimeout(done, 1000))
      const types = Object.keys(LGraphCanvas.link_type_colors).filter((type) => type.startsWith('STORYREEL_'))
      const style = getComputedStyle(document.body)
      const found = types.map((type) => [
        LGraphCanvas.link_type_colors[type],
        app.canvas.default_connection_color_byType[type],
        style.getPropertyValue(`--color-datatype-${type}`).trim()
      ])
      await app.extensionManager.setting.set('Comfy.ColorPalette', 'dark')
      return found
    }""")
    assert len(colors) == 3
    assert all(one == other == third != "" for one, other, third in colors)
    assert len({each[0] for each in colors}) == 3
