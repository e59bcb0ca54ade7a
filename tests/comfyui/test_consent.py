"""A ComfyUI buys only after a person has agreed, once, on its canvas or its command line."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.comfyui


@pytest.fixture
def consent() -> Iterator[Path]:
    """The answer, in the server's STORYREEL_HOME; there is none at first, and afterwards what was there."""
    home = os.environ.get("STORYREEL_TEST_HOME")
    if not home:
        pytest.skip("needs the STORYREEL_HOME of that ComfyUI in STORYREEL_TEST_HOME")
    path = Path(home) / "consent.json"
    before = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o600)


def graph(prompts: int = 1) -> dict[str, Any]:
    """A clip of $0.40; with more `prompts` one for each, by a list."""
    scenes = [{"prompt": f"card {number}", "duration": 0.2} for number in range(prompts)]
    lists = {
        "1": {
            "class_type": "StoryreelStoryboard",
            "inputs": {"text": json.dumps({"quality": "draft", "scenes": scenes})},
        },
        "2": {
            "class_type": "StoryreelShoot",
            "inputs": {"storyboard": ["1", 0], "provider": "animatic", "max_cost": 0.0},
        },
        "3": {
            "class_type": "StoryreelExtractFrame",
            "inputs": {"video": ["2", 2], "which": "first"},
        },
    }
    text = {"mode": "text", "mode.duration": 4, "mode.resolution": "720p", "mode.aspect_ratio": "16:9"}
    image = {**text, "mode": "image", "mode.first_frame": ["3", 0]}
    shared = {"prompt": uuid.uuid4().hex, "policy": "best", "models": "veo-3.1-fast", "max_cost": 1.0}
    node = {"class_type": "StoryreelAutoVideo", "inputs": shared | (text if prompts == 1 else image)}
    end = {"class_type": "PreviewAny", "inputs": {"source": ["9", 1]}}
    return {**({} if prompts == 1 else lists), "9": node, "10": end}


def ran(comfyui: str, finished: Callable[..., Any], graph: dict[str, Any]) -> tuple[str, str]:
    answer = requests.post(f"{comfyui}/prompt", json={"prompt": graph}, timeout=30)
    assert answer.status_code == 200, answer.text
    entry = finished(answer.json()["prompt_id"], 60)
    return entry["status"]["status_str"], json.dumps(entry["status"])


def test_the_first_purchase_needs_a_yes(
    comfyui: str, finished: Any, emulated: Callable[[], list[Any]], consent: Path
) -> None:
    before = len(emulated())
    status, said = ran(comfyui, finished, graph())
    assert status == "error" and "storyreel consent --day 5" in said and "NeedsConsent" in said
    assert len(emulated()) == before
    url, page = f"{comfyui}/storyreel/consent", {"Origin": comfyui}
    for wrong in (
        {"json": {"day": 5}},
        {"json": {"day": 5}, "headers": {"Origin": "http://evil.example"}},
        {"data": '{"day": 5}', "headers": {**page, "Content-Type": "text/plain"}},
        {"json": {"day": -1}, "headers": page},
        {"json": ["day"], "headers": page},
    ):
        assert requests.post(url, timeout=20, **wrong).status_code in (400, 403) and not consent.exists()
    assert requests.post(url, json={"day": 50}, headers=page, timeout=20).status_code == 200
    assert consent.stat().st_mode & 0o777 == 0o600
    status, said = ran(comfyui, finished, graph())
    assert status == "success", said
    assert len(emulated()) == before + 1


def test_a_list_shares_the_limit_of_its_node(
    comfyui: str, finished: Any, emulated: Callable[[], list[Any]], consent: Path
) -> None:
    requests.post(f"{comfyui}/storyreel/consent", json={"day": 1000}, headers={"Origin": comfyui}, timeout=20)
    before = len(emulated())
    status, said = ran(comfyui, finished, graph(prompts=5))
    bought = len(emulated()) - before
    assert status == "error" and "limit of this run" in said, said
    assert 1 <= bought <= 2


READABLE = """(dialog) => {
  const seen = [...dialog.querySelectorAll('h2, p, label, input, button')].map((each) => {
    const { left, top, right, bottom } = each.getBoundingClientRect()
    return { each, left, top, right, bottom }
  })
  const covered = seen.filter(({ each, left, top, right, bottom }) =>
    right <= left || bottom <= top || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight ||
    !each.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2)))
  const over = seen.flatMap((a) => seen.filter((b) => a !== b && !a.each.contains(b.each) && !b.each.contains(a.each)
    && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom))
  return [...covered, ...over].map(({ each }) => each.textContent || each.outerHTML)
}"""
"""What of it something lies over, or what is out of the window."""


@pytest.mark.parametrize("width", [1600, 420])
def test_the_canvas_asks_and_keeps_the_answer(
    canvas: Any, comfyui: str, emulated: Callable[[], list[Any]], consent: Path, width: int
) -> None:
    page, before = canvas.page, len(emulated())
    consent.unlink(missing_ok=True)
    page.set_viewport_size({"width": width, "height": 1000})
    page.goto(canvas.url)
    page.wait_for_function("window.app?.graph && window.app.extensionManager", timeout=90_000)
    page.wait_for_timeout(2000)
    dialog = page.get_by_role("dialog", name="Spend money?")

    def asked(paid: dict[str, Any]) -> None:
        page.evaluate("(graph) => app.api.queuePrompt(0, { output: graph, workflow: {} })", paid)
        dialog.wait_for(timeout=30_000)
        page.wait_for_timeout(1000)

    paid = graph()
    for no in ("Cancel", "Escape"):
        asked(paid)
        assert dialog.evaluate(READABLE) == []
        if no == "Escape":
            page.keyboard.press(no)
        else:
            dialog.get_by_role("button", name=no).click()
        dialog.wait_for(state="detached")
        assert not consent.exists() and len(emulated()) == before
    asked(paid)
    dialog.locator("input").fill("7")
    if width > 500:
        dialog.get_by_role("button", name="Allow").click()
    else:
        dialog.locator("input").press("Enter")
    page.get_by_text("Up to $7 a day").first.wait_for(timeout=20_000)  # read out, too, by newer frontends
    assert json.loads(consent.read_text()) == {"day": "7"}
    assert len(emulated()) == before, "the answer alone buys nothing"
