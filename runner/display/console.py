"""What a command says and where: results on stdout, progress and errors on stderr, with `--json` events on
stdout.

    with session(json) as talk:
        ...
        talk.result({...}, show)

An error that reaches the end of the block is shown as one block (or as the last JSON line) and sets the exit
code.
"""

from __future__ import annotations

import contextlib
import io
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from ...studio.errors import BadInput, Interrupted, OutputError, StoryreelError
from .escape import LogLines, bare, json_text, line, visible
from .events import Event, JsonLines, Tell
from .progress import LiveDisplay, PlainDisplay

LOSSES = 3
"""The exit code of a run that was done, with something that was asked for missing or replaced."""


class Screen(Console):
    """A console on which nothing that is printed steers the terminal, save what rich itself does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))


class Session:
    def __init__(self, as_json: bool, empty: Mapping[str, Any] | None = None) -> None:
        # What an encoding lacks is written as its number, as JSON has it: names of files may hold such.
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        self.as_json = as_json
        self.failed = dict(empty or {})
        """What the result of `--json` carries beside ok and error if the command fails."""
        self.out = Screen(file=bare(sys.stdout), width=None if sys.stdout.isatty() else 120)
        self.err = Screen(file=bare(sys.stderr), stderr=True)
        self._display: LiveDisplay | PlainDisplay | None = None
        self._lines = JsonLines(sys.stdout)

    @contextlib.contextmanager
    def progress(self) -> Iterator[Tell]:
        """Shows the events told in the block."""
        if self.as_json:
            yield self._lines
            return
        self._display = LiveDisplay(self.err) if self.err.is_terminal else PlainDisplay(self.err)
        try:
            with self._display:
                yield self._display
        finally:
            self._display = None

    def graph(self, graph: Mapping[str, Any]) -> None:
        """What is going to run: the display weighs its nodes."""
        if self._display:
            self._display.graph(graph)

    def result(self, plain: Mapping[str, Any], show: Callable[[Console], None], code: int = 0) -> None:
        """Prints the result and, if `code` isn't 0, ends the command with it."""
        if self.as_json:
            self.line(plain)
        else:
            show(self.out)
        if code:
            raise typer.Exit(code)

    def asking(self, show: Callable[[Console], None] | None = None) -> Callable[[str], bool] | None:
        """Puts a question to the person at the terminal, after `show`; None if there is none, or output goes to a
        program."""
        if self.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
            return None

        def ask(question: str) -> bool:
            if show:
                show(self.err)
            try:
                return typer.confirm(visible(question), default=False, err=True)
            except typer.Abort:  # Ctrl-C, or the end of what is typed
                return False

        return ask

    def line(self, plain: Mapping[str, Any], indent: int | None = None) -> None:
        line(json_text(plain, indent))

    def logging(self, level: int) -> None:
        """From now on what is logged goes to stderr."""
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(LogLines())
        logging.basicConfig(level=level, handlers=[handler])

    def note(self, text: str) -> None:
        """A remark for a person."""
        if not self.as_json:
            self.err.print(Text(text, style="dim"), soft_wrap=True)

    def warn(self, text: str) -> None:
        """What went differently, for a person."""
        self.err.print(Text("Warning: ", style="bold yellow").append(text, style="not bold"), soft_wrap=True)


@contextlib.contextmanager
def session(as_json: bool, **empty: Any) -> Iterator[Session]:
    """One command. `empty` is what the result of `--json` carries beside ok and error when it failed."""
    talk = Session(as_json, empty)
    if logging.lastResort is not None:  # what is logged with nobody listening
        logging.lastResort.setFormatter(LogLines("%(message)s"))
    try:
        with _stoppable():
            yield talk
    except (StoryreelError, KeyboardInterrupt, OSError, UnicodeError) as caught:
        if isinstance(caught, BrokenPipeError):
            raise
        error = _sentence(caught)
        if as_json:
            talk.line({"ok": False, **talk.failed, "warnings": [], "error": error.to_plain()})
        else:
            talk.err.print(block(error), soft_wrap=True)
        raise typer.Exit(error.exit_code) from None


def _sentence(error: BaseException) -> StoryreelError:
    if isinstance(error, StoryreelError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted()
    if isinstance(error, OSError):
        place = f"{error.filename} can't be used" if error.filename else "the system refuses something"
        return OutputError(
            f"{place}: {error.strerror or type(error).__name__}", "give another name or folder"
        )
    cure = "use letters of UTF-8"
    if sys.getfilesystemencoding().lower().replace("-", "") != "utf8":
        cure = "names of files are read as UTF-8 with PYTHONUTF8=1, or LC_ALL=C.UTF-8"
    return BadInput("a name or a text holds characters that can't be written", cure)


def block(error: StoryreelError) -> Text:
    """An error for a person: the sentence, every fault on a line of its own, and the hint."""
    text = Text()
    if isinstance(error, Interrupted):
        text.append(
            error.message if error.message != "interrupted" else "Interrupted. Nothing partial was left."
        )
        return text.append(f"\n  → {error.hint}", style="cyan") if error.hint else text
    text.append("Error: ", style="bold red").append(error.message)
    for fault in error.faults if isinstance(error, BadInput) else ():
        text.append("\n  • ").append(f"{fault.place}: " if fault.place else "", style="bold").append(
            fault.message
        )
        text.append(f"; {fault.cure}" if fault.cure else "", style="cyan")
    if error.hint:
        text.append("\n  → ", style="cyan").append(error.hint, style="cyan")
    return text


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """SIGINT and SIGTERM stop the command where it stands; a second one doesn't wait for cleaning up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGINT", "SIGTERM") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}

    def stop(number: int, frame: object) -> None:
        for name in names:
            signal.signal(getattr(signal, name), signal.default_int_handler)
        raise KeyboardInterrupt  # and no error of ours: libraries catch those by `except Exception`

    for name in names:
        signal.signal(getattr(signal, name), stop)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def warn(tell: Tell, warnings: list[str], message: str) -> None:
    """Keeps a warning for the result and tells it at once."""
    warnings.append(message)
    event: Event = {"event": "warning", "message": message}
    tell(event)
