"""P1, P2 and P3 against gateways that answer late or in the service's place, services whose reads lag, processes that
die, machines that sleep and clocks that jump: a take has one accepted job, and its clip comes.

Time is scaled: a client that waits a minute for an answer waits SCALE of it here, and a gateway may hold a request for
up to 200 s. Every seed is a story of its own: what is in its way, several runs of the same purchase, and a person who
settles what stays unknown by looking at the service's list. `STORYREEL_TEST_SEEDS=500` plays that many.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator
from storyreel.studio.config import config
from storyreel.studio.errors import StoryreelError
from storyreel.studio.ledger import Ledger
from storyreel.studio.ledger.spend_policy import Spend
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.planning.shots import shots
from storyreel.studio.providers import provider
from storyreel.studio.providers.contract import Take
from storyreel.studio.purchase.context import Store
from storyreel.studio.purchase.purchase import Purchase
from storyreel.studio.store.vault import Vault
from storyreel.studio.storyboard.parser import from_plain

from .scenes import CLOUD, Scene, of_doors, scene_at, written

SCALE = 0.15 / 60
PATIENCE, SETTLE, LONGEST = 60 * SCALE, 30 * SCALE, 200 * SCALE
QUICK = (
    of_doors(
        f"poll_seconds = 0.01\nanswer_seconds = {PATIENCE}\nsettle_seconds = {SETTLE}\ntimeout_minutes = 0.01"
    )
    + "[retries]\nwaits = [0.01, 0.02]\n[breaker]\nfailures = 100000\n"
)
NEW_KLING: Scene = {"provider": "kling", "model": "kling-3.0-turbo", "duration": 3}
SCENES = {**{door: scene_at(door) for door in CLOUD}, "kling, new family": NEW_KLING}
DAY = 86400.0


class Doors:
    """An emulator for each door: what is in the way of one is in no other's."""

    def __init__(self, stack: ExitStack) -> None:
        self.of = {door: stack.enter_context(Emulator(work=0.01, concurrent={})) for door in CLOUD}

    @property
    def environment(self) -> dict[str, str]:
        found = dict(self.of["vertex"].environment)
        for door, emulator in self.of.items():
            names = {"google": ("_GOOGLE_BASE", "GEMINI")}.get(door, (door.upper(),))
            mine = emulator.environment.items()
            found |= {name: value for name, value in mine if any(part in name for part in names)}
        return found


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with ExitStack() as stack:
        yield Doors(stack)


@pytest.fixture
def home(doors: Doors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in doors.environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(QUICK, encoding="utf-8")
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path / "home"))
    return tmp_path


def in_the_way(dice: random.Random, door: str) -> list[dict[str, Any]]:
    """What becomes of the first requests, and how the service's reads lag."""
    seconds = dice.uniform(0, LONGEST)
    proxied = {
        "what": "proxy",
        "status": dice.choice([301, 302, 303, 307, 308, 408, 409, 425, 429, 499, 502, 503, 504, 520]),
        "form": dice.choice(["html", "json", "empty"]),
        "accepted": dice.random() < 0.6,
    }
    ways: list[dict[str, Any]] = [
        *({"what": "held", "seconds": seconds} for _ in range(4)),
        *({"what": "slow", "seconds": seconds} for _ in range(2)),
        *({"what": "arrives_late", "seconds": seconds} for _ in range(2)),
        *({"what": what} for what in ("hang", "hang_before", "reset", "reset_before")),
        *({"what": what} for what in ("truncated", "no_id", "html_200")),
        *(proxied for _ in range(4)),
        {"what": "503", "accepted": door in ("kling", "heygen")},
    ]
    rules = [{"at": "submit", "times": dice.choice([1, 1, 2]), **dice.choice(ways)} for _ in range(2)]
    for at in ("poll", "other"):  # HeyGen's list is one of its others
        if dice.random() < 0.5:
            rules.append({"at": at, "what": dice.choice(["404", "404", "500"]), "times": dice.randint(1, 6)})
    return [{"door": door, **rule} for rule in rules]


class Story:
    """One purchase, tried by one process after another."""

    def __init__(self, seed: int, name: str, home: Path, doors: Doors) -> None:
        self.dice = random.Random(seed)
        self.tag = f"seed {seed} of {name}"
        self.door = SCENES[name]["provider"]
        self.emulator = doors.of[self.door]
        scene = written(SCENES[name], 1, self.tag)
        [self.shot] = shots(from_plain({"scenes": [scene]}), Path())
        self.wish = Wish(self.door, scene.get("model"))
        self.file = home / f"{self.tag}.db"
        self.clip = home / f"{self.tag}.mp4"
        self.ledgers: list[Ledger] = []
        self.abandoned: list[Any] = []
        self.said: list[str] = []

    def opened(self) -> Store:
        """Of a process whose clock may be off by days either way."""
        off = self.dice.choice([0.0, 0.0, -40 * DAY, -3600.0, 90.0, 3600.0, 40 * DAY])
        ledger = Ledger(f"sqlite:///{self.file}", clock=lambda: time.time() + off, beat=1e6)
        self.ledgers.append(ledger)
        return Store(ledger, Vault(), config(), Spend(limit=Decimal(50)).identified(), set())

    def run(self, store: Store, killed_after: int | None = None) -> Take | None:
        """One process: until it has the clip, or gives up, or is killed at one of its pauses."""
        course = Purchase(self.shot, self.wish, self.clip, store).course()
        try:
            for count in range(10000):
                if count == killed_after:
                    self.abandoned.append(course)  # it never comes to any `finally`
                    self.dead()
                    return None
                time.sleep(min(next(course).seconds, 0.02))
        except StopIteration as end:
            return end.value
        except StoryreelError as error:
            self.said.append(f"{type(error).__name__}: {error}")
        return None

    def dead(self) -> None:
        """The processes so far count as gone: killed, or not heard of for half a minute."""
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            connection.execute("DELETE FROM owners")

    def jobs(self) -> list[dict[str, Any]]:
        return [job for job in self.emulator.record()["jobs"] if self.tag in json.dumps(job["ask"])]

    def attempts(self) -> list[Any]:
        with Ledger(f"sqlite:///{self.file}") as ledger:
            return ledger.list()


def played(seed: int, name: str, home: Path, doors: Doors) -> list[str]:
    """What was wrong with one story."""
    story = Story(seed, name, home, doors)
    dice = story.dice
    story.emulator.misbehave(*in_the_way(dice, story.door))
    taken: Take | None = None
    for number in range(3):
        store = story.opened()
        killed = dice.randint(0, 6) if dice.random() < 0.4 else None
        first = threading.Thread(target=story.run, args=(store, killed))
        first.start()
        if dice.random() < 0.4:  # it sleeps with its request on the way, and is taken for dead
            time.sleep(dice.uniform(0.01, 1.5 * PATIENCE))
            story.dead()
            taken = story.run(story.opened()) or taken
        first.join(60)
        if number == 1:
            story.emulator.misbehave()
    time.sleep(LONGEST + 0.05)  # whatever was on its way has arrived
    wrong = []
    for _ in range(3):
        story.dead()
        taken = story.run(story.opened())
        if taken is not None:
            break
        for attempt in story.attempts():
            if attempt.state in ("sending", "unknown"):
                known = {one.operation for one in story.attempts()}
                shown = [provider(story.door).operation(job["id"]).id for job in story.jobs()]
                jobs = [id for id in shown if id not in known]
                with Ledger(f"sqlite:///{story.file}") as ledger:
                    if jobs:
                        ledger.adopt(attempt.id, jobs[0])
                    else:
                        ledger.release(attempt.id, "it isn't there")
    jobs, attempts = story.jobs(), story.attempts()
    if len(jobs) != 1:
        wrong.append(f"{len(jobs)} jobs were accepted")
    if taken is None or not taken.path.stat().st_size:
        wrong.append("its clip was lost")
    held = sum((one.charged + one.reserved for one in attempts), Decimal(0))
    if held < sum(Decimal(job["billed"]) for job in jobs):
        wrong.append(f"the ledger has {held}, and {[job['billed'] for job in jobs]} were billed")
    for ledger in story.ledgers:
        ledger.close()
    states = [(one.state.value, one.sends, one.operation, one.why) for one in attempts]
    return [f"{story.tag}: {fault}; {states}; {story.said}" for fault in wrong]


def all_played(seeds: int, home: Path, doors: Doors) -> list[str]:
    """One story after another at each door, all doors at once."""
    names = list(SCENES)

    def of_door(door: str) -> list[str]:
        mine = [seed for seed in range(seeds) if SCENES[names[seed % len(names)]]["provider"] == door]
        return [fault for seed in mine for fault in played(seed, names[seed % len(names)], home, doors)]

    with ThreadPoolExecutor(len(CLOUD)) as pool:
        return [fault for faults in pool.map(of_door, CLOUD) for fault in faults]


def test_a_few(home: Path, doors: Doors) -> None:
    assert all_played(len(SCENES), home, doors) == []


@pytest.mark.slow
def test_many(home: Path, doors: Doors) -> None:
    assert all_played(int(os.environ.get("STORYREEL_TEST_SEEDS", "80")), home, doors) == []
