"""Captions as text: SRT and WebVTT, written beside a film (reading.py reads what others wrote).

    with Sidecars(Path("film.mp4"), captions):
        render_the_film()          # film.srt and film.vtt are there when it ends well

SubRip has no standard and no escapes: a text that looks like a player's tags, <i>, may be taken for them there. WebVTT
(w3.org/TR/webvtt1) has both.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from ..media.encode import WholeFile
from ..timeline.timeline import Caption
from .text import shown_lines

SUFFIXES = (".srt", ".vtt")


def srt(captions: Sequence[Caption]) -> str:
    """The captions as SubRip text."""
    blocks = (
        f"{number}\n{_times(caption, ',')}\n{shown_lines(caption.text).replace('-->', '→')}\n"
        for number, caption in enumerate(captions, start=1)
    )
    return "\n".join(blocks)


def vtt(captions: Sequence[Caption]) -> str:
    """The captions as WebVTT."""
    blocks = (
        f"{_times(caption, '.')}\n{html.escape(shown_lines(caption.text), quote=False)}\n"
        for caption in captions
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


def _times(caption: Caption, point: str) -> str:
    start = round(caption.start * 1000)
    return f"{_clock(start, point)} --> {_clock(max(start + 1, round(caption.end * 1000)), point)}"


def _clock(milliseconds: int, point: str) -> str:
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{rest:03}"
