"""Every command where output isn't UTF-8: it ends as usual, without a traceback, and what is JSON is JSON."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from storyreel.runner.cli import app

from ..conftest import without_keys

AWKWARD = "Ça – „Ж“ → é …"
SCENES = [{"prompt": AWKWARD, "duration": 0.2}]
FILES = {
    "good.json": {"title": AWKWARD, "quality": "draft", "size": "64x36", "scenes": SCENES},
    "bad.json": {"title": AWKWARD, "scenes": [{"prompt": "夜", "transition": "wipé 夜 🎬"}]},
    "flow.json": {"1": {"class_type": "PreviewAny", "inputs": {}, "_meta": {"title": f"{AWKWARD} 夜 🎬"}}},
    "other.json": {"1": {"class_type": "Nœud 夜 🎬", "inputs": {}}},
}
GIVEN = {"storyboard": ["good.json", "bad.json"], "file": ["good.json", "bad.json", "other.json"]}
GIVEN |= {"workflow": ["flow.json", "other.json"]}
ENDLESS = ("serve", "emulate")

PLAY = """
import io, json, sys
from storyreel.runner import cli
real, played = (sys.stdout, sys.stderr), []
for words in json.loads(sys.stdin.buffer.read()):
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=each.encoding, errors="strict") for each in real]
    (sys.stdout, sys.stderr), sys.argv, code = streams, ["storyreel", *words], 0
    try:
        cli.main()
    except SystemExit as end:
        code = end.code
    except BaseException as error:
        code = repr(error)
    for stream in streams:
        stream.flush()
    played.append([code, *(stream.buffer.getvalue().decode(stream.encoding) for stream in streams)])
real[0].buffer.write(json.dumps(played).encode())
"""
"""Plays commands one after another, each with streams as Python makes them for this environment."""

STRANGE = {
    "ascii": {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    "cp1252": {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    "latin-1": {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


def leaves(command: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield way, command
    for name, each in (below or {}).items():
        yield from leaves(each, (*way, name))


def commands() -> list[list[str]]:
    """Every command with `--help`, and with harmless arguments for a person and for a program."""
    found: list[list[str]] = [[], ["--help"], ["--version"], ["nopé"], ["check", "--nopé"]]
    for way, command in leaves(typer.main.get_command(app)):
        found.append([*way, "--help"])
        if way[0] in ENDLESS:
            continue
        takes = [each.name for each in command.params if each.param_type_name == "argument"]
        options = {name for each in command.params for name in each.opts}
        for given in [[each] for each in GIVEN.get(takes[0], ["Ж"])] if takes else [[]]:
            words = [*way, *given, *(["-o", "out.mp4"] if way[0] == "render" else [])]
            found += [words, [*words, "--json"]] if "--json" in options else [words]
    return found


COMMANDS = commands()


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder, home = tmp_path_factory.mktemp("awkward"), tmp_path_factory.mktemp("home")
    for name, content in FILES.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    def go(**environment: str) -> list[tuple[Any, str, str]]:
        done = subprocess.run(
            [sys.executable, "-c", PLAY],
            input=json.dumps(COMMANDS).encode(),
            capture_output=True,
            cwd=folder,
            env={**without_keys(), "STORYREEL_HOME": str(home), **environment},
            timeout=300,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return [tuple(each) for each in json.loads(done.stdout)]

    return go


@pytest.fixture(scope="module")
def usual(play: Any) -> list[tuple[Any, str, str]]:
    return play(PYTHONIOENCODING="utf-8", PYTHONUTF8="1")


def test_every_command_is_among_them() -> None:
    played = {
        tuple(words[: len(way)]) for way, _ in leaves(typer.main.get_command(app)) for words in COMMANDS
    }
    assert {way for way, _ in leaves(typer.main.get_command(app))} <= played and len(COMMANDS) > 70


@pytest.mark.parametrize(
    "name", ["ascii", *(pytest.param(n, marks=pytest.mark.slow) for n in [*STRANGE][1:])]
)
def test_it_ends_as_usual(play: Any, usual: list[tuple[Any, str, str]], name: str) -> None:
    for words, (code, out, err), (wanted, plain, _) in zip(
        COMMANDS, play(**STRANGE[name]), usual, strict=True
    ):
        assert code == wanted and isinstance(code, int), (words, code, err)
        assert "Traceback" not in out + err, (words, out, err)
        if "--json" in words:
            ours, theirs = (json.loads(text.splitlines()[-1]) for text in (out, plain))
            assert ours.get("ok") == theirs.get("ok") and ours.get("error") == theirs.get("error"), words
        elif words[:1] == ["convert"] and "--help" not in words and code == 0:
            assert json.loads(out) == json.loads(plain)


@pytest.mark.parametrize("words", [["serve", "--port", "0"], ["emulate", "--port", "0"]], ids=ENDLESS)
def test_a_server_begins_and_ends_as_usual(tmp_path: Path, words: list[str]) -> None:
    environment = {**os.environ, **STRANGE["ascii"], "STORYREEL_HOME": str(tmp_path / "Ж")}
    run = [sys.executable, "-c", "from storyreel.runner.cli import main; main()", *words]
    with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
        finally:
            process.kill()
        assert process.stderr is not None
        assert b"127.0.0.1" in first and b"Traceback" not in process.stderr.read()
    assert process.returncode in (0, 130)
