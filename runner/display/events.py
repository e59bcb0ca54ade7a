"""What happens during a run, as plain records: the display draws them, `--json` prints one per line.

event         fields beside it
checked       scenes, frames, duration, cost            the input was found good; nothing was run yet
uploading     name, bytes                               a local file goes to the server
queued        prompt_id, ahead                          how many runs stand before ours
started       prompt_id
cached        nodes                                     these need no work: the server has their results
node          node, title, state (running | finished)
progress      node, title, done (0 to 1)
text          node, title, text                         what the node says it is doing
output        node, filename, subfolder, type
fetched       path, bytes
contact       state (lost | back), message              the server is silent, or answers again
budget        name, threshold, used, limit, message     75 or 90 percent of a budget are used
warning       message
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from .escape import json_text

Event = dict[str, Any]
Tell = Callable[[Event], None]


_PAUSE = 0.5
"""Seconds between two lines that say how far the same node is."""


def silent(event: Event) -> None:
    """Tells nobody."""


class JsonLines:
    """Writes each event as one line of JSON. What changes with every frame, the progress of a node and its text, comes
    at most twice a second; the last text is not lost, it comes before the next line that tells of something else.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream = stream or sys.stdout
        self.clock = clock
        self._last: dict[tuple[str, str], float] = {}
        self._held: dict[str, Event] = {}

    def __call__(self, event: Event) -> None:
        kind, node = event["event"], str(event.get("node"))
        if kind in ("progress", "text"):
            now = self.clock()
            if event.get("done") != 1 and now - self._last.get((kind, node), -math.inf) < _PAUSE:
                if kind == "text":
                    self._held[node] = event
                return
            self._last[kind, node] = now
            if kind == "text":
                self._held.pop(node, None)
        else:  # of any node: a server may say that a node is done before its last text comes
            for held in self._held.values():
                self._write(held)
            self._held.clear()
        self._write(event)

    def _write(self, event: Event) -> None:
        self.stream.write(json_text(event) + "\n")
        self.stream.flush()
