"""Whether the service and the account that an attempt was bought at are the ones that would be asked now.

A service knows only its own jobs, and of those only the account's: asked elsewhere, it denies with confidence what was
paid for. So nobody is asked at another address, or at another account that has a name. A key has none: another may be
the same account's, and is asked; but its denial isn't believed.
"""

from __future__ import annotations

from ..errors import StillRunning, UnknownOutcome
from ..ledger import Attempt
from ..planning.model_choice import about
from ..providers import provider as provider_of
from ..providers.contract import KEY


def same_account(attempt: Attempt) -> bool | None:
    """Whether it is the account of now; None where that isn't known: an older release began it, or there is no key."""
    now = provider_of(attempt.provider).account()
    return None if attempt.account is None or now is None else attempt.account == now


def elsewhere(attempt: Attempt) -> None:
    """Lets nobody ask for an attempt at a place that can't know it: raises StillRunning or UnknownOutcome."""
    provider = provider_of(attempt.provider)
    now = provider.base_url()
    if not now or not attempt.base_url:
        return
    if attempt.base_url.rstrip("/") != now:
        variable = f"STORYREEL_{attempt.provider.upper()}_BASE_URL"
        cure = f"set {variable}={attempt.base_url} (or the region that belongs to it) and run the same again"
        raise _refused(attempt, f"{attempt.base_url}, and {now} would be asked", cure)
    then, account = attempt.account or "", provider.account() or ""
    if then and account and then != account and not then.startswith(KEY) and not account.startswith(KEY):
        cure = f"choose {then} again and run the same once more"
        raise _refused(attempt, f"{then}, and {account} would be asked", cure)


def denied_by_another(attempt: Attempt, why: str) -> StillRunning:
    """Of a denial that proves nothing: the key is another one than it was bought with."""
    return StillRunning(
        f"{attempt.provider} has operation {attempt.operation}, or had: it says {why!r}, and its key has changed since "
        "that was bought",
        f"set the key that it was bought with, or another of the same account, and run the same again; "
        f"`storyreel ledger collect {attempt.id[:8]}` asks only for this one",
    )


def denied(attempt: Attempt, why: str) -> UnknownOutcome:
    """Of an operation that was accepted, and that the service doesn't know any more."""
    short = attempt.id[:8]
    return UnknownOutcome(
        f"{attempt.provider} accepted operation {attempt.operation} and doesn't know it now: {why}; it may be charged "
        f"({about(attempt.estimate)}), and isn't bought again by itself",
        f"`storyreel ledger collect {short}` asks for it once more (`--operation ID`: for another), "
        f"`storyreel ledger release {short}` gives it up; running again then pays for another",
    )


def _refused(attempt: Attempt, both: str, cure: str) -> StillRunning | UnknownOutcome:
    short = attempt.id[:8]
    if attempt.operation is None or attempt.state == "unknown":
        said = f"{attempt.provider} was sent a clip ({about(attempt.estimate)}) at {both}: it can't know it there"
        return UnknownOutcome(said, f"{cure}; `storyreel ledger release {short}` gives it up")
    said = f"{attempt.provider} has operation {attempt.operation} at {both}: it can't know it there"
    return StillRunning(said, f"{cure}; nothing is lost and nothing is paid again")
