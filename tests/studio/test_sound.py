"""Sound at the exact sample, faded, looped, limited, and never drifting."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import MediaError
from storyreel.studio.media.sound import Mixer, Region, decoded

RATE = 48000


def wav(ffmpeg, path: Path, samples: np.ndarray, rate: int = RATE, words: tuple[object, ...] = ()) -> Path:
    """`samples` float32 [n] or [2, n] as a sound file."""
    raw = path.with_suffix(".raw")
    samples = np.atleast_2d(samples).astype(np.float32)
    samples.T.tofile(raw)
    codec = words or ("-c:a", "pcm_f32le")
    ffmpeg("-f", "f32le", "-ar", rate, "-ac", len(samples), "-i", raw, *codec, path)
    return path


def mixed(regions: list[Region], samples: int, step: int = 1601) -> np.ndarray:
    with Mixer(regions, samples) as mixer:
        parts = [mixer.read(min(step, samples - done)) for done in range(0, samples, step)]
    out = np.concatenate(parts, axis=1)
    assert out.dtype == np.float32 and out.shape == (2, samples)
    return out


def sine(frequency: float, samples: int, rate: int = RATE, level: float = 0.5) -> np.ndarray:
    return level * np.sin(2 * np.pi * frequency * np.arange(samples) / rate)


def test_passes_bit_by_bit_at_its_place(ffmpeg, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, (2, 30000)).astype(np.float32)
    path = wav(ffmpeg, tmp_path / "noise.wav", noise)
    out = mixed([Region(path, at=12345, samples=30000)], 60000)
    assert np.array_equal(out[:, 12345:42345], noise)
    assert not out[:, :12345].any() and not out[:, 42345:].any()


@pytest.mark.parametrize("start", [Fraction(1, 10), Fraction(1, 3), Fraction(3)])
def test_starts_at_the_exact_sample(ffmpeg, tmp_path: Path, start: Fraction) -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, 5 * RATE).astype(np.float32)
    path = wav(ffmpeg, tmp_path / "noise.wav", noise)
    out = mixed([Region(path, at=0, samples=RATE, start=start)], RATE)
    first = round(start * RATE)
    assert np.array_equal(out[0], noise[first : first + RATE])


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "libvorbis", "libopus", "flac"])
@pytest.mark.parametrize("start", [Fraction(0), Fraction(3, 2)])
def test_codecs_that_pad_are_cut_where_the_sound_begins(
    ffmpeg, tmp_path: Path, codec: str, start: Fraction
) -> None:
    tone = sine(997, 3 * RATE)
    path = wav(ffmpeg, tmp_path / "tone.mkv", tone, words=("-c:a", codec, "-b:a", "192k"))
    out = mixed([Region(path, at=0, samples=RATE, start=start)], RATE)[0]
    first = round(start * RATE)
    wanted = tone[first : first + RATE]
    window = slice(4800, -4800)
    errors = [np.abs(np.roll(out, k)[window] - wanted[window]).mean() for k in range(-48, 49)]
    # Matroska's milliseconds are 48 samples; a lost encoder delay would be 1000 or more.
    assert min(errors) < 0.02


def test_mono_at_another_rate_keeps_its_pitch_and_length(ffmpeg, tmp_path: Path) -> None:
    path = wav(ffmpeg, tmp_path / "mono.wav", sine(441, 5 * 44100, 44100), rate=44100)
    out = np.concatenate(list(decoded(path)), axis=1)
    assert abs(out.shape[1] - 5 * RATE) <= 1
    assert np.array_equal(out[0], out[1])
    # A mono sound in a stereo film is as loud as before.
    assert np.abs(out[0, 4800:-4800] - sine(441, 5 * RATE)[4800 : out.shape[1] - 4800]).max() < 0.01


def test_eight_bits_and_surround(ffmpeg, tmp_path: Path) -> None:
    small = wav(ffmpeg, tmp_path / "u8.wav", sine(441, 8000, 8000), rate=8000, words=("-c:a", "pcm_u8"))
    out = np.concatenate(list(decoded(small)), axis=1)
    assert 0.45 < np.abs(out).max() < 0.6
    many = tmp_path / "six.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=d=1,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0", many)
    assert np.concatenate(list(decoded(many)), axis=1).shape == (2, RATE)


def test_fades_are_linear_and_a_crossfade_keeps_the_level(ffmpeg, tmp_path: Path) -> None:
    path = wav(ffmpeg, tmp_path / "one.wav", np.full(RATE, 0.5))
    half = RATE // 2
    regions = [Region(path, 0, RATE, fade_out=half), Region(path, half, RATE, fade_in=half)]
    out = mixed(regions, RATE + half)[0]
    assert np.abs(out - 0.5).max() < 1e-6
    first = mixed(regions[:1], RATE)[0]
    assert np.allclose(first[half:], 0.5 * (1 - np.arange(half) / half), atol=1e-6)


def test_a_loop_has_no_seam(ffmpeg, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, 7001).astype(np.float32)
    path = wav(ffmpeg, tmp_path / "noise.wav", noise)
    out = mixed([Region(path, at=100, samples=40000, loop=True)], 40100)
    assert np.array_equal(out[0, 100:], np.resize(noise, 40000))


def test_a_loop_of_nothing_is_said(ffmpeg, tmp_path: Path) -> None:
    path = wav(ffmpeg, tmp_path / "nothing.wav", np.zeros(0))
    with pytest.raises(MediaError, match=r"nothing\.wav"):
        mixed([Region(path, at=0, samples=100, loop=True)], 100)


def test_gain(ffmpeg, tmp_path: Path) -> None:
    path = wav(ffmpeg, tmp_path / "one.wav", np.full(RATE, 0.5))
    assert np.allclose(mixed([Region(path, 0, RATE, gain=0.25)], RATE), 0.125)


def test_a_sum_that_is_too_loud_is_turned_down_not_clipped(ffmpeg, tmp_path: Path) -> None:
    loud = wav(ffmpeg, tmp_path / "loud.wav", sine(200, 2 * RATE, level=0.9))
    quiet = sine(200, 4 * RATE, level=0.9)
    regions = [
        Region(loud, 0, 2 * RATE),
        Region(loud, RATE, RATE, start=Fraction(1)),
        Region(loud, 2 * RATE, 2 * RATE),
    ]
    out = mixed(regions, 4 * RATE)[0]
    assert np.abs(out).max() <= 1.0
    # Before and well after the loud second it is what it was, bit by bit.
    assert np.allclose(out[: RATE - 480], quiet[: RATE - 480], atol=1e-6)
    assert np.allclose(out[3 * RATE :], quiet[3 * RATE :], atol=1e-6)
    # In it the wave is smaller, and still a sine: nothing was cut flat.
    second = out[RATE + 9600 : 2 * RATE - 9600]
    spectrum = np.abs(np.fft.rfft(second * np.hanning(len(second))))
    peak = int(spectrum.argmax())
    assert 0.9 < np.abs(second).max() <= 1.0
    assert spectrum[peak + 20 :].max() < spectrum[peak] / 300


def test_a_hole_in_the_sound_is_silence_and_what_follows_comes_in_time(ffmpeg, tmp_path: Path) -> None:
    tone = wav(ffmpeg, tmp_path / "tone.wav", sine(997, 3 * RATE))
    path = tmp_path / "hole.mkv"
    ffmpeg("-i", tone, "-af", "aselect='not(between(t,1,2))'", "-c:a", "pcm_s16le", path)
    out = np.concatenate(list(decoded(path)), axis=1)[0]
    assert abs(len(out) - 3 * RATE) < 2100
    assert np.abs(out[RATE + 2400 : 2 * RATE - 2400]).max() < 1e-3
    assert np.abs(out[2 * RATE + 2400 :]).max() > 0.45 and np.abs(out[: RATE - 2400]).max() > 0.45


def test_never_drifts(ffmpeg, tmp_path: Path) -> None:
    """A click every second, at a rate that doesn't divide ours, over two minutes of 44.1 kHz in AAC."""
    clicks = np.zeros(120 * 44100)
    clicks[::44100] = 0.9
    path = wav(ffmpeg, tmp_path / "clicks.m4a", clicks, rate=44100, words=("-c:a", "aac", "-b:a", "192k"))
    out = mixed([Region(path, 0, 120 * RATE, start=Fraction(0))], 120 * RATE)[0]
    for second in range(1, 120):
        near = out[second * RATE - 2000 : second * RATE + 2000]
        assert abs(int(np.abs(near).argmax()) - 2000) <= 2


def test_sound_that_begins_after_the_picture(ffmpeg, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, RATE).astype(np.float32)
    sound = wav(ffmpeg, tmp_path / "noise.wav", noise)
    path = tmp_path / "late.mov"
    ffmpeg("-itsoffset", 0.5, "-i", sound, "-c:a", "pcm_f32le", path)
    out = np.concatenate(list(decoded(path, Fraction(0))), axis=1)[0]
    assert not out[:24000].any()
    assert np.array_equal(out[24000:], noise)


def test_a_file_without_sound_gives_none(clip) -> None:
    assert list(decoded(clip("mute.mp4"))) == []
