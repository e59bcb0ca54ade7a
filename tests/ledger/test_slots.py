"""When the next request may leave: concurrency, the minute, priority, the breaker; over all ledgers on one database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from storyreel.studio.ledger import Attempt, Claim, Ledger, Limits, Wait
from storyreel.studio.ledger.tables import attempts

if TYPE_CHECKING:
    from .conftest import Book, Clock


@pytest.fixture
def books(opened: Callable[..., Ledger], clock: Clock) -> tuple[Book, Book]:
    """Two processes' ledgers on one database, with the test's clock."""
    from .conftest import Book

    return Book(opened(clock=clock)), Book(opened(clock=clock))


def waits(answer: Attempt | Wait, why: str) -> Wait:
    assert isinstance(answer, Wait)
    assert why in answer.why
    return answer


def test_so_many_run_at_once_in_all_processes(books: tuple[Book, Book], clock: Clock) -> None:
    one, two = books
    limits = Limits(concurrent=2)
    first = one.begin("a", limits=limits)
    second = two.ledger.accepted(two.begin("b", limits=limits), "job-b")
    third = one.claim("c")
    wait = waits(one.ask(third, limits=limits), "2 of 2 run at runway")
    assert clock.now < wait.until <= clock.now + 1
    two.ledger.done(second)  # no longer runs there, though the clip isn't here yet
    clock.now = wait.until
    assert isinstance(one.ask(third, limits=limits), Attempt)
    waits(two.ask("d", limits=limits), "2 of 2")
    assert isinstance(two.ask("e", limits=limits, provider="vertex"), Attempt), "another door's are its own"
    one.ledger.refused(first, "invalid", "no")


def test_room_made_in_this_process_is_seen_at_once(books: tuple[Book, Book]) -> None:
    one, _ = books
    limits = Limits(concurrent=1)
    first = one.begin("a", limits=limits)
    second = one.claim("b")
    waits(one.ask(second, limits=limits), "1 of 1")
    waits(one.ask(second, limits=limits), "1 of 1")
    one.ledger.refused(first, "invalid", "no")
    assert isinstance(one.ask(second, limits=limits), Attempt)


def test_an_operation_that_nobody_follows_any_more_frees_its_place(
    books: tuple[Book, Book], clock: Clock
) -> None:
    one, two = books
    limits = Limits(concurrent=1)
    claim = one.claim("a")
    one.ledger.accepted(one.begin(claim, limits=limits), "job-a")
    one.ledger.let_go(claim)
    other = two.claim("b")
    waits(two.ask(other, limits=limits), "1 of 1")
    clock.now += 3601
    assert isinstance(two.ask(other, limits=limits), Attempt)


def test_no_sixty_seconds_see_more_than_the_limit(books: tuple[Book, Book], clock: Clock) -> None:
    """The service counts when a request arrives: between when it was begun and when its answer was here."""
    one, two = books
    limits = Limits(per_minute=2)
    first = one.begin("a", limits=limits)
    clock.now += 10  # it travelled for ten seconds
    one.ledger.accepted(first, "job-a")
    answered = clock.now
    two.ledger.accepted(two.begin("b", limits=limits), "job-b")
    third = one.claim("c")
    wait = waits(one.ask(third, limits=limits), "runway takes 2 requests a minute")
    assert wait.until == pytest.approx(answered + 60, abs=0.01)
    clock.now = wait.until - 1
    waits(one.ask(third, limits=limits), "a minute")
    clock.now = wait.until + 0.1
    assert isinstance(one.ask(third, limits=limits), Attempt)


def test_what_has_no_answer_yet_counts_as_long_as_that(books: tuple[Book, Book], clock: Clock) -> None:
    one, two = books
    limits = Limits(per_minute=1)
    first = one.begin("a", limits=limits)
    clock.now += 90
    other = two.claim("b")
    wait = waits(two.ask(other, limits=limits), "1 requests a minute")
    assert wait.until <= clock.now + 1, "the answer may come at any moment"
    one.ledger.unknown(first, "timed out")
    clock.now += 2
    assert waits(two.ask(other, limits=limits), "a minute").until == pytest.approx(clock.now + 58, abs=0.01)


def test_a_higher_priority_goes_first(books: tuple[Book, Book], clock: Clock) -> None:
    one, two = books
    limits = Limits(concurrent=1)
    first = one.begin("a", limits=limits)
    low, high = one.claim("low"), two.claim("high", priority=5)
    waits(one.ask(low, limits=limits), "1 of 1")
    clock.now += 0.1
    waits(two.ask(high, limits=limits), "1 of 1")
    one.ledger.refused(first, "invalid", "no")
    waits(one.ask(low, limits=limits), "1 with more right wait for runway")
    clock.now += 1
    second = two.ask(high, limits=limits)
    assert isinstance(second, Attempt)
    two.ledger.refused(second, "invalid", "no")
    clock.now += 1
    assert isinstance(one.ask(low, limits=limits), Attempt)


def test_with_room_for_both_nobody_waits_for_the_other(books: tuple[Book, Book], clock: Clock) -> None:
    one, two = books
    full = [one.begin(name, limits=Limits(concurrent=2)) for name in "ab"]
    waits(two.ask(two.claim("high", priority=5), limits=Limits(concurrent=2)), "2 of 2")
    for attempt in full:
        one.ledger.refused(attempt, "invalid", "no")
    assert isinstance(one.ask("low", limits=Limits(concurrent=2)), Attempt)
    waits(one.ask("lower", limits=Limits(concurrent=2)), "more right")


def test_of_equals_the_one_who_has_waited_longer_goes_first(books: tuple[Book, Book], clock: Clock) -> None:
    one, two = books
    limits = Limits(concurrent=1)
    first = one.begin("a", limits=limits)
    old = two.claim("old")
    waits(two.ask(old, limits=limits), "1 of 1")
    clock.now += 10
    one.ledger.refused(first, "invalid", "no")
    new = one.claim("new")
    waits(one.ask(new, limits=limits), "more right")
    assert isinstance(two.ask(old, limits=limits), Attempt)


def test_who_gave_up_waiting_is_not_waited_for(books: tuple[Book, Book], clock: Clock) -> None:
    one, two = books
    limits = Limits(concurrent=1)
    first = one.begin("a", limits=limits)
    high = two.claim("high", priority=5)
    waits(two.ask(high, limits=limits), "1 of 1")
    one.ledger.refused(first, "invalid", "no")
    two.ledger.let_go(high)
    assert isinstance(one.ask("low", limits=limits), Attempt)


def broken(book: Book, claim: Claim, limits: Limits, how: str) -> None:
    attempt = book.begin(claim, limits=limits)
    if how == "unknown":
        book.ledger.unknown(attempt, "reset")
        book.ledger.release(attempt.id, "it isn't there")
    elif how in ("unreachable", "busy", "invalid"):
        book.ledger.refused(attempt, how, "no")
    else:
        book.ledger.failed(book.ledger.accepted(attempt, attempt.id), how, "no")


@pytest.mark.parametrize("how", ["unreachable", "busy", "unknown", "failed", "internal"])
def test_a_door_that_has_broken_down_is_left_alone(books: tuple[Book, Book], clock: Clock, how: str) -> None:
    one, two = books
    limits = Limits(failures=3, seconds=30)
    claim = one.claim()
    for _ in range(3):
        broken(one, claim, limits, how)
        clock.now += 1
    wait = waits(one.ask(claim, limits=limits), "runway has broken down")
    assert wait.resting
    assert wait.until == pytest.approx(clock.now + 29, abs=0.01)
    waits(two.ask("other", limits=limits), "broken down")
    clock.now = wait.until + 0.01
    probe = one.ask(claim, limits=limits)
    assert isinstance(probe, Attempt)
    second = two.claim("second")
    waits(two.ask(second, limits=limits), "broken down")  # one tries, the others wait
    one.store(probe)
    clock.now += 2
    assert isinstance(two.ask(second, limits=limits), Attempt)


@pytest.mark.parametrize("how", ["invalid", "blocked"])
def test_what_is_the_shot_s_fault_breaks_no_door(books: tuple[Book, Book], how: str) -> None:
    one, _ = books
    claim = one.claim()
    for _ in range(6):
        broken(one, claim, Limits(failures=3), how)
    assert isinstance(one.ask(claim, limits=Limits(failures=3)), Attempt)


def test_what_a_crash_left_unknown_breaks_no_door(books: tuple[Book, Book]) -> None:
    """Its process ended: that says nothing about the door."""
    one, two = books
    for n in range(6):
        attempt = one.begin(f"shot{n}", limits=Limits(failures=3))
        with two.ledger._db.write() as connection:
            connection.execute(update(attempts).values(owner="process 1 on elsewhere"))
        two.ledger.unknown(attempt, "its process ended before the answer came")
    assert isinstance(two.ask("next", limits=Limits(failures=3)), Attempt)
