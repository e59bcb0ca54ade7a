"""`render --rehearse`: this process among emulators, for as long as one command takes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ...studio.errors import BadInput


@contextlib.contextmanager
def rehearsing(rehearse: bool, server: str | None) -> Iterator[None]:
    """Within the block the doors are emulators on this machine, and ledger and vault are the rehearsal's own.

    Raises BadInput if a server is named: what it buys is bought by its own keys.
    """
    if not rehearse:
        yield
        return
    if server:
        raise BadInput(
            f"a rehearsal can't run on {server}: it would pay with its own keys", "leave --server out"
        )
    from ...emulators import rehearsal

    with rehearsal() as environment:
        before = {name: os.environ.get(name) for name in environment}
        _set(environment)
        try:
            yield
        finally:
            _set({name: value or "" for name, value in before.items()})


def _set(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
