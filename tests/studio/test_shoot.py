"""Shooting: a storyboard's scenes become clips, at once but not all at once, and a timeline."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image
from storyreel.studio.errors import BadInput, Interrupted, OutputError, ProviderError
from storyreel.studio.media.probe import probe
from storyreel.studio.production.shoot import shoot, shots, take
from storyreel.studio.progress import Watch
from storyreel.studio.providers.contract import State, Status
from storyreel.studio.providers.shot import Shot
from storyreel.studio.render.plan import plan
from storyreel.studio.storyboard.parser import Storyboard, from_plain
from storyreel.studio.timecode import frame_at
from storyreel.studio.timeline.settings import FilmSettings


def board(*scenes: object, **keys: object) -> Storyboard:
    return from_plain({"quality": "draft", "fps": 12, **keys, "scenes": list(scenes)})


def test_from_storyboard_to_timeline(tmp_path: Path, ffmpeg) -> None:
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "a.png")
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.3", tmp_path / "m.wav")
    story = board(
        {"prompt": "One", "duration": 1, "transition": "fade", "transition_duration": 0.25},
        {
            "image": "a.png",
            "duration": 1.5,
            "transition": "wipe",
            "clip_action": "zoom in, pan up",
            "narration": "Hi.",
        },
        {"prompt": "Three " * 30, "duration": 1},
        title="Film",
        music="m.wav",
        music_gain_db=-6,
    )
    shooting = shoot(story, tmp_path, tmp_path / "clips")
    assert shooting.settings == FilmSettings.of("draft", fps=12)
    clips = shooting.timeline.clips
    assert [(c.duration, c.transition, c.overlap) for c in clips] == [
        (1, "fade", Fraction(1, 4)),
        (Fraction(3, 2), "wipe", Fraction(1, 2)),
        (1, "none", 0),
    ]
    assert [c.title for c in clips] == ["One", "Scene 2", "Three " * 12 + "Three…"]
    assert [Path(c.path).name for c in clips] == ["scene_001.mp4", "scene_002.mp4", "scene_003.mp4"]
    assert sorted(p.name for p in (tmp_path / "clips").iterdir()) == [Path(c.path).name for c in clips]
    track, told = shooting.timeline.audio
    assert (told.role, told.start) == ("narration", 1)
    says = told.source_end - told.source_start
    note = "clip_action: 'zoom in, pan up' has 2 movements but 1.5 s carry 1; kept 'zoom in'"
    assert clips[1].about == {
        "index": 1,
        "prompt": "",
        "provider": "animatic",
        "clip": clips[1].path,
        "cost": 0.0,
        "notes": [note],
        "model": "animatic",
        "reused": False,
        "key": None,
        "attempt": None,
        "losses": [],
        "narration": {"text": "Hi.", "voice": None, "start": 1.0, "end": float(1 + says)},
    }
    assert shooting.warnings == (f"scenes[1].{note}",)
    assert [made.cost for made in shooting.takes] == [Decimal(0)] * 3
    assert (track.path, track.gain_db, track.fit, track.fade_out) == (
        str(tmp_path / "m.wav"),
        -6,
        "loop",
        Fraction(3, 2),
    )
    assert shooting.timeline.title == "Film"
    assert shooting.report().splitlines()[0] == "scene 0: One · 1 s · animatic · $0.00"
    assert shooting.report().splitlines()[3] == f"note: scenes[1].{note}"
    assert plan(shooting.timeline, shooting.settings).frames == 36


@pytest.mark.parametrize("fps", [24, "30000/1001", 25])
def test_the_film_has_exactly_its_frames(tmp_path: Path, fps: object) -> None:
    """Whatever the scenes' lengths round to, every clip has the frames that the film takes of it."""
    lengths = [0.34, 0.51, 0.333, 1.001, 0.7, 0.27, 0.9]
    story = board(
        *({"prompt": f"{n}", "duration": n, "transition": "none" if n == 0.7 else "slide"} for n in lengths),
        fps=fps,
        transition_duration=0.11,
    )
    shooting = shoot(story, tmp_path, tmp_path / "clips")
    made = plan(shooting.timeline, shooting.settings)
    assert made.frames == frame_at(story.duration, story.settings.fps)
    for use in made.uses:
        assert use.frames <= probe(use.info.path).frames <= use.frames + 1


def test_shots_say_all_that_is_asked_for(tmp_path: Path) -> None:
    story = board(
        {"prompt": "a", "duration": 1.01, "seed": 9, "fit": "contain"},
        {"image": "photos/b.jpg", "clip_action": "zoom in"},
        seed=7,
        font="f.otf",
        aspect_ratio="1:1",
    )
    first, second = shots(story, tmp_path)
    assert (first.width, first.height, first.fps) == (480, 480, 12)
    assert first.duration == Fraction(13, 12), "whole frames, rounded up"
    assert (first.seed, first.fit, first.image, first.font) == (9, "contain", None, str(tmp_path / "f.otf"))
    assert (second.seed, second.fit, second.image) == (7, "cover", str(tmp_path / "photos/b.jpg"))
    assert second.clip_action == "zoom in"
    with pytest.raises(BadInput, match="leaves its folder"):
        shots(board({"image": "../b.jpg"}), tmp_path)


def test_faults_come_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        shoot(board("a", {"image": "gone.jpg"}, {"prompt": "雨"}), tmp_path, tmp_path / "clips")
    assert [fault.place for fault in caught.value.faults] == ["scenes[1].image", "scenes[2].prompt"]
    assert not (tmp_path / "clips").exists()


def test_progress_and_how_many_at_once(tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    running: set[int] = set()
    most: list[int] = []

    def on_scene(number: int, status: Status) -> None:
        (running.discard if status.state is State.DONE else running.add)(number)
        most.append(len(running))

    story = board(*({"prompt": str(n), "duration": 0.5} for n in range(5)))
    watch = Watch(progress=lambda done, label: told.append((done, label)))
    shoot(story, tmp_path, tmp_path / "clips", watch, parallel=2, on_scene=on_scene)
    assert max(most) <= 2 and not running
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (1.0, "shooting: 5 of 5 scenes")


def test_an_interrupt_stops_it_at_once(tmp_path: Path) -> None:
    stop = threading.Event()
    story = board(*({"prompt": str(n), "duration": 900, "clip_action": "zoom in"} for n in range(4)))
    threading.Timer(0.5, stop.set).start()
    before = time.monotonic()
    with pytest.raises(Interrupted):
        shoot(story, tmp_path, tmp_path / "clips", Watch(cancelled=stop.is_set))
    assert time.monotonic() - before < 1.5
    assert list((tmp_path / "clips").iterdir()) == []
    for thread in [t for t in threading.enumerate() if t.name == "animatic"]:
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_a_scene_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    """The picture is taken away after it was checked."""
    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    story = board(
        {"prompt": "a", "duration": 0.2},
        {"image": "a.png", "duration": 0.2},
        {"prompt": "c", "duration": 0.2},
    )

    def on_scene(number: int, status: Status) -> None:
        (tmp_path / "a.png").unlink(missing_ok=True)

    with pytest.raises(ProviderError, match=r"^scenes\[1\]: a\.png can't be opened"):
        shoot(story, tmp_path, tmp_path / "clips", parallel=1, on_scene=on_scene)
    assert sorted(p.name for p in (tmp_path / "clips").iterdir()) == ["scene_001.mp4", "scene_003.mp4"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be made"):
        shoot(board({"prompt": "a", "duration": 0.2}), tmp_path, tmp_path / "file" / "clips")


def test_one_take(tmp_path: Path) -> None:
    asked = Shot(
        prompt="A", duration=Fraction(1, 2), width=160, height=90, fps=Fraction(24), clip_action="zoom in"
    )
    made = take(asked, "animatic", tmp_path / "a.mp4")
    assert made.path == tmp_path / "a.mp4" and probe(made.path).frames == 12
    with pytest.raises(BadInput, match="'fly' is not a movement"):
        take(asked.model_copy(update={"clip_action": "fly"}), "animatic", tmp_path / "b.mp4")
    with pytest.raises(BadInput, match="is not a provider"):
        take(asked, "nobody", tmp_path / "b.mp4")
    with pytest.raises(Interrupted):
        take(asked, "animatic", tmp_path / "b.mp4", Watch(cancelled=lambda: True))
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
