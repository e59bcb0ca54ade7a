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

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from .visible import json_text

Event = dict[str, Any]
Tell = Callable[[Event], None]


def silent(event: Event) -> None:
    """Tells nobody."""


class JsonLines:
    """Writes each event as one line of JSON. Progress of one node comes at most ten times a second."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self._last: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        if event["event"] == "progress":
            now = time.monotonic()
            if event["done"] < 1 and now - self._last.get(event["node"], -1.0) < 0.1:
                return
            self._last[event["node"]] = now
        self.stream.write(json_text(event) + "\n")
        self.stream.flush()
