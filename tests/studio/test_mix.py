"""Tracks and clips mixed: panned, cut, repeated, held, giving way to a voice, and never clicking."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.media.duck import Ducker, ducked
from storyreel.studio.media.limit import Limiter
from storyreel.studio.media.loudness import measured
from storyreel.studio.media.sound import EDGE, Mixer, Region
from storyreel.studio.render.audio import regions, track_region
from storyreel.studio.render.audio_lines import mixed, read_lines, tracks
from storyreel.studio.render.film import render
from storyreel.studio.render.plan import FilmPlan, plan
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import AudioTrack, Timeline, TimelineClip

RATE = 48000
SETTINGS = FilmSettings(width=32, height=32, fps=24, crf=0, preset="ultrafast")


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (2, round(seconds * RATE))).astype(np.float32)


def tone(seconds: float, pitch: float = 1000, level: float = 0.25) -> np.ndarray:
    return level * np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE)


def heard(made: list[Region], samples: int) -> np.ndarray:
    with Mixer(made, samples) as mixer:
        return np.concatenate(list(mixer.blocks()), axis=1)


def steps(sound: np.ndarray) -> float:
    """The largest step from one sample to the next."""
    return float(np.abs(np.diff(sound, axis=1)).max())


def of_timeline(*clips: TimelineClip, audio: tuple[AudioTrack, ...] = ()) -> FilmPlan:
    return plan(Timeline(clips=clips, audio=audio), SETTINGS)


def test_a_track_sounds_between_its_points_and_nowhere_else(wav) -> None:
    sound = noise(2)
    track = AudioTrack(
        path=wav("noise.wav", sound), start=0.5, source_start="1/3", source_end=1.5, gain_db=-6.0206
    )
    out = heard([track_region(track, 3 * RATE)], 3 * RATE)
    first, last = 24000, 24000 + 72000 - 16000
    assert not out[:, :first].any() and not out[:, last:].any()
    inner = slice(EDGE, -EDGE)
    assert np.allclose(out[:, first:last][:, inner], sound[:, 16000:72000][:, inner] / 2, atol=1e-5)
    ended = track.model_copy(update={"end": Fraction(1)})
    assert not heard([track_region(ended, 3 * RATE)], 3 * RATE)[:, RATE:].any()


def test_pan_balances_and_makes_nothing_louder(wav) -> None:
    path = wav("noise.wav", sound := noise(0.2))
    inner = slice(EDGE, -EDGE)
    for pan, left, right in ((0, 1, 1), (1, 0, 1), (-1, 1, 0), (0.5, 0.5**0.5, 1)):
        out = heard([track_region(AudioTrack(path=path, pan=pan), 9600)], 9600)
        wanted = sound * np.array([[left], [right]])
        assert np.allclose(out[:, inner], wanted[:, inner], atol=1e-6), pan


def test_a_loop_is_exact_to_the_sample_for_ever(wav) -> None:
    """From 0.31 s to 1.13 s again and again: every round has the same samples at the same distance."""
    sound = noise(1.4)
    first, end = round(0.31 * RATE), round(1.13 * RATE)
    track = AudioTrack(
        path=wav("loop.wav", sound), fit="loop", loop_start=0.31, source_end=1.13, source_start=0.1
    )
    out = heard([track_region(track, 12 * RATE)], 12 * RATE)
    place = np.arange(12 * RATE) + 4800
    place = np.where(place < end, place, first + (place - end) % (end - first))
    steady = (place < end - 240) & (np.arange(12 * RATE) > EDGE) & (np.arange(12 * RATE) < 12 * RATE - EDGE)
    assert np.array_equal(out[:, steady], sound[:, place[steady]])
    # At the seam one becomes the other and the level stays: uncorrelated noise neither swells nor fades.
    seams = [out[:, k - 240 : k] for k in np.flatnonzero((place[1:] == first) & (place[:-1] == end - 1)) + 1]
    assert len(seams) == 14
    assert np.sqrt(np.square(seams).mean()) == pytest.approx(np.sqrt(np.square(sound).mean()), rel=0.03)


def test_a_loop_does_not_click(wav) -> None:
    """A tone whose ends don't fit: a hard seam would step by 0.35, the crossfade stays near the wave's own steps."""
    sound = tone(1.5, 333.3)
    for more in ({"loop_start": 0.25}, {}):
        track = AudioTrack(path=wav("loop.wav", sound), fit="loop", source_end=1.2004, **more)
        assert steps(heard([track_region(track, 6 * RATE)], 6 * RATE)) < 1.5 * steps(sound[None])


def test_what_is_not_faded_does_not_click(wav) -> None:
    loud = wav("one.wav", np.full(RATE, 0.5))
    cut = AudioTrack(path=loud, start=0.1, source_start=0.2, source_end=0.7)
    over = Region(Path(loud), at=RATE, samples=2 * RATE, fade_in=EDGE)  # its file ends before it does
    out = heard([track_region(cut, 4 * RATE), over], 4 * RATE)
    assert out.max() == 0.5 and steps(out) < 0.51 / EDGE
    assert not out[:, 2 * RATE :].any()


def test_a_hard_cut_does_not_click_and_a_clip_that_goes_on_is_not_touched(clip) -> None:
    words = ("-c:a", "pcm_s16le")
    low = str(clip("low.mkv", seconds=2, tone=500, words=words))
    high = str(clip("high.mkv", seconds=1, tone=777, words=words))
    whole = of_timeline(TimelineClip(path=low))
    parts = of_timeline(TimelineClip(path=low, duration=1), TimelineClip(path=low, start=1))
    untouched = heard(regions(whole), whole.samples)
    assert np.array_equal(untouched, heard(regions(parts), parts.samples))
    cut = of_timeline(TimelineClip(path=low, duration="1.03125"), TimelineClip(path=high, start="0.125"))
    assert steps(heard(regions(cut), cut.samples)) <= 1.05 * 0.125 * 2 * np.pi * 777 / RATE


def test_a_clips_own_sound_is_turned_down_or_off(clip) -> None:
    path = str(clip("a.mkv", tone=500, words=("-c:a", "pcm_s16le")))
    as_it_is, softer, muted = (
        of_timeline(TimelineClip(path=path, **how)) for how in ({}, {"gain_db": -12.0412}, {"muted": True})
    )
    whole = heard(regions(as_it_is), RATE)
    assert np.allclose(heard(regions(softer), RATE), whole / 4, atol=1e-5) and whole.any()
    assert not muted.has_audio and regions(muted) == []


@pytest.fixture(scope="module")
def talk() -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Words of noise, with pauses of 0.35 s in a sentence; sentences at 2 and at 5.5 s. And the sentences' times."""
    voice = np.zeros((2, 9 * RATE), np.float32)
    for begin, words in ((2.0, 4), (5.5, 3)):
        for word in range(words):
            at = round((begin + 0.6 * word) * RATE)
            voice[:, at : at + RATE // 4] = noise(0.25, word) * 0.3
    return voice, [(2.0, 2.0 + 3 * 0.6 + 0.25), (5.5, 5.5 + 2 * 0.6 + 0.25)]


def decibels(sound: np.ndarray, at: float) -> float:
    """The level at a second, of 10 ms of a tone of 0.25."""
    part = sound[:, round(at * RATE) : round(at * RATE) + 480]
    return 20 * np.log10(np.sqrt(np.square(part, dtype=float).mean()) / (0.25 / 2**0.5))


def test_music_gives_way_to_a_voice_in_time(wav, talk, tmp_path: Path) -> None:
    voice, sentences = talk
    music = wav("music.wav", np.stack([tone(9)] * 2))
    said = wav("voice.wav", voice)
    music_track = AudioTrack(path=music, ducks=True)
    made = [
        track_region(music_track, 9 * RATE),
        track_region(AudioTrack(path=said, role="narration"), 9 * RATE),
    ]
    alone = heard(made, 9 * RATE) - voice
    for begin, end in sentences:
        assert decibels(alone, begin - 0.3) == pytest.approx(0, abs=0.05)
        assert decibels(alone, begin + 0.02) < -10, "down when the first word begins"
        middle = [decibels(alone, at) for at in np.arange(begin + 0.2, end - 0.02, 0.01)]
        assert max(middle) - min(middle) < 0.1 and max(middle) == pytest.approx(-12, abs=0.1), "no pumping"
        assert decibels(alone, end + 0.2) < -11, "not gone at once"
        assert decibels(alone, end + 0.75) > -1, "back within 0.8 s"
    # Only what ducks gives way, and only to narration.
    steadfast = [replace(made[0], ducks=False), made[1]]
    assert decibels(heard(steadfast, 9 * RATE) - voice, 3) == pytest.approx(0, abs=0.05)
    assert decibels(heard([made[0]], 9 * RATE), 3) == pytest.approx(0, abs=0.05)


def test_the_gain_is_smooth_and_the_same_however_it_is_divided(talk) -> None:
    voice, _ = talk
    whole = ducked(np.ones_like(voice), voice)
    ducker, parts, at = Ducker(), [], 0
    for count in np.random.default_rng(2).integers(1, 60, 60) * 240:
        parts.append(ducker.push(voice[:, at : at + count]))
        at += count
        if at >= voice.shape[1]:
            break
    gains = np.concatenate([*parts, ducker.rest()])[: voice.shape[1]]
    assert np.array_equal(gains, whole[0, : len(gains)]) and len(gains) == voice.shape[1]
    # A pure tone stays one: what a step in the gain would add is 80 dB below it.
    spectrum = np.abs(np.fft.rfft(gains * tone(9) * np.blackman(9 * RATE)))
    assert np.delete(spectrum, np.arange(8700, 9300)).max() < spectrum.max() * 1e-4


def test_the_limiter_knows_the_wave_between_the_samples() -> None:
    """At a quarter of the rate a sine's samples all miss its peaks, by 3 dB."""
    hot = np.stack([np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4)] * 2).astype(np.float32)
    assert np.abs(hot).max() < 0.71
    hot *= np.clip(np.minimum(np.arange(RATE), RATE - 960 - np.arange(RATE)) / 480, 0, 1).astype(np.float32)
    for block in (240, 2400, 12000):
        limiter = Limiter(0.8, between=True)
        out = np.concatenate([limiter.push(hot[:, at : at + block]) for at in range(0, RATE, block)], axis=1)
        assert out.shape[1] == RATE - 480
        assert 20 * np.log10(0.8) - 0.3 < measured(iter([out])).true_peak <= 20 * np.log10(0.8) + 0.05
        softly = Limiter(1.01, between=True)
        same = np.concatenate([softly.push(hot[:, at : at + block]) for at in range(0, RATE, block)], axis=1)
        assert np.array_equal(same, hot[:, :-480])


def test_the_limiter_limits_alike_however_it_is_divided() -> None:
    bursts = noise(1) * 4 * (np.sin(np.arange(RATE) / 700) > 0.9)
    whole, *divided = (
        np.concatenate([limiter.push(bursts[:, at : at + block]) for at in range(0, RATE, block)], axis=1)
        for block, limiter in ((48000, Limiter(0.8, between=True)), (240, Limiter(0.8, between=True)))
    )
    assert np.array_equal(whole, divided[0]) and 0.5 < np.abs(whole).max() <= 0.8


def test_a_clip_stands_still_at_its_end_and_is_silent_then(numbered, numbers, clip, tmp_path: Path) -> None:
    path = str(numbered("n.mp4", frames=20))
    clips = (
        TimelineClip(path=path, duration=1, hold=Fraction(8, 24)),
        TimelineClip(path=path, hold=Fraction(3, 24), title="b"),
    )
    film = render(Timeline(clips=clips), SETTINGS, tmp_path / "film.mp4")
    assert numbers(film.path) == [*range(16), *[15] * 8, *range(20), *[19] * 3]
    assert film.markers[1].start == 1 and film.duration == Fraction(47, 24)
    loud = str(clip("loud.mkv", seconds=1, tone=500, words=("-c:a", "pcm_s16le")))
    made = of_timeline(TimelineClip(path=loud, hold=1))
    out = heard(regions(made), made.samples)
    assert made.frames == 48 and out.shape[1] == 2 * RATE
    assert not out[:, RATE:].any() and np.abs(out[:, RATE - 2400 : RATE - 480]).max() > 0.1


def test_faults_of_the_sound_are_told_together(wav, clip) -> None:
    sound, picture = wav("a.wav", noise(1)), str(clip("a.mp4"))
    wrong = {
        "end": AudioTrack(path=sound, start=2, end=1),
        "pan": AudioTrack(path=sound, pan=1.5),
        "source_start": AudioTrack(path=sound, source_start=1),
        "source_end": AudioTrack(path=sound, source_end=5),
        "loop_start": AudioTrack(path=sound, fit="loop", loop_start=0.95),
        "fade_in": AudioTrack(path=sound, fade_in=-1),
        "gain_db": AudioTrack(path=sound, gain_db=float("nan")),
        "ducks": AudioTrack(path=sound, ducks=True, role="narration"),
    }
    clips = (
        TimelineClip(path=picture, duration=1, hold=1),
        TimelineClip(path=picture, duration=2, hold="0.5", gain_db=99),
    )
    with pytest.raises(BadInput) as error:
        plan(Timeline(clips=clips, audio=tuple(wrong.values()), loudness=3), SETTINGS)
    found = {fault.place: str(fault) for fault in error.value.faults}
    assert {f"audio[{number}].{name}" for number, name in enumerate(wrong)} <= set(found)
    assert {"clips[0].hold", "clips[1].duration", "clips[1].gain_db", "loudness"} <= set(found)
    assert all(fault.cure for fault in error.value.faults) and len(found) == len(wrong) + 4
    assert "1.5 s were asked for, a.mp4 has 1 s" in found["clips[1].duration"]


def test_lines_of_tracks(wav) -> None:
    path = wav("a.wav", noise(1))
    one, two = tracks("gain -6 pan .2 at 1.5 from 0.25 to 0.75 fade_in .5\n", [path, path])
    assert one == AudioTrack(
        path=path, gain_db=-6, pan=0.2, start=1.5, source_start=0.25, source_end=0.75, fade_in=0.5
    )
    assert two == AudioTrack(path=path)
    assert tracks("loop again .5 until 9 ducks", [path])[0].fit == "loop"
    with pytest.raises(BadInput) as error:
        read_lines("gian 3\n\npan left")
    assert "did you mean 'gain'" in str(error.value) and "line 3: pan 'left' is no number" in str(error.value)
    with pytest.raises(BadInput, match="there is no sound 2"):
        tracks("\nloop", [path])
    with pytest.raises(BadInput, match="none ends"):
        mixed(tracks("loop", [path]))
    assert mixed(tracks("loop\nat 1.25", [path, path])).shape == (2, 2.25 * RATE)
