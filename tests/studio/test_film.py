"""Films made and measured: frames, pixels, samples, memory, and what is left when one fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from storyreel.studio.errors import Interrupted, MediaError, OutputError
from storyreel.studio.progress import Watch
from storyreel.studio.render.film import render, render_plan
from storyreel.studio.render.plan import plan
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import TRANSITION_NAMES, AudioTrack, Timeline, TimelineClip

SETTINGS = FilmSettings(width=64, height=36, fps=24, crf=10, preset="ultrafast")
PURE = FilmSettings(width=32, height=32, fps=24, crf=0, preset="ultrafast")
COLOURS = {"white": 235, "black": 16, "gray": 126}


def test_six_pictures_and_six_transitions(clip, look, hear, decodes_strictly, tmp_path: Path) -> None:
    """White and dark grey in turn, 2 s each, 0.5 s overlaps: at each middle the pixels are measured."""
    levels = [235, 60] * 3 + [235]
    paths = [
        clip(f"{k}.mp4", f"color=gray:s=320x180:r=24:d=2,geq=lum={level}:cb=128:cr=128,format=yuv420p",
             seconds=2, tone=400 + 50 * k, words=("-crf", 1))
        for k, level in enumerate(levels)
    ]  # fmt: skip
    names = [name for name in TRANSITION_NAMES if name != "none"]
    clips = [
        TimelineClip(path=str(path), transition=name, overlap=0.5, title=f"Scene {k}")
        for k, (path, name) in enumerate(zip(paths, ["none", *names], strict=True))
    ]
    settings = FilmSettings(width=320, height=180, fps=24, crf=4, preset="veryfast")
    film = render(Timeline(clips=tuple(clips), title="Six"), settings, tmp_path / "film.mp4")
    frames = look(film.path)
    assert film.frames == len(frames) == 7 * 48 - 6 * 12
    assert film.duration == Fraction(11)
    for k, name in enumerate(names, start=1):
        a, b = levels[k - 1], levels[k]
        middle = k * 36 + 6
        y, u, v = (plane.astype(float) for plane in frames[middle])
        left, right = y[:, :152].mean(), y[:, 168:].mean()
        wanted = {
            "fade": (16, 16),
            "crossfade": ((a + b) / 2, (a + b) / 2),
            "wipe": (b, a),
            "slide": (a, b),
            "zoom": ((a + b) / 2, (a + b) / 2),
            "dissolve": ((a + b) / 2, (a + b) / 2),
        }[name]
        assert (left, right) == pytest.approx(wanted, abs=2), name
        assert abs(u.mean() - 128) < 1 and abs(v.mean() - 128) < 1
        # The frames before and after the overlap are the clips' own.
        assert frames[k * 36 - 1][0].mean() == pytest.approx(a, abs=1)
        assert frames[k * 36][0].mean() == pytest.approx(a, abs=1.5)
        assert frames[k * 36 + 12][0].mean() == pytest.approx(b, abs=1)
    assert 0 <= hear(film.path).shape[1] - 11 * 48000 < 1024
    assert decodes_strictly(film.path)
    with av.open(str(film.path)) as container:
        assert [c["metadata"]["title"] for c in container.chapters()] == [f"Scene {k}" for k in range(7)]
        starts = [c["start"] * c["time_base"] for c in container.chapters()]
        assert [float(start) for start in starts] == [1.5 * k for k in range(7)]
        assert container.metadata["title"] == "Six"
    plain = film.to_plain()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["markers"][3] == {"index": 3, "start": 4.5, "end": 6.5, "title": "Scene 3", "about": {}}


def test_every_frame_comes_once_and_in_order(numbered, numbers, tmp_path: Path) -> None:
    a, b = numbered("a.mp4", frames=40), numbered("b.mp4", frames=30)
    clips = (TimelineClip(path=str(a), start=Fraction(5, 24)), TimelineClip(path=str(b), duration=1))
    film = render(Timeline(clips=clips), PURE, tmp_path / "film.mp4")
    assert film.frames == 59
    assert numbers(film.path) == [*range(5, 40), *range(24)]


def test_the_sound_of_a_join_is_a_crossfade_of_equal_power(clip, ffmpeg, hear, tmp_path: Path) -> None:
    low, high = clip("low.mp4", seconds=2, tone=500), clip("high.mp4", seconds=2, tone=3000)
    clips = (TimelineClip(path=str(low)), TimelineClip(path=str(high), transition="wipe", overlap=1))
    film = render(Timeline(clips=clips), SETTINGS, tmp_path / "film.mp4")
    sound = hear(film.path)[0]

    def level(frequency: int, begin: float) -> float:
        part = sound[int(begin * 48000) : int(begin * 48000) + 4800]
        wave = np.exp(-2j * np.pi * frequency * np.arange(4800) / 48000)
        return float(2 * np.abs((part * wave).mean()) * 8)  # ffmpeg's sine is 1/8 loud

    assert level(500, 0.5) == pytest.approx(1, abs=0.05) and level(3000, 0.5) < 0.02
    for begin in (1.2, 1.45, 1.7):
        share = begin + 0.05 - 1
        one, other = level(500, begin), level(3000, begin)
        assert one / other == pytest.approx((1 - share) / share, rel=0.1)
        assert one**2 + other**2 == pytest.approx(1, abs=0.05)
    assert level(500, 2.5) < 0.02 and level(3000, 2.5) == pytest.approx(1, abs=0.05)


def test_silence_where_a_clip_has_no_sound(clip, hear, tmp_path: Path) -> None:
    mute, loud = clip("mute.mp4"), clip("loud.mp4", tone=440)
    film = render(
        Timeline(clips=tuple(TimelineClip(path=str(p)) for p in (loud, mute, loud))),
        SETTINGS,
        tmp_path / "film.mp4",
    )
    sound = np.abs(hear(film.path)[0])
    assert sound[10000:40000].max() > 0.1 and sound[110000:140000].max() > 0.1
    assert sound[50000:94000].max() < 1e-3


def test_no_sound_at_all(clip, tmp_path: Path) -> None:
    film = render(
        Timeline(clips=(TimelineClip(path=str(clip("mute.mp4"))),)), SETTINGS, tmp_path / "film.mp4"
    )
    with av.open(str(film.path)) as container:
        assert not container.streams.audio


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30000, 1001), Fraction(25)])
def test_a_long_join_never_drifts(ffmpeg, hear, tmp_path: Path, rate: Fraction) -> None:
    """Forty clips of 1.37 s with a click and a flash at 0.5 s: in the film they stay together to the end."""
    path = tmp_path / "click.mp4"
    flash = f"color=black:s=32x32:r={rate}:d=1.5,format=yuv420p,geq=lum='if(gte(T,0.499),235,16)'"
    click = "aevalsrc='if(eq(n,22050),0.9,0)':s=44100:d=1.5"
    ffmpeg("-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", click, "-c:v", "libx264", "-qp", 0, path)
    settings = PURE.model_copy(update={"fps": rate})
    clip = TimelineClip(path=str(path), duration=1.37)
    film = render(Timeline(clips=(clip,) * 40), settings, tmp_path / "film.mp4")
    assert abs(film.frames - 40 * Fraction(137, 100) * rate) <= Fraction(1, 2)
    sound = np.abs(hear(film.path)[0])
    assert abs(len(sound) - float(film.duration) * 48000) < 1025
    for k in range(40):
        click = round((k * 1.37 + 0.5) * 48000)
        near = sound[click - 4000 : click + 4000]
        # A clip begins on a frame: the click is off by half a frame at most, and never by more at the end.
        assert abs(int(near.argmax()) - 4000) <= 24000 / rate + 3


def test_a_song_over_the_film(clip, ffmpeg, hear, tmp_path: Path) -> None:
    own, song = clip("own.mp4", seconds=3, tone=500), tmp_path / "song.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=f=2000:d=1", song)

    def loudness(tracks: tuple[AudioTrack, ...], frequency: int, begin: float) -> float:
        timeline = Timeline(clips=(TimelineClip(path=str(own)),), audio=tracks)
        sound = hear(render(timeline, SETTINGS, tmp_path / "film.mp4").path)[0]
        part = sound[int(begin * 48000) : int(begin * 48000) + 4800]
        return float(
            2 * np.abs((part * np.exp(-2j * np.pi * frequency * np.arange(4800) / 48000)).mean()) * 8
        )

    trimmed = (AudioTrack(path=str(song), start=1),)
    assert loudness(trimmed, 2000, 0.5) < 0.02
    assert loudness(trimmed, 2000, 1.5) == pytest.approx(1, abs=0.05)
    assert loudness(trimmed, 2000, 2.5) < 0.02
    assert loudness(trimmed, 500, 1.5) == pytest.approx(1, abs=0.05)
    looped = (AudioTrack(path=str(song), fit="loop", gain_db=-6, fade_out=1, replace=True),)
    assert loudness(looped, 2000, 1.5) == pytest.approx(0.5, abs=0.05)
    assert loudness(looped, 2000, 2.45) == pytest.approx(0.25, abs=0.05)
    assert loudness(looped, 500, 1.5) < 0.02


def test_clips_of_every_kind_in_one_film(clip, ffmpeg, look, decodes_strictly, tmp_path: Path) -> None:
    lying = clip("lying.mp4", "testsrc2=s=96x54:r=24:d=1,format=yuv420p")
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", -90, "-i", lying, "-c", "copy", turned)
    kinds = [
        turned,
        clip("odd.mkv", "testsrc2=s=63x35:r=30000/1001:d=1,format=yuv444p", tone=440),
        clip("ten.mp4", "testsrc2=s=128x96:r=60:d=1,format=yuv420p10le"),
        clip("vp9.webm", "testsrc2=s=64x36:r=25:d=1", tone=440, words=("-c:v", "libvpx-vp9")),
        clip("old.avi", "testsrc2=s=64x48:r=15:d=1", tone=440, words=("-c:v", "mjpeg")),
        clip("phone.mov", "testsrc2=s=64x36:r=24:d=1", tone=440, words=("-ar", 44100, "-ac", 1)),
    ]
    for fit in ("cover", "contain"):
        settings = SETTINGS.model_copy(update={"fit": fit, "fps": Fraction(30)})
        clips = tuple(
            TimelineClip(path=str(p), transition="dissolve", overlap=0.2, duration=0.9) for p in kinds
        )
        film = render(Timeline(clips=clips), settings, tmp_path / "film.mp4")
        assert len(look(film.path)) == film.frames == 6 * 27 - 5 * 6
        assert decodes_strictly(film.path)


def test_the_same_film_again_is_the_same(clip, tmp_path: Path) -> None:
    a = clip("a.mp4", "testsrc2=s=64x36:r=24:d=1", tone=440)
    clips = (TimelineClip(path=str(a)), TimelineClip(path=str(a), transition="zoom", overlap=0.5))
    films = [
        render(Timeline(clips=clips), SETTINGS, tmp_path / f"{k}.mp4").path.read_bytes() for k in range(2)
    ]
    assert films[0] == films[1]


def test_tells_how_far_it_is(clip, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    watch = Watch(progress=lambda done, label: told.append((done, label)))
    render(Timeline(clips=(TimelineClip(path=str(clip("a.mp4"))),)), SETTINGS, tmp_path / "film.mp4", watch)
    assert told[-1] == (1.0, "frame 24 of 24")
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_an_interrupt_stops_at_once_and_leaves_nothing(clip, left_behind, tmp_path: Path) -> None:
    path = clip("a.mp4", "testsrc2=s=640x360:r=24:d=4", seconds=4, tone=440)
    clips = tuple(TimelineClip(path=str(path)) for _ in range(50))
    settings = FilmSettings(width=640, height=360, fps=24, crf=20, preset="medium")
    asked: list[float] = []
    timer = threading.Timer(1.0, lambda: asked.append(time.monotonic()))
    threads = threading.active_count()
    timer.start()
    target = tmp_path / "film.mp4"
    target.write_bytes(b"the old one")
    with pytest.raises(Interrupted):
        render(Timeline(clips=clips), settings, target, Watch(cancelled=lambda: bool(asked)))
    assert time.monotonic() - asked[0] < 0.3
    timer.join()
    assert target.read_bytes() == b"the old one"
    assert left_behind() == []
    assert threading.active_count() == threads


def test_a_clip_that_breaks_on_the_way_leaves_nothing(clip, left_behind, tmp_path: Path) -> None:
    good = clip("good.mp4", seconds=1)
    bad = clip("bad.mkv", "testsrc2=s=128x72:r=24:d=2", seconds=2, words=("-g", 12))
    clips = TimelineClip(path=str(good)), TimelineClip(path=str(bad))
    made = plan(Timeline(clips=clips), SETTINGS)
    data = bad.read_bytes()
    bad.write_bytes(data[: len(data) // 2])
    with pytest.raises(MediaError, match=r"bad\.mkv is cut short"):
        render_plan(made, tmp_path / "f.mp4")
    assert not (tmp_path / "f.mp4").exists()
    assert left_behind() == []


def test_a_folder_that_is_not_there(clip, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="its folder does not exist"):
        render(
            Timeline(clips=(TimelineClip(path=str(clip("a.mp4"))),)), SETTINGS, tmp_path / "no" / "film.mp4"
        )


MEASURE = """
import resource, sys
from pathlib import Path
from storyreel.studio.render.film import render
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import AudioTrack, Timeline, TimelineClip
clip, song, out, count = sys.argv[1:]
clips = [TimelineClip(path=clip, transition="dissolve", overlap=0.5) for _ in range(int(count))]
settings = FilmSettings(width=640, height=360, fps=24, crf=20, preset="superfast")
render(Timeline(clips=tuple(clips), audio=(AudioTrack(path=song, fit="loop"),)), settings, out)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs getrusage")
def test_memory_does_not_grow_with_the_scenes(clip, ffmpeg, tmp_path: Path) -> None:
    path, song = clip("a.mp4", "testsrc2=s=1280x720:r=24:d=2", seconds=2, tone=440), tmp_path / "song.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=d=2", song)

    def peak(count: int) -> int:
        words = [sys.executable, "-c", MEASURE, path, song, tmp_path / "film.mp4", str(count)]
        return int(subprocess.run(words, capture_output=True, check=True).stdout)

    few, many = peak(4), peak(24)
    assert many <= 1.25 * few, (few, many)


@pytest.mark.slow
def test_the_same_film_whatever_lies_in_memory(repo: Path, tmp_path: Path) -> None:
    """glibc fills fresh memory with a byte of our choice: what x264 never wrote itself must not count."""
    code = (
        "import hashlib, sys\n"
        "from pathlib import Path\n"
        "from storyreel.studio.production import shoot\n"
        "from storyreel.studio.render import film\n"
        "from storyreel.studio.storyboard import parser\n"
        "board = parser.from_plain({'quality': 'draft', 'scenes': [\n"
        "    {'image': name, 'duration': 2, 'clip_action': 'zoom in', 'transition': 'zoom', 'transition_duration': 1}\n"
        "    for name in ('01_dawn.jpg', '03_noon.jpg')]})\n"
        "shot = shoot.shoot(board, Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "made = film.render(shot.timeline, shot.settings, Path(sys.argv[2]) / 'film.mp4')\n"
        "print(hashlib.sha256(made.path.read_bytes()).hexdigest())\n"
    )
    words = [sys.executable, "-c", code, str(repo / "workflows" / "storyboards" / "media"), str(tmp_path)]
    films = {
        subprocess.run(
            words, env=os.environ | {"MALLOC_PERTURB_": filling}, check=True, capture_output=True, text=True
        ).stdout
        for filling in ("0", "85", "170")
    }
    assert len(films) == 1
