"""The record: what it tells, and that an emulator which was killed goes on from it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from storyreel.emulators import Emulator
from storyreel.emulators.record import Record, read, summary

from .clients import GoogleDoor, RunwayDoor, VertexDoor, decoded, fetch, inline, picture, send


def test_an_accepted_job_is_told_with_its_body_bill_states_and_visits(runway: RunwayDoor) -> None:
    answer = runway.submit(
        "image_to_video", promptImage="data:image/png;base64," + inline(picture())["bytesBase64Encoded"]
    )
    id = answer.json()["id"]
    link = runway.ended(id)["output"][0]
    clip = fetch(link).content
    job = runway.job(id)
    assert (job["door"], job["model"], job["state"], job["billed"]) == ("runway", "gen4.5", "done", "0.24")
    assert job["sha256"] == hashlib.sha256(answer.request.content).hexdigest()
    assert job["body"]["promptText"] == "a cat" and "sha256" in job["body"]["promptImage"]
    assert [state["state"] for state in job["states"]] == ["queued", "running", "done"]
    times = [job["time"], *(state["time"] for state in job["states"])]
    assert times[1] <= times[0] and times[1:] == sorted(times[1:])
    assert job["polls"] >= 1 and job["answered"] is True
    assert job["deliveries"][0]["sha256"] == hashlib.sha256(clip).hexdigest()
    assert fetch(f"{runway.emulator.url}/_emulator/record").json()["jobs"][-1]["id"] == id


def test_a_clip_inside_an_answer_is_a_delivery(vertex: VertexDoor) -> None:
    name = vertex.submit(durationSeconds=4).json()["name"]
    video = vertex.ended(name)["response"]["videos"][0]
    clip = base64.b64decode(video["bytesBase64Encoded"])
    assert vertex.job(name)["deliveries"][-1]["sha256"] == hashlib.sha256(clip).hexdigest()
    assert vertex.job(name)["downloads"] == 0


def test_our_own_id_is_told_where_the_request_carried_one(vertex: VertexDoor, google: GoogleDoor) -> None:
    body = {"instances": [{"prompt": "a"}], "labels": {"storyreel-attempt": "a-17", "team": "x"}}
    name = vertex.post(vertex.path("predictLongRunning"), body).json()["name"]
    id = google.submit(labels={"storyreel": "b-3"}).json()["id"]
    assert (vertex.job(name)["ours"], google.job(id)["ours"]) == ("a-17", "b-3")


def test_a_refused_request_is_told_and_is_no_job(runway: RunwayDoor) -> None:
    before = len(runway.emulator.record()["jobs"])
    runway.submit(duration=99)
    record = runway.emulator.record()
    told = record["refused"][-1]
    assert len(record["jobs"]) == before
    assert (told["door"], told["at"], told["status"], told["keyed"]) == ("runway", "submit", 400, True)
    assert told["body"]["duration"] == 99 and told["issues"][0]["path"] == ["duration"]


def test_media_are_not_written_down(google: GoogleDoor, vertex: VertexDoor) -> None:
    data = inline(picture(4, 4))["bytesBase64Encoded"]
    assert len(data) < 300
    still = {"type": "image", "data": data, "mime_type": "image/png"}
    id = google.submit(input=[{"type": "text", "text": "go"}, still]).json()["id"]
    name = vertex.submit({"image": inline(picture(4, 4))}).json()["name"]
    for body in (google.job(id)["body"], vertex.job(name)["body"]):
        assert data not in json.dumps(body) and "sha256" in json.dumps(body)


@pytest.mark.parametrize("sent", [10, None])
def test_a_request_that_breaks_off_is_no_job_and_a_whole_one_is_though_nobody_hears(
    runway: RunwayDoor, sent: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    before = runway.emulator.record()
    body = b'{"model":"gen4.5","promptText":"a","ratio":"1280:720","duration":2}'
    head = f"POST /runway/v1/text_to_video HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in runway.headers.items())
    host, port = runway.emulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body[:sent])
    until = time.monotonic() + 5
    kind, other = ("broken_off", "jobs") if sent else ("jobs", "broken_off")
    while len((now := runway.emulator.record())[kind]) == len(before[kind]):
        assert time.monotonic() < until
    assert len(now[kind]) == len(before[kind]) + 1 and len(now[other]) == len(before[other])
    assert not caplog.records


def test_the_file_tells_what_the_emulator_tells(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "seen.jsonl"
    with Emulator(work=0, record=file) as emulator, RunwayDoor(emulator) as runway:
        runway.ended(runway.submit().json()["id"])
        runway.submit(duration=99)
        assert summary(read(file)) == emulator.record()
        seqs = [event["seq"] for event in read(file)]
        assert seqs == list(range(1, len(seqs) + 1))


def test_a_torn_line_is_left_out_and_the_next_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "seen.jsonl"
    first = Record(file)
    first.write("poll", id="a")
    first.close()
    with file.open("a", encoding="utf-8") as torn:
        torn.write('{"seq": 2, "event": "po')
    second = Record(file)
    second.write("poll", id="b")
    second.close()
    assert [event["id"] for event in read(file)] == ["a", "b"]


def test_a_new_emulator_knows_jobs_uploads_tokens_and_links_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "seen.jsonl"

    def opened(port: int) -> tuple[ExitStack, RunwayDoor, GoogleDoor, VertexDoor]:
        stack = ExitStack()
        emulator = stack.enter_context(Emulator(port=port, work=0, record=file))
        made = (door(emulator) for door in (RunwayDoor, GoogleDoor, VertexDoor))
        runway, google, vertex = (stack.enter_context(door) for door in made)
        return stack, runway, google, vertex

    stack, runway, google, vertex = opened(0)
    with stack:
        id = runway.submit().json()["id"]
        link = runway.ended(id)["output"][0]
        clip = fetch(link).content
        other = google.submit(response_format={"type": "video", "delivery": "uri"}).json()["id"]
        image = google.upload(picture(), "image/png")
        name = vertex.submit({"image": inline(picture())}).json()["name"]
        headers = runway.headers, google.headers, vertex.headers
    stack, runway, google, vertex = opened(int(runway.emulator.url.rpartition(":")[2]))
    with stack:
        assert (runway.headers, google.headers) == headers[:2]
        assert fetch(link).content == clip
        where = google.ended(other)["steps"][1]["content"][0]["uri"]
        assert decoded(google.get(where).content).count == 192
        assert google.get(f"/v1/{image['name']}").json()["state"] == "ACTIVE"
        vertex.client.headers.update(headers[2])
        assert vertex.ended(name)["response"]["videos"]
        assert runway.job(id)["downloads"] == 2
        assert len(runway.emulator.record()["jobs"]) == 3


def start(file: Path, port: int = 0) -> tuple[subprocess.Popen[str], dict]:
    command = [sys.executable, "-m", "storyreel.runner.cli", "emulate", "--json", "--picture", "plain"]
    command += ["--port", str(port), "--work", "0.5", "--record", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_an_emulator_that_was_killed_goes_on_where_its_jobs_would_be(tmp_path: Path) -> None:
    file = tmp_path / "seen.jsonl"
    process, about = start(file)
    keys = {
        "Authorization": f"Bearer {about['environment']['RUNWAYML_API_SECRET']}",
        "X-Runway-Version": "2024-11-06",
    }
    body = {"model": "gen4.5", "promptText": "a", "ratio": "1280:720", "duration": 2}
    try:
        made = send(f"{about['url']}/runway/v1/text_to_video", json=body, headers=keys).json()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert [event["event"] for event in read(file)][:2] == ["accepted", "state"]
    process, again = start(file, int(about["url"].rpartition(":")[2]))
    try:
        assert again["environment"] == about["environment"]
        until = time.monotonic() + 10
        while True:
            task = fetch(f"{again['url']}/runway/v1/tasks/{made['id']}", headers=keys).json()
            if task["status"] == "SUCCEEDED" or time.monotonic() > until:
                break
            time.sleep(0.05)
        assert decoded(fetch(task["output"][0]).content).lasts(2)
    finally:
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(10) == 0
        process.stdout.close()
    jobs = summary(read(file))["jobs"]
    assert len(jobs) == 1 and jobs[0]["billed"] == "0.24"
