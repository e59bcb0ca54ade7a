"""Fonts that somebody gives: of two formats, and none fills the memory or the day, or ends in a traceback."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import MediaError
from storyreel.studio.media.fonts import BUNDLED, lacking, load


def with_characters(cmap: bytes) -> bytes:
    """The bundled font with another table of its characters."""
    data = BUNDLED.read_bytes()
    (count,) = struct.unpack(">H", data[4:6])
    head, body = data[:12], b""
    for place in range(12, 12 + 16 * count, 16):
        tag, _, start, length = struct.unpack(">4sIII", data[place : place + 16])
        table = cmap if tag == b"cmap" else data[start : start + length]
        head += struct.pack(">4sIII", tag, 0, 12 + 16 * count + len(body), len(table))
        body += table + b"\0" * (-len(table) % 4)
    return head + body


def format_12(*groups: tuple[int, int, int]) -> bytes:
    table = struct.pack(">HHIII", 12, 0, 16 + 12 * len(groups), 0, len(groups))
    table += b"".join(struct.pack(">III", *group) for group in groups)
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def format_4(count: int) -> bytes:
    codes = [0xFFFE] * count + [0] + [0] * count + [1] * count + [0] * count
    table = struct.pack(">HHHHHHH", 4, 14 + 2 * len(codes), 0, 2 * count, 0, 0, 0)
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + table + struct.pack(f">{len(codes)}H", *codes)


BOMBS = {
    "every code and more": format_12((0, 0x7FFFFFFF, 1)),
    "every code, often": format_12(*[(0, 0x10FFFF, 1)] * 5000),
    "the plane, often": format_4(8000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_font_of_endless_characters_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.otf"
    path.write_bytes(with_characters(BOMBS[name]))
    with pytest.raises(MediaError, match=r"a\.otf is not a font: it has [\d,]+ characters"):
        lacking("a", path)


def test_a_font_of_a_packed_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.otf"
    table = zlib.compress(bytes(10_000_000))
    path.write_bytes(
        struct.pack(">4s4sIHHIHHIIIII", b"wOFF", b"OTTO", 64 + len(table), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
        + struct.pack(">4sIIII", b"cmap", 64, len(table), 10_000_000, 0)
        + table
    )
    for reader in (lambda: lacking("a", path), lambda: load(path, 20)):
        with pytest.raises(MediaError, match=r"a\.otf is not a font"):
            reader()


def test_a_damaged_font_is_a_sentence(tmp_path: Path) -> None:
    whole, generator = BUNDLED.read_bytes(), np.random.default_rng(4)
    at = whole.index(b"\0\4", struct.unpack(">I", whole[whole.index(b"cmap") + 8 :][:4])[0])
    for number in range(60):
        data = bytearray(whole if number % 3 else whole[: int(generator.integers(0, len(whole)))])
        for place in generator.integers(0, 300, 3) + (at if number % 2 else 0):
            if place < len(data):
                data[place] = generator.integers(0, 256)
        path = tmp_path / f"{number}.otf"
        path.write_bytes(data)
        for reader in (lambda font: lacking("aé", font), lambda font: load(font, 20)):
            try:
                reader(path)
            except MediaError as error:
                assert path.name in str(error)
