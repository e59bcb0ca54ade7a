"""P4: reserved plus spent never passes a budget, with any number of threads and processes.

Eight processes of four threads each buy against the same budgets, with random prices and every possible end; one of
them is killed in the middle. A checker that knows nothing of the ledger's code replays the history, line by line.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from storyreel.tests.postgres import postgres_server, postgres_url  # noqa: F401  fixtures

from .scenes import CLOUD

PROCESSES = 8
THREADS = 4
SCENES = 12
"""For each thread."""
DAY = 40_000_000
RUN = 10_500_000  # a little more than a quarter of a day's: either is met, whoever is faster
FILM = 9_000_000
DOOR = 1_500_000
"""Millionths of a dollar. A run is two processes' together, the film the takes that end in 0, the door runway."""

BUYER = """
import os, random, sys, threading, time
from decimal import Decimal
from storyreel.studio.ledger import Cap, Day, Film, Limits, NewTake, OverBudget, Run, Wait, open_ledger

url, me = sys.argv[1], int(sys.argv[2])
threads, scenes, day, run, film, door = (int(word) for word in sys.argv[3:9])
doors = sys.argv[9:]
takes = tuple(f"p{p}t{t}s{s}-1" for p in range(8) for t in range(threads) for s in range(0, scenes, 10))
dollars = lambda micros: Decimal(micros) / 1_000_000
caps = [
    Cap("door", dollars(door), Day("runway")),  # of several that are met the first is named: the narrow ones first
    Cap("film", dollars(film), Film(takes)),
    Cap("run", dollars(run), Run(f"run{me // 2}")),
    Cap("day", dollars(day), Day()),
]
unbroken = Limits(failures=1_000_000)  # by chance many fail in a row, and no door is to be left alone for that here
refusals = []

def buy(ledger, thread):
    chance = random.Random(f"{me} {thread}")
    for scene in range(scenes):
        name = f"p{me}t{thread}s{scene}"
        claim = ledger.claim(f"{name}-1", base=name, take=1, request={}, run=f"run{me // 2}")
        dies = me == 7 and thread == 0  # with what it has just begun: so small that no cap stands against it
        price = dollars(1 if dies else chance.randint(1, 2_500_000))
        door = chance.choice(doors)
        mine = [cap for cap in caps if cap.name != "film" or f"{name}-1" in takes]
        try:
            asked = dict(provider=door, model="m", base_url="", estimate=price, caps=mine)
            one = ledger.begin(claim, **asked, limits=unbroken)
        except OverBudget as error:
            refusals.append(error.cap.name)
            ledger.let_go(claim)
            continue
        assert not isinstance(one, Wait)
        ends = "stored" if dies else "refused unknown released failed blocked lost stored stored stored"
        end = chance.choice(ends.split())
        part = (price * chance.randint(0, 1000) / 1000).quantize(Decimal("0.000001"), rounding="ROUND_DOWN")
        if end == "refused":
            ledger.refused(one, "invalid", "no")
        elif end in ("unknown", "released"):
            ledger.unknown(one, "reset")
            if end == "released":
                ledger.release(one.id, "looked")
        else:
            one = ledger.accepted(one, "job " + name)
            if dies:
                os._exit(9)
            if end == "failed":
                ledger.failed(one, "internal", "broke", Decimal(0))
            elif end == "blocked":
                ledger.failed(one, "blocked", "no", part)
            elif end == "lost":
                ledger.lost(one, "gone", price)
            else:
                one = ledger.done(one, chance.choice([None, part]))
                ledger.stored(one, NewTake("a", "0", 1, 1, 1, 1, 1, True), one.charged or part)
        ledger.let_go(claim)

with open_ledger(url) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    crew = [threading.Thread(target=buy, args=(ledger, thread)) for thread in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
print(len(refusals), *sorted(set(refusals)))
"""


class Line(NamedTuple):
    seq: int
    attempt: str
    key: str
    provider: str
    run: str
    event: str
    reserved: int
    charged: int


def caps_of(line: Line) -> Iterator[tuple[str, int]]:
    """The budgets that this line's attempt counts for."""
    yield "day", DAY
    yield line.run, RUN
    if line.key.endswith("s0-1") or line.key.endswith("s10-1"):
        yield "film", FILM
    if line.provider == "runway":
        yield "door", DOOR


def passed(lines: Iterable[Line]) -> tuple[list[str], dict[str, int]]:
    """Where a budget was passed, and the most that was ever used of each."""
    now: dict[str, int] = {}
    used: dict[str, int] = defaultdict(int)
    most: dict[str, int] = defaultdict(int)
    faults = []
    for line in sorted(lines):
        amount = line.reserved + line.charged
        for name, limit in caps_of(line):
            used[name] += amount - now.get(line.attempt, 0)
            most[name] = max(most[name], used[name])
            if used[name] > limit:
                faults.append(f"{line.seq}: {line.event} of {line.key}: {name} {used[name]} > {limit}")
        now[line.attempt] = amount
    return faults, most


def test_the_checker_finds_what_it_looks_for() -> None:
    first = Line(1, "a", "p0t0s1-1", "vertex", "run0", "begin", 7_000_000, 0)
    second = Line(2, "b", "p1t0s1-1", "vertex", "run0", "begin", 6_000_000, 0)
    assert passed([second, first])[0] == [f"2: begin of p1t0s1-1: run0 13000000 > {RUN}"]
    settled = Line(2, "a", "p0t0s1-1", "vertex", "run0", "stored", 0, 4_000_000)
    assert passed([first, settled, second._replace(seq=3)]) == ([], {"day": 10_000_000, "run0": 10_000_000})


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.mark.slow
def test_p4_a_cap_is_a_cap(url: str, tmp_path: Path) -> None:
    (tmp_path / "buyer.py").write_text(BUYER)
    numbers = [str(number) for number in (THREADS, SCENES, DAY, RUN, FILM, DOOR)]
    crew = [
        subprocess.Popen(
            [sys.executable, str(tmp_path / "buyer.py"), url, str(n), *numbers, *CLOUD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONWARNINGS": "error::ResourceWarning"},
        )
        for n in range(PROCESSES)
    ]
    for process in crew:
        assert process.stdout is not None
        process.stdout.readline()  # it has opened the ledger: all begin together
    for process in crew:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate() for process in crew]
    assert [(process.returncode, err) for process, (_, err) in zip(crew[:-1], said, strict=False)] == [
        (0, "")
    ] * 7
    assert crew[-1].returncode == 9, "the one that was killed in the middle"
    refusals = {word for out, _ in said for word in out.split()[1:]}
    assert {"day", "run", "door"} <= refusals, "nobody met the budgets: this test shows nothing"

    lines, attempts, charges = read(url)
    faults, most = passed(lines)
    assert faults == []
    assert most["day"] > 0.9 * DAY, "the budget wasn't used up: this test shows nothing"
    # What the ledger counts by is what its history says, attempt by attempt.
    last = {line.attempt: (line.reserved, line.charged) for line in sorted(lines)}
    assert last == attempts
    assert {attempt: charged for attempt, (_, charged) in attempts.items() if charged} == {
        attempt: amount for attempt, amount in charges.items() if amount
    }


def read(url: str) -> tuple[list[Line], dict[str, tuple[int, int]], dict[str, int]]:
    """History, what each attempt has reserved and was charged, and the sum of its charges; by plain SQL."""
    made = make_url(url)
    engine = create_engine(made.set(drivername="postgresql+psycopg") if made.drivername != "sqlite" else made)
    with engine.connect() as connection:

        def rows(sql: str) -> list[Any]:
            return list(connection.execute(text(sql)))

        lines = [Line(*row) for row in rows(f"SELECT {', '.join(Line._fields)} FROM history")]
        attempts = {
            row.id: (row.reserved, row.charged) for row in rows("SELECT id, reserved, charged FROM attempts")
        }
        sums = rows("SELECT attempt, sum(amount) AS amount FROM charges GROUP BY attempt")
        charges = {row.attempt: int(row.amount) for row in sums}
    engine.dispose()
    return lines, attempts, charges
