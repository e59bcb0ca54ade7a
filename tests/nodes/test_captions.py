"""The Captions node: times that are given, times that are found, and what can't be shown."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import srt
from storyreel.nodes.captions import Captions
from storyreel.studio.errors import BadInput

TEXT = "1\n00:00:00,500 --> 00:00:01,000\nOne & <two>\n\n2\n00:00:01,500 --> 00:00:02,000\nThree\n"
USUAL = {"style": "plain", "position": "bottom", "platform": "any", "size": 1.0, "language": "de-AT"}


def test_srt_is_burned_in_where_it_says(execute, clip, look) -> None:
    video, text = execute(Captions, video=clip("a", 40, frames=60, size=(320, 180)), text=TEXT, **USUAL)
    film = look(video)
    touched = np.flatnonzero((film.luma.max((1, 2)) > 150).astype(int))
    assert list(touched) == [*range(12, 24), *range(36, 48)]
    assert [(each.start.total_seconds(), each.content) for each in srt.parse(text)] == [
        (0.5, "One & <two>"),
        (1.5, "Three"),
    ]
    with av.open(str(film.path)) as file:
        assert not file.streams.subtitles, "else players would show them twice"


def test_none_makes_the_track_only(execute, clip, look) -> None:
    video, _ = execute(
        Captions, video=clip("a", 40, frames=60, size=(320, 180)), text=TEXT, **USUAL | {"style": "none"}
    )
    film = look(video)
    assert film.luma.max() < 50
    with av.open(str(film.path)) as file:
        (track,) = file.streams.subtitles
        assert track.language == "deu" and [p.size for p in file.demux(track) if p.size > 2] == [13, 7]


def test_words_are_found_in_the_voice(execute, clip, tone) -> None:
    """A word for each of three tones, with rests between them."""
    beep, rest = tone(0.3)["waveform"], np.zeros((1, 2, 19200), np.float32)
    sound = {"waveform": np.concatenate([rest, beep, rest, beep, rest, beep, rest], 2), "sample_rate": 48000}
    _, text = execute(
        Captions,
        video=clip("a", frames=72, size=(320, 180)),
        text="Eins, zwei, drei.",
        **USUAL | {"style": "word"},
        voice=sound,
    )
    (caption,) = srt.parse(text)
    assert caption.content == "Eins, zwei, drei."
    assert caption.start.total_seconds() == pytest.approx(0.4, abs=0.05)


def test_what_cant_be_shown_is_said(execute, clip) -> None:
    video = clip("a", frames=24, size=(320, 180))
    assert Captions.validate_inputs(text=None) is True
    assert "no text" in str(Captions.validate_inputs(text=" "))
    foreign = "[Script Info]\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.50,,,0,0,0,,Hello"
    assert "ASS" in str(Captions.validate_inputs(text=foreign))
    assert "line 2" in str(
        Captions.validate_inputs(text="00:00:00,0 --> 00:00:01,0\n00:00:02,0 --> later\nA")
    )
    with pytest.raises(BadInput, match="no sound"):
        execute(Captions, video=video, text="Just words", **USUAL)
    with pytest.raises(BadInput, match="has no 日 本"):
        execute(Captions, video=video, text=TEXT.replace("Three", "日本"), **USUAL)


def test_a_font_of_the_users(execute, clip, look, place, repo: Path) -> None:
    font = repo / "studio" / "assets" / "fonts" / "InterDisplay-SemiBold.otf"
    (place.input / "mine.otf").write_bytes(font.read_bytes())
    video, _ = execute(
        Captions, video=clip("a", 40, frames=24, size=(320, 180)), text=TEXT, **USUAL, font="mine.otf"
    )
    assert look(video).luma.max() > 200
    with pytest.raises(BadInput, match="absent"):
        execute(Captions, video=clip("b"), text=TEXT, **USUAL, font="absent.otf")
