"""What a person calls the files that were sent, in place of the names that a server has for them.

>>> names = Names({"storyreel/0123456789abcdef-a-beach.mp4": "A beach.MP4"})
>>> names.shown("there is no storyreel/0123456789abcdef-a-beach.mp4 [input]")
'there is no A beach.MP4'
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from ....studio.errors import BadInput, Fault, StoryreelError
from ...display.events import Event, Tell
from .api import UPLOADS

_PLACES = ("filename", "subfolder", "path", "clip", "url", "type")
"""What data has under these keys is where a file is, and nothing for a person to read as its name."""
_FOLDERS = r"(?:(?:[A-Za-z]:)?[^\s'\"(:,=]{0,300}[/\\])?"
"""Those in front of it are the server's."""


class Names:
    """`sent` holds what a person calls each file or folder, by the name that it was sent under."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self._called: dict[str, str] = {}
        for name, called in sent.items():
            short = name.removeprefix(f"{UPLOADS}/")
            self._called[short] = called
            if "/" not in short:  # titles are made of the name without its ending
                self._called.setdefault(PurePosixPath(short).stem, PurePosixPath(called).stem)
        # The longer of two comes first: one may begin as the other does.
        names = "|".join(sorted(map(re.escape, self._called), key=len, reverse=True)) or "(?!)"
        self._pattern = re.compile(rf"(?<![\w=-]){_FOLDERS}(?P<name>{names})(?: \[input\])?(?![\w-])")

    def shown(self, value: Any) -> Any:
        """The same text, or the same data, with the names that a person knows."""
        if isinstance(value, str):
            if not any(name in value for name in self._called):
                return value
            return self._pattern.sub(lambda found: self._called[found["name"]], value)
        if isinstance(value, Mapping):
            return {key: each if key in _PLACES else self.shown(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.shown(each) for each in value]
        return value

    def told(self, tell: Tell) -> Tell:
        """Tells what the server said with these names."""

        def told(event: Event) -> None:
            said = {key: self.shown(event[key]) for key in ("text", "message") if key in event}
            tell({**event, **said})

        return told

    @contextlib.contextmanager
    def named(self) -> Iterator[None]:
        """Errors of the block speak with these names."""
        try:
            yield
        except StoryreelError as error:
            error.message, error.hint = self.shown(error.message), self.shown(error.hint)
            if isinstance(error, BadInput):
                error.faults = tuple(
                    Fault(self.shown(fault.place), self.shown(fault.message), self.shown(fault.cure))
                    for fault in error.faults
                )
            raise
