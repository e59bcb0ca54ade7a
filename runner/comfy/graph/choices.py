"""Choices that there aren't."""

from __future__ import annotations

from collections.abc import Sequence

from ....studio.errors import did_you_mean


def not_offered(value: str, choices: Sequence[str]) -> tuple[str, str]:
    """What to say of a choice that there isn't, and the cure: of a model that is gone, what follows it.

    >>> not_offered("imagen-4", ["gen4-image"])
    ('imagen-4 is gone: vertex had it until 2026-06-30', 'use gemini-3.1-flash-lite-image')
    """
    from ....studio.providers.models import gone

    was = gone().get(value)
    return was.fault if was else (f"{value!r} is not one of its choices", did_you_mean(value, choices[:40]))
