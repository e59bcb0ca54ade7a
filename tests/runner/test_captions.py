"""A film's captions come along with it: beside the film that was asked for, and in the folder of a workflow's run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import srt
from storyreel.runner.cli import app
from storyreel.runner.comfy.client.api import ComfyClient, OutputFile
from storyreel.runner.comfy.client.outputs import Fetched, fetch_all
from storyreel.runner.comfy.client.wait import Finished
from storyreel.runner.commands.run import films
from storyreel.runner.engine import EmbeddedServer
from typer.testing import CliRunner


def storyreel(*arguments: str | Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def test_they_are_beside_the_film_and_in_the_folder_of_a_run(tmp_path: Path) -> None:
    """Rendered by a server, from where only /view leads here; then run again from the saved workflow."""
    story = tmp_path / "story.json"
    scene = {"prompt": "A card", "duration": 1, "narration": "Hello & welcome.", "clip_action": "static"}
    story.write_text(json.dumps({"quality": "draft", "scenes": [scene], "music_by": "folder"}))
    with EmbeddedServer(tmp_path / "server") as server:
        target, saved = tmp_path / "out" / "film.mp4", tmp_path / "saved.json"
        done = storyreel(
            "render", story, "-o", target, "--save-workflow", saved, "--server", server.url, "--json"
        )
        paths = {kind: str(target.with_suffix(f".{kind}")) for kind in ("srt", "vtt")}
        assert done["film"]["captions"] == paths
        (caption,) = srt.parse(Path(paths["srt"]).read_text(encoding="utf-8"))
        assert caption.content == "Hello & welcome." and caption.start.total_seconds() < 0.1
        assert "Hello &amp; welcome." in Path(paths["vtt"]).read_text(encoding="utf-8")
        assert sorted(path.name for path in target.parent.iterdir()) == ["film.mp4", "film.srt", "film.vtt"]
        ran = storyreel("run", saved, "-o", tmp_path / "ran", "--server", server.url, "--json")
    (film,) = ran["films"]
    assert Path(film["path"]).suffix == ".mp4" and Path(film["path"]).is_file()
    assert film["captions"] == {
        kind: str(Path(film["path"]).with_suffix(f".{kind}")) for kind in ("srt", "vtt")
    }
    assert all(Path(path).is_file() for path in film["captions"].values())


def test_they_are_called_as_the_film_is_here(stub: Any, tmp_path: Path) -> None:
    """Where yesterday's film has the number already, the captions take the new one too."""
    files = [OutputFile("3", f"film_00001_.{kind}", "v") for kind in ("mp4", "srt", "vtt")]
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "film_00001_.mp4").write_bytes(b"yesterday")
    for file in files:
        stub.files["output", "v", file.filename] = file.filename.encode()
    with ComfyClient(stub.url) as client:
        fetched = fetch_all(client, files, tmp_path)
    assert [each.path.name for each in fetched] == [f"film_00002_.{kind}" for kind in ("mp4", "srt", "vtt")]
    images, captions = [
        [{"filename": f.filename, "subfolder": "v"} for f in part] for part in (files[:1], files[1:])
    ]
    known = {"duration": 1.0, "width": 32, "height": 32, "fps": 24.0, "frames": 24}
    output = {
        "captions": captions,
        "images": images,
        "storyreel": [known | {"captions": {"srt": "/there"}}],
    }
    (film,) = films(Finished("p", {"3": output}, 1.0), fetched)
    assert film == known | {
        "path": str(tmp_path / "v" / "film_00002_.mp4"),
        "captions": {kind: str(tmp_path / "v" / f"film_00002_.{kind}") for kind in ("srt", "vtt")},
    }


def test_a_sheet_of_keyframes_is_no_film(tmp_path: Path) -> None:
    sheet = Fetched(OutputFile("3", "sheet.png", "", "output"), tmp_path / "sheet.png", 1)
    output = {"images": [], "storyreel": [{"frames": {"scenes": []}, "width": 1280, "height": 720}]}
    assert films(Finished("p", {"3": output}, 1.0), [sheet]) == []


def test_a_server_that_names_something_else_as_captions() -> None:
    strange = [
        {"filename": "../film.mp4"},
        {"filename": 7},
        "film.srt",
        None,
        {"filename": "A.SRT", "type": "temp"},
    ]
    finished = Finished("p", {"3": {"captions": strange}, "4": {"captions": "none"}, "5": None}, 1.0)
    assert finished.captions("3") == [OutputFile("3", "A.SRT", "", "temp")]
    assert finished.captions("4") == finished.captions("5") == finished.captions("6") == []
