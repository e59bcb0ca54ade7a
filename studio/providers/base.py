"""What the doors to services do alike: their rows, their prices, what their keys lack, and that nothing with a fault
leaves. Each door's own file says how its service speaks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..credentials import lacking, secret
from ..errors import BadInput, Fault, MediaError
from .capability import Capability, rows
from .contract import KEY, Estimate, NoAnswer, Operation, Refused, State, Unaskable
from .faults import faults
from .http import Wire
from .pricing import estimate
from .shot import Shot


class Door:
    """As it stands here, a door bills only what it delivers, can't be told to stop for nothing, and knows no id of
    ours; those that are otherwise say so."""

    name: str
    bills_moderated = False
    cancel_is_free: frozenset[State] = frozenset()
    can_find = False
    _ids = re.compile(r"[A-Za-z0-9_-]{1,100}")
    """The ids of operations that can be asked for."""
    _called = "job"
    _id_cure = "give the id as it was told"
    jobs_at = ""
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

    def account(self) -> str | None:
        key = secret(self.name)
        return fingerprint(self.name, key) if key else None

    def one_per_id(self, capability: Capability) -> bool:
        return False

    def askable(self, id: str) -> str:
        """The id of an operation that may be asked for. Raises Unaskable."""
        if not self._ids.fullmatch(id):
            shown = repr(id if len(id) <= 60 else f"{id[:60]}…")
            raise Unaskable(f"{shown} is no {self._called} of {self.name}'s", self._id_cure)
        return id

    def operation(self, id: str) -> Operation:
        """The operation that a person names by the id that the service shows. Raises Unaskable."""
        return Operation(self.name, self.askable(id))

    def _accepted(self, id: Any) -> Operation:
        """The operation that a service has told. Raises NoAnswer for what nobody could be asked about: it was accepted,
        and which it is has to be looked up."""
        if not isinstance(id, str) or not id:
            raise NoAnswer(f"{self.name} accepted it and told no {self._called} id")
        try:
            return Operation(self.name, self.askable(id))
        except Unaskable as error:
            raise NoAnswer(f"{self.name} accepted it, and {error.message}") from None

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


def fingerprint(name: str, key: str) -> str:
    """By which a key is known again, and which tells nothing of it."""
    return KEY + hashlib.sha256(f"storyreel {name} {key}".encode()).hexdigest()[:8]


def hold(shot: Shot, capability: Capability, more: Sequence[Fault] = ()) -> None:
    """Lets no request out for a shot with faults: raises Refused."""
    found = [*faults(shot, capability), *more]
    if found:
        raise Refused("invalid", "; ".join(map(str, found)))
