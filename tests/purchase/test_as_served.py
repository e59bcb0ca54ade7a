"""Films from clips as the services make them: counted frames, sound beside its picture, the last frame, colours."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from storyreel.emulators import Emulator, encode
from storyreel.emulators.makes import ODD, OURS, Make, make_of, odd
from storyreel.studio.media.frames import extract_frame
from storyreel.studio.media.planes import Planes
from storyreel.studio.media.probe import probe
from storyreel.studio.planning.continuity import Made, last_shown
from storyreel.studio.render import film
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import Timeline, TimelineClip
from storyreel.tests.purchase.conftest import GEN, OMNI, VEO, Set

WIDE, HIGH = 160, 96
MAKES = {
    "veo": make_of("vertex", "veo-3.1-generate-001"),
    "veo fast": make_of("vertex", "veo-3.1-fast-generate-001"),
    "omni": make_of("google", "gemini-omni-1.2-flash"),
    "runway": make_of("runway", "gen4.5"),
    "kling": make_of("kling", "kling-3.0"),
    "kling web": make_of("kling", "kling-v2-6"),
    "seedance": make_of("runway", "seedance2"),
    "hailuo": make_of("runway", "hailuo3"),
    "happyhorse": make_of("runway", "happyhorse_1_0"),
    "sora": make_of("runway", "grok_imagine_1_5"),
    "heygen": make_of("heygen", "avatar_iv"),
} | {form: odd(make_of("vertex", "veo-3.1-generate-001"), form) for form in ODD}


def grey(level: int) -> Planes:
    half = (HIGH // 2, WIDE // 2)
    y = np.full((HIGH, WIDE), level, np.uint8)
    return y, np.full(half, 128, np.uint8), np.full(half, 128, np.uint8)


def clapper(path: Path, make: Make) -> Path:
    """Two seconds and what the make has more: a white frame and a beep, both when frame 0 has been there for a
    second."""
    count = make.frames(2)
    levels = [235 if number == make.fps else 60 for number in range(count)]
    sound = np.zeros((2, make.samples(count)), np.float32)
    second = make.rate * (make.fps + make.lead) // make.fps
    beep = slice(second, second + make.rate // 10)
    sound[:, beep] = 0.5 * np.sin(np.arange(make.rate // 10) * 2 * np.pi * 1000 / make.rate)
    path.write_bytes(encode.write((grey(level) for level in levels), WIDE, HIGH, sound, make))
    return path


def seen_and_heard(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Mean luma of each frame, and the loudness of each sample."""
    with av.open(str(path)) as container:
        seen = np.array([frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)])
    with av.open(str(path)) as container:
        heard = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    return seen, np.abs(heard).max(axis=0)


@pytest.mark.parametrize("name", MAKES)
def test_sound_stays_beside_its_picture(name: str, tmp_path: Path) -> None:
    path = clapper(tmp_path / "clip.mp4", MAKES[name])
    info = probe(path)
    assert info.duration == pytest.approx(Fraction(MAKES[name].frames(2), MAKES[name].fps), abs=1e-6)
    clip = TimelineClip(path=str(path), duration=Fraction(15, 8), generated=True)
    settings = FilmSettings(width=WIDE, height=HIGH, fps=Fraction(24))
    made = film.render(Timeline(clips=(clip, clip, clip)), settings, tmp_path / "film.mp4")
    seen, heard = seen_and_heard(Path(made.path))
    assert len(seen) == made.frames == 3 * 45
    flashes = np.flatnonzero((seen[1:] > 150) & (seen[:-1] <= 150)) + 1
    beeps = [
        int(first)
        for number in range(3)
        for first in [np.argmax(heard[number * 90_000 :] > 0.1) + number * 90_000]
    ]
    assert flashes.tolist() == [24, 69, 114]
    for flash, beep in zip(flashes, beeps, strict=True):
        assert abs(beep / 48_000 - flash / 24) < 1 / 24
    assert abs(len(heard) - 3 * 90_000) <= 1024


@pytest.mark.parametrize("name", MAKES)
def test_the_last_frame_is_the_last_one_that_is_there(name: str, tmp_path: Path) -> None:
    make = MAKES[name]
    count = make.frames(2)
    levels = [40 + 3 * number for number in range(count)]
    path = tmp_path / "clip.mp4"
    path.write_bytes(encode.write((grey(level) for level in levels), WIDE, HIGH, None, replace(make, crf=6)))

    def level_of(pixels: np.ndarray) -> float:
        return 16 + float(pixels.mean()) * 219 / 255

    last = level_of(extract_frame(path, "last", generated=True))
    assert abs(last - levels[-1]) < 1.5
    shown = Made(path, "x", shows=Fraction(3, 2))
    assert abs(level_of(last_shown(shown)) - levels[-(-make.fps * 3 // 2) - 1]) < 1.5


def test_an_extension_goes_on_with_the_first_frame_that_was_added(studio: Set, tmp_path: Path) -> None:
    scenes = VEO, VEO | {"prompt": "on", "extend": "previous", "duration": 7}
    shooting = studio.shoot(*scenes, fps=24)
    made = film.render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    with av.open(str(made.path)) as container:
        frames = [frame.to_ndarray()[:8, :8].mean() for frame in container.decode(video=0)]
    assert len(frames) == 11 * 24
    changes = np.flatnonzero(np.abs(np.diff(frames)) > 2) + 1
    assert changes.tolist() == [96], "one cut, where the scene begins"
    assert not any(clip.about["losses"] for clip in shooting.timeline.clips)


@pytest.mark.parametrize("form", ODD)
def test_an_odd_file_is_shown_as_any_other(studio: Set, form: str, tmp_path: Path) -> None:
    studio.emulator.misbehave({"what": "odd_file", "form": form})
    shooting = studio.shoot(VEO, GEN, fps=8)
    made = film.render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    seen, heard = seen_and_heard(Path(made.path))
    assert len(seen) == 6 * 8
    assert not any(clip.about["losses"] for clip in shooting.timeline.clips)
    assert heard[: 3 * 48_000].max() > 0.01 and heard[int(4.1 * 48_000) :].max() < 0.001
    again = studio.shoot(VEO, GEN, fps=8)
    assert [clip.about["reused"] for clip in again.timeline.clips] == [True, True]
    assert len(studio.jobs()) == 2 and not studio.emulator.record()["faults"]


def test_untagged_colours_of_small_clips_are_bt709(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    colour = 200, 30, 60
    Image.new("RGB", (640, 360), colour).save(tmp_path / "still.png")
    with Emulator(work=0.05, picture="footage") as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        studio = Set(emulator, tmp_path)
        studio.configure("")
        shooting = studio.shoot(OMNI | {"first_frame": "still.png"}, fps=24)
    made = film.render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")
    with av.open(str(made.path)) as container:
        frame = next(container.decode(video=0))
        assert int(frame.colorspace) == 1
        pixels = frame.to_ndarray(format="rgb24")
    assert np.abs(pixels.mean(axis=(0, 1)) - colour).max() < 5


def test_what_a_small_files_colours_are_is_guessed_by_its_source(tmp_path: Path) -> None:
    untagged, tagged = tmp_path / "a.mp4", tmp_path / "b.mp4"
    for path, make in ((untagged, MAKES["veo"]), (tagged, OURS)):
        path.write_bytes(encode.plain(640, 360, 24, False, 3, make))
    assert (probe(untagged).matrix, probe(untagged).guessed) == ("bt601", True)
    assert probe(untagged, generated=True).matrix == "bt709"
    assert (probe(tagged).matrix, probe(tagged).guessed) == ("bt709", False)
    large = tmp_path / "c.mp4"
    large.write_bytes(encode.plain(1280, 720, 24, False, 3, MAKES["veo"]))
    assert probe(large).matrix == "bt709"
