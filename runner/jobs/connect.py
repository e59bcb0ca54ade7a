"""The server of a run: the one that was named, or the embedded engine for as long as the run takes."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..comfy.access import entered
from ..comfy.client.api import ComfyClient
from ..display.escape import LogLines

LOG = "engine.log"
"""In the run's folder: what the embedded engine had to say."""


@contextlib.contextmanager
def connected(server: str | None, folder: Path) -> Iterator[ComfyClient]:
    """A client of the server, or of an engine in this process with its files in `folder`, for the block."""
    if server:
        with entered(server) as client:
            yield client
        return
    from ..engine import EmbeddedServer

    # What may be spent was agreed to before: it stands in the graph.
    engine = EmbeddedServer(folder, spend=None)
    with _logging_to(folder / LOG), engine as embedded, ComfyClient(embedded.url) as client:
        yield client


class _Log(logging.FileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """A disk that is full is told by what was to be made, not by tracebacks about its log."""


@contextlib.contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """What the engine logs, tracebacks included, goes to a file of the run, not between the progress."""
    log = logging.getLogger("storyreel")
    handler = _Log(path, encoding="utf-8", delay=True)
    handler.setFormatter(LogLines())
    propagates, level = log.propagate, log.level
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagates
        log.setLevel(level)
        with contextlib.suppress(OSError):
            handler.close()


def object_info(server: str | None) -> dict[str, Any]:
    """What the server can run, or the embedded engine."""
    if server:
        with entered(server) as client:
            return client.object_info()
    from ..engine import object_info

    return object_info()
