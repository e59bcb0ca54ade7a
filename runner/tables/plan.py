"""What `render --dry-run` shows: who makes each scene and for how much, every fault, what is left to spend.

A person who is asked for consent sees the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from ...studio.ledger import dollars_text
from ...studio.ledger.budgets import left
from ...studio.timecode import clock
from ..jobs.results import MARK
from .results import brief, fitted, plain_table, price

if TYPE_CHECKING:
    from ..jobs.preflight import Row, Script


def plain_plan(script: Script, film: Path, rehearsal: bool) -> dict[str, Any]:
    budgets = [budget.to_plain() for budget in left()]
    return {**script.to_plain(film), "budgets": budgets, "rehearsal": rehearsal}


def show_plan(out: Console, script: Script, film: Path, rehearsal: bool = False) -> None:
    settings = script.board.settings
    facts = [
        f"{settings.width}x{settings.height}",
        f"{float(settings.fps):g} fps",
        f"{script.frames} frames",
        f"{clock(script.duration)} long",
        f"costs {price(script.cost) if script.cost else 'nothing'}"
        + (" without what is at fault" if script.faults else ""),
    ]
    mark = f"[bold yellow]{MARK}[/] · " if rehearsal else ""
    out.print(f"{mark}[bold]{brief(script.title)}[/] would become {escape(str(film))}", soft_wrap=True)
    out.print(" · ".join(facts))
    _show_scenes(out, script)
    for warning in (*script.warnings, *map(script.named, script.waits)):
        out.print(f"[yellow]note:[/] {escape(warning)}", soft_wrap=True)
    for sentence in script.missing:
        out.print(f"[yellow]not ready:[/] {escape(sentence)}", soft_wrap=True)
    for budget in left():
        share = script.share(budget.door)
        line = f"{dollars_text(budget.left)} of {dollars_text(budget.limit)} left {budget.name}"
        enough = "" if share <= budget.left else " [red]is not enough[/]"
        out.print(f"[dim]budget:[/] {escape(line)}{enough}", soft_wrap=True)
    for fault in script.faults:
        place = f"[bold]{escape(fault.place)}:[/] " if fault.place else ""
        cure = f"[cyan]; {escape(fault.cure)}[/]" if fault.cure else ""
        out.print(f"[red]fault:[/] {place}{escape(fault.message)}{cure}", soft_wrap=True)


def _show_scenes(out: Console, script: Script) -> None:
    rows = script.rows
    if all(row.bought is None and row.cost is not None for row in rows):
        table = plain_table(
            "scene", "from", "to", "frames", "cost", "by", "transition", "prompt", right=(0, 1, 2, 3, 4)
        )
        for row in rows:
            times = str(row.index), clock(row.start), clock(row.end), str(row.frames)
            table.add_row(
                *times, price(row.cost), brief(row.provider), brief(row.transition), brief(row.prompt)
            )
        fitted(out, table)
        return
    table = plain_table(
        "scene",
        "from",
        "shown",
        "bought",
        "price",
        "by",
        "size",
        "prompt",
        right=(0, 1, 2, 3, 4),
    )
    for row in rows:
        table.add_row(
            str(row.index),
            clock(row.start),
            f"{float(row.end - row.start):.3g} s",
            f"{float(row.bought):.3g} s" if row.bought is not None else "",
            _cost(row),
            _by(row),
            brief(row.resolution),
            brief(row.prompt),
        )
    bought = sum(row.bought or 0 for row in rows if not row.reused)
    table.add_section()
    totals = f"{float(script.duration):.4g} s", f"{float(bought):.4g} s", f"[bold]{price(script.cost)}[/]"
    table.add_row("", "", *totals)
    fitted(out, table)


def _cost(row: Row) -> str:
    if row.reused:
        return "bought before"
    return "[red]?[/]" if row.cost is None else price(row.cost)


def _by(row: Row) -> str:
    """The model and, where it isn't the same word, the door."""
    if row.model is None or row.model == row.provider:
        return brief(row.provider)
    return brief(f"{row.model}, {row.provider}")
