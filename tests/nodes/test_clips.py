"""Nodes that make or change one clip, run for real: what comes out is decoded and measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from storyreel.nodes.clips import AnimaticClip, CropVideo, MatchColors, SyncAudio, Transition, TrimVideo
from storyreel.studio.errors import BadInput


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(file.streams.video[0]) if packet.size]


def pitch(sound: np.ndarray) -> float:
    """The strongest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1])))
    return float(np.argmax(spectrum)) * 48000 / sound.shape[1]


def picture(width: int = 96, height: int = 64) -> np.ndarray:
    """An IMAGE: a ramp from black at the left to white at the right."""
    ramp = np.linspace(0, 1, width, dtype=np.float32)[None, None, :, None]
    return np.broadcast_to(ramp, (1, height, width, 3)).copy()


SHAPE: dict[str, Any] = {"width": 64, "height": 36, "fps": 24.0, "crf": 5, "seed": 1, "fit": "cover"}


def test_animatic_clip_moves_over_a_picture(execute: Any, look: Any) -> None:
    inputs = {"prompt": "", "clip_action": "pan right", "duration": 1.5}
    (video,) = execute(AnimaticClip, image=picture(), **inputs, **SHAPE)
    seen = look(video)
    assert (seen.frames, seen.fps, seen.size) == (36, 24, (64, 36))
    assert seen.greys[-1] > seen.greys[0] + 3, "to the right the picture is brighter"
    assert np.all(np.diff(seen.greys) > -0.5), "and it gets there without going back"


def test_animatic_clip_without_a_picture_is_a_card(execute: Any, look: Any) -> None:
    inputs = {"prompt": "Title", "clip_action": "static", "duration": 0.5}
    shape = SHAPE | {"width": 320, "height": 180}
    (video,) = execute(AnimaticClip, **inputs, **shape)
    seen = look(video)
    assert seen.frames == 12 and seen.size == (320, 180)
    assert seen.luma[0].max() > seen.luma[0].min() + 80, "letters stand out"


def test_the_same_seed_makes_the_same_clip(execute: Any) -> None:
    inputs = {"prompt": "Title", "clip_action": "static", "duration": 0.5}
    first, again = (execute(AnimaticClip, **inputs, **SHAPE)[0] for _ in range(2))
    paths = [Path(video.get_stream_source()) for video in (first, again)]
    assert paths[0] != paths[1] and paths[0].read_bytes() == paths[1].read_bytes()


def test_animatic_clip_refuses_a_batch(execute: Any) -> None:
    batch = np.concatenate([picture(), picture()])
    with pytest.raises(BadInput, match="2 came"):
        execute(AnimaticClip, image=batch, prompt="", clip_action="", duration=1, **SHAPE)


def test_animatic_clip_needs_something_to_show(execute: Any) -> None:
    with pytest.raises(BadInput, match="prompt: is empty"):
        execute(AnimaticClip, prompt="  ", clip_action="", duration=1, **SHAPE)


def test_a_mistyped_movement_is_refused_before_running() -> None:
    assert AnimaticClip.validate_inputs(clip_action="slow zoom in, pan left") is True
    assert AnimaticClip.validate_inputs(clip_action=None) is True, "it comes by a wire"
    sentence = AnimaticClip.validate_inputs(clip_action="zom in")
    assert isinstance(sentence, str) and "zom" in sentence and "zoom" in sentence


def test_transition_joins_two(execute: Any, clip: Any, look: Any) -> None:
    first, second = clip("a", 50, 24, tone=440), clip("b", 200, 30, fps=30, size=(128, 72))
    (video,) = execute(Transition, first=first, second=second, transition="wipe", duration=0.5)
    seen = look(video)
    assert (seen.frames, seen.fps, seen.size) == (24 + 24 - 12, 24, (64, 36))
    middle = seen.luma[18]
    assert abs(int(middle[:, 4].mean()) - 200) < 8 and abs(int(middle[:, -5].mean()) - 50) < 8
    assert abs(seen.sound.shape[1] - 48000 * 1.5) <= 1024


def test_a_transition_longer_than_a_clip_is_refused(execute: Any, clip: Any) -> None:
    with pytest.raises(BadInput, match="longer than the clip"):
        execute(Transition, first=clip("a", frames=12), second=clip("b"), transition="fade", duration=0.75)


def test_sync_audio_copies_the_picture(execute: Any, clip: Any, tone: Any, look: Any) -> None:
    video = clip("film", lambda n: 40 + 4 * n, frames=36, tone=1000)
    source = Path(video.get_stream_source())
    how = {"mode": "replace", "fit": "loop", "gain_db": 0.0, "fade_out": 0.0}
    (made,) = execute(SyncAudio, video=video, audio=tone(0.5, 440), **how)
    seen = look(made)
    assert packets(seen.path) == packets(source)
    assert abs(seen.sound.shape[1] - 48000 * 1.5) <= 1024
    assert abs(pitch(seen.sound[:, 4800:67200]) - 440) < 10, "the film's own 1000 Hz is gone"
    assert np.abs(seen.sound[:, 55000:60000]).max() > 0.3, "looped to the end"


def test_sync_audio_mixes_and_fades(execute: Any, clip: Any, tone: Any, look: Any) -> None:
    video = clip("film", frames=48, tone=1000)
    how = {"mode": "mix", "fit": "trim", "gain_db": -6.0, "fade_out": 0.0}
    (made,) = execute(SyncAudio, video=video, audio=tone(1.0, 440), **how)
    sound = look(made).sound[0]
    spectrum = np.abs(np.fft.rfft(sound[4800:43200])) / 38400 * 2
    at = [float(spectrum[round(hz * 38400 / 48000) + np.arange(-2, 3)].max()) for hz in (440, 1000)]
    assert at[0] == pytest.approx(0.25, rel=0.1) and at[1] == pytest.approx(0.5, rel=0.1)
    late = np.abs(np.fft.rfft(sound[52800:91200])) / 38400 * 2
    assert late[round(440 * 0.8) + np.arange(-2, 3)].max() < 0.01, "trimmed: silence after its end"


def test_trim_is_exact(execute: Any, clip: Any, look: Any) -> None:
    video = clip("numbers", lambda n: 20 + 4 * n, frames=48, tone=440)
    (made,) = execute(TrimVideo, video=video, start=0.5, end=1.5)
    seen = look(made)
    assert seen.frames == 24
    assert np.allclose(seen.greys, 20 + 4 * np.arange(12, 36), atol=1.5)
    assert abs(seen.sound.shape[1] - 48000) <= 1024


def test_trim_to_the_end(execute: Any, clip: Any, look: Any) -> None:
    (made,) = execute(TrimVideo, video=clip("numbers", lambda n: 20 + 4 * n, frames=48), start=1.5, end=0.0)
    assert np.allclose(look(made).greys, 20 + 4 * np.arange(36, 48), atol=1.5)


def test_trim_says_what_is_wrong_before_running() -> None:
    assert TrimVideo.validate_inputs(start=1.0, end=0.0) is True
    assert TrimVideo.validate_inputs(start=None, end=0.5) is True
    assert "after the start" in str(TrimVideo.validate_inputs(start=2.0, end=1.0))
    assert TrimVideo.validate_inputs(start=-1.0, end=1.0) is not True


def test_crop_cuts_a_rectangle(execute: Any, clip: Any, look: Any) -> None:
    video = clip("flat", 100, frames=12, size=(64, 36))
    (made,) = execute(CropVideo, video=video, x=10, y=6, width=32, height=16)
    seen = look(made)
    assert seen.size == (32, 16) and seen.frames == 12
    with pytest.raises(BadInput, match="not inside"):
        execute(CropVideo, video=video, x=40, y=6, width=32, height=16)


def test_colors_are_matched_to_another_video(execute: Any, clip: Any, look: Any) -> None:
    """Every frame alike, by what the first one lacks; the reference's later frames don't count."""
    dark = clip("dark", lambda n: 80 + n, frames=24, tone=440)
    bright = clip("bright", lambda n: 100 if n == 0 else 30, frames=24)
    (video,) = execute(MatchColors, video=dark, like=bright, change="evenly")
    seen, before = look(video), look(dark)
    assert seen.frames == before.frames and seen.size == before.size
    assert np.abs(seen.greys - before.greys - 20).max() < 1.5
    assert seen.sound.shape[1] / 48000 == pytest.approx(1, abs=0.03)
    assert pitch(seen.sound) == pytest.approx(440, abs=3)


def test_colors_are_matched_to_a_picture_towards_the_end(execute: Any, clip: Any, look: Any) -> None:
    """The first frame stays, the last one is as bright as the picture, and no step is seen between."""
    drifting = clip("drifting", lambda n: 100 - n, frames=21, tone=None)
    (luma,) = {round(float(grey)) for grey in look(clip("like", 100, frames=1)).greys}
    grey = np.full((1, 36, 64, 3), (luma - 16) / 219, np.float32)
    (video,) = execute(MatchColors, video=drifting, picture=grey, change="towards the end")
    greys = look(video).greys
    assert abs(greys[0] - 100) < 1 and abs(greys[-1] - 100) < 1.5
    assert np.abs(greys - 100).max() < 7 and np.abs(np.diff(greys)).max() < 2, "half the drift at most"


def test_the_colors_come_from_one_place() -> None:
    """What comes by a wire is None while inputs are checked; what isn't connected isn't there."""
    for one in ({"like": None}, {"picture": None}):
        assert MatchColors.validate_inputs(change="evenly", **one) is True
    for both_or_none in ({}, {"like": None, "picture": None}):
        with pytest.raises(BadInput, match="connect either like or picture"):
            MatchColors.validate_inputs(change="evenly", **both_or_none)
    with pytest.raises(BadInput, match="'blue' is not one of evenly"):
        MatchColors.validate_inputs(change="blue", like=None)
