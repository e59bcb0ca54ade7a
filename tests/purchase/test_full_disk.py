"""The disk fills up while paid requests are under way: what was accepted is written down, and bought once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from storyreel.studio.errors import OutputError
from storyreel.studio.ledger.room import SIZE
from storyreel.studio.production.shoot import Spend
from storyreel.studio.purchase import opened_store
from storyreel.studio.purchase.collect import collect

from .conftest import GEN, OMNI, VEO, Set


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real file system of twelve megabytes with the home on it. Skips where nobody may mount one."""
    if sys.platform == "win32":
        pytest.skip("no mount")
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a file system here")
    (place / "home").mkdir(mode=0o700)
    monkeypatch.setenv("STORYREEL_HOME", str(place / "home"))
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    """To the last byte."""
    with suppress(OSError), (disk / "filler").open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def fill_after(studio: Set, disk: Path, jobs: int) -> threading.Thread:
    """Fills the disk once so many jobs are accepted, while their answers are on the way."""

    def watched() -> None:
        until = time.monotonic() + 20
        while len(studio.jobs()) < jobs and time.monotonic() < until:
            time.sleep(0.02)
        fill(disk)

    thread = threading.Thread(target=watched)
    thread.start()
    return thread


SCENES = [GEN, VEO, OMNI, {**GEN, "duration": 3}, {**VEO, "duration": 6}, {**GEN, "duration": 4}]


@pytest.mark.parametrize("scenes", [[GEN], SCENES], ids=["one", "six"])
def test_what_was_accepted_is_in_the_ledger(disk: Path, studio: Set, scenes: list[dict]) -> None:
    studio.emulator.misbehave({"what": "slow", "seconds": 0.8})
    filling = fill_after(studio, disk, len(scenes))
    with pytest.raises(OutputError) as told:
        studio.shoot(*scenes)
    filling.join()
    jobs = studio.jobs()
    assert len(jobs) == len(scenes)
    with studio.ledger() as ledger:
        known = {attempt.operation: attempt for attempt in ledger.list()}
    assert len(known) == len(scenes)
    for operation, attempt in known.items():
        assert operation is not None and attempt.state in ("running", "done", "stored")
        if attempt.state != "stored":
            assert f"accepted this clip as operation {operation}" in str(told.value)
            assert f"storyreel ledger collect {attempt.id[:8]}" in str(told.value)
    assert "nothing is paid again" in str(told.value) and "make room" in str(told.value)

    studio.emulator.misbehave()
    with pytest.raises(OutputError):  # nothing new leaves while there is no room
        studio.shoot({**GEN, "prompt": "another"})
    assert len(studio.jobs()) == len(scenes)

    (disk / "filler").unlink()
    made = studio.shoot(*scenes)
    assert len(made.takes) == len(scenes) and studio.jobs() == studio.jobs()[: len(scenes)]
    assert {state for _, state in studio.states()} == {"stored"}


def test_a_film_with_gaps_says_it_of_each_scene(disk: Path, studio: Set) -> None:
    studio.shoot(GEN)
    studio.emulator.misbehave({"what": "slow", "seconds": 0.8})
    filling = fill_after(studio, disk, 2)
    try:
        made = studio.shoot(GEN, {**GEN, "duration": 3}, spend=Spend(limit=None, gaps=True))
        [lacking] = made.missing
        error = lacking.error
    except OutputError as all_failed:  # where not even the old clip could be laid there
        error = all_failed
    filling.join()
    assert "accepted this clip as operation" in str(error)
    (disk / "filler").unlink()
    studio.emulator.misbehave()
    assert len(studio.shoot(GEN, {**GEN, "duration": 3}).takes) == 2 and len(studio.jobs()) == 2


def test_a_vault_that_can_t_be_written(studio: Set) -> None:
    """The same where the ledger has room: of every scene, and where only one clip is collected."""
    (studio.home / "vault").mkdir()
    blocked = studio.home / "vault" / "parts"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(OutputError) as told:
        studio.shoot(GEN, VEO)
    store = opened_store(Spend())
    with store.ledger as ledger:
        for attempt in ledger.list():
            said = f"{attempt.provider} accepted this clip as operation {attempt.operation}"
            assert said in str(told.value) and str(blocked) in str(told.value)
            with pytest.raises(OutputError, match=said):
                collect(store, attempt, wait=True)
    blocked.unlink()
    assert len(studio.shoot(GEN, VEO).takes) == len(studio.jobs()) == 2


def test_without_room_for_the_answer_nothing_leaves(disk: Path, studio: Set) -> None:
    """Enough for the attempt itself, and too little for what is kept."""
    with studio.ledger():
        pass
    fill(disk)
    with (disk / "filler").open("r+b") as file:
        file.truncate((disk / "filler").stat().st_size - SIZE // 2)
    with pytest.raises(OutputError, match="can't be kept free for the ledger") as told:
        studio.shoot(GEN)
    assert "make room on that disk" in str(told.value) and str(disk / "home" / "ledger.db") in str(told.value)
    assert not studio.jobs() and not studio.states()
    (disk / "filler").unlink()
    assert studio.shoot(GEN).takes and len(studio.jobs()) == 1
