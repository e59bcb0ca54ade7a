"""Paths stay inside the folders they were promised to.

>>> inside(Path("/films"), "media/01.jpg")
PosixPath('/films/media/01.jpg')
"""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

from .errors import BadInput


def inside(folder: Path, name: str) -> Path:
    """The file `name` in `folder`, links resolved. It need not exist.

    Raises BadInput if it is absolute, a URL, or leaves the folder by `..` or by a link.
    """
    if not name.strip() or "\0" in name:
        raise BadInput(f"{name!r} is not a file name")
    if "://" in name:
        raise BadInput(f"{name!r} is a URL", "download it and give the file")
    if Path(name).is_absolute() or PureWindowsPath(name).drive or name.startswith(("/", "\\", "~")):
        raise BadInput(f"{name!r} is an absolute path", f"put the file into {folder} and give its name there")
    root = folder.resolve()
    path = (root / name.replace("\\", "/")).resolve()
    if path != root and root not in path.parents:
        raise BadInput(f"{name!r} leaves its folder", f"put the file into {folder} and give its name there")
    return path
