"""What a client finds of this pack on a ComfyUI: its canvas extension, its help pages and its workflows. And ComfyUI's
folders of models, which are empty here.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from aiohttp import web

from .answers import Handler, Refused, answer

PACKAGE = Path(__file__).parents[2]
PACK = "storyreel"

WEB, WORKFLOWS = PACKAGE / "web", PACKAGE / "workflows"
TYPES = {
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
"""What goes out, by suffix. All of it is the package's own."""

MODELS = (
    "checkpoints", "configs", "loras", "vae", "text_encoders", "diffusion_models", "clip_vision", "style_models",
    "embeddings", "diffusers", "vae_approx", "controlnet", "gligen", "upscale_models", "latent_upscale_models",
    "hypernetworks", "photomaker", "classifiers", "model_patches", "audio_encoders",
)  # fmt: skip
"""ComfyUI's kinds of models."""


def table() -> list[tuple[str, str, Handler]]:
    return [
        ("GET", "/extensions", _extensions),
        ("GET", f"/extensions/{PACK}/{{path:.+}}", _from(WEB)),
        ("GET", "/docs/{node}/{page}", _docs),
        ("GET", "/workflow_templates", _templates),
        ("GET", f"/api/workflow_templates/{PACK}/{{path:.+}}", _from(WORKFLOWS)),
        ("GET", "/models", _models),
        ("GET", "/models/{folder}", _no_models),
        ("GET", "/experiment/models", _experiment),
        ("GET", "/experiment/models/{folder}", _no_models),
    ]


async def _extensions(request: web.Request) -> web.Response:
    return answer([f"/extensions/{PACK}/{name}" for name in await asyncio.to_thread(_names, WEB, "**/*.js")])


async def _templates(request: web.Request) -> web.Response:
    names = await asyncio.to_thread(_names, WORKFLOWS, "*.json")
    return answer({PACK: [name.removesuffix(".json") for name in names]})


def _names(folder: Path, pattern: str) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern))


def _from(folder: Path) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return await asyncio.to_thread(_file, folder, request.match_info["path"])

    return handler


async def _docs(request: web.Request) -> web.StreamResponse:
    """The help page of a node, in English whichever language is asked for."""
    node, page = request.match_info["node"], request.match_info["page"]
    if not re.fullmatch(r"[\w-]+\.md", page):
        raise Refused(404)
    return await asyncio.to_thread(_file, WEB / "docs", f"{node}.md")


def _file(folder: Path, name: str) -> web.StreamResponse:
    """A file of the package. Raises Refused (404)."""
    parts = name.split("/")
    path = folder.joinpath(*parts)
    kind = TYPES.get(path.suffix)
    if kind is None or not all(re.fullmatch(r"\w[\w.-]*", part) for part in parts) or not path.is_file():
        raise Refused(404)
    return web.FileResponse(path, headers={"Content-Type": kind})


async def _models(request: web.Request) -> web.Response:
    return answer(MODELS)


async def _experiment(request: web.Request) -> web.Response:
    return answer([{"name": name, "folders": [], "extensions": []} for name in MODELS if name != "configs"])


async def _no_models(request: web.Request) -> web.Response:
    if request.match_info["folder"] not in MODELS:
        raise Refused(404, "there is no such folder of models")
    return answer([])
