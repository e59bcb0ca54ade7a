"""Whether ledger and vault agree, and what is left open. Reads only; each finding names the command that cures it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ..errors import MediaError
from . import OPEN, Attempt, StoredTake, dollars_text
from .adopt import given_up, strays

if TYPE_CHECKING:
    from ..store.vault import Vault
    from . import Ledger


class Finding(NamedTuple):
    kind: str
    """missing, damaged, stray, unknown, abandoned, altered."""
    place: str
    """The attempt or the clip that it is about."""
    message: str
    cure: str


def cure(attempt: Attempt) -> str:
    """The command that ends an attempt which nobody follows any more."""
    short = attempt.id[:8]
    if attempt.state in ("running", "done"):
        return f"storyreel ledger collect {short}"
    return f"storyreel ledger collect {short} --operation ID, or storyreel ledger release {short}"


def audit(
    ledger: Ledger, vault: Vault, hashes: bool = True, tell: Callable[[str], None] = lambda text: None
) -> list[Finding]:
    """All of it. `hashes`: read every clip to its end. `tell` hears which is being read."""
    takes = ledger.takes()
    attempts = {attempt.id: attempt for attempt in ledger.list()}
    return [
        *_clips(vault, takes, hashes, tell),
        *_strays(vault, ledger),
        *_abandoned(ledger),
        *_money(ledger, attempts),
        *_gaps(ledger, takes, attempts),
    ]


def _clips(
    vault: Vault, takes: list[StoredTake], hashes: bool, tell: Callable[[str], None]
) -> Iterator[Finding]:
    """Every clip that was stored is there, and is what it was."""
    for take in takes:
        path = vault.path(take.key)
        again = f"put back a good copy, or storyreel vault prune {take.key[:12]}: the next run buys it again"
        if not path.is_file():
            yield Finding("missing", take.key, f"{path} is not there", again)
            continue
        if path.stat().st_size != take.bytes:
            size = f"{path} has {path.stat().st_size} bytes, and had {take.bytes}"
            yield Finding("damaged", take.key, size, again)
            continue
        if hashes:
            tell(path.name)
            try:
                vault.get(take.key, take.sha256)
            except MediaError as error:
                yield Finding("damaged", take.key, error.message, again)


def _strays(vault: Vault, ledger: Ledger) -> Iterator[Finding]:
    """Every clip in the vault is one that the ledger knows, or is about to. What was paid for is never offered for
    deletion."""
    pruned = given_up(ledger)
    for one in strays(ledger, vault):
        if one.key in pruned:
            cure = f"storyreel vault prune {one.key[:12]} ends it"
            yield Finding("stray", one.key, f"{one.path} was pruned, and is still there", cure)
        elif one.recorded:
            paid = dollars_text(one.cost or Decimal(0))
            cure = "storyreel ledger adopt takes it over, or name its ledger in STORYREEL_DATABASE_URL"
            yield Finding("stray", one.key, f"{one.path}, paid {paid}, is not in this ledger", cure)
        else:
            message = f"{one.path} is not in this ledger, and its record says too little to adopt it"
            cure = f"put {one.path.with_suffix('.json').name} back from a backup, then storyreel ledger adopt"
            yield Finding("stray", one.key, message, cure)


def _abandoned(ledger: Ledger) -> Iterator[Finding]:
    """Every attempt that isn't finished has somebody who follows it."""
    for attempt in ledger.abandoned():
        kind = "unknown" if attempt.state in ("sending", "unknown") else "abandoned"
        held = f"{dollars_text(attempt.reserved)} reserved" if attempt.reserved else "settled"
        name = f"{attempt.model} through {attempt.provider}"
        yield Finding(
            kind,
            attempt.id,
            f"{name} is {attempt.state.value}, and nobody waits for it ({held})",
            f"run the same command again, or {cure(attempt)}",
        )


def _money(ledger: Ledger, attempts: dict[str, Attempt]) -> Iterator[Finding]:
    """What the attempts say, the charges and the history say too; and what is settled holds nothing back."""
    last = {entry.attempt: entry for entry in ledger.history()}
    keys: dict[str, Decimal] = {}
    for attempt in attempts.values():
        keys[attempt.key] = keys.get(attempt.key, Decimal(0)) + attempt.charged
        if attempt.state not in OPEN and attempt.reserved:
            yield _wrong(
                attempt.id, f"it is {attempt.state.value} and still has {dollars_text(attempt.reserved)}"
            )
        entry = last.get(attempt.id)
        told = entry and (entry.after, entry.reserved, entry.charged)
        if told != (attempt.state.value, attempt.reserved, attempt.charged):
            yield _wrong(attempt.id, "its history ends otherwise than it stands")
    for key, charged in keys.items():
        if ledger.cost(key) != charged:
            yield _wrong(
                key,
                f"its charges are {dollars_text(ledger.cost(key))}, its attempts say {dollars_text(charged)}",
            )


def _gaps(ledger: Ledger, takes: list[StoredTake], attempts: dict[str, Attempt]) -> Iterator[Finding]:
    """Every clip that was stored still has its take, unless somebody pruned it."""
    kept = {take.attempt for take in takes}
    pruned = {entry.attempt for entry in ledger.history() if entry.event == "forgotten"}
    for attempt in attempts.values():
        if attempt.state == "stored" and attempt.id not in kept | pruned:
            yield _wrong(attempt.id, "it is stored, and the ledger has no clip of it")


def _wrong(place: str, message: str) -> Finding:
    return Finding(
        "altered",
        place,
        message,
        f"somebody has changed the ledger by hand: storyreel ledger show {place[:12]}",
    )
