"""What is heard on the canvas: a text that is said, and music of a mood."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from storyreel.nodes.speech_music import COMPOSED, MusicByMood, Narrate
from storyreel.studio.errors import BadInput
from storyreel.studio.voices import missing

needs_a_voice = pytest.mark.skipif(bool(missing()), reason="no offline voice here")


def heard(audio: Any) -> np.ndarray:
    """What a node gave, float32 [channels, samples], at 48 kHz."""
    with av.open(str(audio.path)) as file:
        resampler = av.AudioResampler("fltp", "stereo", 48000)
        parts = [part.to_ndarray() for frame in file.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([*parts, *(part.to_ndarray() for part in resampler.resample(None))], axis=1)


@pytest.fixture
def track() -> Callable[[Path, float], None]:
    """Writes a sine of that pitch, two seconds long, softer and softer."""

    def write(path: Path, pitch: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        time = np.arange(96000) / 48000
        wave_ = (12000 * np.sin(2 * np.pi * pitch * time) * (1 - time / 4)).astype("<i2")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(48000)
            file.writeframes(wave_.tobytes())

    return write


def pitch(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples[0] * np.hanning(samples.shape[1])))
    return float(np.fft.rfftfreq(samples.shape[1], 1 / 48000)[spectrum.argmax()])


@needs_a_voice
def test_a_text_is_said_with_its_words_and_their_times(execute: Any) -> None:
    assert Narrate.validate_inputs(text="One, two.", voice="en-us", language="", speed=1.0) is True
    audio, srt, seconds, record = execute(Narrate, text="One, two.", voice="en-us")
    told = json.loads(record)
    assert [word["text"] for word in told["words"]] == ["One,", "two."] and told["cost"] == 0
    assert "-->" in srt and srt.rstrip().endswith("One, two.")
    samples = heard(audio)
    first = int(48000 * told["words"][0]["start"])
    assert np.abs(samples[:, : max(0, first - 2400)]).max(initial=0) < 0.02, "silence before the first word"
    assert np.abs(samples[:, first : int(48000 * seconds)]).max() > 0.1
    faster = execute(Narrate, text="One, two.", voice="en-us", speed=1.5)[2]
    assert 0.5 < faster / seconds < 0.8


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"text": " \n"}, "there is nothing to say"),
        ({"text": "One", "speed": 3.0}, "speed: 3 is not between 0.5 and 2"),
        ({"text": "One", "voice": "nobody/alloy"}, "'nobody' has none"),
    ],
)
def test_what_nobody_can_say(place: Any, values: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Narrate.validate_inputs(**values)


def test_a_voice_of_a_service_is_paid_for_once_and_with_consent(execute: Any, cloud: Any) -> None:
    asked = {"text": "One, two, three.", "voice": "google/Kore"}
    with pytest.raises(Exception, match=r"\$"):
        execute(Narrate, **asked)
    assert not cloud.record()["jobs"]
    audio, srt, seconds, record = execute(Narrate, **asked, max_cost=1.0)
    told = json.loads(record)
    assert (told["door"], told["voice"], told["reused"]) == ("google", "Kore", False) and told["cost"] > 0
    assert abs(heard(audio).shape[1] / 48000 - seconds) < 1 and "three." in srt
    again = json.loads(execute(Narrate, **asked)[3])
    assert again["reused"] and len(cloud.record()["jobs"]) == 1


def test_composed_music_is_as_long_as_asked(execute: Any) -> None:
    asked = {"mood": "calm", "seconds": 4.0, "seed": 3, "folder": COMPOSED, "by": "auto"}
    assert MusicByMood.validate_inputs(**asked) is True
    audio, bar, record = execute(MusicByMood, **asked)
    samples = heard(audio)
    assert samples.shape == (2, 4 * 48000) and np.abs(samples).max() > 0.03
    told = json.loads(record)
    assert told["by"] == "composer" and abs(bar - 240 / told["bpm"]) < 1e-9


def test_a_track_of_the_users_is_repeated_to_its_length(execute: Any, place: Any, track: Any) -> None:
    track(place.input / "tracks" / "epic" / "high.wav", 880)
    track(place.input / "tracks" / "sad" / "low.wav", 220)
    asked = {"mood": "sad", "seconds": 5.0, "seed": 0, "folder": "tracks", "by": "folder"}
    assert MusicByMood.validate_inputs(**asked) is True
    samples = heard(execute(MusicByMood, **asked)[0])
    assert samples.shape == (2, 5 * 48000) and abs(pitch(samples) - 220) < 2
    assert np.abs(samples[:, int(3.2 * 48000) : int(3.4 * 48000)]).max() > 0.05, "it goes on after its end"
    assert np.abs(samples[:, -480:]).max() < 0.02, "and dies away"
    before = MusicByMood.fingerprint_inputs(**asked)
    track(place.input / "tracks" / "sad" / "lower.wav", 110)
    assert MusicByMood.fingerprint_inputs(**asked) != before


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mood": "epix"}, "'epix' is not one of calm"),
        ({"other_mood": "zydeco"}, "there is no mood 'zydeco'"),
        ({"folder": "../x"}, "leaves its folder"),
        ({"by": "folder"}, "there is no folder of music"),
    ],
)
def test_music_that_nobody_has(place: Any, values: dict[str, Any], said: str) -> None:
    usual = {"mood": "calm", "seconds": 4.0, "seed": 3, "folder": COMPOSED, "by": "auto"}
    with pytest.raises(BadInput, match=said):
        MusicByMood.validate_inputs(**{**usual, **values})


def test_music_of_a_service_is_cut_to_its_length(execute: Any, cloud: Any) -> None:
    asked = {"mood": "calm", "seconds": 3.0, "seed": 3, "folder": COMPOSED, "by": "lyria-3.5"}
    assert MusicByMood.validate_inputs(**asked) is True
    with pytest.raises(Exception, match=r"\$"):
        execute(MusicByMood, **asked)
    assert not cloud.record()["jobs"]
    audio, _, record = execute(MusicByMood, **asked, max_cost=1.0)
    samples, told = heard(audio), json.loads(record)
    assert samples.shape == (2, 3 * 48000) and np.abs(samples[:, :96000]).max() > 0.02
    assert told["model"] == "lyria-3.5" and told["cost"] > 0 and not told["reused"]
    assert json.loads(execute(MusicByMood, **asked)[2])["reused"] and len(cloud.record()["jobs"]) == 1
