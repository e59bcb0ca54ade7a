"""What the platforms take: a table of frames, rates and bitrates for films that are made to be posted.

>>> settings_for("Instagram Reel").size
(1080, 1920)
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from ..errors import BadInput, did_you_mean
from .settings import FilmSettings


class Margins(NamedTuple):
    """What is kept free of text, as shares of the frame's height (top, bottom) and width (right, left)."""

    top: float
    right: float
    bottom: float
    left: float


class Area(NamedTuple):
    """A part of a frame in pixels; `right` and `bottom` are just outside."""

    left: int
    top: int
    right: int
    bottom: int


TENTH = Margins(0.1, 0.1, 0.1, 0.1)
"""Old screens and round corners hide less (EBU R 95: 5 %); a player's controls come to lie in the lower tenth."""
# What an app lays over a vertical film: its tabs above, its buttons to the right, name, text and sound below. Nobody
# publishes it for every screen, it changes, and we could look at none of the apps: these are the widest of what guides
# to advertisers said in 2026, and unverified. Reels: Meta's own "14 % above, 35 % below, 6 % at the sides"; the
# buttons' column of some 120 of 1080 pixels is wider. TikTok: 130 to 250 of 1920 pixels above, 320 to 480 below, 120
# to 180 of 1080 to the right, 60 to the left. Shorts: 288 above, 672 below, 192 to the right, 48 to the left.
_REELS = Margins(0.14, 0.12, 0.35, 0.06)
_TIKTOK = Margins(0.13, 0.17, 0.25, 0.06)
_SHORTS = Margins(0.15, 0.18, 0.35, 0.05)


class Platform(NamedTuple):
    """Pixels, frames per second, bits per second, and where text may be covered."""

    width: int
    height: int
    fps: int
    bitrate: int
    covered: Margins = TENTH


PLATFORMS: dict[str, Platform] = {
    "YouTube": Platform(1920, 1080, 30, 8_000_000),
    "YouTube 4K": Platform(3840, 2160, 30, 40_000_000),
    "YouTube Short": Platform(1080, 1920, 30, 8_000_000, _SHORTS),
    "Instagram Reel": Platform(1080, 1920, 30, 6_000_000, _REELS),
    "Instagram post": Platform(1080, 1350, 30, 5_000_000),
    "TikTok": Platform(1080, 1920, 30, 6_000_000, _TIKTOK),
    "Facebook": Platform(1080, 1080, 30, 5_000_000),
    "LinkedIn": Platform(1920, 1080, 30, 6_000_000),
    "X": Platform(1280, 720, 30, 5_000_000),
}


def settings_for(platform: str, fps: Fraction | float | None = None, fit: str = "cover") -> FilmSettings:
    """The settings of a platform's row; `fps` None is its own rate. Raises BadInput for an unknown name."""
    row = _row(platform)._asdict() | {"fit": fit}
    del row["covered"]
    return FilmSettings.model_validate(row | ({"fps": fps} if fps else {}))


def safe_area(platform: str, size: tuple[int, int]) -> Area:
    """Where text is seen whole in a frame of `size` pixels on that platform; "" is any screen. Raises BadInput for an
    unknown name."""
    covered = _row(platform).covered if platform else TENTH
    width, height = size
    return Area(
        math.ceil(covered.left * width),
        math.ceil(covered.top * height),
        math.floor((1 - covered.right) * width),
        math.floor((1 - covered.bottom) * height),
    )


def _row(platform: str) -> Platform:
    if platform not in PLATFORMS:
        raise BadInput(f"{platform!r} is not a platform", did_you_mean(platform, PLATFORMS))
    return PLATFORMS[platform]
