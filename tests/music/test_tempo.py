"""Loops on bar lines, found by listening."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import MediaError
from storyreel.studio.music.composer import compose
from storyreel.studio.music.tempo import loop_of

RATE = 48000


def clicks(bpm: float, bars: int, lead: float = 1.0) -> np.ndarray:
    """Four to the bar: a low knock on one, ticks, an eighth between, over a soft hum."""
    chance = np.random.default_rng(7)
    beat = 60 / bpm
    size = round((bars * 4 * beat + lead) * RATE)
    sound = 0.01 * np.sin(2 * np.pi * 220 * np.arange(size) / RATE)
    fall = np.exp(-np.arange(4800) / 700)
    tick = fall * chance.standard_normal(4800) * 0.15
    knock = np.exp(-np.arange(9600) / 2500) * np.sin(2 * np.pi * 70 * np.arange(9600) / RATE) * 0.6
    for eighth in range(bars * 8):
        at = round((lead + eighth * beat / 2) * RATE)
        sound[at : at + 4800] += (tick * (0.3 if eighth % 2 else 1))[: size - at]
        if eighth % 8 == 0:
            sound[at : at + 9600] += knock[: size - at]
    return sound


@pytest.mark.parametrize("bpm", [76.0, 97.3, 141.0])
def test_the_loop_is_whole_bars_and_its_seam_goes_on_as_the_wave_went(bpm: float, sound, heard) -> None:
    path = sound("clicks.wav", clicks(bpm, bars=6))
    loop = loop_of(path)
    # Twice as fast, counted in eighths, has the same bar lines and some between them.
    assert loop.bpm is not None and min(abs(loop.bpm / bpm / times - 1) for times in (1, 2)) < 0.001
    bar = 4 * 60 / bpm
    bars = float(loop.end - loop.start) / bar
    assert round(bars) in (4, 5, 6) and abs(bars - round(bars)) * bar < 0.010
    # It begins on a first beat.
    begins = (float(loop.start) - 1) / bar
    assert abs(begins - round(begins)) * bar < 0.030
    wave = heard(path)[0]
    start, end = int(loop.start * RATE), int(loop.end * RATE)
    usual = abs(np.diff(wave[start : start + 4800])).max()
    assert abs(wave[start] - wave[end - 1]) < max(0.01, usual / 2)


def test_the_loop_of_a_composed_bed_is_whole_bars(tmp_path: Path) -> None:
    plan = compose("corporate", Fraction(12), 4, tmp_path / "bed.wav")
    loop = loop_of(tmp_path / "bed.wav")
    assert loop.bpm == pytest.approx(plan.bpm, rel=0.002)
    bars = float(loop.end - loop.start) / plan.bar
    assert round(bars) >= 4 and abs(bars - round(bars)) * plan.bar < 0.010


def test_without_a_beat_all_that_sounds_is_the_loop(sound) -> None:
    chance = np.random.default_rng(3)
    hiss = 0.1 * chance.standard_normal(8 * RATE)
    quiet = np.zeros(RATE)
    loop = loop_of(sound("hiss.wav", np.concatenate((quiet, hiss, quiet))))
    assert loop.bpm is None
    assert abs(loop.first - 1) < 0.03 and abs(loop.start - 1) < 0.03 and abs(loop.end - 9) < 0.03


def test_a_short_hum_is_its_own_loop(sound) -> None:
    hum = 0.3 * np.sin(2 * np.pi * 110 * np.arange(RATE) / RATE)
    path = sound("hum.wav", hum)
    loop = loop_of(path)
    assert loop.bpm is None and 0.97 < loop.end - loop.start <= 1
    # Hummed again and again, no seam: the wave is where it was.
    ends = [hum[int(each * RATE) % RATE] for each in (loop.start, loop.end)]
    assert abs(ends[0] - ends[1]) < 0.02


def test_silence_is_no_music(sound) -> None:
    with pytest.raises(MediaError, match=r"nothing\.wav is silent"):
        loop_of(sound("nothing.wav"))
