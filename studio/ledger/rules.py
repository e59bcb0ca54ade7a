"""What may happen to an attempt, when one may be sent again, and when a door is left alone for a while.

Rules only: nothing here reads a clock, a file or a network.

    sending ──┬─> running ──┬─> done ──┬─> stored
              ├─> refused   ├─> failed └─> lost
              └─> unknown   ├─> cancelled
                    │       ├─> lost
                    │       └─> unknown      the provider denies it: its operation's id is kept
                    ├─> running    found, adopted, or its answer came late
                    ├─> refused    its answer came late
                    └─> released   somebody looked: it never happened

A report that comes twice changes nothing. Whatever isn't in the table is an IllegalEvent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from .errors import IllegalEvent


class AttemptState(str, Enum):
    SENDING = "sending"
    """The request is about to leave, or has left; there is no answer yet."""
    UNKNOWN = "unknown"
    """Nobody knows whether it was accepted, or it was and the provider denies it. It may be charged, so its money stays
    reserved."""
    RUNNING = "running"
    """The provider has accepted it and told its operation's id."""
    DONE = "done"
    """The provider has finished; the clip isn't here yet."""
    STORED = "stored"
    """The clip is in the vault."""
    REFUSED = "refused"
    """Certainly not accepted."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    """It was made, or may have been, and the clip can't be had."""
    RELEASED = "released"
    """It was unknown, and somebody looked: there is no such operation."""


class AttemptEvent(str, Enum):
    ACCEPTED = "accepted"
    ADOPTED = "adopted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DENIED = "denied"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    STORED = "stored"
    RELEASED = "released"


OPEN = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN, AttemptState.RUNNING, AttemptState.DONE})
"""States in which a take has an attempt that another one must not be bought beside."""

_S, _E = AttemptState, AttemptEvent
TABLE: dict[tuple[AttemptState, AttemptEvent], AttemptState] = {
    (_S.SENDING, _E.ACCEPTED): _S.RUNNING,
    (_S.SENDING, _E.REFUSED): _S.REFUSED,
    (_S.SENDING, _E.UNKNOWN): _S.UNKNOWN,
    (_S.UNKNOWN, _E.ACCEPTED): _S.RUNNING,
    (_S.UNKNOWN, _E.ADOPTED): _S.RUNNING,
    (_S.UNKNOWN, _E.REFUSED): _S.REFUSED,
    (_S.UNKNOWN, _E.RELEASED): _S.RELEASED,
    (_S.RUNNING, _E.DENIED): _S.UNKNOWN,
    (_S.RUNNING, _E.DONE): _S.DONE,
    (_S.RUNNING, _E.FAILED): _S.FAILED,
    (_S.RUNNING, _E.CANCELLED): _S.CANCELLED,
    (_S.RUNNING, _E.LOST): _S.LOST,
    (_S.DONE, _E.STORED): _S.STORED,
    (_S.DONE, _E.LOST): _S.LOST,
    # The same report once more: by whoever resumed, or by one who was thought dead.
    (_S.RUNNING, _E.ACCEPTED): _S.RUNNING,
    (_S.RUNNING, _E.ADOPTED): _S.RUNNING,
    (_S.REFUSED, _E.REFUSED): _S.REFUSED,
    (_S.UNKNOWN, _E.UNKNOWN): _S.UNKNOWN,
    (_S.UNKNOWN, _E.DENIED): _S.UNKNOWN,
    (_S.DONE, _E.DONE): _S.DONE,
    (_S.FAILED, _E.FAILED): _S.FAILED,
    (_S.CANCELLED, _E.CANCELLED): _S.CANCELLED,
    (_S.LOST, _E.LOST): _S.LOST,
    (_S.STORED, _E.STORED): _S.STORED,
    (_S.RELEASED, _E.RELEASED): _S.RELEASED,
}


def after(state: AttemptState, event: AttemptEvent) -> AttemptState:
    """The state after an event. Raises IllegalEvent.

    >>> after(AttemptState.SENDING, AttemptEvent.ACCEPTED).value
    'running'
    """
    try:
        return TABLE[state, event]
    except KeyError:
        raise IllegalEvent(f"an attempt that is {state.value} can't become {event.value}") from None


def retry_wait(
    n: int, waits: Sequence[float], retry_after: float | None = None, longest: float = 600
) -> float | None:
    """Seconds before a request that was certainly not accepted is sent again; None: give up.

    `n` is how many times it was sent, 1 or more. It is never sent again earlier than the service asks (`retry_after`);
    a service that asks for more than `longest` seconds is one that doesn't come back while somebody waits.

    >>> [retry_wait(n, (5, 10, 20)) for n in (1, 2, 3, 4)], retry_wait(1, (5, 10, 20), retry_after=30)
    ([5, 10, 20, None], 30)
    """
    if n > len(waits) or (retry_after or 0) > longest:
        return None
    return max(waits[n - 1], retry_after or 0)


def breaker_wait(
    outcomes: Iterable[tuple[float, bool]], probe: float | None, now: float, failures: int, seconds: float
) -> float | None:
    """Until when a door is left alone; None: it may be used.

    `outcomes` are (when, did the door itself break down), newest first. After `failures` breakdowns in a row the door
    rests for `seconds` after the last. Then one request tries it, and while that one has no outcome the others wait:
    `probe` is when the newest attempt without an outcome was begun.
    """
    row: list[float] = []
    for at, broken in outcomes:
        if not broken:
            break
        row.append(at)
        if len(row) == failures:
            break
    if len(row) < failures:
        return None
    rested = row[0] + seconds
    if now < rested:
        return rested
    # A probe that is as old as this was killed on its way: the next one may try.
    probing = probe is not None and probe > row[0] and now < probe + 2 * seconds
    return now + min(1.0, seconds) if probing else None
