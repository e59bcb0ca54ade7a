"""Work in threads: it reports, it stops when told, and it never outlives the node that started it."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from storyreel import host
from storyreel.host import io
from storyreel.host.standalone.context import Place, Running, executing, here
from storyreel.studio.errors import Interrupted
from storyreel.studio.progress import Watch

Node = io.ComfyNode


def until_stopped(watch: Watch, log: list[str]) -> None:
    log.append("begun")
    try:
        while True:
            watch.check()
            time.sleep(0.005)
    finally:
        time.sleep(0.05)
        log.append("ended")


def test_work_sees_the_folders_of_the_task_that_started_it(tmp_path: Path) -> None:
    async def both() -> list[Path]:
        async def one(name: str) -> Path:
            with here(Place.under(tmp_path / name)):
                await asyncio.sleep(0.01)
                return await host.run(host.output_folder)

        return list(await asyncio.gather(one("a"), one("b")))

    assert asyncio.run(both()) == [tmp_path / "a/output", tmp_path / "b/output"]


def test_work_does_not_hold_up_the_loop() -> None:
    async def main() -> int:
        work = asyncio.ensure_future(host.run(time.sleep, 0.3))
        turns = 0
        while not work.done():
            await asyncio.sleep(0.01)
            turns += 1
        return turns

    assert asyncio.run(main()) >= 5


def test_what_work_raises_and_returns_comes_out() -> None:
    assert asyncio.run(host.run(divmod, 7, 2)) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(host.run(divmod, 7, 0))


def test_a_cancelled_task_stops_its_work_and_waits_for_its_end() -> None:
    log: list[str] = []

    async def main() -> None:
        async def node() -> None:
            await host.run(until_stopped, host.watch(Node), log)

        task = asyncio.ensure_future(node())
        while not log:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["begun", "ended"]

    asyncio.run(main())


def test_an_interrupt_of_the_engine_stops_the_work() -> None:
    flag = threading.Event()
    log: list[str] = []

    async def main() -> None:
        with executing(Running(cancelled=flag.is_set)):
            watch = host.watch(Node)
            asyncio.get_running_loop().call_later(0.05, flag.set)
            with pytest.raises(Interrupted):
                await host.run(until_stopped, watch, log)

    asyncio.run(main())
    assert log == ["begun", "ended"]


def test_progress_is_told_at_most_ten_times_a_second_and_always_to_the_end() -> None:
    told: list[Any] = []
    with executing(Running(progress=lambda value, top: told.append(value / top), text=told.append)):
        watch = host.watch(Node)
    began = time.monotonic()
    for step in range(400):
        watch.tell(step / 400, "first half" if step < 200 else "second half")
        time.sleep(0.001)
    watch.tell(1.0, "second half")
    seconds = time.monotonic() - began
    values = [item for item in told if isinstance(item, float)]
    assert [item for item in told if isinstance(item, str)] == ["first half", "second half"]
    assert values == sorted(values)
    assert values[-1] == 1.0
    assert len(values) <= 10 * seconds + 4


def test_two_watches_of_nodes_side_by_side_do_not_mix() -> None:
    told: dict[str, list[float]] = {"a": [], "b": []}

    async def node(name: str) -> None:
        with executing(Running(progress=lambda value, top: told[name].append(value))):
            watch = host.watch(Node)
            await host.run(watch.tell, 0.25 if name == "a" else 0.75)

    async def main() -> None:
        await asyncio.gather(node("a"), node("b"))

    asyncio.run(main())
    assert told == {"a": [250], "b": [750]}
