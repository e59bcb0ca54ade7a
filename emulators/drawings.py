"""Google's picture models: what they take and refuse through either of Google's doors, and what they bill, as data
(read 21 and 29 November 2026).

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from .context import Refusal
from .jobs import Ask

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")
MOST_BYTES = 7 * 1024 * 1024
"""Of one picture inside a request."""

Sizes = Mapping[str, tuple[int, int]]
"""Width and height by aspect ratio."""

_1K: Sizes = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (864, 1184),
    "4:3": (1184, 864),
    "4:5": (896, 1152),
    "5:4": (1152, 896),
    "9:16": (768, 1344),
    "16:9": (1344, 768),
    "21:9": (1536, 672),
}
_2K: Sizes = {
    "1:1": (2048, 2048),
    "2:3": (1696, 2528),
    "3:2": (2528, 1696),
    "3:4": (1792, 2400),
    "4:3": (2400, 1792),
    "4:5": (1856, 2304),
    "5:4": (2304, 1856),
    "9:16": (1536, 2752),
    "16:9": (2752, 1536),
    "21:9": (3168, 1344),
}
_512: Sizes = {
    "1:1": (512, 512),
    "2:3": (416, 624),
    "3:2": (624, 416),
    "3:4": (432, 592),
    "4:3": (592, 432),
    "4:5": (448, 576),
    "5:4": (576, 448),
    "9:16": (384, 672),
    "16:9": (672, 384),
    "21:9": (768, 336),
}
_LONG: Sizes = {"1:4": (256, 1024), "4:1": (1024, 256), "1:8": (176, 1408), "8:1": (1408, 176)}
"""At 512; twice, four and eight times as large at the others."""
_LITE: Sizes = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
}


def _times(sizes: Sizes, factor: int) -> Sizes:
    return {ratio: (factor * wide, factor * high) for ratio, (wide, high) in sizes.items()}


class Gemini(NamedTuple):
    sizes: Mapping[str, Sizes]
    """By imageSize; a model with one size has no such field."""
    tokens: Mapping[str, int]
    """Of a picture, by imageSize."""
    million: str
    """Dollars for so many of them."""
    references: int
    """The most pictures that come along."""
    reference: str
    """Dollars for each."""
    only_global: bool = True
    """Whether Vertex has it nowhere else."""


GEMINI = {
    "gemini-3.1-flash-image": Gemini(
        {
            "512": {**_512, **_LONG},
            "1K": {**_1K, **_times(_LONG, 2)},
            "2K": {**_2K, **_times(_LONG, 4)},
            "4K": {**_times(_2K, 2), **_times(_LONG, 8)},
        },
        {"512": 747, "1K": 1120, "2K": 1680, "4K": 2520},
        "60",
        14,
        "0.00056",
    ),
    "gemini-3-pro-image": Gemini(
        {"1K": _1K, "2K": _2K, "4K": _times(_2K, 2)},
        {"1K": 1120, "2K": 1120, "4K": 2000},
        "120",
        14,
        "0.0011",
    ),
    "gemini-2.5-flash-image": Gemini({"1K": _1K}, {"1K": 1290}, "30", 3, "0", only_global=False),
    "gemini-3.1-flash-lite-image": Gemini({"1K": _LITE}, {"1K": 1120}, "30", 14, "0.00028"),
    "gemini-nano-banana-2.1": Gemini({"1K": _LITE}, {"1K": 1120}, "30", 14, "0.00168"),
}
RETIRED = ("gemini-2.5-flash-image-preview", "gemini-3-pro-image-preview", "gemini-3.1-flash-image-preview")


class Drawing(NamedTuple):
    ask: Ask
    tokens: int
    """Of the picture."""
    price: Decimal


def gemini(
    name: str,
    prompt: str,
    pictures: tuple[str, ...],
    ratio: str | None,
    size: str | None,
    seed: int | None = None,
) -> Drawing:
    """What is asked of a Gemini model. Raises Refusal in the service's words."""
    model = GEMINI[name]
    if not prompt.strip():
        raise Refusal(400, "The prompt must not be empty.")
    if size is not None and len(model.sizes) == 1:
        raise Refusal(400, f"Image size is not supported by {name}.")
    sizes = model.sizes.get(size or "1K")
    if sizes is None:
        raise Refusal(400, f"Image size {size} is not supported by {name}: use {', '.join(model.sizes)}.")
    if (ratio or "1:1") not in sizes:
        raise Refusal(400, f"Aspect ratio {ratio} is not supported by {name}: use {', '.join(sizes)}.")
    if len(pictures) > model.references:
        raise Refusal(
            400, f"Too many images: {len(pictures)}. At most {model.references} are supported by {name}."
        )
    tokens = model.tokens[size or "1K"]
    price = Decimal(model.million) * tokens / 1_000_000 + Decimal(model.reference) * len(pictures)
    width, height = sizes[ratio or "1:1"]
    ask = Ask(prompt, 1.0, width, height, False, seed, references=pictures, kind="picture")
    return Drawing(ask, tokens, price)
