"""What Stable Video Diffusion is told besides the picture, how long that makes a clip, and of which size.

config.toml's [svd] says it, and a shot may say otherwise:

    settings_of(Shot(..., knobs=(("motion_bucket", 40),))).motion_bucket
    # 40
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ...config import Svd as Settings
from ...config import config
from ...errors import BadInput, Fault

if TYPE_CHECKING:
    from ..shot import Shot

MODELS = ("svd-xt", "svd")
STEP = 64
"""Sides are multiples of it: the picture is halved three times by the codec, and three times more inside the model."""
SMALLEST, LARGEST = 128, 2048
"""Of a side, pixels."""
_LOOKS = ("motion_bucket", "fps", "noise", "steps", "size")
"""The settings by which the same picture becomes another clip."""
_PLAIN = Settings()


def settings_of(shot: Shot) -> Settings:
    """The config's settings with the shot's own. Raises BadInput."""
    plain = config().svd
    if not shot.knobs:
        return plain
    try:
        return Settings.model_validate({**plain.model_dump(), **dict(shot.knobs)})
    except ValidationError as error:
        faults = [Fault(".".join(map(str, each["loc"])), _lower(each["msg"])) for each in error.errors()]
        raise BadInput("svd can't be told that", faults=faults) from None


def rate_of(shot: Shot) -> int:
    """Frames per second that the shot's clip has."""
    return int(dict(shot.knobs).get("fps") or config().svd.fps)


def told(shot: Shot) -> dict[str, Any]:
    """What makes another clip of the same picture: belongs to the request's identity. Empty where all is as usual."""
    settings = settings_of(shot)
    given = {
        key: str(getattr(settings, key)) for key in _LOOKS if getattr(settings, key) != getattr(_PLAIN, key)
    }
    return {**given, "fit": shot.fit} if shot.fit != "cover" else given


def goes_for(frames: int, at_once: int) -> int:
    """How many goes make so many frames: each but the first begins with the last frame of the one before."""
    return max(1, math.ceil((frames - 1) / (at_once - 1)))


def length_of(seconds: Fraction, at_once: int, rate: int) -> Fraction:
    """Seconds of the shortest clip of whole goes that is at least so long."""
    goes = goes_for(math.ceil(seconds * rate), at_once)
    return Fraction(goes * (at_once - 1) + 1, rate)


def size_of(shape: Fraction, area: int) -> tuple[int, int]:
    """Width and height that a model can make, of about this shape (width by height) and so many pixels.

    >>> size_of(Fraction(16, 9), 1024 * 576)
    (1024, 576)
    """
    sides = range(SMALLEST, LARGEST + 1, STEP)

    def off(size: tuple[int, int]) -> float:
        width, height = size
        return abs(math.log(width / height / shape)) + 0.35 * abs(math.log(width * height / area))

    return min(((width, height) for width in sides for height in sides), key=off)


def size_faults(size: str) -> list[Fault]:
    """What is wrong with a size that somebody wrote."""
    sides = [int(side) for side in size.split("x")] if size else []
    if all(side % STEP == 0 and SMALLEST <= side <= LARGEST for side in sides):
        return []
    near = "x".join(str(min(max(round(side / STEP) * STEP, SMALLEST), LARGEST)) for side in sides)
    said = f"svd makes frames whose sides are multiples of {STEP}, from {SMALLEST} to {LARGEST}, not {size}"
    return [Fault("size", said, f"use {near}")]


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
