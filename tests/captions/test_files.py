"""SRT and VTT, read by parsers that aren't ours and by a browser's; and others' files, read by us."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import srt
import webvtt
from storyreel.studio.captions import files
from storyreel.studio.captions.files import Sidecars
from storyreel.studio.captions.reading import is_timed, read
from storyreel.studio.errors import BadInput, OutputError
from storyreel.studio.timeline.timeline import Caption

TEXTS = [
    "Tom & Jerry < 3 > 2",
    "<b>not bold</b> &amp; <i>",
    "a --> b\n00:00:01,000 --> 00:00:02,000",
    "one\n\n\n  \ntwo\x00\x0b",
    "مرحبا، كيف حالك؟",
    "こんにちは\n世界",
    "7",
    "NOTE this is said\nWEBVTT",
]
CAPTIONS = [Caption(text=text, start=3.5 * n, end=3.5 * n + 3.25) for n, text in enumerate(TEXTS)]
CAPTIONS += [Caption(text="Hours later", start=360000.001, end=360001.9996)]
SHOWN = [text.replace("\n\n\n  \n", "\n").replace("\x00\x0b", "") for text in TEXTS] + ["Hours later"]


def test_srt_is_read_by_another_parser() -> None:
    found = list(srt.parse(files.srt(CAPTIONS), ignore_errors=False))
    assert [each.content for each in found] == [text.replace("-->", "→") for text in SHOWN]
    assert [each.index for each in found] == list(range(1, 10))
    times = [(each.start.total_seconds(), each.end.total_seconds()) for each in found]
    assert times[1] == (3.5, 6.75) and times[-1] == (360000.001, 360002.0)


def test_vtt_is_read_by_another_parser() -> None:
    found = webvtt.from_buffer(io.StringIO(files.vtt(CAPTIONS)))
    assert len(found.captions) == len(CAPTIONS)
    assert [each.start for each in found][1:3] == ["00:00:03.500", "00:00:07.000"]


def test_others_files_are_read() -> None:
    windows = "\ufeff1\r\n0:00:01,5 --> 00:00:02,000 X1:10\r\n<i>Hello</i> {\\an8}<font color='red'>you</font>\r\n\r\n"
    assert read(windows).captions == [Caption(text="Hello you", start=1.5, end=2)]
    vtt = (
        "WEBVTT - a title\nX-TIMESTAMP-MAP=1\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnobody says this\n\n"
        "intro\n00:01.000 --> 00:03.000 align:start line:0\n<v Ann>Tom &amp; <c.loud>Jerry</c>\n<00:02.000>ran\n\n"
        "00:02.500 --> 01:00:00.000\nnext\n"
    )
    assert read(vtt).captions == [
        Caption(text="Tom & Jerry\nran", start=1, end=2.5),
        Caption(text="next", start=2.5, end=3600),
    ]
    assert [c.text for c in read(files.vtt(CAPTIONS)).captions] == SHOWN
    assert not is_timed("Walk --> run") and is_timed(windows) and is_timed("WEBVTT")


def test_each_line_that_is_wrong_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        read(
            "00:00:02,000 --> 00:00:01,000\nA\n\n00:00:70,0 --> 00:01:80,0\nB\n\n00:00:03,000 --> 00:00:04,000\nC"
        )
    assert [fault.place for fault in refused.value.faults] == ["line 1", "line 4"]
    assert "ends before it begins" in str(refused.value) and "is not a caption's time" in str(refused.value)
    with pytest.raises(BadInput, match="no captions"):
        read("WEBVTT\n\n")


def test_they_are_there_when_the_film_is_and_not_before(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    (tmp_path / "film.srt").write_text("old")
    with pytest.raises(KeyboardInterrupt), Sidecars(film, CAPTIONS):
        assert (tmp_path / "film.srt").read_text() == "old"
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["film.srt"]
    with Sidecars(film, CAPTIONS):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.srt", "film.vtt"]
    assert (tmp_path / "film.srt").read_text(encoding="utf-8") == files.srt(CAPTIONS)


def test_a_place_that_takes_none(tmp_path: Path) -> None:
    (tmp_path / "film.vtt").mkdir()
    with pytest.raises(OutputError, match=r"film\.vtt can't be written: it is a folder"):
        Sidecars(tmp_path / "film.mp4", CAPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["film.vtt"]
    with Sidecars(tmp_path / "film.mp4", ()) as none:
        assert none.paths == ()


def test_captions_without_an_empty_line_between_them_are_two() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\none\n2\n00:00:03,000 --> 00:00:04,000\ntwo\n"
    assert [caption.text for caption in read(text).captions] == ["one", "two"]


def test_many_empty_lines_are_looked_through_at_once() -> None:
    """They used to be read to the last from each of them: 60,000 took minutes, and the server with them."""
    assert not is_timed("\n" * 1_000_000 + "said")
    assert is_timed("\n" * 1_000_000 + "00:01 --> 00:02")


def test_more_than_a_film_says_is_refused() -> None:
    with pytest.raises(
        BadInput, match=r"the captions have 6,000,0\d\d characters; at most 5,000,000 are read"
    ):
        read("00:01 --> 00:02\n" + "a" * 6_000_000)


def test_a_time_of_thousands_of_digits_is_none() -> None:
    with pytest.raises(BadInput, match="is not a caption's time"):
        read("9" * 5000 + ":00:00 --> 00:00:02\na\n")
