"""One living owner for each take: between threads, between processes, after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update
from storyreel.studio.ledger import Claim, Ledger
from storyreel.studio.ledger.owners import TTL, started, this_host
from storyreel.studio.ledger.tables import intents, owners

if TYPE_CHECKING:
    from .conftest import Clock

CHILD = """
import sys, time
from storyreel.studio.ledger import open_ledger
ledger = open_ledger(sys.argv[1])
claim = ledger.claim("shot-1", base="shot", take=1, request={})
print("claimed" if claim else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def child(url: str) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Another process that claims shot-1 and stays."""
    running: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CHILD, url]
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def claim(ledger: Ledger) -> Claim | None:
    return ledger.claim("shot-1", base="shot", take=1, request={})


def test_one_owner_at_a_time(opened: Callable[..., Ledger]) -> None:
    first, second = opened(), opened()
    mine = claim(first)
    assert mine is not None
    assert claim(first) is None
    assert claim(second) is None
    assert second.holder("shot-1") == f"process {os.getpid()} on {this_host().partition('/')[0]}"
    first.let_go(mine)
    first.let_go(mine)
    assert second.holder("shot-1") is None
    assert claim(second) is not None


def test_of_many_threads_one_gets_it(ledger: Ledger) -> None:
    got: list[Claim | None] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        got.append(claim(ledger))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one is not None for one in got) == 1


def test_an_old_claim_lets_nothing_go(ledger: Ledger) -> None:
    old = claim(ledger)
    assert old is not None
    ledger.let_go(old)
    assert claim(ledger) is not None
    ledger.let_go(old)
    assert claim(ledger) is None


def test_closing_lets_go(opened: Callable[..., Ledger]) -> None:
    first, second = opened(), opened()
    assert claim(first) is not None
    first.close()
    assert claim(second) is not None


def test_a_crash_lets_go_at_once(ledger: Ledger, child: Callable[[], subprocess.Popen[str]]) -> None:
    process = child()
    assert said(process) == "claimed"
    assert claim(ledger) is None
    process.kill()
    deadline = time.monotonic() + 20
    while (mine := claim(ledger)) is None:  # it isn't reaped yet, so it has a process id still
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert mine is not None


def test_another_process_finds_it_taken(ledger: Ledger, child: Callable[[], subprocess.Popen[str]]) -> None:
    assert claim(ledger) is not None
    assert said(child()) == "refused"


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="only the heartbeat tells here")  # noqa: PTH110
def test_a_stopped_process_keeps_its_claim(
    opened: Callable[..., Ledger], clock: Clock, child: Callable[[], subprocess.Popen[str]]
) -> None:
    """It may go on at any moment, and send what it was about to send."""
    process = child()
    assert said(process) == "claimed"
    process.send_signal(signal.SIGSTOP)
    clock.now = time.time() + 100 * TTL
    later = opened(clock=clock)
    assert claim(later) is None
    process.send_signal(signal.SIGCONT)


def held_by(ledger: Ledger, **owner: Any) -> None:
    """shot-1, held by an owner that isn't this process."""
    mine = claim(ledger)
    assert mine is not None
    ledger.let_go(mine)
    row = {"id": "them", "host": this_host(), "pid": os.getpid(), "started": "", "seen": ledger.now()} | owner
    with ledger._db.write() as connection:
        connection.execute(insert(owners), row)
        connection.execute(update(intents).values(owner="them", claim="theirs"))


def test_on_another_machine_the_heartbeat_tells(opened: Callable[..., Ledger], clock: Clock) -> None:
    ledger = opened(clock=clock)
    held_by(ledger, host="elsewhere/boot/pid:[1]")
    assert claim(ledger) is None
    clock.now += TTL - 1
    assert claim(ledger) is None
    clock.now += 2
    assert claim(ledger) is not None


def test_a_process_id_that_was_given_to_another(ledger: Ledger) -> None:
    if not started(os.getpid()):
        pytest.skip("this system doesn't tell when a process was started")
    held_by(ledger, started="1")
    assert claim(ledger) is not None


def test_whether_a_process_is_there() -> None:
    assert started(os.getpid()) == started(os.getpid()) is not None
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert started(ended.pid) is None


def test_the_heartbeat(opened: Callable[..., Ledger]) -> None:
    ledger = opened(beat=0.01)
    assert claim(ledger) is not None

    def seen() -> float:
        with ledger._db.read() as connection:
            return connection.execute(select(owners.c.seen)).scalar_one()

    first, deadline = seen(), time.monotonic() + 20
    while seen() <= first:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    ledger.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "ledger heartbeat"]


def test_orphans_are_the_open_attempts_of_the_dead(ledger: Ledger, url: str) -> None:
    """A process begins three requests and dies; another one's aren't orphans."""
    from decimal import Decimal

    program = """
import os, sys
from decimal import Decimal
from storyreel.studio.ledger import NewTake, open_ledger
ledger = open_ledger(sys.argv[1])
for name in ("sending", "unknown", "running", "done", "stored"):
    claim = ledger.claim(name, base=name, take=1, request={})
    one = ledger.begin(claim, provider="runway", model="m", base_url="", estimate=Decimal(1))
    if name == "unknown":
        ledger.unknown(one, "reset")
    if name in ("running", "done", "stored"):
        ledger.accepted(one, name)
    if name in ("done", "stored"):
        ledger.done(one)
    if name == "stored":
        ledger.stored(one, NewTake("a", "0", 1, 1, 1, 1, 1, True), Decimal(1))
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", program, url], check=False)
    mine = claim(ledger)
    assert mine is not None
    ledger.begin(mine, provider="runway", model="m", base_url="", estimate=Decimal(1))
    assert [one.key for one in ledger.abandoned()] == ["sending", "unknown", "running", "done"]
    ledger.let_go(mine)
    assert [one.key for one in ledger.abandoned()][-1] == "shot-1"
