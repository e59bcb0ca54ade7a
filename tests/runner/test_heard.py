"""What the websocket says, as a real ComfyUI said it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from storyreel.runner.comfy.client.run_state import Heard


@pytest.fixture(scope="module")
def protocol(recordings: Path) -> dict[str, Any]:
    return json.loads((recordings / "protocol.json").read_text(encoding="utf-8"))


def hear(run: dict[str, Any]) -> tuple[Heard, list[dict[str, Any]]]:
    prompt_id = run["post"]["body"]["prompt_id"] if "post" in run else next(iter(run["history"]))
    heard = Heard(prompt_id, {"1": "A", "2": "B", "3": "Join"}, clock=iter(range(1000)).__next__)
    return heard, [event for message in run["events"] for event in heard.take(json.dumps(message))]


def test_a_run_that_succeeds(protocol: Any) -> None:
    heard, events = hear(protocol["success"])
    assert heard.ended == "success"
    assert events[0]["event"] == "started"
    for node in ("1", "2", "3"):
        states = [e["state"] for e in events if e["event"] == "node" and e["node"] == node]
        assert states == ["running", "finished"]
    done = [e["done"] for e in events if e["event"] == "progress" and e["node"] == "2"]
    assert done == [0.2, 0.4, 0.6, 0.8, 1.0], "told once, though the server tells it twice"
    assert heard.outputs["3"]["text"]
    timings = heard.timings()
    assert timings["3"]["began"] > timings["1"]["began"] and timings["1"]["took"] > 0


def test_a_cached_run(protocol: Any) -> None:
    heard, events = hear(protocol["cached"])
    assert heard.ended == "success" and heard.cached == {"1", "2", "3"}
    assert not [event for event in events if event["event"] == "node"]


def test_a_run_that_fails(protocol: Any) -> None:
    assert hear(protocol["error"])[0].ended == "error"


def test_a_run_that_is_interrupted(protocol: Any) -> None:
    assert hear(protocol["interrupt"])[0].ended == "interrupted"


def test_the_text_of_a_node() -> None:
    heard = Heard("id", {"12": "Shoot"})
    message = struct.pack(">I", 3) + struct.pack(">I", 2) + b"12" + "zwölf".encode()
    assert heard.take(message) == [{"event": "text", "node": "12", "title": "Shoot", "text": "zwölf"}]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not json",
        "[]",
        '{"type": "progress"}',
        '{"type": "progress", "data": null}',
        '{"type": "progress", "data": {"node": "1", "value": 1, "max": 0}}',
        '{"type": "progress", "data": {"node": "1", "value": "x", "max": 2}}',
        '{"type": "crystools.monitor", "data": {"cpu": 3}}',
        '{"type": "progress", "data": {"node": "1", "value": 1, "max": 2, "prompt_id": "another"}}',
        b"",
        b"\0\0\0\1\0\0\0\2JPEG",
        b"\0\0\0\3\0\0\0\xff9",
    ],
)
def test_what_it_does_not_know_is_nothing(message: str | bytes) -> None:
    assert Heard("id", {"1": "A"}).take(message) == []
