"""How a film is made: its frame, its rate and how it is encoded. The four quality presets are rows of a table.

>>> FilmSettings.of("standard", aspect_ratio="9:16").size
(720, 1280)
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ..timecode import Exact

Quality = Literal["draft", "standard", "high", "premium"]
AspectRatio = Literal["16:9", "9:16", "1:1", "4:5"]
Fit = Literal["cover", "contain"]
Effort = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]
"""x264's presets: how long it may think about a frame."""

QUALITIES: tuple[str, ...] = get_args(Quality)
ASPECT_RATIOS: tuple[str, ...] = get_args(AspectRatio)
FITS: tuple[str, ...] = get_args(Fit)


class Preset(NamedTuple):
    width: int
    height: int
    fps: int
    bitrate: int


PRESETS: dict[str, Preset] = {
    # The frame is the 16:9 one; other ratios are made from it by `frame_size`.
    "draft": Preset(854, 480, 24, 1_500_000),
    "standard": Preset(1280, 720, 30, 3_000_000),
    "high": Preset(1920, 1080, 30, 6_000_000),
    "premium": Preset(3840, 2160, 60, 15_000_000),
}


def frame_size(quality: str, aspect_ratio: str) -> tuple[int, int]:
    """Width and height in pixels, both even: 9:16 turns the preset's frame, 1:1 and 4:5 keep its short side."""
    long, short = PRESETS[quality].width, PRESETS[quality].height
    return {
        "16:9": (long, short),
        "9:16": (short, long),
        "1:1": (short, short),
        "4:5": (short, short * 5 // 4),
    }[aspect_ratio]


def nearest_ratio(width: int, height: int) -> AspectRatio:
    """The aspect ratio that a frame's shape is most like.

    >>> nearest_ratio(1024, 576)
    '16:9'
    """
    shapes = {ratio: frame_size("standard", ratio) for ratio in get_args(AspectRatio)}
    return min(shapes, key=lambda ratio: abs(math.log(width * shapes[ratio][1] / height / shapes[ratio][0])))


class FilmSettings(BaseModel):
    """The frame (pixels), the rate (frames per second) and the encoder's settings.

    Either `bitrate` (bits per second) or `crf` (x264's constant quality, 0 lossless to 51) steers the encoder;
    `crf` wins where both are set. `preset` is x264's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(ge=16, le=8192)
    height: int = Field(ge=16, le=8192)
    fps: Exact
    bitrate: int = 3_000_000
    crf: int | None = Field(default=None, ge=0, le=51)
    preset: Effort = "medium"
    fit: Fit = "cover"

    @field_validator("width", "height")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"{value} is odd; yuv420p needs even sizes, use {value + 1}")
        return value

    @field_validator("fps")
    @classmethod
    def _rate(cls, value: Fraction) -> Fraction:
        if not 1 <= value <= 240:
            raise ValueError(f"{value} frames per second is outside 1 to 240")
        return value

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @classmethod
    def of(
        cls, quality: str, aspect_ratio: str = "16:9", fps: Fraction | float | None = None, fit: str = "cover"
    ) -> FilmSettings:
        """The settings of a quality preset. `fps` None means the preset's own rate."""
        width, height = frame_size(quality, aspect_ratio)
        preset = PRESETS[quality]
        return cls.model_validate(
            {
                "width": width,
                "height": height,
                "fps": fps or preset.fps,
                "bitrate": preset.bitrate,
                "fit": fit,
            }
        )
