"""Names that files have: long, with a colon, with ComfyUI's mark, or in other capitals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from storyreel.runner.cli import app
from storyreel.runner.jobs.uploads import Post, send_graph
from storyreel.studio.errors import BadInput, did_you_mean
from storyreel.studio.paths import inside
from storyreel.studio.planning.input_files import LOOKS
from storyreel.studio.planning.input_files import file_faults as named
from typer.testing import CliRunner

CLI = CliRunner()


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.json"
    path.write_text(json.dumps({"size": "64x36", "fps": 10, "scenes": [{"prompt": "x", "duration": 0.3}]}))
    return path


def test_a_film_name_of_255_bytes_is_written_and_a_longer_one_refused_first(
    story: Path, tmp_path: Path
) -> None:
    fits = tmp_path / ("y" * 251 + ".mp4")
    result = CLI.invoke(app, ["render", str(story), "-o", str(fits), "--json"])
    assert result.exit_code == 0 and json.loads(result.stdout.splitlines()[-1])["ok"] and fits.is_file()
    for stem in ("y" * 252, "ä" * 126):
        refused = CLI.invoke(app, ["render", str(story), "-o", str(tmp_path / f"{stem}.mp4")])
        assert refused.exit_code == 2 and "give one of 255 or fewer" in refused.stderr
        assert "sending" not in refused.stderr and "running" not in refused.stderr


def test_a_name_in_other_capitals_is_suggested(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "Photo.PNG")
    (fault,) = named("photo.png", "image", tmp_path, LOOKS["image"])
    assert fault.cure == "did you mean 'Photo.PNG'?"
    assert did_you_mean("photo.png", ["Photo.PNG", "other.png"]) == "did you mean 'Photo.PNG'?"


def test_a_colon_makes_no_path_of_windows(tmp_path: Path) -> None:
    assert inside(tmp_path, "a:b.png") == tmp_path.resolve() / "a:b.png"
    for name in ("c:/b.png", "c:\\b.png", "\\\\host\\b.png", "/b.png"):
        with pytest.raises(BadInput):
            inside(tmp_path, name)


def test_the_mark_of_the_input_folder_is_no_part_of_the_name(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "p.png")
    info = {"LoadImage": {"input": {"required": {"image": [["x.png"], {"image_upload": True}]}}}}
    graph = {"1": {"class_type": "LoadImage", "inputs": {"image": "p.png [input]"}}}
    post = Post(Client(), lambda event: None)
    assert send_graph(graph, info, tmp_path, post)["1"]["inputs"]["image"] == "sent/p.png"
    graph["1"]["inputs"]["image"] = "q.png [output]"
    assert send_graph(graph, info, tmp_path, post)["1"]["inputs"]["image"] == "q.png [output]"


class Client:
    """A server that takes files."""

    def upload(self, path: Path, digest: str) -> str:
        return f"sent/{path.name}"

    def has(self, name: str) -> bool:
        return False
