"""What the model is told, what its clips are known by, what isn't there, and when it is let go."""

from __future__ import annotations

import gc
import json
import re
import threading
import time
import weakref
from collections.abc import Callable
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
from storyreel.studio.config import Svd as Settings
from storyreel.studio.errors import BadInput, Interrupted, ProviderError
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.planning.request_key import canonical, hashed
from storyreel.studio.providers.capability import bought, rows
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.svd import weights
from storyreel.studio.providers.svd.engine import Diffusers
from storyreel.studio.providers.svd.fetch import fetch
from storyreel.studio.providers.svd.model import Model
from storyreel.studio.providers.svd.options import settings_of, size_faults, size_of
from storyreel.studio.providers.svd.provider import Svd

from .conftest import Shots, waited
from .slides import Slides

XT, PLAIN = rows("svd")


def test_a_shot_says_otherwise_than_the_config(shots: Shots, configure: Callable[[str], object]) -> None:
    configure("[svd]\nmotion_bucket = 40\nfps = 10\ndecode_chunk = 3\n")
    found = settings_of(shots(knobs={"fps": 12}))
    assert (found.motion_bucket, found.fps, found.decode_chunk, found.noise) == (40, 12, 3, 0.02)
    with pytest.raises(BadInput) as refused:
        settings_of(shots(knobs={"motion_bucket": 999, "speed": 1}))
    assert {fault.place for fault in refused.value.faults} == {"motion_bucket", "speed"}
    configure("[svd]\nnoise = 7\n")
    with pytest.raises(BadInput, match=r"svd\.noise"):
        settings_of(shots())


def test_lengths_are_whole_goes_at_the_rate_that_is_told(
    shots: Shots, configure: Callable[[str], object]
) -> None:
    assert [bought(shots(duration=Fraction(n)), XT) for n in (1, 4, 27)] == [
        Fraction(25, 7),
        7,
        Fraction(193, 7),
    ]
    assert bought(shots(duration=Fraction(25, 7)), XT) == Fraction(25, 7)
    assert (
        bought(shots(duration=Fraction(2)), PLAIN) == 2 and bought(shots(duration=Fraction(15)), PLAIN) == 15
    )
    assert bought(shots(duration=Fraction(3), knobs={"fps": 25}), XT) == Fraction(97, 25)
    configure("[svd]\nfps = 5\n")
    assert bought(shots(duration=Fraction(4)), XT) == 5
    (fault,) = faults(shots(duration=Fraction(28)), XT)
    assert "svd-xt through svd makes clips of 0 to 27 s" in str(fault)


def test_sizes() -> None:
    native = 1024 * 576
    shapes = {
        "16:9": (1024, 576),
        "9:16": (576, 1024),
        "1:1": (768, 768),
        "4:5": (704, 896),
        "3:2": (960, 640),
    }
    for shape, size in shapes.items():
        assert size_of(Fraction(shape.replace(":", "/")), native) == size
    assert size_faults("") == size_faults("768x448") == []
    assert [fault.cure for fault in size_faults("1000x580")] == ["use 1024x576"]


def test_what_makes_another_clip(shots: Shots, configure: Callable[[str], object]) -> None:
    """Words don't, since nobody reads them; every setting that shows does."""

    def key(**given: object) -> str:
        return hashed(canonical(shots(**given), Wish("svd")))

    plain = key()
    assert key(prompt="a boat", camera="left") == plain == key(knobs={"decode_chunk": 2})
    assert key(duration=Fraction(1)) == plain != key(duration=Fraction(4))
    others = [
        {"knobs": {name: value}}
        for name, value in (("noise", 0), ("fps", 8), ("motion_bucket", 9), ("steps", 3))
    ]
    found = {
        key(**given) for given in [*others, {"fit": "contain"}, {"seed": 1}, {"knobs": {"size": "256x128"}}]
    }
    assert len(found) == 7 and plain not in found
    configure("[svd]\nmotion_bucket = 9\n")
    assert key() == next(iter({key(knobs={"motion_bucket": 9})})) != plain, (
        "the config's settings show as well"
    )
    assert hashed(canonical(shots(), Wish("svd", "svd"))) != key()


# What is there ---------------------------------------------------------------------------------------------------


def pipeline(folder: Path, frames: int) -> Path:
    for part in ("unet", "vae", "image_encoder"):
        (folder / part).mkdir(parents=True)
        (folder / part / "diffusion_pytorch_model.fp16.safetensors").write_bytes(b"")
    (folder / "unet" / "config.json").write_text(json.dumps({"num_frames": frames}))
    (folder / "model_index.json").write_text("{}")
    return folder


def test_weights_in_a_folder_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configure: Callable[[str], object]
) -> None:
    assert "no weights of svd-xt" in weights.lacking(
        "svd-xt"
    ) and "storyreel svd fetch svd-xt" in weights.lacking("svd-xt")
    both = tmp_path / "models"
    xt = pipeline(both / "stable-video-diffusion-img2vid-xt", 25)
    plain = pipeline(both / "svd", 14)
    configure(f"[svd]\nweights = {json.dumps(str(both))}\n")
    assert weights.folder_of("svd-xt") == xt and weights.folder_of("svd") == plain
    monkeypatch.setenv(weights.VARIABLE, str(xt))
    assert weights.folder_of("svd-xt") == xt and weights.folder_of("svd") is None, "the variable wins"
    assert str(xt) in weights.lacking("svd")
    (xt / "vae" / "diffusion_pytorch_model.fp16.safetensors").unlink()
    assert "the weights of its vae aren't there" in weights.lacking("svd-xt")


def test_weights_that_hugging_face_s_library_has_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    kept = tmp_path / "models--stabilityai--stable-video-diffusion-img2vid"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("abc123")
    pipeline(kept / "snapshots" / "abc123", 14)
    assert weights.folder_of("svd") is None, "what its branch says now isn't what was looked at"
    folder = pipeline(kept / "snapshots" / weights.REVISIONS["svd"], 14)
    assert weights.folder_of("svd") == folder == fetch("svd"), "what is there isn't downloaded again"
    assert weights.folder_of("svd-xt") is None


@pytest.mark.parametrize("name", ["diffusion_pytorch_model.bin", "model.ckpt", "pytorch_model.pt"])
def test_pickled_weights_are_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    folder = pipeline(tmp_path / "w", 25)
    monkeypatch.setenv(weights.VARIABLE, str(folder))
    assert weights.folder_of("svd-xt") == folder
    (folder / "unet" / "diffusion_pytorch_model.fp16.safetensors").rename(folder / "unet" / name)
    assert weights.folder_of("svd-xt") is None
    assert "no other file is loaded" in weights.lacking("svd-xt")


def test_a_download_is_of_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of a hub of the test's own, through Hugging Face's library where it is installed."""
    assert set(weights.REVISIONS) == set(weights.REPOS)
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in weights.REVISIONS.values())
    if find_spec("huggingface_hub") is None:
        pytest.skip("huggingface_hub isn't installed")
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    monkeypatch.setenv(weights.VARIABLE, str(tmp_path / "w"))
    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with pytest.raises(ProviderError):
            fetch("svd", quiet=True, endpoint=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert asked and all(weights.REVISIONS["svd"] in path for path in asked), asked


def test_what_is_missing_is_said_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configure: Callable[[str], object]
) -> None:
    said = weights.missing()
    absent = [name for name in weights.PACKAGES if find_spec(name) is None]
    assert all(sentence.startswith("svd ") for sentence in said), "the door's name comes first"
    assert any(all(name in each for name in absent) and "pip install" in each for each in said) or not absent
    assert any("no weights" in each for each in said)
    configure('[svd]\ndevice = "cpu"\n')
    monkeypatch.setenv(weights.VARIABLE, str(pipeline(tmp_path / "w", 25)))
    left = weights.missing()
    assert not any("weights" in each or "graphics card" in each for each in left) and bool(left) is bool(
        absent
    )
    configure("")
    assert any("hours" in each for each in weights.missing()) is not weights.has_gpu()


def test_fetching_says_what_is_wrong() -> None:
    with pytest.raises(BadInput, match="'svd-xl' is none of the models"):
        fetch("svd-xl")
    if find_spec("huggingface_hub") is None:
        with pytest.raises(BadInput, match=r"huggingface_hub isn't installed.*storyreel\[svd\]"):
            fetch("svd")
        return
    with pytest.raises(ProviderError, match="can't be downloaded"):
        fetch("svd", quiet=True, endpoint="http://127.0.0.1:9")


# When it is loaded -----------------------------------------------------------------------------------------------


def test_a_model_stays_for_the_next_clip_and_is_let_go_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Settings] = []

    def load(folder: Path, settings: Settings) -> Model:
        loads.append(settings)
        return Slides(25)

    monkeypatch.setenv(weights.VARIABLE, str(pipeline(tmp_path / "w", 25)))
    engine, plain = Diffusers(load, idle=0.05), Settings()
    for settings in (plain, plain.model_copy(update={"motion_bucket": 3})):
        with engine.loaded("svd-xt", settings) as model:
            assert model.frames == 25
    assert len(loads) == 1, "the same model films otherwise"
    with engine.loaded("svd-xt", plain.model_copy(update={"offload": True})):
        pass
    assert len(loads) == 2
    with pytest.raises(Interrupted), engine.loaded("svd-xt", loads[-1]):
        raise Interrupted
    with pytest.raises(ProviderError), engine.loaded("svd-xt", loads[-1]):
        assert len(loads) == 2, "stopping it leaves it whole"
        raise ProviderError("out of memory")
    with engine.loaded("svd-xt", loads[-1]):
        assert len(loads) == 3, "an error doesn't"
    until = time.monotonic() + 5
    while engine._held is not None and time.monotonic() < until:
        time.sleep(0.01)
    assert engine._held is None, "nobody has asked for a while"
    with pytest.raises(ProviderError, match="no weights of svd"), engine.loaded("svd", plain):
        pass


def test_a_model_that_failed_is_not_kept_by_what_it_said(
    shots: Shots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models: list[weakref.ref[Slides]] = []

    def load(folder: Path, settings: Settings) -> Model:
        model = Slides(25, ProviderError("svd ran out of memory"))
        models.append(weakref.ref(model))
        return model

    monkeypatch.setenv(weights.VARIABLE, str(pipeline(tmp_path / "w", 25)))
    door = Svd(Diffusers(load))
    operation = door.submit(shots(), XT, "ours")
    assert "out of memory" in waited(door, operation)[-1].message
    gc.collect()
    assert models[0]() is None, "its memory is what somebody else waits for"
