"""Who holds a claim: a process on a machine, and whether it still lives.

On the same machine a process that is gone has lost its claims at once, and one that is there keeps them, even stopped
by Ctrl-Z: it may go on at any moment and send what it was about to send. On another machine only the heartbeat tells.
"""

from __future__ import annotations

import functools
import os
import socket
import sys
from pathlib import Path
from typing import NamedTuple

TTL = 30.0
"""Seconds after its last heartbeat that an owner on another machine counts as gone."""
BEAT = 10.0


class Owner(NamedTuple):
    id: str
    host: str
    pid: int
    started: str
    seen: float

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host.partition('/')[0]}"


@functools.cache
def this_host() -> str:
    """This machine since it was started, and in it the space in which process ids mean something: two containers of one
    machine may both have a process 1."""
    parts = [socket.gethostname()]
    for read in (
        lambda: Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
        lambda: str(Path("/proc/self/ns/pid").readlink()),
    ):
        try:
            parts.append(read())
        except OSError:
            break
    return "/".join(parts)


def started(pid: int) -> str | None:
    """When a process of this machine was started, in its own measure; "" where that can't be told; None: it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # there is no /proc, it hides the processes of other users, or the process is gone
        return None if _gone(pid) else ""
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def _gone(pid: int) -> bool:
    if sys.platform == "win32":
        return False  # os.kill would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def alive(owner: Owner, now: float) -> bool:
    """Whether a claim of this owner still holds."""
    if owner.host == this_host():
        found = started(owner.pid)
        if found is None or (owner.started and found and found != owner.started):
            return False
        if owner.started and found:
            return True
    return owner.seen + TTL > now
