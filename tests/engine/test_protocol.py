"""The embedded engine answers as a real ComfyUI 0.8.0 did: same events, same order, same shapes, same status
codes.

The recording is of one session with two small nodes, which are here too (conftest.py).
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import requests

GRAPH: dict[str, Any] = {
    "1": {"class_type": "ProbeSlow", "inputs": {"text": "a", "seconds": 0.5, "seed": 1, "mode": "ok"}},
    "2": {"class_type": "ProbeSlow", "inputs": {"text": "b", "seconds": 0.5, "seed": 2, "mode": "ok"}},
    "3": {
        "class_type": "ProbeJoin",
        "inputs": {
            "parts.part0": ["1", 0],
            "parts.part1": ["2", 0],
            "style": "sep",
            "style.separator": ";",
            "style.count": 2,
        },
    },
}

PARTS = ("success", "cached", "error", "interrupt")

OURS = {
    "missing",
    "previewable_outputs_count",  # of jobs, in later ComfyUIs
    "hint",  # extra_info of a node that isn't there: which, and what to do
    "engine",  # system_stats: which engine this is
    "current_inputs",  # ComfyUI leaves them empty for async nodes
}


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> dict[str, Any]:
    return json.loads((recordings / "protocol.json").read_text(encoding="utf-8"))


def changed(node: str, **inputs: Any) -> dict[str, Any]:
    graph = copy.deepcopy(GRAPH)
    graph[node]["inputs"] |= inputs
    return graph


def alike(mine: Any, theirs: Any, where: str = "") -> None:
    """Asserts that two JSON values have the same keys and kinds all the way down."""
    if isinstance(theirs, dict):
        assert isinstance(mine, dict), f"{where}: {mine!r}"
        assert set(mine) - OURS == set(theirs) - OURS, f"{where}: {sorted(set(mine) ^ set(theirs))}"
        for key in set(theirs) - OURS:
            alike(mine[key], theirs[key], f"{where}.{key}")
    elif isinstance(theirs, list):
        assert isinstance(mine, list), f"{where}: {mine!r}"
        # Of listings of different lengths it counts what an entry looks like.
        count = len(mine) if len(mine) == len(theirs) else min(len(mine), len(theirs), 1)
        for number in range(count):
            alike(mine[number], theirs[number], f"{where}[{number}]")
    elif isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        assert isinstance(mine, (int, float)) and not isinstance(mine, bool), f"{where}: {mine!r}"
    else:
        assert type(mine) is type(theirs), f"{where}: {mine!r} for {theirs!r}"


def story(events: list[Any]) -> list[tuple[Any, ...]]:
    """What happened, without ids and times: (event, node or queue length or finished nodes)."""
    told = []
    for event in events:
        kind, data = event["type"], event["data"]
        if kind == "status":
            about: Any = data["status"]["exec_info"]["queue_remaining"]
        elif kind == "progress_state":
            about = tuple((id, n["state"], n["value"], n["max"]) for id, n in data["nodes"].items())
        elif kind == "progress":
            about = data["node"], data["value"], data["max"]
        elif kind == "execution_cached":
            about = tuple(data["nodes"])
        else:
            about = data.get("node", data.get("node_id"))
        told.append((kind, about))
    return told


def test_a_session_is_told_event_by_event(client: Any, recorded: dict[str, Any]) -> None:
    """Success, the same again from the cache, a node that fails, an interruption: every event, in the same
    order.
    """
    first = client.post(GRAPH, extra_data={"extra_pnginfo": {"workflow": {"nodes": []}}})
    client.wait(lambda: client.seen("execution_success"))
    again = client.post(GRAPH)
    client.wait(lambda: len(client.seen("execution_success")) == 2)
    client.wait(lambda: len(client.seen("status")) == 7)
    failing = client.post(changed("1", seed=9, mode="fail"))
    client.wait(lambda: client.seen("execution_error"))
    client.wait(lambda: len(client.seen("status")) == 10)
    stopped = client.post(changed("1", seed=11, seconds=20.0)).json()["prompt_id"]
    client.wait(lambda: any(e["node"] == "1" and e["prompt_id"] == stopped for e in client.seen("executing")))
    waiting = client.post(GRAPH, number=5.0)
    assert waiting.json()["number"] == 5.0
    alike(client.get("/queue"), recorded["queue_pending"])
    answer = requests.post(f"{client.url}/interrupt", json={"prompt_id": stopped}, timeout=20)
    assert {"status": answer.status_code, "body": answer.text} == recorded["interrupt_response"]
    client.wait(lambda: client.seen("execution_interrupted"))
    client.wait(lambda: client.history(stopped))

    theirs = [event for part in PARTS for event in recorded[part]["events"]]
    mine = client.events[: len(theirs)]
    assert story(mine) == story(theirs)
    for number, (a, b) in enumerate(zip(mine, theirs, strict=True)):
        for event in (a, b):
            event["data"].pop("extension", None)  # of feature_flags: which other packs are there
        alike(a, b, str(number))

    ids = [first.json()["prompt_id"], again.json()["prompt_id"], failing.json()["prompt_id"], stopped]
    for prompt_id, part in zip(ids, PARTS, strict=True):
        (expected,) = recorded[part]["history"].values()
        alike(client.history(prompt_id), expected, part)
    for mine_, part in ((first, "success"), (again, "cached"), (failing, "error")):
        assert mine_.status_code == recorded[part]["post"]["status"]
        alike(mine_.json(), recorded[part]["post"]["body"])


BAD: dict[str, Any] = {
    "unknown_class": {"1": {"class_type": "Nope", "inputs": {}}},
    "no_outputs": {"1": GRAPH["1"]},
    "missing_input": {**GRAPH, "1": {"class_type": "ProbeSlow", "inputs": {"text": "a"}}},
    "bad_type": changed("1", seconds="xx"),
    "out_of_range": changed("1", seed=-1),
    "not_in_list": changed("1", mode="zzz"),
    "custom_validation": changed("1", seconds=59),
    "type_mismatch_link": changed("3", **{"parts.part0": ["1", 1]}),
    "missing_node_link": changed("3", **{"parts.part1": ["77", 0]}),
    "cycle": {
        "1": {"class_type": "ProbeJoin", "inputs": {"parts.part0": ["2", 0], "style": "plain"}},
        "2": {"class_type": "ProbeJoin", "inputs": {"parts.part0": ["1", 0], "style": "plain"}},
    },
    "no_class_type": {"1": {"inputs": {}}},
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_graph_is_refused_in_the_same_words(client: Any, recorded: dict[str, Any], case: str) -> None:
    answer, theirs = client.post(BAD[case]), recorded["bad"][case]
    assert answer.status_code == theirs["status"] == 400
    mine = answer.json()
    alike(mine["error"], theirs["body"]["error"])
    assert mine["error"]["type"] == theirs["body"]["error"]["type"]
    assert mine["error"]["message"] == theirs["body"]["error"]["message"]
    assert set(mine["node_errors"]) == set(theirs["body"]["node_errors"])
    for node_id, expected in theirs["body"]["node_errors"].items():
        found = mine["node_errors"][node_id]
        assert found["class_type"] == expected["class_type"]
        assert found["dependent_outputs"] == expected["dependent_outputs"]

        def told(errors: list[Any]) -> list[Any]:
            return sorted((e["type"], e["message"], e["extra_info"].get("input_name", "")) for e in errors)

        assert told(found["errors"]) == told(expected["errors"])
        by_name = {e["extra_info"].get("input_name"): e for e in expected["errors"]}
        for error in found["errors"]:
            alike(error, by_name[error["extra_info"].get("input_name")])
    assert client.get("/queue") == {"queue_running": [], "queue_pending": []}


def test_what_is_no_request_is_refused_in_the_same_words(client: Any, recorded: dict[str, Any]) -> None:
    empty = requests.post(f"{client.url}/prompt", json={"client_id": client.id}, timeout=20)
    assert empty.status_code == recorded["bad"]["no_prompt"]["status"]
    assert empty.json() == json.loads(recorded["bad"]["no_prompt"]["body"])


def test_what_can_be_asked_for_has_the_same_shape(client: Any, recorded: dict[str, Any]) -> None:
    client.run(GRAPH)
    client.run(changed("1", mode="fail", seed=3))
    client.post(changed("1", seconds=20.0, seed=4))
    client.wait(lambda: client.get("/queue")["queue_running"])
    assert {"/system_stats", "/queue", "/api/jobs", "/object_info/ProbeJoin"} <= set(recorded["get"])
    for path, theirs in recorded["get"].items():
        mine = requests.get(f"{client.url}{path}", timeout=20)
        assert mine.status_code == theirs["status"], path
        if theirs["status"] != 200:
            continue
        assert mine.headers["Content-Type"] == theirs["content_type"], path
        body = json.loads(theirs["body"])
        if path.startswith("/object_info"):
            assert mine.text == theirs["body"], path
        elif path == "/features":
            assert set(mine.json()) == set(body)
        elif path == "/workflow_templates":
            assert list(mine.json()) == ["storyreel"], "that ComfyUI had no pack"
        elif path == "/api/jobs":
            by_status = {job["status"]: job for job in body["jobs"]}
            for job in mine.json()["jobs"]:
                expected = dict(by_status[job["status"]])
                if "execution_error" not in job:
                    expected.pop("execution_error", None)
                alike(job, expected, path)
            alike(mine.json()["pagination"], body["pagination"] | {"limit": None}, path)
        elif "history" in path and body:
            alike(*([next(iter(found.values()))["prompt"]] for found in (mine.json(), body)), path)
        else:
            alike(mine.json(), body, path)
        if not path.startswith("/api/"):
            assert requests.get(f"{client.url}/api{path}", timeout=20).status_code == mine.status_code, path


def test_uploads_keep_one_file_per_content(client: Any, recorded: dict[str, Any], tmp_path: Path) -> None:
    """The same content under the same name is one file; other content gets another name, as was recorded."""

    def upload(name: str, content: bytes) -> requests.Response:
        files, form = {"image": (name, content)}, {"subfolder": "storyreel", "type": "input"}
        return requests.post(f"{client.url}/upload/image", files=files, data=form, timeout=20)

    sent = [("a.png", b"one"), ("a.png", b"one"), ("../evil.png", b"evil"), ("a.png", b"two")]
    for (name, content), theirs in zip(sent, recorded["upload"], strict=True):
        mine = upload(name, content)
        assert (mine.status_code, mine.json()) == (theirs["status"], json.loads(theirs["body"]))
    kept = {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    # The recorded ComfyUI lets ".." out of the subfolder, but not out of the input folder. So do we.
    assert kept == {
        "input/storyreel/a.png": b"one",
        "input/storyreel/a (1).png": b"two",
        "input/evil.png": b"evil",
    }
