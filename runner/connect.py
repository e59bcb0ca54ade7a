"""The server of a run: the one that was named, or the embedded engine for as long as the run takes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .client import ComfyClient


def named_server(server: str | None) -> str | None:
    """What `--server` says, else STORYREEL_SERVER; None is the embedded engine."""
    return server or os.environ.get("STORYREEL_SERVER") or None


@contextlib.contextmanager
def connected(server: str | None, folder: Path) -> Iterator[ComfyClient]:
    """A client of the server, or of an embedded engine whose files are in `folder` and which ends with "
    "the block."""
    if server:
        with ComfyClient(server) as client:
            yield client
        return
    from .engine import EmbeddedServer

    with EmbeddedServer(folder) as embedded, ComfyClient(embedded.url) as client:
        yield client


def object_info(server: str | None) -> dict[str, Any]:
    """What the server can run, or the embedded engine."""
    if server:
        with ComfyClient(server) as client:
            return client.object_info()
    from .engine import object_info

    return object_info()
