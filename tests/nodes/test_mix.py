"""Nodes that mix and change sounds, run for real: what comes out is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from storyreel.nodes import sockets
from storyreel.nodes.audio_mix import Duck, Fade, Loudness, MixAudio, Volume
from storyreel.nodes.film import RenderFilm
from storyreel.studio.errors import BadInput
from storyreel.studio.timeline.timeline import Timeline, TimelineClip

RATE = 48000


def sound(audio: Any) -> np.ndarray:
    """An AUDIO's samples, float32 [2, n]."""
    assert audio["sample_rate"] == RATE and audio["waveform"].shape[:2] == (1, 2)
    return np.asarray(audio["waveform"])[0]


def test_mix_audio(execute: Any, tone: Any) -> None:
    low, high = tone(2, 300, 0.2), tone(0.5, 4000, 0.2)
    (both,) = execute(
        MixAudio, sounds={"sound0": [low, high], "sound2": None}, tracks=["gain -6.0206\nat 2.5"]
    )
    out = sound(both)
    assert out.shape[1] == 3 * RATE
    assert np.allclose(out[:, 480 : 2 * RATE - 480], low["waveform"][0][:, 480:-480] / 2, atol=1e-5)
    assert not out[:, 2 * RATE : 120000].any()
    assert np.allclose(out[:, 120480:-480], high["waveform"][0][:, 480:-480], atol=1e-6)
    assert "did you mean 'gain'" in MixAudio.validate_inputs(tracks="gian 3")
    assert MixAudio.validate_inputs(tracks="loop\n\nat 1") is True
    with pytest.raises(BadInput, match=r"line 1\.source_end: 9 s is after the end of its file"):
        execute(MixAudio, sounds={"sound0": [low]}, tracks=["to 9"])


def test_duck(execute: Any, tone: Any) -> None:
    voice = tone(3, 200, 0.3)
    voice["waveform"][..., :RATE] = 0
    (under,) = execute(Duck, audio=tone(5, 1000), under=voice, depth=20.0)
    out = sound(under)
    assert out.shape[1] == 5 * RATE
    assert np.array_equal(out[:, : RATE // 2], tone(5, 1000)["waveform"][0][:, : RATE // 2])
    for second, loud in ((1.1, 0.05), (2.9, 0.05), (4, 0.5)):
        assert np.abs(out[:, int(second * RATE) : int(second * RATE) + 480]).max() == pytest.approx(
            loud, rel=0.01
        )


def test_loudness(execute: Any, tone: Any) -> None:
    made, report = execute(Loudness, audio=tone(2, 997, 0.1), target=-20.0, true_peak=-1.0)
    # A sine of 997 Hz in both channels has the LUFS of its level in dBFS.
    assert np.abs(sound(made)).max() == pytest.approx(10 ** (-20 / 20), rel=0.01)
    assert report == "-20.0 LUFS, -20.0 dBTP"
    made, report = execute(Loudness, audio=tone(2, 997, 0.1), target=-6.0, true_peak=-8.0)
    assert "LUFS, -8.0 dBTP\nthe sound has -8.1 LUFS instead of -6: more would squeeze" in report
    assert 0.38 < np.abs(sound(made)).max() < 0.4
    silent = tone(1, 997, 0)
    made, report = execute(Loudness, audio=silent, target=-14.0, true_peak=-1.0)
    assert report == "silence" and not sound(made).any()


def test_volume_and_fade(execute: Any, tone: Any) -> None:
    whole = tone(1, 300)["waveform"][0]
    (louder,) = execute(Volume, audio=tone(1, 300), gain_db=12.0412, pan=1.0)
    assert np.allclose(sound(louder), np.stack([0 * whole[0], 4 * whole[1]]), atol=1e-4), (
        "nothing is turned down"
    )
    mono = {"waveform": whole[None, :1, ::2], "sample_rate": RATE // 2}
    assert sound(execute(Volume, audio=mono, gain_db=0.0, pan=0.0)[0]).shape == (2, RATE)
    (faded,) = execute(Fade, audio=tone(1, 300), fade_in=0.5, fade_out=9.0)
    place = np.arange(RATE)
    wanted = whole * np.clip(place / (RATE / 2), 0, 1) * (RATE - place) / RATE
    assert np.allclose(sound(faded), wanted, atol=1e-6)


def test_render_film_brings_its_sound_to_a_loudness(execute: Any, clip: Any, look: Any) -> None:
    path = clip("a", frames=24, tone=997).get_stream_source()
    timeline = sockets.TimelineWire(Timeline(clips=(TimelineClip(path=path),)).to_plain())
    (film, _) = execute(RenderFilm, timeline=timeline, filename_prefix="film", loudness=-26.0)
    assert np.abs(look(film).sound[:, 9600:38400]).max() == pytest.approx(0.05, rel=0.06)
