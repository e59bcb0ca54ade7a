"""What happens to an attempt from its beginning to its end, on SQLite and on PostgreSQL."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.ledger import AttemptState, ClaimLost, IllegalEvent, NewTake, StillOpen

if TYPE_CHECKING:
    from .conftest import Book, Clock


def test_a_clip_is_bought_once(book: Book) -> None:
    claim = book.claim(film="film.mp4", run="r1")
    attempt = book.begin(claim, "0.40")
    assert (attempt.state, attempt.reserved, attempt.charged, attempt.number) == (
        "sending",
        Decimal("0.4"),
        0,
        1,
    )
    attempt = book.ledger.accepted(attempt, "job-1")
    book.ledger.seen(attempt, "queued")
    book.ledger.seen(attempt, "running", 0.5)
    book.ledger.seen(attempt, "running", 0.7)
    done = book.ledger.done(attempt)
    assert (done.reserved, done.charged) == (Decimal("0.4"), 0)
    take = NewTake("ab/cd.mp4", "f" * 64, 4096, 4.0, 1280, 720, 24.0, False, {"codec": "h264"})
    stored = book.ledger.stored(done, take, Decimal("0.375"))
    assert (stored.state, stored.reserved, stored.charged, stored.open) == (
        "stored",
        0,
        Decimal("0.375"),
        False,
    )
    book.ledger.let_go(claim)

    found = book.ledger.take("shot-1")
    assert found is not None
    assert {name: getattr(found, name) for name in NewTake.__dataclass_fields__} == vars(take)
    assert (found.key, found.base, found.take, found.attempt) == ("shot-1", "shot", 1, attempt.id)
    assert book.ledger.attempts("shot-1") == [stored] == [book.ledger.attempt(attempt.id)]
    assert book.ledger.cost("shot-1") == Decimal("0.375")
    told = [(entry.event, entry.after) for entry in book.ledger.history()]
    assert told == [
        ("begin", "sending"),
        ("accepted", "running"),
        ("queued", "running"),
        ("running", "running"),
        ("done", "done"),
        ("stored", "stored"),
    ]


def test_while_an_attempt_is_open_no_other_is_bought(book: Book) -> None:
    claim = book.claim()
    attempt = book.begin(claim)
    for step in (
        lambda: attempt,
        lambda: book.ledger.unknown(attempt, "the answer didn't come"),
        lambda: book.ledger.adopt(attempt.id, "job-1"),
        lambda: book.ledger.done(attempt),
    ):
        state = step().state
        with pytest.raises(StillOpen, match=f"is {state.value}") as refused:
            book.begin(claim)
        assert refused.value.attempt.id == attempt.id
    book.ledger.lost(attempt, "expired", Decimal(1))
    assert book.begin(claim).number == 2


@pytest.mark.parametrize("path", ["refused", "released", "failed", "cancelled"])
def test_what_was_not_made_gives_its_money_back(book: Book, path: str) -> None:
    attempt = book.begin(estimate="2.50")
    if path == "refused":
        attempt = book.ledger.refused(attempt, "busy", "try later")
    elif path == "released":
        book.ledger.unknown(attempt, "reset")
        attempt = book.ledger.release(attempt.id, "I looked")
    else:
        book.ledger.accepted(attempt, "job-1")
        if path == "failed":
            attempt = book.ledger.failed(attempt, "internal", "it broke", Decimal(0))
        else:
            attempt = book.ledger.cancelled(attempt, Decimal(0))
    assert (attempt.state, attempt.reserved, attempt.charged) == (path, 0, 0)
    assert book.ledger.cost("shot-1") == 0


def test_what_is_charged_is_the_provider_s_price_to_the_micro_dollar(book: Book) -> None:
    claim = book.claim()
    first = book.ledger.accepted(book.begin(claim, "1"), "job-1")
    book.ledger.failed(first, "blocked", "not this", Decimal("0.333333"))
    second = book.ledger.accepted(book.begin(claim, "1"), "job-2")
    second = book.ledger.done(second, Decimal("1.5"))
    assert (second.reserved, second.charged) == (0, Decimal("1.5"))
    book.ledger.stored(second, NewTake("a", "0" * 64, 1, 1, 1, 1, 1, True), Decimal("1.2"))
    assert book.ledger.cost("shot-1") == Decimal("1.533333")
    amounts = [entry.amount for entry in book.ledger.history() if entry.event in ("failed", "done", "stored")]
    assert amounts == [Decimal("0.333333"), Decimal("1.5"), Decimal("-0.3")]


def test_a_charge_that_the_provider_tells_later(book: Book) -> None:
    attempt = book.ledger.accepted(book.begin(), "job-1")
    assert book.ledger.done(attempt).reserved == 1
    told = book.ledger.done(attempt, Decimal("0.8"))
    assert (told.reserved, told.charged) == (0, Decimal("0.8"))


def test_a_report_that_comes_twice_changes_nothing(book: Book) -> None:
    attempt = book.ledger.accepted(book.begin(), "job-1")
    assert book.ledger.accepted(attempt, "job-1") == attempt
    failed = book.ledger.failed(attempt, "internal", "it broke", Decimal("0.5"))
    assert book.ledger.failed(attempt, "invalid", "once more", Decimal("0.7")) == failed
    assert book.ledger.cost("shot-1") == Decimal("0.5")
    assert [entry.event for entry in book.ledger.history()] == ["begin", "accepted", "failed"]


def test_an_attempt_has_one_operation(book: Book) -> None:
    attempt = book.ledger.accepted(book.begin(), "job-1")
    with pytest.raises(IllegalEvent, match="is operation job-1, it can't be job-2 too"):
        book.ledger.accepted(attempt, "job-2")
    assert book.ledger.attempt(attempt.id).operation == "job-1"


def test_what_can_t_happen_raises_and_changes_nothing(book: Book) -> None:
    attempt = book.begin()
    with pytest.raises(IllegalEvent, match="sending can't become stored"):
        book.ledger.stored(attempt, NewTake("a", "0" * 64, 1, 1, 1, 1, 1, True), Decimal(1))
    assert book.ledger.attempt(attempt.id) == attempt
    assert book.ledger.take("shot-1") is None


def test_an_answer_that_comes_after_the_release_is_kept(book: Book) -> None:
    attempt = book.begin()
    book.ledger.unknown(attempt, "no answer")
    book.ledger.release(attempt.id, "I looked")
    with pytest.raises(IllegalEvent, match="the provider has job-9 all the same"):
        book.ledger.accepted(attempt, "job-9")
    late = book.ledger.history(attempt=attempt.id)[-1]
    assert (late.event, late.why, late.after) == ("late", "job-9", "released")
    assert book.ledger.attempt(attempt.id).state is AttemptState.RELEASED


def test_a_late_answer_finds_an_unknown_attempt(book: Book) -> None:
    first, second = book.begin("one"), book.begin("two")
    for attempt in (first, second):
        book.ledger.unknown(attempt, "timed out")
    assert book.ledger.accepted(first, "job-1").state == "running"
    assert book.ledger.refused(second, "busy", "try later").reserved == 0


def test_release_and_adopt_of_one_that_was_being_sent(book: Book) -> None:
    assert book.ledger.release(book.begin("one").id, "I looked").state == "released"
    assert book.ledger.adopt(book.begin("two").id, "job-2").operation == "job-2"


def test_without_the_claim_nothing_is_begun(book: Book) -> None:
    claim = book.claim()
    book.ledger.let_go(claim)
    with pytest.raises(ClaimLost, match="taken this clip over"):
        book.begin(claim)
    assert book.ledger.attempts("shot-1") == []


def test_an_attempt_that_isn_t_there(book: Book) -> None:
    attempt = book.begin()
    for ask in (book.ledger.attempt, lambda id: book.ledger.release(id, "")):
        with pytest.raises(BadInput, match="knows no attempt nonsense"):
            ask("nonsense")
    assert book.ledger.named(attempt.id[:6]) == attempt


def test_which_take_is_meant(book: Book) -> None:
    number = book.ledger.number
    assert number("shot", None, None) == 1
    assert number("shot", 7, "token") == 7
    attempt = book.begin(book.claim(take=1))
    assert number("shot", None, None) == 1
    assert number("shot", None, "again") == 1, "the newest isn't finished: that one is meant"
    book.store(attempt)
    assert number("shot", None, "again") == 1, "and stays so"
    assert number("shot", None, "once more") == 2
    assert number("shot", None, None) == 1, "nothing was bought yet"
    second = book.begin(book.claim(take=2))
    assert number("shot", None, None) == 1, "the newest finished one"
    book.store(second)
    assert number("shot", None, None) == 2
    assert number("shot", None, "once more") == 2
    assert number("shot", None, "and again") == 3
    assert number("another shot", None, "and again") == 1


def test_a_forgotten_clip_is_bought_again_and_its_cost_stays(book: Book) -> None:
    claim = book.claim()
    book.store(book.begin(claim), "1")
    book.ledger.forget_take("shot-1", "pruned")
    assert book.ledger.take("shot-1") is None
    book.store(book.begin(claim), "1")
    assert book.ledger.take("shot-1") is not None
    assert book.ledger.cost("shot-1") == 2


def test_history_and_charges_are_never_rewritten(book: Book) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    book.store(book.begin())
    for table in ("history", "charges"):
        for change in (f"UPDATE {table} SET at = 0", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="only ever added to"), book.ledger._db.write() as connection:
                connection.execute(text(change))


def test_how_each_model_did(timed: Book, clock: Clock) -> None:
    for number, seconds in enumerate((10, 30, 20)):
        attempt = timed.begin(f"good{number}")
        clock.now += seconds
        timed.store(attempt, "0.5")
    timed.ledger.refused(timed.begin("bad"), "busy", "later")
    timed.ledger.failed(
        timed.ledger.accepted(timed.begin("worse"), "job"), "internal", "broke", Decimal("0.1")
    )
    later = clock.now = clock.now + 1
    timed.ledger.unknown(timed.begin("unknown", provider="vertex"), "reset")
    vertex, runway = sorted(timed.ledger.performance(), key=lambda one: one.provider, reverse=True)
    assert (runway.attempts, runway.stored, runway.refused, runway.failed) == (5, 3, 1, 1)
    assert (runway.seconds, runway.charged) == (20, Decimal("1.6"))
    assert (vertex.unknown, vertex.seconds) == (1, None)
    assert [one.provider for one in timed.ledger.performance(since=later)] == ["vertex"]
