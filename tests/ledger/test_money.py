"""Amounts to the millionth, what counts for which cap, and the alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from storyreel.studio.ledger import Cap, Day, Film, Ledger, Month, OverBudget, Run, Scope
from storyreel.studio.ledger.money import dollars, dollars_text, micros, period, reservation

if TYPE_CHECKING:
    from .conftest import Book, Clock


def cap(limit: str, scope: Scope, name: str = "budget") -> Cap:
    return Cap(name, Decimal(limit), scope)


def used(error: pytest.ExceptionInfo[OverBudget]) -> tuple[Decimal, Decimal, Decimal]:
    return error.value.spent, error.value.reserved, error.value.wanted


def test_amounts_are_exact() -> None:
    assert micros(Decimal("0.1")) * 3 == micros(Decimal("0.3"))
    assert dollars(micros(Decimal("123456.789012"))) == Decimal("123456.789012")
    assert reservation(Decimal("0.0000001")) == 1, "never less than the amount"
    assert Cap("c", Decimal("0.9999999"), Run("r")).micros == 999_999, "never more than the limit"
    assert [dollars_text(Decimal(text)) for text in ("3", "0.4", "0.125", "1200")] == [
        "$3.00",
        "$0.40",
        "$0.125",
        "$1200.00",
    ]
    for wrong in ("-1", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="not an amount"):
            micros(Decimal(wrong))


def test_the_request_that_would_pass_a_cap_is_not_begun(book: Book) -> None:
    run = [cap("10", Run("r"), "limit of this run")]
    book.store(book.begin(book.claim("a", run="r"), "4", caps=run), "4")
    book.begin(book.claim("b", run="r"), "5", caps=run)
    claim = book.claim("c", run="r")
    with pytest.raises(
        OverBudget, match=r"\$1.01 would pass the limit of this run of \$10.00: \$4.00 spent and"
    ):
        book.begin(claim, "1.01", caps=run)
    assert book.ledger.attempts("c-1") == []
    assert book.begin(claim, "1", caps=run).reserved == 1, "to the cent"
    with pytest.raises(OverBudget) as refused:
        book.begin(book.claim("d", run="r"), "0.000001", caps=run)
    assert used(refused) == (4, 6, Decimal("0.000001"))
    book.begin(book.claim("d2", run="another"), "1", caps=[cap("10", Run("another"))])


def test_a_settled_charge_makes_room(book: Book) -> None:
    caps = [cap("10", Run("r"))]
    first = book.begin(book.claim("a", run="r"), "9", caps=caps)
    claim = book.claim("b", run="r")
    with pytest.raises(OverBudget):
        book.begin(claim, "2", caps=caps)
    book.store(first, "8")
    assert book.begin(claim, "2", caps=caps)


def test_what_is_unknown_stays_reserved(book: Book) -> None:
    caps = [cap("10", Run("r"))]
    first = book.begin(book.claim("a", run="r"), "9", caps=caps)
    book.ledger.unknown(first, "reset")
    claim = book.claim("b", run="r")
    with pytest.raises(OverBudget) as refused:
        book.begin(claim, "2", caps=caps)
    assert used(refused) == (0, 9, 2)
    book.ledger.release(first.id, "I looked")
    assert book.begin(claim, "2", caps=caps)


def test_a_film_s_budget_counts_its_takes_whenever_they_were_bought(timed: Book, clock: Clock) -> None:
    timed.store(timed.begin(timed.claim("a", run="old")), "3")
    timed.store(timed.begin(timed.claim("other film")), "100")
    clock.now += 90 * 86400
    caps = [cap("4", Film(("a-1", "b-1")))]
    claim = timed.claim("b", run="new")
    with pytest.raises(OverBudget) as refused:
        timed.begin(claim, "1.5", caps=caps)
    assert used(refused) == (3, 0, Decimal("1.5"))
    assert timed.begin(claim, "1", caps=caps)
    assert timed.ledger.spent(Film(("a-1", "b-1"))) == (3, 1)
    assert timed.ledger.spent(Film(())) == (0, 0)


def test_days_and_months_are_utc_s_and_the_beginning_s(timed: Book, clock: Clock) -> None:
    clock.now = datetime(2026, 9, 30, 23, 59, 50, tzinfo=timezone.utc).timestamp()
    late = timed.begin("a", "3", provider="runway")
    timed.begin("b", "5", provider="vertex")
    assert timed.ledger.spent(Day()) == (0, 8)
    assert timed.ledger.spent(Day("runway")) == (0, 3)
    clock.now += 20  # October
    timed.store(late, "2")
    assert timed.ledger.spent(Day()) == (0, 0), "it belongs to the day on which it was begun"
    assert timed.ledger.spent(Month()) == (0, 0)
    clock.now -= 20
    assert timed.ledger.spent(Day()) == (2, 5)
    assert timed.ledger.spent(Month("runway")) == (2, 0)
    with pytest.raises(OverBudget, match="today's budget for runway"):
        timed.begin("c", "1", caps=[cap("2.5", Day("runway"), "today's budget for runway")])
    assert timed.begin("c2", "1", provider="vertex", caps=[cap("2.5", Day("runway"))])


def test_how_long_a_month_is() -> None:
    for year, month, days in ((2026, 2, 28), (2028, 2, 29), (2026, 12, 31)):
        inside = datetime(year, month, 17, 12, tzinfo=timezone.utc).timestamp()
        first, end = period(Month(), inside)
        assert first == datetime(year, month, 1, tzinfo=timezone.utc).timestamp()
        assert end - first == days * 86400
    assert period(Day(), 86400 * 3 + 5.5) == (86400 * 3, 86400 * 4)


def test_alerts_are_given_once(opened: Callable[..., Ledger]) -> None:
    from .conftest import Book

    book, other = Book(opened()), Book(opened())
    caps = [cap("10", Month(), "budget for a month"), cap("1000", Day())]
    assert book.ledger.alerts() == []
    book.begin(book.claim("a", run="r"), "7.4", caps=caps)
    assert book.ledger.alerts() == []
    book.begin(book.claim("b", run="r"), "0.1", caps=caps)
    (alert,) = book.ledger.alerts()
    assert (alert.name, alert.threshold, alert.used, alert.limit) == (
        "budget for a month",
        75,
        Decimal("7.5"),
        10,
    )
    assert str(alert) == "75 % of the budget for a month are used: $7.50 of $10.00"
    assert book.ledger.alerts() == other.ledger.alerts() == []
    other.begin(other.claim("c", run="r"), "2.5", caps=caps)
    assert [one.threshold for one in other.ledger.alerts()] == [90]
    assert book.ledger.alerts() == []


def test_what_a_run_may_spend_alerts_nobody(opened: Callable[..., Ledger]) -> None:
    """It was agreed to with the price before one's eyes, and is often just that price."""
    from .conftest import Book

    book = Book(opened())
    book.begin(book.claim("a", run="r"), "10", caps=[cap("10", Run("r"))])
    assert book.ledger.alerts() == []


def test_one_step_over_both_thresholds_and_the_next_period(timed: Book, clock: Clock) -> None:
    caps = [cap("10", Day())]
    timed.begin("a", "9.5", caps=caps)
    assert [alert.threshold for alert in timed.ledger.alerts()] == [75, 90]
    clock.now += 86400
    timed.begin("b", "8", caps=caps)
    assert [alert.threshold for alert in timed.ledger.alerts()] == [75]


def test_a_charge_above_its_estimate_is_counted_and_alerted(book: Book) -> None:
    caps = [cap("10", Month())]
    attempt = book.begin(book.claim("a", run="r"), "5", caps=caps)
    book.store(attempt, "9.2")
    assert [alert.threshold for alert in book.ledger.alerts()] == [75, 90]
    with pytest.raises(OverBudget) as refused:
        book.begin(book.claim("b", run="r"), "1", caps=caps)
    assert used(refused) == (Decimal("9.2"), 0, 1)


def test_alerts_that_a_crash_left_are_told_by_the_next(opened: Callable[..., Ledger]) -> None:
    from .conftest import Book

    first = Book(opened())
    first.begin(first.claim("a", run="r"), "8", caps=[cap("10", Month())])
    assert [alert.threshold for alert in opened().alerts()] == [75]
