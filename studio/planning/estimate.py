"""What a storyboard will cost: a quote per scene, before anything is sent. Needs no key and asks nobody.

found = quote(storyboard, Path("/films"))
found.cost, found.scenes[0].seconds
# (Decimal('6.40'), Fraction(8, 1))
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..config import config
from ..errors import BadInput, Fault, OverBudget
from ..ledger.budgets import Left, left
from ..storyboard.model import Storyboard
from .model_choice import Way, cheaper, plan
from .reuse import known, ledger_if_any
from .savings import ways
from .steps import Step, steps
from .validate import check


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
    cheaper: tuple[Way, ...]
    shared: bool = False
    """Whether it is the clip of an earlier scene once more."""
    drawn: int = 0
    """Frames that are to be drawn before it; their price is in its cost."""
    frames_cost: Decimal = Decimal(0)
    """That price."""
    sounds_cost: Decimal = Decimal(0)
    """Of its cost, what its narration and its music take."""


class Quote(NamedTuple):
    scenes: tuple[Quoted, ...]
    """Those that can be made."""
    faults: tuple[Fault, ...]

    @property
    def cost(self) -> Decimal:
        return sum((scene.cost for scene in self.scenes), Decimal(0))

    @property
    def frames_cost(self) -> Decimal:
        """Dollars that are still to be paid for frames; a part of the cost."""
        return sum((scene.frames_cost for scene in self.scenes), Decimal(0))

    def table(self) -> str:
        """For a person: a line per scene, the total, and what is wrong."""
        rows = [("#", "scene", "made by", "seconds", "price")]
        for scene in self.scenes:
            by = " ".join(dict.fromkeys(word for word in (scene.model, scene.resolution) if word))
            by += "" if scene.model == scene.provider else f", {scene.provider}"
            price = (
                "as above"
                if scene.shared
                else "bought before"
                if scene.owned
                else f"${scene.cost:.2f}"
                if scene.cost
                else "free"
            )
            price += f", {scene.drawn} frame{'s' * (scene.drawn > 1)} with it" if scene.drawn else ""
            price += "" if scene.ready else " (no key)"
            rows.append((str(scene.index), _brief(scene.prompt), by, f"{float(scene.seconds):g}", price))
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
    faulty = {number for number in range(len(storyboard.scenes)) if _at_fault(number, faults)}
    found: dict[int, Quoted] = {}
    seen: set[str] = set()
    with ledger_if_any() as ledger:
        for step, shot, key, made in known(storyboard, steps(storyboard, folder, without=faulty), ledger):
            planned = plan(step.wish, shot)
            if planned is None:
                continue
            can = planned.capability
            paid = made is not None or key in seen
            one = Quoted(
                step.scene,
                storyboard.scenes[step.scene].prompt,
                can.provider,
                can.model,
                "" if can.free else shot.resolution,
                planned.seconds,
                Decimal(0) if paid else planned.cost,
                planned.ready,
                made is not None,
                () if can.free or paid else tuple(cheaper(shot, can)),
                bool(key) and key in seen,
            )
            found[step.scene] = _together(found.get(step.scene), one, step)
            seen |= {key} - {""}
    whole = [scene for number, scene in sorted(found.items()) if scene.model]
    return Quote(tuple(whole), faults)


def _at_fault(number: int, faults: Sequence[Fault]) -> bool:
    return any(re.match(rf"scenes\[{number}\]", fault.place) for fault in faults)


def _together(so_far: Quoted | None, one: Quoted, step: Step) -> Quoted:
    """A scene's quote with one more of its steps; it is by whoever makes its clip, or that clip's first part."""
    if step.sounds:
        one = one._replace(provider="", model="", resolution="", seconds=Fraction(0), cheaper=())
        one = one._replace(sounds_cost=one.cost + (so_far.sounds_cost if so_far else 0))
        if so_far is not None:
            one = one._replace(drawn=so_far.drawn, frames_cost=so_far.frames_cost)
    elif step.draws:
        drawn = (so_far.drawn if so_far else 0) + (not one.owned and not one.shared)
        cost = one.cost + (so_far.frames_cost if so_far else 0)
        one = one._replace(provider="", model="", resolution="", seconds=Fraction(0), cheaper=())
        one = one._replace(drawn=drawn, frames_cost=Decimal(cost))
    elif so_far is not None:
        one = one._replace(drawn=so_far.drawn, frames_cost=so_far.frames_cost)
    if so_far is None:
        return one
    by = so_far if so_far.model else one
    return by._replace(
        seconds=so_far.seconds + one.seconds,
        cost=so_far.cost + one.cost,
        ready=so_far.ready and one.ready,
        owned=so_far.owned and one.owned,
        shared=so_far.shared and one.shared,
        drawn=one.drawn,
        frames_cost=one.frames_cost,
        sounds_cost=one.sounds_cost,
    )


def within(found: Quote, cap: Decimal) -> None:
    """Raises OverBudget if the storyboard costs more than `cap`, or than is left of a budget: with every reason, and
    what would be cheaper. Raises BadInput with the storyboard's faults."""
    if found.faults:
        raise BadInput("the storyboard can't be shot as it is", faults=found.faults)
    budgets = [Left("this guard", cap, Decimal(0)), *left()]
    if (video := config().budgets.video) is not None:
        budgets.append(Left("a video", video, Decimal(0)))
    said, over = [], Decimal(0)
    for budget in budgets:
        cost = sum((s.cost for s in found.scenes if budget.door in (None, s.provider)), Decimal(0))
        if cost > budget.left:
            over = max(over, cost - budget.left)
            of = f" of ${budget.limit:.2f}" if budget.used else ""
            said.append(f"${cost:.2f} is more than the ${budget.left:.2f} that {budget.name} has left{of}")
    if said:
        dear = sorted((s for s in found.scenes if s.cost), key=lambda scene: -scene.cost)
        enough = ways(((f"scene {scene.index}", scene.cheaper) for scene in dear), over)
        cure = f"raise it, or choose something cheaper: {enough}" if enough else "raise it"
        raise OverBudget("; ".join(said), cure)


def _brief(text: str, longest: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
