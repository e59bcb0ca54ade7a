"""A run that was interrupted on one engine is finished by another on the same ledger: the job that is under way is
followed, not bought again. Between two embedded engines always; with a real ComfyUI where there is one:

    STORYREEL_HOME=$HOME_OF_BOTH python main.py …     with what `storyreel emulate` prints in its environment
    STORYREEL_TEST_COMFYUI, STORYREEL_TEST_EMULATOR   the URLs of both
    STORYREEL_TEST_HOME                               that STORYREEL_HOME

and the same keys in the environment of the tests.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from storyreel.emulators import Emulator
from storyreel.studio.credentials import KEYS as KEYS_OF

from .checker import last
from .commands import QUICK, STORYREEL, environment, frames_in, jobs_by_take, storyreel, write_story
from .killing import frames_due
from .scenes import CLOUD, DOORS

KEYS = {
    name: os.environ.get(name, "")
    for name in (
        *(KEYS_OF[door][0] for door in CLOUD if door in KEYS_OF),
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_APPLICATION_CREDENTIALS",
    )
}
"""As they are before a test: none sees the user's own."""
LATE = {"what": "late", "seconds": 3.0}


class Place:
    """One ledger, one set of doors, and a storyboard that nobody has shot."""

    def __init__(self, folder: Path, env: dict[str, str], emulator: str) -> None:
        self.folder = folder
        self.env = env
        self.emulator = emulator
        self.tag = f"t{uuid.uuid4().hex[:10]}"
        self.story = write_story(folder, self.tag, DOORS)
        self.film = folder / "film.mp4"

    def words(self, server: str | None) -> list[str]:
        words = ["render", str(self.story), "-o", str(self.film), "--json", "--allow-spend"]
        return [*words, "--server", server] if server else words

    def jobs(self) -> dict[int, list[dict[str, Any]]]:
        record = requests.get(f"{self.emulator}/_emulator/record", timeout=20).json()
        return jobs_by_take(record, self.tag)

    def misbehave(self, *rules: dict[str, Any]) -> None:
        requests.post(f"{self.emulator}/_emulator/misbehave", json=list(rules), timeout=20).raise_for_status()

    def begin(self, server: str | None, stop: Callable[[subprocess.Popen[bytes]], None]) -> None:
        """Starts it, and stops it when every scene's job is accepted and known to the ledger."""
        self.misbehave(LATE)
        process = subprocess.Popen(
            [*STORYREEL, *self.words(server)],
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while not self.under_way():
            assert process.poll() is None and time.monotonic() < until, "it ended by itself"
            time.sleep(0.05)
        stop(process)
        process.wait()
        self.misbehave()
        assert process.returncode != 0 and not self.film.exists()

    def under_way(self) -> bool:
        if len(self.jobs()) < len(DOORS):
            return False
        with closing(sqlite3.connect(Path(self.env["STORYREEL_HOME"]) / "ledger.db")) as ledger:
            known = {
                last(id) for (id,) in ledger.execute("SELECT operation FROM attempts WHERE state = 'running'")
            }
        return all(last(taken[0]["id"]) in known for taken in self.jobs().values())

    def finish(self, server: str | None) -> None:
        run = storyreel(*self.words(server), env=self.env)
        assert run.code == 0, run.text
        jobs = self.jobs()
        assert [len(taken) for taken in jobs.values()] == [1] * len(DOORS)
        assert abs(frames_in(self.film) - frames_due(DOORS, jobs)) <= 1  # as long as the one who talks
        billed = sum(float(job["billed"]) for taken in self.jobs().values() for job in taken)
        assert abs(run.result["cost"] - billed) < 0.005


def killed(process: subprocess.Popen[bytes]) -> None:
    process.kill()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Emulator(work=0.1) as emulator:
        env = environment(tmp_path / "home", emulator.environment)
        yield Place(tmp_path, env, emulator.url)


@contextmanager
def serving(place: Place) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`storyreel serve` on the same ledger, as a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*STORYREEL, "serve", "--port", str(port), "--allow-spend", "--max-cost", "1000"],
        env=place.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 30
        while True:
            try:
                requests.get(f"{url}/system_stats", timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.05)
        yield url, process
    finally:
        process.kill()
        process.wait()


def test_from_here_to_a_server(place: Place) -> None:
    place.begin(None, killed)
    with serving(place) as (url, _):
        place.finish(url)


def test_from_a_server_that_was_killed_to_here(place: Place) -> None:
    with serving(place) as (url, server):

        def kill_both(process: subprocess.Popen[bytes]) -> None:
            server.kill()
            server.wait()
            process.kill()

        place.begin(url, kill_both)
    place.finish(None)


def test_from_a_server_that_was_interrupted_to_here(place: Place) -> None:
    with serving(place) as (url, _):

        def interrupt(process: subprocess.Popen[bytes]) -> None:
            requests.post(f"{url}/interrupt", timeout=20).raise_for_status()
            process.wait(timeout=60)

        place.begin(url, interrupt)
        place.finish(None)


def test_two_engines_at_once(place: Place) -> None:
    """Both are asked for the same film at the same time: each clip is bought by one of them, both have the film."""
    with serving(place) as (url, _):
        second = place.folder / "second.mp4"
        words = place.words(url)
        words[words.index("-o") + 1] = str(second)
        other = subprocess.Popen([*STORYREEL, *words], env=place.env, stdout=subprocess.PIPE)
        place.finish(None)
        out, _ = other.communicate(timeout=120)
        assert other.returncode == 0, out
        assert frames_in(second) == frames_in(place.film)
        assert all(len(taken) == 1 for taken in place.jobs().values())


@pytest.fixture
def shared(comfyui: str, tmp_path: Path) -> Place:
    """The ledger and the doors of a real ComfyUI."""
    emulator, home = os.environ.get("STORYREEL_TEST_EMULATOR"), os.environ.get("STORYREEL_TEST_HOME")
    if not emulator or not home or not all(KEYS.values()):
        pytest.skip(
            "needs the STORYREEL_HOME of that ComfyUI in STORYREEL_TEST_HOME, and what `storyreel emulate` prints"
        )
    found = KEYS | {f"STORYREEL_{door.upper()}_BASE_URL": f"{emulator}/{door}" for door in CLOUD}
    found |= {"STORAGE_EMULATOR_HOST": emulator, "GOOGLE_CLOUD_LOCATION": "us-central1"}
    config = Path(home) / "config.toml"
    if not config.exists():
        config.write_text(QUICK, encoding="utf-8")
    return Place(tmp_path, environment(Path(home), found), emulator)


@pytest.mark.comfyui
def test_from_here_to_comfyui(shared: Place, comfyui: str) -> None:
    shared.begin(None, killed)
    shared.finish(comfyui)


@pytest.mark.comfyui
def test_from_comfyui_to_here(shared: Place, comfyui: str) -> None:
    def interrupt(process: subprocess.Popen[bytes]) -> None:
        requests.post(f"{comfyui}/interrupt", timeout=20).raise_for_status()
        process.wait(timeout=60)

    shared.begin(comfyui, interrupt)
    shared.finish(None)
