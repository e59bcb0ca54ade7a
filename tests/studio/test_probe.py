"""What a file holds is read from it, and what can't be read is said in a sentence."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from storyreel.studio.errors import MediaError
from storyreel.studio.media.probe import probe, sound_length


def test_a_plain_clip(clip) -> None:
    info = probe(clip("plain.mp4", seconds=1.5, fps="30000/1001", size="128x72", tone=440))
    assert (info.size, info.fps, info.frames) == ((128, 72), Fraction(30000, 1001), 45)
    assert info.duration == Fraction(45 * 1001, 30000)
    assert (info.codec, info.pix_fmt, info.matrix, info.full_range) == ("h264", "yuv420p", "bt709", False)
    assert (info.has_audio, info.rotation, info.vfr, info.origin, info.hdr) == (True, 0, False, 0, "")


def test_matroska_tells_no_length_of_the_picture_so_it_is_counted(clip, ffmpeg, tmp_path: Path) -> None:
    picture = clip("picture.mkv", seconds=1)
    sound = tmp_path / "long.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=d=3", sound)
    both = tmp_path / "both.mkv"
    ffmpeg("-i", picture, "-i", sound, "-c:v", "copy", both)
    info = probe(both)
    assert (info.duration, info.frames, info.has_audio) == (1, 24, True)
    assert 2.9 < sound_length(both) < 3.1


@pytest.mark.parametrize(("turn", "rotation"), [(90, 270), (-90, 90), (180, 180)])
def test_a_turned_phone(clip, ffmpeg, tmp_path: Path, turn: int, rotation: int) -> None:
    lying = clip("lying.mp4", size="64x36")
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", turn, "-i", lying, "-c", "copy", turned)
    info = probe(turned)
    assert (info.rotation, info.stored) == (rotation, (64, 36))
    assert info.size == ((64, 36) if rotation == 180 else (36, 64))


def test_pixels_that_are_not_square(clip) -> None:
    info = probe(clip("dv.mp4", "color=s=72x60,setsar=16/15"))
    assert (info.size, info.stored) == ((77, 60), (72, 60))


def test_a_varying_rate(clip, ffmpeg, tmp_path: Path) -> None:
    steady = clip("steady.mp4", seconds=2, fps=30)
    varying = tmp_path / "varying.mp4"
    ffmpeg("-i", steady, "-vf", "select='lt(n,20)+not(mod(n,3))'", "-fps_mode", "vfr", varying)
    assert probe(varying).vfr
    assert not probe(steady).vfr


@pytest.mark.parametrize(
    ("pix_fmt", "tags", "matrix", "full"),
    [
        ("yuv420p10le", "colorspace=bt2020nc", "bt2020", False),
        ("yuv444p", "colorspace=smpte170m", "bt601", False),
        ("yuvj420p", "colorspace=bt709:range=pc", "bt709", True),
    ],
)
def test_colours(clip, pix_fmt: str, tags: str, matrix: str, full: bool) -> None:
    info = probe(clip("colours.mp4", f"color=s=64x36,format={pix_fmt.replace('j', '')}", tags=tags))
    assert (info.pix_fmt, info.matrix, info.full_range) == (pix_fmt, matrix, full)


def test_untagged_colours_are_guessed_as_players_do(ffmpeg, tmp_path: Path) -> None:
    for size, matrix in (("640x360", "bt601"), ("1280x720", "bt709")):
        path = tmp_path / f"{size}.mkv"
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:d=0.1,format=yuv420p", "-c:v", "libx264", path)
        assert probe(path).matrix == matrix


def test_a_song_with_a_cover_has_no_picture(ffmpeg, tmp_path: Path) -> None:
    cover, song = tmp_path / "cover.png", tmp_path / "song.mp3"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", 1, cover)
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-i", cover, "-map", 0, "-map", 1, "-c:v", "copy", song)
    with pytest.raises(MediaError, match=r"song\.mp3 has no picture"):
        probe(song)


def _text(path: Path) -> None:
    path.write_text("This is not a video.\n" * 50)


def _playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n")


def _concat(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile /etc/passwd\n")


@pytest.mark.parametrize(
    "make", [_text, _playlist, _concat, lambda path: path.write_bytes(b""), lambda _: None]
)
def test_not_a_video(tmp_path: Path, make) -> None:
    path = tmp_path / "clip.mp4"
    make(path)
    with pytest.raises(MediaError) as caught:
        probe(path)
    words = "is empty" if path.exists() and not path.stat().st_size else "is not a video or sound file"
    assert (words if path.exists() else "does not exist") in caught.value.message
    assert "clip.mp4" in caught.value.message and caught.value.hint


def test_a_picture_is_not_a_video(ffmpeg, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", 1, path)
    with pytest.raises(MediaError, match="is not a video"):
        probe(path)


@pytest.mark.parametrize("words", [(), ("-movflags", "+faststart")])
def test_cut_short(clip, words: tuple[str, ...]) -> None:
    path = clip("cut.mp4", "testsrc2=s=128x72:r=24:d=2", seconds=2, words=words)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MediaError, match="cut short"):
        probe(path)


def test_a_clip_without_sound_has_no_length_of_sound(clip) -> None:
    with pytest.raises(MediaError, match="has no sound"):
        sound_length(clip("mute.mp4"))
