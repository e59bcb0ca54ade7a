"""The course of a purchase: one shot on its way to a clip that is paid for once and never lost.

It is a generator, to be read from top to bottom; it yields a Pause wherever something has to be waited for, and
`shoot.py` goes on with it when the time has come. What must outlive a crash is in the ledger before the next step:

    1  the vault has the clip            it is served, nothing is sent
    2  the claim                         nobody else is at it, in this process or another
    3  an attempt that was left open     is followed to its end, never sent again
    4  attempt and reservation           one transaction, before the request leaves
    5  the operation's id                before the first poll
    6  the verdict                       before anybody else is asked
    7  the clip                          decoded to its end, renamed into the vault, then settled
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..errors import MediaError, OutputError, OverBudget, ProviderError, StoryreelError
from ..ledger import Attempt, Claim, ClaimLost
from ..ledger.adopt import adopt_key, adopt_request, bare
from ..ledger.alerts import sound
from ..planning import model_choice
from ..planning.model_choice import Wish
from ..planning.request_key import canonical, hashed
from ..providers import provider as provider_of
from ..providers.capability import Capability
from ..providers.contract import Missed, Operation, Refused, State, Status, Take, Unaskable, answered
from ..providers.shot import Shot
from .accounts import denied, denied_by_another, elsewhere, same_account
from .context import Store, lasting, row_of, still_running, unwritten
from .download import Said, kept, received, recovered, rescued
from .scheduler import Pause
from .submit import Blocked, looked_up, sender_of, sent

LOOKS_AT_CLAIM = 1.0
"""Seconds between looks at a clip that somebody else is buying."""
MISSES = 8
"""So many polls in a row may go wrong before the clip is left to the next run."""
LONGEST_PAUSE = 600.0
"""Seconds; a service that wants to be left alone for longer is asked by the next run."""
ADOPTED = "ledger: the vault had this clip and the ledger didn't; it was adopted, not bought again"


class Purchase:
    """One shot's course, and what is known of it so far."""

    def __init__(
        self,
        shot: Shot,
        wish: Wish,
        path: Path,
        store: Store,
        take: int | None = None,
        retake: str | None = None,
    ) -> None:
        self.shot = shot
        self.wish = wish
        self.path = path
        self.store = store
        self.asked = take, retake
        self.request: dict[str, Any] = {}
        self.base = self.key = ""
        self.number = 1
        self.adopted = False
        """Whether it lay in the vault, and the ledger didn't know."""
        self.fault: MediaError | None = None
        """Why what lies there, unknown to the ledger, can be neither served nor bought again."""
        self.attempt: Attempt | None = None
        self.state = State.QUEUED
        self.said: Said = {"notes": [], "losses": []}

    def identify(self) -> None:
        """Finds out which take of which request is meant, and counts it to the film. Raises MediaError."""
        self.request = canonical(self.shot, self.wish)
        self.base = hashed(self.request)
        ledger, vault = self.store.ledger, self.store.vault
        found = adopt_request(ledger, vault, self.base)
        self.number = ledger.number(self.base, *self.asked)
        self.key = f"{self.base}-{self.number}"
        self.adopted = self.key in found.keys
        self.fault = found.damaged.get(self.key) or bare(ledger, vault, self.key)
        if self.key in found.damaged and self.asked[1]:  # asked for anew: it may go out of the way
            vault.set_aside(self.key)
            self.fault = None
        self.store.keys.add(self.key)

    def course(self) -> Generator[Pause, None, Take]:
        """Lays the clip at `path`. Raises ProviderError, UnknownOutcome, StillRunning, OverBudget, MediaError,
        OutputError, which says what there is of the clip all the same."""
        try:
            return (yield from self._taken())
        except OutputError as error:
            raise unwritten(self.store, self.key, error) from error

    def _taken(self) -> Generator[Pause, None, Take]:
        ledger, spend = self.store.ledger, self.store.spend
        if not self.key:
            self.identify()
        if self.fault is not None:
            raise self.fault
        while True:
            made = kept(self.store, self.key, self.shot, self.path)
            if made is not None:
                return made._replace(notes=(*made.notes, ADOPTED)) if self.adopted else made
            claim = ledger.claim(
                self.key,
                base=self.base,
                take=self.number,
                request=self.request,
                film=spend.film,
                run=spend.run,
                priority=spend.priority,
            )
            if claim is None:
                yield Pause(LOOKS_AT_CLAIM, Status(State.QUEUED, None, "somebody else is buying this clip"))
                continue
            try:
                if ledger.take(self.key) is None:
                    self.adopted = adopt_key(ledger, self.store.vault, self.key)
                if ledger.take(self.key) is None:
                    yield from self._bought(claim)
            except ClaimLost:  # this machine slept longer than a claim lives; nothing was sent
                yield Pause(LOOKS_AT_CLAIM, Status(State.QUEUED, None, "somebody else took it over"))
            finally:
                ledger.let_go(claim)

    def cancel(self) -> None:
        """Somebody asked to stop: cancels at the provider where that stops the charge. Else the operation goes on; the
        ledger knows it, and whoever asks next finds its clip."""
        attempt = self.attempt
        if attempt is None or not attempt.operation:
            return
        provider = provider_of(attempt.provider)
        if self.state not in provider.cancel_is_free:
            return
        operation = Operation(attempt.provider, attempt.operation)
        with suppress(StoryreelError):
            elsewhere(attempt)
            provider.cancel(operation)
            status = provider.poll(operation)
            if status.state is State.CANCELLED:
                self.store.ledger.cancelled(attempt, status.charge or Decimal(0))

    def _bought(self, claim: Claim) -> Generator[Pause, None, None]:
        """Until the clip is in the vault. `failures` are the verdicts so far."""
        attempt = yield from self._left_open(claim)
        tried: list[Capability] = []
        failures: list[StoryreelError] = []
        while True:
            if attempt is None:
                attempt = yield from self._ordered(claim, tried, failures)
            self.attempt = attempt
            failure = yield from self.followed(attempt)
            self.attempt = attempt = None
            sound(self.store.ledger, self.store.config)
            if failure is None:
                return
            failures.append(failure)

    def _left_open(self, claim: Claim) -> Generator[Pause, None, Attempt | None]:
        """An attempt of an earlier run that has no verdict yet. Raises UnknownOutcome."""
        for attempt in self.store.ledger.attempts(self.key):
            if attempt.state in ("sending", "unknown"):  # whoever sent it is gone, else we had no claim
                sender = sender_of(claim, attempt, self._sent_as())
                attempt = yield from looked_up(
                    self.store, attempt, "its process ended before the answer came", sender
                )
            if attempt.state in ("running", "done"):
                return attempt
        return None

    def _ordered(
        self, claim: Claim, tried: list[Capability], failures: list[StoryreelError]
    ) -> Generator[Pause, None, Attempt]:
        """Asks one after the other until somebody accepts; `tried` have given their verdict."""
        candidates = [
            can for can in model_choice.cast(self.wish, self.shot) if not model_choice.stands_in(can)
        ]
        shot = self._sent_as()
        for place, can in enumerate(candidates):
            if can in tried:
                continue
            tried.append(can)
            if provider_of(can.provider).bills_moderated and any(isinstance(f, Blocked) for f in failures):
                failures.append(ProviderError(f"{can.name} isn't asked: it charges for what it blocks"))
                continue
            attempt = yield from sent(
                self.store, claim, shot, can, failures, last=place == len(candidates) - 1
            )
            if attempt is not None:
                self._substituted(candidates[0], can, failures)
                return attempt
        raise self._failed(failures)

    def _sent_as(self) -> Shot:
        """Another take must come out differently, and the same seed may give the same clip."""
        return self.shot.model_copy(update={"seed": (self.shot.seed + self.number - 1) % 2**32})

    def followed(self, attempt: Attempt) -> Generator[Pause, None, StoryreelError | None]:
        """Polls until there is a verdict, and fetches the clip. None: it is in the vault; else why there is none."""
        store, shot = self.store, self.shot
        if attempt.state == "done" and recovered(store, attempt, shot, self.said):
            return None
        provider = provider_of(attempt.provider)
        operation = Operation(attempt.provider, attempt.operation or "")
        door = store.config.door(attempt.provider)
        rhythm = door.poll_seconds or row_of(attempt).poll_seconds
        here = not provider.base_url()
        # What is made in this process ends with it: to leave it alone would be to lose it.
        until = math.inf if here else time.monotonic() + 60 * door.timeout_minutes
        misses = denials = 0
        if not answered(operation):
            elsewhere(attempt)
        while True:
            try:
                status = Status(State.DONE, 1.0) if answered(operation) else provider.poll(operation)
            except Missed as error:
                misses += 1
                if (error.retry_after or 0) > LONGEST_PAUSE:
                    wait = lasting(error.retry_after or 0)
                    raise still_running(attempt, f"isn't to be asked for {wait}: {error.message}") from None
                if misses > MISSES or time.monotonic() > until:
                    raise still_running(attempt, f"can't be asked about it: {error.message}") from None
                pause = max(error.retry_after or 0, min(rhythm * misses, 30))
                yield Pause(pause, Status(self.state, None, f"{attempt.provider}: {error.message}"))
                continue
            except Refused as error:
                raise still_running(attempt, f"won't say how it stands: {error}") from None
            except Unaskable as error:  # an older release believed that id
                if attempt.state == "running":
                    store.ledger.denied(attempt, error.message)
                raise denied(attempt, error.message) from None
            misses, self.state = 0, status.state
            if status.state is State.GONE and not here and (denials := denials + 1) < 3:
                yield Pause(rhythm, status)  # services have denied jobs that they knew a moment later
                continue
            if status.state is State.DONE:
                if attempt.state == "running":
                    attempt = store.ledger.done(attempt, status.charge)
                yield from received(store, attempt, shot, status, self.said, rhythm)
                return None
            if status.state is State.GONE and rescued(store, attempt, shot, self.said):
                return None
            if status.state is State.GONE and here:
                store.ledger.lost(attempt, status.message, Decimal(0))
                return ProviderError(f"{attempt.model} through {attempt.provider}: {status.message}")
            if status.state is State.GONE:
                why = status.message or "it knows no such operation"
                if same_account(attempt) is False:
                    raise denied_by_another(attempt, why)
                if attempt.state == "running":
                    store.ledger.denied(attempt, why)
                raise denied(attempt, why)
            if status.final:
                return self._verdict(attempt, status)
            store.ledger.seen(attempt, status.state.value, status.progress)
            if time.monotonic() > until:
                raise still_running(attempt, f"has worked on it for {door.timeout_minutes:g} minutes")
            said = f"{attempt.model} through {attempt.provider}: {status.message or status.state.value}"
            said += f" {status.progress:.0%}" if status.progress and not status.message else ""
            yield Pause(rhythm, status._replace(message=said))

    def _verdict(self, attempt: Attempt, status: Status) -> StoryreelError:
        """Writes down that there won't be a clip, and what that costs."""
        provider, ledger = provider_of(attempt.provider), self.store.ledger
        name, why = f"{attempt.model} through {attempt.provider}", status.message or status.state.value
        owed = attempt.estimate if status.state is State.BLOCKED and provider.bills_moderated else Decimal(0)
        charge = owed if status.charge is None else status.charge
        if status.state is State.CANCELLED:
            ledger.cancelled(attempt, charge)
        else:
            ledger.failed(attempt, status.state.value, why, charge)
        if status.state is State.BLOCKED:
            return Blocked(f"{name} blocked it: {why}", "say it in other words")
        return ProviderError(f"{name}: {why}")

    def _substituted(self, first: Capability, can: Capability, failures: list[StoryreelError]) -> None:
        """Notes that somebody else makes it than was meant."""
        if can == first:
            return
        because = failures[-1].message if failures else "it can't"
        note = f"provider: made by {can.name} instead of {first.name}, because {because}"
        self.said["notes"].append(note)
        if can.model != first.model:
            self.said["losses"].append(note)

    def _failed(self, failures: list[StoryreelError]) -> StoryreelError:
        if not failures:
            return ProviderError(
                "; ".join(model_choice.readiness(self.wish, self.shot)) or "nobody can make it"
            )
        if len(failures) == 1 or all(isinstance(failure, OverBudget) for failure in failures):
            return failures[0]
        return ProviderError("; then ".join(str(failure) for failure in failures))
