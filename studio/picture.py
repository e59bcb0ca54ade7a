"""Reading a picture as the eye sees it: upright, in sRGB, without transparency, in eight bits.

>>> read(Path("photo.jpg")).shape
(3000, 4000, 3)

Formats that Pillow hands to other programs (PostScript) are not read.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from .errors import MediaError, OutputError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "PPM", "TGA", "JPEG2000")
MOST_PIXELS = 85_000_000
LONGEST_SIDE = 32_000

_ORIENTATION = 0x0112


Size = tuple[int, int]
"""Width and height in pixels."""


def read(path: Path, enough: Callable[[Size], Size] | None = None) -> NDArray[np.uint8]:
    """The picture as uint8 [H,W,3], red first. Of an animation it is the first frame.

    `enough` is told the picture's size and says which one would do: a JPEG is then decoded smaller, never
    smaller than that, which is several times faster. Raises MediaError, with the reason, for what is no
    picture.
    """
    with _open(path) as image:
        if enough and image.format == "JPEG":
            turned = _turned(image)
            width, height = enough(image.size[::-1] if turned else image.size)
            image.draft("RGB", (height, width) if turned else (width, height))
        try:
            image.load()
        except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
            raise MediaError(f"{path.name} is cut short or damaged", _first_line(error)) from None
        return np.asarray(_in_srgb(ImageOps.exif_transpose(image)))


def save_png(pixels: NDArray[np.uint8], path: Path) -> None:
    """Writes uint8 [H,W,3] RGB, whole or not at all. Raises OutputError."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(part, "PNG")
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror or error}", "make room there") from None
    finally:
        part.unlink(missing_ok=True)


def _open(path: Path) -> Image.Image:
    Image.init()
    formats = [name for name in FORMATS if name in Image.OPEN]
    try:
        image = Image.open(path, formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise MediaError(f"{path.name} is too large", _limit()) from None
    except UnidentifiedImageError:
        what = "is empty" if path.stat().st_size == 0 else "is not a picture"
        raise MediaError(f"{path.name} {what}", "give a JPEG, PNG, WebP, TIFF, GIF or BMP file") from None
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise MediaError(f"{path.name} can't be opened: {error.strerror}") from None
        raise MediaError(f"{path.name} is cut short or damaged", _first_line(error)) from None
    if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_SIDE:
        image.close()
        raise MediaError(f"{path.name} is too large: {image.width}x{image.height}", _limit())
    return image


def _limit() -> str:
    return f"make it smaller than {MOST_PIXELS // 1_000_000} million pixels and {LONGEST_SIDE} on each side"


def _turned(image: Image.Image) -> bool:
    """Whether its EXIF data says that it lies on its side."""
    try:
        return image.getexif().get(_ORIENTATION) in (5, 6, 7, 8)
    except (OSError, SyntaxError, ValueError):
        return False


def _in_srgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        flat = Image.new("RGBA", image.size, "black")
        flat.alpha_composite(rgba)
        return flat.convert("RGB")
    return _by_profile(image) or image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey with 16 or 32 bits, or as floating point: the full range becomes 0 to 255."""
    values: NDArray[Any] = np.asarray(image, np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    brightest = float(values.max(initial=0.0))
    if image.mode == "F":
        full = 1.0 if brightest <= 1 else 255.0 if brightest <= 255 else 65535.0
    else:
        full = 65535.0 if brightest > 255 or image.mode.startswith("I;16") else 255.0
    grey = np.clip(values * (255 / full) + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _by_profile(image: Image.Image) -> Image.Image | None:
    """Through the picture's own colour profile, if it has one: wide-gamut photos keep their colours."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source) and image.mode == "RGB":
            return None
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None  # a broken profile is no reason to refuse the picture


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
