"""The state machine over every state and event, the waits between retries, the breaker."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from storyreel.studio.ledger import OPEN, AttemptEvent, AttemptState, IllegalEvent, retry_wait
from storyreel.studio.ledger.money import Cap, Run, crossed, identity
from storyreel.studio.ledger.rules import after, breaker_wait

MOVES = """
sending  accepted  running
sending  refused   refused
sending  unknown   unknown
unknown  accepted  running
unknown  adopted   running
unknown  refused   refused
unknown  released  released
running  denied    unknown
running  done      done
running  failed    failed
running  cancelled cancelled
running  lost      lost
done     stored    stored
done     lost      lost
"""
"""Written once more, by hand: the table in rules.py must say the same."""
AGAIN = [
    (state.value, state.value) for state in AttemptState if state.value not in ("sending", "running")
] + [
    ("running", "accepted"),
    ("running", "adopted"),
    ("unknown", "denied"),
]


def moves() -> dict[tuple[str, str], str]:
    table = {tuple(line.split()[:2]): line.split()[2] for line in MOVES.strip().splitlines()}
    return table | {(state, event): state for state, event in AGAIN}  # type: ignore[misc]


@pytest.mark.parametrize(("state", "event"), list(itertools.product(AttemptState, AttemptEvent)))
def test_every_event_in_every_state(state: AttemptState, event: AttemptEvent) -> None:
    expected = moves().get((state.value, event.value))
    if expected is None:
        with pytest.raises(IllegalEvent, match=f"{state.value} can't become {event.value}"):
            after(state, event)
    else:
        assert after(state, event).value == expected


def test_what_is_settled_stays_settled() -> None:
    for state, event in itertools.product(set(AttemptState) - OPEN, AttemptEvent):
        try:
            assert after(state, event) is state
        except IllegalEvent:
            continue


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = {AttemptState(there) for (here, _), there in moves().items() if here != there}
    left = {AttemptState(here) for (here, _), there in moves().items() if here != there}
    assert reached == set(AttemptState) - {AttemptState.SENDING}
    assert left == OPEN


def test_the_money_of_an_unknown_request_is_never_given_back_by_a_failure() -> None:
    """Nothing but an answer, or a person who looked, ends it."""
    ends = {event for (state, event), there in moves().items() if state == "unknown" and there != "unknown"}
    assert ends == {"accepted", "adopted", "refused", "released"}


def test_retries() -> None:
    assert [retry_wait(n, (5, 10, 20)) for n in range(1, 6)] == [5, 10, 20, None, None]
    assert retry_wait(1, (5, 10, 20), retry_after=2) == 5
    assert retry_wait(2, (5, 10, 20), retry_after=42.5) == 42.5
    assert retry_wait(1, (5, 10, 20), retry_after=601) is None
    assert retry_wait(1, (5, 10, 20), retry_after=600) == 600
    assert retry_wait(1, (5, 10, 20), retry_after=601, longest=3600) == 601
    assert retry_wait(1, ()) is None


def down(*times: float) -> list[tuple[float, bool]]:
    return [(at, True) for at in times]


@pytest.mark.parametrize(
    ("outcomes", "probe", "now", "until"),
    [
        ([], None, 100, None),
        (down(99, 98), None, 100, None),
        (down(99, 98, 97), None, 100, 159),
        (down(99, 98, 97, 96, 95), None, 100, 159),
        ([(99, False), *down(98, 97, 96)], None, 100, None),
        ([*down(99, 98), (97, False), *down(96)], None, 100, None),
        (down(99, 98, 97), None, 159, None),
        (down(99, 98, 97), 160, 161, 162),
        (down(99, 98, 97), 90, 161, None),  # begun before the last breakdown: no probe
        (down(99, 98, 97), 160, 281, None),  # a probe that never came back
    ],
)
def test_the_breaker(
    outcomes: list[tuple[float, bool]], probe: float | None, now: float, until: float | None
) -> None:
    assert breaker_wait(outcomes, probe, now, failures=3, seconds=60) == until


def test_a_breaker_reads_no_further_than_it_must() -> None:
    def endless():  # type: ignore[no-untyped-def]
        yield from ((float(-n), True) for n in itertools.count())

    assert breaker_wait(endless(), None, 10, failures=5, seconds=60) == 60


def test_an_alert_is_given_once_where_a_line_is_reached() -> None:
    cap = Cap("--max-cost", Decimal(1), Run("r"))
    assert list(crossed(cap, 749_999, 750_000)) == [75], "it is reached"
    assert list(crossed(cap, 750_000, 899_999)) == [], "it was reached before"
    assert list(crossed(cap, 0, 1_000_000)) == [75, 90]
    assert identity(cap, 0.0) != identity(Cap("--max-cost", Decimal(2), Run("r")), 0.0), (
        "a raised cap gives its own"
    )
