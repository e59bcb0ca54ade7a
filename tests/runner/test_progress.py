"""The live display, the plain lines and the JSON lines, fed with the same events."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console
from storyreel.runner.display.events import JsonLines
from storyreel.runner.display.progress import LiveDisplay, PlainDisplay, Share, size, span

EVENTS: list[dict[str, Any]] = [
    {"event": "checked", "scenes": 6, "frames": 300, "duration": 12.5},
    {"event": "uploading", "name": "[b]01.jpg", "bytes": 1_500_000},
    {"event": "queued", "prompt_id": "x", "ahead": 2},
    {"event": "started", "prompt_id": "x"},
    {"event": "node", "node": "2", "title": "Shoot [bold]Storyboard", "state": "running"},
    {"event": "progress", "node": "2", "title": "Shoot [bold]Storyboard", "done": 0.5},
    {"event": "text", "node": "2", "title": "Shoot [bold]Storyboard", "text": "shooting: 3 of 6 [scenes]"},
    {"event": "contact", "state": "lost", "message": "it can't be reached"},
    {"event": "warning", "message": "a [warning]"},
]
LATER: list[dict[str, Any]] = [
    {"event": "node", "node": "2", "title": "Shoot [bold]Storyboard", "state": "finished"},
    {"event": "fetched", "path": "/films/[x].mp4", "bytes": 900},
]


def test_the_live_display() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    with LiveDisplay(console) as display:
        display.graph({"1": {"class_type": "StoryreelStoryboard"}, "2": {"class_type": "StoryreelShoot"}})
        for event in EVENTS:
            display(event)
        display.live.refresh()
        shown = screen.getvalue()
        assert "Shoot [bold]Storyboard" in shown and " 50%" in shown and "shooting: 3 of 6 [scenes]" in shown
        assert "running · 43% · 0 s" in shown, "half of what weighs six, of seven"
        assert "waiting: it can't be reached" in shown and "warning: a [warning]" in shown
        for event in LATER:
            display(event)
        display.live.refresh()
    assert "wrote /films/[x].mp4 (900 bytes) · 86%" in screen.getvalue()


def test_plain_lines() -> None:
    """What a node says comes after how far it is, and belongs to it: never an old sentence beside a new number."""
    screen = io.StringIO()
    with PlainDisplay(Console(file=screen, width=40), every=0.0, clock=lambda: 0.0) as display:
        display.graph({"1": {"class_type": "StoryreelStoryboard"}, "2": {"class_type": "StoryreelShoot"}})
        later = {**EVENTS[5], "done": 1.0}
        for event in [*EVENTS, later, *LATER]:
            display(event)
    assert screen.getvalue().splitlines() == [
        "checked: 6 scenes, 300 frames, 12.50 s",
        "sending [b]01.jpg (1.5 MB)",
        "queued, 2 before it",
        "running",
        "0% of all · Shoot [bold]Storyboard: running",
        "43% of all · Shoot [bold]Storyboard: 50%",
        "43% of all · Shoot [bold]Storyboard: 50% shooting: 3 of 6 [scenes]",
        "waiting: it can't be reached",
        "warning: a [warning]",
        "86% of all · Shoot [bold]Storyboard: finished",
        "wrote /films/[x].mp4 (900 bytes)",
    ]


def test_plain_lines_are_no_flood_and_say_how_long_the_rest_may_take() -> None:
    """A long node's line comes every ten seconds where something has changed, for the whole of the run."""
    screen, now = io.StringIO(), [0.0]
    with PlainDisplay(Console(file=screen, width=40), clock=lambda: now[0]) as display:
        display.graph({"1": {"class_type": "StoryreelShoot"}, "2": {"class_type": "StoryreelRenderFilm"}})
        display({"event": "started", "prompt_id": "x"})
        display({"event": "node", "node": "1", "title": "Shoot", "state": "running"})
        for second in range(1, 61):
            now[0] = float(second)
            done, over = second / 60, second // 10
            display({"event": "progress", "node": "1", "title": "Shoot", "done": done})
            said = f"shooting: {over} of 6 scenes, $0.{over}0 spent"
            display({"event": "text", "node": "1", "title": "Shoot", "text": said})
        for _ in range(100):  # half a minute in which nothing changes
            now[0] += 0.3
            display({"event": "text", "node": "1", "title": "Shoot", "text": said})
    lines = screen.getvalue().splitlines()
    assert lines[:3] == [
        "running",
        "0% of all · Shoot: running",
        "8% of all · Shoot: 17% shooting: 1 of 6 scenes, $0.10 spent · about 1:50 left",
    ]
    assert lines[-1].startswith("50% of all · Shoot: 100% shooting: 6 of 6 scenes, $0.60 spent")
    assert len(lines) == 8


def test_json_lines_are_not_a_flood() -> None:
    screen = io.StringIO()
    tell = JsonLines(screen)
    for number in range(1000):
        tell({"event": "progress", "node": "2", "title": "é", "done": number / 999})
    lines = [json.loads(line) for line in screen.getvalue().splitlines()]
    assert len(lines) < 20 and lines[0]["done"] == 0 and lines[-1]["done"] == 1
    assert "é" in screen.getvalue()


def test_json_lines_of_a_node_are_a_handful_a_second_and_its_last_text_stays() -> None:
    """Ten seconds at thirty frames a second, each with its progress and its text."""
    screen, now = io.StringIO(), [0.0]
    tell = JsonLines(screen, lambda: now[0])
    tell({"event": "node", "node": "2", "title": "Film", "state": "running"})
    for number in range(300):
        now[0] = number / 30
        tell({"event": "progress", "node": "2", "title": "Film", "done": number / 300})
        tell({"event": "text", "node": "2", "title": "Film", "text": f"frame {number}"})
    tell({"event": "node", "node": "2", "title": "Film", "state": "finished"})
    lines = [json.loads(line) for line in screen.getvalue().splitlines()]
    assert len(lines) <= 45
    assert [line["state"] for line in lines if line["event"] == "node"] == ["running", "finished"]
    assert lines[-2]["text"] == "frame 299" and lines[-1]["state"] == "finished"


def test_how_long_the_rest_may_take() -> None:
    now = [0.0]
    share = Share(
        {"1": {"class_type": "A"}, "2": {"class_type": "B"}, "3": {"class_type": "C"}}, lambda: now[0]
    )
    assert share.part == 0 and share.left() is None
    share.take({"event": "started"})
    share.take({"event": "cached", "nodes": ["3"]})
    share.take({"event": "node", "node": "1", "state": "finished"})
    now[0] = 10.0
    assert share.part == 0.5 and share.left() == pytest.approx(10)
    share.take({"event": "progress", "node": "2", "done": 0.5})
    assert share.part == 0.75 and share.left() == pytest.approx(10 / 3)
    assert Share({}).part == 0


def test_words_for_sizes_and_times() -> None:
    assert [size(n) for n in (3, 1500, 2_300_000)] == ["3 bytes", "2 kB", "2.3 MB"]
    assert [span(n) for n in (0.2, 7, 59.6, 125, 3723)] == ["0 s", "7 s", "1:00", "2:05", "1:02:03"]
