"""P7 The nemesis run: two hundred scenes over all doors, which answer late, twice, wrongly or not at all, several
processes at once of which some are killed; then what is unknown is settled by hand. A checker reads both histories."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator

from .checker import Histories, faults, final_faults, read
from .commands import Ran, environment, write_story
from .scenes import CLOUD, DOORS, FOUND, of_doors
from .warm import Starter

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SEED = 20261121
SCENES = 200
PROCESSES = 4
PROMPT = r"scene \d+ nemesis\d"
CAPS = Decimal(30), Decimal(500)
"""Dollars a day: too few at first, then enough."""
CONFIG = (
    of_doors(
        "poll_seconds = 0.05\nanswer_seconds = 1.5\nsettle_seconds = 2\nconcurrent = 40\nsubmits_per_minute = 100000"
    )
    + """
[retries]
waits = [0.02, 0.05, 0.1]
[breaker]
failures = 4
seconds = 0.3
[failover]
models = ["veo-3.1-fast"]
[budgets]
day = {cap}
"""
)
ANYWHERE = {"provider": "auto", "model": "veo-3.1-fast", "resolution": "720p", "duration": 4}

SUBMIT = {
    "429": 0.04,
    "503": 0.04,
    "500": 0.02,
    "502": 0.02,
    "504": 0.01,
    "hang": 0.01,
    "hang_before": 0.01,
    "reset": 0.03,
    "reset_before": 0.02,
    "no_id": 0.02,
    "truncated": 0.02,
    "html_200": 0.01,
    "twice": 0.04,
    "slow": 0.03,
    "late": 0.05,
    "empty": 0.03,
    "failed": 0.04,
    "extra_fields": 0.05,
    "damaged": 0.01,
    "wrong_clip": 0.02,
    "expires": 0.03,
}
POLL = {
    "429": 0.03,
    "500": 0.02,
    "502": 0.02,
    "503": 0.02,
    "reset": 0.02,
    "404": 0.01,
    "hang": 0.003,
    "twice": 0.02,
}
DOWNLOAD = {
    "truncated": 0.1,
    "reset": 0.03,
    "expired": 0.05,
    "error_page": 0.03,
    "wrong_type": 0.02,
    "500": 0.03,
    "spoiled": 0.04,
    "404": 0.02,
}


def rules() -> list[dict[str, Any]]:
    """Everything that can go wrong, with its chance. A request is struck by one of them at most."""
    dice = random.Random(SEED)
    made = []
    for at, chances in (("submit", SUBMIT), ("poll", POLL), ("download", DOWNLOAD)):
        for what, chance in chances.items():
            rule = {"what": what, "at": at, "chance": chance, "seed": dice.randrange(2**32)}
            if what in ("late", "slow", "expires"):
                rule["seconds"] = 0.3
            made.append(rule)
            if at == "submit" and what in ("500", "502", "504"):
                made.append({**rule, "accepted": True, "seed": dice.randrange(2**32)})
    return made


class Nemesis:
    def __init__(self, folder: Path, emulator: Emulator, starter: Starter) -> None:
        self.folder, self.emulator, self.starter = folder, emulator, starter
        self.home = folder / "home"
        self.env = environment(self.home, emulator.environment)
        self.dice = random.Random(SEED)
        self.caps: list[tuple[float, Decimal]] = []
        self.boards = [self._board(number) for number in range(PROCESSES)]

    def _board(self, number: int) -> Path:
        kinds = (*DOORS, ANYWHERE)
        scenes = tuple(self.dice.choice(kinds) for _ in range(SCENES // PROCESSES))
        return write_story(self.folder / f"board{number}", f"nemesis{number}", scenes)

    def allow(self, cap: Decimal) -> None:
        (self.home / "config.toml").write_text(CONFIG.replace("{cap}", str(cap)), encoding="utf-8")
        self.caps.append((time.time(), cap))

    def cap(self, at: float) -> Decimal:
        return [cap for since, cap in self.caps if since <= at][-1]

    def start(self, number: int) -> subprocess.Popen[str]:
        words = [sys.executable, str(Path(__file__).with_name("shooting.py"))]
        words += [str(self.boards[number]), str(self.folder / f"clips{number}")]
        log = (self.folder / f"log{number}.txt").open("a", encoding="utf-8")
        with log:
            return subprocess.Popen(words, env=self.env, stdout=log, stderr=log, text=True)

    def storm(self) -> None:
        """All boards at once; two processes are killed when so and so many jobs are accepted, and started again."""
        running = {number: self.start(number) for number in range(PROCESSES)}
        kills = [(30, 0), (60, 1), (90, 0)]
        while running:
            accepted = len(self.emulator.record()["jobs"])
            if kills and accepted >= kills[0][0]:
                _, number = kills.pop(0)
                if number in running:
                    running[number].kill()
                    running[number].wait()
                    running[number] = self.start(number)
            for number, process in list(running.items()):
                if process.poll() is not None:
                    assert process.returncode in (0, 3), self.log(number)
                    del running[number]
            time.sleep(0.05)

    def calm(self) -> None:
        """The same once more, board by board."""
        for number in range(PROCESSES):
            assert self.start(number).wait() in (0, 3), self.log(number)

    def log(self, number: int) -> str:
        return (self.folder / f"log{number}.txt").read_text(encoding="utf-8")[-4000:]

    def command(self, *words: str) -> Ran:
        return Ran(*self.starter.run(list(words), self.env, self.folder))

    def settle(self) -> int:
        """What a person does who looks at the services' own lists of jobs, with the commands that were named. What a
        service can be asked about is left to the next run."""
        listed = self.command("ledger", "list", "--state", "unknown", "--limit", "1000", "--json")
        assert listed.code == 0, listed.text
        found = self.histories()
        known = {attempt["operation"] for attempt in found.attempts.values()}
        jobs = {
            job.prompt: job for job in found.jobs if job.id not in known
        }  # of which the ledger has no id: at most one for each prompt, as the checker has found
        unknown = listed.result["attempts"]
        for attempt in unknown:
            job = jobs.get(found.requests[attempt["key"]]["prompt"])
            if job is not None and job.door == attempt["provider"]:
                done = self.command("ledger", "collect", attempt["id"], "--operation", job.id, "--json")
                assert done.code in (0, 3), done.text
            else:
                done = self.command("ledger", "release", attempt["id"], "--yes", "--json")
                assert done.code == 0, done.text
        return len(unknown)

    def histories(self) -> Histories:
        return read(self.home / "ledger.db", self.folder / "record.jsonl", PROMPT)


@pytest.fixture
def nemesis(tmp_path: Path, starter: Starter) -> Iterator[Nemesis]:
    with Emulator(work=0.05, record=tmp_path / "record.jsonl", concurrent={}) as emulator:
        yield Nemesis(tmp_path, emulator, starter)


def held(found: Histories, check: Callable[..., list[str]], cap: Callable[[float], Decimal]) -> None:
    wrong = check(found, cap)
    assert not wrong, f"{len(wrong)} faults\n" + "\n".join(wrong[:40])


def test_the_nemesis_run(nemesis: Nemesis) -> None:
    nemesis.allow(CAPS[0])
    nemesis.emulator.misbehave(*rules())
    nemesis.storm()
    held(nemesis.histories(), faults, nemesis.cap)
    assert "budget for a day" in "".join(nemesis.log(number) for number in range(PROCESSES))
    nemesis.allow(CAPS[1])
    nemesis.storm()
    held(nemesis.histories(), faults, nemesis.cap)

    nemesis.emulator.misbehave()
    assert nemesis.settle() > 0, "nothing was unknown: it wasn't much of a nemesis"
    nemesis.calm()
    nemesis.settle()
    nemesis.calm()
    found = nemesis.histories()
    open_ = {attempt["provider"] for attempt in found.attempts.values() if attempt["state"] == "unknown"}
    assert not open_ & FOUND, "it could be asked for"
    assert {job.door for job in found.jobs} == set(CLOUD), "every door has had its share"
    held(found, final_faults, nemesis.cap)

    missing = {request["prompt"] for key, request in found.requests.items() if key not in found.stored}
    damaged = {job.prompt for job in found.jobs if job.fate["words"].get("damage")}
    assert missing <= damaged, "all that can be had is there"
    assert len(found.stored) >= SCENES - len(damaged)
    record = nemesis.emulator.record()
    struck = {rule["what"] for rule in record["misbehaved"]}
    assert len(struck) >= 20 and not record["leaks"]
    states = {attempt["state"] for attempt in found.attempts.values()}
    assert {"stored", "refused", "released", "failed"} <= states
    checked = nemesis.command("ledger", "check", "--json")
    findings = {json.dumps(each) for each in checked.result["findings"]}
    assert len(findings) <= len(missing), findings
    assert not [path for path in (nemesis.home / "vault").glob("??/*") if ".part" in path.name]


def test_the_checker_sees_what_is_wrong(nemesis: Nemesis) -> None:
    """A judge that never convicts is none: each fault, put into a good run's histories by hand, is found."""

    nemesis.boards = nemesis.boards[:1]
    write_story(nemesis.boards[0].parent, "nemesis0", DOORS)
    nemesis.allow(CAPS[1])
    assert nemesis.start(0).wait() == 0, nemesis.log(0)
    good = nemesis.histories()
    assert final_faults(good, nemesis.cap) == []
    assert len(good.jobs) == len(good.stored) == len(DOORS)

    def spoiled(change: Callable[[Histories], None]) -> list[str]:
        found = nemesis.histories()
        change(found)
        return final_faults(found, nemesis.cap)

    def twice(found: Histories) -> None:
        found.jobs.append(found.jobs[0]._replace(id="another", at=found.jobs[-1].at + 9))

    def forgotten(found: Histories) -> None:
        next(iter(found.attempts.values()))["operation"] = "something else"

    def lost(found: Histories) -> None:
        key = next(iter(found.stored))
        del found.stored[key]
        next(a for a in found.attempts.values() if a["key"] == key)["state"] = "failed"

    def cheated(found: Histories) -> None:
        next(iter(found.attempts.values()))["charged"] += 20_000

    def greedy(found: Histories) -> None:
        found.rows[-1]["charged"] += 600_000_000

    def sent_again(found: Histories) -> None:
        row = next(row for row in found.rows if row["event"] == "begin")
        found.rows.insert(found.rows.index(row) + 1, {**row, "attempt": "second"})
        found.attempts["second"] = {**found.attempts[row["attempt"]], "id": "second"}

    for change, words in (
        (twice, "hadn't ended"),
        (forgotten, "knows nothing of"),
        (lost, "isn't here"),
        (cheated, "billed"),
        (greedy, " of 500"),
        (sent_again, "was begun while"),
    ):
        assert any(words in fault for fault in spoiled(change)), words
