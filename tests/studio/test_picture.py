"""Pictures of every kind come out upright, in eight bits of sRGB; what is none is refused with the reason."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from storyreel.studio.errors import MediaError
from storyreel.studio.media.image import notes, read


@pytest.fixture
def corners() -> Image.Image:
    """60x40: red, green, blue and white quarters, in reading order."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:20, :30] = (255, 0, 0)
    pixels[:20, 30:] = (0, 255, 0)
    pixels[20:, :30] = (0, 0, 255)
    pixels[20:, 30:] = 255
    return Image.fromarray(pixels)


def quarters(pixels: np.ndarray) -> list[tuple[int, ...]]:
    height, width = pixels.shape[:2]
    return [
        tuple(int(v) for v in np.median(part.reshape(-1, 3), axis=0))
        for part in (
            pixels[: height // 2, : width // 2],
            pixels[: height // 2, width // 2 :],
            pixels[height // 2 :, : width // 2],
            pixels[height // 2 :, width // 2 :],
        )
    ]


RGBW = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]


def close(found: list[tuple[int, ...]], wanted: list[tuple[int, ...]], by: int) -> bool:
    return all(
        abs(a - b) <= by
        for one, other in zip(found, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "by"),
    [("a.png", 0), ("a.bmp", 0), ("a.gif", 0), ("a.tif", 0), ("a.ppm", 0), ("a.jpg", 4), ("a.webp", 6)],
)
def test_formats(tmp_path: Path, corners: Image.Image, name: str, by: int) -> None:
    corners.save(tmp_path / name)
    pixels = read(tmp_path / name)
    assert pixels.shape == (40, 60, 3) and pixels.dtype == np.uint8
    assert close(quarters(pixels), RGBW, by)


@pytest.mark.parametrize(
    ("orientation", "order"),
    [(1, "RGBW"), (2, "GRWB"), (3, "WBGR"), (4, "BWRG"), (5, "RBGW"), (6, "BRWG"), (7, "WGBR"), (8, "GWRB")],
)
def test_a_picture_on_its_side_is_turned(
    tmp_path: Path, corners: Image.Image, orientation: int, order: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    corners.save(tmp_path / "a.jpg", exif=exif, quality=95)
    for pixels in (
        read(tmp_path / "a.jpg"),
        read(tmp_path / "a.jpg", enough=lambda size: (size[0] // 2, size[1] // 2)),
    ):
        assert (pixels.shape[0] > pixels.shape[1]) == (orientation >= 5)
        assert close(quarters(pixels), [RGBW["RGBW".index(letter)] for letter in order], 6)


def test_the_size_that_is_enough_is_of_the_upright_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (800, 600)).save(tmp_path / "a.jpg", exif=exif)
    asked = []
    pixels = read(tmp_path / "a.jpg", enough=lambda size: asked.append(size) or (300, 400))
    assert asked == [(600, 800)]
    assert pixels.shape == (400, 300, 3), "half of it was enough"
    assert read(tmp_path / "a.jpg", enough=lambda size: (301, 400)).shape == (800, 600, 3)


def test_transparency_lies_on_black(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 0] = 255
    pixels[:4, :, 3] = 255
    pixels[4:, :, 3] = 51
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = read(tmp_path / "a.png")
    assert tuple(found[0, 0]) == (255, 0, 0)
    assert tuple(found[7, 0]) == (51, 0, 0)
    Image.fromarray(pixels).convert("LA").save(tmp_path / "grey.png")
    assert read(tmp_path / "grey.png")[7, 0, 0] == pytest.approx(0.299 * 51, abs=1)


def test_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([255, 255, 255, 0, 200, 0])
    image.paste(0, (0, 0, 8, 4))
    image.save(tmp_path / "a.png", transparency=0)
    found = read(tmp_path / "a.png")
    assert tuple(found[0, 0]) == (0, 0, 0)
    assert tuple(found[7, 0]) == (0, 200, 0)


def test_sixteen_bits(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None, :].repeat(4, axis=0)
    for name in ("a.png", "a.tif"):
        Image.fromarray(ramp).save(tmp_path / name)
        found = read(tmp_path / name)
        assert found.shape == (4, 256, 3)
        assert np.abs(found[0, :, 0].astype(int) - np.arange(256)).max() <= 1, name


def test_floating_point(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[None, :].repeat(4, axis=0)
    ramp[1, 3] = np.nan
    Image.fromarray(ramp).save(tmp_path / "a.tif")
    assert np.abs(read(tmp_path / "a.tif")[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_print_colours(tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    red, green, blue = read(tmp_path / "a.jpg")[8, 8]
    assert red > 200 and green < 60 and blue < 60


def test_grey_and_two_colours(tmp_path: Path) -> None:
    Image.new("L", (8, 8), 100).save(tmp_path / "a.jpg")
    assert tuple(read(tmp_path / "a.jpg")[4, 4]) == (100, 100, 100)
    Image.new("1", (8, 8), 1).save(tmp_path / "a.png")
    assert tuple(read(tmp_path / "a.png")[4, 4]) == (255, 255, 255)


def test_a_colour_profile_is_followed(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (8, 8), (200, 100, 50)).save(tmp_path / "same.png", icc_profile=srgb)
    assert tuple(read(tmp_path / "same.png")[0, 0]) == (200, 100, 50)
    Image.new("RGB", (8, 8), (200, 100, 50)).save(tmp_path / "broken.png", icc_profile=b"no profile at all")
    assert tuple(read(tmp_path / "broken.png")[0, 0]) == (200, 100, 50)
    # A colour space of another name, whose red is our green and whose green is our red.
    other = srgb.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be")).replace(
        b"sRGB built", b"xRGB built"
    )
    other = other.replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"????", b"gXYZ", 1)
    Image.new("RGB", (8, 8), (200, 100, 50)).save(tmp_path / "other.png", icc_profile=other)
    assert np.abs(read(tmp_path / "other.png")[0, 0].astype(int) - (100, 200, 50)).max() <= 3


def test_of_an_animation_the_first_picture(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=100)
    assert tuple(read(tmp_path / "a.gif")[4, 4]) == (255, 0, 0)


def test_what_is_no_picture(tmp_path: Path, corners: Image.Image) -> None:
    def refused(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MediaError) as caught:
            read(tmp_path / name)
        return str(caught.value)

    corners.resize((600, 400)).save(tmp_path / "good.jpg")
    corners.resize((600, 400)).save(tmp_path / "good.png")
    jpeg, png = (tmp_path / "good.jpg").read_bytes(), (tmp_path / "good.png").read_bytes()
    assert "is not a picture" in refused("a.jpg", b"it says it is one")
    assert "is empty" in refused("b.jpg", b"")
    assert "cut short or damaged" in refused("c.jpg", jpeg[: len(jpeg) // 2])
    assert "cut short or damaged" in refused("d.png", png[: len(png) // 2])
    assert "is not a picture" in refused("e.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(MediaError, match=r"gone\.jpg can't be opened"):
        read(tmp_path / "gone.jpg")


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for size in ((40_000, 40_000), (9_500, 9_500), (100_000, 10)):
        header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
        path = tmp_path / "bomb.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")))
        with pytest.raises(MediaError, match="is too large"):
            read(path)


@pytest.mark.skipif(os.name == "nt", reason="needs a name that is no text")
def test_a_name_that_is_no_text(tmp_path: Path, corners: Image.Image) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    corners.save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / name)
    assert read(tmp_path / name).shape == (40, 60, 3)


@pytest.mark.parametrize("name", ["phone.heic", "phone.avif"])
def test_pictures_of_phones(tmp_path: Path, name: str) -> None:
    if name.endswith("heic"):
        pytest.importorskip("pillow_heif").register_heif_opener()
    path = tmp_path / name
    Image.new("RGB", (64, 32), (200, 40, 40)).save(path, quality=95)
    pixels = read(path)
    assert pixels.shape == (32, 64, 3)
    assert np.abs(pixels.mean(axis=(0, 1)) - (200, 40, 40)).max() < 4


def test_a_drawing_that_black_hides_and_an_animation_are_noted(tmp_path: Path) -> None:
    drawing, lit, moving = (tmp_path / name for name in ("drawing.png", "lit.png", "moving.webp"))
    for path, grey in ((drawing, 0), (lit, 200)):
        picture = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
        picture.paste((grey, grey, grey, 255), (10, 5, 20, 15))
        picture.save(path)
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime")]
    frames[0].save(moving, save_all=True, append_images=frames[1:])
    assert "nothing of it shows" in notes(drawing)[0]
    assert notes(lit) == []
    assert "its first picture is shown" in notes(moving)[0]
