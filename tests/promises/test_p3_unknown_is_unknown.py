"""P3 Unknown is unknown: a submit that timed out, was reset, or got an answer that says nothing is neither done nor
failed: never sent again by itself, and shown with the commands that settle it. At a door that can be asked by our own
id it is looked up: what was accepted ends with its clip. (Where it may be sent again: tests/purchase/test_found.py.)"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators import Emulator

from .commands import QUICK, Ran
from .killing import Story, finish
from .scenes import CLOUD, DOORS, FOUND, TOLD, Scene, scene_at
from .warm import Starter

pytestmark = pytest.mark.slow

IMPATIENT = (
    QUICK.replace("answer_seconds = 20", "answer_seconds = 2")
    + """
[breaker]
failures = 1000
"""
)
RULES: dict[str, dict[str, Any]] = {
    "no answer, accepted": {"what": "hang"},
    "no answer": {"what": "hang_before"},
    "reset, accepted": {"what": "reset"},
    "reset": {"what": "reset_before"},
    "500, accepted": {"what": "500", "accepted": True},
    "500": {"what": "500"},
    "502, accepted": {"what": "502", "accepted": True},
    "502": {"what": "502"},
    "504": {"what": "504"},
    "broken off": {"what": "truncated"},
    "no id": {"what": "no_id"},
    "a page of HTML": {"what": "html_200"},
}
FEW = ("no answer, accepted", "no answer", "reset, accepted", "500", "broken off", "a page of HTML")
"""For a door whose wire is the others'."""
NEVER_ACCEPTED = ("hang_before", "reset_before", "500", "502", "504")


def attempts(story: Story) -> list[dict[str, Any]]:
    listed = story.command(["ledger", "list", "--json"])
    assert listed.code == 0, listed.text
    return listed.result["attempts"]


def is_unknown(story: Story, run: Ran) -> None:
    """Said of every scene, with both commands; the ledger keeps the money reserved."""
    assert run.code == 1, run.text
    assert run.result["error"]["code"] == "unknown_outcome", run.text
    found = attempts(story)
    assert [attempt["state"] for attempt in found] == ["unknown"] * len(found), found
    for scene in run.result["scenes"]:
        message = scene["error"]["message"]
        assert scene["state"] == "unknown" and scene["error"]["code"] == "unknown_outcome"
        assert "nobody knows whether" in message and "isn't sent again" in message
        ids = [attempt["id"][:8] for attempt in found]
        assert any(f"storyreel ledger collect {id} --operation" in message for id in ids)
        assert any(f"storyreel ledger release {id}" in message for id in ids)
    assert all(float(attempt["reserved"]) == float(attempt["estimate"]) > 0 for attempt in found)


@contextmanager
def struck(
    folder: Path, starter: Starter, scene: Scene, names: Iterable[str] = RULES, seconds: float = 2
) -> Iterator[tuple[Story, Any]]:
    """A film with a scene for each of some ways in which the answer can be missing, and what has struck when it has run
    once. Answers are waited for so many `seconds`."""
    rules = [RULES[name] for name in names]
    with Emulator(work=0.05, concurrent={}) as emulator:
        story = Story(folder, "p3", emulator, "", starter, (scene,) * len(rules))
        config = IMPATIENT.replace("answer_seconds = 2", f"answer_seconds = {seconds}")
        (story.folder / "home" / "config.toml").write_text(config, encoding="utf-8")
        emulator.misbehave(*({**rule, "at": "submit", "times": 1} for rule in rules))
        story.render()
        found = emulator.record()["misbehaved"]
        told = [(rule["what"], bool(rule["options"].get("accepted"))) for rule in found]
        assert sorted(told) == sorted((rule["what"], "accepted" in rule) for rule in rules)
        yield story, emulator


def ends_well(story: Story) -> None:
    """One job for each scene, all of them here, and booked as they were billed."""
    taken = story.jobs()
    assert {take: len(jobs) for take, jobs in taken.items()} == {
        f"scene {n + 1}": 1 for n in range(len(RULES))
    }
    assert {attempt["state"] for attempt in attempts(story)} == {"stored", "released"}
    cost = sum(float(job["billed"]) for jobs in taken.values() for job in jobs)
    assert abs(story.runs[-1].result["cost"] - cost) < 0.005


@pytest.mark.parametrize("door", CLOUD)
def test_at_every_door(tmp_path: Path, starter: Starter, door: str) -> None:
    with struck(tmp_path, starter, scene_at(door)) as (story, emulator):
        if door in FOUND:
            looked_up(story, emulator)
            return
        is_unknown(story, story.runs[0])
        seen = emulator.record()
        is_unknown(story, story.render())
        again = emulator.record()
        assert len(again["jobs"]) == len(seen["jobs"]) and not again["refused"], "it was sent again"
        finish(story)
        ends_well(story)
        settled = [command.split()[1] for command in story.settled]
        assert settled.count("collect") == len(seen["jobs"]) and len(settled) == len(RULES)


@pytest.mark.parametrize("door", TOLD)
def test_where_only_sounds_are_bought(tmp_path: Path, starter: Starter, door: str) -> None:
    """Of an answer that was lost nothing is left to collect: it is given up by the command that is named, and what was
    accepted all the same is paid for twice, as that says."""
    with struck(tmp_path, starter, TOLD[door], FEW, 0.5) as (story, emulator):
        seen = emulator.record()
        for run in (story.runs[0], story.render()):
            assert run.code == 1 and run.result["error"]["code"] == "unknown_outcome", run.text
            found = attempts(story)
            assert [attempt["state"] for attempt in found] == ["unknown"] * len(FEW), found
            assert all(float(attempt["reserved"]) == float(attempt["estimate"]) > 0 for attempt in found)
            for scene in run.result["scenes"]:
                said = scene["error"]["message"]
                assert "nobody knows whether openai spoke this text" in said and "isn't sent again" in said
                assert any(
                    f"storyreel ledger release {each['id'][:8]}` gives it up" in said for each in found
                )
        again = emulator.record()
        assert len(again["jobs"]) == len(seen["jobs"]) and not again["refused"], "it was sent again"
        finish(story)
        accepted = [
            rule
            for rule in map(RULES.__getitem__, FEW)
            if rule["what"] not in NEVER_ACCEPTED or "accepted" in rule
        ]
        assert len(story.lost) == len(accepted) == len(seen["jobs"])
        taken = story.jobs()
        assert {take: len(jobs) for take, jobs in taken.items()} == {
            take: 1 + (take in story.lost) for take in story.takes()
        }
        assert {attempt["state"] for attempt in attempts(story)} == {"stored", "released"}


def looked_up(story: Story, emulator: Emulator) -> None:
    """What was accepted was found; of what wasn't found nobody knows, and it isn't sent again."""
    never = [rule for rule in RULES.values() if rule["what"] in NEVER_ACCEPTED and not rule.get("accepted")]
    for run in (story.runs[0], story.render()):
        assert run.code == 1 and run.result["error"]["code"] == "unknown_outcome", run.text
        states = [attempt["state"] for attempt in attempts(story)]
        assert sorted(states) == ["stored"] * (len(RULES) - len(never)) + ["unknown"] * len(never)
    assert len(emulator.record()["jobs"]) == len(RULES) - len(never)
    finish(story)
    ends_well(story)
    settled = [command.split()[1] for command in story.settled]
    assert settled == ["release"] * len(never)


@contextmanager
def answering(status: int) -> Iterator[tuple[str, list[str]]]:
    """A server that answers every request so; its URL, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("door", [door for door in CLOUD if door not in FOUND])
def test_408(tmp_path: Path, starter: Starter, door: str) -> None:
    with Emulator() as emulator, answering(408) as (url, asked):
        story = Story(tmp_path, "p3", emulator, "", starter, (scene_at(door),))
        story.env[f"STORYREEL_{door.upper()}_BASE_URL"] = url
        is_unknown(story, story.render())
        assert len(asked) == 1
        is_unknown(story, story.render())
        assert len(asked) == 1, "it was sent again"


def test_released_by_mistake_the_late_clip_is_nobody_s(tmp_path: Path, starter: Starter) -> None:
    """Who releases what was accepted after all pays twice, as the command warns; the ledger keeps both apart."""
    asked_for = (
        *(scene for scene in DOORS if scene["provider"] not in ("runway", *FOUND)),
        scene_at("runway"),
    )
    last = f"scene {len(asked_for)}"
    with Emulator(work=0.05) as emulator:
        story = Story(tmp_path, "p3", emulator, "", starter, asked_for)
        emulator.misbehave({"what": "reset", "door": "runway"})
        assert story.render().code == 1
        [unknown] = [attempt for attempt in attempts(story) if attempt["state"] == "unknown"]
        asked = story.command(["ledger", "release", unknown["id"]])
        assert asked.code == 0 and "pays again" in asked.text
        emulator.misbehave()
        assert story.render().code == 0
        first, second = story.jobs()[last]
        states = sorted(attempt["state"] for attempt in attempts(story))
        assert states == ["released", *["stored"] * len(asked_for)]
        assert second["id"] in {attempt["operation"] for attempt in attempts(story)}
        collected = story.command(["ledger", "collect", unknown["id"], "--operation", first["id"]])
        assert collected.code == 2 and "was given up" in collected.text
