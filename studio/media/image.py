"""Reading a picture as the eye sees it: upright, in sRGB, without transparency, in eight bits.

    read(Path("photo.jpg")).shape
    # (3000, 4000, 3)

Whatever opens a picture, here and in the other folders, opens it with `opened`: a file of another kind than its name
says reaches no reader that hands it to another program (PostScript), and none is decoded that would fill the memory.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from ..errors import MediaError, OutputError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "PPM", "TGA", "JPEG2000", "HEIF")
MOST_PIXELS = 8192 * 8192
"""As many as the largest frame of a film has. A file of 250 kB can hold that many, and they take 0.5 GB."""
LONGEST_SIDE = 32_000

_ORIENTATION = 0x0112
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_CLEAR, _DARK = 8, 32
"""Levels: less opaque is nothing, and less bright can't be told from black."""
_STRIP = 4_000_000
"""Pixels that are converted at a time: all at once they would be in memory in every form that they go through."""
_BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError),
    *(OverflowError, ZeroDivisionError, MemoryError, RuntimeError, struct.error),
)
"""What Pillow's readers raise over bytes that are not what they expect."""


Size = tuple[int, int]
"""Width and height in pixels."""


def read(path: Path, enough: Callable[[Size], Size] | None = None) -> NDArray[np.uint8]:
    """The picture as uint8 [H,W,3], red first. Of an animation it is the first frame.

    `enough` is told the picture's size and says which one would do: a JPEG is then decoded smaller, never
    smaller than that, which is several times faster. Raises MediaError, with the reason, for what is no
    picture.
    """
    with opened(path) as image:
        if enough and image.format == "JPEG":
            turned = _orientation(image) >= 5
            width, height = enough(_as_seen(image))
            image.draft("RGB", (height, width) if turned else (width, height))
        image.load()
        return _upright(_pixels(image), _orientation(image))


def size_of(path: Path) -> Size:
    """As the eye sees it, without decoding more than its header. Raises MediaError."""
    with opened(path) as image:
        return _as_seen(image)


def is_upright(path: Path) -> bool:
    """Whether it is stored as the eye sees it. Raises MediaError."""
    with opened(path) as image:
        return _orientation(image) == 1


def is_dark(pixels: NDArray[Any]) -> bool:
    """Whether nothing of uint8 [H,W,4] RGBA would be seen on black, though something is drawn there."""
    drawn = pixels[..., 3:] > _CLEAR
    lit = pixels[..., :3].astype(np.uint16) * pixels[..., 3:] // 255
    return bool(drawn.any() and lit.max(initial=0) < _DARK)


def notes(path: Path) -> list[str]:
    """What of the picture a film doesn't show, a sentence each. Raises MediaError."""
    with opened(path) as image:
        found = []
        if getattr(image, "n_frames", 1) > 1 and image.format in ("WEBP", "GIF", "PNG", "AVIF"):
            found.append(f"{path.name} is an animation; its first picture is shown")
        if "A" in image.getbands() or "transparency" in image.info:
            image.thumbnail((1024, 1024))
            if is_dark(np.asarray(image.convert("RGBA"))):
                found.append(
                    f"{path.name} is drawn in black on a transparent ground; on the film's black nothing of it shows: "
                    "give it a ground of its own"
                )
        return found


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[Image.Image]:
    """The picture of a file, or of bytes, not decoded yet. What its reader stumbles over in the block is a MediaError.

    Raises MediaError for what is no picture of one of FORMATS, and for what has more than MOST_PIXELS.
    """
    name = source.name if isinstance(source, Path) else "the picture"
    image = _open(source, name)
    try:
        with image:
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise MediaError(f"{name} is too large", _limit()) from None
    except _BROKEN as error:
        raise MediaError(f"{name} is cut short or damaged", _first_line(error)) from None


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


def _open(source: Path | BinaryIO, name: str) -> Image.Image:
    Image.init()
    phones = _phones()
    formats = [each for each in FORMATS if each in Image.OPEN]
    try:
        image = Image.open(source, formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise MediaError(f"{name} is too large", _limit()) from None
    except UnidentifiedImageError:
        if not phones and _is_heic(source):
            raise MediaError(
                f"{name} is a HEIC picture, as phones make them, and nothing here reads those",
                "pip install 'storyreel[phones]', or save it as JPEG",
            ) from None
        empty = isinstance(source, Path) and source.stat().st_size == 0
        what = "is empty" if empty else "is not a picture"
        raise MediaError(f"{name} {what}", "give a JPEG, PNG, WebP, TIFF, GIF or BMP file") from None
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise MediaError(f"{name} can't be opened: {error.strerror}") from None
        raise MediaError(f"{name} is cut short or damaged", _first_line(error)) from None
    if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_SIDE:
        image.close()
        raise MediaError(f"{name} is too large: {image.width}x{image.height}", _limit())
    return image


@cache
def _phones() -> bool:
    """Whether HEIC can be read: with pillow-heif, which is the extra `phones`."""
    try:
        from pillow_heif import register_heif_opener  # pyright: ignore[reportMissingImports]
    except ImportError:
        return False
    register_heif_opener()
    return True


def _is_heic(source: Path | BinaryIO) -> bool:
    if isinstance(source, Path):
        with source.open("rb") as file:
            start = file.read(12)
    else:
        source.seek(0)
        start = source.read(12)
    return start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS


def _limit() -> str:
    return f"make it smaller than {MOST_PIXELS // 1_000_000} million pixels and {LONGEST_SIDE} on each side"


def _orientation(image: Image.Image) -> int:
    """How it is to be turned, as its EXIF data says, 1 to 8; 5 and more lie on their side."""
    try:
        told = image.getexif().get(_ORIENTATION, 1)
    except _BROKEN:
        return 1
    return told if isinstance(told, int) and 1 <= told <= 8 else 1


def _as_seen(image: Image.Image) -> Size:
    width, height = image.size
    return (height, width) if _orientation(image) >= 5 else (width, height)


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """As it is stored, in sRGB."""
    width, height = image.size
    convert = _by_brightness(image) if image.mode.startswith(("I", "F")) else _by_colour(image)
    pixels = np.empty((height, width, 3), np.uint8)
    for strip, top in _strips(image):
        pixels[top : top + strip.height] = np.asarray(convert(strip))
    return pixels


def _strips(image: Image.Image) -> Iterator[tuple[Image.Image, int]]:
    """The picture from top to bottom, and at which line each strip begins."""
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(image.height, top + rows))), top


def _by_colour(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    if "A" in image.getbands() or "transparency" in image.info:
        return _on_black
    profiled = _by_profile(image)
    if profiled is None:
        return lambda strip: strip.convert("RGB")

    def converted(strip: Image.Image) -> Image.Image:
        return ImageCms.applyTransform(strip, profiled) or strip.convert("RGB")

    return converted


def _on_black(image: Image.Image) -> Image.Image:
    flat = Image.new("RGBA", image.size, "black")
    flat.alpha_composite(image.convert("RGBA"))
    return flat.convert("RGB")


def _by_brightness(image: Image.Image) -> Callable[[Image.Image], NDArray[np.uint8]]:
    """Grey with 16 or 32 bits, or as floating point: the full range becomes 0 to 255."""

    def values(strip: Image.Image) -> NDArray[Any]:
        return np.nan_to_num(np.asarray(strip, np.float64), nan=0.0, posinf=0.0, neginf=0.0)

    brightest = max((float(values(strip).max(initial=0.0)) for strip, _ in _strips(image)), default=0.0)
    if image.mode == "F":
        full = 1.0 if brightest <= 1 else 255.0 if brightest <= 255 else 65535.0
    else:
        full = 65535.0 if brightest > 255 or image.mode.startswith("I;16") else 255.0

    def grey(strip: Image.Image) -> NDArray[np.uint8]:
        eight = np.clip(values(strip) * (255 / full) + 0.5, 0, 255).astype(np.uint8)
        return np.repeat(eight[..., None], 3, axis=2)

    return grey


def _by_profile(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """From the picture's own colour profile, if it has one: wide-gamut photos keep their colours."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source) and image.mode == "RGB":
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), image.mode, "RGB")
    except (ImageCms.PyCMSError, *_BROKEN):
        return None  # a broken profile is no reason to refuse the picture


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
