"""File names as workflows write them, as paths that stay in the engine's folders. Both hosts use it.

>>> split_name("clip.mp4 [output]")
('clip.mp4', 'output')
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ..studio.errors import BadInput, OutputError, did_you_mean
from ..studio.paths import inside

_ANNOTATION = re.compile(r"^(?P<name>.*?) ?\[(?P<folder>input|output|temp)\]$", re.DOTALL)

_handed_out: set[Path] = set()
_handing_out = threading.Lock()


def split_name(name: str) -> tuple[str, str]:
    """A file's name and which folder it is in: "input" unless it ends with "[output]" or "[temp]"."""
    match = _ANNOTATION.match(name)
    return (match["name"], match["folder"]) if match else (name, "input")


def find(folder: Path, name: str) -> Path:
    """The existing file `name` in `folder`. Raises BadInput if there is none or it is elsewhere."""
    path = inside(folder, name)
    if path.is_file():
        return path
    there = names(folder, ()) if len(PurePosixPath(name).parts) == 1 else []
    cure = did_you_mean(name, there) if 0 < len(there) <= 20 else f"put it into {folder}"
    raise BadInput(f"{name!r} is not in {folder}", cure)


def readable(path: Path, folders: Iterable[Path]) -> bool:
    """Whether a path of a value, links resolved, is in one of the engine's `folders`, among what Storyreel keeps
    (clips, downloaded inputs) or among what comes with it."""
    from ..studio.home import home
    from ..studio.store.vault import Vault

    pack = Path(__file__).parents[1]
    own = (home() / "inputs", Vault().folder, pack / "workflows", pack / "studio" / "assets")
    try:
        real = path.resolve()
        return any(real.is_relative_to(folder.resolve()) for folder in (*folders, *own))
    except (OSError, ValueError, RuntimeError):  # NUL, a name too long, links in a circle
        return False


def names(folder: Path, suffixes: Iterable[str]) -> list[str]:
    """The files right in `folder` whose names end with one of `suffixes` (any case); all if none is given."""
    endings = tuple(suffix.lower() for suffix in suffixes)
    if not folder.is_dir():
        return []
    found = (path.name for path in folder.iterdir() if path.is_file())
    return sorted(name for name in found if not endings or name.lower().endswith(endings))


def folders(folder: Path, suffixes: Iterable[str], deep: int = 2, most: int = 500) -> list[str]:
    """The folders below `folder`, `deep` levels, that hold files whose names end with one of `suffixes` (any case); no
    hidden ones, and only the first `most` are looked into."""
    endings = tuple(suffixes)
    found, near, left = [], [folder] if folder.is_dir() else [], most
    for _ in range(deep):
        inner = [path for each in near for path in sorted(each.iterdir()) if not path.name.startswith(".")]
        near = [path for path in inner if path.is_dir()][:left]
        left -= len(near)
        found += [path.relative_to(folder).as_posix() for path in near if names(path, endings)]
    return sorted(found)


def next_path(folder: Path, prefix: str, suffix: str, width: int = 0, height: int = 0) -> tuple[Path, str]:
    """The next free `<prefix>_00001_<suffix>` in `folder`, and its subfolder; the subfolder is made.

    `prefix` may hold a subfolder and %year% %month% %day% %hour% %minute% %second% %width% %height%.
    No path is handed out twice by one process, so that nodes running side by side don't take each other's.
    Raises BadInput if the prefix leaves the folder, OutputError if the subfolder can't be made.
    """
    stem = inside(folder, _filled(prefix, width, height))
    if stem == folder.resolve():
        raise BadInput(f"{prefix!r} is not a file name")
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{stem.parent} can't be made: {error.strerror}") from error
    with _handing_out:
        taken = [path.name for path in stem.parent.iterdir()]
        taken += [path.name for path in _handed_out if path.parent == stem.parent]
        number = 1 + max((_number(name, stem.name) for name in taken), default=0)
        path = stem.parent / f"{stem.name}_{number:05}_{suffix}"
        _handed_out.add(path)
    subfolder = stem.parent.relative_to(folder.resolve()).as_posix()
    return path, "" if subfolder == "." else subfolder


def unique_path(folder: Path, stem: str, suffix: str) -> Path:
    """A path in `folder`/storyreel that nothing else has; the folder is made."""
    place = folder / "storyreel"
    place.mkdir(parents=True, exist_ok=True)
    safe = re.sub(r"[^\w-]+", "_", stem)[:60] or "file"
    return place / f"{safe}_{uuid.uuid4().hex[:12]}{suffix}"


def _filled(prefix: str, width: int, height: int) -> str:
    now = time.localtime()
    words = {
        "width": str(width),
        "height": str(height),
        "year": str(now.tm_year),
        "month": f"{now.tm_mon:02}",
        "day": f"{now.tm_mday:02}",
        "hour": f"{now.tm_hour:02}",
        "minute": f"{now.tm_min:02}",
        "second": f"{now.tm_sec:02}",
    }
    return re.sub(r"%(\w+)%", lambda match: words.get(match[1], match[0]), prefix)


def _number(name: str, stem: str) -> int:
    match = re.match(re.escape(stem) + r"_(\d+)_", name)
    return int(match[1]) if match else 0
