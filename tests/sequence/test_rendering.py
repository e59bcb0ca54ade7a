"""Seed 4's example request, as it is, becomes the film that its document describes, by one command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from storyreel.runner.cli import app
from storyreel.studio.voices import missing
from typer.testing import CliRunner

Pictures = Callable[..., Path]


def storyreel(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def request_file(example: str, tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(example)
    return path


@pytest.mark.slow
def test_the_example_becomes_its_film(request_file: Path, pictures: Pictures, tmp_path: Path) -> None:
    folder, film = pictures("1.png", folder="elsewhere/movie_123"), tmp_path / "film.mp4"
    result = storyreel("render", request_file, "--pictures", folder, "-o", film, "--json")
    assert result.exit_code == 0, result.output
    done = json.loads(result.stdout.splitlines()[-1])
    assert done["ok"] and done["cost"] == 0 and len(done["scenes"]) == 1
    with av.open(str(film)) as file:
        stream = file.streams.video[0]
        facts = (stream.width, stream.height, stream.average_rate, stream.codec_context.name, stream.pix_fmt)
        assert facts == (1024, 576, 24, "h264", "yuv420p")
        lumas = [frame.to_ndarray()[:576].mean() for frame in file.decode(stream)]
        sound = len(file.streams.audio)
    assert len(lumas) == 120 and done["film"]["duration"] == 5
    assert b"crf=5.0" in film.read_bytes(), "as x264 wrote it down"
    assert lumas[0] < 20 and np.all(np.diff(lumas[:12]) > 0), "the fade rises from black"
    assert sound == 1, "the narration and the music"


def test_check_and_dry_run_know_it(request_file: Path, pictures: Pictures, tmp_path: Path) -> None:
    pictures("01.jpg", folder="request")
    checked = storyreel("check", request_file)
    assert checked.exit_code == 0, checked.output
    assert "request.json is a good narrated sequence: 1 scene, 120 frames, 5.00 s" in checked.stdout
    planned = json.loads(storyreel("render", request_file, "--dry-run", "--json").stdout)
    assert planned["ok"] and planned["film"]["frames"] == 120 and planned["film"]["width"] == 1024
    assert not list(tmp_path.glob("*.mp4"))


@pytest.mark.skipif(bool(missing()), reason="no offline voice here")
def test_a_scene_waits_for_its_narration(request_file: Path, pictures: Pictures) -> None:
    """And that is told of the place where the request has it, though the film's order is another."""
    pictures("1.png", "2.png", folder="request")
    written = json.loads(request_file.read_text())
    (told,) = written["sequence_data"]
    written["sequence_data"] = [{**told, "scene_number": 2, "duration": 1}, {**told, "narration": ""}]
    request_file.write_text(json.dumps(written))
    planned = json.loads(storyreel("render", request_file, "--dry-run", "--json").stdout)
    (waits,) = [said for said in planned["warnings"] if "waits" in said]
    assert waits.startswith("sequence_data[0].duration: it waits for its narration")
    lasts = planned["scenes"][1]["end"] - planned["scenes"][1]["start"]
    assert 2.5 < lasts < 5 and planned["scenes"][0]["end"] == 5


def test_faults_are_told_together_and_nothing_is_made(pictures: Pictures, tmp_path: Path) -> None:
    """What is wrong with the request, and with a picture, at its place in the request."""
    folder = pictures("1.png", "3.png")
    (folder / "2.png").write_bytes(b"no picture")
    written = {
        "sequence_data": [
            {"scene_number": 3, "duration": 2, "clip_action": "fly"},
            {"scene_number": 2, "duration": 2},
            {"scene_number": 1, "duration": 2},
        ],
        "generation_params": {"transition_type": "slide"},
    }
    path = tmp_path / "request.json"
    path.write_text(json.dumps(written))
    for more in ([], ["--dry-run"]):
        said = json.loads(storyreel("render", path, "--json", *more).stdout.splitlines()[-1])
        places = [fault["place"] for fault in said["error"]["faults"]]
        assert places == [
            "generation_params.transition_type",
            "sequence_data[0].clip_action",
            "sequence_data[1]",
        ]
        assert "2.png is not a picture" in str(said["error"])
    assert [scene["cost"] for scene in said["scenes"]] == [0, None, None], (
        "the rest is priced, in the film's order"
    )


def test_a_folder_of_pictures_is_for_sequences_alone(pictures: Pictures, tmp_path: Path) -> None:
    board = tmp_path / "story.json"
    board.write_text('{"scenes": ["a card"]}')
    for command in ("render", "check"):
        result = storyreel(command, board, "--pictures", pictures("1.png"))
        assert result.exit_code == 2 and "--pictures is for narrated sequences" in result.stderr


def test_a_workflow_with_its_folder_runs_anywhere(pictures: Pictures, tmp_path: Path) -> None:
    """Saved beside its pictures, it is sent with them: each is still its scene's."""
    folder = pictures("scene_001.png", "scene_002.png")
    Image.new("RGB", (160, 90), (250, 250, 250)).save(folder / "scene_002.png")
    scenes = [{"scene_number": number, "duration": 0.25} for number in (2, 1)]
    graph = {
        "1": node("NarratedSequence", folder="pictures", request=json.dumps({"sequence_data": scenes})),
        "2": node("Shoot", storyboard=["1", 0], provider="as the storyboard says"),
        "3": node("RenderFilm", timeline=["2", 0], settings=["2", 1], filename_prefix="told"),
    }
    path = tmp_path / "workflow.json"
    path.write_text(json.dumps(graph))
    assert storyreel("check", path).exit_code == 0
    result = storyreel("run", path, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    (film,) = (tmp_path / "out").glob("*.mp4")
    with av.open(str(film)) as file:
        lumas = [frame.to_ndarray()[:576].mean() for frame in file.decode(video=0)]
    assert len(lumas) == 12 and max(lumas[:6]) < 130 and min(lumas[6:]) > 220

    (folder / "scene_001.png").unlink()
    for command in ("check", "run"):
        result = storyreel(command, path)
        assert result.exit_code == 2 and "has the number 1" in result.stderr


def node(name: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": f"Storyreel{name}", "inputs": inputs}
