"""The examples in docstrings are true: all of them are run, as they stand."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
EXAMPLE = re.compile(r"^ *>>> ", re.MULTILINE)
MODULES = [
    ".".join(path.relative_to(REPO).with_suffix("").parts).removesuffix(".__init__")
    for folder in ("studio", "host", "runner", "nodes", "emulators")
    for path in sorted((REPO / folder).rglob("*.py"))
    if EXAMPLE.search(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(f"storyreel.{name}")
    (tmp_path / "workflows").symlink_to(REPO / "workflows")
    monkeypatch.chdir(tmp_path)  # what an example writes isn't for the repository
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert not result.failed, capsys.readouterr().out
    assert result.attempted, "an example that no docstring holds is never run"


def test_there_are_examples() -> None:
    assert len(MODULES) > 30
