"""Awkward arguments, files and environments: whatever is given, a command ends with a sentence, never a traceback."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from storyreel.runner.cli import app
from typer.testing import CliRunner, Result

DIGITS = "9" * 5000
URLS = [
    "http://[::1",
    "http://exa mple/x",
    "http://",
    "http://127.0.0.1:99999",
    "ftp://127.0.0.1",
    "http://[v1.x]/",
    "http://\udcff/",
    "127.0.0.1:9",
    "http://127.0.0.1:9",
    f"http://127.0.0.1:{DIGITS}",
    "http://a\nb",
    "",
    " ",
    "://",
    "http://\u2100",
]
BOARD = {"quality": "draft", "scenes": [{"description": "a street", "duration": 1}]}
GRAPH = {"1": {"class_type": "StoryreelTitleCard", "inputs": {"text": "x"}}}


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def a_sentence(result: Result, fails: bool = True) -> Result:
    """Raises AssertionError with the traceback where there was one."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"a traceback: {result.exception!r}") from result.exception
    said = result.output + (result.stderr if result.stderr_bytes else "")
    assert "Traceback" not in said
    if fails:
        assert result.exit_code in (1, 2), (result.exit_code, said[:500])
        assert said.strip()
    return result


@pytest.fixture
def board(tmp_path: Path) -> Path:
    path = tmp_path / "story.json"
    path.write_text(json.dumps(BOARD))
    return path


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(GRAPH))
    return path


@pytest.mark.parametrize("url", URLS)
def test_servers(url: str, board: Path, graph: Path, tmp_path: Path) -> None:
    fails = bool(url.strip())
    for command in (
        ("render", str(board), "-o", str(tmp_path / "film.mp4"), "--dry-run"),
        ("check", str(graph)),
        ("nodes",),
        ("convert", str(graph)),
    ):
        a_sentence(ran(*command, "--server", url), fails=fails and command[0] == "nodes")
    if fails:
        a_sentence(ran("run", str(graph), "-o", str(tmp_path / "out"), "--server", url))


@pytest.mark.parametrize("url", URLS)
def test_pictures_by_address(url: str, tmp_path: Path) -> None:
    (tmp_path / "story.json").write_text(json.dumps({"quality": "draft", "scenes": [{"image": url}]}))
    a_sentence(ran("check", str(tmp_path / "story.json")), fails=bool(url))


@pytest.mark.parametrize("url", URLS)
def test_base_urls(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if "\udcff" in url:
        url = "http://\u00ff/"
    for door in ("RUNWAY", "FAL", "KLING", "GOOGLE", "VERTEX", "HEYGEN", "PIKA", "OPENAI", "STORAGE"):
        monkeypatch.setenv(f"STORYREEL_{door}_BASE_URL", url)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_0123456789abcdef")
    story = {"quality": "draft", "provider": "runway", "scenes": [{"description": "a street", "duration": 4}]}
    (tmp_path / "story.json").write_text(json.dumps(story))
    for command in (("check", str(tmp_path / "story.json")), ("providers",), ("doctor",)):
        a_sentence(ran(*command), fails=False)


DATABASES = [
    "",
    "x",
    "://",
    "postgresql://",
    "postgresql://u:hunter22@[::1/db",
    "postgresql://u:hunter22@127.0.0.1:99999/db",
    f"postgresql://u:hunter22@127.0.0.1:{DIGITS}/db",
    "postgresql://u:hunter22@127.0.0.1:9/db",
    "mysql://u:hunter22@h/db",
    "sqlite://",
    "sqlite:///",
    "sqlite:////dev/null",
    "sqlite:////proc/x/ledger.db",
    "sqlite:////",
    "postgresql://u:hunter22@127.0.0.1:9/db?nonsense=1",
    "postgresql://u:hunter22@127.0.0.1:9/db?connect_timeout=x",
    "sqlite:////tmp?mode=nonsense&uri=true",
    "a b c",
    "postgresql+nonsense://x/y",
    "sqlite+aiosqlite:////nowhere/x.db",
    "postgresql:///x?host=/nowhere",
]


@pytest.mark.parametrize("url", DATABASES)
def test_databases(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYREEL_DATABASE_URL", url)
    for command in (("ledger", "list"), ("ledger", "check"), ("doctor",)):
        found = a_sentence(ran(*command), fails=False)
        assert "hunter22" not in found.output


NUMBERS = [
    DIGITS,
    "1e999",
    "nan",
    "-inf",
    "-1",
    "0x10",
    "١٢",
    "1_000",
    "",
    "2147483648",
    "9" * 40,
    "1e300",
    "½",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers(number: str, board: Path, graph: Path, tmp_path: Path) -> None:
    film = ("-o", str(tmp_path / "film.mp4"), "--dry-run")
    for command in (
        ("render", str(board), *film, "--max-cost", number),
        ("render", str(board), *film, "--timeout", number),
        ("render", str(board), *film, "--retake", number),
        (
            "render",
            str(board),
            "-o",
            str(tmp_path / "film.mp4"),
            "--until",
            "keyframes",
            "--max-cost",
            number,
            "--retake",
            number,
        ),
        ("vault", "prune", "--older-than", number),
        ("ledger", "show", number),
        ("ledger", "collect", number),
        ("ledger", "release", number, "--yes"),
    ):
        a_sentence(ran(*command), fails=False)


@pytest.mark.parametrize("number", [*NUMBERS, "99999", "-5", "65536"])
def test_ports(number: str) -> None:
    a_sentence(ran("serve", "--port", number, "--host", "203.0.113.1"))
    a_sentence(ran("emulate", "--port", number, "--host", "203.0.113.1"))


@pytest.mark.parametrize(
    "host", ["exa mple", "[::1", "\udcff", "a..b", "", "x" * 300, "http://127.0.0.1", "203.0.113.1"]
)
def test_hosts_to_serve_on(host: str) -> None:
    if host:
        a_sentence(ran("serve", "--port", "0", "--host", host))


SETTINGS = [
    "",
    "=",
    "1",
    "1=",
    "1.text=",
    "1.text",
    ".text=1",
    "1.=1",
    "9.text=1",
    "1.nothing=1",
    "1.text=\udcff",
    f"1.text={DIGITS}",
    "1.text=[",
    "1.text=" + "[" * 100_000,
    "1.text=NaN",
    "1.text=1e999",
    "1.text=@/dev/zero",
    "1.text=@",
    "1.text={}",
    "1.text=\x00",
    "1.text.x=1",
    "1..text=1",
]


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_what_is_set(setting: str, graph: Path, tmp_path: Path) -> None:
    a_sentence(ran("run", str(graph), "-o", str(tmp_path / "out"), "--set", setting), fails=False)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


FILES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "fifo": _fifo,
    "zero": lambda path: path.symlink_to("/dev/zero"),
    "null": lambda path: path.symlink_to("/dev/null"),
    "loop": lambda path: path.symlink_to(path.name),
    "memory": lambda path: path.symlink_to("/proc/self/mem"),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
    "utf-16": lambda path: path.write_text(json.dumps(BOARD), encoding="utf-16"),
    "latin": lambda path: path.write_bytes(b'{"title": "caf\xe9"}'),
    "nul": lambda path: path.write_bytes(b"\x00" * 100),
    "large": lambda path: path.write_bytes(b" " * 30_000_000),
    "digits": lambda path: path.write_text('{"scenes": [{"description": "x", "duration": ' + DIGITS + "}]}"),
    "exponent": lambda path: path.write_text('{"scenes": [{"description": "x", "duration": 1e999}]}'),
    "exponent, yaml": lambda path: path.write_text("scenes: [{description: x, duration: 1e999}]"),
    "large number": lambda path: path.write_text(
        '{"fps": 1e300, "scenes": [{"description": "x", "duration": 1e300}]}'
    ),
    "digits, yaml": lambda path: path.write_text("scenes: [{description: x, duration: " + DIGITS + "}]"),
    "digits, graph": lambda path: path.write_text(
        '{"1": {"class_type": "X", "inputs": {"a": ' + DIGITS + "}}}"
    ),
    "surrogate": lambda path: path.write_text('{"title": "\\ud800", "scenes": [{"description": "\\udfff"}]}'),
    "surrogate, graph": lambda path: path.write_text('{"1": {"class_type": "\\ud800", "inputs": {}}}'),
    "list": lambda path: path.write_text("[1, 2]"),
    "number": lambda path: path.write_text("5"),
    "null, graph": lambda path: path.write_text('{"1": null}'),
    "nodes": lambda path: path.write_text('{"nodes": 5, "links": {}}'),
    "odd nodes": lambda path: path.write_text('{"nodes": [5, {}, {"id": {}}], "links": [1, [2]]}'),
    "no rights": lambda path: (path.write_text("{}"), path.chmod(0)),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.skipif(sys.platform == "win32", reason="names of files are otherwise there")
def test_files(kind: str, tmp_path: Path, graph: Path) -> None:
    path = tmp_path / "given.json"
    FILES[kind](path)
    out = ("-o", str(tmp_path / "out"))
    for command in (
        ("check", str(path)),
        ("render", str(path), "-o", str(tmp_path / "film.mp4"), "--dry-run"),
        ("run", str(path), *out),
        ("convert", str(path)),
        ("convert", str(graph), "--object-info", str(path)),
        ("render", str(path), "--pictures", str(path), "--dry-run"),
    ):
        a_sentence(ran(*command), fails=command[0] != "convert")


@pytest.mark.parametrize(
    "name", ["caf\udce9.json", "a\nb.json", "x" * 300, "\x1b[31m.json", "a" * 5000, "\x00.json", "-", "."]
)
@pytest.mark.skipif(sys.platform == "win32", reason="names of files are otherwise there")
def test_names_of_files(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for given in (name, str(tmp_path / name)):
        for command in (
            ("check", given),
            ("render", given, "--dry-run"),
            ("run", given),
            ("vault", "export", given, "-o", given),
            ("ledger", "show", given),
        ):
            a_sentence(ran(*command), fails=False)
        a_sentence(ran("check", given, "--json"), fails=False)
    try:
        Path(name).write_text(json.dumps(BOARD))
    except (OSError, ValueError):
        return
    for command in (("check", name), ("check", name, "--json"), ("render", name, "--dry-run")):
        a_sentence(ran(*command), fails=False)


def _no_rights(place: Path) -> None:
    place.mkdir()
    place.chmod(0o500)


def _config(content: bytes) -> Callable[[Path], None]:
    def make(place: Path) -> None:
        place.mkdir()
        (place / "config.toml").write_bytes(content)
        (place / "config.toml").chmod(0o600)

    return make


def _folders(*names: str) -> Callable[[Path], None]:
    def make(place: Path) -> None:
        for name in names:
            (place / name).mkdir(parents=True)

    return make


HOMES: dict[str, Callable[[Path], object]] = {
    "a file": lambda place: place.write_text("x"),
    "no rights": _no_rights,
    "loop": lambda place: place.symlink_to(place.name),
    "device": lambda place: place.symlink_to("/dev/null"),
    "proc": lambda place: place.symlink_to("/proc"),
    "utf-16 config": _config("a = 1".encode("utf-16")),
    "nul config": _config(b"\x00"),
    "odd config": _config(b"[doors]\nrunway = 5\n[alerts]\nwebhook = 3\n"),
    "folder for config": _folders("config.toml"),
    "folder for ledger": _folders("ledger.db"),
    "files for folders": lambda place: (
        place.mkdir(),
        *((place / n).write_text("x") for n in ("runs", "vault", "inputs", "server")),
    ),
    "no ledger": lambda place: (place.mkdir(), (place / "ledger.db").write_bytes(b"x" * 5000)),
}


@pytest.mark.parametrize("kind", HOMES)
@pytest.mark.skipif(sys.platform == "win32", reason="rights are otherwise there")
def test_homes(kind: str, tmp_path: Path, board: Path, graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "place"
    HOMES[kind](place)
    monkeypatch.setenv("STORYREEL_HOME", str(place))
    for command in (
        ("check", str(board)),
        ("render", str(board), "-o", str(tmp_path / "film.mp4"), "--dry-run"),
        ("render", str(board), "-o", str(tmp_path / "film.mp4"), "--until", "keyframes"),
        ("run", str(graph), "-o", str(tmp_path / "out")),
        ("ledger", "list"),
        ("ledger", "check"),
        ("vault", "list"),
        ("vault", "prune", "--retaken", "--yes"),
        ("providers",),
        ("doctor",),
        ("serve", "--port", "99999"),
    ):
        a_sentence(ran(*command), fails=False)


@pytest.mark.parametrize("value", ["key_\nabc", "key é", "\udcff" * 8, "k" * 100_000])
def test_keys_that_are_none(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "RUNWAYML_API_SECRET",
        "FAL_KEY",
        "KLING_ACCESS_KEY",
        "KLING_SECRET_KEY",
        "GEMINI_API_KEY",
        "HEYGEN_API_KEY",
    ):
        monkeypatch.setenv(name, value)
    for door in ("RUNWAY", "FAL", "KLING", "GOOGLE", "HEYGEN"):
        monkeypatch.setenv(f"STORYREEL_{door}_BASE_URL", "http://127.0.0.1:9")
    (tmp_path / "c.json").write_text(
        json.dumps(
            {"quality": "draft", "provider": "runway", "scenes": [{"description": "x", "duration": 4}]}
        )
    )
    for command in (
        ("check", str(tmp_path / "c.json")),
        ("render", str(tmp_path / "c.json"), "-o", str(tmp_path / "f.mp4"), "--dry-run"),
        ("providers",),
        ("doctor",),
        ("heygen", "avatars"),
    ):
        found = a_sentence(ran(*command), fails=False)
        assert value not in found.output
