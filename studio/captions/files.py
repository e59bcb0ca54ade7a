"""Captions as text: SRT and WebVTT, written beside a film, and read from what somebody else has written.

    with Sidecars(Path("film.mp4"), captions):
        render_the_film()          # film.srt and film.vtt are there when it ends well

SubRip has no standard and no escapes: a text that looks like a player's tags, <i>, may be taken for them there. WebVTT
(w3.org/TR/webvtt1) has both.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from ..errors import BadInput, Fault
from ..media.encode import WholeFile
from ..timeline import Caption

SUFFIXES = (".srt", ".vtt")
MOST_CHARACTERS = 5_000_000
"""Of a file; those of a film of three hours have 150,000."""


def srt(captions: Sequence[Caption]) -> str:
    """The captions as SubRip text."""
    blocks = (
        f"{number}\n{_times(caption, ',')}\n{_lines(caption.text).replace('-->', '→')}\n"
        for number, caption in enumerate(captions, start=1)
    )
    return "\n".join(blocks)


def vtt(captions: Sequence[Caption]) -> str:
    """The captions as WebVTT."""
    blocks = (
        f"{_times(caption, '.')}\n{html.escape(_lines(caption.text), quote=False)}\n" for caption in captions
    )
    return "\n".join(["WEBVTT\n", *blocks])


class Sidecars:
    """SRT and VTT beside a film: written, hidden, before it is begun, and there when it is done; else nothing is.

    Raises OutputError where they can't be written. Without captions there are none.
    """

    def __init__(self, film: Path | str, captions: Sequence[Caption]) -> None:
        base = Path(film).absolute()
        self.paths = tuple(base.with_suffix(suffix) for suffix in SUFFIXES if captions)
        self._files: list[WholeFile] = []
        try:
            for path, text in zip(self.paths, (srt(captions), vtt(captions)), strict=False):
                self._files.append(file := WholeFile(path))
                with file.explained():
                    file.write(text.encode())
        except BaseException:
            self._abandon()
            raise

    def __enter__(self) -> Sidecars:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._abandon()
            return
        while self._files:
            try:
                self._files[0].keep()
            except BaseException:
                self._abandon()
                raise
            del self._files[0]

    def _abandon(self) -> None:
        for file in self._files:
            file.abandon()


def is_timed(text: str) -> bool:
    """Whether it is SRT or VTT, and not just a text."""
    return text.lstrip("\ufeff").startswith("WEBVTT") or bool(_ARROW.search(text))


def read(text: str) -> list[Caption]:
    """The captions of SRT or VTT text, in order; one that another would cover ends before it, and notes, styles and
    tags are left out. Raises BadInput with every line that can't be read."""
    if len(text) > MOST_CHARACTERS:
        said = f"the captions have {len(text):,} characters; at most {MOST_CHARACTERS:,} are read"
        raise BadInput(said, "give the captions of one film")
    found: list[Caption] = []
    faults: list[Fault] = []
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_vtt = lines[0].startswith("WEBVTT")
    for number, line in enumerate(lines, start=1):
        if "-->" not in line:
            continue
        times = _CUE.match(line)
        start, end = (_seconds(times["start"]), _seconds(times["end"])) if times else (0.0, 0.0)
        if times is None:
            faults.append(Fault(f"line {number}", f"{line.strip()!r} is not a caption's time", _HOW))
        elif end <= start:
            faults.append(Fault(f"line {number}", "ends before it begins", "swap the two times"))
        else:
            said = "\n".join(_TAG.sub("", each).strip() for each in _below(lines, number, is_vtt))
            if said := _lines(html.unescape(said) if is_vtt else said):
                found.append(Caption(text=said, start=start, end=end))
    if faults:
        raise BadInput("the captions can't be read", faults=faults)
    if not found:
        raise BadInput("there are no captions in it", _HOW)
    found.sort(key=lambda caption: caption.start)
    for index in range(len(found) - 1):
        if found[index].end > found[index + 1].start:
            found[index] = found[index].model_copy(update={"end": found[index + 1].start})
    return [caption for caption in found if caption.end > caption.start]


def _below(lines: Sequence[str], number: int, is_vtt: bool) -> Sequence[str]:
    """A caption's own lines: up to an empty one, or to the next caption's time, and in SRT to the number over it."""
    end = number
    while end < len(lines) and lines[end].strip() and "-->" not in lines[end]:
        end += 1
    cut_off = end < len(lines) and "-->" in lines[end]
    if cut_off and not is_vtt and end > number and lines[end - 1].strip().isdecimal():
        end -= 1
    return lines[number:end]


_HOW = "write 00:00:01,000 --> 00:00:02,500 and the text below it"
_TIME = r"(?:\d{1,4}:)?[0-5]?\d:[0-5]?\d(?:[.,]\d{1,3})?"
_CUE = re.compile(rf"\s*(?P<start>{_TIME})\s*-->\s*(?P<end>{_TIME})(?:\s.*)?$")
# Within a line: were a new line taken for a space too, each of many empty ones would be read to the last.
_ARROW = re.compile(rf"^[^\S\n]*{_TIME}[^\S\n]*-->", re.MULTILINE)
_TAG = re.compile(r"</?(?:[biu]|font|c|v|lang|ruby|rt)\b[^<>]*>|<\d[\d:.]*>|\{\\an?\d\}", re.IGNORECASE)


def _seconds(time: str) -> float:
    whole, _, part = time.replace(",", ".").partition(".")
    total = 0
    for unit in whole.split(":"):
        total = total * 60 + int(unit)
    return total + int((part or "0").ljust(3, "0")) / 1000


def _times(caption: Caption, point: str) -> str:
    start = round(caption.start * 1000)
    return f"{_clock(start, point)} --> {_clock(max(start + 1, round(caption.end * 1000)), point)}"


def _clock(milliseconds: int, point: str) -> str:
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{rest:03}"


def _lines(text: str) -> str:
    """Without what would end a caption in the middle: empty lines, and characters that nobody sees."""
    lines = ("".join(c for c in line if c == "\t" or c >= " ") for line in text.splitlines())
    return "\n".join(line.strip() for line in lines if line.strip())
