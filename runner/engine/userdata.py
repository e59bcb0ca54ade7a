"""What a client keeps on the server: its settings and its own files, such as workflows. ComfyUI's /settings and
/userdata, of one user, in `user/default` beside the input folder. No name leaves that folder, and no file runs.
"""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from ...host.standalone.context import Place
from ...studio.errors import BadInput
from ...studio.paths import inside
from ..display.escape import named
from . import served
from .answers import Handler, Refused, answer
from .body import arriving, json_of, object_of, parsed
from .limits import Limits

SETTINGS = "comfy.settings.json"


class UserData:
    """The handlers. Everything is read and written in threads, changes one after another."""

    def __init__(self, place: Place, limits: Limits) -> None:
        self.folder = place.input.parent / "user" / "default"
        self._limits = limits
        self._changing = asyncio.Lock()

    def table(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/settings", self.settings),
            ("POST", "/settings", self.change_settings),
            ("GET", "/settings/{id}", self.setting),
            ("POST", "/settings/{id}", self.change_setting),
            ("GET", "/userdata", self.names),
            ("GET", "/v2/userdata", self.tree),
            ("GET", "/userdata/{file}", self.file),
            ("POST", "/userdata/{file}", self.keep),
            ("DELETE", "/userdata/{file}", self.remove),
            ("POST", "/userdata/{file}/move/{dest}", self.move),
        ]

    async def settings(self, request: web.Request) -> web.Response:
        return answer(await asyncio.to_thread(self._settings))

    async def setting(self, request: web.Request) -> web.Response:
        return answer((await asyncio.to_thread(self._settings)).get(request.match_info["id"]))

    async def change_settings(self, request: web.Request) -> web.Response:
        body, _ = await object_of(request, self._limits)
        return await self._set(body)

    async def change_setting(self, request: web.Request) -> web.Response:
        body, _ = await json_of(request, self._limits)
        return await self._set({request.match_info["id"]: body})

    async def names(self, request: web.Request) -> web.Response:
        """The files of one folder, `dir`: names, parts of names, or with their sizes and times."""
        if not request.query.get("dir"):
            raise Refused(400, "Directory not provided: name it as ?dir=", "no_directory")
        folder = await self._path(request.query["dir"])
        if not await asyncio.to_thread(folder.is_dir):
            raise Refused(404, "Directory not found", "no_directory")
        asked = {key for key in ("recurse", "full_info", "split") if _true(request.query.get(key, ""))}
        return answer(await asyncio.to_thread(lambda: list(_listed(folder, asked))))

    async def tree(self, request: web.Request) -> web.Response:
        """Everything under `path`, folders first."""
        path = request.query.get("path", "")
        folder = await self._path(path) if path else self.folder
        if not await asyncio.to_thread(folder.exists):
            if path:
                raise Refused(404, "Requested path not found")
            return answer([])
        if not await asyncio.to_thread(folder.is_dir):
            raise Refused(400, "Requested path is not a directory")
        return answer(await asyncio.to_thread(_tree, folder, self.folder.resolve()))

    async def file(self, request: web.Request) -> web.StreamResponse:
        path = await self._there(request, "file")
        return web.FileResponse(path, headers=served.headers(path.name, served.BYTES))

    async def keep(self, request: web.Request) -> web.Response:
        path = await self._path(request.match_info["file"])
        try:
            body = await arriving(request, request.read(), self._limits)
        except web.RequestPayloadError as error:
            raise Refused(400, f"the request can't be read: {error}"[:300]) from error
        async with self._changing:
            if request.query.get("overwrite") == "false" and await asyncio.to_thread(path.exists):
                raise Refused(409, "File already exists", "exists")
            await asyncio.to_thread(self._write, path, body)
        return self._about(request, path)

    async def remove(self, request: web.Request) -> web.Response:
        path = await self._there(request, "file")
        await _changed(path.unlink)
        return web.Response(status=204)

    async def move(self, request: web.Request) -> web.Response:
        source, dest = await self._there(request, "file"), await self._path(request.match_info["dest"])
        async with self._changing:
            if request.query.get("overwrite") == "false" and await asyncio.to_thread(dest.exists):
                raise Refused(409, "File already exists", "exists")

            def rename() -> None:
                dest.parent.mkdir(parents=True, exist_ok=True)
                source.replace(dest)

            await _changed(rename)
        return self._about(request, dest)

    def _about(self, request: web.Request, path: Path) -> web.Response:
        root = self.folder.resolve()
        if _true(request.query.get("full_info", "")):
            return answer(_info(path, root))
        return answer(path.relative_to(root).as_posix())

    async def _there(self, request: web.Request, name: str) -> Path:
        path = await self._path(request.match_info[name])
        if not await asyncio.to_thread(path.is_file):
            raise Refused(404)
        return path

    async def _path(self, name: str) -> Path:
        return await asyncio.to_thread(self._inside, name)

    def _inside(self, name: str) -> Path:
        """Raises Refused for what is no name in the folder. A name may be encoded once more, as by some clients."""
        name = unquote(name) if "%" in name else name
        try:
            if named(name) != name:
                raise Refused(400, f"{named(name)[:80]!r} is not a file name")
            path = inside(self.folder, name)
            path.exists()  # raises for a name that no file can have
        except BadInput as error:
            raise Refused(403, str(error)) from error
        except (OSError, ValueError) as error:
            raise Refused(400, "no file can be kept under this name") from error
        if path == self.folder.resolve():
            raise Refused(403, "that is the folder itself")
        return path

    def _settings(self) -> dict[str, Any]:
        try:
            found = parsed((self.folder / SETTINGS).read_bytes())
        except (OSError, Refused):  # none yet, or none that can be read
            return {}
        return found if isinstance(found, dict) else {}

    async def _set(self, changes: dict[str, Any]) -> web.Response:
        async with self._changing:
            kept = await asyncio.to_thread(self._settings)
            body = json.dumps({**kept, **changes}, indent=4).encode()
            await asyncio.to_thread(self._write, self.folder / SETTINGS, body)
        return web.Response()

    def _write(self, path: Path, body: bytes) -> None:
        """Whole or not at all. Raises Refused."""
        partial = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(path.parent).free - len(body) < self._limits.spare_disk:
                raise Refused(507, f"the disk has no room for {len(body) / 1e6:.0f} MB more", "no_room")
            partial.write_bytes(body)
            partial.replace(path)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Refused(507, "the disk is full", "no_room") from error
            raise Refused(400, f"no file can be kept under this name: {error.strerror}") from error
        finally:
            partial.unlink(missing_ok=True)


async def _changed(change: Callable[[], Any]) -> None:
    try:
        await asyncio.to_thread(change)
    except OSError as error:
        raise Refused(400, f"that can't be done: {error.strerror}") from error


def _true(value: str) -> bool:
    return value.lower() == "true"


def _files(folder: Path, deep: bool) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink():  # it may lead out
            continue
        if path.is_dir() and deep:
            yield from _files(path, deep)
        elif path.is_file() and not path.name.startswith("."):
            yield path


def _listed(folder: Path, asked: set[str]) -> Iterator[Any]:
    for path in _files(folder, "recurse" in asked):
        name = path.relative_to(folder).as_posix()
        if "full_info" in asked:
            yield _info(path, folder)
        else:
            yield [name, *name.split("/")] if "split" in asked else name


def _info(path: Path, root: Path) -> dict[str, Any]:
    stat = path.stat()
    return {
        "path": path.relative_to(root).as_posix(),
        "size": stat.st_size,
        "modified": int(stat.st_mtime * 1000),
        "created": int(stat.st_ctime * 1000),
    }


def _tree(folder: Path, root: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        about = {"name": path.name, "path": path.relative_to(root).as_posix()}
        if path.is_dir():
            found.append(about | {"type": "directory"})
        elif path.is_file():
            stat = path.stat()
            found.append(about | {"type": "file", "size": stat.st_size, "modified": stat.st_mtime})
    return sorted(found, key=lambda each: (each["type"] != "directory", each["name"].lower()))
