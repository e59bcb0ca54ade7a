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


def test_the_canvas_asks_and_keeps_the_answer(
    canvas: Any, comfyui: str, emulated: Callable[[], list[Any]], consent: Path
) -> None:
    page = canvas.page
    page.goto(canvas.url)
    page.wait_for_function("window.app?.graph && window.app.extensionManager", timeout=90_000)
    page.wait_for_timeout(2000)
    page.evaluate("(graph) => app.api.queuePrompt(0, { output: graph, workflow: {} })", graph())
    dialog = page.locator(".p-dialog", has_text="Spend money?")
    dialog.wait_for(timeout=30_000)
    dialog.locator("input").fill("7")
    dialog.get_by_role("button", name="Confirm").click()
    page.get_by_text("Up to $7 a day").wait_for(timeout=20_000)
    assert json.loads(consent.read_text()) == {"day": "7"}
