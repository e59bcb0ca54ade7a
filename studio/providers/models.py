"""Every model of every provider, and those that are gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from . import PROVIDERS
from .capability import Capability, Data, file_of, rows


@cache
def catalogue() -> tuple[Capability, ...]:
    """Every cloud model through every door, in the order in which `auto` prefers them: by rank, then by door."""
    found = [row for door in PROVIDERS for row in rows(door)]
    return tuple(sorted(found, key=lambda row: row.rank))


class Gone(Data):
    """A model that a provider has no more."""

    provider: str
    model: str
    since: date
    successor: str
    """Our name of the model to ask instead."""
    source: str

    @property
    def fault(self) -> tuple[str, str]:
        """What to say to whoever names it, and the cure.

        >>> gone()["imagen-4"].fault
        ('imagen-4 is gone: vertex had it until 2026-06-30', 'use gemini-3.1-flash-lite-image')
        """
        return f"{self.model} is gone: {self.provider} had it until {self.since}", f"use {self.successor}"


@cache
def gone() -> Mapping[str, Gone]:
    """Models of former releases that nobody offers any more, by our names of them."""
    found = [Gone.model_validate(each) for name in PROVIDERS for each in file_of(name).get("gone", ())]
    return {each.model: each for each in found}
