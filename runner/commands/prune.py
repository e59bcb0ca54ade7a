"""Which clips go, and their going: first out of the ledger, then off the disk. Killed between the two, the file is one
that no ledger knows; the next prune finds it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...studio.errors import BadInput
from ...studio.ledger import adopt, dollars_text
from ...studio.ledger.purchases import Held, held

if TYPE_CHECKING:
    from ...studio.ledger import Ledger
    from ...studio.store.vault import Vault

_DAY = 86400.0


class Plan(NamedTuple):
    clips: list[Held]
    strays: list[str]
    """Clips of which this ledger knows nothing, by their keys; only those that were named."""
    leftovers: list[Path]
    """What is left of downloads whose attempts are settled, and damaged clips that were set aside."""

    @property
    def cost(self) -> Decimal:
        return sum((one.cost for one in self.clips), Decimal(0))


class Pruned(NamedTuple):
    clips: list[Held]
    files: list[Path]
    bytes: int
    warnings: list[str]


def plan(ledger: Ledger, vault: Vault, words: Sequence[str], older: float | None, retaken: bool) -> Plan:
    """What the conditions choose together. Raises BadInput for a word that means nothing."""
    strays: list[str] = []
    known: list[str] = []
    unknown = adopt.strays(ledger, vault) if words else []
    given_up = adopt.given_up(ledger) if unknown else set()
    for word in words:
        found = [one for one in unknown if len(word) >= 4 and one.key.startswith(word)]
        for one in found:
            if one.recorded and one.key not in given_up:
                message = f"{one.path} was paid for ({dollars_text(one.cost or Decimal(0))}), and this ledger lost it"
                raise BadInput(
                    message, "storyreel ledger adopt takes it over; then it can be pruned as any other"
                )
        strays += [one.key for one in found]
        if not found:
            known.append(word)
    if known or (not words and (older is not None or retaken)):
        clips = held(ledger, vault, known)
    else:
        clips = []
    if older is not None:
        clips = [one for one in clips if one.take.stored_at < ledger.now() - older * _DAY]
        strays = []  # nobody knows how old they are
    if retaken:
        newest: dict[str, int] = {}
        for take in ledger.takes():
            newest[take.base] = max(newest.get(take.base, 0), take.take)
        clips = [one for one in clips if one.take.take < newest[one.take.base]]
    return Plan(clips, strays, list(_leftovers(ledger, vault)))


def prune(ledger: Ledger, vault: Vault, chosen: Plan) -> Pruned:
    clips, files, count, warnings = [], [], 0, []
    for one in chosen.clips:
        take = one.take
        intent = ledger.intent(take.key)
        assert intent is not None  # a take refers to it
        claim = ledger.claim(
            take.key,
            base=take.base,
            take=take.take,
            request=intent.request,
            film=intent.film,
            run=intent.run,
        )
        if claim is None:
            warnings.append(f"{take.key[:12]} is in use by {ledger.holder(take.key) or 'another process'}")
            continue
        try:
            count += _size(one.path)
            ledger.forget_take(take.key, "pruned")
            vault.remove(take.key)
        finally:
            ledger.let_go(claim)
        clips.append(one)
    for key in chosen.strays:
        path = vault.path(key)
        count += _size(path)
        vault.remove(key)
        files.append(path)
    for path in chosen.leftovers:
        count += _size(path)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            files.append(path)
    return Pruned(clips, files, count, warnings)


def _leftovers(ledger: Ledger, vault: Vault) -> Iterator[Path]:
    """Files that nothing needs any more; a part of an attempt that isn't settled is needed."""
    parts = vault.folder / "parts"
    for path in sorted(parts.iterdir()) if parts.is_dir() else []:
        try:
            attempt = ledger.attempt(path.name.partition(".")[0])
        except BadInput:
            continue  # another ledger's
        if not attempt.open:
            yield path
    for path in sorted(vault.folder.glob("??/*.damaged.*")):
        key = path.name.partition(".")[0]
        if vault.path(key).is_file() or (ledger.take(key) is None and not vault.note(key)):
            yield path  # a good one is in its place, or nobody has it in a list; else it is all that is left of it


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
