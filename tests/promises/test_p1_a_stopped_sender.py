"""P1 where a process is stopped, by Ctrl-Z or a laptop's lid, between the ledger's yes and its request: another machine
takes the take over, a person settles what became of it, and the first goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from storyreel.emulators import Emulator
from storyreel.studio.ledger import Ledger
from storyreel.tests.postgres import postgres_server, postgres_url  # noqa: F401

from .commands import HOOK, Ran, environment, jobs_by_take, write_story

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped here")

SHOOTING = str(Path(__file__).with_name("shooting.py"))
SUBMITS = {"runway": "/runway/v1/text_to_video", "kling": "/kling/text-to-video/kling-3.0"}
MODELS = {"runway": "gen4.5", "kling": "kling-3.0"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(work=0.05) as running:
        yield running


class Machines:
    """Processes that shoot one storyboard on one ledger."""

    def __init__(self, folder: Path, emulator: Emulator, database: str, door: str) -> None:
        self.folder, self.emulator, self.door = folder, emulator, door
        self.tag = f"stopped {folder.parent.name} {folder.name}"
        scene = {"provider": door, "model": MODELS[door], "duration": 5}
        self.board = write_story(folder, self.tag, (scene,))
        self.database = database or f"sqlite:///{folder / 'home' / 'ledger.db'}"
        self.env = environment(folder / "home", emulator.environment, STORYREEL_DATABASE_URL=self.database)

    def begun(self, **more: str) -> subprocess.Popen[str]:
        words = [sys.executable, SHOOTING, str(self.board), str(self.folder / f"clips{len(more)}")]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(words, env={**self.env, **more}, stdin=subprocess.DEVNULL, **pipes)

    def stopped(self, step: str) -> subprocess.Popen[str]:
        """One that has stopped itself there, and whose heart another machine hasn't heard for long."""
        process = self.begun(
            PYTHONPATH=os.pathsep.join(filter(None, [str(HOOK), os.environ.get("PYTHONPATH")])),
            KILLING_POINTS=str(self.folder / "points"),
            KILLING_AT=f"{step}: POST {SUBMITS[self.door]} #1",
            KILLING_BY="SIGSTOP",
            KILLING_PORT=self.emulator.url.rpartition(":")[2],
        )
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), process.communicate()
        engine = create_engine(self.database)
        with engine.begin() as connection:
            connection.execute(text("UPDATE owners SET host = 'another', seen = 0"))
        engine.dispose()
        return process

    def jobs(self) -> int:
        return sum(map(len, jobs_by_take(self.emulator.record(), self.tag).values()))

    def states(self) -> list[str]:
        with Ledger(self.database) as ledger:
            return sorted(attempt.state.value for attempt in ledger.list())


def ended(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


def slept_through(machines: Machines, step: str) -> Ran:
    """What the first says that was stopped, while a second gave up its attempt and bought the clip."""
    first = machines.stopped(step)
    try:
        if machines.door == "runway":  # it can't be asked by our id
            unsure = ended(machines.begun())
            assert unsure.code == 3 and machines.jobs() == 0 and machines.states() == ["unknown"], unsure.text
            with Ledger(machines.database) as ledger:
                ledger.release(ledger.list()[0].id, "it isn't in the service's list")
        second = ended(machines.begun())
        assert second.code == 0 and machines.jobs() == 1, second.text
    finally:
        os.kill(first.pid, signal.SIGCONT)
    return ended(first)


@pytest.mark.parametrize(
    ("door", "step"),
    [
        ("runway", "before connecting"),
        pytest.param("runway", "before sending", marks=pytest.mark.slow),
        pytest.param("kling", "before connecting", marks=pytest.mark.slow),
        pytest.param("kling", "before sending", marks=pytest.mark.slow),
    ],
)
def test_it_sends_nothing_when_it_goes_on(tmp_path: Path, emulator: Emulator, door: str, step: str) -> None:
    machines = Machines(tmp_path, emulator, "", door)
    first = slept_through(machines, step)
    assert machines.jobs() == 1, first.text
    assert first.code in (0, 3) and "all the same" not in first.text, first.text
    assert machines.states().count("stored") == 1 and set(machines.states()) <= {"stored", "released"}


@pytest.mark.slow
def test_on_a_shared_database(tmp_path: Path, emulator: Emulator, postgres_url: str) -> None:  # noqa: F811
    machines = Machines(tmp_path, emulator, postgres_url, "runway")
    first = slept_through(machines, "before connecting")
    assert machines.jobs() == 1, first.text
