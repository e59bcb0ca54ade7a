"""What strangers wrote, made harmless for a terminal: storyboards, workflows, file names and services' answers are
shown, and steer nothing. A sign that would move the cursor, colour, hide or turn round what stands beside it is shown
as its number.

>>> visible("\\x1b[2Jfree\\u202e")
'\\\\x1b[2Jfree\\\\u202e'
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from typing import Any, TextIO

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f"  # the direction of what is written, and lines within lines
    "\ufff9-\ufffb\ud800-\udfff]"  # annotations; halves of letters, which no terminal can be sent
)
_BAR = re.compile(r"\n*(\x1b\[A)+$|\r")
_STEERING_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]"
)


def visible(text: str) -> str:
    """The text with every steering sign as its number. Line feed and tab stay; a Windows line end is a line feed."""
    if text.isascii() and text.isprintable():
        return text
    return _STEERING.sub(_number, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Visible, and no line of its own: what stands for something else can't pretend to be the next."""
    return visible(text).replace("\n", "\\n")


def named(text: str) -> str:
    """A file's name without what steers, line ends and tabs: an underline stands for each."""
    return _STEERING.sub("_", text).replace("\n", "_").replace("\t", "_")


def _number(sign: re.Match[str]) -> str:
    code = ord(sign[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def json_text(plain: Any, indent: int | None = None) -> str:
    """The same value for whoever reads JSON; for a terminal, nothing that steers. Where stdout's encoding lacks a
    letter, all are written as numbers, as JSON has them: what the stream itself would write for it is no JSON."""
    text = json.dumps(plain, ensure_ascii=False, default=str, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "ascii", "surrogatepass")
    except UnicodeError:
        text = json.dumps(plain, default=str, indent=indent)
    return _STEERING_JSON.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def line(text: str) -> None:
    """A result that is a line of its own, on stdout, for a person or a program to read."""
    sys.stdout.write(visible(text) + "\n")
    sys.stdout.flush()


class Stream(io.TextIOBase):
    """stdout or stderr for all that doesn't know the console: errors of the command line, tracebacks, libraries."""

    def __init__(self, inner: TextIO) -> None:
        self.inner = inner

    def write(self, text: str) -> int:
        # On a terminal bars of libraries draw themselves over: by a carriage return before, by going up between them.
        bar = _BAR.match(text) if self.isatty() else None
        end = bar.end() if bar else 0
        self.inner.write(text[:end] + visible(text[end:]))
        return len(text)

    def flush(self) -> None:
        self.inner.flush()

    def fileno(self) -> int:
        return self.inner.fileno()

    def isatty(self) -> bool:
        return self.inner.isatty()

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.inner.encoding

    @property
    def errors(self) -> str | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.inner.errors


def guard_streams() -> None:
    """From now on nothing that this process prints steers the terminal."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(
            stream, io.TextIOWrapper
        ):  # what its encoding doesn't have is written as its number too
            stream.reconfigure(errors="backslashreplace")
        if stream is not None and not isinstance(stream, Stream):
            setattr(sys, name, Stream(stream))


def bare(stream: TextIO) -> TextIO:
    """What a console draws on, which has its own filter."""
    return stream.inner if isinstance(stream, Stream) else stream


class LogLines(logging.Formatter):
    """A record is a line, whatever was logged: no text in it looks like another record. Tracebacks follow, indented."""

    def __init__(self, form: str = "%(asctime)s %(levelname)s %(message)s") -> None:
        super().__init__(form)

    def formatMessage(self, record: logging.LogRecord) -> str:
        said = logging.makeLogRecord({**record.__dict__, "message": one_line(record.message)})
        return super().formatMessage(said)

    def formatException(self, ei: Any) -> str:
        return "\n".join(f"  | {line}" for line in visible(super().formatException(ei)).split("\n"))
