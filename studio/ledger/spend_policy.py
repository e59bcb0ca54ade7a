"""What a run may spend, and how it treats what goes wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal


@dataclass(frozen=True)
class Spend:
    """Without anything said, nothing may be spent: only what is free is made."""

    limit: Decimal | None = Decimal(0)
    """Dollars for this run; None is no limit but the budgets."""
    film: str = ""
    """What the ledger calls it."""
    run: str = ""
    """Tells this run from others; made up where it isn't given."""
    retakes: Mapping[int, str] = field(default_factory=dict)
    """Scenes of which another take is bought, each with a token: the same token means the same take."""
    gaps: bool = False
    """Whether a film may be made without the scenes that failed."""
    within: str = ""
    """What the names of all runs begin with that share `together`."""
    together: Decimal | None = None
    """Dollars for those runs altogether."""
    day: Decimal | None = None
    """Dollars of this day, UTC's, for everything that is bought on this machine."""
    cure: str = ""
    """What a person does so that something may be spent, where it isn't to raise `limit`."""
    priority: int = 0
    """Of two that wait for the same door, the one with the larger number goes first."""

    def identified(self) -> Spend:
        return self if self.run else replace(self, run=uuid.uuid4().hex[:12])
