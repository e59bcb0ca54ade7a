"""Captions that others have written, SRT and WebVTT, read as players read them: what isn't quite right is read on.

    read("1\\n00:00:01,000 --> 00:00:02,000\\n{\\\\i1}Hello{\\\\i0}").notes
    # ('{\\\\i}: captions have one style and place, so that is left out',)

SubRip has no standard: what counts is what its readers take (ffmpeg's srtdec.c, VLC's subtitle.c, pysubs2). There a
caption goes on to the next one's time, empty lines or not; in WebVTT (w3.org/TR/webvtt1) an empty line ends it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..errors import BadInput, Fault
from ..timeline.timeline import Caption
from .text import shown_lines

MOST_CHARACTERS = 5_000_000
"""Of a file; those of a film of three hours have 150,000."""
TOGETHER = 4
"""So many captions are shown at a time; more would cover the picture."""
_SLIP = 0.5
"""Seconds by which captions may overlap without both being meant to be shown."""
_NAMED = 6
"""Marks or lines that a note names; of more it gives the number."""


class Reading(NamedTuple):
    captions: list[Caption]
    """In order, never two at a time: what is said at once stands in one, below each other."""
    notes: tuple[str, ...]
    """What was left out."""


def is_timed(text: str) -> bool:
    """Whether it is SRT or VTT, and not just a text."""
    return text.lstrip("\ufeff \t\r\n").startswith("WEBVTT") or bool(_ARROWS.search(text))


def read(text: str) -> Reading:
    """The captions of SRT or VTT text, and what of it isn't shown: captions that last no time or say nothing, marks
    for style and place. Raises BadInput with every line that can't be read."""
    if len(text) > MOST_CHARACTERS:
        said = f"the captions have {len(text):,} characters; at most {MOST_CHARACTERS:,} are read"
        raise BadInput(said, "give the captions of one film")
    found: list[Caption] = []
    faults: list[Fault] = []
    left = _LeftOut()
    lines = _LINE_END.sub(_line_ends, text).replace("\ufeff", "").split("\n")
    first = next((line.lstrip() for line in lines if line.strip()), "")
    is_vtt = first.startswith("WEBVTT")
    for number, line, said in _vtt_blocks(lines, left) if is_vtt else _srt_blocks(lines):
        times = _CUE.match(line)
        start, end = (_seconds(times["start"]), _seconds(times["end"])) if times else (0.0, 0.0)
        if times is None:
            faults.append(Fault(f"line {number}", f"{line.strip()!r} is not a caption's time", _HOW))
        elif end < start:
            faults.append(Fault(f"line {number}", "ends before it begins", "swap the two times"))
        elif end <= 0 and start < 0:
            left.before.append(number)
        elif end == start:
            left.without_time.append(number)
        elif shown := left.plain("\n".join(said), is_vtt):
            found.append(Caption(text=shown, start=max(0.0, start), end=end))
        else:
            left.without_text.append(number)
    if faults:
        raise BadInput("the captions can't be read", faults=faults)
    if not found:
        raise BadInput("there are no captions in it", "; ".join((*left.notes(), _HOW)))
    captions = list(_one_at_a_time(found, left))
    return Reading(captions, tuple(left.notes()))


def refuse_other(text: str) -> None:
    """Raises BadInput for captions of another format than those that are read: they'd be taken for what is said."""
    for name, mark in _OTHERS.items():
        if mark.search(text[:_SEARCHED]):
            raise BadInput(
                f"that is {name}, which isn't read here", "save it as SRT or WebVTT, or give just the words"
            )


class _LeftOut:
    """What isn't shown, as it is met."""

    def __init__(self) -> None:
        self.without_time: list[int] = []
        self.without_text: list[int] = []
        self.before: list[int] = []
        self.comments: list[int] = []
        self.crowded: list[str] = []
        self._marks: dict[str, None] = {}
        self._known: frozenset[str] | None = None
        """What is a tag in this caption; None: all that looks like one, since a text would be escaped."""

    def plain(self, text: str, is_vtt: bool) -> str:
        """Without its marks, as it is shown."""
        self._known = None if is_vtt else _TAGS | {name.lower() for name in _CLOSED.findall(text)}
        text = _TAG.sub(
            self._mark, _BREAK.sub("\n", _DRAWN.sub(self._drawing, text)).replace(_HARD_SPACE, " ")
        )
        text = html.unescape(text) if is_vtt else _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        return shown_lines(text)

    def _drawing(self, found: re.Match[str]) -> str:
        """What stands behind {\\p1} are the numbers of a drawing, up to {\\p0}."""
        return self._mark(found) if _IS_DRAWING.search(found[1]) else found[0]

    def _mark(self, found: re.Match[str]) -> str:
        mark = found[0]
        if mark.startswith("{"):
            for name in _OVERRIDE.findall(mark.partition("}")[0]):
                self._marks[f"{{\\{name}}}"] = None
            if not mark.startswith("{\\"):
                self._marks[mark.replace("/", "")] = None
        elif name := _TAG_NAME.match(mark):
            if self._known is not None and name[1].lower() not in self._known and "=" not in mark:
                return mark
            self._marks[f"<{name[1].lower()}>"] = None
        return ""

    def notes(self) -> Iterator[str]:
        for numbers, why in (
            (self.without_time, "ends when it begins"),
            (self.without_text, "has nothing to show"),
            (self.before, "ends before the film begins"),
            (self.comments, "is in a NOTE"),
        ):
            if numbers:
                which = "the caption of" if len(numbers) == 1 else "each caption of"
                yield f"{which} {_listed('line', numbers)} {why}, so it is left out"
        if self._marks:
            marks = list(self._marks)
            more = f" and {len(marks) - _NAMED} more" if len(marks) > _NAMED else ""
            yield (
                f"{', '.join(marks[:_NAMED])}{more}: captions have one style and place, so "
                f"{'that is' if len(marks) == 1 else 'those are'} left out"
            )
        if self.crowded:
            yield (
                f"more than {TOGETHER} captions at a time, from {self.crowded[0]} s on: "
                f"{len(self.crowded)} of them {'is' if len(self.crowded) == 1 else 'are'} left out"
            )


def _listed(what: str, numbers: Sequence[int]) -> str:
    if len(numbers) > _NAMED:
        return f"{len(numbers)} {what}s, {what} {numbers[0]} the first,"
    return f"{what}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _srt_blocks(lines: Sequence[str]) -> Iterator[tuple[int, str, Sequence[str]]]:
    """Each caption's line number, its times and its text: all up to the next times, and to the number over those."""
    places = [place for place, line in enumerate(lines) if _is_times(line)]
    counted: int | None = None
    for place, following in zip(places, [*places[1:], None], strict=True):
        if counted is None:
            above = next((line for line in reversed(lines[:place]) if line.strip()), "")
            counted = _number(above)
        end = len(lines) if following is None else following
        if following is not None:
            last = end - 1
            while last > place and not lines[last].strip():
                last -= 1
            number = _number(lines[last]) if last > place else None
            # Where every line has an empty one below it, the number is no nearer to its caption than the text is.
            if number is not None and (last == end - 1 or (counted is not None and number == counted + 1)):
                end, counted = last, number
        yield place + 1, lines[place], lines[place + 1 : end]


def _vtt_blocks(lines: Sequence[str], left: _LeftOut) -> Iterator[tuple[int, str, Sequence[str]]]:
    """The same of WebVTT; comments, styles and regions are none."""
    place = 0
    while place < len(lines):
        if not lines[place].strip():
            place += 1
            continue
        if _NO_CAPTION.match(lines[place]):
            while place < len(lines) and lines[place].strip():
                if _ARROWS.search(lines[place].removeprefix("NOTE")):
                    left.comments.append(place + 1)
                place += 1
            continue
        if not _is_times(lines[place]):
            place += 1
            continue
        end = place + 1
        while end < len(lines) and not _ends(lines, end) and not _is_times(lines[end]):
            end += 1
        yield place + 1, lines[place], lines[place + 1 : end]
        place = end


def _ends(lines: Sequence[str], place: int) -> bool:
    """Whether a caption of WebVTT ends at that line. One of spaces is a part of it, as YouTube writes them; unless the
    next caption comes below it."""
    if not lines[place]:
        return True
    if lines[place].strip():
        return False
    return not any(line.strip() for line in lines[place + 1 : place + 2]) or any(
        _is_times(line) for line in lines[place + 1 : place + 3]
    )


def _is_times(line: str) -> bool:
    """Whether it says when a caption is shown, well or badly; “Walk --> run” is said."""
    return bool(_LIKE_TIMES.match(line))


def _number(line: str) -> int | None:
    found = line.strip()
    return int(found) if found.isdecimal() and len(found) < 10 else None


def _one_at_a_time(found: Sequence[Caption], left: _LeftOut) -> Iterator[Caption]:
    """What is shown at once in one caption. One that overlaps the next by a slip ends before it."""
    cues = sorted(found, key=lambda caption: caption.start)
    for index, (cue, after) in enumerate(pairwise(cues)):
        if cue.start < after.start < cue.end <= min(after.end, after.start + _SLIP):
            cues[index] = cue.model_copy(update={"end": after.start})
    shown: list[Caption] = []
    begin, index = 0.0, 0
    while shown or index < len(cues):
        if not shown:
            begin = cues[index].start
        while index < len(cues) and cues[index].start <= begin:
            if len(shown) < TOGETHER:
                shown.append(cues[index])
            else:
                left.crowded.append(f"{cues[index].start:g}")
            index += 1
        end = min(cue.end for cue in shown)
        if index < len(cues):
            end = min(end, cues[index].start)
        text = "\n".join(dict.fromkeys(cue.text for cue in shown))  # layers of one caption say the same
        yield shown[0].model_copy(update={"text": text, "start": begin, "end": end})
        shown = [cue for cue in shown if cue.end > end]
        begin = end


_SEARCHED = 20_000
_OTHERS = {
    "ASS": re.compile(r"^\s*\[Script Info\]|^Dialogue:\s*\d", re.MULTILINE | re.IGNORECASE),
    "TTML": re.compile(r"<tt[\s:>][^<]{0,2000}>", re.IGNORECASE),
    "SAMI": re.compile(r"<SAMI>", re.IGNORECASE),
    "MicroDVD": re.compile(r"^\{\d{1,9}\}\{\d{1,9}\}", re.MULTILINE),
    "SBV": re.compile(r"^\d{1,4}:\d\d:\d\d\.\d{1,3},\d{1,4}:\d\d:\d\d\.\d{1,3}[^\S\n]*$", re.MULTILINE),
    "LRC": re.compile(r"^\[\d{1,3}:\d\d[.:]\d\d", re.MULTILINE),
}
"""What its captions look like, by the name of a format."""
_HOW = "write 00:00:01,000 --> 00:00:02,500 and the text below it"
_LINE_END = re.compile(r"\r+\n?")
_TIME = r"-?(?:\d{1,4}\s?:\s?)?[0-5]?\d\s?:\s?[0-5]?\d(?:\s?[.,]\s?\d{1,9}|:\d{3})?"
_ARROW = r"(?:--?[^\S\n]?>|[–—]>|→)"
_CUE = re.compile(rf"\s*(?P<start>{_TIME})\s*{_ARROW}\s*(?P<end>{_TIME})(?:\s.*)?$")
_LIKE_TIMES = re.compile(rf"\s*-?\d[\d\s.,]*:[\d\s:.,]*{_ARROW}|[^-–—]{{0,40}}-->\s*\d+\s?:\s?\d")
# Within a line: were a new line taken for a space too, each of many empty ones would be read to the last.
_ARROWS = re.compile(rf"^[^\S\n]*{_TIME}[^\S\n]*{_ARROW}".replace(r"\s", r"[^\S\n]"), re.MULTILINE)
_NO_CAPTION = re.compile(r"\s*(?:NOTE|STYLE|REGION)(?:\s|$)")
_BREAK = re.compile(r"(?i:<br\s*/?>)|\\N")
_HARD_SPACE = "\\h"  # of ASS, as its writers leave it in SRT
# A word in angle brackets, and what may stand behind it there; “<3”, “a < b” and “<ann@example.org>” are said.
_TAG = re.compile(
    r"</?[a-z][a-z0-9_-]*(?:[.\s][^<>]*)?/?>|<\d[\d:.]*>|\{\\[^{}]*\}|\{/?[bius]\}|\{[a-z]:[^{}]*\}",
    re.IGNORECASE,
)
_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a b big blink c center code del div em font i img ins lang p q rt ruby s small span strike strong sub sup tt "
        "u v",
    )
)
"""Of HTML and WebVTT, as others write them into SRT too. Another word in brackets is said, unless it is closed."""
_CLOSED = re.compile(r"</([a-z][a-z0-9_-]*)", re.IGNORECASE)
_TAG_NAME = re.compile(r"</?([a-z][a-z0-9_-]*)", re.IGNORECASE)
_OVERRIDE = re.compile(r"\\([1-4]?[a-z]+)", re.IGNORECASE)
_DRAWN = re.compile(r"(\{\\[^{}]*\})[^{}]*")
_IS_DRAWING = re.compile(r"\\p[1-9]")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|lrm|rlm|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)


def _line_ends(found: re.Match[str]) -> str:
    """Several \\r before a \\n are one end of a line, as some programs write it; each \\r without one is an end."""
    return "\n" if found[0].endswith("\n") else "\n" * len(found[0])


def _seconds(time: str) -> float:
    time = re.sub(r":(\d{3})$", r".\1", re.sub(r"\s", "", time).replace(",", "."))
    whole, _, part = time.removeprefix("-").partition(".")
    total = 0.0
    for unit in whole.split(":"):
        total = total * 60 + int(unit)
    total += int((part or "0")[:3].ljust(3, "0")) / 1000
    return -total if time.startswith("-") else total
