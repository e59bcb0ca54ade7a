"""The composed beds: exact length, level, ends, chords and tempo, measured on what was written."""

from __future__ import annotations

import hashlib
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.media.loudness import measured
from storyreel.studio.music import MOODS
from storyreel.studio.music.composer import compose, piece, played
from storyreel.studio.music.composer.drums import DRUMS
from storyreel.studio.music.composer.form import formed
from storyreel.studio.music.composer.harmony import Key, chord, voiced
from storyreel.studio.music.composer.score import score
from storyreel.studio.music.composer.table import TABLE

RATE = 48000


@pytest.mark.parametrize("mood", MOODS)
def test_a_bed_has_its_length_its_level_and_soft_ends(mood: str, tmp_path: Path, heard) -> None:
    seconds = Fraction(13, 3)
    compose(mood, seconds, 3, tmp_path / "bed.wav")
    sound = heard(tmp_path / "bed.wav")
    assert sound.shape == (2, 208000)
    assert abs(sound).max() <= 10 ** (-3 / 20)
    loudness = measured(tmp_path / "bed.wav").integrated
    assert loudness is not None and abs(loudness + 18) <= 1
    assert abs(sound[:, :3]).max() < 0.01 and abs(sound[:, -480:]).max() < 0.001
    # It rings until the end, and isn't cut off before.
    assert abs(sound[:, -RATE:-24000]).max() > 0.003
    # Two sides that are heard as one: wide, and nothing is lost in mono.
    assert 0.05 < np.corrcoef(sound)[0, 1] < 0.999
    # Nothing jumps: from one sample to the next the wave never goes further than its treble can take it.
    assert abs(np.diff(sound)).max() < 0.35


def test_every_mood_has_its_own_tempo_mode_or_players() -> None:
    assert set(TABLE) == set(MOODS)
    assert len({(row.mode, row.bpm) for row in TABLE.values()}) == len(MOODS)
    assert len({frozenset(layer.sound for layer in row.layers) for row in TABLE.values()}) == len(MOODS)


def test_a_seed_is_the_same_bytes_and_another_another_piece(tmp_path: Path) -> None:
    def made(seed: int) -> str:
        path = tmp_path / "bed.wav"
        compose("playful", Fraction(1), seed, path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    assert made(1) == made(1) != made(2)


@pytest.mark.parametrize("mood", MOODS)
def test_the_form_fills_any_time_to_the_end(mood: str) -> None:
    row = TABLE[mood]
    usual = row.beats * 60 / row.bpm
    for seconds in (0.2, 1, 2.5, 4, 7, 11.3, 30, 61.7, 180, 600):
        form = formed(row, seconds, seed=5)
        assert form.end + form.ring == pytest.approx(seconds)
        assert form.ring > min(seconds, 0.95) - 1e-9
        assert abs(form.bar / usual - 1) < 0.1
        if seconds > 30:
            assert row.ring * 0.5 < form.ring < row.ring + usual
            assert {"A", "B", "E"} <= {bar.section for bar in form.bars}
        assert all(0 <= note.at / RATE < seconds for note in score(row, form, 5))


def test_a_long_piece_has_all_its_sections_and_a_cadence() -> None:
    form = formed(TABLE["happy"], 120.0, seed=0)
    assert form.bars[0].section == "I"
    assert {bar.section for bar in form.bars} == set("IABDE")
    assert form.last.root == form.key.tonic
    dominant = (form.key.tonic + 7) % 12
    assert form.bars[-1].section == "E" and form.bars[-1].chord.root == dominant


@pytest.mark.parametrize("mood", ["calm", "energetic"])
def test_each_bar_has_the_notes_of_its_chord(mood: str) -> None:
    row = TABLE[mood]
    row = row._replace(layers=tuple(layer for layer in row.layers if layer.sound not in DRUMS))
    form = formed(row, 10.0, seed=2)
    sound = np.concatenate(list(played(row, form, 10 * RATE, 2)), axis=1).mean(axis=0)
    hz = np.fft.rfftfreq(1 << 18, 1 / RATE)
    low = (hz > 120) & (hz < 1000)
    tones = np.round(12 * np.log2(hz[low] / 440) + 69).astype(int) % 12
    for number, bar in enumerate(form.bars):
        part = sound[int((number + 0.1) * form.bar * RATE) : int((number + 1) * form.bar * RATE)]
        power = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 18))[low] ** 2
        chroma = np.bincount(tones, power, 12) / power.sum()
        assert chroma[list(bar.chord.tones)].sum() > 0.75, (number, bar)


@pytest.mark.parametrize("mood", [mood for mood in MOODS if not TABLE[mood].swing])
def test_every_note_is_near_its_place_in_the_bar(mood: str) -> None:
    form = formed(TABLE[mood], 40.0, seed=4)
    notes = [note for note in score(TABLE[mood], form, 4) if note.at / RATE < form.end - 0.05]
    grids = {len(bar) for layer in TABLE[mood].layers for bars in layer.bars for bar in bars.split("|")}
    for note in notes:
        steps = [note.at / RATE / form.bar * grid for grid in grids]
        off = min(abs(step - round(step)) / grid for step, grid in zip(steps, grids, strict=True)) * form.bar
        assert off < 0.05, note
    assert len({note.at for note in notes}) > len(form.bars)


def test_moods_of_one_film_share_their_notes() -> None:
    def notes(mood: str) -> set[int]:
        key = formed(TABLE[mood], 30.0, seed=9).key
        return {key.degree(number) for number in range(7)}

    assert notes("happy") == notes("sad") == notes("dark") == notes("playful")
    assert piece("happy", Fraction(30), 9).key != piece("sad", Fraction(30), 9).key


def test_voices_move_little() -> None:
    key = Key(0, "ionian")
    assert [chord(word, key).tones for word in ("1", "5M7", "6", "b6", "4s2")] == [
        (0, 4, 7),
        (7, 11, 2, 5),
        (9, 0, 4),
        (8, 0, 3),
        (5, 7, 0),
    ]
    before = voiced(chord("1", key).tones, 60)
    for word in ("6", "4", "5", "1"):
        after = voiced(chord(word, key).tones, 60, before)
        assert max(min(abs(note - old) for old in before) for note in after) <= 3
        assert {note % 12 for note in after} == set(chord(word, key).tones)
        before = after


def test_a_long_bed_takes_no_more_memory() -> None:
    row = TABLE["dark"]

    def most(seconds: int) -> int:
        form = formed(row, float(seconds), seed=1)
        tracemalloc.start()
        for _ in played(row, form, seconds * RATE, 1):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert most(24) < most(8) + 12_000_000 < 60_000_000
