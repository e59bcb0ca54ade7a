"""Killing a real `storyreel render` at every point there is, and starting it again.

The points are discovered by running the same command to its end (hook/sitecustomize.py tells them). Then for each point
a story of its own is begun, killed there by SIGKILL, and finished by the same command; where the command says
that nobody knows what became of a request, the very command that it names is run. The emulator's record is the judge.

What is the same at every door (polls, downloads, files, the film) is killed at one; what differs, the conversation in
which a clip is asked for and each write about its money, at every door that the registry knows.
"""

from __future__ import annotations

import collections
import json
import os
import queue
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

from .commands import (
    HOOK,
    Ran,
    commands_in,
    environment,
    frames_in,
    jobs_by_take,
    said,
    storyreel,
    write_story,
)
from .scenes import CLOUD, DOORS, DRAWN, FOUND, LEAVES_NOTHING, TOLD, Scene, is_told, scene_at, take_of
from .warm import Starter

MATTER = ("before sending:", "after sending:", "after the response's body:")
EVENTS = ("begin", "accepted", "done", "stored")
KEPT = "after replace: *"
"""A picture that came with the answer is here: its file has the attempt's id for a name."""
WHOLE = "runway"
"""The door at which everything is killed: a clip of its comes behind a link, as most do."""


class Sweep(NamedTuple):
    """A story that is killed at its points."""

    scenes: tuple[Scene, ...]
    whole: bool = False
    """At all of them; else at those of its conversation and of each write about its money."""
    twice: bool = False
    """It has been killed once, while its request was under way; the points are those of looking for it."""


AT_ONCE = "all doors at once"
SWEEPS = {
    AT_ONCE: Sweep(DOORS),
    **{door: Sweep((scene_at(door),), whole=door == WHOLE) for door in CLOUD},
    **{f"{door} looked up": Sweep((scene_at(door),), twice=True) for door in sorted(FOUND)},
    **{f"drawn by {door}": Sweep((scene,)) for door, scene in DRAWN.items()},
    **{f"told by {door}": Sweep((scene,)) for door, scene in TOLD.items()},
}


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
    scenes: tuple[Scene, ...] = DOORS
    runs: list[Ran] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    """The commands that settled what was unknown."""
    lost: list[str] = field(default_factory=list)
    """The takes that were released although they had been accepted: nobody could have fetched them."""

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
                "KILLING_SUBMITS": submits(self.emulator),
            }
        words = ["render", str(self.path), "-o", str(self.film), "--json", "--allow-spend"]
        self.runs.append(self.command(words, **more))
        return self.runs[-1]

    def points(self, name: str) -> list[Point]:
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
        return [Point(line.pop("what"), line, line.pop("name")) for line in map(json.loads, lines)]

    def jobs(self) -> dict[str, list[dict[str, Any]]]:
        return jobs_by_take(self.emulator.record(), self.tag)

    def takes(self) -> set[str]:
        """What is bought for it."""
        numbered = list(enumerate(self.scenes, 1))
        return {f"scene {n}" for n, scene in numbered if not is_told(scene)} | {
            take_of(scene, n) for n, scene in numbered
        }

    def died(self) -> str:
        return "\n".join(run.text for run in self.runs)


def submits(emulator: Any) -> str:
    """A regular expression for the paths to which requests for a job are sent, as the emulators have them."""
    routes = web.UrlDispatcher()
    found = []
    for door in emulator._doors:
        for route in door.routes():
            if route.at == "submit":
                about = routes.add_resource(f"/{door.name}{route.path}").get_info()
                found.append(about["pattern"].pattern if "pattern" in about else re.escape(about["path"]))
    return re.sub(r"\(\?P<\w+>", "(?:", "|".join(found))  # several have parts of one name


def discovered(stories: Iterable[Story], file: str = "points") -> list[Point]:
    """The points that every one of some undisturbed runs has passed, in the order of the first."""
    found: list[list[Point]] = []
    for story in stories:
        run = story.render(file)
        assert run.code == 0, run.text
        found.append(story.points(file))
    names = set.intersection(*({point.name for point in points} for points in found))
    return [point for point in found[0] if point.name in names]


def of_one(points: list[Point], last: str = "stored") -> list[Point]:
    """Until that was written about the first attempt: a scene's frame comes before its clip."""
    ends = [place for place, point in enumerate(points) if point.about.get("event") == last]
    return points[: ends[1] + 1]


def thinned(points: list[Point], whole: bool) -> list[Point]:
    """All but the repetitions. Each write about money and each step of a submit stays; of what comes again and again (a
    poll, a file of the run) the first, and of a conversation that makes no job the steps that differ for either side:
    before it, sent, answered. If not the `whole`, of these only what comes while a clip is asked for or looked for."""
    count: collections.Counter[str] = collections.Counter()
    kept, asking = [], whole
    for point in points:
        count[point.what] += 1
        event = point.about.get("event")
        asking = asking or event in ("begin", "unknown")
        free = point.about.get("submit") is False and not point.what.startswith(MATTER)
        money = event is not None and (whole or event != "running")
        if money or point.about.get("submit") or (asking and count[point.what] == 1 and not free):
            kept.append(point)
        asking = whole or (asking and event not in ("accepted", "adopted"))
    return kept


def in_submit(points: list[Point]) -> tuple[set[str], set[str]]:
    """The attempts whose request may have been under way when the last of these points was passed, and among them
    those of which it is certain: begun in the ledger for good, and without an answer there. It is never certain of a
    door that can be asked by our own id, where what was accepted is found; nor of one whose answer is kept here."""
    begun: set[str] = set()
    maybe: set[str] = set()
    for point in points:
        if point.what == KEPT:
            begun, maybe = set(), set()
        attempt = point.about.get("attempt", "")[:8]  # as commands and messages name it
        if not attempt:
            continue
        if point.about["event"] == "begin":
            maybe.add(attempt)
            if point.what.startswith("after") and point.about["provider"] not in FOUND:
                begun.add(attempt)
        elif point.about["event"] == "unknown" and point.about["provider"] in FOUND:
            maybe.add(attempt)
        elif point.about["event"] in ("accepted", "refused", "adopted"):
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
        scened = story.scenes[scene["index"]]
        who = str(scened.get("keyframes") or (is_told(scened) and scened["voice"]) or "")
        take = take_of(scened, scene["index"] + 1)
        taken = jobs.get(take, [])
        assert len(taken) <= 1, taken
        if taken and who.partition("/")[0] in LEAVES_NOTHING:
            story.lost.append(take)
            taken = []
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
    """P1, by the emulator's record. Who releases a picture that came with an answer which nobody heard pays again."""
    return [
        f"{story.at}: {take} has {[job['id'] for job in taken]}"
        for take, taken in story.jobs().items()
        if len(taken) > 1 + (take in story.lost)
    ]


def incomplete(story: Story) -> list[str]:
    """P2: the film is decoded, its scenes are bought ones, and it costs what the services billed."""
    wrong = []
    jobs = story.jobs()
    if jobs.keys() != story.takes():
        wrong.append(f"no job for some take: {sorted(jobs)}")
    frames = frames_in(story.film)
    if abs(frames - frames_due(story.scenes, jobs)) > sum("avatar" in scene for scene in story.scenes):
        wrong.append(f"{frames} frames, not {frames_due(story.scenes, jobs)}")
    result = story.runs[-1].result
    if [scene["state"] for scene in result["scenes"]] != ["done"] * len(story.scenes):
        wrong.append(f"scenes: {result['scenes']}")
    counted = [job for take, taken in jobs.items() for job in taken[take in story.lost :]]
    billed = sum(float(job["billed"]) for job in counted)
    if abs(result["cost"] - billed) > 0.005:
        wrong.append(f"it costs {result['cost']}, and {billed} were billed")
    return [f"{story.at}: {fault}" for fault in wrong]


def frames_due(scenes: Iterable[Scene], jobs: dict[str, list[dict[str, Any]]]) -> float:
    """At 2 a second, as long as each scene is written. Who talks is seen until everything is said: as long as the
    service's clip is, to a frame."""
    seconds = 0.0
    for number, scene in enumerate(scenes, 1):
        talks = "avatar" in scene
        seconds += jobs[f"scene {number}"][-1]["ask"]["seconds"] if talks else scene["duration"]
    return 2 * seconds


class Tried(NamedTuple):
    """A point, the story that was killed there, and what went wrong before it could be judged (nothing: "")."""

    point: Point
    story: Story
    fault: str


def killed_and_finished(story: Story, first: str) -> None:
    """Kills it at its point (before that, if one is named, at a `first`), and lets the same command finish it."""
    if first:
        assert story.render("earlier", first).code == -9, story.died()
    run = story.render("points", story.at)
    assert run.code in (-9, 0), run.text  # 0: this time it didn't come by there
    unknown, certain = in_submit(story.points("points"))
    finish(story)
    settled = {command.split()[2] for command in story.settled}
    assert settled <= unknown, f"{settled} are unknown, and only {unknown} were under way\n{story.died()}"
    if run.code == -9:
        assert certain <= settled, f"{certain} were under way, and only {settled} are unknown"


class Killer:
    """Kills stories at their points, some at a time; each sweep once, whoever asks for it."""

    def __init__(self, folder: Path, emulator: Any, starters: list[Starter]) -> None:
        self.folder, self.emulator = folder, emulator
        self.cores = len(starters)
        self.free: queue.SimpleQueue[Starter] = queue.SimpleQueue()
        for starter in starters:
            self.free.put(starter)
        self.done: dict[str, list[Tried] | AssertionError] = {}

    def tried(self, name: str) -> list[Tried]:
        """What became of a sweep's stories."""
        if name not in self.done:
            try:
                self.done[name] = self._sweep(name)
            except AssertionError as error:
                self.done[name] = error
        found = self.done[name]
        if isinstance(found, AssertionError):
            raise found
        return found

    def _sweep(self, name: str) -> list[Tried]:
        sweep = SWEEPS[name]
        folder = self.folder / name.replace(" ", "_")
        folder.mkdir()
        starter = self.free.get()
        try:
            first, points = self._points(name, folder, starter)
        finally:
            self.free.put(starter)

        def one(number: int) -> Tried:
            starter = self.free.get()
            tag = f"{name.replace(' ', '')}p{number}"
            story = Story(
                folder / str(number), tag, self.emulator, points[number].name, starter, sweep.scenes
            )
            fault = ""
            try:
                killed_and_finished(story, first)
            except AssertionError as error:
                fault = f"{story.at} ({story.folder}): {error}"
            finally:
                self.free.put(starter)
            return Tried(points[number], story, fault)

        with ThreadPoolExecutor(self.cores) as pool:
            return list(pool.map(one, range(len(points))))

    def _points(self, name: str, folder: Path, starter: Starter) -> tuple[str, list[Point]]:
        """Where each story of a sweep is killed; and where it is before that, if it is killed twice."""
        sweep = SWEEPS[name]
        stories = [
            Story(
                folder / f"whole{n}", f"{name.replace(' ', '')}w{n}", self.emulator, "", starter, sweep.scenes
            )
            for n in (1, 2)
        ]
        if name == AT_ONCE:
            return "", [
                Point(what, {}, f"{what} #1")
                for number, door in enumerate(CLOUD)
                for what in [f"before commit: {door} {EVENTS[number % len(EVENTS)]}"]
            ]
        if not sweep.twice:
            points = discovered(stories)
            return "", thinned(points if sweep.whole else of_one(points), sweep.whole)
        undisturbed = discovered(stories[:1])
        sent = next(
            point.name
            for point in undisturbed
            if point.about.get("submit") and point.what.startswith("after sending:")
        )
        again = Story(folder / "again", f"{name.replace(' ', '')}a", self.emulator, "", starter, sweep.scenes)
        assert again.render("earlier", sent).code == -9
        return sent, thinned(of_one(discovered([again]), "adopted"), False)
