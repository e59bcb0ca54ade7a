"""The threads that many shots share: who is begun when, and what happens when somebody asks to stop."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from storyreel.studio.errors import Interrupted, ProviderError
from storyreel.studio.progress import Watch
from storyreel.studio.providers.contract import State, Status, Take
from storyreel.studio.purchase import scheduler
from storyreel.studio.purchase.scheduler import Course, Errand, Pause

RUNNING = Status(State.RUNNING)


def course(steps: int = 1, pause: float = 0.0, each: Callable[[], None] = lambda: None) -> Course:
    for _ in range(steps):
        each()
        yield Pause(pause, RUNNING)
    return Take(Path("clip.mp4"))


def errand(number: int, begin: Callable[[], Course] = course, local: bool = False, **more: object) -> Errand:
    return Errand(number, begin, more.pop("stop", lambda: None), local, more.pop("after", ()))  # type: ignore[arg-type]


def run(begun: list[Errand], watch: Watch | None = None, parallel: int = 2) -> list[int]:
    """Their numbers, as they changed."""
    changed: list[int] = []
    scheduler.run(begun, watch or Watch(), parallel, lambda each: changed.append(each.number))
    return changed


def test_all_of_them_end() -> None:
    begun = [errand(n, lambda: course(3)) for n in range(300)]
    run(begun)
    assert all(each.take is not None and each.done == 1.0 for each in begun)


def test_no_more_threads_than_there_is_to_do() -> None:
    before = threading.active_count()
    most = 0

    def look() -> None:
        nonlocal most
        most = max(most, threading.active_count() - before)

    run([errand(n, lambda: course(2, 0.001, look)) for n in range(500)])
    assert 1 <= most <= scheduler.THREADS


def test_only_so_many_local_ones_at_once() -> None:
    now, most, lock = 0, 0, threading.Lock()

    def made() -> Course:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        yield Pause(0.002, RUNNING)
        yield Pause(0.002, RUNNING)
        with lock:
            now -= 1
        return Take(Path("clip.mp4"))

    run([errand(n, made, local=True) for n in range(20)], parallel=3)
    assert most == 3


def test_local_ones_don_t_wait_for_the_cloud() -> None:
    release = threading.Event()

    def slow() -> Course:
        while not release.is_set():
            yield Pause(0.001, RUNNING)
        return Take(Path("clip.mp4"))

    def quick() -> Course:
        yield Pause(0.0, RUNNING)
        release.set()
        return Take(Path("clip.mp4"))

    begun = [*(errand(n, slow) for n in range(scheduler.AT_ONCE + 5)), errand(999, quick, local=True)]
    run(begun)
    assert all(each.over for each in begun)


def test_one_waits_for_the_one_before_it() -> None:
    order: list[str] = []

    def named(name: str) -> Callable[[], Course]:
        return lambda: course(2, 0.001, lambda: order.append(name))

    first = errand(0, named("first"))
    second = errand(1, named("second"), after=(first,))
    third = errand(2, named("third"), after=(second,))
    run([third, second, first])
    assert order == ["first"] * 2 + ["second"] * 2 + ["third"] * 2


def test_an_error_ends_only_its_own() -> None:
    def failing() -> Course:
        yield Pause(0.0, RUNNING)
        raise ProviderError("no")

    def buggy() -> Course:
        yield Pause(0.0, RUNNING)
        raise KeyError("oops")

    def at_once() -> Course:
        raise ProviderError("not even begun")

    begun = [errand(0, failing), errand(1, buggy), errand(2, at_once), errand(3)]
    run(begun)
    assert [type(each.error) for each in begun] == [ProviderError] * 3 + [type(None)]
    assert "KeyError" in str(begun[1].error) and "report it" in str(begun[1].error)
    assert begun[3].take is not None


def asked_to_stop(after: Callable[[], bool]) -> Watch:
    return Watch(cancelled=after)


def test_stopping_lets_go_of_all() -> None:
    """Those that sleep and those that are at work: each is told once, and its generator is closed."""
    stopped: list[int] = []
    closed: list[int] = []
    under_way: set[int] = set()

    def held(number: int) -> Callable[[], Course]:
        def made() -> Course:
            try:
                while True:
                    under_way.add(number)
                    yield Pause(0.01 if number % 2 else 60, RUNNING)
            finally:
                closed.append(number)

        return made

    begun = [errand(n, held(n), stop=lambda n=n: stopped.append(n)) for n in range(10)]
    with pytest.raises(Interrupted):
        run(begun, asked_to_stop(lambda: len(under_way) == 10))
    assert sorted(stopped) == sorted(closed) == list(range(10))


def test_those_that_haven_t_begun_aren_t_told() -> None:
    stopped: list[int] = []
    begun = [
        errand(n, lambda: course(10**6, 0.001), local=True, stop=lambda n=n: stopped.append(n))
        for n in range(5)
    ]
    looks = iter(range(10**6))
    with pytest.raises(Interrupted):
        run(begun, asked_to_stop(lambda: next(looks) > 3), parallel=2)
    assert sorted(stopped) == [0, 1]


def test_stopping_while_a_thread_hangs() -> None:
    """One that waits for an answer can't be woken; the others are let go of, and the program isn't held up for ever.
    When the answer comes, that one is given up as well."""
    hanging, answered, closed = threading.Event(), threading.Event(), threading.Event()
    others: list[int] = []
    begun_too: list[int] = []

    def hang() -> Course:
        try:
            hanging.set()
            answered.wait()
            yield Pause(0.0, RUNNING)
        finally:
            closed.set()

    def other() -> Course:
        begun_too.append(1)
        try:
            while True:
                yield Pause(0.01, RUNNING)
        finally:
            others.append(1)

    begun = [errand(0, hang), *(errand(n, other) for n in range(1, 4))]
    with pytest.raises(Interrupted):
        run(begun, asked_to_stop(lambda: hanging.is_set() and len(begun_too) == 3))
    assert len(others) == 3 and not begun[0].idle.is_set()
    answered.set()
    assert closed.wait(5) and begun[0].idle.wait(5)


def test_pauses_are_kept() -> None:
    times: list[float] = []
    run([errand(0, lambda: course(3, 0.05, lambda: times.append(time.monotonic())))])
    assert all(later - sooner >= 0.05 for sooner, later in itertools.pairwise(times))
