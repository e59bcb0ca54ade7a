"""P1 No second charge: killed at any write, any rename and any step of a conversation, the provider never sees two
accepted jobs for one take; and P2 No lost clip: the same command again ends with the film.

Both are judged at the same points of the same runs: see killing.py.
"""

from __future__ import annotations

import os
import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from storyreel.runner.emulate import Emulator

from .commands import HOOK, environment
from .killing import Point, Story, discovered, finish, in_submit, judge, thinned
from .warm import Starter

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CORES = min(4, os.cpu_count() or 1)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Point, str, Story]]:
    """Every point, what was wrong there (nothing: ""), and the story that was killed there."""
    folder = tmp_path_factory.mktemp("killed")
    with Emulator(work=0.15) as emulator:
        points = thinned(discovered(Story(folder / f"whole{n}", f"whole{n}", emulator) for n in (1, 2)))

        starters: queue.SimpleQueue[Starter] = queue.SimpleQueue()

        def tried(number: int) -> tuple[Point, str, Story]:
            starter = starters.get()
            story = Story(folder / f"p{number}", f"p{number}", emulator, points[number].name, starter)
            try:
                _killed_and_finished(story)
            except AssertionError as error:
                return points[number], f"{story.at} ({story.folder}): {error}", story
            finally:
                starters.put(starter)
            return points[number], "", story

        with ExitStack() as started, ThreadPoolExecutor(CORES) as pool:
            for _ in range(CORES):
                starters.put(started.enter_context(closing(Starter(environment(folder, {}), HOOK))))
            return list(pool.map(tried, range(len(points))))


def _killed_and_finished(story: Story) -> None:
    run = story.render("points", story.at)
    assert run.code in (-9, 0), run.text
    passed = story.points("points")
    unknown, certain = in_submit(passed)
    finish(story)
    settled = {command.split()[2] for command in story.settled}
    assert settled <= unknown, f"{settled} are unknown, and only {unknown} were under way"
    if run.code == -9:
        assert certain <= settled, f"{certain} were under way, and only {settled} are unknown"
    judge(story)


def test_every_point(killed: list[tuple[Point, str, Story]]) -> None:
    wrong = [fault for _, fault, _ in killed if fault]
    assert not wrong, f"{len(wrong)} of {len(killed)} points\n\n" + "\n\n".join(wrong)


def test_the_points_are_those_that_matter(killed: list[tuple[Point, str, Story]]) -> None:
    """The hook sees what it should: each door's conversation, the ledger's writes about it, and the files' renames."""
    names = {point.what for point, _, _ in killed}
    for door in ("vertex", "google", "runway"):
        for event in ("begin", "accepted", "done", "stored"):
            assert {f"before commit: {door} {event}", f"after commit: {door} {event}"} <= names
        assert any(name.startswith("after sending: POST") and f"/{door}/" in name for name in names)
    assert any(name.startswith("before replace") and name.endswith("-1.mp4") for name in names)
    assert "before replace: film.mp4" in names
    died = sum(story.runs[0].code == -9 for _, _, story in killed)
    assert died >= 0.9 * len(killed), f"{died} of {len(killed)} were killed; the others had ended before"


def test_some_were_unknown(killed: list[tuple[Point, str, Story]]) -> None:
    """Killed inside a submit, the command said so; both ways of settling it were gone."""
    ways = {command.split()[1] for _, _, story in killed for command in story.settled}
    assert ways == {"collect", "release"}
