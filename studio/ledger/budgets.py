"""What is left of the budgets in config.toml, for a person who is about to spend."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from ..config import config
from ..errors import StoryreelError
from ..home import home


class Left(NamedTuple):
    """One budget. Dollars."""

    name: str
    limit: Decimal
    used: Decimal
    """Spent, or reserved for what is under way."""
    door: str | None = None
    """The one that it is for; None is for all together."""

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, Decimal(0))

    def to_plain(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "limit": float(self.limit),
            "used": float(self.used),
            "left": float(self.left),
        }


def left() -> list[Left]:
    """Every budget of a day or a month; none where the ledger can't be read, which the run itself will say."""
    wanted = list(_wanted())
    if not wanted:
        return []
    if not has_ledger():
        return [Left(name, limit, Decimal(0), scope.provider) for name, limit, scope in wanted]
    from . import open_ledger

    try:
        with open_ledger() as ledger:
            found = []
            for name, limit, scope in wanted:
                spent = ledger.spent(scope)
                found.append(Left(name, limit, spent.charged + spent.reserved, scope.provider))
            return found
    except StoryreelError:
        return []


def _wanted() -> Iterator[tuple[str, Decimal, Any]]:
    from . import Day, Month

    budgets = config().budgets
    for door, budget in [(None, budgets), *budgets.doors.items()]:
        of = f" through {door}" if door else ""
        if budget.day is not None:
            yield f"today{of}", budget.day, Day(door)
        if budget.month is not None:
            yield f"this month{of}", budget.month, Month(door)


def has_ledger() -> bool:
    """Whether anything was ever bought here: looking must not make a ledger."""
    elsewhere = os.environ.get("STORYREEL_DATABASE_URL") or config().database_url
    return bool(elsewhere) or (home() / "ledger.db").exists()
