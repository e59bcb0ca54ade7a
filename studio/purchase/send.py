"""Sending a paid request: once, and never a second time while nobody knows what became of the first."""

from __future__ import annotations

import time
from collections.abc import Generator

from ..alerts import sound
from ..errands import Pause
from ..errors import ProviderError, StoryreelError
from ..ledger import Attempt, Claim, OverBudget, SameOperation, Wait, retry_wait
from ..providers import provider as provider_of
from ..providers.capability import Capability
from ..providers.contract import ANSWERED, Missed, NoAnswer, Refused, Shot, State, Status
from .receive import has_goods, keep_goods
from .terms import Store, caps, limits, over_budget, unknown

LOOKS_AGAIN = 5.0
"""Seconds between looks for a job whose request may be on its way."""
SEND_AGAIN = ("rate", "busy", "unreachable")
"""Refusals that pass by themselves."""


class Blocked(ProviderError):
    """The verdict of a service's safety rules."""


def sent(
    store: Store, claim: Claim, shot: Shot, can: Capability, failures: list[StoryreelError], last: bool
) -> Generator[Pause, None, Attempt | None]:
    """Asks one model through one door: waits for its turn, sends, and sends again while it says that it is busy.

    Returns the attempt that it accepted; None if it refused for good, and why is in `failures` then. `last` says that
    nobody else can be asked: then it is worth waiting for a door that has failed too often. Raises UnknownOutcome.
    """
    ledger, provider = store.ledger, provider_of(can.provider)
    estimate = provider.estimate(shot, can).cost
    refusals = 0
    while True:
        try:
            begun = ledger.begin(
                claim,
                provider=can.provider,
                model=can.model,
                base_url=provider.base_url(),
                estimate=estimate,
                caps=caps(store, can.provider),
                limits=limits(store.config, can),
            )
        except OverBudget as error:
            failures.append(over_budget(error, shot, can))
            return None
        finally:
            sound(ledger, store.config)
        if isinstance(begun, Wait):
            if begun.resting and not last:
                failures.append(ProviderError(f"{can.name} isn't asked: {begun.why}"))
                return None
            seconds = min(max(begun.until - time.time(), 0.02), 5.0)  # things may change meanwhile
            yield Pause(seconds, Status(State.QUEUED, None, f"{can.provider}: {begun.why}"))
            continue
        try:
            operation = provider.submit(shot, can, begun.id)
        except Refused as error:
            ledger.refused(begun, error.kind, str(error))
            refusals += 1
            wait = retry_wait(refusals, store.config.retries.waits, error.retry_after)
            if error.kind not in SEND_AGAIN or wait is None:
                failures.append(Blocked(error.message, error.hint) if error.kind == "blocked" else error)
                return None
            yield Pause(wait, Status(State.QUEUED, None, f"{error.message}; again in {wait:.0f} s"))
            continue
        except NoAnswer as error:
            found = yield from looked_up(store, begun, error.message)
            if found.state != "released":
                return found
            refusals += 1  # it never arrived: as certain as a refusal
            wait = retry_wait(refusals, store.config.retries.waits, None)
            if wait is None:
                failures.append(error)
                return None
            yield Pause(
                wait, Status(State.QUEUED, None, f"{error.message}; it never arrived, again in {wait:.0f} s")
            )
            continue
        except BaseException as error:  # a bug of ours, or the end of this process: the request may have left
            ledger.unknown(begun, f"{type(error).__name__}: {error}")
            raise
        if operation.goods is not None:
            keep_goods(store, begun, operation.goods)
        try:
            return ledger.accepted(begun, operation.id)
        except SameOperation as error:  # the answer to another request: of this one there was none
            return (yield from looked_up(store, begun, error.message))


def looked_up(store: Store, attempt: Attempt, why: str) -> Generator[Pause, None, Attempt]:
    """Notes that nobody knows what became of a request, and asks the provider where it can be asked by our own id. That
    there is no such job counts only once the request can't be on its way any more.

    Raises UnknownOutcome if it stays unknown.
    """
    ledger, provider = store.ledger, provider_of(attempt.provider)
    if attempt.state == "sending":
        ledger.unknown(attempt, why)
    if has_goods(store, attempt):  # its process died between the answer and the ledger
        ledger.adopt(attempt.id, ANSWERED + attempt.id)
    elif provider.can_find:
        settle = store.config.door(attempt.provider).settle_seconds if provider.base_url() else 0.0
        settled = attempt.begun_at + settle
        yield from _found(store, attempt, settled)
    attempt = ledger.attempt(attempt.id)
    if attempt.state == "unknown":
        raise unknown(attempt)
    return attempt


def _found(store: Store, attempt: Attempt, settled: float) -> Generator[Pause, None, None]:
    """Looks for the job until it is there, or it is past `settled`, seconds since the epoch."""
    ledger, provider = store.ledger, provider_of(attempt.provider)
    while True:
        late = time.time() >= settled
        try:
            operation = provider.find(attempt.id)
        except Missed:
            return
        if operation is not None:
            ledger.adopt(attempt.id, operation.id)
            return
        if late:
            ledger.release(attempt.id, f"{attempt.provider} has no such job")
            return
        pause = min(max(settled - time.time(), 0.01), LOOKS_AGAIN)
        yield Pause(pause, Status(State.QUEUED, None, f"asks {attempt.provider} whether the request arrived"))
