"""Pictures that are told apart by the number in their names: which one belongs to scene 3.

>>> number_in("scene_003_v2.png"), number_in("3 sunset.jpg"), number_in("cover.jpg")
(3, 3, None)
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput

ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif"),
    *(".ppm", ".tga", ".jp2"),
)
"""How the names of pictures end that image.py reads."""

_SIDE_NOTES = re.compile(r"(?<![a-z0-9])(v\d+|\d+[kp]|\d+x\d+|@?\d+x)(?![a-z0-9])", re.I)
"""Versions and sizes: v2, 4k, 1080p, 1024x576, @2x."""
_SCENE = re.compile(r"scene\D{0,3}(\d{1,5})(?!\d)", re.I)
_FIRST = re.compile(r"\D{0,1}(\d{1,5})(?!\d)")
_NUMBER = re.compile(r"(?<!\d)\d{1,5}(?!\d)")
"""Longer ones are dates and ids."""


class Found(NamedTuple):
    """What a folder holds."""

    numbered: dict[int, list[str]]
    """The names of the pictures by their numbers; where there are several of one number, all of them."""
    others: list[str]
    """Pictures without a number."""


def number_in(name: str) -> int | None:
    """The number in a file's name; None where there is none.

    Of several it is the one after "scene", else the one that the name begins with, else the last: 12 of
    "2024 scene 12.png", 3 of "3 sunset 2.jpg", 7 of "hero2_007.webp".
    """
    stem = _SIDE_NOTES.sub("", name.rpartition(".")[0] or name)
    found = _SCENE.search(stem) or _FIRST.match(stem)
    if found:
        return int(found[1])
    numbers = _NUMBER.findall(stem)
    return int(numbers[-1]) if numbers else None


def found_in(folder: Path) -> Found:
    """The pictures right in `folder`. Raises BadInput where it is no folder, or can't be read."""
    numbered: dict[int, list[str]] = {}
    others = []
    for name in _pictures(folder):
        number = number_in(name)
        if number is None:
            others.append(name)
        else:
            numbered.setdefault(number, []).append(name)
    return Found(numbered, others)


def beside(file: Path) -> Path:
    """Where the pictures of a request are that names no folder: in a folder with its file's name, else beside it, else
    in the only folder there that has some. Pictures without a number don't count.

    Raises BadInput where there are none, or where several folders have them.
    """
    home = file.resolve().parent
    for folder in (home / file.stem, home):
        if _serves(folder):
            return folder
    serving = [path for path in sorted(home.iterdir()) if not path.name.startswith(".") and _serves(path)]
    if len(serving) == 1:
        return serving[0]
    if serving:
        names = ", ".join(path.name for path in serving)
        raise BadInput(f"several folders beside {file.name} have pictures: {names}", "say which: --pictures")
    raise BadInput(
        f"there are no pictures for {file.name} in {home}",
        "put them there, named by their scenes (1.png, 2.png), or say where they are: --pictures FOLDER",
    )


def _serves(folder: Path) -> bool:
    try:
        return bool(found_in(folder).numbered)
    except BadInput:
        return False


def _pictures(folder: Path) -> list[str]:
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "isn't there"
        raise BadInput(f"{folder} {what}", "name the folder of the pictures")
    try:
        names = [path.name for path in folder.iterdir() if path.is_file()]
    except OSError as error:
        raise BadInput(f"{folder} can't be read: {error.strerror}") from None
    pictures = [name for name in names if name.lower().endswith(ENDINGS) and not name.startswith(".")]
    return sorted(pictures, key=lambda name: (number_in(name) or 0, name))
