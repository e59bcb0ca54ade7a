"""Killing a real `storyreel render` at every point there is, and starting it again.

The points are discovered by running the same command to its end (hook/sitecustomize.py tells them). Then for each point
a story of its own is begun, killed there by SIGKILL, and finished by the same command; where the command says
that nobody knows what became of a request, the very command that it names is run. The emulator's record is the judge.
"""

from __future__ import annotations

import collections
import json
import os
import queue
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from .commands import (
    DOORS,
    HOOK,
    Ran,
    commands_in,
    environment,
    frames_in,
    jobs_by_scene,
    said,
    storyreel,
    write_story,
)
from .warm import Starter

FRAMES = 2 * (4 + 3 + 2 + 2)
"""Of the story's film: its scenes' seconds at 2 frames a second."""
MATTER = ("before sending:", "after sending:", "after the response's body:")


class Point(NamedTuple):
    what: str
    about: dict[str, Any]
    name: str
    """`what` and the how manieth it is."""


@dataclass
class Story:
    """One film that is begun, killed and finished."""

    folder: Path
    tag: str
    emulator: Any
    """An Emulator."""
    at: str = ""
    """The name of the point."""
    starter: Starter | None = None
    """What starts its commands; None: the system."""
    scenes: tuple[dict[str, Any], ...] = (*DOORS, DOORS[2])
    runs: list[Ran] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    """The commands that settled what was unknown."""

    def __post_init__(self) -> None:
        self.path = write_story(self.folder, self.tag, self.scenes)
        self.film = self.folder / "film.mp4"
        self.env = environment(self.folder / "home", self.emulator.environment)

    def command(self, words: list[str], **more: str) -> Ran:
        if self.starter is None:
            return storyreel(*words, env={**self.env, **more})
        return Ran(*self.starter.run(words, {**self.env, **more}, self.folder))

    def render(self, points: str = "", at: str = "") -> Ran:
        """The command. With `points`, a file's name, each point that it passes is noted; it is killed `at` one."""
        more = {}
        if points:
            more = {
                "PYTHONPATH": os.pathsep.join([str(HOOK), *filter(None, [self.env.get("PYTHONPATH")])]),
                "KILLING_POINTS": str(self.folder / points),
                "KILLING_AT": at,
                "KILLING_PORT": self.emulator.url.rpartition(":")[2],
            }
        words = ["render", str(self.path), "-o", str(self.film), "--json", "--allow-spend"]
        self.runs.append(self.command(words, **more))
        return self.runs[-1]

    def points(self, name: str) -> list[Point]:
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
        return [Point(line.pop("what"), line, line.pop("name")) for line in map(json.loads, lines)]

    def jobs(self) -> dict[int, list[dict[str, Any]]]:
        return jobs_by_scene(self.emulator.record(), self.tag)

    def died(self) -> str:
        return "\n".join(run.text for run in self.runs)


def discovered(stories: Iterable[Story]) -> list[Point]:
    """The points that every one of some undisturbed runs has passed, in the order of the first."""
    found: list[list[Point]] = []
    for story in stories:
        run = story.render("points")
        assert run.code == 0, run.text
        found.append(story.points("points"))
    names = set.intersection(*({point.name for point in points} for points in found))
    return [point for point in found[0] if point.name in names]


def thinned(points: list[Point]) -> list[Point]:
    """All but the repetitions. Each write about a scene's money stays, for each scene, and each step of a submit to
    each door; of what comes again and again (a poll, a file of the run) the first, and of a conversation that makes no
    job the steps that differ for either side: before it, sent, answered."""
    count: collections.Counter[str] = collections.Counter()
    kept = []
    for point in points:
        count[point.what] += 1
        free = point.about.get("submit") is False and not point.what.startswith(MATTER)
        if point.about.get("attempt") or (count[point.what] == 1 and not free):
            kept.append(point)
    return kept


def in_submit(points: list[Point]) -> tuple[set[str], set[str]]:
    """The attempts whose request may have been under way when the last of these points was passed, and among them
    those of which it is certain: begun in the ledger for good, and without an answer there."""
    begun: set[str] = set()
    maybe: set[str] = set()
    for point in points:
        attempt = point.about.get("attempt", "")[:8]  # as commands and messages name it
        if not attempt:
            continue
        if point.about["event"] == "begin":
            maybe.add(attempt)
            if point.what.startswith("after"):
                begun.add(attempt)
        elif point.about["event"] in ("accepted", "refused"):
            begun.discard(attempt)
            if point.what.startswith("after"):
                maybe.discard(attempt)
    return maybe, begun


def finish(story: Story) -> None:
    """Runs the same command until the film is there, and the commands that it names where something is unknown."""
    run = story.render()
    if run.code == 0:
        return
    assert run.code == 1 and run.result["error"]["code"] == "unknown_outcome", story.died()
    jobs = story.jobs()
    for scene in run.result["scenes"]:
        if scene["error"] is None:
            continue
        text = scene["error"]["message"]
        assert text.startswith("nobody knows whether"), text
        taken = jobs.get(scene["index"] + 1, [])
        assert len(taken) <= 1, taken
        verb = "collect" if taken else "release"
        words = next(said(each) for each in commands_in(text) if each.startswith(f"storyreel ledger {verb} "))
        if taken:
            words[words.index("--operation") + 1] = taken[0]["id"]
        settled = story.command(words if taken else [*words, "--yes"])  # nobody is there to be asked
        assert settled.code == 0 or (taken and settled.code == 3), settled.text  # 3: it isn't finished yet
        story.settled.append(" ".join(words))
    assert story.settled, story.died()
    run = story.render()
    assert run.code == 0, story.died()


def charged_twice(story: Story) -> list[str]:
    """P1, by the emulator's record."""
    return [
        f"{story.at}: scene {scene} has {[job['id'] for job in taken]}"
        for scene, taken in story.jobs().items()
        if len(taken) > 1
    ]


def incomplete(story: Story) -> list[str]:
    """P2: the film is decoded, its scenes are bought ones, and it costs what the services billed."""
    wrong = []
    jobs = story.jobs()
    if sorted(jobs) != [1, 2, 3, 4]:
        wrong.append(f"no job for some scene: {sorted(jobs)}")
    if frames_in(story.film) != FRAMES:
        wrong.append(f"{frames_in(story.film)} frames")
    result = story.runs[-1].result
    if [scene["state"] for scene in result["scenes"]] != ["done"] * 4:
        wrong.append(f"scenes: {result['scenes']}")
    billed = sum(float(job["billed"]) for taken in jobs.values() for job in taken)
    if abs(result["cost"] - billed) > 0.005:
        wrong.append(f"it costs {result['cost']}, and {billed} were billed")
    return [f"{story.at}: {fault}" for fault in wrong]


class Tried(NamedTuple):
    """A point, the story that was killed there, and what went wrong before it could be judged (nothing: "")."""

    point: Point
    story: Story
    fault: str


def killed_and_finished(story: Story) -> None:
    """Kills it at its point, and lets the same command finish it."""
    run = story.render("points", story.at)
    assert run.code in (-9, 0), run.text
    unknown, certain = in_submit(story.points("points"))
    finish(story)
    settled = {command.split()[2] for command in story.settled}
    assert settled <= unknown, f"{settled} are unknown, and only {unknown} were under way"
    if run.code == -9:
        assert certain <= settled, f"{certain} were under way, and only {settled} are unknown"


def tried(folder: Path, emulator: Any, cores: int) -> list[Tried]:
    """Every point there is, some at a time."""
    points = thinned(discovered(Story(folder / f"whole{n}", f"whole{n}", emulator) for n in (1, 2)))
    starters: queue.SimpleQueue[Starter] = queue.SimpleQueue()

    def one(number: int) -> Tried:
        starter = starters.get()
        story = Story(folder / f"p{number}", f"p{number}", emulator, points[number].name, starter)
        fault = ""
        try:
            killed_and_finished(story)
        except AssertionError as error:
            fault = f"{story.at} ({story.folder}): {error}"
        finally:
            starters.put(starter)
        return Tried(points[number], story, fault)

    with ExitStack() as started, ThreadPoolExecutor(cores) as pool:
        for _ in range(cores):
            starters.put(started.enter_context(closing(Starter(environment(folder, {}), HOOK))))
        return list(pool.map(one, range(len(points))))
