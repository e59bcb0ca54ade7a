"""From a storyboard to a film: the command itself, on the engine that is built in."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy
import pytest
import requests
from PIL import Image
from storyreel.runner.cli import app
from storyreel.runner.engine import EmbeddedServer
from typer.testing import CliRunner

STORYREEL = [sys.executable, "-c", "from storyreel.runner.cli import main; main()"]


def storyreel(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """Two scenes of half a second that overlap by a quarter: 18 frames at 24 a second."""
    folder = tmp_path / "story"
    (folder / "photos").mkdir(parents=True)
    ramp = numpy.linspace(0, 255, 320, dtype="uint8")
    Image.fromarray(numpy.dstack([numpy.tile(ramp, (180, 1))] * 3)).save(folder / "photos" / "01.png")
    written = {
        "title": "Half a second",
        "quality": "draft",
        "scenes": [
            {"prompt": "a ramp", "duration": 0.5, "image": "photos/01.png", "clip_action": "slow zoom in"},
            {"prompt": "a card", "duration": 0.5, "transition": "crossfade", "transition_duration": 0.25},
        ],
    }
    path = folder / "story.json"
    path.write_text(json.dumps(written))
    return path


def changed(story: Path, **keys: Any) -> Path:
    path = story.with_name("changed.json")
    path.write_text(json.dumps(json.loads(story.read_text()) | keys))
    return path


def frames(path: Path) -> list[Any]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray() for frame in film.decode(video=0)]


def test_a_film_and_its_result(story: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "film.mp4"
    result = storyreel("render", story, "-o", target, "--json")
    assert result.exit_code == 0, result.output
    assert not result.stderr
    *events, done = [json.loads(line) for line in result.stdout.splitlines()]
    assert set(done) >= {"ok", "film", "scenes", "warnings", "error"}
    assert done["ok"] is True and done["error"] is None and done["warnings"] == []
    facts = {"path": str(target), "duration": 0.75, "width": 854, "height": 480, "fps": 24.0, "frames": 18}
    assert done["film"] == facts
    assert len(frames(target)) == 18 and frames(target)[0].shape == (720, 854)
    first, second = done["scenes"]
    assert (first["start"], first["end"], second["start"], second["end"]) == (0, 0.5, 0.25, 0.75)
    assert first["prompt"] == "a ramp" and second["provider"] == "animatic" and second["cost"] == 0
    assert len(frames(Path(first["clip"]))) == 12
    kinds = {event["event"] for event in events}
    assert {"checked", "uploading", "started", "node", "progress", "text", "fetched"} <= kinds
    assert {event["node"] for event in events if event["event"] == "progress"} >= {"2", "3"}


def test_the_record_of_a_run(story: Path, tmp_path: Path) -> None:
    result = storyreel("render", story, "-o", tmp_path / "f.mp4", "--json")
    record = Path(json.loads(result.stdout.splitlines()[-1])["record"])
    assert record.parent.parent == Path(os.environ["STORYREEL_HOME"], "runs")
    kept = json.loads(record.read_text())
    assert kept["status"] == "done" and kept["workflow"] == str(story)
    assert [each["from"] for each in kept["inputs"]] == [str(story.parent / "photos/01.png")]
    assert kept["outputs"][0]["path"] == str(tmp_path / "f.mp4")
    assert [node["class_type"] for node in kept["graph"].values()] == [
        "StoryreelStoryboard",
        "StoryreelShoot",
        "StoryreelRenderFilm",
    ]
    assert kept["nodes"]["2"]["took"] > 0
    assert not (record.parent / "output").exists(), "the film is kept once, where it was wanted"


def test_what_a_person_sees(story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = storyreel("render", story)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == str(tmp_path / "story.mp4") and (tmp_path / "story.mp4").exists()
    assert lines[1].startswith("854x480 · 24 fps · 18 frames · 0:00.750 long · ")
    assert [line.split()[:4] for line in lines[-2:]] == [
        ["0", "0:00.000", "0:00.500", "free"],
        ["1", "0:00.250", "0:00.750", "free"],
    ]
    assert "Render Film: finished" in result.stderr and "Traceback" not in result.stderr


def test_a_dry_run_makes_nothing(story: Path, tmp_path: Path) -> None:
    result = storyreel("render", story, "-o", tmp_path / "new/film.mp4", "--dry-run", "--json")
    (line,) = result.stdout.splitlines()
    said = json.loads(line)
    assert said["dry_run"] and said["film"]["frames"] == 18 and said["cost"] == 0
    assert [(scene["start"], scene["end"]) for scene in said["scenes"]] == [(0, 0.5), (0.25, 0.75)]
    assert not (tmp_path / "new").exists() and not Path(os.environ["STORYREEL_HOME"], "runs").exists()
    shown = storyreel("render", story, "--dry-run").stdout
    assert "18 frames" in shown and "crossfade" in shown


def test_quality_and_provider_from_outside(story: Path, tmp_path: Path) -> None:
    said = json.loads(storyreel("render", story, "--quality", "high", "--dry-run", "--json").stdout)
    assert (said["film"]["width"], said["film"]["fps"]) == (1920, 30.0)
    for option, value, says in (("--quality", "hihg", "high"), ("--provider", "animatc", "animatic")):
        result = storyreel("render", story, option, value)
        assert result.exit_code == 2 and f"did you mean '{says}'?" in result.stderr


def test_the_saved_workflow_makes_the_same_film(story: Path, tmp_path: Path) -> None:
    """Saved beside the storyboard it finds its pictures, and makes the same film."""
    saved = story.with_name("saved.json")
    assert storyreel("render", story, "-o", tmp_path / "a.mp4", "--save-workflow", saved).exit_code == 0
    workflow = json.loads(saved.read_text())
    assert workflow["nodes"][0]["type"] == "StoryreelStoryboard" and len(workflow["links"]) == 3
    assert storyreel("check", saved).exit_code == 0
    result = storyreel("run", saved, "-o", tmp_path / "out", "--json")
    done = json.loads(result.stdout.splitlines()[-1])
    assert done["films"][0]["frames"] == 18
    again = frames(Path(done["films"][0]["path"]))
    assert len(again) == 18
    for a, b in zip(frames(tmp_path / "a.mp4"), again, strict=True):
        assert numpy.abs(a.astype(int) - b).mean() < 1, "that x264 repeats itself is test_encode's matter"


@pytest.mark.parametrize("named", ["far", "the story's, shortened"])
def test_a_workflow_saved_elsewhere_says_what_it_needs(story: Path, tmp_path: Path, named: str) -> None:
    far = tmp_path / named if named == "far" else story.parent.with_name(story.parent.name[:-1])
    result = storyreel("render", story, "-o", tmp_path / "a.mp4", "--save-workflow", far / "w.json")
    assert result.exit_code == 0 and "names files of" in result.stderr and "01.png" in result.stderr


def test_narration_that_is_not_spoken_is_a_loss(
    story: Path, tmp_path: Path, nobody_speaks: Callable[[], None]
) -> None:
    nobody_speaks()
    scenes = json.loads(story.read_text())["scenes"]
    scenes[1]["narration"] = "Once upon a time"
    result = storyreel("render", changed(story, scenes=scenes), "-o", tmp_path / "f.mp4", "--json")
    assert result.exit_code == 3
    done = json.loads(result.stdout.splitlines()[-1])
    (warning,) = done["warnings"]
    assert done["ok"] is True and warning.startswith("scenes[1].narration: isn't said: ")
    assert (tmp_path / "f.mp4").exists()


def test_a_simplified_movement_is_only_a_remark(story: Path, tmp_path: Path) -> None:
    scenes = json.loads(story.read_text())["scenes"]
    scenes[0]["clip_action"] = "zoom in, pan right"
    result = storyreel("render", changed(story, scenes=scenes), "-o", tmp_path / "f.mp4", "--json")
    assert result.exit_code == 0
    (warning,) = json.loads(result.stdout.splitlines()[-1])["warnings"]
    assert warning.startswith("scenes[0].clip_action: ")


def test_a_server_gets_the_files_and_gives_the_film(story: Path, tmp_path: Path) -> None:
    """The same command against a server of its own; the clips are then shown by URL."""
    with EmbeddedServer(tmp_path / "server") as server:
        result = storyreel("render", story, "-o", tmp_path / "f.mp4", "--server", server.url, "--json")
        assert result.exit_code == 0, result.output
        done = json.loads(result.stdout.splitlines()[-1])
        assert len(frames(tmp_path / "f.mp4")) == 18
        answer = requests.get(done["scenes"][0]["clip"], timeout=10)
        assert answer.status_code == 200 and answer.content[4:8] == b"ftyp"
        names = [path.name for path in (tmp_path / "server/input/storyreel").iterdir()]
        assert len(names) == 1 and names[0].endswith("-01.png")
        assert storyreel("render", story, "-o", tmp_path / "f.mp4", "--server", server.url).exit_code == 0
        assert len(list((tmp_path / "server/input/storyreel").iterdir())) == 1, "sent once"


LONG = {"scenes": [{"prompt": f"scene {number}", "duration": 60} for number in range(4)]}


def started(story: Path, target: Path, **options: Any) -> tuple[subprocess.Popen[str], list[str]]:
    """A render of some minutes, once it shoots."""
    path = changed(story, **LONG)
    command = [*STORYREEL, "render", str(path), "-o", str(target), "--json"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    lines: list[str] = []
    assert running.stdout
    for line in running.stdout:
        lines.append(line)
        if '"progress"' in line and '"node": "2"' in line:
            return running, lines
    raise AssertionError("".join(lines))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal(story: Path, tmp_path: Path, number: signal.Signals) -> None:
    target = tmp_path / "out" / "film.mp4"
    target.parent.mkdir()
    target.write_bytes(b"the film of yesterday")
    running, _ = started(story, target)
    began = time.monotonic()
    running.send_signal(number)
    stdout, stderr = running.communicate(timeout=30)
    assert running.returncode == 130 and time.monotonic() - began < 6
    result = json.loads(stdout.splitlines()[-1])
    assert result["ok"] is False and result["error"]["code"] == "interrupted"
    assert "Traceback" not in stderr
    assert list(target.parent.iterdir()) == [target] and target.read_bytes() == b"the film of yesterday"
    (run,) = Path(os.environ["STORYREEL_HOME"], "runs").iterdir()
    assert json.loads((run / "run.json").read_text())["status"] == "interrupted"
    assert not [path for path in run.rglob("*") if path.suffix == ".mp4"], "nothing partial stays"


def test_killed(story: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "film.mp4"
    target.parent.mkdir()
    target.write_bytes(b"the film of yesterday")
    running, _ = started(story, target)
    running.kill()
    running.communicate(timeout=30)
    assert list(target.parent.iterdir()) == [target] and target.read_bytes() == b"the film of yesterday"
    (run,) = Path(os.environ["STORYREEL_HOME"], "runs").iterdir()
    assert json.loads((run / "run.json").read_text())["status"] == "running", "the record is whole, and open"


def full_disk(limit: int) -> Callable[[], None]:
    def before() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    return before


def test_a_full_disk(story: Path, tmp_path: Path) -> None:
    """No file may grow past 20 kB: the clips don't fit, and that is said in a sentence."""
    target = tmp_path / "out" / "film.mp4"
    target.parent.mkdir()
    target.write_bytes(b"the film of yesterday")
    command = [*STORYREEL, "render", str(story), "-o", str(target)]
    run = subprocess.run(command, capture_output=True, text=True, preexec_fn=full_disk(20_000), timeout=120)
    assert run.returncode == 1, run.stderr
    assert "Error: " in run.stderr and "Traceback" not in run.stderr
    assert "can't be written" in run.stderr or "too large" in run.stderr.lower() or "full" in run.stderr
    assert list(target.parent.iterdir()) == [target] and target.read_bytes() == b"the film of yesterday"


def test_a_target_that_can_t_be_written_names_where_the_film_is(story: Path, tmp_path: Path) -> None:
    """The film is made; only its last step fails. It isn't thrown away."""
    folder = tmp_path / "out"
    (folder / "story.mp4" / "in the way").mkdir(parents=True)
    result = storyreel("render", story, "-o", folder)
    assert result.exit_code == 1
    assert "can't be written" in result.stderr and "the film itself is done: " in result.stderr
    kept = Path(result.stderr.split("the film itself is done: ")[1].strip())
    assert len(frames(kept)) == 18
    assert list(folder.iterdir()) == [folder / "story.mp4"]
