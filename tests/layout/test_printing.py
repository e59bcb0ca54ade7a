"""All that is printed goes through the console, which lets nothing steer a terminal."""

from __future__ import annotations

import ast
from pathlib import Path

PRINTS = {
    "print",
    "sys.stdout.write",
    "sys.stderr.write",
    "sys.stdout.buffer.write",
    "sys.stderr.buffer.write",
    "typer.echo",
    "typer.secho",
    "typer.style",
    "click.echo",
    "rich.print",
    "Console",
    "rich.console.Console",
    "logging.Formatter",
    "logging.basicConfig",
}
MAY = {
    "runner/display/escape.py": {"sys.stdout.write"},
    "runner/display/console.py": {"logging.basicConfig"},
    # Programs by themselves: what they write is sound, and storyreel reads it.
    "studio/voices/espeak_program.py": {"sys.stdout.buffer.write"},
    "studio/voices/pico_program.py": {"sys.stdout.buffer.write"},
}


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_nobody_prints_past_the_console(repo: Path) -> None:
    past = set()
    for folder in ("studio", "host", "nodes", "runner", "emulators"):
        for path in sorted((repo / folder).rglob("*.py")):
            place = path.relative_to(repo).as_posix()
            calls = (
                node
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call)
            )
            used = {name_of(call.func) for call in calls} & PRINTS
            past |= {f"{place}: {name}" for name in used - MAY.get(place, set())}
    assert not past, "print by Session or runner/display/escape.py"
