"""A rehearsal: a whole paid run against the emulators, with a home of its own, for nothing.

with rehearsal() as environment:
    os.environ.update(environment)       # in a process of its own, or put back afterwards
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..studio.errors import ServerError
from ..studio.home import home
from .registry import DOORS
from .server import Emulator

WORK = 1.0
"""Seconds that a job works."""
QUEUE = 0.3
POLL_SECONDS = 0.5
"""The real services are asked less often; nobody wants to wait for an emulator as long."""
KEPT = 48 * 3600
"""Seconds after its last event for which a rehearsal can be gone on with."""
HIDDEN = ("STORYREEL_DATABASE_URL", "STORYREEL_SERVER")
"""What must not be seen in a rehearsal: it would lead to the real ledger."""


def rehearsal_home() -> Path:
    """Where rehearsals keep their ledger, vault and runs: never where the real ones are."""
    here = home()
    return here if here.name == "rehearsal" else here / "rehearsal"


@contextmanager
def rehearsal(work: float = WORK, queue: float = QUEUE) -> Iterator[dict[str, str]]:
    """Starts the emulators and gives the environment for a rehearsal; an empty value means: unset it.

    The home in it is `rehearsal_home()`: its own ledger and vault, no config and no keys of the user's. The
    emulators' record is kept there and their port stays the same, so that a clip which an interrupted rehearsal
    began is collected by the next. While one rehearsal runs, another has emulators that remember nothing.
    """
    place = rehearsal_home()
    with ExitStack() as stack:
        try:
            place.mkdir(parents=True, exist_ok=True)
            _forget(place / "emulators.jsonl")
            _hurry(place / "config.toml")
            emulator = stack.enter_context(
                Emulator(
                    port=_port(place),
                    work=work,
                    queue=queue,
                    picture="card",
                    record=place / "emulators.jsonl",
                )
            )
        except (ServerError, OSError):
            emulator = stack.enter_context(Emulator(work=work, queue=queue, picture="card"))
        yield emulator.environment | {"STORYREEL_HOME": str(place)} | dict.fromkeys(HIDDEN, "")


def _forget(record: Path) -> None:
    """Removes what the emulators kept of rehearsals that nobody can want to go on with: the vendors throw
    their results away by then too.
    """
    if record.exists() and time.time() - record.stat().st_mtime > KEPT:
        record.unlink()
        shutil.rmtree(record.with_name(record.name + ".files"), ignore_errors=True)


def _hurry(path: Path) -> None:
    """A config for rehearsals, where nobody has put one."""
    if not path.exists():
        doors = "".join(f"[doors.{door}]\npoll_seconds = {POLL_SECONDS}\n" for door in DOORS)
        path.write_text(f"# For rehearsals only; yours is in the folder above.\n{doors}", encoding="utf-8")


def _port(place: Path) -> int:
    """The port of this home's rehearsals, below those that systems hand out themselves."""
    return 20_000 + int.from_bytes(hashlib.sha256(str(place).encode()).digest()[:4], "big") % 10_000
