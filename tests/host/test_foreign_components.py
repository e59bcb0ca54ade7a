"""Other people's videos taken apart and put together again: upright, in time, with their colours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image
from storyreel import host
from storyreel.host.standalone.context import Place, here
from storyreel.host.standalone.values import encode_components
from storyreel.runner.engine.builtins.pictures import _loaded

FLASHES = "color=black:s=64x36:r=30:d=3,drawbox=c=white:t=fill:enable='between(mod(t,1),0.5,0.6)'"
BEEPS = "aevalsrc='sin(2*PI*880*t)*between(mod(t,1),0.5,0.6)':s=48000:d=3"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def run(name: str, *words: object) -> Path:
        path = tmp_path / name
        program = imageio_ffmpeg.get_ffmpeg_exe()
        command = [program, "-v", "error", "-nostdin", "-y", *map(str, words), str(path)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return path

    return run


def starts(loud: np.ndarray, rate: float) -> list[float]:
    """Seconds at which something begins."""
    return [place / rate for place in np.flatnonzero(loud[1:] & ~loud[:-1]) + 1]


def in_time(path: Path) -> tuple[list[float], list[float]]:
    parts = host.video(path).get_components()
    seen = starts(parts.images.mean(axis=(1, 2, 3)) > 0.5, float(parts.frame_rate))
    wave, rate = np.abs(parts.audio["waveform"][0]).max(axis=0), parts.audio["sample_rate"]
    parts_of = wave[: len(wave) // 480 * 480].reshape(-1, 480).max(axis=1) > 0.1
    return seen, starts(parts_of, rate / 480)


@pytest.mark.parametrize("late", [-0.4, 0.0, 0.3, 0.7])
def test_picture_and_sound_stay_where_they_were(make, late: float) -> None:
    inputs = ("-f", "lavfi", "-i", FLASHES, "-itsoffset", late, "-f", "lavfi", "-i", BEEPS)
    seen, heard = in_time(make("late.mkv", *inputs, "-c:v", "ffv1", "-c:a", "pcm_s16le"))
    assert seen == pytest.approx([0.5, 1.5, 2.5], abs=1 / 30)
    assert min(heard) == pytest.approx(0.5 + late, abs=0.04)


def test_frames_of_a_varying_rate_stay_where_they_were(make) -> None:
    source = make("even.mkv", "-f", "lavfi", "-i", FLASHES, "-f", "lavfi", "-i", BEEPS, "-c:v", "ffv1")
    thin = "select='lt(t,1)+not(mod(n,3))'"
    path = make("vfr.mkv", "-i", source, "-vf", thin, "-fps_mode", "vfr", "-c:v", "ffv1", "-c:a", "copy")
    seen, heard = in_time(path)
    assert seen == pytest.approx([0.5, 1.5, 2.5], abs=0.1)
    assert heard == pytest.approx([0.5, 1.5, 2.5], abs=0.04)


@pytest.mark.parametrize(("turn", "shape"), [(90, (64, 36)), (180, (36, 64)), (270, (64, 36))])
def test_a_turned_clip_stands(make, turn: int, shape: tuple[int, int]) -> None:
    corner = "color=black:s=64x36:r=24:d=0.5,drawbox=w=16:h=12:c=white:t=fill"
    plain = make("plain.mp4", "-f", "lavfi", "-i", corner)
    path = make("turned.mp4", "-display_rotation", turn, "-i", plain, "-c", "copy")
    picture = host.video(path).get_components().images[0]
    assert picture.shape[:2] == shape
    reference = make("turned.png", "-i", path, "-frames:v", 1)
    wanted = np.asarray(Image.open(reference).convert("RGB"), np.float32) / 255
    assert np.abs(picture - wanted).mean() < 0.03


def test_eight_generations_keep_the_colours(make, tmp_path: Path) -> None:
    colours = np.array([(200, 40, 40), (40, 200, 40), (40, 40, 200), (128, 128, 128)], np.float32)
    first = np.repeat(np.repeat(colours[None], 64, 1), 64, 0)[None].repeat(3, 0) / 255
    images = first
    with here(Place.under(tmp_path)):
        for number in range(8):
            made = encode_components(images, None, Fraction(24), tmp_path / f"{number}.mp4")
            images = made.get_components().images
    drift = (images - first)[:, 8:56, 32::64] * 255
    assert np.abs(drift).max() <= 1.5


def test_a_picture_with_a_few_transparent_frames_is_loaded(tmp_path: Path) -> None:
    place = Place.under(tmp_path)
    with here(place):
        path = place.input / "half.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        solid, clear = Image.new("RGB", (20, 10), "red"), Image.new("RGBA", (20, 10), (0, 0, 255, 0))
        solid.save(path, save_all=True, append_images=[clear])
        images, masks = _loaded("half.tif")
    assert len(images) == len(masks) == 2
    assert masks.shape[1:] == (10, 20)


@pytest.mark.parametrize("name", ["moving.webp", "moving.gif", "moving.png"])
def test_an_animation_gives_all_its_frames(tmp_path: Path, name: str) -> None:
    place = Place.under(tmp_path)
    with here(place):
        path = place.input / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
        images, _ = _loaded(name)
    assert [int(frame.mean(axis=(0, 1)).argmax()) for frame in images] == [0, 1, 2]
