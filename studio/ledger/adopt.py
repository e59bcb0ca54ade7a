"""Clips that lie whole in the vault and that the ledger doesn't know: a ledger was lost, or an old backup of it put in
its place. They were paid for, so they are taken over, never bought again: verified, with what they cost, as of when
that was paid.

The record beside a clip says all of it. Those of 0.4 and before say neither when it was bought, nor for which film, nor
the request but for its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import MediaError
from ..store.vault import Vault, sha256_of

if TYPE_CHECKING:
    from . import Ledger
    from .finding import FoundTake


_DEAREST = 10**9
"""Dollars, as in the budgets: a record that says more is damaged."""
_LATEST = 253_402_300_800
"""When the years have five digits: no clock says so, and no date can be written."""


class Stray(NamedTuple):
    """A clip of which the ledger has no take."""

    key: str
    path: Path
    note: dict[str, Any]
    """Its record; empty where that is missing or damaged."""

    @property
    def recorded(self) -> bool:
        """Whether its record says what was paid to whom for it."""
        return bool(
            self.key and self.cost is not None and self._said("attempt", "provider", "model", "sha256")
        )

    @property
    def cost(self) -> Decimal | None:
        with suppress(ArithmeticError):
            charge = Decimal(str(self.note["charge"])) if "charge" in self.note else Decimal("nan")
            return charge if charge.is_finite() and 0 <= charge <= _DEAREST else None
        return None

    @property
    def bought_at(self) -> float:
        """When it was bought; when its file was written, where the record doesn't say."""
        said = self.note.get("bought_at")
        if isinstance(said, (int, float)) and 0 < said < _LATEST:
            return float(said)
        return min(self.path.stat().st_mtime, self.path.with_suffix(".json").stat().st_mtime)

    @property
    def unknown(self) -> list[str]:
        """What its record doesn't say."""
        names = {"bought_at": "when it was bought", "film": "for which film", "request": "all that was asked"}
        return [words for name, words in names.items() if name not in self.note]

    def _said(self, *names: str) -> bool:
        return all(isinstance(self.note.get(name), str) and self.note[name] for name in names)


def strays(ledger: Ledger, vault: Vault) -> list[Stray]:
    """Every clip in the vault that this ledger has no take of, nor an open attempt that will bring it there."""
    known = {take.key for take in ledger.takes()} | {one.key for one in ledger.list() if one.open}
    found = (Stray(*entry) for entry in vault.entries() if entry[0] not in known)
    return [one for one in found if _is_key(one.key)]


def given_up(ledger: Ledger) -> set[str]:
    """The takes that were pruned on purpose; their files may still lie here, if that was cut short."""
    return {entry.key for entry in ledger.history() if entry.event == "forgotten"}


def of_request(vault: Vault, base: str) -> list[Stray]:
    """All takes of a request that lie in the vault with their records."""
    found = (Stray(path.stem, vault.path(path.stem), vault.note(path.stem)) for path in _notes(vault, base))
    return [one for one in found if one.path.is_file() and one.recorded and one.note.get("key") == one.key]


def newest(ledger: Ledger | None, vault: Vault, base: str, asked: int | None = None) -> int:
    """Which take of a request is meant, counting those that only the vault knows; see Ledger.number."""
    if asked is not None:
        return asked
    number = ledger.number(base) if ledger else 1
    finished = number if ledger and ledger.take(f"{base}-{number}") else 0
    here = max((int(one.key.rpartition("-")[2]) for one in of_request(vault, base)), default=0)
    return max(here, finished) or number


class Adopted(NamedTuple):
    keys: list[str]
    damaged: dict[str, MediaError]
    """Clips that aren't what their records say, by key."""


def adopt_request(ledger: Ledger, vault: Vault, base: str) -> Adopted:
    """Takes over what lies whole in the vault of a request, but for what somebody is about to settle."""
    made = Adopted([], {})
    for one in of_request(vault, base):
        if ledger.take(one.key) is None and not any(each.open for each in ledger.attempts(one.key)):
            try:
                made.keys.extend([one.key] if adopt(ledger, one) else [])
            except MediaError as error:
                made.damaged[one.key] = error
    return made


def bare(ledger: Ledger, vault: Vault, key: str) -> MediaError | None:
    """Why a take isn't bought where its clip lies in the vault without a record that it can be adopted by: it may be
    paid for."""
    path = vault.path(key)
    if not path.is_file() or ledger.attempts(key):
        return None
    if any(one.key == key for one in of_request(vault, key.rpartition("-")[0])):
        return None
    return MediaError(
        f"{path} may be this very clip, and its record {path.with_suffix('.json').name} is missing or damaged: "
        "it isn't bought again by itself",
        f"put the record back beside it; or delete the clip with storyreel vault prune {key}, and it is bought anew",
    )


def adopt_key(ledger: Ledger, vault: Vault, key: str) -> bool:
    """The same for one take that is claimed by this process, open attempts and all."""
    found = [one for one in of_request(vault, key.rpartition("-")[0]) if one.key == key]
    return bool(found) and ledger.take(key) is None and adopt(ledger, found[0])


def adopt(ledger: Ledger, one: Stray) -> bool:
    """Whether it was taken over; not where another process was quicker. Raises MediaError."""
    return ledger.found(verified(one))


def verified(one: Stray) -> FoundTake:
    """What the ledger is told of it. Raises MediaError if the file isn't what its record says."""
    from ..store import vault
    from . import NewTake
    from .finding import FoundTake

    cure = "put back a good copy, or buy another take with --retake"
    if sha256_of(one.path) != one.note["sha256"]:
        raise MediaError(f"{one.path} was paid for and is damaged: it isn't what its record says", cure)
    try:
        facts = vault.measure(one.path)
    except MediaError as error:
        raise MediaError(f"{one.path} was paid for and is damaged: {error.message}", cure) from None
    note = one.note
    details: dict[str, Any] = {"notes": [], "losses": []}
    details |= {name: note[name] for name in details if _are_words(note.get(name))}
    if isinstance(note.get("source_seconds"), (int, float)):
        details["source_seconds"] = note["source_seconds"]
    if re.fullmatch(r"\d{1,6}/\d{1,6}", str(note.get("flash_seconds"))):
        details["flash_seconds"] = note["flash_seconds"]
    new = NewTake(
        path_name=one.path.name,
        sha256=facts.sha256,
        bytes=facts.bytes,
        duration=facts.duration,
        width=facts.width,
        height=facts.height,
        fps=facts.fps,
        audio=facts.audio,
        details=details,
    )
    request, operation = note.get("request"), note.get("operation")
    return FoundTake(
        key=one.key,
        attempt=note["attempt"],
        provider=note["provider"],
        model=note["model"],
        operation=operation if isinstance(operation, str) else None,
        charge=one.cost or Decimal(0),
        bought_at=one.bought_at,
        new=new,
        request=request if isinstance(request, dict) else {"prompt": str(note.get("prompt") or "")},
        base_url=str(note.get("base_url") or ""),
        film=str(note.get("film") or ""),
        run=str(note.get("run") or ""),
    )


def _are_words(said: object) -> bool:
    return isinstance(said, list) and all(isinstance(each, str) for each in said)


def _is_key(key: str) -> bool:
    base, _, number = key.rpartition("-")
    return bool(base) and number.isdecimal() and 0 < int(number) < 10**9


def _notes(vault: Vault, base: str) -> Iterator[Path]:
    folder = vault.folder / base[:2]
    return (path for path in sorted(folder.glob(f"{base}-*.json")) if _is_key(path.stem))
