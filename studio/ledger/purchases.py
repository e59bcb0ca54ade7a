"""What ledger and vault hold, put together for their commands: bills by clip, clips with what they cost, and which of
them a word means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import BadInput, did_you_mean
from . import Attempt, Intent, StoredTake, dollars_text

if TYPE_CHECKING:
    from ..store.vault import Vault
    from . import Ledger


def asked_for(intent: Intent) -> str:
    """What was asked for: what is to be seen or heard, or said."""
    return str(intent.request.get("prompt") or intent.request.get("script") or "")


class Bill(NamedTuple):
    """What one take cost. Dollars."""

    film: str
    key: str
    base: str
    take: int
    prompt: str
    seconds: float | None
    """Bought, not shown."""
    by: tuple[str, ...]
    attempts: int
    paid: Decimal
    wasted: Decimal
    """Of it, for attempts that no clip came of."""
    reserved: Decimal
    state: str
    """The newest attempt's."""
    why: str


class Held(NamedTuple):
    """One clip in the vault."""

    take: StoredTake
    attempt: Attempt
    cost: Decimal
    path: Path
    prompt: str


def bills(ledger: Ledger, word: str | None = None) -> list[Bill]:
    """By take, oldest first: all, or those of a film, of a request, or of an attempt. Raises BadInput."""
    by_key: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in ledger.list():
        by_key[attempt.key].append(attempt)
    intents = ledger.intents()
    keys = chosen(list(by_key), by_key, word) if word else list(by_key)
    return [_bill(intents[key], by_key[key]) for key in keys]


def _bill(intent: Intent, attempts: Sequence[Attempt]) -> Bill:
    useless = [one for one in attempts if one.charged and one.state not in ("stored", "done")]
    reasons: dict[str, Decimal] = {}
    for one in useless:
        reason = one.kind or one.state.value
        reasons[reason] = reasons.get(reason, Decimal(0)) + one.charged
    seconds = intent.request.get("seconds")
    return Bill(
        film=attempts[-1].film,
        key=intent.key,
        base=intent.base,
        take=intent.take,
        prompt=asked_for(intent),
        seconds=float(seconds) if seconds is not None else None,
        by=tuple(
            dict.fromkeys(f"{one.model}, {one.provider}" for one in attempts if one.charged or one.open)
        ),
        attempts=len(attempts),
        paid=sum((one.charged for one in attempts), Decimal(0)),
        wasted=sum((one.charged for one in useless), Decimal(0)),
        reserved=sum((one.reserved for one in attempts), Decimal(0)),
        state=attempts[-1].state.value,
        why=", ".join(f"{dollars_text(amount)} {reason}" for reason, amount in reasons.items()),
    )


def held(ledger: Ledger, vault: Vault, words: Sequence[str] = ()) -> list[Held]:
    """The vault's clips, oldest first: all, or those that the words mean. Raises BadInput."""
    takes = {take.key: take for take in ledger.takes()}
    intents = ledger.intents()
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    makers: dict[str, Attempt] = {}
    for attempt in ledger.list():
        makers[attempt.id] = attempt
        if attempt.key in takes:
            attempts[attempt.key].append(attempt)
    keys = list(takes)
    if words:
        wanted = {key for word in words for key in chosen(keys, attempts, word)}
        keys = [key for key in keys if key in wanted]
    return [
        Held(
            takes[key],
            makers[takes[key].attempt],
            sum((one.charged for one in attempts[key]), Decimal(0)),
            vault.path(key),
            asked_for(intents[key]),
        )
        for key in keys
    ]


def chosen(keys: Iterable[str], attempts: dict[str, list[Attempt]], word: str) -> list[str]:
    """The takes that a film's title, or the beginning of a clip's or an attempt's id, means. Raises BadInput."""
    keys, plain = list(keys), word.strip().casefold()
    films = {one.film for key in keys for one in attempts[key] if one.film}
    found = [key for key in keys if any(one.film.casefold() == plain for one in attempts[key])]
    if not found and len(plain) >= 4:
        found = [key for key in keys if key.startswith(plain)]
        found = found or [key for key in keys if any(one.id.startswith(plain) for one in attempts[key])]
    if not found:
        near = did_you_mean(word, films) if films else "nothing has been bought yet"
        cure = near if near.startswith(("did", "nothing")) else "storyreel ledger list shows what there is"
        raise BadInput(f"the ledger has no film and no clip {word!r}", cure)
    return found
