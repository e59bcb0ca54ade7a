"""Pika: what it makes, measured, and what it refuses, in its own error shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from storyreel.emulators import Emulator

from .clients import Door, decoded, fetch, picture, uri

TEXT = "pika/pika-2.5/text-to-video"
IMAGE = "pika/pika-2.5/image-to-video"
FRAMES = "pika/pikaframes/image-to-video"


class PikaDoor(Door):
    name = "pika"

    def keys(self, emulator: Emulator) -> dict[str, str]:
        return {"X-API-Key": emulator.environment["PIKA_API_KEY"]}

    def submit(self, model: str = TEXT, **body: Any) -> httpx.Response:
        plain = {"prompt": "a cat", "resolution": "720p"} | body
        return self.post(f"/v1/media/{model}", {key: v for key, v in plain.items() if v is not None})

    def put(self, data: bytes, type: str = "image/png", **changed: Any) -> httpx.Response:
        about = {"content_type": type, "size_bytes": len(data)} | changed
        self.place = self.post("/v1/media/uploads", about).json()
        return httpx.put(self.place["upload_url"], content=data, headers={"Content-Type": type}, verify=False)

    def upload(self, **options: Any) -> str:
        assert self.put(picture(**options)).status_code == 200
        return self.place["url"]

    def ended(self, id: str) -> dict[str, Any]:
        for _ in range(400):
            job = self.get(f"/v1/media/jobs/{id}").json()
            if job["status"] not in ("queued", "running"):
                return job
        raise AssertionError("the job never ended")


@pytest.fixture
def pika(emulator: Emulator) -> Iterator[PikaDoor]:
    with PikaDoor(emulator) as door:
        yield door


def test_the_clip_is_what_was_asked_for_and_costs_what_the_list_says(pika: PikaDoor) -> None:
    wide, tall = pika.upload(), pika.upload(width=36, height=64)
    for model, body, size, seconds, dollars in (
        (TEXT, {"duration_s": 5}, (1280, 720), 5, 0.20),
        (TEXT, {"resolution": None, "seed": 7, "negative_prompt": "rain"}, (1920, 1080), 5, 0.45),
        (IMAGE, {"image": wide, "duration_s": 10}, (1280, 720), 10, 0.40),
        (IMAGE, {"image": tall, "prompt": None}, (720, 1280), 5, 0.20),
        (FRAMES, {"images": [tall, wide], "transition_duration_s": 7}, (720, 1280), 7, 0.28),
        (FRAMES, {"images": [wide, tall, wide], "transition_duration_s": 2}, (1280, 720), 4, 0.16),
    ):
        made = pika.submit(model, **body)
        assert made.status_code == 200, made.text
        id = made.json()["id"]
        assert made.json() == {"id": id, "status": "queued"}
        job = pika.ended(id)
        assert job["billing"] == {"state": "settled", "charge_micro_usd": round(dollars * 1_000_000)}
        clip = decoded(fetch(job["output"]["video"]["url"]).content)
        assert clip.size == size and clip.lasts(seconds) and not clip.samples
        content = pika.get(f"/v1/media/jobs/{id}/content").json()
        assert decoded(fetch(content["url"]).content).count == clip.count
        assert float(pika.job(id)["billed"]) == dollars


REFUSED = {
    "no prompt": (TEXT, {"prompt": None}, "prompt"),
    "empty prompt": (TEXT, {"prompt": ""}, "prompt"),
    "10 s of words": (TEXT, {"duration_s": 10}, "duration_s"),
    "a length as text": (TEXT, {"duration_s": "5"}, "duration_s"),
    "a shape": (TEXT, {"aspect_ratio": "16:9"}, "aspect_ratio"),
    "4k": (TEXT, {"resolution": "4k"}, "resolution"),
    "a seed as text": (TEXT, {"seed": "1"}, "seed"),
    "a picture for words": (TEXT, {"image": "https://example.com/a.png"}, "image"),
    "no picture": (IMAGE, {}, "image"),
    "7 s of a picture": (IMAGE, {"image": "https://example.com/a.png", "duration_s": 7}, "duration_s"),
    "data": (IMAGE, {"image": uri(picture())}, "https"),
    "http": (IMAGE, {"image": "http://example.com/a.png"}, "https"),
    "this machine": (IMAGE, {"image": "https://localhost/a.png"}, "https"),
    "elsewhere": (IMAGE, {"image": "https://example.com/a.png"}, "fetched"),
    "one keyframe": (FRAMES, {"images": ["https://example.com/a.png"]}, "at least 2"),
    "six keyframes": (FRAMES, {"images": ["https://example.com/a.png"] * 6}, "at most 5"),
    "a keyframe that is none": (FRAMES, {"images": ["https://example.com/a.png", 1]}, "string"),
    "11 s between two": (
        FRAMES,
        {"images": ["https://example.com/a.png"] * 2, "transition_duration_s": 11},
        "transition",
    ),
    "6 s between three": (
        FRAMES,
        {"images": ["https://example.com/a.png"] * 3, "transition_duration_s": 6},
        "exactly 2",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(pika: PikaDoor, name: str) -> None:
    jobs = len(pika.emulator.record()["jobs"])
    model, body, words = REFUSED[name]
    answer = pika.submit(model, **body)
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["code"] == "invalid_input" and words in error["message"]
    assert len(pika.emulator.record()["jobs"]) == jobs


def test_an_upload_that_was_never_made_or_is_no_picture(pika: PikaDoor) -> None:
    pika.put(picture(), size_bytes=12)
    assert pika.submit(IMAGE, image=pika.place["url"]).status_code == 422, "its bytes never came"
    assert pika.put(b"x" * 600).status_code == 200
    assert "decoded" in pika.submit(IMAGE, image=pika.place["url"]).text


def test_uploads_are_held_to_what_was_said(pika: PikaDoor) -> None:
    data = picture()
    assert pika.put(data, size_bytes=len(data) + 1).status_code == 403
    for about in (
        {"content_type": "image/png"},
        {"content_type": "image/gif", "size_bytes": 9},
        {"content_type": "image/png", "size_bytes": 0},
        {"content_type": "image/png", "size_bytes": 9, "filename": "a.png"},
    ):
        assert pika.post("/v1/media/uploads", about).status_code == 422
    pika.put(data)
    keyed = httpx.put(pika.place["upload_url"], content=data, headers=pika.headers, verify=False)
    assert keyed.status_code == 400, "a key has no business there"


def test_keys_operations_and_jobs_that_it_does_not_know(pika: PikaDoor) -> None:
    for headers in ({"X-API-Key": ""}, {"X-API-Key": "sk-wrong"}):
        answer = pika.client.post(f"{pika.base}/v1/media/{TEXT}", json={"prompt": "a cat"}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert pika.submit("pika/pika-9/text-to-video").status_code == 404
    assert pika.get("/v1/media/jobs/none").json()["error"]["code"] == "not_found"
    assert pika.get("/v1/media/jobs/none/content").status_code == 404
    slow = pika.emulator
    slow.misbehave({"door": "pika", "what": "never"})
    id = pika.submit().json()["id"]
    assert pika.get(f"/v1/media/jobs/{id}/content").status_code == 409, "there is none yet"


def test_only_successes_are_billed(pika: PikaDoor) -> None:
    for what, code in (("empty", "content_moderation"), ("failed", "provider_error")):
        pika.emulator.misbehave({"door": "pika", "what": what})
        id = pika.submit().json()["id"]
        job = pika.ended(id)
        assert (job["status"], job["error"]["code"]) == ("failed", code)
        assert float(pika.job(id)["billed"]) == 0
