"""Results behind links: signed, for a while, whole or in ranges."""

from __future__ import annotations

import time

import pytest

from .clients import RunwayDoor, decoded, fetch


@pytest.fixture
def link(runway: RunwayDoor) -> str:
    return runway.ended(runway.submit().json()["id"])["output"][0]


def test_a_link_gives_the_clip_and_says_what_it_is(link: str) -> None:
    answer = fetch(link)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "video/mp4"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["accept-ranges"] == "bytes"
    assert decoded(answer.content).lasts(2)


@pytest.mark.parametrize(
    ("range", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-7", -7, None), ("bytes=5-999999999", 5, None)],
)
def test_a_range_gives_that_part(link: str, range: str, start: int, end: int | None) -> None:
    whole = fetch(link).content
    part = fetch(link, headers={"Range": range})
    assert (part.status_code, part.content) == (206, whole[start:end])
    first = start % len(whole)
    assert part.headers["content-range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole)}"


def test_a_range_past_the_end_is_416_and_an_odd_one_is_left_out(link: str) -> None:
    whole = fetch(link)
    past = fetch(link, headers={"Range": f"bytes={len(whole.content)}-"})
    assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")
    assert fetch(link, headers={"Range": "lines=1-2"}).content == whole.content


def test_a_range_of_another_file_gives_the_whole(link: str) -> None:
    whole = fetch(link)
    same = fetch(link, headers={"Range": "bytes=5-", "If-Range": whole.headers["etag"]})
    other = fetch(link, headers={"Range": "bytes=5-", "If-Range": '"other"'})
    assert (same.status_code, other.status_code, other.content) == (206, 200, whole.content)


def test_the_same_link_gives_the_same_bytes_and_no_two_jobs_do(runway: RunwayDoor, link: str) -> None:
    other = runway.ended(runway.submit().json()["id"])["output"][0]
    assert fetch(link).content == fetch(link).content != fetch(other).content


def test_a_forged_link_opens_nothing(link: str) -> None:
    for forged in (link[:-4] + "AAAA", link.split("?")[0], link.replace(".0.mp4", ".1.mp4")):
        assert fetch(forged).status_code == 403


def test_a_link_ends_and_the_task_has_a_fresh_one(runway: RunwayDoor) -> None:
    runway.emulator.misbehave({"what": "expires", "seconds": 1})
    id = runway.submit().json()["id"]
    link = runway.ended(id)["output"][0]
    until = time.time() + 3
    while fetch(link).status_code != 403:
        assert time.time() < until
        time.sleep(0.05)
    assert runway.get(f"/v1/tasks/{id}").json()["output"][0] != link
