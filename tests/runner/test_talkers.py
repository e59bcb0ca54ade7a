"""`storyreel heygen`: who can talk, as a person and as a program see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from storyreel.emulators import Emulator
from storyreel.runner.cli import app
from typer.testing import CliRunner, Result


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def heygen(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)

    def run(*args: str) -> Result:
        return CliRunner().invoke(app, ["heygen", *args], env={"COLUMNS": "120"})

    return run


def test_avatars(heygen: Any) -> None:
    result = heygen("avatars", "--search", "female kitchen street")
    assert result.exit_code == 0 and "No avatar is called so." in result.output
    result = heygen("avatars", "--search", "abigail")
    assert result.output.split()[:6] == ["avatar", "gender", "made", "of", "its", "voice"]
    assert "abigail_office   female   studio    v_en_ada    Abigail in the office" in result.output
    assert "Bruno" not in result.output


def test_voices(heygen: Any) -> None:
    for language in ("de", "German", "de-AT"):
        result = heygen("voices", "--language", language)
        assert [line.split()[0] for line in result.output.splitlines()[2:]] == [
            "v_de_anna",
            "v_de_bernd",
            "v_de_clara",
        ]
    assert "No voice is called so." in heygen("voices", "--language", "Klingon").output


def test_for_programs(heygen: Any) -> None:
    result = heygen("voices", "--search", "founder", "--json")
    said = json.loads(result.output)
    assert said == {
        "ok": True,
        "voices": [
            {
                "id": "v_my_own",
                "name": "Founder",
                "language": "English",
                "gender": "male",
                "preview": "https://files.heygen.invalid/v_my_own.mp3",
            }
        ],
        "warnings": [],
        "error": None,
    }
    assert len(json.loads(heygen("avatars", "--json").output)["avatars"]) == 12


def test_a_language_that_is_none(heygen: Any) -> None:
    result = heygen("voices", "--language", "xx", "--json")
    assert result.exit_code == 2
    assert json.loads(result.output)["error"]["hint"] == "name it in English: German"


def test_without_a_key(heygen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEYGEN_API_KEY")
    result = heygen("avatars", "--json")
    assert result.exit_code == 1 and "set HEYGEN_API_KEY" in json.loads(result.output)["error"]["message"]


def test_its_help_says_how(heygen: Any) -> None:
    for command in ("avatars", "voices"):
        assert f"storyreel heygen {command} --" in heygen(command, "--help").output
