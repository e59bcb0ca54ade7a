"""The title card: a scene's prompt, well set, for a scene that has no picture.

>>> card = draw("A street in the rain", (1280, 720))
>>> card.pixels.shape
(720, 1280, 3)
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ...media import fonts
from ...storyboard.camera_moves import Box

SAFE_MARGIN = 0.1
"""Of the frame's width and height, on each side: what old screens and round corners may hide."""


class Card(NamedTuple):
    pixels: NDArray[np.uint8]
    """uint8 [H,W,3], red first."""
    whole: bool
    """False if the text was too long, and ends in an ellipsis."""


def draw(
    text: str, size: tuple[int, int], seed: int = 0, font: Path | None = None, within: Box | None = None
) -> Card:
    """Draws a card of `size` (width, height) pixels. The same text and seed give the same card.

    `within` is the part that stays in view when the camera moves; the text keeps a safe margin inside it.
    Raises MediaError if `font` is none.
    """
    within = within or Box(0, 0, *size)
    width, height = within.width * (1 - 2 * SAFE_MARGIN), within.height * (1 - 2 * SAFE_MARGIN)
    short = min(within.width, within.height)
    setting = fonts.fit(text, font, width, height, largest=short * 0.13, smallest=short * 0.024)
    look = _look(seed, text)
    pixels = _ground(size, look)
    mask = _lettering(setting, font, size, (within.x + within.width / 2, within.y + within.height / 2))
    pixels += (np.array(look.ink, np.float32) - pixels) * mask[..., None]
    noise = np.random.default_rng(look.grain).random(pixels.shape[:2], np.float32)[..., None]
    # Half a level of grain keeps the gradient from showing as steps.
    return Card(np.clip(np.floor(pixels + noise), 0, 255).astype(np.uint8), setting.whole)


class _Look(NamedTuple):
    light: tuple[float, float, float]
    dark: tuple[float, float, float]
    ink: tuple[float, float, float]
    angle: float
    """Where the light comes from, in radians."""
    grain: int


def _look(seed: int, text: str) -> _Look:
    digest = hashlib.sha256(f"{seed}\n{text}".encode()).digest()
    hue, turn, angle = (byte / 256 for byte in digest[:3])
    hue *= 360
    near = hue + (40 if turn < 0.5 else -40)
    return _Look(
        light=_srgb(0.42, 0.085, hue),
        dark=_srgb(0.2, 0.055, near),
        ink=_srgb(0.97, 0.012, hue),
        angle=math.pi * (1.15 + 0.7 * angle),
        grain=int.from_bytes(digest[3:7], "big"),
    )


def _ground(size: tuple[int, int], look: _Look) -> NDArray[np.float32]:
    """A soft light from one upper side, float32 [H,W,3] in 0…255."""
    width, height = size
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    distance = np.hypot(x - 0.9 * math.cos(look.angle), y - 1.1 * math.sin(look.angle)) / 2.4
    falloff = np.clip(distance, 0, 1)
    falloff = (falloff * falloff * (3 - 2 * falloff))[..., None]
    light, dark = np.array(look.light, np.float32), np.array(look.dark, np.float32)
    return (light * (1 - falloff) + dark * falloff).astype(np.float32, copy=False)


def _lettering(
    setting: fonts.Setting, font: Path | None, size: tuple[int, int], centre: tuple[float, float]
) -> NDArray[np.float32]:
    """The text's coverage, float32 [H,W] in 0…1, lines centred on `centre`."""
    image = Image.new("L", size, 0)
    pen = ImageDraw.Draw(image)
    face = fonts.load(font, setting.size)
    step = setting.size * fonts.LINE_HEIGHT
    # Optically centred: between the first line's capitals and the last line's baseline.
    capital = -face.getbbox("H", anchor="ls")[1]
    baseline = centre[1] - ((len(setting.lines) - 1) * step - capital) / 2
    for number, line in enumerate(setting.lines):
        pen.text((centre[0], baseline + number * step), line, fill=255, font=face, anchor="ms")
    return np.divide(np.asarray(image), 255, dtype=np.float32)


def _srgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """A colour of OKLCH, whose hues are equally light to the eye, as sRGB in 0…255."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return _encoded(red), _encoded(green), _encoded(blue)


def _encoded(linear: float) -> float:
    linear = min(max(linear, 0.0), 1.0)
    return 255 * (12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055)
