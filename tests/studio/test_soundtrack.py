"""The sound of a storyboard's film, measured in the film: when each narration begins, how loud all is, what is read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from storyreel.studio.errors import BadInput
from storyreel.studio.media.loudness import measured
from storyreel.studio.production.shoot import Shooting, shoot
from storyreel.studio.render.film import Film, render
from storyreel.studio.storyboard.parser import from_plain

RATE = 48000
TEXT = "Four boats go out in the morning, and nobody says a word."


def board(*scenes: object, **keys: object):
    return from_plain({"size": "64x36", "fps": 12, "loudness": False, **keys, "scenes": list(scenes)})


def filmed(tmp_path: Path, *scenes: object, **keys: object) -> tuple[Shooting, Film]:
    shooting = shoot(board(*scenes, **keys), tmp_path, tmp_path / "clips")
    return shooting, render(shooting.timeline, shooting.settings, tmp_path / "film.mp4")


def onsets(sound: np.ndarray, quiet: float = 0.15) -> list[float]:
    """Seconds at which sound begins after at least `quiet` seconds of silence."""
    step = RATE // 200
    loud = np.abs(sound).max(axis=0)
    loud = loud[: len(loud) // step * step].reshape(-1, step).max(axis=1) > 0.01
    silent, found = 1e9, []
    for number, each in enumerate(loud):
        if each and silent * step >= quiet * RATE:
            found.append(number * step / RATE)
        silent = 0 if each else silent + 1
    return found


@pytest.mark.slow
def test_thirty_narrations_begin_within_a_frame_of_their_places(tmp_path: Path, hear) -> None:
    names = ("none", "crossfade", "wipe")
    scenes = [
        {
            "prompt": f"{k}",
            "duration": 1.13 + 0.07 * (k % 4),
            "transition": names[k % 3],
            "transition_duration": 0.25,
            "narration": "Go!",
        }
        for k in range(30)
    ]
    shooting, film = filmed(tmp_path, *scenes)
    assert shooting.warnings == ()
    planned, end = [], Fraction(0)
    for k, scene in enumerate(scenes):
        comes_in = Fraction(1, 4) if k and scene["transition"] != "none" else Fraction(0)
        planned.append(
            float(end)
        )  # it is whole when its transition is over, which is when the one before ends
        end += Fraction(str(scene["duration"])) - comes_in
    heard = onsets(hear(film.path))
    assert len(heard) == 30
    assert max(abs(a - b) for a, b in zip(heard, planned, strict=True)) <= 1 / 12
    assert hear(film.path).shape[1] - float(film.duration) * RATE <= 2048  # AAC's own frame and padding


def test_a_scene_waits_for_its_narration(tmp_path: Path, hear) -> None:
    told = {"prompt": "a", "duration": 1, "narration": TEXT}
    shooting, film = filmed(tmp_path, told, {"prompt": "b", "duration": 1, "transition": "crossfade"})
    (note,) = shooting.warnings
    assert note.startswith("scenes[0].duration: it waits for its narration, ") and note.endswith("of 1 s")
    (track,) = shooting.timeline.audio
    says = track.source_end - track.source_start
    first = film.markers[0]
    assert 0.2 <= first.end - says <= 0.4 and film.duration == first.end + Fraction(1, 2)
    sound = np.abs(hear(film.path)).max(axis=0)
    last = np.flatnonzero(sound > 0.01)[-1] / RATE
    assert abs(last - float(says)) < 0.15


def test_a_narration_is_said_faster_or_refused(tmp_path: Path) -> None:
    usual = shoot(board({"prompt": "a", "duration": 9, "narration": TEXT}), tmp_path, tmp_path / "a")
    (track,) = usual.timeline.audio
    says = track.source_end - track.source_start
    short = round(float(says) / 1.1, 2)
    scene = {"prompt": "a", "duration": short, "narration": TEXT, "narration_fit": "speed"}
    faster = shoot(board(scene), tmp_path, tmp_path / "b").timeline.audio[0]
    assert abs(float(faster.source_end - faster.source_start) - short) < 0.03
    with pytest.raises(BadInput, match=r"narration: takes .* s even 1\.15 times as fast, .* s more than"):
        shoot(board({**scene, "duration": float(says) / 1.3}), tmp_path, tmp_path / "c")
    missing = float(says) - 2
    with pytest.raises(BadInput, match=r"narration: takes .* s more than there are") as refused:
        shoot(board({**scene, "duration": 2, "narration_fit": "fault"}), tmp_path, tmp_path / "d")
    (fault,) = refused.value.faults
    over = float(fault.message.split(" s, ")[1].split(" ")[0])
    assert missing <= over <= missing + 0.11
    assert not (tmp_path / "c").exists() and not (tmp_path / "d").exists()  # before anything was made


def test_music_gives_way_and_the_whole_has_its_loudness(tmp_path: Path, hear) -> None:
    scenes = [
        {"prompt": "a", "duration": 3, "music_mood": "calm"},
        {"prompt": "b", "duration": 5, "music_mood": "calm", "narration": TEXT},
    ]
    shooting, film = filmed(tmp_path, *scenes, loudness=-14, captions="box")
    roles = [track.role for track in shooting.timeline.audio]
    assert roles == ["music", "narration"]
    found = measured(film.path)
    assert abs(found.integrated + 14) <= 0.5 and found.true_peak <= -1
    assert film.to_plain()["captions"]["count"] == len(shooting.timeline.captions) > 0
    assert " ".join(c.text.replace("\n", " ") for c in shooting.timeline.captions) == TEXT
    first = shooting.timeline.captions[0]
    assert abs(first.start - 3) < 0.1


def test_effects_stand_where_they_are_written_and_clips_may_be_silent(tmp_path: Path, ffmpeg, hear) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=f=880:d=0.3:r=48000", tmp_path / "bell.wav")
    Image.new("RGB", (64, 36), "teal").save(tmp_path / "a.png")
    rings = {"sound": "bell.wav", "at": 0.5, "pan": 1, "gain_db": 0}
    scenes = [{"image": "a.png", "duration": 1}, {"image": "a.png", "duration": 1.5, "effects": rings}]
    shooting, film = filmed(tmp_path, *scenes, own_sound=False)
    assert all(clip.muted for clip in shooting.timeline.clips)
    left, right = hear(film.path)
    (begins,) = onsets(hear(film.path))
    assert abs(begins - 1.5) < 0.02
    assert np.abs(right).max() > 0.05 > np.abs(left).max() * 5


def test_a_recording_is_said_instead(tmp_path: Path, ffmpeg) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=f=300:d=0.5:r=24000,adelay=250:all=1", tmp_path / "me.wav")
    scene = {"prompt": "a", "duration": 2, "speech": "me.wav", "narration": "Hello there"}
    shooting = shoot(board(scene), tmp_path, tmp_path / "clips")
    (track,) = shooting.timeline.audio
    assert abs(float(track.source_start) - 0.25) < 0.05
    assert [word.text for caption in shooting.timeline.captions for word in caption.words] == [
        "Hello",
        "there",
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"voice": "en-gbb"}, "voice"),
        ({"voice": "openai/aloy", "captions": "wordy"}, "did you mean 'word'"),
        ({"music_mood": "callm"}, "music_mood"),
        ({"music_folder": "tracks", "music_mood": "calm"}, "there is no folder 'tracks'"),
        ({"music_by": "mozart", "music_mood": "calm"}, "'mozart' makes no music"),
        ({"loudness": 3}, "can't be reached"),
        ({"captions": {"style": "box", "platform": "TikTik"}}, "'TikTik' is not a platform"),
    ],
)
def test_what_is_wrong_is_said_before(tmp_path: Path, keys: dict, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        shoot(board({"prompt": "a", "narration": "Hi."}, **keys), tmp_path, tmp_path / "clips")
    assert said in str(refused.value)
    assert not (tmp_path / "clips").exists()
