"""Runs keep a record for ever and their clips for a while."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from storyreel.runner.jobs import run_records
from storyreel.studio.errors import Interrupted, OutputError, RunFailed


def test_home_is_what_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path / "h"))
    assert run_records.home() == tmp_path / "h"
    assert run_records.new_run_folder().parent == tmp_path / "h" / "runs"


def test_a_home_that_can_t_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path / "file" / "h"))
    with pytest.raises(OutputError, match="STORYREEL_HOME"):
        run_records.new_run_folder()


def test_the_record(tmp_path: Path) -> None:
    record = run_records.RunRecord(tmp_path, workflow="a.json")
    record.write(prompt_id="id", graph={"1": {}})
    begun = json.loads((tmp_path / "run.json").read_text())
    assert begun["status"] == "running" and begun["finished"] is None and begun["workflow"] == "a.json"
    record.done([{"path": "é"}], {"1": {"took": 1.5}})
    ended = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert ended["status"] == "done" and ended["finished"] and ended["outputs"] == [{"path": "é"}]
    assert ended["prompt_id"] == "id" and ended["nodes"] == {"1": {"took": 1.5}} and ended["error"] is None
    assert set(begun) == set(ended) and list(tmp_path.iterdir()) == [tmp_path / "run.json"]


def test_the_record_of_a_failure(tmp_path: Path) -> None:
    record = run_records.RunRecord(tmp_path)
    record.failed(RunFailed("no", node_id="3").to_plain())
    assert record.data["status"] == "failed" and record.data["error"]["node_id"] == "3"
    record.failed(Interrupted().to_plain())
    assert record.data["status"] == "interrupted"


def test_older_runs_lose_their_clips_and_keep_their_record(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path))
    folders = []
    for number in range(run_records.KEPT + 3):
        folder = tmp_path / "runs" / f"20260101-0000{number:02}-aaaaaa"
        (folder / "temp").mkdir(parents=True)
        (folder / "temp" / "clip.mp4").write_bytes(b"x")
        run_records.RunRecord(folder, status="running" if number == 1 else "done").write()
        folders.append(folder)
    run_records.new_run_folder()
    kept = [(folder / "temp").exists() for folder in folders]
    assert kept == [False, True, False, False, *[True] * (run_records.KEPT - 1)], (
        "a run that still works is left alone"
    )
    assert all((folder / "run.json").exists() for folder in folders)
    long_ago = time.time() - 2 * run_records.ABANDONED
    os.utime(folders[1], (long_ago, long_ago))
    run_records.new_run_folder()
    assert not (folders[1] / "temp").exists(), "a run that was killed long ago isn't"
