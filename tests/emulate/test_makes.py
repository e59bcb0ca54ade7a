"""Clips as the services make them: the table's numbers, counted in the files."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from storyreel.emulators import clips, encode
from storyreel.emulators.jobs import Ask
from storyreel.emulators.makes import OURS, Make, make_of

MEASURED = [
    pytest.param("vertex", "veo-3.1-generate-001", 8, 192, 24, (48_000, 2, 8.000), id="veo"),
    pytest.param("fal", "fal-ai/veo3.1/fast/text-to-video", 8, 192, 24, (44_100, 1, 7.905), id="veo fast"),
    pytest.param("google", "gemini-omni-1.2-flash", 10, 240, 24, (48_000, 2, 10.005), id="omni"),
    pytest.param("runway", "gen4.5", 5, 121, 24, None, id="runway"),
    pytest.param("kling", "kling-3.0", 5, 121, 24, (44_100, 2, 5.039), id="kling"),
    pytest.param("kling", "kling-v2-6", 5, 121, 24, (44_100, 2, 5.039), id="kling web"),
    pytest.param("runway", "seedance2_fast", 5, 121, 24, (44_100, 2, 5.062), id="seedance"),
    pytest.param("runway", "seedance2_fast", 6, 145, 24, (44_100, 2, 6.062), id="seedance, 6 s"),
    pytest.param("runway", "hailuo3", 6, 141, 24, None, id="hailuo"),
    pytest.param("runway", "happyhorse_1_0", 5, 121, 24, (24_000, 2, 5.163), id="happyhorse"),
    pytest.param("heygen", "avatar_iv", 4, 100, 25, (48_000, 2, 4.009), id="heygen"),
]


def boxes(clip: bytes) -> list[tuple[str, int]]:
    """Kind and length of each outermost box."""
    found, place = [], 0
    while place < len(clip):
        size, kind = struct.unpack_from(">I4s", clip, place)
        found.append((kind.decode(), size))
        place += size
    return found


def served(make: Make, seconds: float, sound: bool, prompt: str = "a", look: str = "plain") -> bytes:
    return clips.make(Ask(prompt, seconds, 320, 180, sound), "job", look, Path(), made=make)


@pytest.mark.parametrize(("door", "model", "seconds", "frames", "fps", "sound"), MEASURED)
def test_a_clip_is_as_measured(
    door: str, model: str, seconds: float, frames: int, fps: int, sound: tuple[int, int, float] | None
) -> None:
    make = make_of(door, model)
    clip = served(make, seconds, sound is not None)
    with av.open(io.BytesIO(clip)) as container:
        video = container.streams.video[0]
        assert video.average_rate and video.time_base and video.duration
        pictures = list(container.decode(video))
        assert len(pictures) == frames and abs(video.average_rate - fps) < 1e-4
        assert abs(video.duration * video.time_base - frames / fps) < 1e-6
        times = [float(frame.pts * video.time_base) for frame in pictures]
        assert np.abs(np.array(times) - np.arange(frames) / fps).max() < 1e-6
        keys = [number for number, frame in enumerate(pictures) if frame.key_frame]
        assert keys == (list(range(0, frames, 50)) if door == "heygen" else [0])
        assert {int(frame.colorspace) for frame in pictures} == {2} and video.sample_aspect_ratio in (
            None,
            0,
            1,
        )
        assert video.codec_context.has_b_frames == make.reorders
        assert {
            (plane[0, 0], np.ptp(plane)) for frame in pictures for plane in [frame.to_ndarray()[:180]]
        } == {(encode.flat(2, 2, encode.hue_of(Ask("a", 1, 2, 2, False)))[0][0, 0], 0)}
        if sound:
            rate, channels, length = sound
            heard = container.streams.audio[0]
            assert heard.duration and heard.time_base
            assert (heard.rate, heard.channels, heard.start_time) == (rate, channels, 0)
            assert abs(float(heard.duration * heard.time_base) - length) < 0.0015
    kinds = [kind for kind, _ in boxes(clip)]
    assert (kinds.index("moov") < kinds.index("mdat")) == make.moov_first
    assert dict(boxes(clip)).get("uuid", 0) == make.c2pa and kinds[0] == "ftyp"


def test_odd_sizes_come_for_some_that_are_asked_for() -> None:
    assert make_of("runway", "hailuo3").size(1280, 720) == (1366, 768)
    assert make_of("runway", "hailuo3").size(720, 1280) == (768, 1366)
    assert make_of("kling", "kling-v2-6").size(1920, 1080) == (1920, 1076)
    assert make_of("vertex", "veo-3.1-generate-001").size(1280, 720) == (1280, 720)


@pytest.mark.parametrize("model", ["veo-3.1-generate-001", "kling-3.0"])
def test_footage_goes_by_its_pictures_in_the_same_files(model: str, tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    blocks = np.kron(dice.integers(20, 235, (9, 16), np.uint8), np.ones((40, 40), np.uint8))
    Image.fromarray(np.repeat(blocks[..., None], 3, axis=2)).save(tmp_path / "first.png")
    ask = Ask("a", 1, 640, 360, True, first="first.png")
    make = make_of("vertex", model)
    clip = clips.make(ask, "job", "footage", tmp_path, made=make)
    with av.open(io.BytesIO(clip)) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(pictures) == make.frames(1)
    assert np.abs(pictures[0].astype(int) - blocks).mean() < 12, "luma of TV range"
    assert np.abs(pictures[-1].astype(int) - pictures[0]).mean() > 5
    assert dict(boxes(clip)).get("uuid", 0) == make.c2pa


def test_the_media_are_where_the_tables_say_after_a_box_was_put_before_them() -> None:
    with_box, without = make_of("runway", "gen4.5"), Make(crf=18)
    one, two = (served(make, 1, True) for make in (with_box, without))
    packets = []
    for clip in (one, two):
        with av.open(io.BytesIO(clip)) as container:
            packets.append([bytes(packet) for packet in container.demux()])
    assert packets[0] == packets[1] and len(one) == len(two) + with_box.c2pa


def test_rehearsals_say_what_their_colours_are() -> None:
    with av.open(io.BytesIO(served(OURS, 1, False))) as container:
        assert int(next(container.decode(video=0)).colorspace) == 1
