"""The durable record of paid requests and of money: what is written here can't be paid twice.

    with open_ledger() as ledger:
        claim = ledger.claim(key, base=base, take=1, request=request)

SQLAlchemy is loaded by `open_ledger`, not by importing this.

- `rules` what may happen to an attempt, and when one may be sent again
- `money` amounts and caps, `spending` what is used of them
- `slots` when the next request may leave
- `claims`, `owners` who may buy and follow a take: on one machine a living process keeps its claims, however long it
  was stopped, and a dead one loses them at once; between machines thirty seconds without a heartbeat decide
- `journal` what becomes of an attempt, written down
- `finding` what lies in the vault and was never written down, or was lost with a ledger
- `reports` what can be asked
- `ledger` all of it in one, `database`, `room`, `tables` and `migrations` under it
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .errors import ClaimLost, IllegalEvent, LedgerError, OverBudget, SameOperation
from .money import Alert, Cap, Day, Film, Month, Run, Scope, Session, dollars_text, used_text
from .records import Attempt, Claim, Entry, Intent, NewTake, Performance, Spent, StillOpen, StoredTake
from .rules import OPEN, AttemptEvent, AttemptState, retry_wait

if TYPE_CHECKING:
    from .ledger import Ledger
    from .slots import Limits, Wait

__all__ = [
    "OPEN",
    "Alert",
    "Attempt",
    "AttemptEvent",
    "AttemptState",
    "Cap",
    "Claim",
    "ClaimLost",
    "Day",
    "Entry",
    "Film",
    "IllegalEvent",
    "Intent",
    "Ledger",
    "LedgerError",
    "Limits",
    "Month",
    "NewTake",
    "OverBudget",
    "Performance",
    "Run",
    "SameOperation",
    "Scope",
    "Session",
    "Spent",
    "StillOpen",
    "StoredTake",
    "Wait",
    "dollars_text",
    "open_ledger",
    "retry_wait",
    "used_text",
]


def open_ledger(url: str | None = None, clock: Callable[[], float] = time.time) -> Ledger:
    """The ledger at `url`, else at STORYREEL_DATABASE_URL, at config.toml's `database_url`, or in STORYREEL_HOME.

    Brings an older ledger to this release's tables. Raises LedgerError for a newer one, BadInput for a URL that can't
    be used and OutputError where the file or the server can't.
    """
    from ..config import config
    from ..home import home
    from .ledger import Ledger

    url = url or os.environ.get("STORYREEL_DATABASE_URL") or config().database_url
    return Ledger(url or f"sqlite:///{home().absolute() / 'ledger.db'}", clock)


def __getattr__(name: str) -> Any:
    if name == "Ledger":
        from .ledger import Ledger

        return Ledger
    if name in ("Limits", "Wait"):
        from . import slots

        return getattr(slots, name)
    raise AttributeError(name)
