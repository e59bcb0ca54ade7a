"""Whether a file holds all that its own structure says: one that was not copied or downloaded to its end doesn't."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import MediaError

_CURE = "copy or download it again"
_SEGMENT = 0x18538067
_EBML = 0x1A45DFA3
_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_SLACK = 1024
"""Bytes by which a RIFF may be wrong: some writers count their padding otherwise."""


def refuse_cut_short(path: Path, container: str) -> None:
    """Raises MediaError where the file ends inside what it says it holds. `container` is libavformat's name of it."""
    names = container.split(",")
    look = next((_LOOKS[name] for name in names if name in _LOOKS), None)
    if look is None:
        return
    length = path.stat().st_size
    with path.open("rb") as file:
        if look(file, length):
            raise MediaError(f"{path.name} is cut short: it ends before its last frame", _CURE)


def in_fragments(path: Path) -> bool:
    """Whether an MP4 lists its frames in fragments all over it, instead of all of them in its header."""
    with path.open("rb") as file:
        return any(kind == b"moof" for kind, _ in _boxes(file, path.stat().st_size))


def _mp4(file: BinaryIO, length: int) -> bool:
    # Cameras append boxes of their own, which may be broken.
    return any(end > length and kind in (b"mdat", b"moov", b"moof") for kind, end in _boxes(file, length))


def _boxes(file: BinaryIO, length: int) -> Iterator[tuple[bytes, int]]:
    """The boxes of an MP4, a row of them that tell their sizes, each with its end."""
    place = 0
    while place + 8 <= length:
        file.seek(place)
        size, kind = int.from_bytes(file.read(4), "big"), file.read(4)
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
        if size < 8:  # 0 is "to the end of the file"
            return
        place += size
        yield kind, place


def _matroska(file: BinaryIO, length: int) -> bool:
    """A head, then one segment with all media in it; live ones leave its size open."""
    if _number(file, keep_mark=True) != _EBML:
        return False
    head = _number(file)
    if head is None:
        return False
    file.seek(head, 1)
    if _number(file, keep_mark=True) != _SEGMENT:
        return False
    size = _number(file)
    return size is not None and file.tell() + size > length


def _number(file: BinaryIO, keep_mark: bool = False) -> int | None:
    """An EBML number; None where it is open or there is none. An element's name keeps the bit that marks its length."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    width = 9 - first[0].bit_length()
    data = first + file.read(width - 1)
    value = int.from_bytes(data, "big")
    if keep_mark:
        return value
    value -= 1 << (7 * width)
    return None if value == (1 << (7 * width)) - 1 else value


def _riff(file: BinaryIO, length: int) -> bool:
    head = file.read(12)
    size = int.from_bytes(head[4:8], "little")
    return head[8:] == b"AVI " and 0 < size < 0xFFFFFFFF and size + 8 > length + _SLACK


def _asf(file: BinaryIO, length: int) -> bool:
    """Its file properties tell the file's size, unless it was sent as it was made."""
    head = file.read(4096)
    place = head.find(_FILE_PROPERTIES)
    if place < 0 or place + 92 > len(head):
        return False
    size = int.from_bytes(head[place + 40 : place + 48], "little")
    as_made = head[place + 88] & 1
    return not as_made and size > length


_LOOKS = {"mov": _mp4, "mp4": _mp4, "matroska": _matroska, "webm": _matroska, "avi": _riff, "asf": _asf}
