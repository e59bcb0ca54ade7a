"""VIDEO, AUDIO and IMAGE without ComfyUI: files that open only when asked, arrays that lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from storyreel import host
from storyreel.host import waves
from storyreel.host.standalone.context import Place, here
from storyreel.studio.errors import BadInput, MediaError, OutputError


@pytest.fixture(autouse=True)
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place.under(tmp_path)
    with here(place):
        yield place


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """10 frames of 64x36 at 25 a second, each of its own grey, with 0.4 s of mono sound."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        audio: Any = out.add_stream("aac", rate=44100)
        audio.layout = "mono"
        for shade in range(10):
            picture = np.full((36, 64, 3), shade * 25, np.uint8)
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(video.encode(None))
        tone = np.sin(np.arange(17640) / 10, dtype=np.float32)[None]
        frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        frame.sample_rate = 44100
        out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    return path


def test_every_8_bit_value_survives_the_way_through_an_image() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    image = host.image(ramp)
    assert (image.shape, image.dtype) == ((1, 16, 16, 3), np.float32)
    assert (image.min(), image.max()) == (0, 1)
    assert np.array_equal(host.pixels(image)[0], ramp)


def test_pixels_take_what_nodes_send() -> None:
    assert host.pixels(np.full((2, 4, 4, 1), 0.5, np.float32)).shape == (2, 4, 4, 3)
    assert host.pixels(np.full((4, 4, 4), 1.0, np.float32)).shape == (1, 4, 4, 3)
    wild = np.array([[[[-1.0, 2.0, np.nan]]]], np.float32)
    assert host.pixels(wild).tolist() == [[[[0, 255, 0]]]]
    for shape in ((4, 4), (1, 4, 4, 2), (1, 1, 4, 4, 3)):
        with pytest.raises(BadInput, match="not the shape of an image"):
            host.pixels(np.zeros(shape, np.float32))


def test_a_video_says_what_its_file_is(clip: Path) -> None:
    video = host.video(clip)
    assert host.video_path(video) == clip
    assert video.get_dimensions() == (64, 36)
    assert video.get_frame_rate() == Fraction(25)
    assert video.get_frame_count() == 10
    assert video.get_duration() == pytest.approx(0.4, abs=0.03)
    assert "mp4" in video.get_container_format()


def test_a_video_comes_apart_into_frames_and_sound(clip: Path) -> None:
    parts = host.video(clip).get_components()
    assert (parts.images.shape, parts.images.dtype, parts.frame_rate) == ((10, 36, 64, 3), np.float32, 25)
    shades = parts.images.mean(axis=(1, 2, 3)) * 255
    assert np.abs(shades - np.arange(10) * 25).max() < 4
    assert parts.audio["sample_rate"] == 44100
    assert parts.audio["waveform"].shape[:2] == (1, 1)


@pytest.mark.parametrize("ask", ["get_dimensions", "get_duration", "get_frame_rate", "get_components"])
def test_what_is_no_video_is_told_when_it_is_opened(tmp_path: Path, ask: str) -> None:
    (tmp_path / "fake.mp4").write_bytes(b"no video")
    video = host.video(tmp_path / "fake.mp4")
    with pytest.raises(MediaError, match=r"fake\.mp4"):
        getattr(video, ask)()
    with pytest.raises(BadInput, match="str is not a video"):
        host.video_path("clip.mp4")


def test_saving_a_video_leaves_nothing_half_written(clip: Path, tmp_path: Path) -> None:
    video = host.video(clip)
    for refused in ({"format": "webm"}, {"codec": "av1"}):
        with pytest.raises(BadInput):
            video.save_to(tmp_path / "out.mp4", **refused)
    with pytest.raises(OutputError):
        video.save_to(tmp_path / "gone/out.mp4")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError):
        video.save_to(tmp_path / "folder.mp4")
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["clip.mp4"]


def test_a_saved_video_keeps_chapters_and_gets_the_tags(clip: Path, tmp_path: Path) -> None:
    with av.open(str(clip)) as source, av.open(str(tmp_path / "chapters.mp4"), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        times = {"time_base": Fraction(1, 1000), "start": 0, "end": 200}
        out.set_chapters(
            [
                times | {"id": 0, "metadata": {"title": "one"}},
                times | {"id": 1, "start": 200, "end": 400, "metadata": {"title": "two"}},
            ]
        )
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    host.video(tmp_path / "chapters.mp4").save_to(
        tmp_path / "saved.mp4", metadata={"workflow": {"nodes": []}, "note": "x"}
    )
    with av.open(str(tmp_path / "saved.mp4")) as saved:
        times = [
            (c["metadata"]["title"], c["start"] * c["time_base"], c["end"] * c["time_base"])
            for c in saved.chapters()
        ]
        assert times == [("one", 0, Fraction(1, 5)), ("two", Fraction(1, 5), Fraction(2, 5))]
        assert saved.metadata["workflow"] == '{"nodes": []}'
        assert saved.metadata["note"] == "x"
    data = (tmp_path / "saved.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_sound_goes_into_a_file_and_back_to_the_sample(tmp_path: Path, channels: int) -> None:
    """Float WAV: 100 001 samples, some louder than full scale, none changed."""
    samples = np.random.default_rng(channels).normal(0, 1, (channels, 100_001)).astype(np.float32)
    path = host.audio_path({"waveform": samples[None], "sample_rate": 22050})
    assert path.parent == tmp_path / "temp/storyreel"
    sound = host.audio(path)
    assert sound["sample_rate"] == 22050
    assert np.array_equal(sound["waveform"], samples[None])


def test_audio_of_a_file_is_its_own_file_and_decodes_only_when_asked(tmp_path: Path) -> None:
    sound = host.audio(tmp_path / "not there yet.wav")
    assert host.audio_path(sound) == tmp_path / "not there yet.wav"
    assert list(sound) == ["waveform", "sample_rate"]
    with pytest.raises(MediaError, match="not there yet"):
        sound["waveform"]
    with pytest.raises(KeyError):
        sound["path"]


def test_a_batch_of_sounds_is_refused() -> None:
    with pytest.raises(BadInput, match="batch of 3"):
        host.audio_path({"waveform": np.zeros((3, 1, 10), np.float32), "sample_rate": 8000})
    with pytest.raises(BadInput, match="can't be written"):
        host.audio_path({"waveform": np.zeros((1, 9, 10), np.float32), "sample_rate": 8000})


def test_a_sound_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        waves.write_sound(np.zeros((1, 10), np.float32), 8000, tmp_path / "gone/x.wav")
    assert not (tmp_path / "gone").exists()
