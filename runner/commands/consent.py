"""Who says yes to spending money, before anything is sent.

A run that costs nothing asks nobody. One that costs something needs `--allow-spend`, or a yes on the terminal; and what
it may spend is what was shown, or `--max-cost`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

from ...studio.errors import BadInput
from ...studio.ledger import dollars_text
from ...studio.ledger.budgets import left

if TYPE_CHECKING:
    from ..jobs.preflight import Script

FLAG = "--allow-spend"


def agreed(
    script: Script,
    allow: bool,
    most: Decimal | None,
    ask: Callable[[str], bool] | None,
    gaps: bool = False,
    frames: bool = False,
) -> Decimal:
    """The dollars that making the film may cost, or only its `frames`; `most` is --max-cost. `ask` puts a question to a
    person, None where there is nobody. A film that may have `gaps` may be begun with too little left in a budget.

    Raises BadInput, which names the price and the flag, if nobody agrees.
    """
    if frames:
        return _agreed_to_frames(script, allow, most, ask)
    cost = script.cost
    if most is not None and cost > most:
        message = f"the film would cost {dollars_text(cost)}, and --max-cost allows {dollars_text(most)}"
        raise BadInput(message, f"raise it, or choose something cheaper: {_ways(script, cost - most)}")
    for budget in left() if cost and not gaps else ():
        share = script.share(budget.door)
        if share > budget.left:
            rest = f"{dollars_text(budget.left)} is left {budget.name}"
            ways = _ways(script, share - budget.left)
            cure = f"raise the budget in config.toml, or choose something cheaper: {ways}"
            raise BadInput(f"the film would cost {_cents(share)}, and {rest}", cure)
    if allow:
        return cost if most is None else most
    if not cost:
        return Decimal(0)
    if ask is None:
        message = f"the film would cost {_cents(cost)} ({_by_door(script)}), and nobody has agreed to that"
        raise BadInput(message, f"agree with {FLAG}; --dry-run shows the price of each scene")
    if not ask(f"Spend up to {_cents(cost if most is None else most)}?"):
        raise BadInput("nothing was sent and nothing was spent: you said no")
    return cost if most is None else most


def _agreed_to_frames(
    script: Script, allow: bool, most: Decimal | None, ask: Callable[[str], bool] | None
) -> Decimal:
    cost = script.frames_cost
    if most is not None and cost > most:
        message = f"the frames would cost {dollars_text(cost)}, and --max-cost allows {dollars_text(most)}"
        raise BadInput(message, "raise it, or name a cheaper model under keyframes")
    limit = cost if most is None else most
    if cost and not allow:
        if ask is None:
            message = f"drawing the frames would cost {_cents(cost)}, and nobody has agreed to that"
            raise BadInput(message, f"agree with {FLAG}; --dry-run shows the price of each scene")
        if not ask(f"Spend up to {_cents(limit)} on the frames?"):
            raise BadInput("nothing was sent and nothing was spent: you said no")
    return limit


def agreed_to_graph(
    graph: Mapping[str, Any], object_info: Mapping[str, Any], allow: bool, ask: Callable[[str], bool] | None
) -> None:
    """The same for a workflow: nodes that buy clips need a yes. Raises BadInput that names them."""
    from ..comfy.client.refusal import place_of

    paid = [
        (place_of(graph, node), limit)
        for node, entry in graph.items()
        if (limit := _may_spend(entry, object_info)) is not None
    ]
    if not paid or allow:
        return
    named = ", ".join(f"{place}{f' (up to {dollars_text(limit)})' if limit else ''}" for place, limit in paid)
    if ask is None:
        message = f"the workflow has nodes that spend money, and nobody has agreed to that: {named}"
        raise BadInput(message, f"agree with {FLAG}")
    if not ask(f"Nodes that spend money: {named}. Run it?"):
        raise BadInput("nothing was sent and nothing was spent: you said no")


def server_may_spend(allow: bool, most: Decimal | None) -> Decimal | None:
    """Dollars for all workflows of a server: None where nobody has agreed to anything, 0 where only what was bought
    before may be used. Raises BadInput for one half of the consent without the other."""
    if allow and most is None:
        raise BadInput(f"a server with {FLAG} needs a limit", "add --max-cost DOLLARS")
    if most is not None and not allow:
        raise BadInput("--max-cost alone is no consent", f"add {FLAG}")
    return most


def _cents(amount: Decimal) -> str:
    """Rounded up: nobody is asked for less than it costs."""
    return dollars_text(amount.quantize(Decimal("0.01"), ROUND_UP))


def _may_spend(entry: Mapping[str, Any], object_info: Mapping[str, Any]) -> Decimal | None:
    """Dollars that a node may spend at most, 0 where it doesn't say; None if it spends nothing."""
    inputs = entry.get("inputs") or {}
    widgets = (object_info.get(entry["class_type"]) or {}).get("input") or {}
    known = next((each["max_cost"] for each in widgets.values() if "max_cost" in each), None)
    if known is None:
        return None
    usual = (known[1] if len(known) > 1 else {}).get("default", 0)
    try:
        limit = Decimal(str(inputs.get("max_cost", usual) or 0))
    except ArithmeticError:  # a wire: nobody knows yet
        return Decimal(0)
    return limit if limit > 0 else None


def _by_door(script: Script) -> str:
    shares: dict[str, Decimal] = {}
    for row in script.rows:
        for name, cost in ((f"by {row.provider}", (row.cost or 0) - row.sounds), ("for sound", row.sounds)):
            if cost:
                shares[name] = shares.get(name, Decimal(0)) + cost
    return ", ".join(f"{_cents(cost)} {name}" for name, cost in shares.items())


def _ways(script: Script, over: Decimal) -> str:
    """For the dearest scenes, what would cost as much less as it must."""
    from ...studio.planning.savings import ways

    dear = sorted((row for row in script.rows if row.cost and row.cheaper), key=lambda row: -(row.cost or 0))
    return ways(((f"scene {row.index}", row.cheaper) for row in dear), over) or "--provider animatic is free"
