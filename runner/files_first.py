"""What `storyreel story.yaml` means: a file where a command is expected is answered with the command that takes it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from typer.core import TyperGroup


class Commands(TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and Path(args[0]).is_file():
            ctx.fail(f"{args[0]} is a file; try: storyreel {_taker(Path(args[0]))} {shlex.quote(args[0])}")
        return super().resolve_command(ctx, args)


def _taker(path: Path) -> str:
    from ..studio.errors import BadInput
    from . import document

    try:
        return "run" if document.read(path).kind in ("ui", "api") else "render"
    except BadInput:  # and `check` says why
        return "check"
