"""What a request brings along, as services take it: pictures and clips as bytes and a media type, and our own id.

What a file is, its first bytes say. A picture of a kind that a service doesn't take, or that lies on its side, is
turned into one that it does.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..errors import Fault, MediaError
from ..media.filetype import JPEG, MOV, MP4, PNG, WEBM, kind_of
from .shot import Shot

_HEAD = 64
_QUALITY = 95


class Medium(NamedTuple):
    data: bytes
    type: str
    """image/png"""

    @property
    def text(self) -> str:
        return base64.b64encode(self.data).decode("ascii")

    @property
    def data_uri(self) -> str:
        return f"data:{self.type};base64,{self.text}"


def picture(name: str, takes: tuple[str, ...], most: int, longest: int | None = None) -> Medium:
    """A picture of one of the types that are taken, of at most so many bytes and so many pixels along its longer side.
    Raises MediaError."""
    path = Path(name)
    data = _read(path)
    kind = kind_of(data[:_HEAD])
    too_long = longest is not None and max(size_of(name) or (0,)) > longest
    if kind in takes and len(data) <= most and _upright(path) and not too_long:
        return Medium(data, kind)
    return _converted(path, most, longest)


def clip(name: str) -> Medium:
    """Raises MediaError for a file that is no MP4, MOV or WebM."""
    data = _read(Path(name))
    kind = kind_of(data[:_HEAD])
    if kind not in (MP4, MOV, WEBM):
        raise MediaError(f"{Path(name).name} is no MP4, MOV or WebM", "convert it to MP4")
    return Medium(data, kind)


def clip_faults(shot: Shot, takes: tuple[str, ...], most: int) -> list[Fault]:
    """What keeps a service from taking the clip that is extended or changed: its kind, or its size in bytes."""
    if not shot.video:
        return []
    path = Path(shot.video)
    try:
        with path.open("rb") as file:
            kind = kind_of(file.read(_HEAD))
        size = path.stat().st_size
    except OSError as error:
        return [Fault("video", f"{path.name} can't be read: {error.strerror}", "give another file")]
    named = {MP4: "MP4", MOV: "MOV", WEBM: "WebM"}
    if kind not in takes:
        kinds = " or ".join(named[each] for each in takes)
        return [Fault("video", f"{path.name} is not taken, only {kinds}", "convert it")]
    if size > most:
        said = f"{path.name} has {size / 1e6:.0f} MB, and {most / 1e6:.0f} MB are taken"
        return [Fault("video", said, "encode it smaller, or cut it")]
    return []


def pictures_of(shot: Shot) -> list[tuple[str, str]]:
    """The pictures that a shot of its mode sends: the field, and the file."""
    if shot.mode in ("references", "picture"):
        return [("references", name) for name in shot.references]
    if shot.mode in ("image", "frames"):
        return [(key, name) for key in ("image", "last_frame") if (name := getattr(shot, key))]
    return []


def size_of(name: str) -> tuple[int, int] | None:
    """Width and height of a picture as it is seen; None where it can't be read."""
    try:
        stat = Path(name).stat()
        return _size(name, stat.st_mtime_ns, stat.st_size)
    except (OSError, MediaError):
        return None


def label(ours: str) -> str:
    """Our id, as Google spells labels."""
    return re.sub(r"[^a-z0-9_-]", "-", ours.lower())[:63]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path.name} can't be read: {error.strerror}", "give another file") from None


def _upright(path: Path) -> bool:
    from ..media.image import is_upright

    try:
        return is_upright(path)
    except MediaError:
        return False


def _converted(path: Path, most: int, longest: int | None) -> Medium:
    import io

    from PIL import Image

    from ..media.image import read

    image = Image.fromarray(read(path))
    if longest:
        image.thumbnail((longest, longest))
    for kind, form, options in ((PNG, "PNG", {}), (JPEG, "JPEG", {"quality": _QUALITY})):
        file = io.BytesIO()
        image.save(file, form, **options)
        if file.tell() <= most:
            return Medium(file.getvalue(), kind)
    said = f"{path.name} has {file.tell() / 1e6:.0f} MB even as a JPEG, and {most / 1e6:.0f} MB are taken"
    raise MediaError(said, "scale it down")


@lru_cache(maxsize=1000)
def _size(name: str, _changed: int, _length: int) -> tuple[int, int]:
    from ..media import image as pictures

    return pictures.size_of(Path(name))
