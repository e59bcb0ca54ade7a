"""`run` decodes what it would send: what is called a picture and isn't one stays here."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.runner.cli import app
from typer.testing import CliRunner

SECRET = b"AWS_SECRET=very\n" * 20


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def graph(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"1": node(kind, **inputs), "2": node("PreviewAny", source=["1", 0])}


def board(**scene: Any) -> str:
    return json.dumps({"scenes": [{"prompt": "a", "duration": 1, **scene}]})


FILES: dict[str, Callable[[str], dict[str, Any]]] = {
    "a.png": lambda name: graph("LoadImage", image=name),
    "a.jpg": lambda name: graph("StoryreelStoryboard", text=board(image=name)),
    "a.mp4": lambda name: graph("LoadVideo", file=name),
    "b.mp4": lambda name: graph("StoryreelStoryboard", text=board(video=name)),
    "a.wav": lambda name: graph("LoadAudio", audio=name),
    "b.wav": lambda name: graph("StoryreelStoryboard", text=board(effects={"sound": name})),
    ".env": lambda name: graph("LoadImage", image=name),
}


def run(tmp_path: Path, workflow: dict[str, Any], *more: str) -> Any:
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(workflow))
    return CliRunner().invoke(app, ["run", str(file), "-o", str(tmp_path / "out"), *more])


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_picture_video_or_sound_is_not_sent(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(SECRET)
    said = run(tmp_path, FILES[name](name))
    assert said.exit_code == 2, said.output
    assert name in said.stderr and "nothing was sent" in said.stderr
    sent = [path for path in Path(tmp_path).rglob("*") if path.is_file() and path.read_bytes() == SECRET]
    assert sent == [tmp_path / name], "no copy in the engine's input folder"


def test_the_files_of_a_storyboard_file_are_decoded_too(tmp_path: Path) -> None:
    (tmp_path / "story.json").write_text(board(image="a.png"))
    (tmp_path / "a.png").write_bytes(SECRET)
    said = run(tmp_path, graph("StoryreelLoadStoryboard", file="story.json"))
    assert said.exit_code == 2 and "a.png is not a picture" in said.stderr


def test_every_file_is_named_and_a_typed_one_as_well(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(SECRET)
    two = {
        **graph("LoadImage", image="a.png"),
        "3": node("LoadImage", image="x.png"),
        "4": node("PreviewAny", source=["3", 0]),
    }
    said = run(tmp_path, two, "--set", f"3.image={tmp_path / 'b.png'}")
    assert said.exit_code == 2
    assert "a.png is not a picture" in said.stderr and "b.png is not a picture" in said.stderr


def test_what_is_one_is_sent(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    both = {
        **graph("LoadImage", image="a.png"),
        "3": node("LoadAudio", audio="a.wav"),
        "4": node("PreviewAny", source=["3", 0]),
    }
    said = run(tmp_path, both)
    assert said.exit_code == 0, said.output
