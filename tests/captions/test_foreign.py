"""Captions as other programs write them: what we read of them is what pysubs2 reads, without its marks."""

from __future__ import annotations

import re

import pysubs2
import pytest
from storyreel.studio.captions.reading import TOGETHER, is_timed, read, refuse_other
from storyreel.studio.errors import BadInput

T1, T2, T3 = (f"00:00:0{n},000 --> 00:00:0{n},900" for n in (1, 2, 3))
V1, V2 = "00:00:01.000 --> 00:00:01.900", "00:00:02.000 --> 00:00:02.900"

SRT = {
    "plain": f"1\n{T1}\nA\n\n2\n{T2}\nB\n",
    "byte order mark": f"\ufeff1\n{T1}\nA\n\n2\n{T2}\nB\n",
    "windows": f"1\r\n{T1}\r\nA\r\n\r\n2\r\n{T2}\r\nB\r\n",
    "windows, converted twice": f"1\r\r\n{T1}\r\r\nA\r\r\n\r\r\n2\r\r\n{T2}\r\r\nB",
    "old mac": f"1\r{T1}\rA\r\r2\r{T2}\rB\r",
    "no numbers": f"{T1}\nA\n\n{T2}\nB\n",
    "wrong numbers": f"7\n{T1}\nA\n\n7\n{T2}\nB\n",
    "no empty line": f"1\n{T1}\nA\n2\n{T2}\nB\n",
    "no end": f"1\n{T1}\nA\n\n2\n{T2}\nB",
    "many empty lines": f"\n\n\n1\n{T1}\nA\n\n\n\n\n2\n{T2}\nB\n\n\n",
    "empty lines of spaces": f"1\n{T1}\nA\n  \n2\n{T2}\nB\n \t\n",
    "a hole in the text": f"1\n{T1}\nA\n\nand more\n\n2\n{T2}\nB\n",
    "points": "1\n00:00:01.000 --> 00:00:01.900\nA\n\n2\n00:00:02.000 --> 00:00:02.900\nB\n",
    "no spaces": "1\n00:00:01,000-->00:00:01,900\nA\n",
    "one figure": "1\n0:0:1,0 --> 0:0:2,0\nA\n",
    "places": "1\n00:00:01,000 --> 00:00:02,000  X1:100 X2:200 Y1:100 Y2:200\nA\n",
    "not in order": f"1\n{T2}\nB\n\n2\n{T1}\nA\n",
    "two lines": f"1\n{T1}\nA\nAA\n\n2\n{T2}\nB\n",
    "a number that is said": f"1\n{T1}\n42\n\n2\n{T2}\n7\n",
    "an arrow that is said": f"1\n{T1}\nWalk --> run\n\n2\n{T2}\nB -> C\n",
    "italics": f"1\n{T1}\n<i>A</i> <b>b</b>\n<u>c</u>\n",
    "capitals": f"1\n{T1}\n<I>A</I>\n",
    "struck": f"1\n{T1}\n<s>A</s> <strong>b</strong> <em>c</em>\n",
    "fonts": f'1\n{T1}\n<font color="#ff0000" size=5>A</font>\n',
    "an open tag": f"1\n{T1}\n<i>A\n\n2\n{T2}\nB</i>\n",
    "unknown tags": f"1\n{T1}\n<blink>A</blink> <x-y z='1'>b</x-y>\n",
    "ass italics": f"1\n{T1}\n{{\\i1}}A{{\\i0}} b\n",
    "ass bold": f"1\n{T1}\n{{\\b1}}A{{\\b0}}\n",
    "ass place": f"1\n{T1}\n{{\\an8\\pos(10,20)}}A\n",
    "ass colour": f"1\n{T1}\n{{\\c&H0000FF&\\fs20\\fnArial}}A\n",
    "less and more": f"1\n{T1}\n1 < 2 > 0, I <3 you\n",
}
VTT = {
    "plain": f"WEBVTT\n\n{V1}\nA\n\n{V2}\nB\n",
    "title": f"WEBVTT - A film\nKind: captions\nLanguage: en\n\n{V1}\nA\n",
    "names": f"WEBVTT\n\nintro\n{V1}\nA\n\n2\n{V2}\nB\n",
    "no hours": "WEBVTT\n\n00:01.000 --> 00:01.900\nA\n\n00:02.000 --> 00:02.900\nB\n",
    "settings": f"WEBVTT\n\n{V1} align:start line:0% position:10%\nA\n",
    "windows": f"\ufeffWEBVTT\r\n\r\n{V1}\r\nA\r\n\r\n{V2}\r\nB\r\n",
    "struck": f"WEBVTT\n\n{V1}\n<s>A</s> <strong>b</strong>\n",
    "not in order": f"WEBVTT\n\n{V2}\nB\n\n{V1}\nA\n",
}
_MARK = re.compile(r"\{\\[^}]*\}|</?[a-zA-Z][^>]*>")


def _theirs(text: str, kind: str) -> list[tuple[int, int, str]]:
    """Milliseconds and words as pysubs2 has them, in the order of their times; it keeps some marks in the words."""
    found = pysubs2.SSAFile.from_string(re.sub(r"\r*\n|\r", "\n", text).lstrip("\ufeff"), format_=kind)
    events = sorted(found, key=lambda event: event.start)
    return [(event.start, event.end, " ".join(_MARK.sub("", event.plaintext).split())) for event in events]


def _ours(text: str) -> list[tuple[int, int, str]]:
    return [
        (round(each.start * 1000), round(each.end * 1000), " ".join(each.text.split()))
        for each in read(text).captions
    ]


@pytest.mark.parametrize("name", SRT)
def test_subrip_is_read_as_others_read_it(name: str) -> None:
    assert _ours(SRT[name]) == _theirs(SRT[name], "srt")


@pytest.mark.parametrize("name", VTT)
def test_webvtt_is_read_as_others_read_it(name: str) -> None:
    assert _ours(VTT[name]) == _theirs(VTT[name], "vtt")


def _words(text: str) -> list[str]:
    return [caption.text for caption in read(text).captions]


def test_what_is_said_at_once_is_shown_at_once() -> None:
    same = "1\n00:00:01,000 --> 00:00:03,000\nHello\n\n2\n00:00:01,000 --> 00:00:03,000\nBonjour\n"
    assert _ours(same) == [(1000, 3000, "Hello Bonjour")]
    assert _ours(same.replace("Bonjour", "Hello")) == [(1000, 3000, "Hello")]
    long = "00:01,000 --> 00:06,000\nSign\n\n00:02,000 --> 00:03,000\nSaid\n\n00:04,000 --> 00:08,000\nMore"
    assert _ours(long) == [
        (1000, 2000, "Sign"),
        (2000, 3000, "Sign Said"),
        (3000, 4000, "Sign"),
        (4000, 6000, "Sign More"),
        (6000, 8000, "More"),
    ]
    slip = "00:01,000 --> 00:02,400\nA\n\n00:02,000 --> 00:03,000\nB"
    assert _ours(slip) == [(1000, 2000, "A"), (2000, 3000, "B")]


def test_too_much_at_once_is_left_out_and_noted() -> None:
    found = read("\n\n".join(f"00:01,000 --> 00:03,000\nvoice {n}" for n in range(TOGETHER + 2)))
    assert found.captions[0].text.splitlines() == [f"voice {n}" for n in range(TOGETHER)]
    assert found.notes == ("more than 4 captions at a time, from 1 s on: 2 of them are left out",)


def test_what_lasts_no_time_or_says_nothing_is_left_out_and_noted() -> None:
    found = read("1\n00:00:01,000 --> 00:00:01,000\nHm\n\n2\n00:00:02,000 --> 00:00:03,000\nfine\n")
    assert [caption.text for caption in found.captions] == ["fine"]
    assert found.notes == ("the caption of line 2 ends when it begins, so it is left out",)
    found = read(f"WEBVTT\n\n00:00.000 --> 00:00.000\n\n{V1}\nA\n\n{V2}\n<i></i>\n")
    assert [caption.text for caption in found.captions] == ["A"]
    assert len(found.notes) == 3 and "line 3 ends when" in found.notes[0] and "line 8 has" in found.notes[1]
    with pytest.raises(BadInput, match="line 2 ends when it begins"):
        read("1\n00:00:01,000 --> 00:00:01,000\nHm\n")


def test_a_note_with_an_arrow_is_no_caption() -> None:
    found = read(f"WEBVTT\n\nNOTE\n{V1}\nnot this\n\nNOTE {V1}\n\nSTYLE\n::cue(b) {{}}\n\n{V2}\nB\n")
    assert [caption.text for caption in found.captions] == ["B"]
    assert found.notes == ("each caption of lines 4, 7 is in a NOTE, so it is left out",)
    assert _words(f"WEBVTT\n\nNOTE a --> b\n\n{V2}\nB\n") == ["B"]


def test_no_marks_are_shown_and_they_are_noted() -> None:
    text = f"1\n{T1}\n{{\\an8\\i1}}A{{\\i0}} <s>b</s>\\N{{y:i}}c<br/>d\n\n"
    text += f"2\n{T2}\n{{\\p1}}m 0 0 l 9 9{{\\p0}}B &amp; &lt;i\n"
    found = read(text)
    assert [caption.text for caption in found.captions] == ["A b\nc\nd", "B & <i"]
    assert {"{\\an}", "{\\i}", "<s>", "{y:i}", "{\\p}"} == set(re.findall(r"[{<][^>}]*[}>]", found.notes[0]))
    assert _words(f"1\n{T1}\nmail <ann@example.org>, x<y\n") == ["mail <ann@example.org>, x<y"]
    assert _words(f"1\n{T1}\nOne <two>, <three>four</three>\n") == ["One <two>, four"]
    assert read(f"1\n{T1}\nA\n").notes == ()


def test_times_that_are_almost_right_are_read() -> None:
    for times in (
        "00: 00: 01, 000 --> 00:00:02,000",
        "00:00:01,000 -> 00:00:02,000",
        "0:01 –> 0:02",
        "0:01.0009 --> 0:02",
    ):
        assert _ours(f"1\n{times}\nA\n") == [(1000, 2000, "A")], times
    assert _ours("1\n100:00:01,000 --> 100:00:02,000\nA\n") == [(360001000, 360002000, "A")]
    spaced = f"1\n\n{T1}\n\nA\n\n2\n\n{T2}\n\nB\n\n3\n\n{T3}\n\nC\n"
    assert _words(spaced) == ["A", "B", "C"]
    with pytest.raises(BadInput, match="line 6"):
        read(f"1\n{T1}\nA\n\n2\n00:00:02,000 --> 00:00:99,000\nB\n")


def test_a_line_of_spaces_is_a_part_of_a_webvtt_caption() -> None:
    """YouTube's own captions begin with one: their first words were lost."""
    karaoke = (
        "WEBVTT\nKind: captions\nLanguage: en\n\n00:00:00.160 --> 00:00:02.389 align:start position:0%\n \n"
        "hello<00:00:00.480><c> world</c>\n\n00:00:02.389 --> 00:00:05.000 align:start position:0%\nhello world\n"
        "next<00:00:03.000><c> line</c>\n"
    )
    shown = [(caption.text, round(caption.start, 3)) for caption in read(karaoke).captions]
    assert shown == [("hello world", 0.16), ("hello world\nnext line", 2.389)]


@pytest.mark.parametrize("between", ["  \n", "  \n2\n", "  \n\n2\n", "\n2\n"])
def test_a_line_of_spaces_before_the_next_caption_ends_one(between: str) -> None:
    text = f"WEBVTT\n\n{V1}\nA\n{between}{V2}\nB\n"
    assert [caption.text for caption in read(text).captions] == ["A", "B"]


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        ("00:00:01:500 --> 00:00:02:250", 1.5, 2.25),
        ("00:00:01,000 → 00:00:02,000", 1, 2),
        ("-00:00:01,000 --> 00:00:02,000", 0, 2),
        ("00:00:01,000 --> 00:01:02", 1, 62),
    ],
)
def test_times_as_others_write_them(times: str, start: float, end: float) -> None:
    assert is_timed(f"1\n{times}\nA\n")
    first = read(f"1\n{times}\nA\n\n2\n00:01:30,000 --> 00:01:31,000\nB\n").captions[0]
    assert (first.text, first.start, first.end) == ("A", start, end)


def test_what_ends_before_the_film_begins_is_left_out_with_a_note() -> None:
    found = read(f"1\n-00:00:03,000 --> -00:00:01,000\nA\n\n2\n{T2}\nB\n")
    assert [caption.text for caption in found.captions] == ["B"]
    assert found.notes == ("the caption of line 2 ends before the film begins, so it is left out",)


def test_a_hard_space_is_a_space() -> None:
    assert read(f"1\n{T1}\nA\\hB\n").captions[0].text == "A B"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "ASS",
            "[Script Info]\nScriptType: v4.00+\n\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.50,,,0,0,0,,Hello\n",
        ),
        (
            "TTML",
            "<?xml version='1.0'?><tt xmlns='http://www.w3.org/ns/ttml'><body><p begin='1s'>A</p></body></tt>",
        ),
        ("SAMI", "<SAMI><BODY><SYNC Start=1000><P Class=EN>Hello</SAMI>"),
        ("MicroDVD", "{25}{50}Hello|world\n{60}{90}Next\n"),
        ("SBV", "0:00:01.000,0:00:02.500\nHello\n\n0:00:03.000,0:00:04.500\nWorld\n"),
        ("LRC", "[ti:Song]\n[00:01.00]Hello\n[00:02.50]World\n"),
    ],
)
def test_captions_of_another_format_are_named_and_not_taken_for_what_is_said(kind: str, text: str) -> None:
    assert not is_timed(text)
    with pytest.raises(BadInput, match=kind):
        refuse_other(text)


def test_what_is_said_is_not_taken_for_another_format() -> None:
    said = (
        "It's 0:10:00 to 1. {1} [sighs] <smiles> Dialogue: yes, no. At [10:30] we go.\n[laughs] Script Info"
    )
    refuse_other(said)
    assert not is_timed(said)
