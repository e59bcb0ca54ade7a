"""Files that are not what their names say, in the input folder of an engine: none reaches another program or another
file, and none fills the memory."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import wave
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60 60\n%%EndComments\nshowpage\n%%EOF\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "input").mkdir()
    return tmp_path / "input"


@pytest.fixture
def ghostscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once a program named gs was started."""
    if sys.platform == "win32":
        pytest.skip("the program of this test is a shell script")
    started = tmp_path / "started"
    program = tmp_path / "bin/gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch '{started}'\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return started


def run(start: Callable[..., Any], kind: str, **inputs: Any) -> str:
    """What is wrong with the one node of a workflow, in its own words; empty if it ran."""
    save = {"LoadImage": "PreviewImage", "LoadAudio": "PreviewAudio", "LoadVideo": "SaveVideo"}[kind]
    socket = {"LoadImage": "images", "LoadAudio": "audio", "LoadVideo": "video"}[kind]
    rest = {"filename_prefix": "a", "format": "auto", "codec": "auto"} if kind == "LoadVideo" else {}
    entry = start().run(
        {
            "1": {"class_type": kind, "inputs": inputs},
            "2": {"class_type": save, "inputs": {socket: ["1", 0], **rest}},
        }
    )
    if entry["status"]["completed"]:
        return ""
    return str(entry["status"]["messages"][-1][1]["exception_message"])


def test_postscript_named_png_starts_no_program(
    folder: Path, ghostscript: Path, start: Callable[..., Any]
) -> None:
    (folder / "a.png").write_bytes(EPS)
    assert "a.png is not a picture" in run(start, "LoadImage", image="a.png")
    assert not ghostscript.exists()


@pytest.mark.parametrize("query", [{"preview": "webp;90"}, {"channel": "rgb"}, {"channel": "a"}])
def test_postscript_named_png_is_not_shown(
    folder: Path, ghostscript: Path, start: Callable[..., Any], query: dict[str, str]
) -> None:
    (folder / "a.png").write_bytes(EPS)
    answer = requests.get(f"{start().url}/view", {"filename": "a.png", "type": "input", **query}, timeout=10)
    assert answer.status_code == 400
    assert not ghostscript.exists()


def test_the_emulators_start_no_program_either(ghostscript: Path) -> None:
    from storyreel.emulators.media import picture_of

    assert picture_of(EPS) is None
    assert not ghostscript.exists()


def tone(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\1\2" * 8000)


PLAYLISTS = {
    "concat.wav": "ffconcat version 1.0\nfile 'other.wav'\n",
    "concat.mp4": "ffconcat version 1.0\nfile 'other.wav'\n",
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nother.wav\n#EXT-X-ENDLIST\n",
    "list.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nother.wav\n#EXT-X-ENDLIST\n",
    "talk.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "dash.mp4": "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static' "
    "mediaPresentationDuration='PT1S'><Period><AdaptationSet mimeType='audio/wav'><Representation id='1' "
    "bandwidth='1'><BaseURL>other.wav</BaseURL></Representation></AdaptationSet></Period></MPD>",
}


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("kind", ["LoadAudio", "LoadVideo"])
def test_a_playlist_is_no_medium(folder: Path, start: Callable[..., Any], name: str, kind: str) -> None:
    """It would play another file: "other.wav" here, any that the engine may read elsewhere."""
    tone(folder / "other.wav")
    (folder / name).write_text(PLAYLISTS[name])
    said = run(start, kind, **{"audio" if kind == "LoadAudio" else "file": name})
    assert f"{name} is not a video or sound file" in said


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows doesn't have")
@pytest.mark.parametrize("name", ["concat:other.wav", "pipe:0.wav", "-i.wav", "t%03d.wav", "a:b.wav"])
def test_a_name_is_never_taken_for_a_protocol(folder: Path, name: str) -> None:
    from storyreel.host.waves import read_sound

    tone(folder / name)
    assert read_sound(folder / name)[0].shape == (1, 8000)


def test_pictures_numbered_by_a_pattern_are_no_video(folder: Path, start: Callable[..., Any]) -> None:
    for number in (1, 2):
        Image.new("RGB", (64, 36)).save(folder / f"p{number}.png")
    (folder / "p%d.png").write_bytes(b"")
    assert "p%d.png" in run(start, "LoadVideo", file="p%d.png")


def png(width: int, height: int, rows: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A black picture whose header promises `height` lines, and which has so many."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\0\0\0"
    pack = zlib.compressobj(9)
    body = b"".join(pack.compress(bytes(4 * width + 1)) for _ in range(rows)) + pack.flush()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        for kind, data in ((b"IHDR", head), *chunks, (b"IDAT", body), (b"IEND", b""))
    )


HUGE = zlib.compress(bytes(50_000_000), 9)
PICTURES = {
    "promised.png": (png(9000, 9000, 1), "too large: 9000x9000"),
    "promised_more.png": (png(60_000, 60_000, 1), "too large"),
    "long.png": (png(40_000, 1, 1), "too large: 40000x1"),
    "short.png": (png(2000, 2000, 2000)[:1200], "cut short or damaged"),
    "text.png": (png(8, 8, 8, (b"zTXt", b"k\0\0" + HUGE)), "cut short or damaged"),
    "words.png": (png(8, 8, 8, (b"iTXt", b"k\0\1\0\0\0" + HUGE)), "cut short or damaged"),
    "header.gif": (b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;", "too large"),
    "header.bmp": (
        b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + b"\xff\xff\0\0" * 2 + b"\1\0\x18\0" + bytes(24),
        "too large",
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_small_files_of_huge_pictures_are_refused(folder: Path, start: Callable[..., Any], name: str) -> None:
    data, words = PICTURES[name]
    (folder / name).write_bytes(data)
    assert words in run(start, "LoadImage", image=name)


def test_a_picture_of_many_frames_is_refused_before_it_fills_the_memory(
    folder: Path, start: Callable[..., Any]
) -> None:
    head, frame = (
        b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff",
        b",\0\0\0\0\1\0\1\0\0\x02\x02D\x01\0",
    )
    (folder / "many.gif").write_bytes(head + frame * 5000 + b";")
    assert "more than 4096 frames" in run(start, "LoadImage", image="many.gif")
    frames = [Image.new("L", (6000, 6000), shade) for shade in (0, 100, 200)]
    frames[0].save(folder / "large.gif", save_all=True, append_images=frames[1:])
    assert "more than 2 frames of 6000x6000" in run(start, "LoadImage", image="large.gif")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of its memory from /proc")
def test_the_largest_picture_that_is_read_takes_little_memory(tmp_path: Path) -> None:
    """A file of 260 kB used to take 1.1 GB, and a third more was allowed."""
    path = tmp_path / "most.png"
    path.write_bytes(png(8192, 8192, 8192))
    assert path.stat().st_size < 500_000
    code = (
        "import re, sys; from pathlib import Path; from storyreel.studio.media.image import read\n"
        "assert read(Path(sys.argv[1])).shape == (8192, 8192, 3)\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd="/"
    )
    assert int(done.stdout) < 750_000  # kB; the libraries alone take 100 MB


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright_whatever_their_exif_says(tmp_path: Path, orientation: int) -> None:
    from PIL import ImageOps
    from storyreel.studio.media.image import is_upright, read, size_of

    pixels = np.random.default_rng(3).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as picture:
        wanted = np.asarray(ImageOps.exif_transpose(picture))
    assert np.array_equal(read(tmp_path / "a.png"), wanted)
    assert size_of(tmp_path / "a.png") == wanted.shape[1::-1]
    assert is_upright(tmp_path / "a.png") == (orientation == 1)


def test_a_video_of_huge_frames_is_refused(tmp_path: Path) -> None:
    from storyreel.studio.errors import MediaError
    from storyreel.studio.media.probe import probe

    frame = bytes(4) + (9000).to_bytes(4, "big") * 2 + bytes(8) + b"\0\1\0\x0a\0\0"
    moving = (b"acTL", b"\0\0\0\2\0\0\0\0"), (b"fcTL", frame)
    (tmp_path / "a.apng").write_bytes(png(9000, 9000, 1, *moving))
    with pytest.raises(MediaError, match=r"too large|not a video"):
        probe(tmp_path / "a.apng")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_picture_cut_anywhere_is_a_sentence(tmp_path: Path) -> None:
    """Exif, profiles and texts too: whatever a reader stumbles over names the file."""
    from storyreel.studio.errors import MediaError
    from storyreel.studio.media.image import read, size_of

    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "x" * 100
    generator = np.random.default_rng(5)
    for kind in ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "TGA", "PPM", "JPEG2000"):
        buffer = BytesIO()
        Image.fromarray(generator.integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(buffer, kind, exif=exif)
        whole = buffer.getvalue()
        for number in range(120):
            data = bytearray(whole if number % 2 else whole[: int(generator.integers(1, len(whole)))])
            for place in generator.integers(0, min(len(data), 400), 4):
                data[place] = generator.integers(0, 256)
            path = tmp_path / f"a.{kind.lower()}"
            path.write_bytes(data)
            for reader in (read, size_of):
                try:
                    reader(path)
                except MediaError as error:
                    assert path.name in str(error), base64.b64encode(data)
