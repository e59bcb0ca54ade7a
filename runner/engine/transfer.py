"""Files in and out of the engine's folders: POST /upload/image, /upload/mask and GET /view. No path leaves them."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import tempfile
import uuid
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from aiohttp import web
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ...host.files import split_name
from ...host.standalone.context import Place
from ...studio.errors import BadInput, MediaError
from ...studio.media.image import opened
from ...studio.paths import inside
from ..display.escape import named
from . import served
from .answers import Refused
from .body import Upload, parsed


def store(place: Place, form: dict[str, Any], spare: int = 0) -> dict[str, str]:
    """Keeps an uploaded file and says under which name: the same name for the same content, else a new one.

    The form is ComfyUI's: image (the file), type (input), subfolder, overwrite. Raises Refused, also if the disk
    would have less than `spare` bytes left.
    """
    upload: Any = form.get("image")
    kind, subfolder = form.get("type") or "input", form.get("subfolder") or ""
    if not hasattr(upload, "file") or not upload.filename:
        raise Refused(400, "the form has no file that is called image")
    if kind not in ("input", "output", "temp") or not isinstance(subfolder, str):
        raise Refused(400, "type is input, output or temp, and subfolder a folder in it")
    folder: Path = getattr(place, kind)
    try:
        return _kept(folder, upload, subfolder, form.get("overwrite") in ("true", "1"), spare) | {
            "type": kind
        }
    except (BadInput, UnicodeError) as error:
        raise Refused(400, str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(507, "the disk is full", "no_room") from error
        raise Refused(400, f"no file can be kept under this name: {error.strerror}") from error


def store_masked(place: Place, form: dict[str, Any], spare: int = 0) -> dict[str, str]:
    """Keeps a picture with the mask that was drawn on it, and says under which name.

    The form is that of `store`, with original_ref beside it: JSON of the picture's filename, subfolder and type.
    `image` has the mask as its alpha. What is kept is a PNG, with the texts of the original. Raises Refused.
    """
    upload: Any = form.get("image")
    if not hasattr(upload, "file") or not upload.filename:
        raise Refused(400, "the form has no file that is called image")
    reference = parsed(str(form.get("original_ref") or "null").encode())
    if not isinstance(reference, dict) or not all(isinstance(each, str) for each in reference.values()):
        raise Refused(400, "original_ref is JSON of a filename, a subfolder and a type")
    with tempfile.TemporaryFile() as file:
        try:
            with opened(seen(place, reference)) as original, opened(upload.file) as mask:
                texts = PngInfo()
                for name, text in getattr(original, "text", {}).items():
                    texts.add_text(name, str(text))
                masked = original.convert("RGBA")
                masked.putalpha(mask.convert("RGBA").getchannel("A"))
                masked.save(file, "png", compress_level=4, pnginfo=texts)
        except MediaError as error:
            raise Refused(400, str(error)) from error
        except ValueError as error:  # of another size
            raise Refused(400, f"the mask doesn't fit the picture: {error}") from error
        return store(place, {**form, "image": Upload(upload.filename, file)}, spare)


def latest(place: Place, kind: str) -> list[str]:
    """The names of a folder's own files, the newest first, as ComfyUI's widgets write them."""
    folder: Path = getattr(place, kind)
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return [f"{path.name} [{kind}]" for path in sorted(files, key=lambda path: -path.stat().st_mtime)]


def _kept(folder: Path, upload: Any, subfolder: str, overwrite: bool, spare: int) -> dict[str, str]:
    stem, dot, suffix = upload.filename.rpartition(".")
    stem, suffix = (stem, dot + suffix) if dot else (suffix, "")
    name, number, size = upload.filename, 1, upload.file.seek(0, 2)
    path = _target(folder, subfolder, name)
    while path.exists() and not overwrite:
        if path.is_file() and path.stat().st_size == size and _digest(path) == _digest(upload.file):
            return {"name": name, "subfolder": subfolder}
        name, number = f"{stem} ({number}){suffix}", number + 1
        path = _target(folder, subfolder, name)
    if shutil.disk_usage(folder).free - size < spare:
        raise Refused(507, f"the disk has no room for {size / 1e6:.0f} MB more", "no_room")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        upload.file.seek(0)
        with partial.open("wb") as out:
            shutil.copyfileobj(upload.file, out)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return {"name": name, "subfolder": subfolder}


def _target(folder: Path, subfolder: str, name: str) -> Path:
    whole = f"{subfolder}/{name}" if subfolder else name
    if named(whole) != whole:  # a line break or an escape in a name deceives whoever lists the folder
        raise BadInput(f"{whole[:80]!r} is not a file name")
    return inside(folder, whole)


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
    except (OSError, ValueError):
        raise Refused(404) from None
    try:
        path = inside(folder, Path(name).name)
        there = path.is_file()
    except BadInput as error:
        raise Refused(403) from error
    except (OSError, ValueError):  # no file system has such a name
        raise Refused(404) from None
    if not there:
        raise Refused(404)
    return path


def shown(path: Path, query: Any) -> web.StreamResponse:
    """The answer of /view: the file as it is, or as its `preview` ("webp;90") or `channel` (rgb, a) is asked
    for.
    """
    if "preview" in query or query.get("channel") in ("rgb", "a"):
        body, kind = _redrawn(path, query)
        return web.Response(body=body, headers=served.headers(path.name, kind))
    return web.FileResponse(path, headers=served.headers(path.name, served.type_of(path)))


def _redrawn(path: Path, query: Any) -> tuple[bytes, str]:
    buffer = BytesIO()
    with opened(path) as picture:
        if "preview" in query:
            kind, *rest = query["preview"].split(";")
            kind = kind if kind in ("webp", "jpeg") and "a" not in query.get("channel", "") else "webp"
            quality = int(rest[-1]) if rest and re.fullmatch("[0-9]{1,3}", rest[-1]) else 90
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
