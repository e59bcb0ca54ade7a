"""What someone meets who tries the command line for the first time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from storyreel.runner.cli import app
from typer.testing import CliRunner


def storyreel(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def commands(group: Any, called: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and group of commands, as it is typed."""
    found = [called]
    for name, command in getattr(group, "commands", {}).items():
        found += commands(command, (*called, name))
    return found


def test_every_help_shows_an_example() -> None:
    without = []
    for called in commands(typer.main.get_command(app)):
        result = storyreel(*called, "--help")
        assert result.exit_code == 0
        said = result.stdout.split("Options:")[0].splitlines()[1:]
        if not any(line.strip().startswith(" ".join(("storyreel", *called))) for line in said):
            without.append(" ".join(called))
    assert not without


def test_a_help_names_no_option_that_its_command_lacks() -> None:
    wrong = []
    for called in commands(typer.main.get_command(app))[
        1:
    ]:  # the first is the whole program, whose help is of all
        command: Any = typer.main.get_command(app)
        for name in called:
            command = command.commands[name]
        own = {option for each in command.params for option in each.opts} | {"--help"}
        texts = [command.help or "", *(getattr(each, "help", None) or "" for each in command.params)]
        lines = [line for text in texts for line in text.splitlines() if not line.startswith("storyreel ")]
        named = set(re.findall(r"--[a-z][a-z-]*", "\n".join(lines)))
        wrong += [f"{' '.join(called)}: {option}" for option in sorted(named - own)]
    assert not wrong


@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        ("story.yaml", "- a dawn\n", "render"),
        ("flow.json", '{"nodes": [], "links": []}', "run"),
        ("odd one.bin", "\0\1", "check 'odd one.bin'"),
    ],
)
def test_a_file_in_the_place_of_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    result = storyreel(name)
    assert result.exit_code == 2 and f"try: storyreel {command}" in result.stderr
    assert "Did you mean 'render'" in storyreel("rendr", name).stderr


def test_one_scene_is_no_scenes(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"quality": "draft", "scenes": [{"prompt": "a dawn", "duration": 1}]}')
    assert "a good storyboard: 1 scene, 24 frames, 1.00 s" in storyreel("check", path).stdout
    path.write_text("")
    assert "is empty" in storyreel("check", path).stderr and "→" in storyreel("check", path).stderr
