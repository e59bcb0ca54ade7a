"""Every misbehaviour, as a client sees it, and as the record tells it."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator
from typing import Any

import av
import httpx
import pytest
from storyreel.emulators import Emulator
from storyreel.emulators.misbehave import AFTER, FATES, INSTEAD, Rule, Rules
from storyreel.studio.errors import BadInput

from .clients import GoogleDoor, RunwayDoor, VertexDoor, decoded, fetch, send, streamed

BODY = {"model": "gen4.5", "promptText": "a", "ratio": "1280:720", "duration": 2}
BROKEN = (httpx.ReadError, httpx.RemoteProtocolError)


def jobs(door: Any) -> int:
    return len(door.emulator.record()["jobs"])


def test_429_tells_when_to_come_again_in_the_doors_own_way(
    vertex: VertexDoor, google: GoogleDoor, runway: RunwayDoor
) -> None:
    runway.emulator.misbehave({"what": "429", "after": 7, "retry": 34})
    for door in (vertex, google, runway):
        answer = door.submit()
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    vertex.emulator.misbehave({"what": "429", "quota": "PerDay", "retry": 1.5})
    error = vertex.submit().json()["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert "PerDay" in error["details"][0]["violations"][0]["quotaId"]
    assert error["details"][1]["retryDelay"] == "1.5s"
    said = google.submit().json()["error"]
    assert said["code"] == "rate_limit_exceeded" and said["details"][1]["retryDelay"] == "1.5s"
    runway.emulator.misbehave({"what": "429"})
    plain = runway.submit()
    assert plain.json().keys() == {"error"} and "retry-after" not in plain.headers


def test_googles_front_end_wraps_its_errors_in_an_array(vertex: VertexDoor, google: GoogleDoor) -> None:
    google.emulator.misbehave({"what": "429", "array": True, "quota": "PerDay", "retry": 9})
    for door in (vertex, google):
        (told,) = door.submit().json()
        assert (told["error"]["code"], told["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
        assert told["error"]["details"][1]["retryDelay"] == "9s"


@pytest.mark.parametrize(("what", "html"), [("500", False), ("502", True), ("503", False), ("504", True)])
@pytest.mark.parametrize("accepted", [False, True])
def test_server_errors_come_before_or_after_the_job(
    runway: RunwayDoor, what: str, html: bool, accepted: bool
) -> None:
    before = jobs(runway)
    runway.emulator.misbehave({"what": what, "accepted": accepted})
    answer = runway.submit()
    assert answer.status_code == int(what)
    assert answer.headers["content-type"].startswith("text/html" if html else "application/json")
    record = runway.emulator.record()
    assert len(record["jobs"]) == before + accepted
    assert record["misbehaved"][-1]["unanswered"] is accepted
    assert not accepted or record["jobs"][-1]["answered"] is False


@pytest.mark.parametrize(("what", "accepted"), [("reset_before", False), ("reset", True)])
def test_a_reset_comes_before_or_after_the_job(runway: RunwayDoor, what: str, accepted: bool) -> None:
    before = jobs(runway)
    runway.emulator.misbehave({"what": what})
    with pytest.raises(BROKEN):
        runway.submit()
    assert jobs(runway) == before + accepted


def test_a_reset_is_one_on_the_wire(runway: RunwayDoor) -> None:
    runway.emulator.misbehave({"what": "reset_before"})
    host, port = runway.emulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(b"POST /runway/v1/text_to_video HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            wire.recv(1)


@pytest.mark.parametrize(("what", "accepted"), [("hang_before", False), ("hang", True)])
def test_a_hang_says_nothing_before_or_after_the_job(runway: RunwayDoor, what: str, accepted: bool) -> None:
    before = jobs(runway)
    runway.emulator.misbehave({"what": what})
    with pytest.raises(httpx.ReadTimeout):
        runway.client.post(f"{runway.base}/v1/text_to_video", json=BODY, timeout=0.3)
    assert jobs(runway) == before + accepted
    assert runway.get("/v1/organization").status_code == 200


def test_a_slow_answer_comes_in_the_end(runway: RunwayDoor) -> None:
    runway.emulator.misbehave({"what": "slow", "seconds": 0.3})
    start = time.monotonic()
    assert runway.submit().status_code == 200 and time.monotonic() - start >= 0.3
    assert runway.emulator.record()["jobs"][-1]["answered"] is True


@pytest.mark.parametrize("what", ["truncated", "html_200", "no_id"])
def test_an_answer_that_tells_no_id_belongs_to_a_job_all_the_same(runway: RunwayDoor, what: str) -> None:
    before = jobs(runway)
    runway.emulator.misbehave({"what": what})
    if what == "truncated":
        with pytest.raises(httpx.RemoteProtocolError):
            runway.submit()
    else:
        answer = runway.submit()
        assert answer.status_code == 200 and '"id"' not in answer.text
    assert jobs(runway) == before + 1
    assert runway.emulator.record()["jobs"][-1]["answered"] is False


def test_the_id_of_another_job(runway: RunwayDoor, vertex: VertexDoor) -> None:
    first = runway.submit().json()["id"]
    name = vertex.submit().json()["name"]
    runway.emulator.misbehave({"what": "duplicate_id"})
    assert runway.submit().json()["id"] == first
    assert vertex.submit().json()["name"] == name
    assert len({job["id"] for job in runway.emulator.record()["jobs"][-4:]}) == 4


def test_an_answer_sent_twice(runway: RunwayDoor) -> None:
    before = jobs(runway)
    runway.emulator.misbehave({"what": "twice"})
    secret = runway.headers["Authorization"]
    body = b'{"model":"gen4.5","promptText":"a","ratio":"1280:720","duration":2}'
    head = (
        f"POST /runway/v1/text_to_video HTTP/1.1\r\nHost: x\r\nAuthorization: {secret}\r\n"
        f"X-Runway-Version: 2024-11-06\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    host, port = runway.emulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(head.encode() + body)
        got = b"".join(iter(lambda: wire.recv(4096), b""))
    one, two = got.split(b"HTTP/1.1 200")[1:]
    assert one == two and jobs(runway) == before + 1


def test_a_key_in_an_error_message(vertex: VertexDoor, google: GoogleDoor, runway: RunwayDoor) -> None:
    runway.emulator.misbehave({"what": "echo", "at": "*"})
    assert runway.headers["Authorization"].removeprefix("Bearer ") in runway.submit().text
    assert google.headers["x-goog-api-key"] in google.submit().text
    assert vertex.headers["Authorization"].removeprefix("Bearer ") in vertex.submit().text


def test_polls_that_go_wrong_say_nothing_about_the_job(runway: RunwayDoor, google: GoogleDoor) -> None:
    id, other = runway.submit().json()["id"], google.submit().json()["id"]
    runway.emulator.misbehave(
        {"what": "spurious_400", "at": "poll", "door": "google", "nth": 1},
        {"what": "404", "at": "poll", "door": "google", "nth": 1},
        {"what": "502", "at": "poll", "door": "runway", "nth": [1, 3]},
        {"what": "404", "at": "poll", "door": "runway", "nth": 1},
    )
    statuses = [runway.get(f"/v1/tasks/{id}").status_code for _ in range(4)]
    assert statuses == [502, 404, 502, 200]
    spurious = google.get(f"/v1/interactions/{other}")
    assert spurious.status_code == 400 and "API key" in spurious.text
    unknown = google.get(f"/v1/interactions/{other}")
    assert unknown.status_code == 400 and "Invalid interaction name" in unknown.text
    assert google.ended(other)["status"] == "completed"


@pytest.mark.parametrize("door", ["vertex", "google", "runway"])
def test_states_and_fields_that_nobody_knows(request: pytest.FixtureRequest, door: str) -> None:
    client = request.getfixturevalue(door)
    client.emulator.misbehave({"what": "unknown_state", "nth": 1}, {"what": "extra_fields"})
    for word in ("unknown", "extra"):
        made = client.submit().json()
        told = client.ended(made.get("id") or made["name"])
        if word == "unknown":
            assert told.get("status") in ("TRANSMOGRIFYING", "ruminating", None)
            assert "videos" not in told.get("response", {})
        else:
            assert told["moodOfTheModel"] == "serene"


def test_a_job_that_finishes_late(runway: RunwayDoor) -> None:
    runway.emulator.misbehave({"what": "late", "seconds": 0.3})
    id = runway.submit().json()["id"]
    time.sleep(0.1)
    assert runway.get(f"/v1/tasks/{id}").json()["status"] == "RUNNING"
    assert runway.ended(id)["status"] == "SUCCEEDED"


def test_prices_that_are_told_wrong(runway: RunwayDoor, google: GoogleDoor) -> None:
    runway.emulator.misbehave({"what": "wrong_price", "factor": 3})
    id, other = runway.submit().json()["id"], google.submit().json()["id"]
    assert runway.ended(id)["cost"]["credits"] == 72 and runway.job(id)["billed"] == "0.24"
    assert google.ended(other)["usage"]["total_output_tokens"] == 3 * 46336


def test_a_damaged_clip_opens_and_does_not_decode(runway: RunwayDoor) -> None:
    runway.emulator.misbehave({"what": "damaged"})
    link = runway.ended(runway.submit().json()["id"])["output"][0]
    data = fetch(link).content
    assert b"moov" in data
    with pytest.raises(av.FFmpegError):
        decoded(data)


def test_a_clip_that_is_not_what_was_asked(vertex: VertexDoor) -> None:
    vertex.emulator.misbehave({"what": "wrong_clip"})
    clip = vertex.clip()
    assert clip.size == (320, 180) and clip.lasts(2)


@pytest.fixture
def link(runway: RunwayDoor) -> str:
    return runway.ended(runway.submit().json()["id"])["output"][0]


def test_downloads_that_go_wrong(runway: RunwayDoor, link: str) -> None:
    whole = fetch(link).content
    runway.emulator.misbehave(
        {"what": "expired", "nth": 1},
        {"what": "error_page", "nth": 1},
        {"what": "wrong_type", "nth": 1},
        {"what": "503", "at": "download", "nth": 1, "after": 2},
        {"what": "truncated", "at": "download", "nth": 1},
        {"what": "truncated", "at": "download", "nth": 1, "bytes": 10},
        {"what": "spoiled", "at": "download", "nth": 1},
        {"what": "reset", "at": "download", "nth": 1},
    )
    assert fetch(link).status_code == 403
    page = fetch(link)
    assert (page.status_code, page.headers["content-type"]) == (
        200,
        "video/mp4",
    ) and b"<html>" in page.content
    assert fetch(link).headers["content-type"] == "image/png"
    busy = fetch(link)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "2")
    for count in (len(whole) // 2, 10):
        got = b""
        with pytest.raises(httpx.RemoteProtocolError), streamed("GET", link) as answer:
            assert int(answer.headers["content-length"]) == len(whole)
            for part in answer.iter_raw():
                got += part
        assert got == whole[:count]
    spoiled = fetch(link).content
    assert len(spoiled) == len(whole) and spoiled != whole
    with pytest.raises(BROKEN):
        fetch(link)
    assert fetch(link).content == whole


def test_a_truncated_download_goes_on_by_range(runway: RunwayDoor, link: str) -> None:
    whole = fetch(link).content
    runway.emulator.misbehave({"what": "truncated", "at": "download", "times": 1, "bytes": 1000})
    got = b""
    with pytest.raises(httpx.RemoteProtocolError), streamed("GET", link) as answer:
        for part in answer.iter_raw():
            got += part
    rest = fetch(link, headers={"Range": f"bytes={len(got)}-"})
    assert rest.status_code == 206 and got + rest.content == whole


def test_inline_bytes_that_are_cut_off(vertex: VertexDoor) -> None:
    name = vertex.submit(durationSeconds=4).json()["name"]
    vertex.ended(name)
    vertex.emulator.misbehave({"what": "truncated", "at": "poll", "times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        vertex.look(name)
    clip = vertex.look(name).json()["response"]["videos"][0]["bytesBase64Encoded"]
    assert decoded(base64.b64decode(clip)).count == 96


def test_rules_by_http_with_every_fault_told(runway: RunwayDoor) -> None:
    where = f"{runway.emulator.url}/_emulator/misbehave"
    assert send(where, json=[{"what": "500", "times": 1}]).json() == {"rules": 1}
    assert send(where + "?keep=true", json={"what": "404", "at": "poll"}).json() == {"rules": 2}
    assert [runway.submit().status_code for _ in range(2)] == [500, 200]
    bad = send(
        where, json=[{"what": "rest", "door": "runaway", "second": 3}, {"what": "late", "seconds": "1"}]
    )
    assert bad.status_code == 400
    assert "[0]" in bad.text and "runaway" in bad.text and "second" in bad.text
    assert send(where, content=b"{").status_code == 400
    assert send(where, json=[]).json() == {"rules": 0}


def test_chances_are_the_same_for_the_same_seed() -> None:
    def struck(seed: int) -> list[bool]:
        rule = Rule.of({"what": "500", "chance": 0.3, "seed": seed})
        return [rule.strikes("runway", "submit", "") for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 35 < sum(struck(1)) < 85


def test_rules_count_for_each_job_by_itself_and_strike_so_often_at_most() -> None:
    rules = Rules()
    rules.set([{"what": "502", "at": "poll", "each": "job", "nth": 2, "times": 2}])
    hits = [rules.pick("runway", "poll", job) is not None for job in "ababab" + "cccc"]
    assert hits == [False, False, True, True] + [False] * 6


def test_rules_that_make_no_sense_are_refused_and_the_old_ones_stay() -> None:
    rules = Rules()
    rules.set([{"what": "500"}])
    for rule in (
        {},
        {"what": "late", "at": "poll"},
        {"what": "500", "each": "client"},
        {"what": "late", "seconds": "x"},
    ):
        with pytest.raises(BadInput):
            rules.set([rule])
    assert len(rules.rules) == 1


def test_nothing_is_struck_where_a_rule_looks_elsewhere(runway: RunwayDoor) -> None:
    runway.emulator.misbehave(
        {"what": "500", "door": "vertex"}, {"what": "500", "at": "poll"}, {"what": "500", "model": "veo3.1"}
    )
    assert runway.submit().status_code == 200
    assert runway.submit(model="veo3.1", duration=4).status_code == 500


@pytest.fixture
def busy() -> Iterator[Emulator]:
    with Emulator(work=0) as emulator:
        yield emulator


def test_an_emulator_ends_though_a_client_still_waits(busy: Emulator) -> None:
    busy.misbehave({"what": "hang"})
    with RunwayDoor(busy) as runway, pytest.raises(httpx.ReadTimeout):
        runway.client.post(f"{runway.base}/v1/text_to_video", json=BODY, timeout=0.1)
    start = time.monotonic()
    busy.__exit__()
    assert time.monotonic() - start < 3


def test_every_misbehaviour_is_told_apart() -> None:
    assert not set(INSTEAD) & set(AFTER) and not (set(INSTEAD) | set(AFTER)) & set(FATES)
    for what in (*INSTEAD, *AFTER, *FATES):
        rule = Rule.of({"what": what} | ({"form": "signed"} if what == "odd_file" else {}))
        assert (rule.fate() is not None) == (what in FATES)
