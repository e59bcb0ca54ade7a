"""Results for a person: what was made, what is there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...studio.timecode import clock
from ..client.refusal import place_of
from .progress import size, span

if TYPE_CHECKING:
    from ..render import Rendered
    from ..run import Ran
    from ..script import Script


def show_film(out: Console, made: Rendered) -> None:
    film = made.film
    out.print(f"[bold green]{escape(str(film['path']))}[/]", soft_wrap=True)
    facts = [
        f"{film['width']}x{film['height']}",
        f"{film['fps']:g} fps",
        f"{film['frames']} frames",
        f"{clock(film['duration'])} long",
        size(made.bytes),
        f"made in {span(made.seconds)}",
    ]
    out.print(" · ".join(facts))
    table = _table("scene", "from", "to", "cost", "by", "prompt", right=(0, 1, 2, 3))
    for scene in made.scenes:
        table.add_row(
            str(scene["index"]),
            clock(scene["start"]),
            clock(scene["end"]),
            _dollars(scene["cost"]),
            str(scene["provider"] or ""),
            _brief(scene["prompt"]),
        )
    out.print(table)
    for warning in made.warnings:
        out.print(f"[yellow]note:[/] {escape(warning)}", soft_wrap=True)


def show_script(out: Console, script: Script, film: Path) -> None:
    settings = script.board.settings
    facts = [
        f"{settings.width}x{settings.height}",
        f"{float(settings.fps):g} fps",
        f"{script.frames} frames",
        f"{clock(script.duration)} long",
        f"costs {_dollars(script.cost)}",
    ]
    out.print(f"[bold]{escape(script.title)}[/] would become {escape(str(film))}", soft_wrap=True)
    out.print(" · ".join(facts))
    table = _table(
        "scene", "from", "to", "frames", "cost", "by", "transition", "prompt", right=(0, 1, 2, 3, 4)
    )
    for row in script.rows():
        table.add_row(
            str(row.index),
            clock(row.start),
            clock(row.end),
            str(row.frames),
            _dollars(row.cost),
            row.provider,
            row.transition,
            _brief(row.prompt),
        )
    out.print(table)
    for warning in script.warnings:
        out.print(f"[yellow]note:[/] {escape(warning)}", soft_wrap=True)


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


def plain_providers() -> dict[str, Any]:
    from ...studio.providers import providers

    listed = []
    for provider in providers():
        missing = provider.missing()
        models = [can.model_dump(mode="json") for can in provider.capabilities()]
        listed.append({"provider": provider.name, "models": models, "ready": not missing, "missing": missing})
    return {"ok": True, "providers": listed, "warnings": [], "error": None}


def show_providers(out: Console) -> None:
    from ...studio.providers import providers

    for provider in providers():
        missing = provider.missing()
        ready = "[green]ready[/]" if not missing else "[yellow]not ready[/]"
        out.print(f"[bold]{escape(provider.name)}[/]  {ready}", soft_wrap=True)
        for can in provider.capabilities():
            prices = ", ".join(
                f"{_dollars(each)} a second {name}".rstrip() for name, each in can.prices.items()
            )
            out.print(
                f"    {escape(can.title)} · from {' or '.join(can.modes)} · {prices or 'free'}",
                soft_wrap=True,
            )
        for sentence in missing:
            out.print(f"    [cyan]→ {escape(sentence)}[/]", soft_wrap=True)


def _table(*names: str, right: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    for place, name in enumerate(names):
        table.add_column(
            name, justify="right" if place in right else "left", no_wrap=True, overflow="ellipsis"
        )
    return table


def _brief(text: Any) -> str:
    """On one line; the table cuts it where the terminal ends."""
    return escape(" ".join(str(text or "").split()))


def _dollars(cost: Any) -> str:
    if cost is None:
        return ""
    amount = Decimal(str(cost))
    return "free" if amount == 0 else f"${amount:.2f}"
