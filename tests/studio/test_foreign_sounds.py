"""Sounds as others make them: none stops a film, what of them is no number is silent, and that is noted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.media.sound import Mixer, Region, decoded
from storyreel.studio.music import bed_of
from storyreel.studio.music.join import track_of
from storyreel.studio.planning.input_files import LOOKS
from storyreel.studio.render.audio import track_region
from storyreel.studio.render.film import render
from storyreel.studio.render.plan import plan
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import AudioTrack, Timeline, TimelineClip

RATE = 48000
SETTINGS = FilmSettings(width=32, height=32, fps=24, crf=30, preset="ultrafast")
WRONG = [np.nan, np.inf, -np.inf, 1e30]


@pytest.mark.parametrize("codec", ["pcm_f32le", "pcm_f64le"])
@pytest.mark.parametrize("rate", [48000, 44100])
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_number_is_silent_and_the_rest_is_heard(
    tmp_path: Path, ffmpeg, codec, rate, wrong
) -> None:
    sound = np.full((2, rate), 0.25, np.float32)
    sound[:, rate // 2 : rate // 2 + rate // 10] = wrong
    raw, path = tmp_path / "raw", tmp_path / "a.wav"
    sound.T.tofile(raw)
    ffmpeg("-f", "f32le", "-ar", rate, "-ac", 2, "-i", raw, "-c:a", codec, path)
    with Mixer([Region(path, 0, RATE)], RATE) as mixer:
        out = np.concatenate(list(mixer.blocks()), axis=1)
        assert mixer.notes == ("a.wav: 0.1 s of its sound, from 0.4992 s on, is no numbers, and silent",) or (
            len(mixer.notes) == 1 and "a.wav: 0.1 s of its sound, from 0." in mixer.notes[0]
        )
    assert np.isfinite(out).all()
    assert np.abs(out[:, 24100:28700]).max() < 0.01
    assert np.allclose(out[:, 1000:23000], 0.25, atol=0.01) and np.allclose(
        out[:, 30000:47000], 0.25, atol=0.01
    )


def test_a_film_with_such_a_sound_is_made_and_says_so(clip, wav, hear, tmp_path: Path) -> None:
    sound = 0.2 * np.sin(np.arange(RATE) / 20)
    sound[10000:12400] = np.nan
    track = AudioTrack(path=wav("nan.wav", sound))
    for loudness in (None, -16):
        timeline = Timeline(clips=(TimelineClip(path=str(clip("a.mp4"))),), audio=(track,), loudness=loudness)
        film = render(timeline, SETTINGS, tmp_path / "film.mp4")
        assert [note for note in film.notes if "nan.wav: 0.05 s of its sound" in note]
        heard = hear(film.path)[0]
        assert np.abs(heard[10500:11900]).max() < 0.02 and np.abs(heard[20000:40000]).max() > 0.1


@pytest.mark.parametrize("kind", ["tone", "noise", "click", "silence", "clicks", "mono at 8000"])
@pytest.mark.parametrize("seconds", [0.1, 0.13, 0.2, 0.29, 0.31, 1.0])
def test_a_short_sound_is_music_that_is_repeated(
    wav, ffmpeg, tmp_path: Path, kind: str, seconds: float
) -> None:
    count = round(seconds * RATE)
    sound = np.zeros((2, count), np.float32)
    if kind == "tone" or kind.startswith("mono"):
        sound += 0.3 * np.sin(2 * np.pi * 440 * np.arange(count) / RATE)
    elif kind == "noise":
        sound = np.random.default_rng(2).uniform(-0.4, 0.4, (2, count)).astype(np.float32)
    elif kind == "click":
        sound[:, 100:300] = 0.5
    elif kind == "clicks":
        sound[:, ::1200] = 0.5
    path = Path(wav("a.wav", sound))
    if kind.startswith("mono"):
        path, before = tmp_path / "b.wav", path
        ffmpeg("-i", before, "-ac", 1, "-ar", 8000, path)
    LOOKS["music"](path)
    end = Fraction(6)
    region = track_region(track_of(bed_of(path, end), Fraction(0), end), 6 * RATE)
    with Mixer([region], 6 * RATE) as mixer:
        out = np.concatenate(list(mixer.blocks()), axis=1)
    assert out.shape == (2, 6 * RATE) and np.isfinite(out).all()
    for second in range(4):
        there = np.abs(out[:, second * RATE : (second + 1) * RATE + RATE // 10]).max()
        assert there > 0.05 if kind != "silence" else there == 0


def test_what_is_too_short_to_be_repeated_is_refused_by_the_check(wav) -> None:
    with pytest.raises(BadInput, match=r"a\.wav lasts 0\.05 s, too little to be repeated as music"):
        LOOKS["music"](Path(wav("a.wav", np.full(RATE // 20, 0.3))))


def test_a_sound_past_the_films_end_is_noted(clip, wav, tmp_path: Path) -> None:
    effect = wav("bang.wav", np.full(RATE // 2, 0.2))
    tracks = (AudioTrack(path=effect, start=5, role="effects"), AudioTrack(path=effect, start=0.2))
    timeline = Timeline(clips=(TimelineClip(path=str(clip("a.mp4"))),), audio=tracks)
    notes = render(timeline, SETTINGS, tmp_path / "film.mp4").notes
    assert notes == ("audio[0]: bang.wav begins at 5 s, when the film, 1 s long, is over, and isn't heard",)


def test_an_effect_that_the_films_end_cuts_off_is_noted(clip, wav, tmp_path: Path) -> None:
    sound = wav("bang.wav", np.full(2 * RATE, 0.2))
    effect = {"path": sound, "role": "effects"}
    tracks = (
        AudioTrack(**effect, start="0.5"),  # for 1.5 s too long
        AudioTrack(**effect, start="0.5", source_start="1", source_end="1.7"),  # for 0.2 s
        AudioTrack(**effect, start="0.5", source_end="0.5"),
        AudioTrack(**effect, start="0.5", source_end="0.55"),  # too little to be missed
        AudioTrack(**effect, end=1),  # as it was asked for
        AudioTrack(path=sound, start="0.5", role="music"),  # a bed ends with its film
    )
    timeline = Timeline(clips=(TimelineClip(path=str(clip("a.mp4"))),), audio=tracks)
    cut = "bang.wav is cut off by the end of the film, 1 s long; its last"
    assert plan(timeline, SETTINGS).notes == (
        f"audio[0]: {cut} 1.5 s aren't heard",
        f"audio[1]: {cut} 0.2 s aren't heard",
    )


def test_numbers_are_left_as_they_are(wav) -> None:
    sound = np.random.default_rng(3).uniform(-2, 2, (2, RATE)).astype(np.float32)
    assert np.array_equal(np.concatenate(list(decoded(Path(wav("a.wav", sound)))), axis=1), sound)
