"""What a person lets canvases spend: consent.json in STORYREEL_HOME, which no workflow can write.

>>> grant(Decimal(5))
>>> allowed()
Decimal('5')
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..errors import BadInput, OutputError
from ..home import home

FILE = "consent.json"
MOST = Decimal(100_000)
_ITSELF = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
CURE = "agree once on the machine where this ComfyUI runs: `storyreel consent --day 5` allows $5 a day"


def allowed() -> Decimal | None:
    """Dollars a day that canvases may spend; None while no person has agreed. Raises BadInput for a file that can't be
    read, or that others can write."""
    path = home() / FILE
    try:
        # A link or a pipe isn't what `grant` has written.
        with os.fdopen(os.open(path, os.O_RDONLY | _ITSELF), encoding="utf-8") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise BadInput(f"{path} is no file", f"remove it; {CURE}")
            if os.name == "posix" and (found.st_mode & 0o022 or found.st_uid not in (0, os.getuid())):
                raise BadInput(f"{path} can be written by others", f"chmod 600 {path}")
            return amount(json.load(file)["day"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        why = "it is a link" if path.is_symlink() else str(error)
        raise BadInput(f"{path} can't be read: {why}", "`storyreel consent --day 5` writes it anew") from None


def amount(value: Any) -> Decimal:
    """Dollars. Raises BadInput for what is no sum above 0 and up to 100000."""
    try:
        found = Decimal(value if isinstance(value, str) else repr(value))
    except (InvalidOperation, ValueError):
        found = Decimal(0)
    if isinstance(value, bool) or not found.is_finite() or not 0 < found <= MOST:
        raise BadInput("that is no sum of dollars a day", f"a number above 0 and up to {MOST}")
    return found


def grant(day: Decimal) -> None:
    """Keeps the answer, for this user alone. Raises OutputError if it can't be written."""
    path, place = home() / FILE, home()
    try:
        place.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place, prefix=f".{FILE}")  # 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"day": str(day)}, file)
            Path(name).replace(path)
        finally:
            with contextlib.suppress(OSError):
                Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}") from None


def revoke() -> None:
    """Takes it back: from now on canvases buy nothing."""
    (home() / FILE).unlink(missing_ok=True)
