"""Films are written whole or not at all, and carry what players need."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from storyreel.studio.errors import OutputError
from storyreel.studio.media.encode import FilmWriter
from storyreel.studio.media.planes import black_frame
from storyreel.studio.timeline.settings import FilmSettings

SETTINGS = FilmSettings(width=64, height=36, fps=25, crf=20, preset="ultrafast")


def write(
    path: Path, frames: int = 25, settings: FilmSettings = SETTINGS, audio: bool = True, **more
) -> None:
    noise = np.random.default_rng(1)
    with FilmWriter(path, settings, audio=audio, **more) as film:
        for k in range(frames):
            y = noise.integers(16, 235, (settings.height, settings.width), np.uint8)
            chroma = np.full((settings.height // 2, settings.width // 2), 128, np.uint8)
            film.write((y, chroma, chroma))
            if audio:
                place = np.arange(k * 1920, (k + 1) * 1920)
                film.write_audio(np.stack([0.5 * np.sin(place * 0.05)] * 2).astype(np.float32))


def test_says_what_it_is(tmp_path: Path, decodes_strictly) -> None:
    path = tmp_path / "film.mp4"
    chapters = [(Fraction(0), Fraction(1, 2), "Ein Käfer"), (Fraction(1, 2), Fraction(1), "夜")]
    write(path, title="Grün", chapters=chapters)
    with av.open(str(path)) as container:
        assert container.metadata["title"] == "Grün"
        assert [c["metadata"]["title"] for c in container.chapters()] == ["Ein Käfer", "夜"]
        times = [[float(c[end] * c["time_base"]) for end in ("start", "end")] for c in container.chapters()]
        assert times == [[0, 0.5], [0.5, 1]]
        video, audio = container.streams.video[0], container.streams.audio[0]
        context = video.codec_context
        assert (video.frames, video.average_rate, context.pix_fmt) == (25, 25, "yuv420p")
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (
            1,
            1,
            1,
            1,
        )
        assert (audio.codec_context.name, audio.sample_rate, audio.layout.name) == ("aac", 48000, "stereo")
    assert decodes_strictly(path)


def test_can_be_played_while_it_loads(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write(path)
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_sound_begins_with_the_picture_and_ends_with_it(tmp_path: Path, hear) -> None:
    path = tmp_path / "film.mp4"
    write(path, frames=50)
    samples = hear(path)
    assert 0 <= samples.shape[1] - 2 * 48000 < 1024
    wanted = 0.5 * np.sin(np.arange(96000) * 0.05)
    # A shift by even one sample would differ by 0.016 on average.
    assert np.abs(samples[0, 4096:90000] - wanted[4096:90000]).mean() < 0.004


def test_keyframes_come_every_two_seconds(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write(path, frames=250, audio=False)
    with av.open(str(path)) as container:
        keys = [
            float(p.pts * p.time_base)
            for p in container.demux(video=0)
            if p.is_keyframe and p.pts is not None
        ]
    assert keys[0] == 0
    assert max(np.diff([*keys, 10.0])) <= 2


def test_holds_the_bitrate(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    settings = FilmSettings(width=128, height=128, fps=25, bitrate=400_000, preset="fast")
    write(path, frames=150, settings=settings, audio=False)
    assert 300_000 < path.stat().st_size * 8 / 6 < 500_000


def test_the_same_frames_make_the_same_bytes(tmp_path: Path) -> None:
    """On one machine, whatever else it is doing: engines are compared by their films."""
    settings = FilmSettings(width=640, height=360, fps=25, bitrate=1_000_000)
    made = []
    for number in range(3):
        path = tmp_path / f"{number}.mp4"
        write(path, frames=40, settings=settings, audio=False)
        made.append(path.read_bytes())
    assert made[0] == made[1] == made[2]


def test_former_keyframes_make_no_keyframes(tmp_path: Path, clip) -> None:
    source = clip("keys.mp4", "testsrc2=s=64x36:r=25:d=1", words=("-g", 1))
    path = tmp_path / "film.mp4"
    with av.open(str(source)) as container, FilmWriter(path, SETTINGS, audio=False) as film:
        for frame in container.decode(video=0):
            film.write(frame)
    with av.open(str(path)) as container:
        assert sum(p.is_keyframe for p in container.demux(video=0) if p.size) == 1


def test_refuses_frames_of_another_kind(tmp_path: Path, left_behind) -> None:
    with (
        pytest.raises(ValueError, match="32x32"),
        FilmWriter(tmp_path / "f.mp4", SETTINGS, audio=False) as film,
    ):
        film.write(black_frame(32, 32))
    with (
        pytest.raises(ValueError, match="without sound"),
        FilmWriter(tmp_path / "f.mp4", SETTINGS, False) as film,
    ):
        film.write_audio(np.zeros((2, 100), np.float32))
    assert not (tmp_path / "f.mp4").exists()
    assert left_behind() == []


def test_an_exception_leaves_the_old_film(tmp_path: Path, left_behind) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"the old one")
    with pytest.raises(KeyboardInterrupt), FilmWriter(path, SETTINGS, audio=True) as film:
        for _ in range(100):
            film.write(black_frame(64, 36))
        raise KeyboardInterrupt
    assert path.read_bytes() == b"the old one"
    assert left_behind() == []


@pytest.mark.parametrize(
    ("name", "words"), [("nowhere/film.mp4", "folder does not exist"), ("folder", "it is a folder")]
)
def test_a_place_that_takes_no_film(tmp_path: Path, name: str, words: str, left_behind) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=words):
        FilmWriter(tmp_path / name, SETTINGS, audio=False)
    assert left_behind() == []


CHILD = """
import sys, time
from pathlib import Path
import numpy as np
from storyreel.studio.media.encode import FilmWriter
from storyreel.studio.timeline.settings import FilmSettings
noise = np.random.default_rng(1)
settings = FilmSettings(width=320, height=320, fps=25, crf=5, preset="ultrafast")
with FilmWriter(Path(sys.argv[1]), settings, audio=False) as film:
    for k in range(int(sys.argv[2])):
        y, u, v = (noise.integers(16, 235, (n, n), np.uint8) for n in (320, 160, 160))
        film.write((y, u, v))
        print(k, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_limit_on_file_sizes_is_said_and_leaves_the_old_film(tmp_path: Path, left_behind) -> None:
    import resource

    path = tmp_path / "film.mp4"
    path.write_bytes(b"the old one")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), "100"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)),
    )
    assert done.returncode == 1
    assert (
        f"OutputError: {path} can't be written: the file would be larger than is allowed here" in done.stderr
    )
    assert path.read_bytes() == b"the old one"
    assert left_behind() == []


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """A real one: a file system of one megabyte, where the machine lets us have it."""
    mount = f"mount -t tmpfs -o size=1m tmpfs {tmp_path}"
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-rm", "sh", "-c", mount], check=False).returncode
    ):
        pytest.skip("may not mount a small file system here")
    path = tmp_path / "film.mp4"
    write_film = f"{sys.executable} -c '{CHILD}' {path} 100"
    tell = f"{mount} && echo old > {path} && {write_film}; ls -A {tmp_path}; cat {path}"
    done = subprocess.run(["unshare", "-rm", "sh", "-c", tell], capture_output=True, text=True, check=False)
    assert f"OutputError: {path} can't be written: the disk is full (free some space" in done.stderr
    assert done.stdout.splitlines()[-2:] == ["film.mp4", "old"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_in_the_middle_the_old_film_stays(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"the old one")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), "100000"], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 60:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert path.read_bytes() == b"the old one"


def test_giving_up_takes_no_time(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = FilmWriter(
        path, FilmSettings(width=640, height=360, fps=25, crf=5, preset="ultrafast"), audio=False
    )
    noise = np.random.default_rng(1)
    y, u, v = (noise.integers(16, 235, (h, w), np.uint8) for h, w in ((360, 640), (180, 320), (180, 320)))
    for _ in range(60):
        film.write((y, u, v))
    before = time.monotonic()
    film.abandon()
    assert time.monotonic() - before < 0.3
    assert list(tmp_path.iterdir()) == []
