"""Tables of who can talk."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from ...studio.providers.heygen.people import Avatar, Voice
from .results import brief, fitted, plain_table

_KINDS = {"studio_avatar": "studio", "digital_twin": "twin", "photo_avatar": "photo"}


def show_avatars(out: Console, found: Sequence[Avatar]) -> None:
    if not found:
        out.print("No avatar is called so.")
        return
    table = plain_table("avatar", "gender", "made of", "its voice", "name")
    for each in found:
        made_of = _KINDS.get(each.kind, each.kind)
        table.add_row(*map(brief, (each.id, each.gender, made_of, each.voice, each.name)))
    fitted(out, table)


def show_voices(out: Console, found: Sequence[Voice]) -> None:
    if not found:
        out.print("No voice is called so.")
        return
    table = plain_table("voice", "language", "gender", "name")
    for each in found:
        table.add_row(*map(brief, (each.id, each.language, each.gender, each.name)))
    fitted(out, table)
