"""Paid storyboards from the command line: the price first, a yes before anything is sent, and nothing paid twice."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from storyreel.emulators import Emulator
from storyreel.runner.cli import app
from storyreel.studio.home import home
from typer.testing import CliRunner

STORYREEL = [sys.executable, "-c", "from storyreel.runner.cli import main; main()"]


def storyreel(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def last(result: Any) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """The emulators, with the environment that leads there. A door's clips cost what they would."""
    with Emulator(work=0.05, queue=0.02, picture="plain") as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        home().mkdir(exist_ok=True)
        quick = "".join(f"[doors.{door}]\npoll_seconds = 0.1\n" for door in ("vertex", "google", "runway"))
        (home() / "config.toml").write_text(quick + "[retries]\nwaits = [0.05]\n")
        yield emulator


def write(folder: Path, *scenes: dict[str, Any], **keys: Any) -> Path:
    path = folder / "paid.json"
    plain = {"title": "Paid", "quality": "draft", "fps": 12, "provider": "runway", "model": "gen4.5"}
    path.write_text(json.dumps({**plain, **keys, "scenes": list(scenes)}))
    return path


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two scenes of gen4.5, 2 s each at $0.12 a second: $0.48."""
    return write(tmp_path, {"prompt": "a street", "duration": 1.5}, {"prompt": "a door", "duration": 2})


def jobs(shop: Emulator) -> list[Any]:
    return shop.record()["jobs"]


def test_a_dry_run_shows_every_price_and_every_fault(tmp_path: Path) -> None:
    """Without any key, and nothing is made: no ledger, no run."""
    path = write(
        tmp_path,
        {"prompt": "a street", "duration": 3},
        {"prompt": "a door", "provider": "vertex", "model": "veo-3.1", "duration": 5, "resolution": "1080p"},
        {"prompt": "a card", "provider": "animatic"},
        {"prompt": "a sea", "provider": "veo", "duration": 5, "music": "x"},
    )
    result = storyreel("render", path, "--dry-run", "--json")
    assert result.exit_code == 2
    said = last(result)
    assert said["ok"] is False and said["cost"] == 0.36 and said["ready"] is False
    assert [(s["provider"], s["model"], s["bought"], s["cost"]) for s in said["scenes"]] == [
        ("runway", "gen4.5", 3.0, 0.36),
        ("vertex", "veo-3.1", None, None),
        ("animatic", "animatic", None, 0.0),
        ("veo", None, None, None),
    ]
    assert [fault["place"] for fault in said["error"]["faults"]] == ["scenes[1].duration", "scenes[3].music"]
    assert any("RUNWAYML_API_SECRET" in sentence for sentence in said["missing"])
    shown = storyreel("render", path, "--dry-run")
    assert shown.exit_code == 2
    row = next(line.split() for line in shown.stdout.splitlines() if "a street" in line)
    assert row == ["0", "0:00.000", "3", "s", "3", "s", "$0.36", "gen4.5,", "runway", "720p", "a", "street"]
    assert "fault: scenes[1].duration: veo-3.1 makes 1080p only at 8 s" in shown.stdout
    assert "costs $0.36 without what is at fault" in shown.stdout
    assert list(home().iterdir()) == []


def test_a_dry_run_shows_what_is_left_of_the_budgets(two: Path) -> None:
    (home() / "config.toml").write_text(
        "[budgets]\nday = 0.4\n[budgets.doors.runway]\nmonth = 20\n[budgets.doors.google]\nday = 0.1\n"
    )
    shown = storyreel("render", two, "--dry-run").stdout
    assert "budget: $0.40 of $0.40 left today is not enough" in shown
    assert "budget: $20.00 of $20.00 left this month through runway" in shown
    [google] = [line for line in shown.splitlines() if "through google" in line]
    assert google.strip() == "budget: $0.10 of $0.10 left today through google", (
        "nothing of it is asked of google"
    )
    assert last(storyreel("render", two, "--dry-run", "--json"))["budgets"][0]["left"] == 0.4


def test_nothing_is_sent_before_somebody_agrees(shop: Emulator, two: Path, tmp_path: Path) -> None:
    result = storyreel("render", two, "-o", tmp_path / "film.mp4")
    assert result.exit_code == 2
    assert "the film would cost $0.48 ($0.48 by runway), and nobody has agreed to that" in result.stderr
    assert "--allow-spend" in result.stderr
    for options, says in (
        (["--max-cost", "1"], "nobody has agreed"),  # a limit is no yes
        (["--allow-spend", "--max-cost", "0.4"], "the film would cost $0.48, and --max-cost allows $0.40"),
    ):
        answer = last(storyreel("render", two, "-o", tmp_path / "film.mp4", "--json", *options))
        assert answer["error"]["code"] == "bad_input" and says in answer["error"]["message"]
    hint = answer["error"]["hint"]
    assert hint.endswith("scene 0: animatic (free); scene 1: animatic (free)"), "only what fits"
    (home() / "config.toml").write_text("[budgets]\nday = 0.47\n")
    answer = last(storyreel("render", two, "-o", tmp_path / "film.mp4", "--json", "--allow-spend"))
    assert "the film would cost $0.48, and $0.47 is left today" in answer["error"]["message"]
    assert jobs(shop) == [] and not (tmp_path / "film.mp4").exists()


def on_terminal(typed: bytes, *arguments: str | Path) -> tuple[int, str]:
    """The exit code and what a person at a terminal saw."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [*STORYREEL, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "COLUMNS": "100"},
    )
    os.close(theirs)
    os.write(ours, typed)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # the terminal's end, as Linux tells it
        pass
    os.close(ours)
    return run.wait(), seen.decode()


def test_a_person_is_shown_the_plan_and_asked(shop: Emulator, two: Path, tmp_path: Path) -> None:
    code, seen = on_terminal(b"n\n", "render", two, "-o", tmp_path / "film.mp4")
    assert code == 2 and "a street" in seen and "gen4.5, runway" in seen
    assert "Spend up to $0.48? [y/N]" in seen and "nothing was spent: you said no" in seen
    assert jobs(shop) == []
    code, seen = on_terminal(b"y\n", "render", two, "-o", tmp_path / "film.mp4")
    assert code == 0 and len(jobs(shop)) == 2 and (tmp_path / "film.mp4").exists()


def test_bought_once(shop: Emulator, two: Path, tmp_path: Path) -> None:
    bought = storyreel("render", two, "-o", tmp_path / "film.mp4", "--allow-spend", "--json")
    told = {json.loads(line).get("text", "") for line in bought.stdout.splitlines()}
    assert "shooting: 2 of 2 scenes, $0.48 spent" in told
    first = last(bought)
    assert first["ok"] and (first["cost"], first["spent"], first["rehearsal"]) == (0.48, 0.48, False)
    assert [(s["model"], s["provider"], s["cost"], s["state"], s["reused"]) for s in first["scenes"]] == [
        ("gen4.5", "runway", 0.24, "done", False)
    ] * 2
    result = storyreel("render", two, "-o", tmp_path / "again.mp4", "--json")
    assert result.exit_code == 0, "what is there costs nothing: nobody is asked"
    again = last(result)
    assert (again["cost"], again["spent"]) == (0.48, 0.0) and all(s["reused"] for s in again["scenes"])
    assert len(jobs(shop)) == 2
    dry = last(storyreel("render", two, "--dry-run", "--json"))
    assert dry["cost"] == 0 and all(scene["reused"] for scene in dry["scenes"])


def test_a_retake_buys_one_scene_and_keeps_the_old(shop: Emulator, two: Path, tmp_path: Path) -> None:
    storyreel("render", two, "-o", tmp_path / "film.mp4", "--allow-spend")
    result = storyreel("render", two, "-o", tmp_path / "film.mp4", "--retake", "1")
    assert result.exit_code == 2 and "would cost $0.24" in result.stderr
    made = last(
        storyreel("render", two, "-o", tmp_path / "film.mp4", "--retake", "1", "--allow-spend", "--json")
    )
    assert made["spent"] == 0.24 and [scene["reused"] for scene in made["scenes"]] == [True, False]
    assert len(jobs(shop)) == 3
    result = storyreel("render", two, "-o", tmp_path / "film.mp4", "--retake", "0", "--allow-spend")
    words = json.loads(two.read_text())["scenes"][0]["prompt"]
    shown, running = (
        result.stderr.find(each) for each in ("another take of scene 0 (the first is 0)", "running")
    )
    assert 0 <= shown < running and words in result.stderr and "$0.24" in result.stderr[shown:running]
    assert len(jobs(shop)) == 4
    newest = last(storyreel("render", two, "-o", tmp_path / "film.mp4", "--json"))
    assert newest["spent"] == 0, "from now on the new take is the scene's"
    plain = json.loads(two.read_text())
    plain["scenes"][1]["take"] = 1
    two.write_text(json.dumps(plain))
    older = last(storyreel("render", two, "-o", tmp_path / "film.mp4", "--json"))
    assert older["spent"] == 0 and len(jobs(shop)) == 4, "and the old one is still there"


def test_retakes_of_what_is_not_there(two: Path, tmp_path: Path) -> None:
    result = storyreel("render", two, "--retake", "2", "--dry-run")
    assert result.exit_code == 2 and "--retake 2: the storyboard has scene 0 to 1" in result.stderr
    path = write(tmp_path, {"prompt": "a"}, provider="animatic")
    assert "always made anew" in storyreel("render", path, "--retake", "0").stderr


def test_a_failed_scene_leaves_the_others_going(shop: Emulator, two: Path, tmp_path: Path) -> None:
    shop.misbehave({"what": "failed", "door": "runway", "nth": 1, "failure": "it broke"})
    target = tmp_path / "film.mp4"
    result = storyreel("render", two, "-o", target, "--allow-spend", "--json")
    assert result.exit_code == 1 and not target.exists()
    said = last(result)
    assert sorted(scene["state"] for scene in said["scenes"]) == ["done", "failed"]
    (failed,) = (scene for scene in said["scenes"] if scene["state"] == "failed")
    assert failed["error"]["message"] and failed["prompt"] in ("a street", "a door")
    assert "again" in said["error"]["message"] + said["error"]["hint"], "what to do next"
    assert len(jobs(shop)) == 2
    made = last(storyreel("render", two, "-o", target, "--allow-spend", "--json"))
    assert made["ok"] and [scene["reused"] for scene in made["scenes"]].count(True) == 1
    assert len(jobs(shop)) == 3, "the same command buys only what is missing"


def test_a_film_with_gaps(shop: Emulator, two: Path, tmp_path: Path) -> None:
    shop.misbehave({"what": "failed", "door": "runway", "nth": 1, "failure": "it broke"})
    result = storyreel("render", two, "-o", tmp_path / "film.mp4", "--allow-spend", "--allow-gaps", "--json")
    assert result.exit_code == 3
    said = last(result)
    assert said["ok"] and sorted(scene["state"] for scene in said["scenes"]) == ["done", "failed"]
    (failed,) = (scene for scene in said["scenes"] if scene["state"] == "failed")
    assert failed["start"] is None and failed["error"]["code"]
    assert any(f"scenes[{failed['index']}] is missing in the film" in warning for warning in said["warnings"])
    assert said["film"]["duration"] in (1.5, 2.0) and said["cost"] == 0.24


def test_nobody_knows_whether_it_was_accepted(shop: Emulator, tmp_path: Path) -> None:
    """The scene is unknown, not failed; the sentence has the command that settles it, and nothing is sent again."""
    path = write(tmp_path, {"prompt": "a street", "duration": 2})
    shop.misbehave({"what": "reset", "door": "runway", "at": "submit", "nth": 1})
    result = storyreel("render", path, "--allow-spend", "--json", "-o", tmp_path / "film.mp4")
    assert result.exit_code == 1
    said = last(result)
    assert said["error"]["code"] == "unknown_outcome" and said["scenes"][0]["state"] == "unknown"
    assert "storyreel ledger collect" in said["error"]["message"] + said["error"]["hint"]
    assert (
        last(storyreel("render", path, "--allow-spend", "--json", "-o", tmp_path / "film.mp4"))["ok"] is False
    )
    assert len(jobs(shop)) == 1


def test_a_budget_that_is_nearly_used_is_an_event(shop: Emulator, two: Path, tmp_path: Path) -> None:
    kept = (home() / "config.toml").read_text()
    (home() / "config.toml").write_text(f"{kept}\n[budgets]\nday = 0.6\nmonth = 100\n")
    result = storyreel("render", two, "-o", tmp_path / "film.mp4", "--allow-spend", "--json")
    assert result.exit_code == 0, "an alert is no loss"
    events = [json.loads(line) for line in result.stdout.splitlines()]
    (alert,) = (event for event in events if event.get("event") == "budget")
    assert (alert["name"], alert["threshold"], alert["used"], alert["limit"]) == ("today", 75, 0.48, 0.6)
    assert events[-1]["warnings"] == ["80 % of the budget for today are used: $0.48 of $0.60"]
    again = storyreel("render", two, "-o", tmp_path / "film.mp4", "--json")
    assert again.exit_code == 0 and '"event": "budget"' not in again.stdout, "told once"


def test_another_door_is_told_and_another_model_a_loss(shop: Emulator, tmp_path: Path) -> None:
    path = write(tmp_path, {"prompt": "a street", "duration": 2}, provider="auto", model=None)
    shop.misbehave({"what": "failed", "door": "vertex", "failure": "internal"})
    result = storyreel("render", path, "-o", tmp_path / "film.mp4", "--allow-spend", "--json")
    assert result.exit_code == 0, "the same model, as it was wished"
    said = last(result)
    assert (said["scenes"][0]["provider"], said["scenes"][0]["model"]) == ("runway", "veo-3.1")
    assert len(said["warnings"]) == 1 and "instead of veo-3.1 through vertex" in said["warnings"][0]
    path = write(tmp_path, {"prompt": "a door", "duration": 2}, provider="auto", model=None)
    shop.misbehave(
        {"what": "failed", "door": "vertex", "failure": "internal"},
        {"what": "failed", "door": "runway", "failure": "internal"},
        {"what": "failed", "door": "fal", "failure": "internal"},
    )
    result = storyreel("render", path, "-o", tmp_path / "film.mp4", "--allow-spend", "--json")
    assert result.exit_code == 3
    said = last(result)
    assert (
        said["scenes"][0]["model"] not in ("veo-3.1", "animatic")
        and said["cost"] == said["scenes"][0]["cost"]
    )
    assert all("instead of veo-3.1 through vertex" in warning for warning in said["warnings"])
    assert said["scenes"][0]["model"] in said["warnings"][-1]


def test_a_workflow_that_spends_needs_a_yes(shop: Emulator, two: Path, tmp_path: Path) -> None:
    saved = two.with_name("saved.json")
    made = storyreel("render", two, "-o", tmp_path / "film.mp4", "--allow-spend", "--save-workflow", saved)
    assert made.exit_code == 0
    again = storyreel("run", saved, "-o", tmp_path / "out", "--json")
    assert again.exit_code == 0, "the saved one spends nothing by itself, and its clips are there"
    assert len(jobs(shop)) == 2
    asked = storyreel("run", saved, "-o", tmp_path / "out", "--set", "Shoot Storyboard.max_cost=2")
    assert asked.exit_code == 2 and "Shoot Storyboard (#2) (up to $2.00)" in asked.stderr
    veo = tmp_path / "veo.json"
    graph = {"7": {"class_type": "StoryreelVeo", "inputs": {"prompt": "a"}}}
    veo.write_text(json.dumps(graph))
    refused = storyreel("run", veo, "-o", tmp_path / "out")
    assert refused.exit_code == 2 and "--allow-spend" in refused.stderr and "spend money" in refused.stderr
    assert len(jobs(shop)) == 2


def test_a_rehearsal_costs_nothing_and_says_so_everywhere(tmp_path: Path) -> None:
    path = write(tmp_path, {"prompt": "a street", "duration": 1.5}, title="The Street")
    environment = dict(os.environ)
    result = storyreel("render", path, "--rehearse", "-o", tmp_path / "film.mp4", "--json")
    assert result.exit_code == 0, result.output
    said = last(result)
    assert said["rehearsal"] is True and said["scenes"][0]["provider"] == "runway" and said["cost"] == 0.24
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.metadata["title"] == "REHEARSAL · The Street"
        assert sum(1 for _ in film.decode(video=0)) == 18
    assert [entry.name for entry in home().iterdir()] == ["rehearsal"], "the real ledger isn't touched"
    assert (home() / "rehearsal" / "ledger.db").exists()
    assert dict(os.environ) == environment
    shown = storyreel("render", path, "--rehearse", "-o", tmp_path / "film.mp4")
    assert "REHEARSAL" in shown.stdout and shown.exit_code == 0
    assert "REHEARSAL" in storyreel("render", path, "--rehearse", "--dry-run").stdout


def test_a_rehearsal_stays_here(two: Path) -> None:
    result = storyreel("render", two, "--rehearse", "--server", "http://127.0.0.1:9")
    assert result.exit_code == 2 and "it would pay with its own keys" in result.stderr


def test_auto_without_any_key_is_an_animatic_and_a_loss(tmp_path: Path) -> None:
    path = write(tmp_path, {"prompt": "a street", "duration": 0.5}, provider="auto", model=None)
    dry = last(storyreel("render", path, "--dry-run", "--json"))
    assert dry["cost"] > 0 and dry["ready"] is False and "animatics instead" in dry["missing"][0]
    result = storyreel("render", path, "-o", tmp_path / "film.mp4", "--json")
    assert result.exit_code == 3
    said = last(result)
    assert said["scenes"][0]["provider"] == "animatic" and said["cost"] == 0
    assert said["warnings"] == ["scenes[0].provider: no door is ready, so it is an animatic"]


def test_a_server_has_keys_of_its_own(two: Path, tmp_path: Path) -> None:
    """Nobody here knows them; the price is known, and needs a yes all the same."""
    here = storyreel("check", two)
    assert here.exit_code == 2 and "RUNWAYML_API_SECRET" in here.stderr
    assert storyreel("check", two, "--server", "http://127.0.0.1:9").exit_code == 0
    plan = last(storyreel("render", two, "--server", "http://127.0.0.1:9", "--dry-run", "--json"))
    assert plan["cost"] == 0.48 and plan["missing"] == []
    there = storyreel("render", two, "--server", "http://127.0.0.1:9", "-o", tmp_path / "film.mp4")
    assert there.exit_code == 2 and "would cost $0.48" in there.stderr and "SECRET" not in there.stderr
