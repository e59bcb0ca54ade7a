"""P6 Old runs stay readable: the ledger and the vault of every release serve their clips in this one, at no cost.

`releases/` holds a paid run of each, made by releases/make.py. tests/ledger holds the ledgers to every row of theirs.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator

from .commands import Ran, environment, frames_in, storyreel

RELEASES = sorted(path.parent for path in (Path(__file__).parent / "releases").glob("*/ledger.sql"))


class Old:
    def __init__(self, release: Path, folder: Path, emulator: Emulator) -> None:
        self.emulator = emulator
        self.folder = folder
        self.home = folder / "home"
        self.env = environment(self.home, emulator.environment)
        shutil.copytree(release / "vault", self.home / "vault")
        with closing(sqlite3.connect(self.home / "ledger.db")) as connection:
            connection.executescript((release / "ledger.sql").read_text(encoding="utf-8"))
        self.story: dict[str, Any] = json.loads((release / "story.json").read_text(encoding="utf-8"))
        self.cost = float(self.story.pop("cost"))

    def render(self, *words: object, **scene: Any) -> Ran:
        story = self.folder / "story.json"
        if scene:
            self.story["scenes"].append(scene)
        story.write_text(json.dumps(self.story), encoding="utf-8")
        return storyreel("render", story, "-o", self.folder / "film.mp4", "--json", *words, env=self.env)


@pytest.fixture(params=RELEASES, ids=[path.name for path in RELEASES])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    with Emulator(work=0.02) as emulator:
        yield Old(request.param, tmp_path, emulator)


def test_there_is_a_run_of_the_first_release_with_a_ledger() -> None:
    assert "0.2.0" in [path.name for path in RELEASES]


def test_its_clips_cost_nothing(old: Old) -> None:
    run = old.render("--allow-spend")
    assert run.code == 0, run.text
    seconds = sum(scene["duration"] for scene in old.story["scenes"])
    assert frames_in(old.folder / "film.mp4") == 2 * seconds
    assert all(scene["reused"] for scene in run.result["scenes"])
    assert run.result["spent"] == 0 and abs(run.result["cost"] - old.cost) < 0.005
    seen = old.emulator.record()
    assert not seen["jobs"] and not seen["refused"] and seen["events"] == 0, "nobody was asked for anything"


def test_it_is_gone_on_with(old: Old) -> None:
    before = len(old.story["scenes"])
    run = old.render("--allow-spend", prompt="a new scene", provider="runway", model="gen4.5", duration=2)
    assert run.code == 0, run.text
    assert [scene["reused"] for scene in run.result["scenes"]] == [True] * before + [False]
    assert len(old.emulator.record()["jobs"]) == 1
    checked = storyreel("ledger", "check", "--json", env=old.env)
    assert checked.code == 0, checked.text
