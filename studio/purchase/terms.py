"""What all purchases of a run share: ledger, vault, what may be spent; and the sentences for what goes wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from .. import casting
from ..config import Config, config
from ..errors import OverBudget as Refusal
from ..errors import StillRunning, UnknownOutcome
from ..ledger import Attempt, Cap, Day, Film, Ledger, Limits, Month, OverBudget, Run, open_ledger
from ..providers import provider as provider_of
from ..providers.capability import Capability, catalogue
from ..providers.contract import Shot
from ..spend import Spend
from ..vault import Vault


class Store(NamedTuple):
    """What all purchases of a run share."""

    ledger: Ledger
    vault: Vault
    config: Config
    spend: Spend
    keys: set[str]
    """Of the takes in this film, as far as they are known: what the film's budget counts."""

    def spent(self) -> Decimal:
        """Dollars that this run was charged."""
        return self.ledger.spent(Run(self.spend.run)).charged


def opened_store(spend: Spend) -> Store:
    """The ledger and the vault of this machine, for one run. Close the ledger afterwards."""
    return Store(open_ledger(), Vault(), config(), spend, set())


def caps(store: Store, door: str) -> list[Cap]:
    budgets, spend = store.config.budgets, store.spend
    found = []
    if spend.limit is not None:
        found.append(Cap("limit of this run", spend.limit, Run(spend.run)))
    if budgets.video is not None:
        found.append(Cap("budget for a video", budgets.video, Film(tuple(sorted(store.keys)))))
    if budgets.day is not None:
        found.append(Cap("budget for a day", budgets.day, Day(None)))
    if budgets.month is not None:
        found.append(Cap("budget for a month", budgets.month, Month(None)))
    own = budgets.doors.get(door)
    if own and own.day is not None:
        found.append(Cap(f"budget for a day of {door}", own.day, Day(door)))
    if own and own.month is not None:
        found.append(Cap(f"budget for a month of {door}", own.month, Month(door)))
    return found


def limits(settings: Config, can: Capability) -> Limits:
    door = settings.door(can.provider)
    return Limits(
        concurrent=door.concurrent or can.concurrent,
        per_minute=door.submits_per_minute or can.submits_per_minute,
        failures=settings.breaker.failures,
        seconds=settings.breaker.seconds,
    )


def over_budget(error: OverBudget, shot: Shot, can: Capability) -> Refusal:
    ways = ", ".join(casting.cheaper(shot, can))
    used = f"{casting.about(error.spent + error.reserved)} of {casting.about(error.cap.limit)} is used or reserved"
    return Refusal(
        f"{can.name} would cost {casting.about(error.wanted)}, and the {error.cap.name} doesn't allow it: {used}",
        f"raise it, or choose something cheaper: {ways}" if ways else "raise it",
    )


_DONE = {"picture": "drew this picture", "speech": "spoke this text", "music": "made this music"}
"""By the mode of a model whose service keeps nothing."""


def unknown(attempt: Attempt) -> UnknownOutcome:
    cost = casting.about(attempt.estimate)
    if not row_of(attempt).keeps:
        did = next(words for mode, words in _DONE.items() if mode in row_of(attempt).modes)
        said = f"nobody knows whether {attempt.provider} {did} ({cost}), and it keeps none"
        return UnknownOutcome(
            f"{said}; it isn't sent again by itself",
            f"`storyreel ledger release {attempt.id[:8]}` gives it up; running again then pays for another",
        )
    return UnknownOutcome(
        f"nobody knows whether {attempt.provider} accepted this clip ({cost}); it isn't sent again by itself",
        f"look at {attempt.provider}'s own list of jobs: `storyreel ledger collect {attempt.id[:8]} --operation ID` "
        f"if it is there, `storyreel ledger release {attempt.id[:8]}` if it isn't",
    )


def still_running(attempt: Attempt, why: str) -> StillRunning:
    hours = row_of(attempt).kept_hours
    kept = f"; it keeps finished clips for about {hours:g} hours" if hours else ""
    return StillRunning(
        f"{attempt.provider} has operation {attempt.operation}, and {why}",
        "nothing is lost and nothing is paid again: run the same once more, or "
        f"`storyreel ledger collect {attempt.id[:8]}`{kept}",
    )


def row_of(attempt: Attempt) -> Capability:
    """What the model of an attempt can do, as it is known now."""
    for can in catalogue():
        if (can.provider, can.model) == (attempt.provider, attempt.model):
            return can
    return provider_of(attempt.provider).capabilities()[0]  # of a model that a later release has dropped
