"""SVD Image to Video: what its widgets ask for, what comes out, and what it says where there is no model."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from storyreel.nodes.svd import AS_IT_IS, MODELS, SIZES, SVDImageToVideo
from storyreel.studio.errors import BadInput
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import rows
from storyreel.studio.providers.svd.options import size_faults

from ..svd.slides import Projector, Slides

ASKED = {
    "model": "svd",
    "seconds": 1.5,
    "size": "512x512",
    "motion_bucket": 40,
    "fps": 7,
    "noise": 0.05,
    "steps": 3,
}


def picture(height: int = 72, width: int = 128) -> np.ndarray:
    ramp = np.linspace(0.1, 0.9, width, dtype=np.float32)
    return np.broadcast_to(ramp[None, None, :, None], (1, height, width, 3)).copy()


@pytest.fixture
def projector(monkeypatch: pytest.MonkeyPatch) -> Projector:
    made = Projector()
    monkeypatch.setattr(provider("svd"), "engine", made)
    return made


def test_its_widgets_are_what_the_model_is_told(projector: Projector, execute: Any, look: Any) -> None:
    video, record = execute(SVDImageToVideo, image=picture(), seed=9, decode_chunk=2, **ASKED)
    seen, told = look(video), json.loads(record)
    assert (seen.frames, seen.fps, seen.size) == (14, 7, (512, 512)) and seen.sound.size == 0
    assert told["door"] == "svd" and told["cost"] == 0 and told["notes"] == [] and not told["reused"]
    (go,) = projector.models["svd"].goes
    settings = go.settings
    assert (settings.motion_bucket, settings.noise, settings.steps, go.seed) == (40, 0.05, 3, 9)
    assert settings.decode_chunk == 2
    _, again = execute(SVDImageToVideo, image=picture(), seed=9, decode_chunk=0, **ASKED)
    assert json.loads(again)["reused"] and len(projector.models["svd"].goes) == 1, "it was kept"
    execute(SVDImageToVideo, image=picture(), seed=9, **{**ASKED, "noise": 0.0})
    assert len(projector.models["svd"].goes) == 2


def test_as_the_picture_is(projector: Projector, execute: Any, look: Any) -> None:
    asked = {**ASKED, "size": AS_IT_IS, "fps": 30, "seconds": 0.1}
    projector.models["svd"] = Slides(4)  # so that little is written
    video, _ = execute(SVDImageToVideo, image=picture(160, 90), **asked)
    assert (look(video).size, look(video).fps) == ((576, 1024), 30)


def test_its_choices_are_the_catalogue_s() -> None:
    assert list(MODELS) == [can.model for can in rows("svd")]
    assert all(not size_faults(size) for size in SIZES if size != AS_IT_IS)
    assert SVDImageToVideo.validate_inputs(model="svd", seconds=15.0) is True
    assert SVDImageToVideo.validate_inputs(model=None, seconds=None) is True, "they come by wires"
    said = SVDImageToVideo.validate_inputs(model="svd", seconds=20.0)
    assert "svd makes clips of up to 15 s" in str(said) and "use 15 or less" in str(said)


def test_without_a_model_it_says_what_to_do(execute: Any, place: Any) -> None:
    with pytest.raises(BadInput) as refused:
        execute(SVDImageToVideo, image=picture(), **ASKED)
    assert "svd finds no weights of svd" in str(refused.value) and "storyreel svd fetch" in str(refused.value)
