"""What a storyboard will cost: a quote per scene, before anything is sent. Needs no key and asks nobody.

>>> found = quote(storyboard, Path("/films"))
>>> found.cost, found.scenes[0].seconds
(Decimal('6.40'), Fraction(8, 1))
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from .casting import cheaper, plan
from .check import check
from .errors import Fault
from .providers.contract import Shot
from .scenes import Storyboard
from .shots import shot_of, wish_of


class Quoted(NamedTuple):
    """One scene: who would be asked first, and for how much."""

    index: int
    prompt: str
    provider: str
    model: str
    resolution: str
    """Empty for what is made on this machine."""
    seconds: Fraction
    """Of clip that are made and paid for."""
    cost: Decimal
    """Dollars that are still to be paid."""
    ready: bool
    owned: bool
    """Whether the clip was bought before."""
    cheaper: tuple[str, ...]


class Quote(NamedTuple):
    scenes: tuple[Quoted, ...]
    """Those that can be made."""
    faults: tuple[Fault, ...]

    @property
    def cost(self) -> Decimal:
        return sum((scene.cost for scene in self.scenes), Decimal(0))

    def table(self) -> str:
        """For a person: a line per scene, the total, and what is wrong."""
        rows = [("#", "scene", "made by", "seconds", "price")]
        for scene in self.scenes:
            by = " ".join(dict.fromkeys(word for word in (scene.model, scene.resolution) if word))
            by += "" if scene.model == scene.provider else f", {scene.provider}"
            price = "bought before" if scene.owned else f"${scene.cost:.2f}" if scene.cost else "free"
            price += "" if scene.ready else " (no key)"
            rows.append((str(scene.index + 1), _brief(scene.prompt), by, f"{float(scene.seconds):g}", price))
        rows.append(("", "total", "", "", f"${self.cost:.2f}"))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            f"{row[0]:>{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}"
            for row in rows
        ]
        return "\n".join([*(line.rstrip() for line in lines), *map(str, self.faults)])


def quote(storyboard: Storyboard, folder: Path) -> Quote:
    """Every price and every fault of a storyboard; its files are looked for in `folder`."""
    faults = tuple(check(storyboard, folder, ready=False))
    found = []
    for number, scene in enumerate(storyboard.scenes):
        if any(fault.place.startswith(f"scenes[{number}]") for fault in faults):
            continue
        shot, wish = shot_of(storyboard, number, folder), wish_of(storyboard, number)
        planned = plan(wish, shot)
        if planned is None:
            continue
        can, owned = planned.capability, not planned.capability.free and _owned(storyboard, number, shot)
        found.append(
            Quoted(
                number,
                scene.prompt,
                can.provider,
                can.model,
                "" if can.free else shot.resolution,
                planned.seconds,
                Decimal(0) if owned else planned.cost,
                planned.ready,
                owned,
                () if can.free or owned else tuple(cheaper(shot, can)),
            )
        )
    return Quote(tuple(found), faults)


def _owned(storyboard: Storyboard, number: int, shot: Shot) -> bool:
    """Whether the clip that would be served is there already."""
    return False


def _brief(text: str, longest: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
