"""What every test needs: the repo's place, a home of its own, and the recordings where they are."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture
def repo() -> Path:
    """The checkout under test."""
    return REPO


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first: else one processor is still at them when the others have long been idle."""
    items.sort(key=lambda item: 2 - bool(item.get_closest_marker("slow")) - bool(KILLED.search(item.nodeid)))


KILLED = re.compile(r"/test_p[12]_.*\[([^\]]+)\]")
"""The tests of P1 and P2, and which story they judge."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Whatever judges the same story is one worker's: it is killed once. (Marks of xdist's that say so have no effect
    with pytest 9.2: pytest-xdist issue 1386.)"""
    from xdist.scheduler import LoadScopeScheduling

    class Stories(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            story = KILLED.search(nodeid)
            return story[1] if story else nodeid

    return Stories(config, log)


KEYS = (
    "GEMINI_API_KEY",
    "GOOGLE_",
    "RUNWAY",
    "KLING_",
    "FAL_",
    "PIKA_",
    "HEYGEN_",
    "OPENAI_",
    "STORAGE_EMULATOR_HOST",
)
"""How the names of keys and accounts begin that providers look for."""


def without_keys() -> dict[str, str]:
    """The environment without the user's settings and keys."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(KEYS)}
    return {
        n: v for n, v in kept.items() if not n.startswith("STORYREEL_") or n.startswith("STORYREEL_TEST_")
    }


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the user's settings, keys or runs, and none leaves anything in the user's home."""
    for name in os.environ.keys() - without_keys():
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("STORYREEL_HOME", str(home))
    monkeypatch.setenv("HF_HUB_CACHE", str(home / "hub"))


@pytest.fixture
def nobody_speaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it takes the voices away that are installed."""

    def hide() -> None:
        for name in ("espeakng_loader", "ttspico"):
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setenv("PATH", "")

    return hide


@pytest.fixture(scope="session")
def recordings() -> Path:
    """What a real ComfyUI answered: protocol.json, core_object_info.json, conversion/. Skips where it isn't."""
    folder = Path(os.environ.get("STORYREEL_TEST_RECORDINGS", REPO.parent / "shared" / "comfyui"))
    if not folder.is_dir():
        pytest.skip("needs the recordings of a real ComfyUI; name their folder in STORYREEL_TEST_RECORDINGS")
    return folder


@pytest.fixture(scope="session")
def comfyui() -> str:
    """The URL of a real ComfyUI that has this pack. Skips where none is named."""
    url = os.environ.get("STORYREEL_TEST_COMFYUI")
    if not url:
        pytest.skip("needs a real ComfyUI with this pack; set STORYREEL_TEST_COMFYUI=http://127.0.0.1:8188")
    return url.rstrip("/")
