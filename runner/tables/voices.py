"""What `storyreel voices` shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from .results import brief, fitted, plain_table


def show_voices(out: Console, found: Mapping[str, Any]) -> None:
    offline, doors = found["offline"], found["doors"]
    _show_readiness(out, "offline", found["missing"], "ready, free")
    for warning in found["warnings"]:
        out.print(f"  [yellow]note:[/] {escape(warning)}", soft_wrap=True)
    if offline:
        table = plain_table("voice", "speaks", "name")
        for each in offline:
            table.add_row(*map(brief, (each["voice"], " ".join(each["languages"]), each["name"])))
        fitted(out, table)
        _show_timbres(out, offline[0]["voice"], found["timbres"])
    for provider in dict.fromkeys(door["provider"] for door in doors):
        own = [door for door in doors if door["provider"] == provider]
        out.print()
        _show_readiness(out, provider, own[0]["missing"], "ready")
        models: dict[tuple[str, ...], list[str]] = {}
        for door in own:
            models.setdefault(tuple(door["voices"]), []).append(door["model"])
        for voices, names in models.items():
            _show_names(out, f"[bold]{escape(', '.join(names))}[/]", voices)


def _show_readiness(out: Console, name: str, missing: Iterable[str], ready: str) -> None:
    state = "[yellow]not ready[/]" if missing else f"[green]{ready}[/]"
    out.print(f"[bold]{escape(name)}[/]  {state}", soft_wrap=True)
    for sentence in missing:
        out.print(f"  [cyan]→ {escape(sentence)}[/]", soft_wrap=True)


def _show_timbres(out: Console, voice: str, timbres: Iterable[Mapping[str, str]]) -> None:
    by_gender: dict[str, list[str]] = {}
    for each in timbres:
        by_gender.setdefault(each["gender"], []).append(each["timbre"])
    for gender, names in sorted(by_gender.items()):
        _show_names(out, f"each {escape(gender)}, as {escape(voice)}+{escape(names[0])}:", names)


def _show_names(out: Console, head: str, names: Iterable[str]) -> None:
    out.print(Padding(f"{head} {escape(' '.join(names))}", (0, 0, 0, 2), expand=False))
