"""What all purchases of a run share: ledger, vault, what may be spent; and the sentences for what goes wrong."""

from __future__ import annotations

import math
import socket
import time
from datetime import datetime, timezone
from decimal import Decimal
from typing import NamedTuple

from ..config import Config, config
from ..errors import BadInput, OutputError, StillRunning, StoryreelError, UnknownOutcome
from ..errors import OverBudget as Refusal
from ..ledger import Attempt, Cap, Day, Film, Ledger, Limits, Month, OverBudget, Run, Session, open_ledger
from ..ledger.spend_policy import Spend
from ..planning import model_choice
from ..providers import provider as provider_of
from ..providers.capability import Capability
from ..providers.contract import Refused
from ..providers.models import catalogue, gone
from ..providers.shot import Shot
from ..store.vault import Vault


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
    store = Store(open_ledger(), Vault(), config(), spend, set())
    try:
        hold_together(store.ledger, store.vault)
    except BaseException:
        store.ledger.close()
        raise
    return store


def hold_together(ledger: Ledger, vault: Vault, instead: bool = False, what: str = "bought") -> None:
    """Raises BadInput where a ledger that machines share has its clips in another vault: what one of them buys the
    others could never show. A ledger in a file is one machine's, and its vault may be moved at will."""
    if not ledger.shared:
        return
    here = f"{vault.folder.absolute()} on {socket.gethostname()}"
    other = ledger.vault(vault.identity(), here, instead)
    if other is not None:
        raise BadInput(
            f"the ledger {ledger.place} has its clips in the vault {other}, and the vault here is {here}: "
            f"nothing was {what}",
            "give all machines of a ledger one vault on storage that they share: folder under [vault] in config.toml; "
            "or, if the other one is gone, make this one the ledger's with storyreel vault use",
        )


_CONFIGURED = "raise it in config.toml"


def caps(store: Store, door: str) -> list[Cap]:
    budgets, spend = store.config.budgets, store.spend
    found = []
    if spend.limit is not None:
        found.append(Cap("limit of this run", spend.limit, Run(spend.run)))
    if spend.together is not None:
        more = "start it again with a higher --max-cost"
        found.append(Cap("limit of this server", spend.together, Session(spend.within), more))
    if spend.day is not None:
        more = "`storyreel consent --day DOLLARS` on the machine where this ComfyUI runs sets another sum"
        found.append(Cap("day's consent", spend.day, Day(None), more))
    if budgets.video is not None:
        found.append(Cap("budget for a video", budgets.video, Film(tuple(sorted(store.keys))), _CONFIGURED))
    if budgets.day is not None:
        found.append(Cap("budget for a day", budgets.day, Day(None), _CONFIGURED))
    if budgets.month is not None:
        found.append(Cap("budget for a month", budgets.month, Month(None), _CONFIGURED))
    own = budgets.doors.get(door)
    if own and own.day is not None:
        found.append(Cap(f"budget for a day of {door}", own.day, Day(door), _CONFIGURED))
    if own and own.month is not None:
        found.append(Cap(f"budget for a month of {door}", own.month, Month(door), _CONFIGURED))
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
    left = error.cap.limit - error.spent - error.reserved
    ways = ", ".join(map(str, model_choice.cheaper(shot, can, within=left)))
    taken, most = model_choice.about(error.spent + error.reserved), model_choice.about(error.cap.limit)
    used = f"{taken} of {most} is used or reserved"
    return Refusal(
        f"{can.name} would cost {model_choice.about(error.wanted)}, and the {error.cap.name} doesn't allow it: {used}",
        f"{error.cap.cure}, or choose something cheaper: {ways}" if ways else error.cap.cure,
    )


_DONE = {"picture": "drew this picture", "speech": "spoke this text", "music": "made this music"}
"""By the mode of a model whose service keeps nothing."""


def unknown(attempt: Attempt) -> UnknownOutcome:
    cost = model_choice.about(attempt.estimate)
    if not row_of(attempt).keeps:
        did = next(words for mode, words in _DONE.items() if mode in row_of(attempt).modes)
        said = f"nobody knows whether {attempt.provider} {did} ({cost}), and it keeps none"
        return UnknownOutcome(
            f"{said}; it isn't sent again by itself",
            f"`storyreel ledger release {attempt.id[:8]}` gives it up; running again then pays for another",
        )
    return UnknownOutcome(
        f"nobody knows whether {attempt.provider} accepted this clip ({cost}); it isn't sent again by itself",
        look_for(attempt),
    )


def look_for(attempt: Attempt) -> str:
    """How to find out what became of a request that nobody knows about."""
    provider, short = provider_of(attempt.provider), attempt.id[:8]
    at = f"{datetime.fromtimestamp(attempt.begun_at, timezone.utc):%Y-%m-%d %H:%M} UTC"
    where = (
        f"look at {provider.jobs_at}"
        if provider.jobs_at
        else f"{attempt.provider} shows no list of jobs: see whether its usage or its bill counts one of {at}"
    )
    again = (
        f"the same command again asks {attempt.provider} for it by our own id; or "
        if can_find(attempt)
        else ""
    )
    collect = f"`storyreel ledger collect {short} --operation ID` if it is there"
    return f"{again}{where}: {collect}, `storyreel ledger release {short}` if it isn't"


def put_off(error: Refused) -> Refused:
    """The same refusal with when the service may be asked again, where it says so."""
    if not error.retry_after:
        return error
    when = datetime.fromtimestamp(time.time() + error.retry_after, timezone.utc)
    said = f"it may be asked again after {when:%Y-%m-%d %H:%M} UTC, in {lasting(error.retry_after)}"
    return Refused(error.kind, f"{error.message}; {said}", error.hint, error.retry_after)


def lasting(seconds: float) -> str:
    """>>> lasting(86400), lasting(1800), lasting(45)
    ('24 hours', '30 minutes', '45 seconds')
    """
    for size, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{math.ceil(seconds / size)} {name}"
    return f"{math.ceil(seconds)} seconds"


def still_running(attempt: Attempt, why: str) -> StillRunning:
    hours = row_of(attempt).kept_hours
    kept = f"; it keeps finished clips for about {hours:g} hours" if hours else ""
    return StillRunning(
        f"{attempt.provider} has operation {attempt.operation}, and {why}",
        "nothing is lost and nothing is paid again: run the same once more, or "
        f"`storyreel ledger collect {attempt.id[:8]}`{kept}",
    )


def unwritten(store: Store, key: str, error: OutputError) -> OutputError:
    """The same error, with what there is of a clip that can't be written down or kept just now: on a full disk, what
    became of the money is the first question."""
    try:
        taken = store.ledger.take(key)
        open_ = [each for each in store.ledger.attempts(key) if each.state in ("running", "done")]
    except StoryreelError:
        return error
    if taken is not None:
        kept, goes_on = "the clip itself is in the vault", "serves it"
    elif open_:
        kept = (
            f"{open_[0].provider} accepted this clip as operation {open_[0].operation}, which the ledger has"
        )
        goes_on = f"goes on with it, and so does `storyreel ledger collect {open_[0].id[:8]}`"
    else:
        return error
    hint = f"nothing is lost and nothing is paid again: after that the same command {goes_on}"
    return OutputError(f"{error.message}; {kept}", f"{error.hint}; {hint}" if error.hint else hint)


def can_find(attempt: Attempt) -> bool:
    """Whether its job can be looked up by our own id: some models of a service that can may take none."""
    return provider_of(attempt.provider).can_find and row_of(attempt).finds


def row_of(attempt: Attempt) -> Capability:
    """What the model of an attempt can do, as it is known now."""
    for can in catalogue():
        if (can.provider, can.model) == (attempt.provider, attempt.model):
            return can
    found = provider_of(attempt.provider).capabilities()  # of a model that a later release has dropped:
    was = gone().get(attempt.model)  # what follows it makes the same in the same way
    return next((can for can in found if was and can.model == was.successor), found[0])
