"""Who makes the music, from which track, and how the pieces of a film meet."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.media.sound import Mixer
from storyreel.studio.music import MOODS, mood_of, music_faults, music_for, sections
from storyreel.studio.music.library import library
from storyreel.studio.music.moods import SYNONYMS
from storyreel.studio.render.audio import track_region

RATE = 48000


def test_words_for_moods() -> None:
    assert [
        mood_of(word) for word in ("Upbeat", "suspense", "dramatic", "peaceful", "feel-good", "jazz")
    ] == [
        *("happy", "tense", "epic", "calm", "happy"),
        None,
    ]
    assert set(SYNONYMS.values()) == set(MOODS) and not set(SYNONYMS) & set(MOODS)


def test_what_says_a_track_s_mood(tmp_path: Path, sound) -> None:
    sound("epic/one.wav")
    sound("two.flac", mood="Dreamy; sad", title="Two")
    sound("calm/three.mp3", genre="Jazz", TBPM="98", TMOO="tense")
    sound("bossa/four.flac", genre="Cinematic")
    sound("Happy-Days_05.wav")
    sound("nobody knows.wav")
    sound("six.wav")
    (tmp_path / "music.yaml").write_text("six.wav: {moods: [dark, odd], bpm: 90, title: The Sixth}\n")
    found = library(tmp_path)
    assert [(track.name, track.moods) for track in found.tracks] == [
        ("Happy-Days_05.wav", ("happy",)),
        ("bossa/four.flac", ("epic", "bossa")),
        ("calm/three.mp3", ("tense",)),
        ("epic/one.wav", ("epic",)),
        ("nobody knows.wav", ()),
        ("six.wav", ("dark", "odd")),
        ("two.flac", (["dreamy", "sad"][0], "sad", "calm")),
    ]
    tempi = {track.name: track.entry.bpm or track.tags.bpm for track in found.tracks}
    assert tempi["calm/three.mp3"] == 98 and tempi["six.wav"] == 90
    assert [track.title for track in found.of("odd") + found.of("peaceful")] == ["The Sixth", "Two"]
    assert found.of("dramatic") == found.of("epic") and len(found.of("epic")) == 2


def test_a_seed_draws_the_same_track_whatever_else_lies_there(tmp_path: Path, sound) -> None:
    for name in "abcdefg":
        sound(f"calm/{name}.wav")

    def drawn() -> list[str]:
        found = library(tmp_path)
        return [track.name for seed in range(20) if (track := found.draw("calm", seed))]

    before = drawn()
    assert before == drawn() and len(set(before)) > 3
    sound("calm/h.wav")
    after = drawn()
    assert all(new in (old, "calm/h.wav") for old, new in zip(before, after, strict=True))


def test_what_is_no_sound_or_leads_out_is_left_out_and_said(tmp_path: Path, sound) -> None:
    outside = sound("elsewhere/sad.wav")
    folder = tmp_path / "mine"
    sound("mine/calm.wav")
    (folder / "sad.mp3").write_bytes(b"this is no music")
    (folder / "cover.jpg").write_bytes(b"a picture")
    (folder / "epic.wav").symlink_to(outside)
    (folder / "more").symlink_to(outside.parent)
    found = library(folder)
    assert [track.name for track in found.tracks] == ["calm.wav"]
    assert sorted(note.partition(" is left out")[0] for note in found.notes) == [
        "epic.wav",
        "more",
        "sad.mp3",
    ]
    bed = music_for("calm", Fraction(1, 20), folder=folder)
    assert bed.path == folder.resolve() / "calm.wav" and bed.notes == found.notes


def test_an_index_with_faults_says_all_of_them(tmp_path: Path, sound) -> None:
    sound("one.wav")
    (tmp_path / "music.yaml").write_text(
        "one.wav: {mood: calm, tempo: 90, bpm: fast, loop_start: 4, loop_end: 2}\ntwo.wav: 7\n"
    )
    with pytest.raises(BadInput) as raised:
        library(tmp_path)
    assert [fault.place for fault in raised.value.faults] == [
        *("one.wav.tempo", "one.wav.bpm", "one.wav.loop_end", "two.wav"),
    ]
    (tmp_path / "music.yaml").write_text("onne.wav: calm\n")
    with pytest.raises(BadInput, match=r"onne\.wav.*did you mean 'one\.wav'"):
        library(tmp_path)


def test_who_makes_it(tmp_path: Path, sound) -> None:
    sound("jazz/one.wav", 0.1 * np.ones(RATE))
    assert music_for("jazz", 0.5, folder=tmp_path).by == "folder"
    composed = music_for("Relaxing", 1.5, seed=2, folder=tmp_path)
    assert composed.by == "composer" and composed.ends and composed.path.suffix == ".wav"
    assert music_for("calm", 1.5, seed=2, by="composer").path == composed.path
    for mood, folder, by, words in [
        ("hapy", None, "auto", "did you mean 'happy'"),
        ("jaz", tmp_path, "auto", "did you mean 'jazz'"),
        ("qqq", None, "auto", "calm, happy, sad"),
        ("calm", tmp_path, "folder", "there are jazz"),
        ("calm", None, "folder", "no folder"),
        ("calm", tmp_path / "none", "auto", "there is no folder"),
        ("calm", None, "composr", "did you mean 'composer'"),
    ]:
        for ask in (lambda m, f, b: music_for(m, 2, 0, f, b), lambda m, f, b: music_faults(m, 0, f, b)):
            with pytest.raises(BadInput, match=words):
                ask(mood, folder, by)
    with pytest.raises(BadInput, match="0 s of music"):
        music_for("calm", 0)


def test_a_track_too_short_is_repeated_and_the_last_one_fades(tmp_path: Path, sound) -> None:
    sound("sad.wav", 0.2 * np.sin(2 * np.pi * 200 * np.arange(2 * RATE) / RATE))
    (tmp_path / "music.json").write_text(
        '{"sad.wav": {"moods": "sad", "start": 0.25, "loop_start": 0.5, "loop_end": 1.5}}'
    )
    (track,) = sections([("sad", Fraction(0), Fraction(5))], folder=tmp_path)
    assert (track.fit, track.source_start, track.loop_start, track.source_end) == (
        *("loop", Fraction(1, 4), Fraction(1, 2), Fraction(3, 2)),
    )
    assert (track.start, track.end, track.fade_out, track.ducks) == (0, 5, Fraction(3, 2), True)
    (short,) = sections([("sad", Fraction(0), Fraction(1))], folder=tmp_path)
    assert short.fit == "trim" and short.source_end is None and short.fade_out == Fraction(1, 2)


def test_neighbours_are_one_piece_and_pieces_meet_as_loud_as_one() -> None:
    scenes = [("happy", 0, 3), ("upbeat", 3, 6), ("tense", 6, 9), ("", 9, 10), ("calm", 10, 12)]
    one, two, three = sections([(mood, Fraction(a), Fraction(b)) for mood, a, b in scenes], seed=5)
    assert (one.start, two.end, three.start, three.end) == (0, 9, 10, 12)
    assert one.end is not None and (one.end + two.start) / 2 == 6 and one.end - two.start == Fraction(3, 2)
    assert not one.fade_in and not two.fade_out and not three.fade_in and not three.fade_out
    time = np.linspace(float(two.start), float(one.end), 301)
    goes = np.clip((float(one.end) - time) / float(one.fade_out), 0, 1)
    comes = np.clip((time - float(two.start)) / float(two.fade_in), 0, 1)
    together = 10 * np.log10(goes**2 + comes**2)
    assert together.min() > -0.1 and together.max() < 0.8
    # And so it is in the film: no hole where they meet, an end before the scene without music, and at the film's end.
    samples = 12 * RATE
    with Mixer([track_region(track, samples) for track in (one, two, three)], samples) as mixer:
        sound = np.concatenate([mixer.read(RATE // 2) for _ in range(24)], axis=1)
    level = np.sqrt((sound**2).mean(axis=0).reshape(-1, RATE // 2).mean(axis=1))
    assert level[9:15].min() > 0.4 * level[1:9].mean()
    assert abs(sound[:, 9 * RATE - 240 : 10 * RATE]).max() < 0.002 and abs(sound[:, -240:]).max() < 0.002
