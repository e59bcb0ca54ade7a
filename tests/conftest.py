"""What every test needs: the repo's place, a home of its own, and the recordings where they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture
def repo() -> Path:
    """The checkout under test."""
    return REPO


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first: else one processor is still at them when the others have long been idle."""
    items.sort(key=lambda item: 2 - bool(item.get_closest_marker("slow")) - _grouped(item))


def _grouped(item: pytest.Item) -> bool:
    return item.get_closest_marker("xdist_group") is not None


KEYS = ("GEMINI_API_KEY", "GOOGLE_", "RUNWAY", "KLING_", "FAL_", "PIKA_", "HEYGEN_", "STORAGE_EMULATOR_HOST")
"""How the names of keys and accounts begin that providers look for."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the user's settings, keys or runs, and none leaves anything in the user's home."""
    for name in list(os.environ):
        ours = name.startswith("STORYREEL_") and not name.startswith("STORYREEL_TEST_")
        if ours or name.startswith(KEYS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path_factory.mktemp("home")))


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
