"""What a run made, brought here: every file of every kind, in the subfolders it has on the server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ....studio.errors import BadInput, ServerError
from ....studio.paths import inside
from ...display.escape import named
from ...display.events import Tell, silent
from .api import ComfyClient, OutputFile, sha256


class Fetched(NamedTuple):
    file: OutputFile
    path: Path
    bytes: int

    def to_plain(self) -> dict[str, Any]:
        return self.file._asdict() | {"path": str(self.path), "bytes": self.bytes}


def fetch_all(
    client: ComfyClient, files: Sequence[OutputFile], folder: Path, tell: Tell = silent
) -> list[Fetched]:
    """Fetches the files into `folder`, each under its subfolder; previews go into temp/.

    No file that is there already is overwritten, unless it has the same content: a new one takes the next
    free number. Raises ServerError if one can't be had, or if the server names a place outside of the folder.
    """
    fetched: list[Fetched] = []
    for file in files:
        if file.type == "input":
            continue  # what came from here
        name = "/".join(
            part for part in ("temp" if file.type == "temp" else "", file.subfolder, file.filename) if part
        )
        wanted = _place(client, folder, name)
        wanted = _beside(file, wanted, fetched)
        arriving = wanted.with_name(f".{wanted.name}.arriving")
        size = client.fetch(file, arriving)
        try:
            path = _settle(arriving, wanted)
        finally:
            arriving.unlink(missing_ok=True)
        fetched.append(Fetched(file, path, size))
        tell({"event": "fetched", "path": str(path), "bytes": size})
    return fetched


LONGEST = 200
"""Bytes of a name: it gets a number, and another name while it arrives."""
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?", re.IGNORECASE)
"""What Windows takes for devices, whatever follows."""


def _place(client: ComfyClient, folder: Path, name: str) -> Path:
    """Where a file that the server calls `name` goes: called so, as far as that hides nothing, deceives no eye and
    means the same on every system. Raises ServerError for a name that leaves the folder."""
    try:
        inside(folder, name)
        return inside(folder, "/".join(_harmless(part) for part in re.split(r"[/\\]+", name)))
    except BadInput as error:
        raise ServerError(
            f"{client.url} names an output outside of its folder: {name[:200]!r}", error.hint
        ) from None


def _harmless(part: str) -> str:
    """One part of a path, without what only some systems take, and never hidden: it may be .git or .bashrc."""
    part = re.sub(r'[<>:"|?*]', "_", named(part)).rstrip(". ")
    if not part or part.startswith((".", "~")) or RESERVED.fullmatch(part):
        part = f"_{part}"
    suffix = Path(part).suffix
    stem, suffix = (part, "") if len(suffix) > 20 else (part.removesuffix(suffix), suffix)
    while len(f"{stem}{suffix}".encode()) > LONGEST:
        stem = stem[:-1]
    return f"{stem}{suffix}"


def _beside(file: OutputFile, wanted: Path, fetched: Sequence[Fetched]) -> Path:
    """A film's captions are called like the film, whatever number that has got here."""
    if wanted.suffix.lower() in (".srt", ".vtt"):
        for film in fetched:
            if film.file.subfolder == file.subfolder and Path(film.file.filename).stem == wanted.stem:
                return film.path.with_suffix(wanted.suffix)
    return wanted


def _settle(arrived: Path, wanted: Path) -> Path:
    """Gives the file its name: the wanted one, or the next free one where that is another file's."""
    path = wanted
    while path.exists():
        if path.stat().st_size == arrived.stat().st_size and sha256(path) == sha256(arrived):
            break
        path = _next(path)
    arrived.replace(path)
    return path


def _next(path: Path) -> Path:
    """`film_00001_.mp4` → `film_00002_.mp4`; `a.png` → `a (2).png` → `a (3).png`."""
    counted = re.fullmatch(r"(.*_)(\d{5,})(_)", path.stem)
    if counted:
        return path.with_name(f"{counted[1]}{int(counted[2]) + 1:0{len(counted[2])}}_{path.suffix}")
    again = re.fullmatch(r"(.*) \((\d+)\)", path.stem)
    stem, number = (again[1], int(again[2]) + 1) if again else (path.stem, 2)
    return path.with_name(f"{stem} ({number}){path.suffix}")
