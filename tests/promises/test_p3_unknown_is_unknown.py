"""P3 Unknown is unknown: a submit that timed out, was reset, or got an answer that says nothing is neither done nor
failed: never sent again by itself, and shown with the commands that settle it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.emulate import Emulator

from .commands import DOORS, HOOK, QUICK, Ran, environment
from .killing import Story, finish
from .warm import Starter

pytestmark = pytest.mark.slow

IMPATIENT = (
    QUICK.replace("poll_seconds", "answer_seconds = 3\npoll_seconds")
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


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    with closing(Starter(environment(tmp_path_factory.mktemp("starter"), {}), HOOK)) as started:
        yield started


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


@pytest.mark.parametrize("number", range(len(DOORS)), ids=[scene["provider"] for scene in DOORS])
def test_at_every_door(tmp_path: Path, starter: Starter, number: int) -> None:
    """A film with a scene for each way in which the answer can be missing."""
    with Emulator(work=0.05) as emulator:
        story = Story(tmp_path, "p3", emulator, "", starter, (DOORS[number],) * len(RULES))
        (story.folder / "home" / "config.toml").write_text(IMPATIENT, encoding="utf-8")
        emulator.misbehave(*({**rule, "at": "submit", "times": 1} for rule in RULES.values()))
        is_unknown(story, story.render())
        seen = emulator.record()
        struck = [(rule["what"], bool(rule["options"].get("accepted"))) for rule in seen["misbehaved"]]
        assert sorted(struck) == sorted((rule["what"], "accepted" in rule) for rule in RULES.values())
        is_unknown(story, story.render())
        again = emulator.record()
        assert len(again["jobs"]) == len(seen["jobs"]) and not again["refused"], "it was sent again"
        finish(story)
        taken = story.jobs()
        assert {scene: len(jobs) for scene, jobs in taken.items()} == {n + 1: 1 for n in range(len(RULES))}
        settled = [command.split()[1] for command in story.settled]
        assert settled.count("collect") == len(seen["jobs"]) and len(settled) == len(RULES)
        assert {attempt["state"] for attempt in attempts(story)} == {"stored", "released"}
        cost = sum(float(job["billed"]) for jobs in taken.values() for job in jobs)
        assert abs(story.runs[-1].result["cost"] - cost) < 0.005


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


def test_408(tmp_path: Path, starter: Starter) -> None:
    with Emulator() as emulator, answering(408) as (url, asked):
        story = Story(tmp_path, "p3", emulator, "", starter, DOORS)
        story.env |= {f"STORYREEL_{door}_BASE_URL": url for door in ("GOOGLE", "RUNWAY")}
        del story.env["GOOGLE_APPLICATION_CREDENTIALS"]  # signing in isn't what is tested
        plain = story.path.read_text(encoding="utf-8")
        assert '"vertex"' in plain
        story.path.write_text(
            plain.replace('"vertex"', '"runway"').replace('"transition"', '"audio": true, "transition"', 1),
            encoding="utf-8",
        )
        is_unknown(story, story.render())
        assert len(asked) == 3
        is_unknown(story, story.render())
        assert len(asked) == 3, "it was sent again"


def test_released_by_mistake_the_late_clip_is_nobody_s(tmp_path: Path, starter: Starter) -> None:
    """Who releases what was accepted after all pays twice, as the command warns; the ledger keeps both apart."""
    with Emulator(work=0.05) as emulator:
        story = Story(tmp_path, "p3", emulator, "", starter, DOORS)
        emulator.misbehave({"what": "reset", "door": "runway"})
        assert story.render().code == 1
        [unknown] = [attempt for attempt in attempts(story) if attempt["state"] == "unknown"]
        asked = story.command(["ledger", "release", unknown["id"]])
        assert asked.code == 0 and "pays again" in asked.text
        emulator.misbehave()
        assert story.render().code == 0
        assert len(story.jobs()[3]) == 2
        states = sorted(attempt["state"] for attempt in attempts(story))
        assert states == ["released", "stored", "stored", "stored"]
        collected = story.command(
            ["ledger", "collect", unknown["id"], "--operation", story.jobs()[3][0]["id"]]
        )
        assert collected.code == 2 and "released" in collected.text
