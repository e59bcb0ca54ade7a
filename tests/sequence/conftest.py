"""Seed 4's example request as it is written there, and folders of small pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXAMPLE = """{
    "sequence_data": [
        {
            "scene_number": 1,
            "narration": "The hero stood tall against the setting sun.",
            "duration": 5,
            "clip_action": "slow zoom out, pan right",
            "music_mood": "epic"
        }
    ],
    "generation_params": {
        "transition_type": "fade",
        "seed": 12345,
        "fps": 24
    }
}
"""


@pytest.fixture
def example() -> str:
    return EXAMPLE


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder of pictures with these names, each with a ramp, and returns it."""

    def make(*names: str, folder: str = "pictures") -> Path:
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        ramp = np.tile(np.linspace(40, 200, 160, dtype=np.uint8)[None, :, None], (90, 1, 3))
        for name in names:
            Image.fromarray(ramp).save(place / name)
        return place

    return make
