"""Runs an engine's own program: a fresh process for each question, so that as many threads may speak as like, nothing
an engine does to its process outlives an answer, and one that crashes takes nobody along.

    ask(Path("espeak_program.py"), [data, library], {"list": True})[0]["version"]
    # '1.52.0'
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import StoryreelError
from ..progress import UNWATCHED, Watch

_SECONDS = 60
_CHARACTERS_A_SECOND = 100
"""How long an answer may take: this much, and longer for a long text. An engine needs a hundredth of it."""
_LOOK = 0.1
_AT_ONCE = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


def ask(
    program: Path, arguments: Sequence[str], question: Mapping[str, Any], watch: Watch = UNWATCHED
) -> tuple[dict[str, Any], bytes]:
    """The answer to a question: its JSON, and the bytes after it.

    Raises StoryreelError with the program's own sentence, Interrupted.
    """
    if not sys.executable:
        raise StoryreelError("it is a program of its own, and here no Python can be started")
    command = [
        sys.executable,
        "-I",
        "-S",
        str(program),
        *arguments,
    ]  # with the bare language it starts in 20 ms
    lasting = _SECONDS + len(str(question.get("text", ""))) / _CHARACTERS_A_SECOND
    with _AT_ONCE:
        status, out, said = _run(command, json.dumps(question).encode(), time.monotonic() + lasting, watch)
    if status is None:
        raise StoryreelError(f"it gave no answer in {lasting:.0f} s")
    head, end, sound = out.partition(b"\n")
    if status or not end:
        words = said.decode("utf-8", "replace").strip().splitlines()
        raise StoryreelError(words[-1] if words else f"it ended with status {status}")
    return json.loads(head), sound


def _run(command: list[str], given: bytes, until: float, watch: Watch) -> tuple[int | None, bytes, bytes]:
    """The status it ended with, None if it had to be ended, and what it wrote. However this is left, it has ended."""
    pipe = subprocess.PIPE
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would show a console for a moment
    try:
        running = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, creationflags=flags)
    except OSError as error:
        raise StoryreelError(f"it can't be started: {error.strerror}") from None
    with running:
        try:
            unsent: bytes | None = given
            while time.monotonic() < until:
                watch.check()
                try:
                    out, said = running.communicate(unsent, timeout=_LOOK)
                except subprocess.TimeoutExpired:
                    unsent = None
                else:
                    return running.returncode, out, said
            return None, b"", b""
        finally:
            running.kill()
