"""Gemini Omni through interactions: what it makes, measured, and what it refuses, in its own error shapes."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from storyreel.emulators.encode import plain

from .clients import GoogleDoor, decoded, fetch, picture, send

RED, BLUE = picture(colour=(200, 30, 30)), picture(colour=(20, 40, 200))


def words(text: str = "a cat") -> dict:
    return {"type": "text", "text": text}


def image(data: bytes = RED, type: str = "image/png") -> dict:
    return {"type": "image", "data": base64.b64encode(data).decode(), "mime_type": type}


def video(seconds: float, width: int = 640, height: int = 360) -> dict:
    data = base64.b64encode(plain(width, height, round(24 * seconds), True, 40)).decode()
    return {"type": "video", "data": data, "mime_type": "video/mp4"}


def asked(**form: str) -> dict:
    return {"response_format": {"type": "video"} | form}


def task(name: str) -> dict:
    return {"generation_config": {"video_config": {"task": name}}}


@pytest.mark.parametrize(
    ("body", "size", "seconds"),
    [
        ({}, (1280, 720), 8),
        (asked(duration="3s", resolution="360p", aspect_ratio="9:16"), (360, 640), 3),
        (asked(duration="15s", resolution="360p", delivery="uri"), (640, 360), 15),
        ({"response_format": [{"type": "video", "duration": "4s", "resolution": "1080p"}]}, (1920, 1080), 4),
        ({"model": "models/gemini-omni-1.1-flash"} | asked(duration="10s"), (1280, 720), 10),
    ],
)
def test_the_clip_is_as_long_and_large_as_asked_and_sounds(
    google: GoogleDoor, body: dict, size: tuple[int, int], seconds: int
) -> None:
    clip = google.clip(**body)
    assert clip.size == size and clip.lasts(seconds)
    assert clip.sounds_for(seconds)


@pytest.mark.parametrize(
    "input",
    [
        "words",
        "",
        words(),
        [words()],
        [{"type": "user_input", "content": [words(), image()]}],
        [words("<FIRST_FRAME> to <LAST_FRAME>"), image(), image(BLUE)],
    ],
)
def test_all_ways_to_write_an_input_are_read(google: GoogleDoor, input: object) -> None:
    answer = google.submit(input=input)
    assert answer.status_code == 200, answer.text
    assert google.ended(answer.json()["id"])["status"] == "completed"


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_without_background_the_answer_is_the_finished_interaction(google: GoogleDoor, version: str) -> None:
    answer = google.post(f"/{version}/interactions", {"model": "gemini-omni-1.2-flash", "input": "a"})
    done = answer.json()
    assert (answer.status_code, done["status"]) == (200, "completed")
    assert google.get(f"/{version}/interactions/{done['id']}?stream=false").json()["id"] == done["id"]
    unkept = google.post(
        f"/{version}/interactions", {"model": "gemini-omni-1.2-flash", "input": "a", "store": False}
    )
    assert "id" not in unkept.json() and unkept.json()["status"] == "completed"


def test_a_job_is_queued_then_in_progress_and_tells_no_video(google: GoogleDoor) -> None:
    google.emulator.misbehave({"what": "late", "seconds": 0.3})
    first = google.submit().json()
    assert first["status"] in ("queued", "in_progress") and "steps" not in first
    assert google.ended(first["id"])["status"] == "completed"


def test_tokens_are_told_and_are_the_bill(google: GoogleDoor) -> None:
    id = google.submit(**asked(duration="8s")).json()["id"]
    usage = google.ended(id)["usage"]
    assert usage["output_tokens_by_modality"] == [{"modality": "video", "tokens": 46336}]
    assert usage["total_tokens"] == usage["total_input_tokens"] + usage["total_output_tokens"]
    assert google.job(id)["billed"] == "0.556032"
    old = google.submit(model="gemini-omni-1.1-flash", **asked(duration="8s")).json()["id"]
    google.ended(old)
    assert google.job(old)["billed"] == "0.81088"


def test_an_extension_is_the_source_and_the_seconds_added(google: GoogleDoor) -> None:
    clip = google.clip(
        input=[words("on"), video(4)], **task("extend"), **asked(duration="3s", resolution="360p")
    )
    assert (clip.count, clip.size) == (7 * 24, (640, 360))
    before = decoded(base64.b64decode(video(4)["data"])).frames[0].astype(int)
    assert np.abs(clip.frames[0].astype(int) - before).mean() < 2
    assert np.abs(clip.frames[2].astype(int) - before).mean() > 10


def test_only_the_last_thirty_seconds_are_kept(google: GoogleDoor) -> None:
    clip = google.clip(
        input=[words("on"), video(32)], **task("extend"), **asked(duration="3s", resolution="360p")
    )
    assert clip.count == 33 * 24


def test_a_conversation_goes_on_from_its_last_clip(google: GoogleDoor) -> None:
    id = google.submit(**asked(duration="3s", resolution="360p")).json()["id"]
    google.ended(id)
    form = asked(duration="4s", resolution="360p")
    clip = google.clip(input="on", previous_interaction_id=id, **task("extend"), **form)
    assert clip.count == 7 * 24


def test_an_upload_is_used_by_its_uri_once_it_is_active(google: GoogleDoor) -> None:
    about = google.upload(RED, "image/png")
    assert about["state"] == "ACTIVE" and google.get(f"/v1/{about['name']}").json()["sizeBytes"] == str(
        len(RED)
    )
    still = {"type": "image", "uri": about["uri"], "mime_type": "image/png"}
    assert google.submit(input=[words(), still]).status_code == 200
    clip = google.upload(plain(640, 360, 96, True, 4), "video/mp4")
    moving = {"type": "video", "uri": clip["uri"], "mime_type": "video/mp4"}
    assert clip["state"] == "PROCESSING"
    early = google.submit(input=[words(), moving])
    assert early.status_code == 400 and "ACTIVE" in early.text
    while google.get(f"/v1/{clip['name']}").json()["state"] != "ACTIVE":
        pass
    assert google.submit(input=[words(), moving]).status_code == 200
    assert google.get(f"/v1/{about['name']}:download?alt=media").status_code == 400
    assert google.delete(f"/v1/{about['name']}").status_code == 200
    assert google.get(f"/v1/{about['name']}").status_code == 403


def test_a_file_needs_the_key(google: GoogleDoor) -> None:
    id = google.submit(**asked(delivery="uri", duration="3s")).json()["id"]
    uri = google.ended(id)["steps"][1]["content"][0]["uri"]
    assert uri.startswith(google.base)
    assert fetch(uri).status_code == 403
    whole = google.get(uri)
    part = google.get(uri, headers={"Range": "bytes=10-"})
    assert (part.status_code, part.content) == (206, whole.content[10:])
    assert google.job(id)["downloads"] == 2


def test_cancelling_and_deleting(google: GoogleDoor) -> None:
    google.emulator.misbehave({"what": "never"})
    id = google.submit().json()["id"]
    stopped = google.post(f"/v1/interactions/{id}/cancel")
    assert stopped.json()["status"] == "cancelled"
    assert google.post(f"/v1/interactions/{id}/cancel").status_code == 400
    assert google.job(id)["state"] == "cancelled"
    assert google.delete(f"/v1/interactions/{id}").status_code == 200
    gone = google.get(f"/v1/interactions/{id}")
    assert gone.status_code == 400 and "Invalid interaction name" in gone.text


REFUSED = {
    "no input": ({"input": None}, "input"),
    "no model": ({"model": None}, "model"),
    "unknown key": ({"negative_prompt": "rain"}, "negative_prompt"),
    "unknown format key": (asked(fps="24"), "fps"),
    "no format type": ({"response_format": {"duration": "8s"}}, "response_format.type"),
    "another format": ({"response_format": {"type": "image"}}, "response_format.type"),
    "two formats": ({"response_format": [{"type": "video"}] * 2}, "response_format"),
    "duration as a number": ({"response_format": {"type": "video", "duration": 8}}, "duration"),
    "duration without unit": (asked(duration="8"), "duration"),
    "duration in words": (asked(duration="8 seconds"), "duration"),
    "part of a second": (asked(duration="7.5s"), "duration"),
    "too short": (asked(duration="2s"), "3 to 15"),
    "too long": (asked(duration="16s"), "3 to 15"),
    "too long for 1.1": ({"model": "gemini-omni-1.1-flash"} | asked(duration="11s"), "3 to 10"),
    "unknown resolution": (asked(resolution="480p"), "resolution"),
    "resolution in capitals": (asked(resolution="4K"), "resolution"),
    "square": (asked(aspect_ratio="1:1"), "aspect_ratio"),
    "delivery": (asked(delivery="link"), "delivery"),
    "a bucket": (asked(delivery="uri", gcs_uri="gs://films"), "gcs_uri"),
    "task": (task("text2video"), "task"),
    "upscale": (task("upscale"), "upscale"),
    "seed as text": ({"generation_config": {"seed": "7"}}, "seed"),
    "unknown config": ({"generation_config": {"fps": 24}}, "fps"),
    "background, not stored": ({"store": False}, "store"),
    "background as text": ({"background": "yes"}, "background"),
    "stream": ({"stream": True}, "stream"),
    "tools": ({"tools": [{"type": "google_search"}]}, "tools"),
    "label": ({"labels": {"Storyreel": "x"}}, "labels"),
    "long label": ({"labels": {"storyreel": "x" * 64}}, "labels"),
    "unknown content": ({"input": [{"type": "picture"}]}, "input"),
    "text without text": ({"input": [{"type": "text"}]}, "text"),
    "sound": ({"input": [words(), {"type": "audio", "data": "aaaa", "mime_type": "audio/wav"}]}, "audio"),
    "no mime type": ({"input": [{"type": "image", "data": "aaaa"}]}, "mime_type"),
    "data and uri": ({"input": [image() | {"uri": "files/abc"}]}, "Exactly one"),
    "no picture": ({"input": [image(b"none")]}, "decoded"),
    "half a picture": ({"input": [image(picture(640, 360)[:400])]}, "decoded"),
    "type that isn't so": ({"input": [image(RED, "image/jpeg")]}, "image/png"),
    "no clip": ({"input": [video(4) | {"data": base64.b64encode(RED).decode()}]}, "video"),
    "words task with a picture": ({"input": [words(), image()]} | task("text_to_video"), "no media"),
    "frames task without one": (task("image_to_video"), "image"),
    "three frames": ({"input": [words(), image(), image(), image()]} | task("image_to_video"), "first"),
    "references task without": (task("reference_to_video"), "references"),
    "seven references": ({"input": [words(), *[image()] * 7]} | task("reference_to_video"), "At most 6"),
    "six for 1.1": (
        {"model": "gemini-omni-1.1-flash", "input": [words(), *[image()] * 6]} | task("reference_to_video"),
        "At most 5",
    ),
    "11 s between two frames": (
        {"input": [words(), image(), image()]} | task("image_to_video") | asked(duration="11s"),
        "3 to 10",
    ),
    "extend nothing": (task("extend"), "one video"),
    "extend by 11 s": ({"input": [words(), video(4)]} | task("extend") | asked(duration="11s"), "3 to 10"),
    "edit too short a clip": ({"input": [words(), video(2)]} | task("edit"), "to edit"),
    "edit too long a clip": ({"input": [words(), video(16)]} | task("edit"), "to edit"),
    "earlier one unknown": ({"previous_interaction_id": "v1_none"}, "Invalid interaction name"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_service_refuses_is_refused(google: GoogleDoor, name: str) -> None:
    body, word = REFUSED[name]
    before = len(google.emulator.record()["jobs"])
    plain_body = {"model": "gemini-omni-1.2-flash", "input": "a", "background": True} | body
    answer = google.post("/v1/interactions", {key: v for key, v in plain_body.items() if v is not None})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_request")
    assert word in error["message"]
    assert len(google.emulator.record()["jobs"]) == before


def test_models_that_are_not_there(google: GoogleDoor) -> None:
    for model, word in (("gemini-omni-flash-preview", "no longer"), ("gemini-omni-9", "not found")):
        answer = google.submit(model=model)
        assert answer.status_code == 404 and word in answer.json()["error"]["message"]


def test_files_that_are_not_there(google: GoogleDoor) -> None:
    nowhere = {"type": "image", "uri": f"{google.base}/v1/files/abc123", "mime_type": "image/png"}
    assert google.submit(input=[words(), nowhere]).status_code == 403
    assert google.get("/v1/files/abc123").status_code == 403
    assert google.get("/v1/files/abc123:download?alt=media").status_code == 403
    about = google.upload(RED, "image/png")
    assert google.get(f"/v1/{about['name']}:download").status_code == 400


def test_uploads_hold_what_they_promise(google: GoogleDoor) -> None:
    assert google.post("/upload/v1/files", {}).status_code == 400
    start = google.post(
        "/upload/v1/files",
        {"file": {}},
        headers={
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": "10",
            "X-Goog-Upload-Header-Content-Type": "image/png",
        },
    )
    url = start.headers["x-goog-upload-url"]
    done = {"X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "0"}
    assert send(url, content=b"x" * 9, headers=done).status_code == 400
    assert send(url, content=b"x" * 10).status_code == 400
    assert send(url.replace("upload_id=", "upload_id=x"), content=b"x" * 10).status_code == 404
