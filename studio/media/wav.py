"""WAV files: samples with a header before them, as services write it and as it should be.

>>> wav(b"\\0\\0" * 24_000, 24_000)[:4]      # a second of silence
b'RIFF'
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_OPEN = (0, 0xFFFFFFFF)
"""Sizes that a header has which was written before anybody knew how long the sound gets."""


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    """Of what it holds, in bytes from the file's start."""
    size: int
    """As it says itself."""


def wav(pcm: bytes, rate: int, channels: int = 1) -> bytes:
    """16-bit samples, little-endian and interleaved, as a WAV file. Half a sample at the end is left out."""
    block = 2 * channels
    pcm = pcm[: len(pcm) // block * block]
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * block, block, 16)
    head = struct.pack("<4sI4s", b"RIFF", 4 + len(form) + 8 + len(pcm), b"WAVE")
    return head + form + struct.pack("<4sI", b"data", len(pcm)) + pcm


def mended(data: bytes) -> bytes:
    """The same file with its sizes filled in, where they were left open; any other as it is."""
    chunk = next((each for each in _chunks(data) if each.kind == b"data"), None)
    if chunk is None or chunk.size not in _OPEN:
        return data
    place = chunk.start - 4
    size = struct.pack("<I", len(data) - chunk.start)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:place] + size + data[chunk.start :]


def missing(data: bytes) -> int:
    """Bytes of sound that the header of a WAV file promises and the file doesn't hold."""
    chunk = next((each for each in _chunks(data) if each.kind == b"data"), None)
    if chunk is None or chunk.size in _OPEN:
        return 0
    return max(0, chunk.start + chunk.size - len(data))


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Those of a RIFF file, until one passes its end."""
    place = 12
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        yield _Chunk(kind, place + 8, size)
        place += 8 + size + size % 2
