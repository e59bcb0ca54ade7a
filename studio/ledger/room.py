"""Room on the disk of a SQLite ledger that nothing else may take: a provider's answer to a paid request is written down
even where the disk has filled up since the request left.

It is a file beside the ledger. Where a write finds no room, the file is shortened piece by piece until the write fits:
were all of it given up at once, a clip on its way here could take what the next answer needs. It is filled up again
before the next paid request leaves.
"""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path

from ..errors import OutputError

SIZE = 2 << 20
"""Bytes. An answer needs less than a piece of them."""
PIECE = 64 << 10


class Room:
    def __init__(self, ledger: Path) -> None:
        self.ledger = ledger
        self.path = Path(f"{ledger}-room")
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Sees to it that all of it is there, on the disk. Raises OutputError."""
        with self._lock:
            try:
                self.path.touch(mode=0o600)
                had = self.path.stat().st_size
                if had < SIZE:
                    self._fill(had)
            except OSError as error:
                raise OutputError(
                    f"{SIZE >> 20} MB can't be kept free for the ledger {self.ledger}: {error.strerror or error}",
                    "make room on that disk and run the same command again: no paid request leaves whose answer "
                    "couldn't be written down",
                ) from None

    def _fill(self, had: int) -> None:
        with self.path.open("r+b", buffering=0) as file:
            try:
                file.seek(had)
                left = memoryview(
                    secrets.token_bytes(SIZE - had)
                )  # of zeros a disk that compresses keeps nothing
                while left:
                    left = left[file.write(left) :]
                os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    file.truncate(had)
                raise

    def give(self) -> bool:
        """Gives up a piece of it; False where none is left."""
        with self._lock:
            try:
                with self.path.open("r+b", buffering=0) as file:
                    had = os.fstat(file.fileno()).st_size
                    file.truncate(max(0, had - PIECE))
                    os.fsync(file.fileno())
                return had > 0
            except OSError:
                return False
