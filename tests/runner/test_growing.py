"""More clips or sounds than a node takes: every command and the engine refuse them, and say how many it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from storyreel.runner.cli import app
from storyreel.runner.comfy.graph.sockets import AUTOGROW
from storyreel.runner.engine import EmbeddedServer
from storyreel.runner.jobs.connect import object_info
from typer.testing import CliRunner

GROWING = [
    (kind, name, spec[1]["template"])
    for kind, info in object_info(None).items()
    for group in info["input"].values()
    for name, spec in group.items()
    if spec[0] == AUTOGROW
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("engine")) as engine:
        yield engine.url


def graph(kind: str, name: str, template: Any, count: int) -> dict[str, Any]:
    inputs = {f"{name}.{template['prefix']}{number}": ["1", 0] for number in range(count)}
    return {
        "1": {"class_type": "LoadVideo", "inputs": {"file": "a.mp4"}},
        "2": {"class_type": kind, "inputs": inputs, "_meta": {"title": "All of them"}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["2", 0]}},
    }


def wanted(name: str, template: Any) -> str:
    most = template["max"]
    return f"{name} takes {most} at most, and {most + 1} are connected; take away {template['prefix']}{most}"


def squeezed(text: str) -> str:
    return " ".join(text.replace(": takes", " takes").split())


def test_the_growing_inputs_are_these() -> None:
    assert {("StoryreelJoinClips", "clips"), ("StoryreelMixAudio", "sounds")} <= {
        each[:2] for each in GROWING
    }


@pytest.mark.parametrize("command", ["check", "run", "convert"])
@pytest.mark.parametrize(("kind", "name", "template"), GROWING, ids=[each[0] for each in GROWING])
def test_one_too_many_is_refused_with_the_number(
    command: str, kind: str, name: str, template: Any, tmp_path: Path
) -> None:
    path = tmp_path / "many.json"
    path.write_text(json.dumps(graph(kind, name, template, template["max"] + 1)), encoding="utf-8")
    result = CliRunner().invoke(app, [command, str(path)])
    assert result.exit_code == 2 and not result.stdout
    assert f"All of them (#2).{wanted(name, template)}" in squeezed(result.stderr)


@pytest.mark.parametrize(("kind", "name", "template"), GROWING, ids=[each[0] for each in GROWING])
def test_the_engine_says_it_where_comfyui_would_drop_it(
    server: str, kind: str, name: str, template: Any
) -> None:
    def said(count: int) -> list[str]:
        asked = requests.post(
            f"{server}/prompt", json={"prompt": graph(kind, name, template, count)}, timeout=60
        )
        errors = asked.json()["node_errors"].get("2", {"errors": []})["errors"]
        return [f"{each['message']}: {each['details']}" for each in errors]

    (many,) = [line for line in said(template["max"] + 1) if line.startswith("Too many inputs")]
    assert squeezed(many.replace(", takes", " takes")) == f"Too many inputs: {wanted(name, template)}"
    assert not [line for line in said(template["max"]) if "at most" in line or "does not exist" in line]
