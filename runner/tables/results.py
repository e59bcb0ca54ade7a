"""Results for a person: what was made, what is there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...studio.ledger import dollars_text
from ...studio.timecode import clock
from ..comfy.client.refusal import place_of
from ..display.progress import size, span
from ..jobs.results import MARK

if TYPE_CHECKING:
    from ..jobs.results import Drawn, Ran, Rendered


def show_film(out: Console, made: Rendered) -> None:
    film = made.film
    out.print(f"[bold green]{escape(str(film['path']))}[/]", soft_wrap=True)
    if made.rehearsal:
        out.print(f"[bold yellow]{MARK}:[/] its clips are the emulators', and nothing was paid")
    facts = [
        f"{film['width']}x{film['height']}",
        f"{film['fps']:g} fps",
        f"{film['frames']} frames",
        f"{clock(film['duration'])} long",
        size(made.bytes),
        f"made in {span(made.seconds)}",
    ]
    if made.cost:
        facts.append(f"{cents(made.cost)}, of which {cents(made.spent)} now")
    out.print(" · ".join(facts))
    table = plain_table("scene", "from", "to", "cost", "by", "prompt", right=(0, 1, 2, 3))
    for scene in made.scenes:
        table.add_row(
            str(scene["index"]),
            "" if scene["start"] is None else clock(scene["start"]),
            "" if scene["end"] is None else clock(scene["end"]),
            _paid(scene),
            _by(scene),
            brief(scene["prompt"]),
        )
    fitted(out, table)
    for warning in made.warnings:
        out.print(f"[yellow]note:[/] {escape(warning)}", soft_wrap=True)


def show_frames(out: Console, drawn: Drawn) -> None:
    out.print(f"[bold green]{escape(str(drawn.sheet['path']))}[/]", soft_wrap=True)
    if drawn.rehearsal:
        out.print(f"[bold yellow]{MARK}:[/] its frames are the emulators', and nothing was paid")
    facts = [f"{cents(drawn.cost)} for the frames, of which {cents(drawn.spent)} now"]
    facts.append(
        f"{cents(drawn.to_pay)} still to pay for the film" if drawn.to_pay else "nothing left to pay"
    )
    out.print(" · ".join(facts))
    table = plain_table("scene", "frame", "cost", "by", "picture", right=(0, 2))
    for scene in drawn.scenes:
        for what in ("first_frame", "last_frame"):
            if frame := scene[what]:
                paid = price(frame["cost"]) + (" before" if frame["reused"] else "")
                seen = brief(frame["picture"]) if frame["picture"] else f"[red]{brief(frame['error'])}[/]"
                by = _by(frame) if frame["picture"] else ""
                table.add_row(str(scene["index"]), what.partition("_")[0], paid, by, seen)
    fitted(out, table)
    for warning in drawn.warnings:
        out.print(f"[yellow]note:[/] {escape(warning)}", soft_wrap=True)
    out.print("the same command without --until goes on and makes the film")


def _paid(scene: Mapping[str, Any]) -> str:
    if scene["state"] != "done":
        return f"[red]{escape(scene['state'])}[/]"
    return price(scene["cost"]) + (" before" if scene["reused"] else "")


def _by(scene: Mapping[str, Any]) -> str:
    words = dict.fromkeys(word for word in (scene["model"], scene["provider"]) if word)
    return escape(", ".join(words))


def show_outputs(out: Console, ran: Ran) -> None:
    for fetched in ran.outputs:
        out.print(f"[bold green]{escape(str(fetched.path))}[/] ({size(fetched.bytes)})", soft_wrap=True)
    for film in ran.films:
        facts = f"{film['width']}x{film['height']} · {film['fps']:g} fps · {film['frames']} frames"
        out.print(f"{facts} · {clock(film['duration'])} long", soft_wrap=True)
        for note in film.get("notes", []):
            out.print(f"[yellow]note:[/] {escape(note)}", soft_wrap=True)
    for node, texts in ran.texts.items():
        for text in texts:
            out.print(f"[bold]{escape(place_of(ran.graph, node))}:[/] {escape(text)}", soft_wrap=True)
    if not ran.outputs and not ran.texts:
        out.print("The workflow ran and made no file.")


def plain_nodes(info: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("display_name", "category", "description", "output_node")
    listed = [{"node": name} | {key: node.get(key) for key in keys} for name, node in sorted(info.items())]
    return {"ok": True, "nodes": listed, "warnings": [], "error": None}


def show_nodes(out: Console, info: Mapping[str, Any]) -> None:
    by_category: dict[str, list[str]] = {}
    for name, node in info.items():
        by_category.setdefault(node.get("category") or "", []).append(name)
    # Ours first; what comes from elsewhere after them.
    for category in sorted(by_category, key=lambda each: (not each.startswith("Storyreel"), each)):
        out.print(f"[bold]{escape(category)}[/]")
        for name in sorted(by_category[category]):
            node = info[name]
            said = " ".join(str(node.get("description") or node.get("display_name") or "").split())
            out.print(f"  {escape(name):34} [dim]{escape(said)}[/]", soft_wrap=True)


def plain_table(*names: str, right: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    for place, name in enumerate(names):
        table.add_column(
            name, justify="right" if place in right else "left", no_wrap=True, overflow="ellipsis"
        )
    return table


def fitted(out: Console, table: Table) -> None:
    """Prints it; where the terminal is narrow the last column gives way, the prompt, and no number."""
    widths = [
        max(out.measure(cell).maximum for cell in (column.header, *column.cells)) for column in table.columns
    ]
    between = 3 * (len(widths) - 1)
    widths[-1] = min(
        widths[-1], max(out.width - sum(widths[:-1]) - between, len(str(table.columns[-1].header)))
    )
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    out.print(table)


def brief(text: Any) -> str:
    """On one line; the table cuts it where the terminal ends."""
    return escape(" ".join(str(text or "").split()))


def price(cost: Any) -> str:
    if cost is None:
        return ""
    amount = Decimal(str(cost))
    return cents(amount) if amount else "free"


def cents(amount: Decimal) -> str:
    """For a person, who counts in cents; `--json` and the ledger have every digit."""
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return dollars_text(rounded if rounded or not amount else amount)
