"""A rehearsal: a whole paid run against the emulators, with a home of its own, for nothing.

>>> with rehearsal() as environment:
...     os.environ.update(environment)       # in a process of its own, or put back afterwards
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...studio.home import home
from .server import Emulator

WORK = 1.0
"""Seconds that a job works."""
QUEUE = 0.3
HIDDEN = ("STORYREEL_DATABASE_URL", "STORYREEL_SERVER")
"""What must not be seen in a rehearsal: it would lead to the real ledger."""


def rehearsal_home() -> Path:
    """Where rehearsals keep their ledger, vault and runs: never where the real ones are."""
    here = home()
    return here if here.name == "rehearsal" else here / "rehearsal"


@contextmanager
def rehearsal(work: float = WORK, queue: float = QUEUE) -> Iterator[dict[str, str]]:
    """Starts the emulators and gives the environment for a rehearsal; an empty value means: unset it.

    The home in it is `rehearsal_home()`: its own ledger and vault, no config of the user's. So that a clip
    that one rehearsal began can be collected by the next, the emulators' record is kept there too.
    """
    place = rehearsal_home()
    with Emulator(work=work, queue=queue, picture="card", record=place / "emulators.jsonl") as emulator:
        yield emulator.environment | {"STORYREEL_HOME": str(place)} | dict.fromkeys(HIDDEN, "")
