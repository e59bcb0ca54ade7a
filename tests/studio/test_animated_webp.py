"""Animated WebP as a clip: its pictures in their colours, at their moments, with their transparency."""

from __future__ import annotations

import gc
import io
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from storyreel.host import video
from storyreel.studio.errors import BadInput, MediaError
from storyreel.studio.media.decode import ClipReader, moments
from storyreel.studio.media.fit import fitting
from storyreel.studio.media.planes import planes_of
from storyreel.studio.media.probe import opened, probe

SHADES = (0, 60, 120, 180, 240)
LASTING = (100, 250, 40, 210, 400)


def animated(path: Path | io.BytesIO, lasting: tuple[int, ...] = LASTING, opacity: int = 255) -> None:
    """64x48; the left half is grey, each picture brighter; the right half is red, as opaque as `opacity`."""
    pictures = []
    for shade in SHADES:
        pixels = np.full((48, 64, 4), (shade, shade, shade, 255), np.uint8)
        pixels[:, 32:] = (200, 20, 10, opacity)
        pictures.append(Image.fromarray(pixels if opacity < 255 else pixels[..., :3].copy()))
    rest = {"save_all": True, "append_images": pictures[1:], "lossless": True, "exact": True}
    pictures[0].save(path, "WEBP", duration=list(lasting), **rest)


@pytest.mark.parametrize("opacity", [255, 128])
def test_each_picture_comes_at_its_moment_in_its_colours(tmp_path: Path, opacity: int) -> None:
    animated(tmp_path / "a.webp", opacity=opacity)
    info = probe(tmp_path / "a.webp")
    assert (info.size, info.frames, info.duration) == ((64, 48), 5, 1)
    assert info.vfr and info.alpha == (opacity < 255) and not info.has_audio
    found = list(moments(info))
    assert [time * 1000 for time, _ in found] == [0, 100, 350, 390, 600]
    for shade, (_, frame) in zip(SHADES, found, strict=True):
        pixels = frame.to_ndarray(format="rgba")
        assert (pixels[:, :32] == (shade, shade, shade, 255)).all()
        assert (pixels[:, 32:] == (200, 20, 10, opacity)).all()


def test_a_film_shows_it_as_long_as_it_says(tmp_path: Path) -> None:
    animated(tmp_path / "a.webp", opacity=0)
    info = probe(tmp_path / "a.webp")
    times = [Fraction(number, 20) for number in range(20)]
    with ClipReader(info, fitting(info, (64, 48), "cover"), times) as reader:
        luma = [planes_of(frame)[0] for frame in reader]
    left = [round((int(plane[24, 8]) - 16) * 255 / 219) for plane in luma]
    assert left == pytest.approx([0] * 2 + [60] * 5 + [120] + [180] * 4 + [240] * 8, abs=1)
    assert all(plane[:, 40:].max() <= 16 for plane in luma)
    with ClipReader(info, fitting(info, (64, 48), "cover"), [Fraction(7, 10)]) as reader:
        assert planes_of(next(reader))[0][24, 8] == pytest.approx(16 + 240 * 219 / 255, abs=1)


def test_a_picture_of_no_length_lasts_as_in_browsers(tmp_path: Path) -> None:
    animated(tmp_path / "a.webp", lasting=(0, 10, 20, 100, 0))
    assert [time * 1000 for time, _ in moments(probe(tmp_path / "a.webp"))] == [0, 100, 200, 220, 320]


def test_the_canvas_takes_it_apart_and_does_not_copy_it_into_mp4(tmp_path: Path) -> None:
    animated(tmp_path / "a.webp", lasting=(200,) * 5)
    clip = video(tmp_path / "a.webp")
    parts = clip.get_components()
    assert parts.frame_rate == 5
    assert (parts.images[:, 24, 8, 0] * 255).round().tolist() == list(SHADES)
    with pytest.raises(BadInput, match=r"a\.webp can't be copied into MP4"):
        clip.save_to(tmp_path / "a.mp4")
    assert {path.name for path in tmp_path.iterdir()} == {"a.webp"}


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    animated(tmp_path / "a.webp")
    before = probe(tmp_path / "a.webp").duration
    animated(tmp_path / "b.webp", lasting=(1000,) * 5)
    (tmp_path / "b.webp").replace(tmp_path / "a.webp")
    assert (before, probe(tmp_path / "a.webp").duration) == (1, 5)


def test_bytes_are_read_and_leave_nothing_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    data = io.BytesIO()
    animated(data)
    data.seek(0)
    with opened(data) as container:
        assert len(list(container.decode(video=0))) == 5
    del container
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_one_cut_anywhere_is_a_sentence(tmp_path: Path) -> None:
    animated(tmp_path / "a.webp")
    data = (tmp_path / "a.webp").read_bytes()
    for length in (20, 21, 40, len(data) // 2, len(data) - 2):
        (tmp_path / "cut.webp").write_bytes(data[:length])
        with pytest.raises(MediaError, match=r"cut\.webp is .*(damaged|cut short)"):
            probe(tmp_path / "cut.webp")


def test_one_that_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (1, 1), (5 * shade, 0, 0)) for shade in range(20)]
    pictures[0].save(
        tmp_path / "a.webp", save_all=True, append_images=pictures[1:], duration=40, lossless=True
    )
    data = bytearray((tmp_path / "a.webp").read_bytes())
    data[24:30] = (7999).to_bytes(3, "little") * 2  # its canvas
    (tmp_path / "a.webp").write_bytes(data)
    with pytest.raises(
        MediaError, match=r"a\.webp is too long for an animated WebP: 20 pictures of 8000x8000"
    ):
        probe(tmp_path / "a.webp")
