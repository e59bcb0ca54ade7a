"""Clips that the ledger doesn't know, as a table and as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape

from ...studio.ledger import dollars_text
from ...studio.ledger.adopt import Stray
from .purchases import moment, plain
from .results import brief, fitted, plain_table


def row(one: Stray) -> dict[str, Any]:
    note = one.note
    return {
        "key": one.key,
        "attempt": note["attempt"],
        "provider": note["provider"],
        "model": note["model"],
        "operation": note.get("operation"),
        "cost": plain(one.cost),
        "prompt": note.get("prompt") or "",
        "film": note.get("film"),
        "path": str(one.path),
        "unknown": one.unknown,
    }


def show_strays(out: Console, found: Sequence[Stray]) -> None:
    table = plain_table("clip", "bought", "by", "cost", "film", "prompt", "unknown", right=(3,))
    for one in found:
        note = one.note
        by, cost = escape(f"{note['model']}, {note['provider']}"), dollars_text(one.cost or Decimal(0))
        words = brief(str(note.get("film") or "")), brief(str(note.get("prompt") or ""))
        table.add_row(one.key[:12], moment(one.bought_at), by, cost, *words, escape(", ".join(one.unknown)))
    fitted(out, table)
