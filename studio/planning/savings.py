"""What would be cheaper, of a whole film: only what is enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from .model_choice import Way


def ways(scenes: Iterable[tuple[str, Sequence[Way]]], over: Decimal, most: int = 3) -> str:
    """For scenes by their names, the changes by which the film costs at least `over` less: each of them alone; where
    none is enough alone, several together. Empty where all together aren't."""
    known = [(name, list(found)) for name, found in scenes if found]
    alone = [(name, enough) for name, found in known if (enough := [w for w in found if w.saves >= over])]
    if alone:
        return "; ".join(f"{name}: {_or(enough)}" for name, enough in alone[:most])
    paid = [(name, [way for way in found if way.cost] or found) for name, found in known]
    for choice in (paid, known):
        chosen, saved = [], Decimal(0)
        for name, best in sorted(
            ((name, max(found, key=lambda way: way.saves)) for name, found in choice),
            key=lambda each: -each[1].saves,
        ):
            chosen.append(f"{name}: {best}")
            saved += best.saves
            if saved >= over:
                return "together " + "; ".join(chosen)
    return ""


def _or(found: Sequence[Way]) -> str:
    return ", or ".join(map(str, found))
