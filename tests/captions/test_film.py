"""A film with captions: the track in it, the files beside it, and nothing of either when it fails."""

from __future__ import annotations

import io
import json
from pathlib import Path

import av
import numpy as np
import pytest
import srt
import webvtt
from storyreel.studio.errors import Interrupted, OutputError
from storyreel.studio.media.subtitles import language_code
from storyreel.studio.progress import Watch
from storyreel.studio.render.film import Film, render
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import AudioTrack, Caption, CaptionLook, Timeline, TimelineClip

SETTINGS = FilmSettings(width=160, height=90, fps=20, preset="ultrafast")
CAPTIONS = (
    Caption(text="Tom & Jerry <3", start=0.25, end=1),
    Caption(text="مرحبا\n日本", start=1, end=1.4),
    Caption(text="end", start=1.7, end=1.9),
)
LATIN = (CAPTIONS[0], CAPTIONS[2])


def made(clip: Path, out: Path, captions: tuple[Caption, ...] = CAPTIONS, **more) -> Film:
    clips = (TimelineClip(path=str(clip), title="One"), TimelineClip(path=str(clip), title="Two"))
    timeline = Timeline(clips=clips, captions=captions, caption_language="pt-BR", title="Both", **more)
    return render(timeline, SETTINGS, out)


def test_a_second_reader_finds_the_subtitles(clip, ffmpeg, tmp_path: Path) -> None:
    """Texts, times and language; moov first, title, chapters, picture and sound as without them."""
    sound = tmp_path / "tone.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=f=440:d=4", sound)
    tracks = (AudioTrack(path=str(sound)),)
    film = made(clip(), tmp_path / "film.mp4", audio=tracks)
    plain = made(clip(), tmp_path / "plain.mp4", captions=(), audio=tracks)
    found = list(webvtt.from_buffer(io.StringIO(ffmpeg("-i", film.path, "-map", "0:s", "-f", "webvtt", "-"))))
    assert [each.text for each in found] == [caption.text for caption in CAPTIONS]
    assert [(each.start, each.end) for each in found] == [
        ("00:00:00.250", "00:00:01.000"),
        ("00:00:01.000", "00:00:01.400"),
        ("00:00:01.700", "00:00:01.900"),
    ]
    as_srt = list(srt.parse(ffmpeg("-i", film.path, "-map", "0:s", "-f", "srt", "-")))
    assert "Tom & Jerry <3" in as_srt[0].content and as_srt[2].start.total_seconds() == 1.7
    data = film.path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    ffmpeg("-xerror", "-err_detect", "explode", "-i", film.path, "-f", "null", "-")
    with av.open(str(film.path)) as file, av.open(str(plain.path)) as other:
        (stream,) = file.streams.subtitles
        assert stream.language == "por" and stream.disposition & av.stream.Disposition.default
        samples = [(p.pts, p.duration, bytes(p)[2:]) for p in file.demux(stream) if p.size]
        assert (0, 250, b"") in samples and (1400, 300, b"") in samples, "no holes in the track"
        assert samples[-1] == (1700, 200, b"end"), "and it is over when the last one is"
        assert [c["metadata"]["title"] for c in file.chapters()] == ["One", "Two"]
        assert file.metadata["title"] == "Both"
        assert file.duration == other.duration, "no longer than the film"
    with av.open(str(film.path)) as file, av.open(str(plain.path)) as other:
        for kind in ("video", "audio"):
            file.seek(0), other.seek(0)
            ours, bare = ([bytes(p) for p in each.demux(**{kind: 0})] for each in (file, other))
            assert len(ours) > 40 and ours == bare, f"the {kind} is what it is without captions"


def test_burned_in_they_are_not_shown_twice(clip, tmp_path: Path) -> None:
    film = made(clip(), tmp_path / "film.mp4", LATIN, caption_look=CaptionLook())
    with av.open(str(film.path)) as file:
        assert not file.streams.subtitles[0].disposition & av.stream.Disposition.default
        assert file.streams.video[0].disposition & av.stream.Disposition.default
        texts = [bytes(packet)[2:] for packet in file.demux(subtitles=0) if packet.size > 2]
    assert texts == [b"Tom & Jerry <3", b"end"]


def test_the_same_captions_make_the_same_bytes(clip, tmp_path: Path) -> None:
    for look in (None, CaptionLook(style="box")):
        films = [made(clip(), tmp_path / f"{n}.mp4", LATIN, caption_look=look) for n in (1, 2)]
        assert films[0].path.read_bytes() == films[1].path.read_bytes()


def test_a_long_film_with_few_captions_stays_whole(clip, ffmpeg, tmp_path: Path) -> None:
    """A caption early and one late: between them the track is silent and the rest is not held up."""
    captions = (Caption(text="early", start=1, end=2), Caption(text="late", start=55, end=58))
    clips = (TimelineClip(path=str(clip(seconds=30))),) * 2
    film = render(Timeline(clips=clips, captions=captions), SETTINGS, tmp_path / "film.mp4")
    with av.open(str(film.path)) as file:
        order = [(p.stream.type, float(p.dts * p.time_base)) for p in file.demux() if p.size]
    late = next(n for n, (kind, at) in enumerate(order) if kind == "subtitle" and at > 50)
    near = [at for kind, at in order[late - 5 : late + 5] if kind == "video"]
    assert all(abs(at - 55) < 3 for at in near), "they lie in the file where they are shown"
    ffmpeg("-xerror", "-i", film.path, "-f", "null", "-")


def test_the_files_are_beside_it_and_in_its_report(clip, tmp_path: Path) -> None:
    film = made(clip(), tmp_path / "a film.mp4")
    assert sorted(path.name for path in tmp_path.iterdir() if path.stem == "a film") == [
        "a film.mp4",
        "a film.srt",
        "a film.vtt",
    ]
    beside = {kind: str(tmp_path / f"a film.{kind}") for kind in ("srt", "vtt")}
    assert film.to_plain()["captions"] == {**beside, "count": 3}
    assert json.loads(json.dumps(film.to_plain())) == film.to_plain()
    assert [each.content for each in srt.parse(film.sidecars[0].read_text(encoding="utf-8"))][2] == "end"
    bare = made(clip(), tmp_path / "bare.mp4", captions=())
    assert "captions" not in bare.to_plain() and bare.sidecars == ()
    assert not (tmp_path / "bare.srt").exists()
    with av.open(str(bare.path)) as file:
        assert not file.streams.subtitles


def test_a_film_that_fails_leaves_nothing_beside_it(clip, tmp_path: Path) -> None:
    source, folder = clip(), tmp_path / "out"
    folder.mkdir()
    timeline = Timeline(clips=(TimelineClip(path=str(source)),), captions=LATIN)
    with pytest.raises(Interrupted):
        render(timeline, SETTINGS, folder / "film.mp4", Watch(cancelled=lambda: True))
    assert list(folder.iterdir()) == []
    (folder / "film.srt").mkdir()
    with pytest.raises(OutputError, match=r"film\.srt can't be written"):
        render(timeline, SETTINGS, folder / "film.mp4")
    assert [path.name for path in folder.iterdir()] == ["film.srt"]


def test_languages() -> None:
    tags = ("en", "de-AT", "zh-Hans", "pt_BR", "fil", "gsw-CH", "", "x")
    assert [language_code(tag) for tag in tags] == ["eng", "deu", "zho", "por", "fil", "gsw", "und", "und"]


def test_what_is_burned_is_what_the_track_says(clip, planes, tmp_path: Path) -> None:
    """The picture changes on the very frames on which the track says that there is a text."""
    film = made(clip(), tmp_path / "film.mp4", LATIN, caption_look=CaptionLook(size=2))
    changed = {n for n, (y, _, _) in enumerate(planes(film.path)) if np.ptp(y) > 60}
    with av.open(str(film.path)) as file:
        times = [(p.pts, p.pts + p.duration) for p in file.demux(subtitles=0) if p.size > 2]
    assert changed == {n for start, end in times for n in range(round(start / 50), round(end / 50))}
