"""`storyreel doctor`: what is there by what it is for, what is missing once, and the one next step."""

from __future__ import annotations

import json
from typing import Any

import pytest
from storyreel.runner.cli import app
from storyreel.studio.home import home
from typer.testing import CliRunner

KEYS = ("GEMINI_API_KEY", "RUNWAYML_API_SECRET", "KLING_API_KEY", "FAL_KEY", "PIKA_API_KEY", "HEYGEN_API_KEY")


def doctor(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["doctor", *arguments])


def test_with_nothing_set() -> None:
    shown = doctor().stdout
    lines = shown.splitlines()
    groups = [line for line in lines if line and line[0] not in "✓–✗ "]
    assert groups[:4] == [
        "For every film",
        "For narration",
        "Clips made on this machine, for nothing",
        "Bought clips, pictures, voices and music: 0 of 8 ready",
    ]
    assert shown.count("[credentials]") == 1
    for name in ("runway", "kling", "fal", "pika", "heygen", "openai"):
        (at,) = [number for number, line in enumerate(lines) if line.startswith(f"– {name} ")]
        assert lines[at + 1].startswith("    → has no key: set ") and name not in lines[at + 1]
    assert "– runway  clips, pictures" in lines and "– openai  voices" in lines
    assert lines[-1].startswith("Next: ") and shown.count("Next: ") == 1
    assert "--provider animatic" in lines[-1]


def test_with_everything_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "key_0123456789")
    shown = doctor().stdout
    assert "7 of 8 ready" in shown and "[credentials]" not in shown and "✓ fal  clips" in shown
    assert shown.splitlines()[-1].startswith("Next: `storyreel render STORYBOARD --dry-run`")


def test_what_is_wrong_is_the_next_step() -> None:
    home().mkdir(exist_ok=True)
    (home() / "config.toml").write_text("[budgetz]\n")
    result = doctor()
    assert result.exit_code == 1 and "1 of " in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Next: config: ") and "budgetz" in result.stdout
    findings = json.loads(doctor("--json").stdout)["findings"]
    assert all(set(each) == {"what", "ok", "says", "cure", "optional"} for each in findings)
