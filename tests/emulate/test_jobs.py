"""How jobs come along: their states, in order, by the clock; and what each end costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from storyreel.emulators import Emulator
from storyreel.emulators.jobs import Ask, Fate, Job, Jobs
from storyreel.emulators.prices import billed as billed_by
from storyreel.emulators.record import Record, summary

from .clients import GoogleDoor, RunwayDoor, VertexDoor

billed = partial(billed_by, moderated={"runway"})


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def job(id: str, clock: Clock, fate: Fate | None = None) -> Job:
    ask = Ask("a", 5, 1280, 720, False)
    return Job(id, "runway", "gen4.5", ask, Decimal("0.60"), clock.now, 1.0, 10.0, fate or Fate())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record() -> Record:
    return Record()


def states(record: Record, id: str) -> list[tuple[str, float]]:
    found = next(job for job in summary(record.events)["jobs"] if job["id"] == id)
    return [(state["state"], state["time"]) for state in found["states"]]


def test_a_job_waits_works_and_is_done_at_its_times(clock: Clock, record: Record) -> None:
    jobs = Jobs(record, {}, billed, clock)
    jobs.add(job("a", clock))
    clock.now += 6
    assert jobs.get("runway", "a").progress(clock.now) == 0.5
    clock.now += 100
    assert jobs.get("runway", "a").state == "done"
    assert states(record, "a") == [("queued", 1000.0), ("running", 1001.0), ("done", 1011.0)]
    assert summary(record.events)["jobs"][0]["billed"] == "0.6"


def test_more_than_the_door_allows_wait_their_turn(clock: Clock, record: Record) -> None:
    jobs = Jobs(record, {"runway": 2}, billed, clock)
    for id in "abcd":
        jobs.add(job(id, clock))
        clock.now += 1
    assert [jobs.get("runway", id).state for id in "abcd"] == ["running", "running", "throttled", "throttled"]
    clock.now += 100
    jobs.tick()
    assert states(record, "c") == [
        ("throttled", 1002.0),
        ("queued", 1011.0),
        ("running", 1012.0),
        ("done", 1022.0),
    ]
    assert states(record, "d")[1] == ("queued", 1012.0)


def test_a_cancelled_job_makes_place_and_costs_what_it_worked(clock: Clock, record: Record) -> None:
    jobs = Jobs(record, {"runway": 1}, billed, clock)
    for id in "ab":
        jobs.add(job(id, clock))
    clock.now += 5
    jobs.cancel(jobs.get("runway", "a"))
    assert (jobs.get("runway", "a").billed, jobs.get("runway", "b").state) == (Decimal("0.60"), "queued")
    jobs.cancel(jobs.get("runway", "b"))
    assert jobs.get("runway", "b").billed == 0


def test_a_job_that_never_ends_keeps_running(clock: Clock, record: Record) -> None:
    jobs = Jobs(record, {}, billed, clock)
    jobs.add(job("a", clock, Fate(end="never")))
    clock.now += 1e6
    assert jobs.get("runway", "a").state == "running" and jobs.get("runway", "a").progress(clock.now) < 1


def test_jobs_of_a_record_are_known_again(clock: Clock, tmp_path: Path) -> None:
    first = Record(tmp_path / "r.jsonl")
    jobs = Jobs(first, {"runway": 1}, billed, clock)
    for id in "abc":
        jobs.add(job(id, clock))
    clock.now += 5
    jobs.cancel(jobs.get("runway", "a"))
    first.close()
    clock.now += 2
    second = Record(tmp_path / "r.jsonl")
    again = Jobs(second, {"runway": 1}, billed, clock)
    assert [again.get("runway", id).state for id in "abc"] == ["cancelled", "running", "throttled"]
    clock.now += 30
    assert [again.get("runway", id).state for id in "abc"] == ["cancelled", "done", "done"]
    assert again.get("runway", "b") == again.get("runway", "b")
    assert again.get("vertex", "b") is None
    second.close()


@pytest.mark.parametrize(("end", "cost"), [("empty", 0.24), ("failed", 0)])
def test_runway_bills_what_it_moderates_and_not_what_fails(runway: RunwayDoor, end: str, cost: float) -> None:
    runway.emulator.misbehave({"what": end})
    id = runway.submit().json()["id"]
    task = runway.ended(id)
    assert task["status"] == "FAILED" and task["failure"]
    assert task["failureCode"].startswith("SAFETY." if end == "empty" else "INTERNAL.")
    assert task["cost"]["credits"] == cost * 100
    assert float(runway.job(id)["billed"]) == cost
    assert runway.job(id)["state"] == ("blocked" if end == "empty" else "failed")


def test_google_completes_what_it_moderates_without_a_video_and_for_nothing(google: GoogleDoor) -> None:
    google.emulator.misbehave({"what": "empty"})
    id = google.submit().json()["id"]
    done = google.ended(id)
    assert done["status"] == "completed" and "errors" not in done
    assert [item["type"] for item in done["steps"][1]["content"]] == ["text"]
    assert done["usage"]["output_tokens_by_modality"] == [{"modality": "video", "tokens": 0}]
    assert google.job(id)["billed"] == "0"


def test_google_names_what_failed(google: GoogleDoor) -> None:
    google.emulator.misbehave({"what": "failed", "failure": "out of paint", "code": "internal"})
    done = google.ended(google.submit().json()["id"])
    assert (done["status"], done["errors"]) == ("failed", [{"code": "internal", "message": "out of paint"}])


def test_vertex_counts_what_it_filters_and_bills_nothing(vertex: VertexDoor) -> None:
    vertex.emulator.misbehave({"what": "empty"})
    name = vertex.submit(sampleCount=2).json()["name"]
    response = vertex.ended(name)["response"]
    assert "videos" not in response and response["raiMediaFilteredCount"] == 2
    assert "Support codes" in response["raiMediaFilteredReasons"][0]
    assert vertex.job(name)["billed"] == "0"
    vertex.emulator.misbehave({"what": "failed"})
    failed = vertex.ended(vertex.submit().json()["name"])
    assert failed["error"]["code"] == 13 and "response" not in failed


@pytest.fixture
def small() -> Iterator[Emulator]:
    with Emulator(work=0.1, queue=0.05, concurrent={"runway": 1}, per_minute={"vertex": 2}) as emulator:
        yield emulator


def test_runway_says_throttled_over_its_concurrency(small: Emulator) -> None:
    with RunwayDoor(small) as runway:
        ids = [runway.submit().json()["id"] for _ in range(2)]
        assert runway.get(f"/v1/tasks/{ids[1]}").json()["status"] == "THROTTLED"
        for id in ids:
            assert runway.ended(id)["status"] == "SUCCEEDED"
        seen = [state["state"] for state in runway.job(ids[1])["states"]]
        assert seen == ["throttled", "queued", "running", "done"]


def test_a_waiting_job_is_queued_in_each_doors_word(small: Emulator) -> None:
    with GoogleDoor(small) as google, RunwayDoor(small) as runway, VertexDoor(small) as vertex:
        assert google.submit().json()["status"] == "queued"
        id = runway.submit().json()["id"]
        assert runway.get(f"/v1/tasks/{id}").json()["status"] == "PENDING"
        name = vertex.submit().json()["name"]
        assert vertex.look(name).json() == {"name": name}


def test_a_door_with_a_rate_refuses_what_passes_it(small: Emulator) -> None:
    with VertexDoor(small) as vertex:
        answers = [vertex.submit() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    kinds = [detail["@type"].rpartition(".")[2] for detail in answers[2].json()["error"]["details"]]
    assert kinds == ["QuotaFailure", "RetryInfo"]
    assert len(small.record()["jobs"]) == 2


def test_latency_is_waited_before_every_answer() -> None:
    with Emulator(latency=0.2) as emulator, RunwayDoor(emulator) as runway:
        start = time.monotonic()
        runway.get("/v1/organization")
        assert time.monotonic() - start >= 0.2
