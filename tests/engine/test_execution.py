"""How workflows run: only what is needed, once, side by side, over lists; and how they end."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from storyreel import host
from storyreel.host import io
from storyreel.host.standalone.context import running
from storyreel.runner.engine import EmbeddedServer
from storyreel.studio.errors import BadInput, ServerError

Node = io.ComfyNode
NAP = 0.3


def slow(text: str, seconds: float = 0.0, **more: Any) -> dict[str, Any]:
    inputs = {"text": text, "seconds": seconds, "seed": 1, "mode": "ok", **more}
    return {"class_type": "ProbeSlow", "inputs": inputs}


def join(*sources: str) -> dict[str, Any]:
    parts = {f"parts.part{n}": [source, 0] for n, source in enumerate(sources)}
    return {"class_type": "ProbeJoin", "inputs": {**parts, "style": "plain"}}


class Counted(Node):
    """Counts how often it was executed, on the class: `cls` in execute is a copy that can't be written to."""

    times: list[str] = []
    stamp: Any = "same"

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Counted",
            inputs=[io.String.Input("text")],
            outputs=[io.String.Output()],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, text):
        return cls.stamp

    @classmethod
    def execute(cls, text):
        cls.times.append(text)
        return io.NodeOutput(text.upper(), ui={"text": (text,)})


class Listing(Node):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Listing",
            inputs=[io.Int.Input("count", default=3)],
            outputs=[io.String.Output(is_output_list=True), io.String.Output(is_output_list=False)],
        )

    @classmethod
    def execute(cls, count):
        return io.NodeOutput([f"item{n}" for n in range(count)], "one")


class Pair(Node):
    """Runs once per item; the shorter list repeats its last item."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Pair",
            inputs=[io.String.Input("a"), io.String.Input("b")],
            outputs=[io.String.Output()],
            is_output_node=True,
        )

    @classmethod
    async def execute(cls, a, b):
        await asyncio.sleep(NAP)
        return io.NodeOutput(f"{a}+{b}", ui={"text": (f"{a}+{b}",)})


class Whole(Node):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Whole",
            inputs=[io.String.Input("items")],
            outputs=[],
            is_input_list=True,
            is_output_node=True,
        )

    @classmethod
    def execute(cls, items):
        return io.NodeOutput(ui={"text": (",".join(items),)})


class Working(Node):
    """Works in a thread until it is told to stop, or for ever; a file says whether it is at work."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Working",
            inputs=[io.Float.Input("seconds")],
            outputs=[io.Int.Output()],
            is_output_node=True,
        )

    @classmethod
    async def execute(cls, seconds):
        watch = host.watch(cls)
        path, _ = host.output_path("work", ".part")

        def work() -> int:
            path.write_text("at work")
            end = time.monotonic() + seconds
            try:
                while time.monotonic() < end:
                    watch.tell(1 - (end - time.monotonic()) / seconds, "working")
                    watch.check()
                    time.sleep(0.01)
            finally:
                path.unlink()
            return 7

        return io.NodeOutput(await host.run(work), ui={"text": ("done",)})


@pytest.fixture(autouse=True)
def counted() -> None:
    Counted.times.clear()
    Counted.stamp = "same"


@pytest.fixture
def client(start: Callable[..., Any]) -> Any:
    return start(Counted, Listing, Pair, Whole, Working)


def texts(entry: dict[str, Any]) -> dict[str, Any]:
    assert entry["status"]["completed"], entry["status"]["messages"]
    return {node_id: shown["text"] for node_id, shown in entry["outputs"].items()}


def count(text: str) -> dict[str, Any]:
    return {"class_type": "Counted", "inputs": {"text": text}}


def test_only_what_an_output_needs_is_run(client: Any) -> None:
    client.run({"1": slow("needed"), "2": slow("not needed"), "3": join("1")})
    assert {event["node"] for event in client.seen("executing")} == {"1", "3", None}


def test_async_nodes_run_side_by_side(client: Any) -> None:
    began = time.monotonic()
    client.run({**{str(n): slow("x", NAP, seed=n) for n in range(1, 6)}, "9": join("1", "2", "3", "4", "5")})
    assert time.monotonic() - began < 3 * NAP


def test_the_same_inputs_are_not_run_again_and_other_ones_are(client: Any) -> None:
    graph = {"1": count("a"), "2": {"class_type": "Counted", "inputs": {"text": ["1", 0]}}}
    assert texts(client.run(graph)) == {"1": ["a"], "2": ["A"]}
    assert texts(client.run(graph)) == {"1": ["a"], "2": ["A"]}
    assert Counted.times == ["a", "A"]
    graph["1"] = count("b")
    assert texts(client.run(graph)) == {"1": ["b"], "2": ["B"]}
    assert Counted.times == ["a", "A", "b", "B"]


def test_a_cached_result_is_in_the_history_of_a_client_without_a_socket(client: Any) -> None:
    first = requests.post(f"{client.url}/prompt", json={"prompt": {"1": count("a")}}, timeout=20).json()
    client.wait(lambda: client.history(first["prompt_id"]))
    again = requests.post(f"{client.url}/prompt", json={"prompt": {"1": count("a")}}, timeout=20).json()
    client.wait(lambda: client.history(again["prompt_id"]))
    assert texts(client.history(again["prompt_id"])) == {"1": ["a"]}
    assert Counted.times == ["a"]


def test_a_changed_fingerprint_runs_the_node_again_and_nan_always_does(client: Any) -> None:
    for stamp, times in (("same", 1), ("same", 1), ("other", 2), (float("nan"), 3), (float("nan"), 4)):
        Counted.stamp = stamp
        client.run({"1": count("a")})
        assert len(Counted.times) == times


def test_the_cache_holds_what_the_latest_workflow_uses(client: Any) -> None:
    client.run({"1": count("a")})
    client.run({"1": count("b")})
    client.run({"1": count("a")})
    assert Counted.times == ["a", "b", "a"]


def test_a_node_runs_once_per_item_of_a_list_side_by_side(client: Any) -> None:
    graph = {
        "1": {"class_type": "Listing", "inputs": {"count": 4}},
        "2": {"class_type": "Pair", "inputs": {"a": ["1", 0], "b": ["1", 1]}},
        "3": {"class_type": "Whole", "inputs": {"items": ["2", 0]}},
    }
    began = time.monotonic()
    shown = texts(client.run(graph))
    assert shown["2"] == ["item0+one", "item1+one", "item2+one", "item3+one"]
    assert shown["3"] == ["item0+one,item1+one,item2+one,item3+one"]
    assert time.monotonic() - began < 3 * NAP


def test_an_empty_list_is_an_error_that_names_the_input(client: Any) -> None:
    graph = {
        "1": {"class_type": "Listing", "inputs": {"count": 0}},
        "2": {"class_type": "Pair", "inputs": {"a": ["1", 0], "b": "x"}},
    }
    entry = client.run(graph)
    assert not entry["status"]["completed"]
    (error,) = client.seen("execution_error")
    assert (error["node_id"], error["exception_message"]) == ("2", "input 'a' got an empty list\n")
    assert error["current_inputs"] == {"a": [], "b": ["x"]}


class Raising(Node):
    error: Exception = RuntimeError("x")

    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="Raising", inputs=[], outputs=[], is_output_node=True)

    @classmethod
    def execute(cls):
        raise cls.error


@pytest.mark.parametrize("error", [BadInput("no such clip", "look again"), KeyError("k")])
def test_what_a_node_raises_is_told_with_its_kind(start: Callable[..., Any], error: Any) -> None:
    Raising.error = error
    client = start(Raising)
    entry = client.run({"1": {"class_type": "Raising", "inputs": {}}})
    assert entry["status"]["status_str"] == "error"
    ((_, told),) = [m for m in entry["status"]["messages"] if m[0] == "execution_error"]
    assert told["node_type"] == "Raising"
    assert told["exception_type"].rsplit(".")[-1] == type(error).__name__
    assert told["exception_message"] == f"{error}\n"
    assert "raise cls.error" in "".join(told["traceback"])


def test_a_node_that_fails_stops_those_beside_it(client: Any, tmp_path: Path) -> None:
    graph = {
        "1": {"class_type": "Working", "inputs": {"seconds": 60.0}},
        "2": slow("bad", 0.3, mode="fail"),
        "3": join("2"),
    }
    entry = client.run(graph)
    assert [m[0] for m in entry["status"]["messages"]][-1] == "execution_error"
    assert list((tmp_path / "output").iterdir()) == [], "work went on after the run had ended"


@pytest.mark.parametrize("targeted", [True, False])
def test_an_interrupt_ends_work_in_threads_within_a_second(
    client: Any, tmp_path: Path, targeted: bool
) -> None:
    prompt_id = client.post({"1": {"class_type": "Working", "inputs": {"seconds": 60.0}}}).json()["prompt_id"]
    client.wait(lambda: list((tmp_path / "output").iterdir()))
    began = time.monotonic()
    body = {"prompt_id": prompt_id} if targeted else {}
    requests.post(f"{client.url}/interrupt", json=body, timeout=20)
    client.wait(lambda: client.seen("execution_interrupted"))
    assert time.monotonic() - began < 1
    assert list((tmp_path / "output").iterdir()) == []
    client.wait(lambda: client.history(prompt_id))
    assert client.history(prompt_id)["status"]["completed"] is False
    assert texts(client.run({"1": count("next")})) == {"1": ["next"]}


def test_an_interrupt_for_another_prompt_does_nothing(client: Any) -> None:
    prompt_id = client.post({"1": slow("x", 0.5), "2": join("1")}).json()["prompt_id"]
    client.wait(lambda: client.seen("executing"))
    requests.post(f"{client.url}/interrupt", json={"prompt_id": "another"}, timeout=20)
    client.wait(lambda: client.history(prompt_id))
    assert client.history(prompt_id)["status"]["completed"] is True


def test_progress_and_text_of_work_in_a_thread_reach_the_client(client: Any) -> None:
    client.run({"1": {"class_type": "Working", "inputs": {"seconds": 0.5}}})
    values = [event["value"] / event["max"] for event in client.seen("progress")]
    assert len(values) >= 3
    assert values == sorted(values)
    assert (3, b"\x00\x00\x00\x011working") in [event for event in client.events if isinstance(event, tuple)]


def test_the_same_prompt_id_is_one_job(client: Any) -> None:
    """A client that doesn't know whether its post arrived may post again."""
    answers = [client.post({"1": slow("x", 0.3), "2": join("1")}, prompt_id="mine").json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    client.wait(lambda: client.history("mine"))
    client.post({"1": slow("x", 0.3), "2": join("1")}, prompt_id="mine")
    assert len(client.seen("execution_start")) == 1
    assert client.get("/queue") == {"queue_running": [], "queue_pending": []}


def test_jobs_wait_in_order_and_can_be_taken_out(client: Any) -> None:
    client.post({"1": slow("x", 0.5), "2": join("1")}, prompt_id="running")
    client.wait(lambda: client.get("/queue")["queue_running"])
    for prompt_id, more in (("later", {}), ("dropped", {}), ("first", {"front": True})):
        assert client.post({"1": count(prompt_id)}, prompt_id=prompt_id, **more).status_code == 200
    requests.post(f"{client.url}/queue", json={"delete": ["dropped"]}, timeout=20)
    assert [item[1] for item in client.get("/queue")["queue_pending"]] == ["first", "later"]
    client.wait(lambda: client.history("later"))
    assert Counted.times == ["first", "later"]
    requests.post(f"{client.url}/history", json={"delete": ["later"]}, timeout=20)
    assert client.history("later") is None
    assert list(client.get("/history")) == ["running", "first"]


def test_a_workflow_with_one_bad_output_is_refused_whole(client: Any) -> None:
    """ComfyUI would run the good one and report the other; half of what was asked for is not what was asked
    for.
    """
    answer = client.post({"1": count("good"), "2": slow("x", seed=-1), "3": join("2")})
    assert answer.status_code == 400
    assert list(answer.json()["node_errors"]) == ["2"]
    assert Counted.times == []


@pytest.mark.parametrize(
    ("inputs", "kind"),
    [
        ({"seconds": float("nan")}, "invalid_input_type"),
        ({"seconds": float("inf")}, "invalid_input_type"),
        ({"flag": "false"}, "invalid_input_type"),
        ({"seconds": ["3", 0, 0]}, "bad_linked_input"),
        ({"nothing": ["3", 0]}, "bad_linked_input"),
        ({"mode": ["3", 5]}, "exception_during_validation"),
    ],
)
def test_values_that_no_widget_gives_are_refused(client: Any, inputs: dict[str, Any], kind: str) -> None:
    graph = {"1": slow("x", **inputs), "2": join("1"), "3": slow("y")}
    text = json.dumps({"prompt": graph})  # requests itself would refuse NaN
    answer = requests.post(f"{client.url}/prompt", data=text, timeout=20)
    assert answer.status_code == 400
    assert [error["type"] for error in answer.json()["node_errors"]["1"]["errors"]] == [kind]


def test_missing_parts_of_dynamic_inputs_are_refused(client: Any) -> None:
    """ComfyUI lets these through, and the node falls over them."""
    for inputs, name, kind in (
        ({"style": "plain"}, "parts.part0", "required_input_missing"),
        ({"parts.part0": "x"}, "style", "required_input_missing"),
        ({"parts.part0": "x", "style": "wild"}, "style", "value_not_in_list"),
        (
            {"parts.part0": "x", "style": "sep", "style.separator": ","},
            "style.count",
            "required_input_missing",
        ),
        (
            {"parts.part0": "x", "style": "plain", "parts.part20": ["2", 0]},
            "parts.part20",
            "bad_linked_input",
        ),
    ):
        body = client.post({"1": {"class_type": "ProbeJoin", "inputs": inputs}, "2": slow("y")}).json()
        (error,) = body["node_errors"]["1"]["errors"]
        assert (error["extra_info"]["input_name"], error["type"]) == (name, kind)


def test_an_engine_that_is_left_stops_its_work_and_its_threads(tmp_path: Path, probes: Any) -> None:
    before = set(threading.enumerate())
    with EmbeddedServer(tmp_path, nodes=[*probes, Working]) as server:
        graph = {"1": {"class_type": "Working", "inputs": {"seconds": 60.0}}}
        assert requests.post(f"{server.url}/prompt", json={"prompt": graph}, timeout=20).status_code == 200
        while not list((tmp_path / "output").iterdir()):
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert list((tmp_path / "output").iterdir()) == []
    left = {t.name for t in set(threading.enumerate()) - before if t.name.startswith("storyreel")}
    assert left == set()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/queue", timeout=5)


def test_a_taken_port_is_an_error_that_says_so(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        port = int(server.url.rsplit(":", 1)[1])
        with pytest.raises(ServerError, match=str(port)), EmbeddedServer(tmp_path, port=port):
            pass


def test_a_client_that_comes_back_hears_the_rest(client: Any) -> None:
    prompt_id = client.post({"1": slow("x", 1.0), "2": join("1")}).json()["prompt_id"]
    client.wait(lambda: client.seen("executing"))
    client.close()
    client.events.clear()
    client.listen()
    assert {"type": "executing", "data": {"node": "1"}} in client.events[:3]
    client.wait(lambda: client.seen("execution_success"))
    assert client.seen("executed")[-1]["prompt_id"] == prompt_id


def test_what_runs_outside_of_an_engine_is_silent() -> None:
    running().progress(1, 2)
    running().text("nobody hears")
    assert running().cancelled() is False
