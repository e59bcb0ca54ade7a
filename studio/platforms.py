"""What the platforms take: a table of frames, rates and bitrates for films that are made to be posted.

>>> settings_for("Instagram Reel").size
(1080, 1920)
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from .errors import BadInput, did_you_mean
from .settings import FilmSettings


class Platform(NamedTuple):
    """Pixels, frames per second, bits per second."""

    width: int
    height: int
    fps: int
    bitrate: int


PLATFORMS: dict[str, Platform] = {
    "YouTube": Platform(1920, 1080, 30, 8_000_000),
    "YouTube 4K": Platform(3840, 2160, 30, 40_000_000),
    "YouTube Short": Platform(1080, 1920, 30, 8_000_000),
    "Instagram Reel": Platform(1080, 1920, 30, 6_000_000),
    "Instagram post": Platform(1080, 1350, 30, 5_000_000),
    "TikTok": Platform(1080, 1920, 30, 6_000_000),
    "Facebook": Platform(1080, 1080, 30, 5_000_000),
    "LinkedIn": Platform(1920, 1080, 30, 6_000_000),
    "X": Platform(1280, 720, 30, 5_000_000),
}


def settings_for(platform: str, fps: Fraction | float | None = None, fit: str = "cover") -> FilmSettings:
    """The settings of a platform's row; `fps` None is its own rate. Raises BadInput for an unknown name."""
    if platform not in PLATFORMS:
        raise BadInput(f"{platform!r} is not a platform", did_you_mean(platform, PLATFORMS))
    row = PLATFORMS[platform]
    return FilmSettings.model_validate(row._asdict() | {"fps": fps or row.fps, "fit": fit})
