"""Single frames and small edits."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import BadInput, MediaError
from storyreel.studio.media.frames import contact_sheet, extract_frame
from storyreel.studio.media.probe import probe
from storyreel.studio.render.clip_edits import crop, join, trim


def luma(pixels: np.ndarray) -> int:
    """The number of a numbered clip's frame, from its RGB."""
    assert pixels.dtype == np.uint8 and pixels.shape == (32, 32, 3)
    return round((pixels[8:24, 8:24].mean() * 219 / 255 + 16 - 20) / 2)


def test_exact_frames(numbered) -> None:
    path = numbered("n.mp4", frames=100)
    assert luma(extract_frame(path, "first")) == 0
    assert luma(extract_frame(path, "last")) == 99
    for k in (1, 37, 50, 98):
        assert luma(extract_frame(path, Fraction(k, 24))) == k
    assert luma(extract_frame(path, 0.99)) == 23


AFTER_TORCHVISION = """
import sys, av.logging
from pathlib import Path
from storyreel.studio.media.frames import contact_sheet
av.logging.set_level(av.logging.ERROR)
print(contact_sheet(Path(sys.argv[1]), 6, 3).shape)
"""


def test_a_library_that_reads_the_decoder_s_messages_stops_nothing(numbered) -> None:
    """torchvision, which every ComfyUI has, has them told to Python; decoder and closing thread then waited for each
    other for ever."""
    sheet = [sys.executable, "-c", AFTER_TORCHVISION, str(numbered("n.mp4", frames=100))]
    assert subprocess.run(sheet, capture_output=True, text=True, timeout=60).stdout.startswith("(")


@pytest.mark.parametrize("name", ["one.mp4", "one.mkv", "one.ts"])
def test_the_only_frame_is_the_first_and_the_last(numbered, name: str) -> None:
    path = numbered(name, frames=1)
    assert luma(extract_frame(path, "first")) == luma(extract_frame(path, "last")) == 0


def test_the_last_frame_of_a_varying_rate(numbered, ffmpeg, tmp_path: Path) -> None:
    path = tmp_path / "varying.mkv"
    ffmpeg("-i", numbered("n.mp4"), "-vf", "select='lt(n,3)+eq(n,40)'", "-fps_mode", "vfr", "-qp", 0, path)
    assert luma(extract_frame(path, "last")) == 40


def test_colours_and_upright(clip, ffmpeg, tmp_path: Path) -> None:
    lying = clip("lying.mp4", "color=red:s=64x36:d=1,scale=out_color_matrix=bt709,format=yuv420p")
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", 90, "-i", lying, "-c", "copy", turned)
    frame = extract_frame(turned, "first")
    assert frame.shape == (64, 36, 3)
    assert np.abs(frame.reshape(-1, 3).mean(axis=0) - (255, 0, 0)).max() < 3


@pytest.mark.parametrize("time", [-1, 2, 100.5])
def test_a_time_outside(numbered, time: float) -> None:
    with pytest.raises(BadInput, match=r"is not inside n\.mp4.*use 0 to 0:02\.000"):
        extract_frame(numbered("n.mp4"), time)


def test_a_contact_sheet(numbered) -> None:
    sheet = contact_sheet(numbered("n.mp4", frames=96), columns=4, rows=3, width=130)
    assert sheet.shape == (96, 128, 3) and sheet.dtype == np.uint8
    cells = [luma(sheet[32 * r : 32 * r + 32, 32 * c : 32 * c + 32]) for r in range(3) for c in range(4)]
    assert cells == [8 * k + 4 for k in range(12)]


def test_a_contact_sheet_that_can_not_be(numbered) -> None:
    with pytest.raises(BadInput, match="don't fit"):
        contact_sheet(numbered("n.mp4"), columns=0)


def test_no_frames_in_a_song(ffmpeg, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", tmp_path / "song.wav")
    with pytest.raises(MediaError, match="has no picture"):
        extract_frame(tmp_path / "song.wav", "last")


def test_trim(numbered, numbers, tmp_path: Path) -> None:
    path = numbered("n.mp4")
    film = trim(path, Fraction(1, 2), Fraction(3, 2), tmp_path / "out.mp4")
    assert numbers(film.path) == list(range(12, 36))
    assert numbers(trim(path, Fraction(1), None, tmp_path / "out.mp4").path) == list(range(24, 48))
    with pytest.raises(BadInput, match="not after the start"):
        trim(path, Fraction(1), Fraction(1), tmp_path / "out.mp4")
    with pytest.raises(BadInput, match="were asked for"):
        trim(path, Fraction(1), Fraction(9), tmp_path / "out.mp4")


def test_trim_keeps_size_rate_and_sound(clip, hear, tmp_path: Path) -> None:
    path = clip("odd.mkv", "testsrc2=s=75x51:r=30000/1001:d=2,format=yuv444p", seconds=2, tone=440)
    film = trim(path, Fraction(1, 2), Fraction(3, 2), tmp_path / "out.mp4")
    assert (film.width, film.height, film.fps) == (74, 50, Fraction(30000, 1001))
    assert film.frames == 30
    assert np.abs(hear(film.path)).max() > 0.1


def test_crop(clip, look, tmp_path: Path) -> None:
    path = clip(
        "dot.mp4", "color=black:s=64x64:r=24:d=1,drawbox=x=20:y=30:w=24:h=16:c=white:t=fill,format=yuv420p"
    )
    film = crop(path, 20, 30, 24, 16, tmp_path / "out.mp4")
    assert (film.width, film.height) == (24, 16)
    assert look(film.path)[0][0].min() > 200
    for box in ((0, 0, 25, 16), (60, 0, 16, 16), (0, 0, 8, 8)):
        with pytest.raises(BadInput):
            crop(path, *box, tmp_path / "out.mp4")


def test_join(clip, tmp_path: Path) -> None:
    a, b = clip("a.mp4", seconds=1), clip("b.mp4", size="128x96", seconds=1, fps=30)
    film = join(a, b, "slide", Fraction(1, 2), tmp_path / "out.mp4")
    assert (film.width, film.height, film.fps, film.frames) == (64, 36, 24, 36)
    assert probe(film.path).frames == 36
    with pytest.raises(BadInput, match="did you mean 'slide'"):
        join(a, b, "slyde", Fraction(1, 2), tmp_path / "out.mp4")
