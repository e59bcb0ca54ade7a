"""The pictures that finished jobs deliver, as PNG of the size that was asked for.

`plain` is one colour, that of the prompt. Other looks are a rehearsal that can be looked at: the prompt in words, and
below it the pictures that it was drawn after, in their order, each in a cell of the same width.
"""

from __future__ import annotations

import colorsys
import io
import struct
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..studio.media import fonts
from ..studio.media import image as picture
from ..studio.providers.animatic import title_card
from ..studio.storyboard.camera_moves import Box
from .jobs import Ask

BAND = 0.07
"""The height of the band at the foot, of the picture's shorter side."""
ROW = 0.4
"""The height of the row of references, of the picture's height."""
GAP = 0.02
"""Between them, of the picture's shorter side."""


def make(ask: Ask, name: str, look: str, media: Path, hue: int) -> bytes:
    """`name` is the job's, written into the file: no two are the same. `media` is the folder with what the request
    brought."""
    made = (
        _plain(ask.width, ask.height, hue)
        if look == "plain"
        else _png(Image.fromarray(_rehearsed(ask, media)))
    )
    return _noted(made, f"rehearsal {name}")


def colour_of(hue: int) -> tuple[int, int, int]:
    """Red, green and blue of one of 256 colours."""
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue / 256, 0.6, 0.7))
    return red, green, blue


@lru_cache(maxsize=16)
def _plain(width: int, height: int, hue: int) -> bytes:
    image = Image.new("P", (width, height))  # one bit a pixel: the largest are large
    image.putpalette(colour_of(hue))
    return _png(image, bits=1)


def _rehearsed(ask: Ask, media: Path) -> NDArray[np.uint8]:
    size, short = (ask.width, ask.height), min(ask.width, ask.height)
    foot = ask.height - max(12, round(short * BAND))
    row = round(ask.height * ROW) if ask.references else 0
    within = Box(0, 0, ask.width, foot - row)
    pixels = title_card.draw(ask.prompt.strip() or "(no prompt)", size, ask.seed or 0, within=within).pixels
    gap = max(2, round(short * GAP))
    cell = ask.width // max(1, len(ask.references))
    for number, digest in enumerate(ask.references):
        shown = Image.fromarray(np.asarray(picture.read(media / digest), np.uint8))
        room = max(1, cell - 2 * gap), max(1, row - 2 * gap)
        scale = min(room[0] / shown.width, room[1] / shown.height)
        shown = shown.resize((max(1, round(shown.width * scale)), max(1, round(shown.height * scale))))
        x = number * cell + (cell - shown.width) // 2
        y = foot - row + (row - shown.height) // 2
        pixels[y : y + shown.height, x : x + shown.width] = np.asarray(shown)
    band = Image.new("RGB", (ask.width, ask.height - foot), (30, 30, 30))
    text = f"REHEARSAL · picture · {ask.width}×{ask.height}"
    face = fonts.load(None, min(band.height * 0.56, ask.width / 18))
    ImageDraw.Draw(band).text(
        (band.width / 2, band.height / 2), text, fill=(215,) * 3, font=face, anchor="mm"
    )
    pixels[foot:] = np.asarray(band)
    return pixels


def _png(image: Image.Image, **more: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1, **more)
    return file.getvalue()


def _noted(png: bytes, text: str) -> bytes:
    """With a comment before its end."""
    kind, data = b"tEXt", b"Comment\0" + text.encode("latin-1", "replace")
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    end = png.rindex(b"IEND") - 4
    return png[:end] + chunk + png[end:]
