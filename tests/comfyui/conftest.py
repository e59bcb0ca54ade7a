"""A real ComfyUI with this pack, and a browser that opens its canvas as a person does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OF_ITSELF = (
    "Failed to load resource",  # known by its address, below: without one every fresh ComfyUI would complain
    "The legacy queue/history menu is deprecated",
    "ComfyApp.open_maskeditor is deprecated",
    "input.link is deprecated",
    "Invalid layout total size",
)
"""What a frontend (the last four: 1.58) complains of by itself, without any node of ours."""


@pytest.fixture(scope="session")
def object_info(comfyui: str) -> dict[str, Any]:
    return requests.get(f"{comfyui}/object_info", timeout=60).json()


@pytest.fixture(scope="session")
def finished(comfyui: str) -> Callable[[str, float], dict[str, Any]]:
    """Waits until a prompt is done; returns its entry in the history."""

    def wait(prompt_id: str, seconds: float = 900) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            entry = requests.get(f"{comfyui}/history/{prompt_id}", timeout=20).json().get(prompt_id)
            if entry:
                return entry
            time.sleep(0.3)
        raise AssertionError(f"not done after {seconds} s")

    return wait


@pytest.fixture(scope="session")
def fetched(comfyui: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, str]], Path]:
    """Downloads an output and returns the file."""

    def fetch(saved: dict[str, str]) -> Path:
        answer = requests.get(f"{comfyui}/view", params=saved, timeout=60)
        assert answer.status_code == 200
        path = tmp_path_factory.mktemp("fetched") / saved["filename"]
        path.write_bytes(answer.content)
        return path

    return fetch


@pytest.fixture(scope="session")
def emulated(comfyui: str) -> Callable[[], list[dict[str, Any]]]:
    """The jobs that the emulators of the server's doors have accepted. Skips where none are named: else a test would
    spend money."""
    url = os.environ.get("STORYREEL_TEST_EMULATOR")
    if not url:
        pytest.skip(
            "needs a ComfyUI started with what `storyreel emulate` prints; set STORYREEL_TEST_EMULATOR to its URL"
        )
    # What a person would say on the canvas before the first purchase.
    said = {"json": {"day": 1000}, "headers": {"Origin": comfyui}}
    requests.post(f"{comfyui}/storyreel/consent", timeout=20, **said).raise_for_status()
    return lambda: requests.get(f"{url}/_emulator/record", timeout=20).json()["jobs"]


class Canvas:
    """A page of the canvas, and everything it complained of."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("response", self._answered)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning") and not any(own in message.text for own in OF_ITSELF):
            self.complaints.append(f"{message.type}: {message.text}")

    def _answered(self, response: Any) -> None:
        missing_by_nature = ("/userdata", "/user.css", "/api/settings")
        if (
            response.status >= 400
            and response.url.startswith(self.url)
            and not any(part in response.url for part in missing_by_nature)
        ):
            self.complaints.append(f"{response.status}: {response.url}")

    def open(self, template: str) -> None:
        """Opens a template by its link, as the template browser does, and lets the canvas settle."""
        self.page.goto(f"{self.url}/?template={template}&source=storyreel")
        self.page.wait_for_function("window.app?.graph && window.app.extensionManager", timeout=90_000)
        self.page.wait_for_function("window.app.graph.nodes.length > 2", timeout=30_000)
        self.page.wait_for_timeout(2500)

    def graph(self) -> dict[str, Any]:
        """The API form that the canvas would send."""
        return self.page.evaluate("async () => (await window.app.graphToPrompt()).output")

    def press_run(self) -> str:
        """Clicks the Run button; returns the id of the prompt that the server accepted."""
        with self.page.expect_response(
            lambda r: r.url.endswith("/prompt") and r.request.method == "POST"
        ) as sent:
            by_role = self.page.get_by_role("button", name="Run", exact=True)  # frontend 1.49 and later
            by_id = self.page.get_by_test_id("queue-button").locator("button")
            by_role.or_(by_id).first.click()
        assert sent.value.status == 200, sent.value.text()
        return sent.value.json()["prompt_id"]

    def dialogs(self) -> list[str]:
        """The texts of dialogs and of notices that warn; of all notices, in newer frontends."""
        shown = ".p-dialog, .p-toast-message-warn, .p-toast-message-error, [data-testid=toast]"
        return self.page.locator(shown).all_inner_texts()

    def screenshot(self, path: Path) -> None:
        """A picture of the canvas, small enough for a README."""
        import io

        from PIL import Image

        part = {"x": 0, "y": 0, "width": 1600, "height": 640}  # the rest of the window is empty
        shot = Image.open(io.BytesIO(self.page.screenshot(clip=part))).convert("RGB")
        path.parent.mkdir(parents=True, exist_ok=True)
        shot.save(path, optimize=True)
        if path.stat().st_size > 200_000:
            shot.quantize(256, kmeans=3, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


@pytest.fixture(scope="session")
def browser(comfyui: str) -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.is_file():
        pytest.skip(f"needs Chromium at {CHROMIUM}")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        yield started
        started.close()


@pytest.fixture
def canvas(browser: Any, comfyui: str) -> Iterator[Canvas]:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    yield Canvas(page, comfyui)
    page.close()
