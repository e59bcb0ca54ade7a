"""The progress of a run for a person, on stderr: live on a terminal, plain lines where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table

from .events import Event

HEAVY = {
    "StoryreelShoot": 6.0,
    "StoryreelRenderFilm": 6.0,
    "StoryreelTransition": 3.0,
    "StoryreelAnimaticClip": 3.0,
    "StoryreelVeo": 20.0,
    "StoryreelGeminiOmni": 20.0,
    "StoryreelKling": 20.0,
    "StoryreelPika": 20.0,
    "StoryreelRunway": 20.0,
    "StoryreelExtendVideo": 20.0,
    "StoryreelAutoVideo": 20.0,
    "StoryreelHeyGen": 20.0,
    "StoryreelKeyframes": 6.0,
    "StoryreelKeyframe": 3.0,
    "StoryreelColorMatch": 3.0,
}
"""How long a node takes, roughly, against one that isn't here."""


class Share:
    """How much of a run is done, 0 to 1, and how long the rest may take."""

    def __init__(self, graph: Mapping[str, Any], clock: Callable[[], float] = time.monotonic) -> None:
        self.weights = {node: HEAVY.get(entry["class_type"], 1.0) for node, entry in graph.items()}
        self.done: dict[str, float] = {}
        self.clock = clock
        self.began: float | None = None

    def take(self, event: Event) -> None:
        kind = event["event"]
        if kind == "started":
            self.began = self.clock()
        elif kind == "cached":
            for node in event["nodes"]:
                self.weights.pop(node, None)
        elif kind == "progress":
            self.done[event["node"]] = event["done"]
        elif kind == "node" and event["state"] == "finished":
            self.done[event["node"]] = 1.0

    @property
    def part(self) -> float:
        whole = sum(self.weights.values())
        return (
            sum(self.weights.get(node, 0.0) * done for node, done in self.done.items()) / whole
            if whole
            else 0.0
        )

    def left(self) -> float | None:
        """Seconds, or None as long as nobody can say."""
        if self.began is None or self.part < 0.05:
            return None
        elapsed = self.clock() - self.began
        return elapsed * (1 - self.part) / self.part if elapsed > 1 else None


class LiveDisplay:
    """A line per working node, with a bar and what it says; one line for the whole run below."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.nodes = Progress(
            SpinnerColumn("dots", finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("[dim]{task.fields[text]}[/]"),
            console=console,
        )
        self.tasks: dict[str, TaskID] = {}
        self.status = "starting"
        self.share = Share({})
        self.began = time.monotonic()
        self.live = Live(get_renderable=self._draw, console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> LiveDisplay:
        self.live.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.live.__exit__(*error)

    def graph(self, graph: Mapping[str, Any]) -> None:
        self.share = Share(graph)

    def __call__(self, event: Event) -> None:
        self.share.take(event)
        kind = event["event"]
        if kind in ("node", "progress", "text"):
            self._node(event)
        elif kind in SENTENCES:
            sentence = SENTENCES[kind](event)
            if kind in ("warning", "contact", "budget"):
                self.console.print(f"[yellow]{escape(sentence)}[/]")
            else:
                self.status = sentence

    def _node(self, event: Event) -> None:
        node = event["node"]
        if node not in self.tasks:
            self.tasks[node] = self.nodes.add_task(escape(event["title"]), total=1.0, text="")
        task = self.tasks[node]
        if event["event"] == "progress":
            self.nodes.update(task, completed=min(event["done"], 0.999))
        elif event["event"] == "text":
            self.nodes.update(
                task, text=escape(event["text"].strip().splitlines()[-1] if event["text"].strip() else "")
            )
        elif event["state"] == "finished":
            self.nodes.update(task, completed=1.0, text="")

    def _draw(self) -> Table:
        table = Table.grid()
        table.add_row(self.nodes)
        elapsed, left = time.monotonic() - self.began, self.share.left()
        line = f"{self.status} · {self.share.part:.0%} · {span(elapsed)}"
        table.add_row(
            f"[bold]{escape(line)}[/]" + (f" [dim]· about {span(left)} left[/]" if left is not None else "")
        )
        return table


class PlainDisplay:
    """A line per step, and for long steps one now and then: what a log file or a CI job shows well. Each begins with
    how much of the whole is done, and ends with how long the rest may take."""

    def __init__(
        self, console: Console, every: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.console, self.every, self.clock = console, every, clock
        self.share = Share({}, clock)
        self.texts: dict[str, str] = {}
        self.done: dict[str, float] = {}
        self.said = ""
        self.told = clock()

    def __enter__(self) -> PlainDisplay:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def graph(self, graph: Mapping[str, Any]) -> None:
        self.share = Share(graph, self.clock)

    def __call__(self, event: Event) -> None:
        self.share.take(event)
        kind = event["event"]
        if kind == "text":
            lines = event["text"].strip().splitlines()
            self.texts[event["node"]] = lines[-1] if lines else ""
            self._say_now_and_then(event)  # what a node says follows on how far it is
        elif kind == "progress":
            self.done[event["node"]] = event["done"]
            if event["node"] not in self.texts:
                self._say_now_and_then(event)
        elif kind == "node":
            self._say_of_all(f"{event['title']}: {event['state']}")
        elif kind in SENTENCES:
            self._say(SENTENCES[kind](event))

    def _say_now_and_then(self, event: Event) -> None:
        node = event["node"]
        if node in self.done and self.clock() - self.told >= self.every:
            own = f"{self.done[node]:.0%} {self.texts.get(node, '')}".rstrip()
            self._say_of_all(f"{event['title']}: {own}")

    def _say_of_all(self, line: str) -> None:
        """Nothing twice in a row: only a change is news."""
        said = f"{self.share.part:.0%} of all · {line}"
        if said == self.said:
            return
        self.said, self.told = said, self.clock()
        left = self.share.left()
        self._say(said + (f" · about {span(left)} left" if left and self.share.part < 1 else ""))

    def _say(self, line: str) -> None:
        self.console.print(" ".join(line.splitlines()), markup=False, highlight=False, soft_wrap=True)


SENTENCES: dict[str, Callable[[Event], str]] = {
    "checked": lambda event: (
        f"checked: {many(event['scenes'], 'scene')}, {many(event['frames'], 'frame')}, {event['duration']:.2f} s"
    ),
    "retake": lambda event: (
        f"another take of scene {event['scene']} (the first is 0), {event['prompt']!r}: ${event['cost']:.2f}"
    ),
    "uploading": lambda event: f"sending {event['name']} ({size(event['bytes'])})",
    "queued": lambda event: f"queued, {event['ahead']} before it" if event["ahead"] else "queued",
    "started": lambda event: "running",
    "cached": lambda event: f"{len(event['nodes'])} nodes need no work, their results are there",
    "fetched": lambda event: f"wrote {event['path']} ({size(event['bytes'])})",
    "contact": lambda event: event["message"] if event["state"] == "back" else f"waiting: {event['message']}",
    "budget": lambda event: f"warning: {event['message']}",
    "warning": lambda event: f"warning: {event['message']}",
}


def many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def size(count: int) -> str:
    """Bytes for a person."""
    return (
        f"{count / 1e6:.1f} MB"
        if count >= 1e6
        else f"{count / 1e3:.0f} kB"
        if count >= 1e3
        else f"{count} bytes"
    )


def span(seconds: float) -> str:
    """A length of time for a person: 7 s, 2:05, 1:02:03."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
