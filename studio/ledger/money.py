"""Money: dollars as Decimal outside, whole millionths of a dollar inside; and the caps that hold it.

A cap holds what is reserved plus what was charged within its scope. Days and months are UTC's, and an attempt belongs
to those in which it was begun.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

MICROS = 1_000_000
ALERTS = (75, 90)
"""At which percentages of a cap an alert is given."""


def micros(amount: Decimal, rounding: str = ROUND_HALF_EVEN) -> int:
    """Whole millionths of a dollar. Raises ValueError for what isn't an amount of money that can be owed.

    >>> micros(Decimal("0.40"))
    400000
    """
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{amount} is not an amount of dollars")
    return int((amount * MICROS).to_integral_value(rounding))


def reservation(amount: Decimal) -> int:
    """As `micros`, and never less than the amount."""
    return micros(amount, ROUND_CEILING)


def dollars(amount: int) -> Decimal:
    """Dollars of whole millionths, with at least two digits after the point.

    >>> dollars(400000), dollars(1)
    (Decimal('0.40'), Decimal('0.000001'))
    """
    exact = Decimal(int(amount)).scaleb(-6)
    cents = exact.quantize(Decimal("0.01"))
    return cents if cents == exact else exact.normalize()


def dollars_text(amount: Decimal) -> str:
    """With a dollar sign, and at least two digits after the point.

    >>> dollars_text(Decimal("3.2"))
    '$3.20'
    """
    exponent = amount.normalize().as_tuple().exponent
    return f"${amount:.{max(2, -exponent)}f}" if isinstance(exponent, int) else f"${amount}"


@dataclass(frozen=True)
class Film:
    """What certain takes cost, whenever they were bought. `keys` are the takes'."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What is bought in one run."""

    run: str


@dataclass(frozen=True)
class Session:
    """What is bought in all runs whose names begin like this: those of one server."""

    runs: str


@dataclass(frozen=True)
class Day:
    """What is bought today, through one door or all."""

    provider: str | None = None


@dataclass(frozen=True)
class Month:
    """What is bought this month, through one door or all."""

    provider: str | None = None


Scope = Film | Run | Session | Day | Month


@dataclass(frozen=True)
class Cap:
    """`limit` in dollars. `name` is how a sentence calls it: "today's budget", "--max-cost"."""

    name: str
    limit: Decimal
    scope: Scope
    cure: str = "raise it"
    """How a person gets more."""

    @property
    def micros(self) -> int:
        return micros(self.limit, ROUND_FLOOR)

    def holds(self, provider: str) -> bool:
        """Whether what is bought through this door counts."""
        return not isinstance(self.scope, (Day, Month)) or self.scope.provider in (None, provider)


@dataclass(frozen=True)
class Alert:
    """A cap has been used up to `threshold` percent: `used` of `limit`, in dollars."""

    name: str
    threshold: int
    used: Decimal
    limit: Decimal

    def __str__(self) -> str:
        return used_text(f"the {self.name}", self.used, self.limit)


def used_text(name: str, used: Decimal, limit: Decimal) -> str:
    """How much of a budget is used, in percent and in dollars; the percentage is never more than it is.

    >>> used_text("the budget for a day", Decimal("0.92"), Decimal("1"))
    '92 % of the budget for a day are used: $0.92 of $1.00'
    >>> used_text("the budget for a day", Decimal("9.60"), Decimal("1"))
    'the budget for a day is exceeded: $9.60 of $1.00 are used'
    """
    sums = f"{dollars_text(used)} of {dollars_text(limit)}"
    if used > limit:
        return f"{name} is exceeded: {sums} are used"
    return f"{int(100 * used / limit) if limit else 100} % of {name} are used: {sums}"


def period(scope: Day | Month, now: float) -> tuple[float, float]:
    """From when to when the day or month of `now` lasts, in epoch seconds."""
    at = datetime.fromtimestamp(now, timezone.utc)
    if isinstance(scope, Day):
        first = at.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        return first, first + 86400
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    return first, first + 86400 * calendar.monthrange(at.year, at.month)[1]


def identity(cap: Cap, now: float) -> str:
    """What tells this cap in this period from every other: alerts are given once for each."""
    scope = cap.scope
    if isinstance(scope, Film):
        what = "film:" + hashlib.sha256("\n".join(sorted(scope.keys)).encode()).hexdigest()[:16]
    elif isinstance(scope, Run):
        what = f"run:{scope.run}"
    elif isinstance(scope, Session):
        what = f"session:{scope.runs}"
    else:
        first = datetime.fromtimestamp(period(scope, now)[0], timezone.utc)
        what = f"{type(scope).__name__.lower()}:{first:%Y-%m-%d}:{scope.provider or '*'}"
    return f"{what}:{cap.micros}"


def crossed(cap: Cap, before: int, used: int) -> Iterator[int]:
    """The thresholds that lie between two uses of a cap, in millionths."""
    for threshold in ALERTS:
        line = threshold * cap.micros
        if before * 100 < line <= used * 100:
            yield threshold
