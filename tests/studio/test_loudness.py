"""Loudness measured, and films brought to it: looked at in the finished file, by a meter that is not ours."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import av
import numpy as np
import pytest
from storyreel.studio.errors import Interrupted, MediaError
from storyreel.studio.media.loudness import NOTHING, measured
from storyreel.studio.progress import Watch
from storyreel.studio.render.film import Film, render
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import AudioTrack, Timeline, TimelineClip

RATE = 48000
SETTINGS = FilmSettings(width=32, height=32, fps=24, crf=30, preset="ultrafast")


@pytest.fixture
def film(clip, wav, tmp_path: Path):
    """A film with this sound over it, as long as it, brought to a loudness."""

    def make(sound: np.ndarray, loudness: float | None = -14) -> Film:
        seconds = sound.shape[-1] / RATE
        path = clip("mute.mkv", size="32x32", seconds=seconds)
        tracks = (AudioTrack(path=wav("sound.wav", sound)),)
        timeline = Timeline(clips=(TimelineClip(path=str(path)),), audio=tracks, loudness=loudness)
        return render(timeline, SETTINGS, tmp_path / "film.mp4")

    return make


@pytest.fixture
def meter(ffmpeg):
    """LUFS and dBTP of a file, as another ffmpeg measures them."""

    def read(path: Path) -> tuple[float, float]:
        words = (
            "-v",
            "info",
            "-nostats",
            "-i",
            path,
            "-af",
            "ebur128=peak=true:framelog=quiet",
            "-f",
            "null",
            "-",
        )
        said = ffmpeg(*words).stderr.decode()
        integrated, peak = (re.findall(rf"{name}:\s+(-?[\d.]+|-inf) ", said)[-1] for name in ("I", "Peak"))
        return float(integrated), float(peak)

    return read


def pink(seconds: float, seed: int = 1) -> np.ndarray:
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * RATE)))
    pitch = np.arange(len(spectrum)) / seconds
    wave = np.fft.irfft(np.where(pitch < 40, 0, spectrum / np.sqrt(np.maximum(1, pitch))))
    return wave / np.abs(wave).max()


def hits(seconds: float) -> np.ndarray:
    """A drum four times a second, with a sharp beginning, far above full scale."""
    place = np.arange(round(seconds * RATE)) % 12000
    body = np.exp(-place / 1500) * np.sin(2 * np.pi * 60 * place / RATE)
    return 2 * body + 1.5 * np.exp(-place / 300) * np.random.default_rng(4).standard_normal(len(place))


def saw(seconds: float) -> np.ndarray:
    return 0.8 * (2 * (np.arange(round(seconds * RATE)) * 331 / RATE % 1) - 1)


def spoken(seconds: float) -> np.ndarray:
    """Syllables and pauses: soft, with peaks far above its loudness."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (
        0.2
        * pink(seconds)
        * (np.sin(2 * np.pi * 0.9 * time) > -0.3)
        * np.abs(np.sin(2 * np.pi * 2.7 * time)) ** 3
    )


def test_what_the_standards_say(wav) -> None:
    sine = np.sin(2 * np.pi * 997 * np.arange(3 * RATE) / RATE)
    both = measured(wav("both.wav", 10 ** (-23 / 20) * sine))
    assert both.integrated == pytest.approx(-23, abs=0.1) and both.true_peak == pytest.approx(-23, abs=0.1)
    left = measured(iter([np.stack([sine, 0 * sine]).astype(np.float32)]))
    assert left.integrated == pytest.approx(-3.01, abs=0.1), "BS.1770's own example"
    between = np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4) * np.hanning(RATE)
    assert np.abs(between).max() < 0.71
    assert measured(wav("between.wav", between)).true_peak == pytest.approx(0, abs=0.1)
    at_the_end = np.zeros(RATE + 1000)
    at_the_end[-300:] = 0.5
    assert measured(wav("end.wav", at_the_end)).true_peak > -6.1, "in the last, unfinished tenth of a second"


def test_silence_and_what_is_too_short(wav, tmp_path: Path) -> None:
    assert measured(wav("silence.wav", np.zeros(RATE)))[:2] == (NOTHING, -120)
    short = measured(wav("short.wav", np.full(15000, 0.5) * np.hanning(15000)))
    assert short.integrated == NOTHING and short.true_peak == pytest.approx(-6, abs=0.1)
    with pytest.raises(MediaError, match="does not exist"):
        measured(tmp_path / "nowhere.wav")


def test_a_file_is_measured_again_when_it_changed(wav) -> None:
    path = wav("a.wav", pink(1))
    before = measured(path)
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[:-RATE] + bytes(RATE))
    os.utime(path, ns=(1, 1))
    assert measured(path) != before


@pytest.mark.parametrize("name", ["spoken", "pink", "hits over a saw", "white"])
def test_a_film_has_its_loudness_and_no_peak_above_its_limit(film, meter, hear, name: str) -> None:
    white = np.random.default_rng(5).standard_normal((2, 2 * RATE)) * 0.3
    sound = {"spoken": spoken(2), "pink": pink(2), "hits over a saw": hits(2) + saw(2), "white": white}[name]
    made = film(sound)
    assert made.notes == ()
    integrated, peak = meter(made.path)
    assert integrated == pytest.approx(-14, abs=0.5) and peak <= -1
    assert made.loudness is not None
    told = made.to_plain()["loudness"]
    assert told["integrated"] == pytest.approx(integrated, abs=0.1)
    assert told["true_peak"] == pytest.approx(peak, abs=0.1)
    assert 0 <= hear(made.path).shape[1] - made.frames * 2000 < 1024
    with av.open(str(made.path)) as container:
        assert container.streams.audio[0].duration == made.frames * 2000


def test_it_gets_louder_as_a_whole(film, hear) -> None:
    """A soft half and a loud half: both change by the same, nothing is squeezed together."""
    sound = 0.1 * pink(4)
    sound[: 2 * RATE] *= 0.2
    halves = []
    for loudness in (None, -20):
        out = hear(film(sound, loudness).path)
        halves.append([np.square(out[:, at : at + RATE]).mean() for at in (RATE // 2, 5 * RATE // 2)])
    (soft, loud), (softer, louder) = halves
    assert loud / soft == pytest.approx(louder / softer, rel=0.03) and louder > 1.5 * loud


def test_what_cannot_be_so_loud_is_said(film, meter) -> None:
    made = film(hits(2))
    assert len(made.notes) == 1 and "LUFS instead of -14: more would squeeze its peaks" in made.notes[0]
    assert meter(made.path)[1] <= -1


def test_silence_stays_silence_and_a_blip_is_left_alone(film, hear) -> None:
    silent = film(np.zeros(RATE))
    assert not hear(silent.path).any() and silent.notes == () and "loudness" not in silent.to_plain()
    blip = film(0.1 * pink(0.25))
    assert blip.notes == ("the sound is too short for its loudness to be told",)
    assert blip.loudness is None and np.abs(hear(blip.path)).max() < 0.13


def test_an_interrupt_while_it_listens_leaves_nothing(
    clip, wav, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first pass, and while the sound is being encoded."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    tracks = (AudioTrack(path=wav("sound.wav", 0.1 * pink(3))),)
    clips = (TimelineClip(path=str(clip("mute.mkv", size="32x32", seconds=3))),)
    timeline = Timeline(clips=clips, audio=tracks, loudness=-14)
    for passes in (0, 1):
        told: list[float] = []
        watch = Watch(lambda done, label: told.append(done), lambda: len(told) > 3 * passes + 1)  # noqa: B023
        with pytest.raises(Interrupted):
            render(timeline, SETTINGS, tmp_path / "film.mp4", watch)
        assert told == sorted(told) and told[-1] < 0.1
        assert list(temporary.iterdir()) == [] and not (tmp_path / "film.mp4").exists()


def test_without_a_loudness_nothing_is_changed(film, hear) -> None:
    made = film(0.1 * pink(1), None)
    assert made.loudness is None and made.notes == ()
    assert np.abs(hear(made.path)).max() < 0.13
