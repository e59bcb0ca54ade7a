"""What is looked at before a command reads its own arguments: a file where a command is expected is answered with the
command that takes it, and an option with two values is refused."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from typer.core import TyperGroup


class Commands(TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and Path(args[0]).is_file():
            ctx.fail(f"{args[0]} is a file; try: storyreel {_taker(Path(args[0]))} {shlex.quote(args[0])}")
        found = super().resolve_command(ctx, args)
        if twice := _given_twice(found[1], found[2]):
            ctx.fail(f"{twice} is given twice with different values, and takes one: leave one out")
        return found


def _given_twice(command: Any, args: list[str]) -> str:
    """An option that takes one value and is given several; click would take the last and say nothing."""
    while hasattr(command, "commands"):  # a group: `ledger show …`
        at = next((place for place, arg in enumerate(args) if arg in command.commands), None)
        if at is None:
            return ""
        command, args = command.commands[args[at]], args[at + 1 :]
    options = {
        name: each
        for each in command.params
        if each.param_type_name == "option" and not each.is_flag and not each.count
        for name in each.opts
    }
    given: dict[str, str] = {}
    rest = iter(args)
    for arg in rest:
        if arg == "--":
            break
        name, equals, value = arg.partition("=")
        if not arg.startswith("--") and arg[:2] in options and len(arg) > 2:
            name, equals, value = arg[:2], "=", arg[2:]
        if name not in options:
            continue
        option = options[name]
        value = value if equals else next(rest, "")
        if not option.multiple and given.setdefault(option.name, value) != value:
            return name
    return ""


def _taker(path: Path) -> str:
    from ...studio.errors import BadInput
    from ..jobs import document

    try:
        return "run" if document.read(path).kind in ("ui", "api") else "render"
    except BadInput:  # and `check` says why
        return "check"
