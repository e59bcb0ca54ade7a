"""What the ledger refuses, each with the command or the change that helps."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..errors import StoryreelError

if TYPE_CHECKING:
    from .money import Cap


class LedgerError(StoryreelError):
    """The ledger won't do what was asked."""

    code = "ledger"


class IllegalEvent(LedgerError):
    """Something is reported of an attempt that can't happen to it now."""


class SameOperation(IllegalEvent):
    """A provider told an operation's id that another attempt has: whose job it is nobody knows."""


class ClaimLost(LedgerError):
    """The claim under which a request was to be sent isn't held any more. Nothing was sent."""


class OverBudget(LedgerError):
    """A request would pass a cap. Nothing was sent. Amounts in dollars."""

    code = "over_budget"

    def __init__(self, cap: Cap, spent: Decimal, reserved: Decimal, wanted: Decimal) -> None:
        from .money import dollars_text

        held = f" and {dollars_text(reserved)} reserved" if reserved else ""
        super().__init__(
            f"{dollars_text(wanted)} would pass the {cap.name} of {dollars_text(cap.limit)}: "
            f"{dollars_text(spent)} spent{held}"
        )
        self.cap = cap
        self.spent = spent
        self.reserved = reserved
        self.wanted = wanted

    def to_plain(self) -> dict[str, Any]:
        return super().to_plain() | {
            "cap": self.cap.name,
            "limit": str(self.cap.limit),
            "spent": str(self.spent),
            "reserved": str(self.reserved),
            "wanted": str(self.wanted),
        }
