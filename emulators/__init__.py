"""Strict local emulators of the services that make clips: for rehearsals and for tests.

with Emulator(work=0.2) as emulator:        # Vertex, the Gemini API and Runway on one port of this machine
    os.environ.update(emulator.environment)
with rehearsal() as environment:            # the same, set up for a person to look at
    ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .rehearsing import rehearsal
    from .server import Emulator

__all__ = ["Emulator", "rehearsal"]


def __getattr__(name: str) -> Any:
    # The server brings aiohttp along.
    if name == "Emulator":
        from .server import Emulator

        return Emulator
    if name == "rehearsal":
        from .rehearsing import rehearsal

        return rehearsal
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
