"""The model itself, through diffusers: a real pipeline of random weights that is built here. What surrounds it is held
by the other files, with or without torch."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from storyreel.studio.config import Svd as Settings
from storyreel.studio.errors import Interrupted, ProviderError
from storyreel.studio.media.probe import probe
from storyreel.studio.providers.capability import rows
from storyreel.studio.providers.contract import State
from storyreel.studio.providers.svd import weights
from storyreel.studio.providers.svd.model import Go
from storyreel.studio.providers.svd.provider import Svd

from . import tiny
from .conftest import Shots, waited

absent = [name for name in weights.PACKAGES if find_spec(name) is None]
pytestmark = [
    pytest.mark.skipif(bool(absent), reason=f"needs {', '.join(absent)}: pip install 'storyreel[svd]'"),
    pytest.mark.filterwarnings("ignore"),  # theirs, as they are loaded
]
SETTINGS = Settings(device="cpu", steps=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("weights")
    tiny.save(place / "svd", 14)
    tiny.save(place / "short", 4)
    yield place
    torch.set_num_threads(before)


@pytest.fixture
def model(folder: Path) -> Any:
    from storyreel.studio.providers.svd.pipeline import load

    return load(folder / "short", SETTINGS)


def go(seed: int = 0, **settings: Any) -> Go:
    row = np.linspace(0, 255, 128).astype(np.uint8)
    picture = np.repeat(np.tile(row, (128, 1))[..., None], 3, axis=2)
    return Go(picture, seed, SETTINGS.model_copy(update=settings))


def frames(model: Any, what: Go) -> np.ndarray:
    return np.stack(list(model.film(what, lambda done: None)))


def test_a_clip_through_the_door(
    folder: Path, shots: Shots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storyreel.studio.home import home

    (home() / "config.toml").write_text('[svd]\ndevice = "cpu"\nsteps = 2\n')
    monkeypatch.setenv(weights.VARIABLE, str(folder))
    door = Svd()
    assert door.missing() == []
    operation = door.submit(shots(duration=3), rows("svd")[1], "ours")
    said = waited(door, operation)
    assert said[-1].state is State.DONE, said[-1]
    assert any("part 2 of 2, step 2 of 2 on the processor, fp32" in status.message for status in said)
    clip = probe(door.fetch(operation, said[-1], tmp_path / "clip.mp4").path)
    assert (clip.frames, clip.fps, clip.size) == (27, 7, (128, 128))


def test_the_same_seed_films_the_same_and_chunks_change_next_to_nothing(model: Any) -> None:
    made = frames(model, go(3))
    assert made.shape == (4, 128, 128, 3) and made.dtype == np.uint8
    assert (frames(model, go(3)) == made).all() and (frames(model, go(4)) != made).any()
    assert (frames(model, go(3, motion_bucket=1)) != made).any(), "what it is told arrives"
    assert (frames(model, go(3, fps=20)) != made).any() and (frames(model, go(3, noise=0.5)) != made).any()
    chunked = frames(model, go(3, decode_chunk=3))
    assert chunked.shape == made.shape and np.abs(chunked.astype(int) - made).mean() < 20
    assert (frames(model, go(3, decode_chunk=4)) != chunked).any(), "they are decoded together"


def test_it_stops_between_two_steps(model: Any) -> None:
    done: list[int] = []

    def step(number: int) -> None:
        done.append(number)
        if number == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        list(model.film(go(steps=9), step))
    assert done == [1, 2]
    assert len(frames(model, go())) == 4, "and films again"


def test_what_goes_wrong_is_said(model: Any, folder: Path, tmp_path: Path) -> None:
    import torch
    from storyreel.studio.providers.svd.pipeline import explained, load

    model._pipe.unet.conv_out.bias.data.fill_(float("nan"))
    with pytest.raises(ProviderError, match=r"numbers overflowed.*fp32"):
        frames(model, go())
    full = explained(torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.94 GiB"))
    assert full.message == "svd ran out of memory" and "decode_chunk = 1" in full.hint
    assert "out of memory" in explained(RuntimeError("DefaultCPUAllocator: can't allocate memory")).message
    assert "a surprise" in explained(RuntimeError("a surprise\nat line 7")).message
    if not torch.cuda.is_available():
        with pytest.raises(ProviderError, match=r"no graphics card that torch .* can use"):
            load(folder / "svd", Settings(device="cuda"))
    (tmp_path / "unet").mkdir()
    with pytest.raises(ProviderError, match="can't be loaded"):
        load(tmp_path, SETTINGS)


def test_half_precision_is_taken_where_it_is_all_there_is(tmp_path: Path) -> None:
    from storyreel.studio.providers.svd.pipeline import load

    tiny.save(tmp_path / "svd-xt", 25, variant="fp16")
    model = load(tmp_path / "svd-xt", SETTINGS)
    assert model.frames == 25 and model.place == "the processor, fp32"
    assert load(tmp_path / "svd-xt", Settings(device="cpu", precision="fp16")).place.endswith("fp16")
