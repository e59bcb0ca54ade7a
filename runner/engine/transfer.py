"""Files in and out of the engine's folders: POST /upload/image and GET /view. No path leaves them."""

from __future__ import annotations

import hashlib
import mimetypes
import shutil
import uuid
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from aiohttp import web
from PIL import Image

from ...host.files import split_name
from ...host.standalone.context import Place
from ...studio.errors import BadInput
from ...studio.paths import inside

ACTIVE = {
    "text/html",
    "text/html-sandboxed",
    "application/xhtml+xml",
    "text/javascript",
    "text/css",
    "image/svg+xml",
}
"""Types that a browser would run; they are sent as plain bytes."""


class Refused(Exception):
    """The request names something that it must not, or nothing at all."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def store(place: Place, form: dict[str, Any]) -> dict[str, str]:
    """Keeps an uploaded file and says under which name: the same name for the same content, else a new one.

    The form is ComfyUI's: image (the file), type (input), subfolder, overwrite. Raises Refused.
    """
    upload: Any = form.get("image")
    kind = form.get("type") or "input"
    if not hasattr(upload, "file") or not upload.filename or kind not in ("input", "output", "temp"):
        raise Refused(400)
    folder: Path = getattr(place, kind)
    subfolder = str(form.get("subfolder") or "")
    stem, dot, suffix = upload.filename.rpartition(".")
    stem, suffix = (stem, dot + suffix) if dot else (suffix, "")
    name, number = upload.filename, 1
    try:
        path = inside(folder, f"{subfolder}/{name}" if subfolder else name)
        if str(form.get("overwrite")) not in ("true", "1"):
            while path.exists():
                if path.is_file() and _digest(path) == _digest(upload.file):
                    return {"name": name, "subfolder": subfolder, "type": kind}
                name, number = f"{stem} ({number}){suffix}", number + 1
                path = inside(folder, f"{subfolder}/{name}" if subfolder else name)
    except BadInput as error:
        raise Refused(400) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        upload.file.seek(0)
        with partial.open("wb") as out:
            shutil.copyfileobj(upload.file, out)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return {"name": name, "subfolder": subfolder, "type": kind}


def seen(place: Place, query: Any) -> Path:
    """The file that /view is asked for. Raises Refused: 404 if it isn't there, 400 or 403 if it mustn't
    be.
    """
    if not query.get("filename"):
        raise Refused(404)
    name, kind = split_name(query["filename"])
    if name == query["filename"]:
        kind = query.get("type", "output")
    if not name or name[0] in "/\\" or ".." in name or kind not in ("input", "output", "temp"):
        raise Refused(400)
    folder: Path = getattr(place, kind)
    try:
        if query.get("subfolder"):
            folder = inside(folder, query["subfolder"])
    except BadInput as error:
        raise Refused(403) from error
    try:
        path = inside(folder, Path(name).name)
    except BadInput as error:
        raise Refused(403) from error
    if not path.is_file():
        raise Refused(404)
    return path


def shown(path: Path, query: Any) -> web.StreamResponse:
    """The answer of /view: the file as it is, or as its `preview` ("webp;90") or `channel` (rgb, a) is asked
    for.
    """
    name = {"Content-Disposition": f'filename="{path.name}"'}
    if "preview" in query or query.get("channel") in ("rgb", "a"):
        body, kind = _redrawn(path, query)
        return web.Response(body=body, content_type=kind, headers=name)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kind = "application/octet-stream" if kind in ACTIVE else kind
    return web.FileResponse(path, headers={**name, "Content-Type": kind, "X-Content-Type-Options": "nosniff"})


def _redrawn(path: Path, query: Any) -> tuple[bytes, str]:
    buffer = BytesIO()
    with Image.open(path) as picture:
        if "preview" in query:
            kind, *rest = query["preview"].split(";")
            kind = kind if kind in ("webp", "jpeg") and "a" not in query.get("channel", "") else "webp"
            quality = int(rest[-1]) if rest and rest[-1].isdigit() else 90
            flat = kind == "jpeg" or query.get("channel") == "rgb" or picture.mode not in ("RGB", "RGBA")
            (picture.convert("RGB") if flat else picture).save(buffer, kind, quality=min(quality, 100))
            return buffer.getvalue(), f"image/{kind}"
        if query["channel"] == "rgb":
            picture.convert("RGB").save(buffer, "png")
        else:
            alpha = picture.convert("RGBA").getchannel("A")
            mask = Image.new("RGBA", picture.size)
            mask.putalpha(alpha)
            mask.save(buffer, "png")
    return buffer.getvalue(), "image/png"


def _digest(source: Path | BinaryIO) -> str:
    digest = hashlib.sha256()
    if isinstance(source, Path):
        with source.open("rb") as file:
            return _digest(file)
    source.seek(0)
    while block := source.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
