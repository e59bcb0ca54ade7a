"""fal: what its endpoints make, measured, what they refuse, in its own error shape, and how its queue speaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from storyreel.emulators import Emulator
from storyreel.emulators.encode import plain

from .clients import Door, decoded, fetch, picture, send, uri

VEO, KLING, OMNI, PIKA = (
    "fal-ai/veo3.1",
    "fal-ai/kling-video/v3",
    "google/gemini-omni-flash/v1.1",
    "fal-ai/pika/v2.2",
)
RED, BLUE, TALL = uri(picture()), uri(picture(colour=(20, 40, 200))), uri(picture(36, 64))
LARGE, HIGH = uri(picture(640, 360)), uri(picture(360, 640))
CLIP = uri(plain(1280, 720, 48, True, 9), "video/mp4")


class FalDoor(Door):
    name = "fal"

    def keys(self, emulator: Emulator) -> dict[str, str]:
        return {"Authorization": f"Key {emulator.environment['FAL_KEY']}"}

    def submit(self, path: str = VEO, **body: Any) -> httpx.Response:
        return self.post(
            f"/{path}", {key: v for key, v in ({"prompt": "a cat"} | body).items() if v is not None}
        )

    def ended(self, made: dict[str, Any]) -> dict[str, Any]:
        for _ in range(400):
            answer = self.get(made["status_url"])
            if answer.status_code == 200:
                return answer.json()
            assert answer.status_code == 202 and answer.json()["status"] in ("IN_QUEUE", "IN_PROGRESS")
        raise AssertionError("the request never ended")

    def upload(self, data: bytes, type: str = "image/png") -> dict[str, str]:
        about = {"file_name": "a.png", "content_type": type}
        return self.post("/storage/upload/initiate?storage_type=gcs", about).json()


@pytest.fixture
def fal(emulator: Emulator) -> Iterator[FalDoor]:
    with FalDoor(emulator) as door:
        yield door


MADE: list[tuple[str, dict[str, Any], tuple[int, int], float, bool, float]] = [
    (VEO, {"duration": "4s"}, (1280, 720), 4, True, 1.60),
    (VEO, {"aspect_ratio": "9:16", "generate_audio": False, "seed": 3}, (720, 1280), 8, False, 1.60),
    (f"{VEO}/fast", {"resolution": "1080p"}, (1920, 1080), 8, True, 1.20),
    (
        f"{VEO}/image-to-video",
        {"image_url": RED, "aspect_ratio": "auto", "duration": "6s"},
        (1280, 720),
        6,
        True,
        2.4,
    ),
    (
        f"{VEO}/first-last-frame-to-video",
        {"first_frame_url": RED, "last_frame_url": BLUE, "duration": "4s"},
        (1280, 720),
        4,
        True,
        1.60,
    ),
    (f"{VEO}/reference-to-video", {"image_urls": [RED, BLUE]}, (1280, 720), 8, True, 3.20),
    (f"{VEO}/fast/extend-video", {"video_url": CLIP}, (1280, 720), 9, True, 1.05),
    (f"{KLING}/standard/text-to-video", {"duration": "3", "aspect_ratio": "1:1"}, (720, 720), 3, True, 0.378),
    (f"{KLING}/pro/image-to-video", {"start_image_url": HIGH, "prompt": None}, (1080, 1920), 5, True, 0.84),
    (
        f"{KLING}/standard/image-to-video",
        {"start_image_url": LARGE, "end_image_url": LARGE, "generate_audio": False},
        (1280, 720),
        5,
        False,
        0.42,
    ),
    (f"{KLING}/turbo/pro/text-to-video", {"duration": "3"}, (1920, 1080), 3, True, 0.42),
    (
        f"{KLING}/turbo/standard/image-to-video",
        {"image_url": LARGE, "prompt": None},
        (1280, 720),
        5,
        True,
        0.56,
    ),
    (f"{OMNI}/text-to-video", {"duration": 3, "resolution": "360p"}, (640, 360), 3, True, 0.09),
    (
        f"{OMNI}/image-to-video",
        {"image_url": RED, "end_image_url": BLUE, "duration": 3},
        (1280, 720),
        3,
        True,
        0.30,
    ),
    (f"{OMNI}/reference-to-video", {"image_urls": [RED] * 10, "duration": 3}, (1280, 720), 3, True, 0.30),
    (f"{PIKA}/text-to-video", {"aspect_ratio": "3:2"}, (1080, 720), 5, False, 0.20),
    (
        f"{PIKA}/image-to-video",
        {"image_url": TALL, "resolution": "1080p", "duration": 5},
        (1080, 1920),
        5,
        False,
        0.45,
    ),
    (f"{PIKA}/pikaframes", {"image_urls": [RED, BLUE], "prompt": None}, (1280, 720), 5, False, 0.20),
    (
        f"{PIKA}/pikaframes",
        {
            "image_urls": [RED, BLUE, RED],
            "transitions": [{"duration": 1}, {"duration": 2, "prompt": "faster"}],
        },
        (1280, 720),
        3,
        False,
        0.20,
    ),
]


@pytest.mark.parametrize(("path", "body", "size", "seconds", "sound", "dollars"), MADE)
def test_the_clip_is_what_was_asked_for_and_costs_what_the_list_says(
    fal: FalDoor,
    path: str,
    body: dict[str, Any],
    size: tuple[int, int],
    seconds: float,
    sound: bool,
    dollars: float,
) -> None:
    answer = fal.submit(path, **body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    app = "/".join(path.split("/")[:2])
    base = f"{fal.base}/{app}/requests/{made['request_id']}"
    assert made == {
        "request_id": made["request_id"],
        "status": "IN_QUEUE",
        "queue_position": 0,
        "response_url": f"{base}/response",
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
    }
    assert fal.ended(made)["metrics"]["inference_time"] > 0
    result = fal.get(made["response_url"]).json()
    assert result.get("seed") == body.get("seed") and result["video"]["content_type"] == "video/mp4"
    assert fal.get(base).json()["video"]["file_name"] == result["video"]["file_name"]
    clip = decoded(fetch(result["video"]["url"]).content)
    assert clip.size == size and clip.lasts(seconds)
    assert clip.samples > 0 if sound else clip.samples == 0
    assert float(fal.job(f"{app}/requests/{made['request_id']}")["billed"]) == pytest.approx(dollars)


REFUSED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "no prompt": (VEO, {"prompt": None}, "prompt", "missing"),
    "empty prompt": (VEO, {"prompt": ""}, "prompt", "value_error"),
    "seconds without a unit": (VEO, {"duration": "8"}, "duration", "literal_error"),
    "seconds as a number": (VEO, {"duration": 8}, "duration", "literal_error"),
    "Veo of 5 s": (VEO, {"duration": "5s"}, "duration", "literal_error"),
    "Veo of 360p": (VEO, {"resolution": "360p"}, "resolution", "literal_error"),
    "auto of words": (VEO, {"aspect_ratio": "auto"}, "aspect_ratio", "literal_error"),
    "unknown field": (VEO, {"negativePrompt": "rain"}, "", "extra_forbidden"),
    "an image for words": (VEO, {"image_url": RED}, "", "extra_forbidden"),
    "no image": (f"{VEO}/image-to-video", {}, "image_url", "missing"),
    "image_url for a first frame": (
        f"{VEO}/first-last-frame-to-video",
        {"image_url": RED},
        "",
        "extra_forbidden",
    ),
    "first frame alone": (
        f"{VEO}/first-last-frame-to-video",
        {"first_frame_url": RED},
        "last_frame_url",
        "missing",
    ),
    "four references": (f"{VEO}/reference-to-video", {"image_urls": [RED] * 4}, "image_urls", "value_error"),
    "references with a seed": (
        f"{VEO}/reference-to-video",
        {"image_urls": [RED], "seed": 1},
        "",
        "extra_forbidden",
    ),
    "references of 4 s": (
        f"{VEO}/reference-to-video",
        {"image_urls": [RED], "duration": "4s"},
        "duration",
        "literal_error",
    ),
    "extension of 8 s": (
        f"{VEO}/extend-video",
        {"video_url": CLIP, "duration": "8s"},
        "duration",
        "literal_error",
    ),
    "extension in 1080p": (
        f"{VEO}/extend-video",
        {"video_url": CLIP, "resolution": "1080p"},
        "resolution",
        "literal_error",
    ),
    "a small clip": (
        f"{VEO}/extend-video",
        {"video_url": uri(plain(640, 360, 48, False, 9), "video/mp4")},
        "video_url",
        "unsupported_video",
    ),
    "a long clip": (
        f"{VEO}/extend-video",
        {"video_url": uri(plain(1280, 720, 24 * 24, False, 9), "video/mp4")},
        "video_url",
        "video_duration_too_long",
    ),
    "a picture for a clip": (f"{VEO}/extend-video", {"video_url": RED}, "video_url", "video_load_error"),
    "sound as text": (VEO, {"generate_audio": "yes"}, "generate_audio", "type_error"),
    "seed as text": (VEO, {"seed": "1"}, "seed", "type_error"),
    "Kling's seconds as a number": (
        f"{KLING}/pro/text-to-video",
        {"duration": 5},
        "duration",
        "literal_error",
    ),
    "Kling's seed": (f"{KLING}/pro/text-to-video", {"seed": 5}, "", "extra_forbidden"),
    "Kling's resolution": (f"{KLING}/pro/text-to-video", {"resolution": "1080p"}, "", "extra_forbidden"),
    "Kling's shape of an image": (
        f"{KLING}/pro/image-to-video",
        {"start_image_url": RED, "aspect_ratio": "16:9"},
        "",
        "extra_forbidden",
    ),
    "Kling's image by another name": (
        f"{KLING}/pro/image-to-video",
        {"image_url": RED},
        "",
        "extra_forbidden",
    ),
    "Kling's small picture": (
        f"{KLING}/turbo/pro/image-to-video",
        {"image_url": RED},
        "image_url",
        "image_too_small",
    ),
    "Kling's narrow picture": (
        f"{KLING}/turbo/pro/image-to-video",
        {"image_url": uri(picture(900, 300))},
        "image_url",
        "image_aspect_ratio_error",
    ),
    "Kling's WebP": (
        f"{KLING}/turbo/pro/image-to-video",
        {"image_url": uri(picture(640, 360, "WEBP"), "image/webp")},
        "image_url",
        "image_load_error",
    ),
    "Turbo without sound": (
        f"{KLING}/turbo/pro/text-to-video",
        {"generate_audio": False},
        "",
        "extra_forbidden",
    ),
    "2501 characters": (f"{KLING}/pro/text-to-video", {"prompt": "x" * 2501}, "prompt", "value_error"),
    "Omni's seconds as text": (f"{OMNI}/text-to-video", {"duration": "8s"}, "duration", "type_error"),
    "Omni of 11 s": (f"{OMNI}/text-to-video", {"duration": 11}, "duration", "value_error"),
    "Omni without sound": (f"{OMNI}/text-to-video", {"generate_audio": False}, "", "extra_forbidden"),
    "Pika's seconds as text": (f"{PIKA}/text-to-video", {"duration": "5"}, "duration", "literal_error"),
    "Pika of 7 s": (f"{PIKA}/image-to-video", {"image_url": RED, "duration": 7}, "duration", "literal_error"),
    "Pika's 21:9": (f"{PIKA}/text-to-video", {"aspect_ratio": "21:9"}, "aspect_ratio", "literal_error"),
    "one keyframe": (f"{PIKA}/pikaframes", {"image_urls": [RED]}, "image_urls", "value_error"),
    "two moves of two": (
        f"{PIKA}/pikaframes",
        {"image_urls": [RED, BLUE], "transitions": [{"duration": 5}] * 2},
        "transitions",
        "value_error",
    ),
    "26 s": (
        f"{PIKA}/pikaframes",
        {"image_urls": [RED] * 3, "transitions": [{"duration": 13}] * 2},
        "transitions",
        "value_error",
    ),
    "http": (
        f"{VEO}/image-to-video",
        {"image_url": "http://example.com/a.png"},
        "image_url",
        "file_download_error",
    ),
    "no such upload": (
        f"{VEO}/image-to-video",
        {"image_url": "https://v3.fal.media/files/x/a.png"},
        "image_url",
        "file_download_error",
    ),
    "broken data": (
        f"{VEO}/image-to-video",
        {"image_url": "data:image/png;base64,***"},
        "image_url",
        "file_download_error",
    ),
    "too much data": (
        f"{VEO}/image-to-video",
        {"image_url": "data:image/png;base64," + "A" * (10 << 20)},
        "image_url",
        "file_download_error",
    ),
    "no picture": (f"{VEO}/image-to-video", {"image_url": uri(b"none")}, "image_url", "image_load_error"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_service_refuses_is_refused_with_its_place(fal: FalDoor, name: str) -> None:
    path, body, place, type = REFUSED[name]
    before = len(fal.emulator.record()["jobs"])
    answer = fal.submit(path, **body)
    assert answer.status_code == 422, answer.text
    found = [issue for issue in answer.json()["detail"] if issue["type"] == type]
    assert found and ".".join(map(str, found[0]["loc"])) == f"body.{place}".rstrip(".")
    assert set(found[0]) == {"loc", "msg", "type", "url"}
    assert answer.headers["x-fal-error-type"] and answer.headers["x-fal-retryable"] == "false"
    assert len(fal.emulator.record()["jobs"]) == before


def test_every_issue_is_told_at_once(fal: FalDoor) -> None:
    told = fal.submit(duration=99, aspect_ratio="1:1", prompt=None, more=1).json()
    assert len(told["detail"]) == 4


def test_who_may_come_in(fal: FalDoor) -> None:
    key = fal.headers["Authorization"]
    for wrong in ({}, {"Authorization": key.replace("Key", "Bearer")}, {"Authorization": "Key a:b"}):
        told = send(f"{fal.base}/{VEO}", json={"prompt": "a cat"}, headers=wrong)
        assert told.status_code == 401 and isinstance(told.json()["detail"], str)
    assert fal.submit("fal-ai/veo9").status_code == 404
    assert fal.client.post(f"{fal.base}/{VEO}", content=b"{}").status_code == 415


def test_requests_by_their_addresses(fal: FalDoor) -> None:
    made = fal.submit(duration="4s").json()
    fal.ended(made)
    id = made["request_id"]
    for path in (
        f"/{VEO}/fast/requests/{id}",  # the sub-path is dropped
        f"/fal-ai/pika/requests/{id}",
        f"/{VEO}/requests/00000000-0000-4000-8000-000000000000",
    ):
        for verb in ("", "/status", "/response"):
            lost = fal.get(path + verb)
            assert (lost.status_code, lost.json()) == (404, {"detail": "Request not found"})
        assert fal.client.put(f"{fal.base}{path}/cancel").json() == {"status": "NOT_FOUND"}
    assert fetch(made["status_url"]).status_code == 401


def test_how_it_fails(fal: FalDoor) -> None:
    fal.emulator.misbehave({"what": "failed", "door": "fal", "failure": "No luck", "code": "request_timeout"})
    made = fal.submit().json()
    status = fal.ended(made)
    assert (status["error"], status["error_type"]) == ("No luck", "request_timeout")
    result = fal.get(made["response_url"])
    assert (result.status_code, result.headers["x-fal-error-type"]) == (500, "request_timeout")
    assert result.json() == {"detail": "No luck", "error_type": "request_timeout"}
    fal.emulator.misbehave({"what": "empty", "door": "fal"})
    fixed = fal.submit().json()  # unless it may not, Veo's filter writes other words, and they are billed
    assert fal.ended(fixed)["status"] == "COMPLETED" and fal.get(fixed["response_url"]).json()["video"]
    assert float(fal.job(f"{VEO}/requests/{fixed['request_id']}")["billed"]) > 0
    made = fal.submit(auto_fix=False).json()
    status = fal.ended(made)
    assert status["status"] == "COMPLETED" and "error" not in status, "only its result says so"
    (issue,) = (result := fal.get(made["response_url"])).json()["detail"]
    assert (result.status_code, issue["type"]) == (422, "content_policy_violation")
    assert float(fal.job(f"{VEO}/requests/{made['request_id']}")["billed"]) == 0


def test_cancelling(fal: FalDoor) -> None:
    done = fal.submit(duration="4s").json()
    fal.ended(done)
    late = fal.client.put(done["cancel_url"])
    assert (late.status_code, late.json()) == (400, {"status": "ALREADY_COMPLETED"})
    fal.emulator.misbehave({"what": "never", "door": "fal"})
    runs = fal.submit().json()
    asked = fal.client.put(runs["cancel_url"])
    assert (asked.status_code, asked.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    assert fal.get(runs["status_url"]).json()["status"] == "IN_PROGRESS"
    early = fal.get(runs["response_url"])
    assert (early.status_code, early.json()["detail"]) == (400, "Request is still in progress")


def test_too_many_wait_in_the_queue() -> None:
    with Emulator(work=60, concurrent={"fal": 1}) as emulator, FalDoor(emulator) as fal:
        made = [fal.submit().json() for _ in range(3)]
        told = [fal.get(each["status_url"]).json() for each in made]
        assert [each["status"] for each in told] == ["IN_PROGRESS", "IN_QUEUE", "IN_QUEUE"]
        assert [each.get("queue_position") for each in told] == [None, 0, 1]
        assert fal.client.put(made[1]["cancel_url"]).status_code == 202
        status = fal.get(made[1]["status_url"]).json()
        assert (status["status"], status["error_type"]) == ("COMPLETED", "client_cancelled")
        assert fal.get(made[1]["response_url"]).status_code == 499


def test_an_upload_takes_its_signature_and_no_key(fal: FalDoor) -> None:
    data = picture(640, 360)
    begun = fal.upload(data)
    assert begun["file_url"].startswith("https://v3.fal.media/files/")

    def put(link: str, type: str = "image/png", **headers: str) -> int:
        return httpx.put(
            link, content=data, headers={"Content-Type": type, **headers}, verify=False
        ).status_code

    assert put(begun["upload_url"], **fal.headers) == 400
    assert fal.emulator.record()["leaks"][-1]["at"].startswith("/fal/upload/")
    assert (
        put(begun["upload_url"], "image/jpeg") == put(begun["upload_url"].replace("signature=", "s=")) == 403
    )
    assert put(begun["upload_url"]) == 200
    assert fal.submit(f"{VEO}/image-to-video", image_url=begun["file_url"]).status_code == 200
    assert fal.post("/storage/upload/initiate", {"file_name": "a", "content_type": "b"}).status_code == 422
    assert fal.post("/storage/upload/initiate?storage_type=gcs", {"file_name": "a"}).status_code == 422
    assert send(f"{fal.base}/storage/upload/initiate?storage_type=gcs", json={}).status_code == 401
