"""What the doors to services do alike: their rows, their prices, what their keys lack, and that nothing with a fault
leaves. Each door's own file says how its service speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..credentials import lacking
from ..errors import BadInput, Fault, MediaError
from .capability import Capability, estimate, rows
from .contract import Estimate, Operation, Refused, Shot, State, hold
from .wire import Wire


class Door:
    """As it stands here, a door bills only what it delivers, can't be told to stop for nothing, and knows no id of
    ours; those that are otherwise say so."""

    name: str
    bills_moderated = False
    cancel_is_free: frozenset[State] = frozenset()
    can_find = False
    _wire: Wire

    def capabilities(self) -> tuple[Capability, ...]:
        return rows(self.name)

    def missing(self) -> list[str]:
        return lacking(self.name)

    def base_url(self) -> str:
        return self._wire.base_url()

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        return []

    def estimate(self, shot: Shot, capability: Capability) -> Estimate:
        return estimate(shot, capability)

    def find(self, ours: str) -> Operation | None:
        raise NotImplementedError(f"{self.name} can't be asked by our own id")

    @contextmanager
    def _words_for(self, shot: Shot, capability: Capability) -> Iterator[None]:
        """While a request is put into words: what can't be asked, or brought along, is Refused, and nothing leaves."""
        try:
            hold(shot, capability, self.check(shot, capability))
            yield
        except (BadInput, MediaError) as error:
            raise Refused("invalid", error.message, error.hint) from None
