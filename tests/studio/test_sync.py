"""Sound onto a video: the picture untouched, the sound as long as it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from storyreel.studio.errors import BadInput, Interrupted, MediaError
from storyreel.studio.media.probe import probe
from storyreel.studio.progress import Watch
from storyreel.studio.render.replace_audio import sync_audio


def packets(path: Path) -> list[tuple[bytes, Fraction]]:
    """The picture's data with its times on screen, from second 0 on."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = [p for p in container.demux(stream) if p.size]
        first = min(p.pts for p in found)
        return [(bytes(p), (p.pts - first) * p.time_base) for p in found]


@pytest.fixture
def song(ffmpeg, tmp_path: Path):
    def make(seconds: float, name: str = "song.flac") -> Path:
        ffmpeg("-f", "lavfi", "-i", f"sine=f=2000:r=44100:d={seconds}", tmp_path / name)
        return tmp_path / name

    return make


def level(sound: np.ndarray, frequency: int, begin: float) -> float:
    part = sound[0, int(begin * 48000) : int(begin * 48000) + 4800]
    return float(2 * np.abs((part * np.exp(-2j * np.pi * frequency * np.arange(4800) / 48000)).mean()) * 8)


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv", "v.ts", "v.webm"])
def test_the_picture_is_copied(clip, song, hear, decodes_strictly, tmp_path: Path, name: str) -> None:
    words = ("-c:v", "libvpx-vp9") if name.endswith("webm") else ("-c:v", "libx264", "-g", 10)
    video = clip(name, "testsrc2=s=64x36:r=24:d=2", seconds=2, tone=500, words=words)
    film = sync_audio(video, song(5), tmp_path / "out.mp4")
    assert (film.frames, film.duration) == (48, 2)
    if not name.endswith(("ts", "webm")):  # there the same data is wrapped in another way
        assert [data for data, _ in packets(video)] == [data for data, _ in packets(film.path)]
    times = [[round(float(pts), 2) for _, pts in packets(path)] for path in (video, film.path)]
    assert times[0] == pytest.approx(times[1], abs=0.011)
    assert abs(hear(film.path).shape[1] - 96000) < 1024
    assert decodes_strictly(film.path)
    with av.open(str(film.path)) as container:
        audio = container.streams.audio[0]
        assert (audio.codec_context.name, audio.sample_rate, audio.layout.name) == ("aac", 48000, "stereo")
        assert container.streams.video[0].start_time == 0 and audio.start_time == 0


def test_the_same_pixels(clip, song, look, tmp_path: Path) -> None:
    video = clip("v.mp4", "testsrc2=s=64x36:r=24:d=1")
    film = sync_audio(video, song(1), tmp_path / "out.mp4")
    for before, after in zip(look(video), look(film.path), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_replace_mix_trim_loop_gain_fade(clip, song, hear, tmp_path: Path) -> None:
    video, music = clip("v.mp4", seconds=3, tone=500), song(1)
    out = tmp_path / "out.mp4"

    replaced = hear(sync_audio(video, music, out).path)
    assert level(replaced, 2000, 0.5) == pytest.approx(1, abs=0.05)
    assert level(replaced, 2000, 1.5) < 0.02 and level(replaced, 500, 0.5) < 0.02

    mixed = hear(sync_audio(video, music, out, mix=True, fit="loop", gain_db=-6.0206).path)
    for begin in (0.5, 1.5, 2.5):
        assert level(mixed, 500, begin) == pytest.approx(1, abs=0.05)
        assert level(mixed, 2000, begin) == pytest.approx(0.5, abs=0.05)

    faded = hear(sync_audio(video, music, out, fit="loop", fade_out=Fraction(1)).path)
    assert level(faded, 2000, 1.5) == pytest.approx(1, abs=0.05)
    assert level(faded, 2000, 2.45) == pytest.approx(0.5, abs=0.05)


def test_title_chapters_and_turn_are_kept(clip, song, ffmpeg, tmp_path: Path) -> None:
    plain, notes, turned = clip("v.mp4", seconds=2), tmp_path / "notes.txt", tmp_path / "turned.mp4"
    notes.write_text(
        ";FFMETADATA1\ntitle=A day\nartist=Me\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=Morning\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=900\nEND=2000\ntitle=Noon\n"
    )
    ffmpeg("-display_rotation", 90, "-i", plain, "-i", notes, "-map_metadata", 1, "-c", "copy", turned)
    film = sync_audio(turned, song(1), tmp_path / "out.mp4")
    with av.open(str(film.path)) as container:
        assert container.metadata["title"] == "A day" and container.metadata["artist"] == "Me"
        chapters = [
            (float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]), c["metadata"]["title"])
            for c in container.chapters()
        ]
    assert chapters == [(0, 0.9, "Morning"), (0.9, 2, "Noon")]
    assert probe(film.path).rotation == probe(turned).rotation == 270
    assert (film.width, film.height) == (36, 64)
    data = film.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_hevc_gets_the_tag_that_apple_takes(clip, song, look, tmp_path: Path) -> None:
    video = clip(
        "v.mp4", "testsrc2=s=64x64:r=24:d=1", words=("-c:v", "libx265", "-x265-params", "log-level=none")
    )
    film = sync_audio(video, song(1), tmp_path / "out.mp4")
    assert b"hvc1" in film.path.read_bytes()
    assert len(look(film.path)) == 24


def test_a_video_onto_itself(clip, song, tmp_path: Path) -> None:
    video = clip("v.mp4", tone=500)
    before = packets(video)
    sync_audio(video, song(1), video)
    assert packets(video) == before


def test_what_can_not_be(clip, song, left_behind, tmp_path: Path) -> None:
    video, music, out = clip("v.mp4"), song(1), tmp_path / "out.mp4"
    with pytest.raises(MediaError, match="has no sound"):
        sync_audio(video, video, out)
    with pytest.raises(MediaError, match="has no picture"):
        sync_audio(music, music, out)
    with pytest.raises(BadInput, match="which an MP4 can't hold"):
        sync_audio(clip("raw.mkv", words=("-c:v", "ffv1")), music, out)
    with pytest.raises(Interrupted):
        sync_audio(video, music, out, watch=Watch(cancelled=lambda: True))
    assert not out.exists() and left_behind() == []


def test_a_video_that_is_cut_short(clip, song, left_behind, tmp_path: Path) -> None:
    video = clip("v.mp4", "testsrc2=s=128x72:r=24:d=2", seconds=2, words=("-movflags", "+faststart"))
    video.write_bytes(video.read_bytes()[:-3000])
    with pytest.raises(MediaError, match=r"v\.mp4 is cut short"):
        sync_audio(video, song(1), tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists() and left_behind() == []
