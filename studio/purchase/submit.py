"""Sending a paid request: once, and never a second time while nobody knows what became of the first."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import NamedTuple

from ..errors import ProviderError, StoryreelError
from ..ledger import Attempt, Claim, ClaimLost, OverBudget, SameOperation, Wait, retry_wait
from ..ledger.alerts import sound
from ..providers import provider as provider_of
from ..providers.capability import Capability
from ..providers.contract import ANSWERED, Missed, NoAnswer, Operation, Refused, State, Status
from ..providers.http import before_it_leaves
from ..providers.shot import Shot
from .accounts import elsewhere, same_account
from .context import Store, can_find, caps, limits, over_budget, put_off, row_of, unknown
from .download import has_goods, keep_goods
from .scheduler import Pause

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
                account=provider.account(),
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
            operation = _submitted(store, claim, begun, shot, can)
        except ClaimLost:  # nothing has left
            raise
        except Refused as error:
            ledger.refused(begun, error.kind, str(error))
            refusals += 1
            wait = retry_wait(refusals, store.config.retries.waits, error.retry_after)
            if error.kind not in SEND_AGAIN or wait is None:
                failures.append(
                    Blocked(error.message, error.hint) if error.kind == "blocked" else put_off(error)
                )
                return None
            yield Pause(wait, Status(State.QUEUED, None, f"{error.message}; again in {wait:.0f} s"))
            continue
        except NoAnswer as error:
            found = yield from looked_up(store, begun, error.message, Sender(claim, shot, can))
            if found.state == "released":  # made here, and nothing of it is left
                failures.append(error)
                return None
            if found.state not in ("running", "done"):
                raise ClaimLost(
                    f"attempt {begun.id[:8]} is {found.state.value} meanwhile", "run it again"
                ) from None
            return found
        except BaseException as error:  # a bug of ours, or the end of this process: the request may have left
            ledger.unknown(begun, f"{type(error).__name__}: {error}")
            raise
        if operation.goods is not None:
            keep_goods(store, begun, operation.goods)
        try:
            return ledger.accepted(begun, operation.id)
        except SameOperation as error:  # the answer to another request: of this one there was none
            return (yield from looked_up(store, begun, error.message, Sender(claim, shot, can)))


def _submitted(store: Store, claim: Claim, attempt: Attempt, shot: Shot, can: Capability) -> Operation:
    """The one request, under our one id of the attempt. Whoever slept before it leaves may have been taken for dead:
    the ledger is asked once more at the last moment. Raises ClaimLost as well, and then nothing has left."""
    with before_it_leaves(lambda: store.ledger.leaving(claim, attempt)):
        return provider_of(attempt.provider).submit(shot, can, attempt.id)


class Sender(NamedTuple):
    """Who may send a request again. `mine`: this process sent the first and has stopped waiting for its answer."""

    claim: Claim
    shot: Shot
    can: Capability
    mine: bool = True


def looked_up(
    store: Store, attempt: Attempt, why: str, sender: Sender | None = None
) -> Generator[Pause, None, Attempt]:
    """Notes that nobody knows what became of a request, and asks the provider where it can be asked by our own id.

    That there is no such job is no proof that there won't be one: a request can be on its way for longer than anybody
    waits. It is sent again only where the service refuses a second job under one id of ours (`one_per_id`), under that
    same id, at the same account, and once the time has passed in which an answer is usual; then a first one that comes
    late is refused as the duplicate, or the second is and the first is found. Without a `sender` there is one look.
    Raises UnknownOutcome if it stays unknown.
    """
    ledger, provider = store.ledger, provider_of(attempt.provider)
    attempt = ledger.attempt(attempt.id)
    fresh = attempt.state == "sending"
    if fresh:
        attempt = ledger.unknown(attempt, why)
    if attempt.state != "unknown":  # whoever slept over it may have been overtaken
        return attempt
    if has_goods(store, attempt):  # its process died between the answer and the ledger
        return ledger.adopt(attempt.id, ANSWERED + attempt.id)
    elsewhere(attempt)
    if attempt.operation is not None:  # denied before: it is asked once more
        return ledger.adopt(attempt.id, attempt.operation)
    finds = can_find(attempt)
    if finds and not provider.base_url():
        operation = provider.find(attempt.id)
        if operation is None:
            return ledger.release(attempt.id, f"{attempt.provider} has no such job")
        return ledger.adopt(attempt.id, operation.id)
    if finds:
        yield from _found(store, attempt, sender, fresh)
    attempt = ledger.attempt(attempt.id)
    if attempt.state == "unknown":
        raise unknown(attempt)
    return attempt


def _found(
    store: Store, attempt: Attempt, sender: Sender | None, fresh: bool
) -> Generator[Pause, None, None]:
    """Looks for the job until it is there, and may send it again. Time is measured by a clock that nobody sets: when a
    request left, by the ledger, is another machine's word, or that of a clock that was set since."""
    ledger, provider = store.ledger, provider_of(attempt.provider)
    door = store.config.door(attempt.provider)
    again = sender is not None and _may_go_again(attempt, sender)
    seconds = 0.0 if sender is None else door.settle_seconds
    if sender is not None and not sender.mine:
        # Whoever sent it may wait for the answer yet. Where nothing follows from its absence, and somebody has waited
        # before, one look is enough.
        seconds = seconds + door.answer_seconds if again else seconds * fresh
    until, sent_again = time.monotonic() + seconds, 0
    while True:
        late = time.monotonic() >= until
        looked = True
        try:
            operation = provider.find(attempt.id)
        except Missed:
            operation, looked = None, False
        if operation is not None:
            ledger.adopt(attempt.id, operation.id)
            return
        if not late:
            pause = min(max(until - time.monotonic(), 0.01), LOOKS_AGAIN)
            yield Pause(
                pause, Status(State.QUEUED, None, f"asks {attempt.provider} whether the request arrived")
            )
            continue
        if not (again and looked and sender is not None):
            return
        sent_again += 1
        wait = retry_wait(sent_again, store.config.retries.waits)
        if wait is None:
            return
        said = f"{attempt.provider} has no such job; sends it under the same id in {wait:.0f} s"
        yield Pause(wait, Status(State.QUEUED, None, said))
        try:
            attempt = ledger.again(sender.claim, attempt, caps(store, attempt.provider))
        except OverBudget as error:
            raise over_budget(error, sender.shot, sender.can) from None
        try:
            operation = _submitted(store, sender.claim, attempt, sender.shot, sender.can)
        except Refused as error:
            # It says nothing of the first request: the attempt stays unknown whatever the refusal is.
            wait = retry_wait(sent_again, store.config.retries.waits, error.retry_after)
            if error.kind not in SEND_AGAIN or wait is None:
                return
            until = time.monotonic() + (error.retry_after or 0)
        except NoAnswer:  # also that it knows our id already
            until = time.monotonic() + door.settle_seconds
        else:
            try:
                ledger.accepted(attempt, operation.id)
            except SameOperation:
                until = time.monotonic() + door.settle_seconds
                continue
            return


def _may_go_again(attempt: Attempt, sender: Sender) -> bool:
    """Whether the service would refuse the second of two requests under our id of this attempt."""
    can, provider = sender.can, provider_of(attempt.provider)
    same = (can.provider, can.model) == (attempt.provider, attempt.model)
    return same and can.finds and provider.one_per_id(can) and same_account(attempt) is True


def sender_of(claim: Claim, attempt: Attempt, shot: Shot) -> Sender:
    """Of an attempt that another run, process or machine began."""
    return Sender(claim, shot, row_of(attempt), mine=False)
