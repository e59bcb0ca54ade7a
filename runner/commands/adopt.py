"""Taking over all that lies in the vault without the ledger knowing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ...studio.errors import MediaError
from ...studio.ledger.adopt import Stray, adopt

if TYPE_CHECKING:
    from ...studio.ledger import Ledger


def adopted(ledger: Ledger, found: Sequence[Stray]) -> tuple[list[Stray], list[str]]:
    """Those that are whole; and a sentence for each that isn't."""
    made, warnings = [], []
    for one in found:
        try:
            if adopt(ledger, one):
                made.append(one)
        except MediaError as error:
            warnings.append(f"{one.key[:12]}: {error.message}; {error.hint}")
    return made, warnings


def unrecorded(one: Stray) -> str:
    """Of a clip that can't be taken over, because nothing says what was paid for it."""
    record = one.path.with_suffix(".json").name
    said = f"{one.path} was left where it is: its record {record} is missing, or says too little"
    return f"{one.key[:12]}: {said}; put {record} back from a backup"


def paid(found: Sequence[Stray]) -> Decimal:
    return sum((one.cost or Decimal(0) for one in found), Decimal(0))
