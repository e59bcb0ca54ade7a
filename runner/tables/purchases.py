"""Ledger and vault for a person, as tables, and for a program, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from ...studio.ledger import Attempt, Entry, Intent, Performance, StoredTake, dollars_text
from ...studio.ledger.audit import Finding, cure
from ..display.progress import many, size
from .results import brief, fitted, plain_table

if TYPE_CHECKING:
    from ...studio.ledger.purchases import Bill, Held

_COLOURS = {
    "stored": "green",
    "unknown": "bold yellow",
    "sending": "yellow",
    "running": "cyan",
    "done": "cyan",
    "failed": "red",
    "lost": "red",
}


def plain(value: Any) -> Any:
    """For JSON: money as numbers, times as they are written with their zone."""
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if hasattr(value, "__dataclass_fields__"):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {
            key: stamp(each) if key.endswith("_at") or key == "at" else plain(each)
            for key, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def stamp(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")


def moment(at: float) -> str:
    """In this machine's time."""
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")


def state(attempt: Attempt) -> str:
    said = attempt.state.value + (f" ({attempt.kind})" if attempt.kind and not attempt.open else "")
    colour = _COLOURS.get(attempt.state.value)
    return f"[{colour}]{escape(said)}[/]" if colour else escape(said)


def money(attempt: Attempt) -> str:
    """What it cost, or what is held back for it."""
    if attempt.open and not attempt.charged:
        return f"({dollars_text(attempt.reserved)})"
    return dollars_text(attempt.charged) if attempt.charged else "-"


def show_attempts(out: Console, attempts: Sequence[Attempt], prompts: Mapping[str, str], more: int) -> None:
    if not attempts:
        out.print("Nothing was bought.")
        return
    table = plain_table("attempt", "begun", "by", "state", "cost", "film", "prompt", right=(4,))
    for one in attempts:
        by = escape(f"{one.model}, {one.provider}")
        film, prompt = brief(one.film), brief(prompts.get(one.key))
        table.add_row(one.id[:8], moment(one.begun_at), by, state(one), money(one), film, prompt)
    fitted(out, table)
    spent = sum((one.charged for one in attempts), Decimal(0))
    held = sum((one.reserved for one in attempts), Decimal(0))
    sums = f"{dollars_text(spent)} paid" + (f", ({dollars_text(held)}) reserved" if held else "")
    out.print(f"{sums}; {more} older ones not shown, see --limit" if more else sums)


def show_orphans(out: Console, attempts: Sequence[Attempt]) -> None:
    if not attempts:
        out.print("[green]Somebody follows every attempt that isn't finished.[/]")
        return
    table = plain_table("attempt", "begun", "by", "state", "cost", "operation", right=(4,))
    for one in attempts:
        by = escape(f"{one.model}, {one.provider}")
        table.add_row(one.id[:8], moment(one.begun_at), by, state(one), money(one), brief(one.operation))
    fitted(out, table)
    for one in attempts:
        out.print(f"{one.id[:8]} [cyan]→ {escape(cure(one))}[/]", soft_wrap=True)
    out.print("Running the same command again that asked for them does it too.")


def show_attempt(
    out: Console,
    one: Attempt,
    intent: Intent,
    history: Iterable[Entry],
    take: StoredTake | None,
    clip: str | None,
) -> None:
    out.print(f"[bold]{one.id}[/]  {state(one)}", soft_wrap=True)
    facts = {
        "clip": f"take {intent.take} of {intent.base}",
        "film": one.film,
        "by": f"{one.model} through {one.provider}",
        "operation": one.operation,
        "cost": _cost(one),
        "why": one.why,
        "begun": f"{moment(one.begun_at)} by {one.owner}",
        "file": clip,
    }
    if take is not None:
        sound = "with sound" if take.audio else "silent"
        seen = f"{take.width}x{take.height}, {take.fps:g} fps, {take.duration:.2f} s, {sound}"
        seen = seen if take.width else f"{take.duration:.2f} s of sound"
        facts["made"] = f"{seen}, {size(take.bytes)}"
    for name, value in facts.items():
        if value:
            out.print(f"[dim]{name:>10}[/]  {escape(str(value))}", soft_wrap=True)
    for name, value in intent.request.items():
        out.print(f"[dim]{name:>16}[/]  {brief(value)}", soft_wrap=True)
    table = plain_table("when", "what", "amount", "reserved", "charged", "why", right=(2, 3, 4))
    for entry in history:
        when = datetime.fromtimestamp(entry.at).strftime("%Y-%m-%d %H:%M:%S")
        amounts = [_amount(value) for value in (entry.amount, entry.reserved, entry.charged)]
        table.add_row(when, escape(entry.event), *amounts, brief(entry.why))
    fitted(out, table)


def _cost(one: Attempt) -> str:
    held = f", {dollars_text(one.reserved)} reserved" if one.reserved else ""
    return f"{dollars_text(one.charged)} paid{held}, {dollars_text(one.estimate)} expected"


def _amount(amount: Decimal) -> str:
    if not amount:
        return ""
    return dollars_text(amount) if amount > 0 else "-" + dollars_text(-amount)


def show_findings(out: Console, findings: Sequence[Finding], clips: int, attempts: int) -> None:
    for finding in findings:
        mark = "[bold yellow]?[/]" if finding.kind in ("unknown", "abandoned", "stray") else "[bold red]✗[/]"
        out.print(f"{mark} {finding.place[:12]}: {escape(finding.message)}", soft_wrap=True)
        out.print(f"  [cyan]→ {escape(finding.cure)}[/]", soft_wrap=True)
    count = f"{many(attempts, 'attempt')}, {many(clips, 'clip')}"
    out.print(f"{count}: {len(findings)} to look at" if findings else f"[green]{count}: all is well.[/]")


def show_bills(out: Console, bills: Sequence[Bill], models: Sequence[Performance] = ()) -> None:
    if not bills:
        out.print("Nothing was bought.")
        return
    table = plain_table(
        "film", "clip", "take", "by", "paid", "wasted", "reserved", "why", "prompt", right=(2, 4, 5, 6)
    )
    for bill in bills:
        amounts = [_amount(bill.paid), _amount(bill.wasted), _amount(bill.reserved)]
        by = escape(", ".join(bill.by))
        table.add_row(
            brief(bill.film),
            bill.base[:8],
            str(bill.take),
            by,
            *amounts,
            escape(bill.why),
            brief(bill.prompt),
        )
    fitted(out, table)
    sums = [
        sum((getattr(bill, name) for bill in bills), Decimal(0)) for name in ("paid", "wasted", "reserved")
    ]
    said = f"{dollars_text(sums[0])} paid"
    if sums[1]:
        said += f", of which {dollars_text(sums[1])} for clips that didn't come"
    out.print(said + (f"; {dollars_text(sums[2])} reserved" if sums[2] else ""))
    if models:
        show_models(out, models)


def show_models(out: Console, models: Sequence[Performance]) -> None:
    counts = ("attempts", "stored", "failed", "refused", "unknown", "lost")
    table = plain_table("model", "by", *counts, "time", "paid", right=tuple(range(2, 10)))
    for one in models:
        numbers = [str(getattr(one, name) or "") for name in counts]
        seconds = "" if one.seconds is None else f"{one.seconds:.0f} s"
        table.add_row(escape(one.model), escape(one.provider), *numbers, seconds, _amount(one.charged))
    out.print()
    fitted(out, table)


def show_clips(out: Console, held: Sequence[Held], folder: str) -> None:
    if not held:
        out.print(f"There are no clips in {escape(folder)}.", soft_wrap=True)
        return
    table = plain_table(
        "clip", "stored", "by", "size", "length", "file", "cost", "film", "prompt", right=(4, 5, 6)
    )
    for one in held:
        take = one.take
        by = escape(f"{one.attempt.model}, {one.attempt.provider}")
        length, cost = f"{take.duration:.1f} s", dollars_text(one.cost)
        there = size(take.bytes) if one.path.is_file() else "[red]missing[/]"
        seen = f"{take.width}x{take.height}" if take.width else "sound"
        row = [take.key[:12], moment(take.stored_at), by, seen, length, there, cost]
        table.add_row(*row, brief(one.attempt.film), brief(one.prompt))
    fitted(out, table)
    total = sum(one.take.bytes for one in held if one.path.is_file())
    cost = sum((one.cost for one in held), Decimal(0))
    out.print(
        f"{many(len(held), 'clip')}, {size(total)}, {dollars_text(cost)}; in {escape(folder)}", soft_wrap=True
    )
