"""Where the weights are: a folder that is named, else where Hugging Face's library keeps what it has downloaded.

Nothing is downloaded here, and nothing heavy imported: `storyreel svd fetch` is what downloads.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import sys
from pathlib import Path

from ...config import config

REPOS = {
    "svd-xt": "stabilityai/stable-video-diffusion-img2vid-xt",
    "svd": "stabilityai/stable-video-diffusion-img2vid",
}
REVISIONS = {
    "svd-xt": "9e43909513c6714f1bc78bcb44d96e733cd242aa",
    "svd": "9cf024d5bfa8f56622af86c884f26a52f6676f2e",
}
"""The commit of each that is downloaded and loaded, whatever its repository says later. Another one is a folder that is
named."""
FRAMES = {"svd-xt": 25, "svd": 14}
PACKAGES = ("torch", "diffusers", "transformers", "accelerate")
VARIABLE = "STORYREEL_SVD_WEIGHTS"
_PARTS = ("unet", "vae", "image_encoder")
_GPUS = ("/dev/nvidia0", "/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""NVIDIA's, AMD's, and either under WSL."""


def folder_of(model: str) -> Path | None:
    """The folder of the model's weights, whole: model_index.json and its parts. None where there is none."""
    return next((folder for folder in _places(model) if not _incomplete(folder)), None)


def missing() -> list[str]:
    """What isn't there, a sentence each with its cure: packages, weights of any model, a graphics card."""
    said = []
    absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if absent:
        said.append(f"svd needs {' and '.join(absent)}, not installed here: pip install 'storyreel[svd]'")
    if not any(folder_of(model) for model in REPOS):
        said.append(lacking("svd-xt"))
    if config().svd.device == "auto" and not has_gpu():
        said.append(
            "svd finds no graphics card, and on the processor a clip takes hours: if they are there to spend, set "
            'device = "cpu" under [svd] in config.toml'
        )
    return said


def lacking(model: str) -> str:
    """Why there are no weights of one model, and the cure; empty if there are."""
    if folder_of(model):
        return ""
    places = _places(model)
    damaged = next((folder for folder in places if folder.is_dir() and _is_model(folder, model)), None)
    if damaged is not None:
        return f"svd finds {model} in {damaged}, but {_incomplete(damaged)}: {_cure(model)}"
    where = _named() or cache()
    return f"svd finds no weights of {model} in {where}: {_cure(model)}"


def target_of(model: str) -> Path | None:
    """Where weights go that are downloaded, if a folder is named for them."""
    named = _named()
    return named / REPOS[model].rpartition("/")[2] if named else None


def cache() -> Path:
    """As huggingface_hub has it, which needn't be installed yet."""
    if hub := os.environ.get("HF_HUB_CACHE"):
        return Path(hub).expanduser()
    if hf := os.environ.get("HF_HOME"):
        return Path(hf).expanduser() / "hub"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "huggingface" / "hub"


def has_gpu() -> bool:
    """Whether there seems to be a graphics card: torch, which would know, takes seconds to import."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "nvcuda.dll").exists()
    return any(Path(name).exists() for name in _GPUS)


def _cure(model: str) -> str:
    return (
        f"`storyreel svd fetch {model}` downloads them ({REPOS[model]}, about 5 GB), or name their folder in "
        f"{VARIABLE} or as weights under [svd] in config.toml"
    )


def _named() -> Path | None:
    named = os.environ.get(VARIABLE) or config().svd.weights
    return Path(named).expanduser() if named else None


def _places(model: str) -> list[Path]:
    """Where a model's weights may be; a folder that is named is the only one."""
    named = _named()
    if named is not None:
        inner = [named / name for name in (REPOS[model].rpartition("/")[2], model)]
        return [*inner, named] if _is_model(named, model) else inner
    kept = cache() / f"models--{REPOS[model].replace('/', '--')}"
    return [kept / "snapshots" / REVISIONS[model]]


def _is_model(folder: Path, model: str) -> bool:
    """Whether a folder is a pipeline that makes as many frames as this model."""
    try:
        said = json.loads((folder / "unet" / "config.json").read_text(encoding="utf-8"))
        return said.get("num_frames") == FRAMES[model]
    except (OSError, ValueError, AttributeError):
        return False


def _incomplete(folder: Path) -> str:
    """What of a pipeline isn't in its folder; empty if all is."""
    if not (folder / "model_index.json").is_file():
        return "model_index.json isn't there"
    for part in _PARTS:
        if not any((folder / part).glob("*.safetensors")):
            pickled = any(
                path.suffix in (".bin", ".ckpt", ".pt", ".pth") for path in (folder / part).glob("*")
            )
            why = " as .safetensors: no other file is loaded, it could run what it likes" if pickled else ""
            return f"the weights of its {part} aren't there{why}"
    return ""
