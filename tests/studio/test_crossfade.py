"""Two clips' sounds in a join: as loud throughout, whatever they have in common."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from storyreel.studio.media.sound import Mixer
from storyreel.studio.render.audio import regions
from storyreel.studio.render.plan import FilmPlan, plan
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import Timeline, TimelineClip

RATE = 48000
SETTINGS = FilmSettings(width=64, height=36, fps=24)


@pytest.fixture
def sounding(clip, wav, ffmpeg, tmp_path):
    """Makes a clip of three seconds with this sound, uncompressed."""

    def make(name: str, sound: np.ndarray) -> str:
        picture, path = clip(f"{name}.mp4", seconds=3), tmp_path / f"{name}.mov"
        ffmpeg("-i", picture, "-i", wav(f"{name}.wav", sound), "-c:v", "copy", "-c:a", "pcm_f32le", path)
        return str(path)

    return make


def noise(seed: int, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, (2, 3 * RATE)).astype(np.float32)


def joined(one: str, other: str, start: float = 0) -> FilmPlan:
    """The second of one clip at 2 s turns into the other's from `start` on."""
    second = TimelineClip(path=other, transition="crossfade", overlap=1, start=Fraction(start))
    return plan(Timeline(clips=(TimelineClip(path=one), second)), SETTINGS)


def heard(made: FilmPlan) -> np.ndarray:
    with Mixer(regions(made), made.samples) as mixer:
        return mixer.read(made.samples)


def decibels(sound: np.ndarray, begin: float, end: float) -> float:
    return 20 * np.log10(np.sqrt(np.square(sound[:, int(begin * RATE) : int(end * RATE)]).mean()))


def test_unrelated_sounds_are_as_loud_in_the_join_as_beside_it(sounding) -> None:
    sound = heard(joined(sounding("a", noise(1)), sounding("b", noise(2))))
    for tenth in range(10):
        begin = 2 + tenth / 10
        assert decibels(sound, begin, begin + 0.1) == pytest.approx(-20, abs=0.5)
    assert decibels(sound, 0.1, 1.9) == pytest.approx(-20, abs=0.1)


def test_a_sound_that_goes_on_in_the_next_clip_is_not_changed(sounding) -> None:
    path, sound = sounding("a", noise(1)), noise(1)
    made = joined(path, path, start=2)
    assert np.abs(heard(made)[:, RATE // 10 : -RATE // 10] - sound[:, RATE // 10 : -RATE // 10]).max() < 1e-5


def test_what_is_the_same_in_part_keeps_its_level_too(sounding) -> None:
    """Half of the power is one ambience in both clips."""
    common = noise(3)
    one, other = (common + noise(1)) / 2**0.5, (np.roll(common, -2 * RATE, axis=1) + noise(2)) / 2**0.5
    sound = heard(joined(sounding("a", one), sounding("b", other)))
    levels = [decibels(sound, 2 + tenth / 10, 2.1 + tenth / 10) for tenth in range(10)]
    assert levels == pytest.approx([-20] * 10, abs=0.5)


@pytest.mark.parametrize("silent", ["first", "second", "both"])
def test_beside_silence_a_sound_fades_in_a_straight_line(sounding, silent: str) -> None:
    loud, nothing = np.full((2, 3 * RATE), 0.25), np.zeros((2, 3 * RATE))
    one, other = {"first": (nothing, loud), "second": (loud, nothing), "both": (nothing, nothing)}[silent]
    sound = heard(joined(sounding("a", one), sounding("b", other)))
    assert np.isfinite(sound).all()
    line = np.arange(RATE) / RATE * 0.25
    wanted = {"first": line, "second": 0.25 - line, "both": 0 * line}[silent]
    assert np.abs(sound[:, 2 * RATE : 3 * RATE] - wanted).max() < 1e-4
