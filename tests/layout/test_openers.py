"""Who opens a picture, and who a video or a sound: one function each, which know what may be in a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PRODUCT = ("studio", "host", "nodes", "runner", "emulators")
OPENERS = {
    "Image.open": "studio/media/image.py",
    "av.open": "studio/media/probe.py",
    "container.open": "",
    "cv2.imread": "",
    "cv2.imdecode": "",
    "cv2.VideoCapture": "",
    "ImageFont.truetype": "studio/media/fonts.py",
    "ttLib.TTFont": "studio/media/fonts.py",
    "zipfile.ZipFile": "",
    "tarfile.open": "",
    "shutil.unpack_archive": "",
}
"""Who may call it; nobody where that is empty."""


def openings(tree: ast.AST) -> Iterator[str]:
    """The openers that are called to read something, under their own name or one that they were imported as."""
    taken = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
        if any(isinstance(mode, ast.Constant) and mode.value == "w" for mode in modes):
            continue
        first, *rest = ast.unparse(node.func).split(".")
        yield ".".join([*taken.get(first, first).split("."), *rest][-2:])


def test_one_file_opens_them_for_all(repo: Path) -> None:
    found = {
        (opener, path.relative_to(repo).as_posix())
        for folder in PRODUCT
        for path in (repo / folder).rglob("*.py")
        for opener in openings(ast.parse(path.read_text(encoding="utf-8")))
        if opener in OPENERS
    }
    assert found == {(opener, home) for opener, home in OPENERS.items() if home}


def test_it_is_seen_under_another_name() -> None:
    source = "from PIL import Image as I\nimport av\nI.open(a)\nav.open(b, 'w')\nav.container.open(c)\n"
    source += "from fontTools.ttLib import TTFont\nTTFont(d)\n"
    assert list(openings(ast.parse(source))) == ["Image.open", "container.open", "ttLib.TTFont"]
