"""Following a run on a server that misbehaves in every way that real ones do."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from storyreel.runner.comfy.client.api import ComfyClient
from storyreel.runner.comfy.client.wait import Finished, Patience, execute
from storyreel.studio.errors import BadInput, Interrupted, RunFailed, ServerError

QUICK = Patience(poll=0.1, contact=1.0, forgotten=0.4, stop=2.0)


def run(stub: Any, graph: Any, **options: Any) -> tuple[Finished, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    with ComfyClient(stub.url) as client:
        finished = execute(client, graph, tell=events.append, **({"patience": QUICK} | options))
    return finished, events


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def test_a_run_is_followed_to_its_outputs(stub: Any, graph: Any) -> None:
    finished, events = run(stub, graph, prompt_id="mine", workflow={"nodes": []})
    assert finished.prompt_id == "mine" == stub.submits[0]["prompt_id"]
    assert stub.submits[0]["extra_data"] == {"extra_pnginfo": {"workflow": {"nodes": []}}}
    assert [file.filename for file in finished.files()] == ["it_00001_.png"]
    assert finished.files()[0].subfolder == "kept"
    assert {"started", "node", "progress", "text"} <= set(names(events))
    text = next(event for event in events if event["event"] == "text" and event["node"] == "2")
    assert text == {"event": "text", "node": "2", "title": "Scene 1. Dawn", "text": "working on 2"}
    states = [event["state"] for event in events if event["event"] == "node" and event["node"] == "3"]
    assert states == ["running", "finished"]
    assert set(finished.timings) == {"1", "2", "3"}
    assert 0 < finished.timings["2"]["took"] < finished.seconds < 5


def test_it_ends_soon_after_the_server_does(stub: Any, graph: Any) -> None:
    """The socket's word hurries the next question: a poll every ten seconds costs no ten seconds."""
    began = time.monotonic()
    run(stub, graph, patience=Patience(poll=10.0))
    assert time.monotonic() - began < 3


def test_everything_cached(stub: Any, graph: Any) -> None:
    """No node runs and none says so: the outputs are in the history alone."""
    stub.cached = True
    finished, events = run(stub, graph)
    assert finished.cached == ("1", "2", "3")
    assert [file.filename for file in finished.files()] == ["it_00001_.png"]
    assert "cached" in names(events) and "node" not in names(events)


@pytest.mark.parametrize("socket", ["refused", "drops", "deaf"])
def test_without_a_good_websocket_polling_does_it(stub: Any, graph: Any, socket: str) -> None:
    stub.socket = socket
    stub.seconds = 1.0
    finished, _ = run(stub, graph, idle=0.2)
    assert [file.filename for file in finished.files()] == ["it_00001_.png"]
    assert len(stub.socket_clients) > 1, "it tries again"
    assert len(set(stub.socket_clients)) == 1, "under the same client id, or the messages go nowhere"


def test_a_server_that_stumbles_is_waited_for(stub: Any, graph: Any) -> None:
    stub.broken_answers = 3
    finished, events = run(stub, graph)
    assert finished.files()
    contact = [event["state"] for event in events if event["event"] == "contact"]
    assert contact == ["lost", "back"]


def test_a_node_that_raises(stub: Any, graph: Any) -> None:
    stub.outcome = "error"
    stub.error = {"node_id": "2", "node_type": "Mixer", "exception_message": "no such colour\n"}
    stub.error["exception_type"] = "ValueError"
    with pytest.raises(RunFailed) as caught:
        run(stub, graph)
    assert str(caught.value) == "Scene 1. Dawn (#2) failed: ValueError: no such colour"
    assert (caught.value.node_id, caught.value.node_type) == ("2", "Mixer")


def test_our_own_errors_keep_their_sentence(stub: Any, graph: Any) -> None:
    stub.outcome = "error"
    stub.error = {"node_id": "2", "exception_message": "a.png is not a picture"}
    stub.error["exception_type"] = "storyreel.studio.errors.MediaError"
    with pytest.raises(RunFailed, match=r"^Scene 1\. Dawn \(#2\) failed: a\.png is not a picture$"):
        run(stub, graph)


def test_a_run_stopped_on_the_server(stub: Any, graph: Any) -> None:
    stub.outcome = "interrupted"
    with pytest.raises(Interrupted, match="stopped on"):
        run(stub, graph)


def test_a_refused_graph_lists_every_complaint(stub: Any, graph: Any) -> None:
    errors = [
        {"type": "required_input_missing", "details": "seed", "extra_info": {"input_name": "seed"}},
        {
            "type": "value_not_in_list",
            "details": "mode: 'zzz' not in ['soft', 'hard']",
            "extra_info": {"input_name": "mode"},
        },
    ]
    body = {
        "error": {"type": "prompt_outputs_failed_validation", "message": "x"},
        "node_errors": {"2": {"errors": errors}},
    }
    stub.submit_answer = (400, body)
    with pytest.raises(BadInput) as caught:
        run(stub, graph)
    assert [str(fault) for fault in caught.value.faults] == [
        "Scene 1. Dawn (#2).seed: needs a value or a connection",
        "Scene 1. Dawn (#2).mode: 'zzz' not in ['soft', 'hard']",
    ]
    assert not stub.history


def test_half_accepted_is_refused(stub: Any, graph: Any) -> None:
    """ComfyUI answers 200, drops the outputs that are wrong and runs the rest: for us that is a failure."""
    error = {
        "type": "value_not_in_list",
        "details": "mode: 'x' not in []",
        "extra_info": {"input_name": "mode"},
    }
    stub.submit_answer = (200, {"node_errors": {"2": {"errors": [error]}}})
    stub.outcome = "never"
    with pytest.raises(BadInput, match="mode"):
        run(stub, graph)
    assert stub.deletes == [stub.submits[0]["prompt_id"]], "what was queued of it is taken out again"


def test_unknown_class_names_the_cure(stub: Any, graph: Any) -> None:
    error = {
        "type": "invalid_prompt",
        "message": "Cannot execute because node Nope does not exist.",
        "details": "#1",
    }
    stub.submit_answer = (400, {"error": error, "node_errors": {}})
    with pytest.raises(BadInput, match=r"Nope does not exist.*install the node pack"):
        run(stub, graph)


def test_a_forgotten_run_is_not_sent_again(stub: Any, graph: Any) -> None:
    stub.outcome = "forgets"
    with pytest.raises(ServerError, match="no longer knows run"):
        run(stub, graph)
    assert len(stub.submits) == 1


def test_a_server_that_dies_meanwhile(stub: Any, graph: Any) -> None:
    stub.outcome = "dies"
    began = time.monotonic()
    with pytest.raises(ServerError, match="has not answered for"):
        run(stub, graph)
    assert time.monotonic() - began < 8
    assert len(stub.submits) == 1


def test_no_server_at_all(graph: Any) -> None:
    with pytest.raises(ServerError, match=r"127\.0\.0\.1:9 can't be reached: connection refused"):
        execute(ComfyClient("127.0.0.1:9"), graph, patience=QUICK)


def test_a_submit_that_broke_off_after_it_arrived(stub: Any, graph: Any) -> None:
    """Our own id finds it: the run is followed as if nothing had happened, and sent once."""
    stub.submit_breaks = "after"
    finished, _ = run(stub, graph)
    assert finished.files() and len(stub.submits) == 1


def test_a_submit_that_broke_off_before(stub: Any, graph: Any) -> None:
    stub.submit_breaks = "before"
    with pytest.raises(ServerError, match="it was not sent again"):
        run(stub, graph)
    assert len(stub.submits) == 1


def test_stopping_interrupts_our_run_only(stub: Any, graph: Any) -> None:
    stub.outcome = "never"
    stopped = threading.Event()
    threading.Timer(0.6, stopped.set).start()
    with pytest.raises(Interrupted):
        run(stub, graph, cancelled=stopped.is_set)
    assert stub.interrupts == [stub.submits[0]["prompt_id"]], "never a global interrupt"


def test_stopping_a_queued_run_takes_it_out_of_the_queue(stub: Any, graph: Any) -> None:
    stub.outcome = "queued"
    stopped = threading.Event()
    threading.Timer(0.4, stopped.set).start()
    with pytest.raises(Interrupted):
        run(stub, graph, cancelled=stopped.is_set)
    assert stub.deletes == [stub.submits[0]["prompt_id"]] and not stub.interrupts and not stub.pending


def test_ctrl_c_stops_the_run_too(stub: Any, graph: Any) -> None:
    stub.outcome = "never"

    def pressed(event: dict[str, Any]) -> None:
        if event["event"] == "text":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ComfyClient(stub.url) as client:
        execute(client, graph, tell=pressed, patience=QUICK)
    assert stub.interrupts == [stub.submits[0]["prompt_id"]]


def test_the_time_limit(stub: Any, graph: Any) -> None:
    stub.outcome = "never"
    with pytest.raises(ServerError, match=r"not done after 0\.6 s and was stopped"):
        run(stub, graph, patience=Patience(poll=0.1, total=0.6, stop=2.0))
    assert stub.interrupts == [stub.submits[0]["prompt_id"]]


def test_waiting_behind_others_is_told(stub: Any, graph: Any) -> None:
    stub.running.append([0, "somebody", {}, {}, []])
    stub.outcome = "queued"
    stopped = threading.Event()
    threading.Timer(0.5, stopped.set).start()
    events: list[dict[str, Any]] = []
    with ComfyClient(stub.url) as client, pytest.raises(Interrupted):
        execute(client, graph, tell=events.append, cancelled=stopped.is_set, patience=QUICK)
    assert [event["ahead"] for event in events if event["event"] == "queued"] == [1]


def test_every_output_kind_is_found(stub: Any, graph: Any) -> None:
    stub.outputs = {
        "3": {"images": [{"filename": "a.mp4", "subfolder": "v", "type": "output"}], "animated": [True]},
        "2": {"gifs": [{"filename": "b.gif", "type": "temp"}], "text": ["said"], "storyreel": [{"film": {}}]},
        "1": {
            "audio": [{"filename": "c.flac", "subfolder": "", "type": "output"}],
            "3d": [{"filename": "d.glb"}],
        },
    }
    finished, _ = run(stub, graph)
    assert {(f.filename, f.subfolder, f.type) for f in finished.files()} == {
        ("a.mp4", "v", "output"),
        ("b.gif", "", "temp"),
        ("c.flac", "", "output"),
        ("d.glb", "", "output"),
    }
    assert finished.texts() == {"2": ["said"]}
