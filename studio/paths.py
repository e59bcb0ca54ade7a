"""Paths stay inside the folders they were promised to.

>>> inside(Path("/films"), "media/01.jpg")
PosixPath('/films/media/01.jpg')

What a person's own storyboard or workflow names may lie in further folders, which that person has opened:

>>> with opened(Path("/photos")):
...     reached(Path("/films"), "../photos/01.jpg")
PosixPath('/photos/01.jpg')
"""

from __future__ import annotations

import errno
import os
import select
import shlex
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path, PureWindowsPath

from .errors import BadInput

_OPENED: ContextVar[tuple[Path, ...] | None] = ContextVar("opened", default=None)
"""None where no folder can be opened: in whatever serves others. A thread of its own begins with that."""
PATIENCE = 10.0
"""Seconds that a pipe may take."""


def inside(folder: Path, name: str) -> Path:
    """The file `name` in `folder`, links resolved. It need not exist.

    Raises BadInput if it is absolute, a URL, or leaves the folder by `..` or by a link.
    """
    if not name.strip() or "\0" in name:
        raise BadInput(f"{name!r} is not a file name")
    if "://" in name:
        raise BadInput(f"{name!r} is a URL", "download it and give the file")
    if _absolute(name):
        raise BadInput(f"{name!r} is an absolute path", f"put the file into {folder} and give its name there")
    root = folder.resolve()
    try:
        path = (root / name.replace("\\", "/")).resolve()
    except RuntimeError:  # Python before 3.13
        raise BadInput(f"{name!r} is a link that leads to itself", "put the file there") from None
    if not _within(path, root):
        raise BadInput(f"{name!r} leaves its folder", f"put the file into {folder} and give its name there")
    return path


def reached(folder: Path, name: str) -> Path:
    """The file `name` in `folder`, or in one that was opened beside it; for what a storyboard or a workflow names.

    Raises BadInput as `inside` does, and says how a folder is opened where that can be done.
    """
    found = _place(folder, name)
    if found is None:
        return inside(folder, name)
    if not outside(folder, name):
        return found
    why = "is an absolute path" if _absolute(name) else "leaves its folder"
    if not folder_of(found).is_dir():
        raise BadInput(
            f"{name!r} {why}, and there is no folder {folder_of(found)}", f"put the file into {folder}"
        )
    place = shlex.quote(str(folder_of(found)))
    raise BadInput(f"{name!r} {why}", f"open its folder with --files {place}, or put the file into {folder}")


def outside(folder: Path, name: str) -> Path | None:
    """Where a name leads, if that is neither in `folder` nor in one that was opened, and could be opened."""
    found = _place(folder, name)
    reach = (folder.resolve(), *(_OPENED.get() or ()))
    return None if found is None or any(_within(found, each) for each in reach) else found


def folder_of(path: Path) -> Path:
    """The folder that has to be open for it."""
    return path if path.is_dir() else path.parent


@contextmanager
def opened(*folders: Path) -> Iterator[None]:
    """In the block these may be read from too, by this thread; further ones by `open_also`."""
    token = _OPENED.set(tuple(each.resolve() for each in folders))
    try:
        yield
    finally:
        _OPENED.reset(token)


def open_also(*folders: Path) -> None:
    """Opens more of them, until the block of `opened` ends."""
    before = _OPENED.get()
    assert before is not None, "only in the block of `opened`"
    _OPENED.set((*before, *(each.resolve() for each in folders)))


def _place(folder: Path, name: str) -> Path | None:
    """Where a name leads, links resolved; None where no folder can be opened, and of what names no file here."""
    if _OPENED.get() is None or not name.strip() or "\0" in name or "://" in name:
        return None
    if name.startswith(("\\", "//")) or (PureWindowsPath(name).drive and not Path(name).is_absolute()):
        return None
    try:
        # An absolute name replaces the folder.
        return (folder.resolve() / Path(name.replace("\\", "/")).expanduser()).resolve()
    except (OSError, RuntimeError):  # a link to itself, the home of a user that there isn't
        return None


def _absolute(name: str) -> bool:
    # "a:b.png" is a name where drives have no letters; "C:/b.png" is a path of Windows everywhere.
    drive = PureWindowsPath(name).drive and (os.name == "nt" or name[2:3] in ("/", "\\"))
    return Path(name).is_absolute() or bool(drive) or name.startswith(("/", "\\", "~"))


def _within(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents


def contents(path: Path, most: int) -> bytes:
    """What is in a file, one byte more than `most` at most: a device may have no end, and a pipe no beginning. Raises
    OSError, TimeoutError where nothing comes."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb", buffering=0) as file:
        if stat.S_ISREG(os.fstat(handle).st_mode) or os.name != "posix":
            return file.read(most + 1)
        got, until = bytearray(), time.monotonic() + PATIENCE
        while len(got) <= most:
            chunk = file.read(1 << 16)
            if chunk is None:  # it will come
                if not select.select([handle], [], [], max(until - time.monotonic(), 0))[0]:
                    raise TimeoutError(errno.ETIMEDOUT, "nothing comes out of it")
            elif not chunk:
                break
            else:
                got += chunk
        return bytes(got)
