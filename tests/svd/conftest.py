"""The door, with a projector where the model would be."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from storyreel.studio.home import home
from storyreel.studio.providers import provider
from storyreel.studio.providers.contract import Operation, Status
from storyreel.studio.providers.shot import Shot
from storyreel.studio.providers.svd.provider import Svd

from .slides import Projector

Shots = Callable[..., Shot]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """128x128, dark on the left and bright on the right: how far a frame was pushed can be seen."""
    row = np.linspace(16, 235, 128).astype(np.uint8)
    path = tmp_path / "picture.png"
    Image.fromarray(np.repeat(np.tile(row, (128, 1))[..., None], 3, axis=2)).save(path)
    return path


@pytest.fixture
def shots(picture: Path) -> Shots:
    def make(**given: Any) -> Shot:
        plain = {
            "image": str(picture),
            "duration": Fraction(3),
            "width": 1280,
            "height": 720,
            "fps": Fraction(24),
        }
        knobs = {"size": "128x128", "steps": 2, **given.pop("knobs", {})}
        return Shot.model_validate({**plain, "knobs": tuple(knobs.items()), **given})

    return make


@pytest.fixture
def projector(monkeypatch: pytest.MonkeyPatch) -> Projector:
    """In the place of the model behind the registry's door."""
    made = Projector()
    monkeypatch.setattr(provider("svd"), "engine", made)
    return made


@pytest.fixture
def configure() -> Callable[[str], object]:
    return lambda text: (home() / "config.toml").write_text(text, encoding="utf-8")


def waited(door: Svd, operation: Operation, seconds: float = 30) -> list[Status]:
    """All that the door says of an operation until it is over."""
    said: list[Status] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = door.poll(operation)
        if not said or said[-1] != status:
            said.append(status)
        if status.final:
            return said
        time.sleep(0.002)
    raise AssertionError("it never ended")
