"""`storyreel serve`: what it says of who can reach it, and the token on both sides."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from storyreel.runner.cli import app
from storyreel.runner.engine import EmbeddedServer
from typer.testing import CliRunner

MAIN = "from storyreel.runner.cli import main; main()"
TOKEN = "a-token-of-the-tests"


class Served(NamedTuple):
    url: str
    process: subprocess.Popen[str]

    def end(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=20)[1]


@contextlib.contextmanager
def serving(folder: Path, *words: str, **environment: str) -> Iterator[Served]:
    command = [sys.executable, "-c", MAIN, "serve", "--port", "0", "--folder", str(folder), *words]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80", **environment},
    ) as process:
        try:
            assert process.stdout is not None
            yield Served(process.stdout.readline().strip().replace("0.0.0.0", "127.0.0.1"), process)
        finally:
            process.kill()


def status(url: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{url}/queue", headers=headers, timeout=20).status_code


def test_for_this_machine_it_says_so_and_asks_for_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert status(served.url) == 200
        said = served.end()
    assert "Only programs on this machine can reach it; no web page can." in said
    assert "Token" not in said and "Warning" not in said


def test_for_others_it_warns_and_shows_a_token_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0") as served:
        assert status(served.url) == 401
        assert requests.get(served.url, headers={"Host": "evil.example"}, timeout=20).status_code == 403
        said = served.end()
    assert "Warning: everyone who can reach every network of this machine" in said and "encrypted" in said
    (line,) = [each for each in said.splitlines() if each.startswith("Token")]
    token = line.split()[-1]
    assert len(token) >= 24 and said.count(token) == 1
    assert "evil.example" in said


def test_the_token_it_shows_is_the_one(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0", "--allow-host", "Studio.Example") as served:
        assert served.process.stderr is not None
        shown = next(line for line in served.process.stderr if line.startswith("Token"))
        headers = {"Host": "studio.example", "Authorization": f"Bearer {shown.split()[-1]}"}
        assert requests.get(f"{served.url}/queue", headers=headers, timeout=20).status_code == 200


def test_behind_a_proxy_it_says_who_is_let_in(tmp_path: Path) -> None:
    with serving(tmp_path, "--allow-host", "films.example") as served:
        there = {"Host": "films.example"}
        assert requests.get(f"{served.url}/queue", headers=there, timeout=20).status_code == 200
        said = " ".join(served.end().split())
    assert "asks for it as films.example" in said
    assert "everyone who reaches films.example through a proxy" in said and "give --token" in said


def test_a_token_of_the_environment_is_printed_nowhere(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0", STORYREEL_TOKEN=TOKEN) as served:
        assert (status(served.url, TOKEN), status(served.url, TOKEN[:-1])) == (200, 401)
        requests.get(f"{served.url}/queue?token={TOKEN}", headers={"Host": "evil.example"}, timeout=20)
        said = served.end()
    assert TOKEN not in said and "the token that you gave it" in said


@pytest.mark.parametrize("token", ["two words", "a\nb", "ä", "a;b", '"'])
def test_a_token_that_no_header_carries_is_refused(tmp_path: Path, token: str) -> None:
    said = CliRunner().invoke(
        app, ["serve", "--host", "0.0.0.0", "--token", token, "--folder", str(tmp_path)]
    )
    assert said.exit_code == 2 and "token" in said.stderr


def test_the_help_tells_it() -> None:
    said = " ".join(CliRunner().invoke(app, ["serve", "--help"]).output.split())
    for part in ("--allow-host", "--token", "STORYREEL_TOKEN", "Authorization: Bearer", "?token="):
        assert part in said


def test_an_address_that_is_no_one_of_this_machine_isn_t_a_matter_of_ports() -> None:
    for host in ("no.such.invalid", "192.0.2.1"):
        said = CliRunner().invoke(app, ["serve", "--host", host, "--port", "0"])
        assert said.exit_code == 1 and "give --host an address of this machine" in said.output
        assert "another port" not in said.output


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("guarded"), token=TOKEN) as server:
        yield server.url


def workflow(folder: Path) -> Path:
    path = folder / "workflow.json"
    value = {"class_type": "PrimitiveString", "inputs": {"value": "hello"}}
    show = {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}
    path.write_text(json.dumps({"1": value, "2": show}))
    return path


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(
        app, ["run", str(workflow(folder)), "-o", str(folder / "out"), "--json", *words]
    )


def test_the_client_shows_the_token_of_the_environment(
    tmp_path: Path, guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = run(tmp_path, "--server", guarded)
    assert refused.exit_code == 1 and "STORYREEL_SERVER_TOKEN" in refused.output
    monkeypatch.setenv("STORYREEL_SERVER_TOKEN", TOKEN)
    done = run(tmp_path, "--server", guarded)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["texts"] == {"2": ["hello"]}
    assert any(json.loads(line)["event"] == "node" for line in done.stdout.splitlines()[:-1]), (
        "by the websocket"
    )
    assert CliRunner().invoke(app, ["doctor", "--server", guarded, "--json"]).stdout.count("ComfyUI 0.8.0")
    record = Path(json.loads(done.stdout.splitlines()[-1])["record"]).read_text()
    assert TOKEN not in done.output + record


@pytest.mark.parametrize("login", ["{token}@", ":{token}@", "me:{token}@"])
def test_or_that_of_the_address(tmp_path: Path, guarded: str, login: str) -> None:
    address = guarded.replace("://", f"://{login.format(token=TOKEN)}")
    done = run(tmp_path, "--server", address)
    assert done.exit_code == 0, done.output
    record = Path(json.loads(done.stdout.splitlines()[-1])["record"]).read_text()
    assert TOKEN not in done.output + record


def test_the_engine_of_a_run_is_not_shown_another_servers_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYREEL_SERVER_TOKEN", TOKEN)
    done = run(tmp_path)
    assert done.exit_code == 0
    assert all(TOKEN.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("sum_", ["inf", "1e400"])
def test_a_sum_without_an_end_is_no_consent(sum_: str, tmp_path: Path) -> None:
    made = CliRunner().invoke(
        app,
        ["serve", "--folder", str(tmp_path), "--allow-spend", "--max-cost", sum_, "--host", "203.0.113.1"],
    )
    assert made.exit_code == 2 and "no sum of dollars" in made.stderr
