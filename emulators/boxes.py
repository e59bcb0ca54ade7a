"""Boxes put into a finished MP4: the C2PA signature that services put after its first box.

ISO/IEC 14496-12: a box is its size (4 bytes), its kind (4 bytes) and what it holds; `stco` and `co64` hold the places
of the media in the file, which move with what is put before them.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_AROUND = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
"""Boxes that hold boxes, on the way to the places of the media."""


def signed(clip: bytes, length: int) -> bytes:
    """The MP4 with a C2PA box of `length` bytes after its `ftyp`. What is in the box is noise: no seal of anything."""
    noise = hashlib.shake_256(struct.pack(">I", length)).digest(max(0, length - 24))
    box = struct.pack(">I4s", 24 + len(noise), b"uuid") + _C2PA + noise
    (first,) = struct.unpack_from(">I", clip)
    moved = bytearray(clip)
    for kind, place in _tables(clip, 0, len(clip)):
        (count,) = struct.unpack_from(">I", clip, place + 4)
        entries = f">{count}{'I' if kind == b'stco' else 'Q'}"
        places = struct.unpack_from(entries, clip, place + 8)
        struct.pack_into(entries, moved, place + 8, *(each + len(box) for each in places))
    return bytes(moved[:first]) + box + bytes(moved[first:])


def media(clip: bytes) -> tuple[int, int]:
    """Where what its first `mdat` holds begins and ends."""
    place = 0
    while place + 8 <= len(clip):
        size, kind = struct.unpack_from(">I4s", clip, place)
        if kind == b"mdat":
            return place + 8, place + size
        place += size
    return place, place


def _tables(clip: bytes, start: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Kind and place, after its head, of each table of places."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", clip, start)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", clip, start + 8)
            head = 16
        if kind in _AROUND:
            yield from _tables(clip, start + head, start + size)
        elif kind in (b"stco", b"co64"):
            yield kind, start + head
        start += size or end
