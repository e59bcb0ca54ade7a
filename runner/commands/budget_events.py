"""What a run has made of the budgets: told as an event when three quarters, or nine tenths, of one are used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...studio.errors import StoryreelError
from ...studio.ledger import used_text
from ...studio.ledger.budgets import Left, left
from ..display.events import Tell
from ..jobs.preflight import Script

THRESHOLDS = (75, 90)
"""Percent."""


def watched(script: Script) -> list[Left]:
    """How the budgets stand before a run; none for a film that costs nothing."""
    if not any(row.cost for row in script.rows):
        return []
    try:
        return left()
    except StoryreelError:
        return []


def tell_crossed(before: Sequence[Left], tell: Tell) -> list[str]:
    """Tells of every budget that has passed a threshold since `before`; returns the sentences."""
    said = []
    used = {budget.name: budget.used for budget in before}
    for budget in left() if before else ():
        was = used.get(budget.name, budget.used)
        passed = [t for t in THRESHOLDS if 100 * was < t * budget.limit <= 100 * budget.used]
        if passed:
            message = used_text(f"the budget for {budget.name}", budget.used, budget.limit)
            event: dict[str, Any] = {"event": "budget", "name": budget.name, "threshold": passed[-1]}
            tell({**event, "used": float(budget.used), "limit": float(budget.limit), "message": message})
            said.append(message)
    return said
