"""Veo on Vertex: what it makes, measured, and what it refuses, in Google's error shape."""

from __future__ import annotations

import base64
from urllib.parse import quote

import numpy as np
import pytest

from .clients import VertexDoor, decoded, fetch, inline, picture

RED, BLUE = picture(colour=(200, 30, 30)), picture(colour=(20, 40, 200))


@pytest.mark.parametrize(
    ("parameters", "size", "seconds", "sound"),
    [
        ({}, (1280, 720), 8, True),
        ({"durationSeconds": 4, "aspectRatio": "9:16"}, (720, 1280), 4, True),
        ({"durationSeconds": 6, "generateAudio": False, "seed": 7}, (1280, 720), 6, False),
        ({"resolution": "1080p", "negativePrompt": "rain", "fps": 24}, (1920, 1080), 8, True),
    ],
)
def test_text_becomes_a_clip_of_the_length_size_and_sound_asked_for(
    vertex: VertexDoor, parameters: dict, size: tuple[int, int], seconds: int, sound: bool
) -> None:
    clip = vertex.clip(**parameters)
    assert clip.size == size and clip.lasts(seconds)
    assert clip.sounds_for(seconds if sound else 0)


def test_what_images_ask_for_is_taken(vertex: VertexDoor) -> None:
    for instance in (
        {"image": inline(RED)},
        {"prompt": "go", "image": inline(RED), "lastFrame": inline(BLUE)},
        {
            "prompt": "go",
            "referenceImages": [{"image": inline(RED), "referenceType": "ASSET"}] * 3,
        },
    ):
        answer = vertex.submit(instance)
        assert answer.status_code == 200, answer.text
        assert vertex.ended(answer.json()["name"])["response"]["videos"]


def test_an_operation_has_no_done_before_it_is(vertex: VertexDoor) -> None:
    vertex.emulator.misbehave({"what": "late", "seconds": 0.2})
    name = vertex.submit().json()["name"]
    assert name.startswith(
        "projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-generate-001/operations/"
    )
    assert vertex.look(name).json() == {"name": name}
    assert vertex.ended(name)["done"] is True


def test_several_samples_are_several_clips_and_billed_so(vertex: VertexDoor) -> None:
    name = vertex.submit(sampleCount=2, durationSeconds=4).json()["name"]
    videos = vertex.ended(name)["response"]["videos"]
    assert len({video["bytesBase64Encoded"] for video in videos}) == 2
    assert vertex.job(name)["billed"] == "3.2"


def test_an_extension_is_the_source_and_seven_seconds_more(vertex: VertexDoor) -> None:
    name = vertex.submit({"prompt": "first"}, durationSeconds=4).json()["name"]
    source = base64.b64decode(vertex.ended(name)["response"]["videos"][0]["bytesBase64Encoded"])
    clip = vertex.clip({"prompt": "and on", "video": inline(source, "video/mp4")})
    assert (clip.size, clip.count) == ((1280, 720), 11 * 24)
    assert clip.sounds_for(11)
    before = decoded(source).frames[0].astype(int)
    assert np.abs(clip.frames[0].astype(int) - before).mean() < 2
    assert np.abs(clip.frames[2].astype(int) - before).mean() > 10


def test_a_bucket_gets_the_clip_where_one_is_named(vertex: VertexDoor) -> None:
    name = vertex.submit(durationSeconds=4, storageUri="gs://films/today/").json()["name"]
    video = vertex.ended(name)["response"]["videos"][0]
    assert "bytesBase64Encoded" not in video and video["gcsUri"].startswith("gs://films/today/")
    path = f"/storage/v1/b/films/o/{quote(video['gcsUri'].removeprefix('gs://films/'), safe='')}"
    root = vertex.emulator.url
    about = vertex.get(root + path).json()
    got = vertex.get(f"{root}/download{path}?alt=media")
    assert int(about["size"]) == len(got.content) and about["contentType"] == got.headers["content-type"]
    assert decoded(got.content).count == 96
    assert vertex.get(about["mediaLink"]).content == got.content
    assert fetch(f"{root}/download{path}?alt=media").status_code == 401
    assert vertex.job(name)["downloads"] == 2


def test_a_clip_in_a_bucket_can_be_extended(vertex: VertexDoor) -> None:
    source = vertex.submit(durationSeconds=4, storageUri="gs://films/x").json()["name"]
    kept = vertex.ended(source)["response"]["videos"][0]["gcsUri"]
    clip = vertex.clip({"prompt": "on", "video": {"gcsUri": kept, "mimeType": "video/mp4"}})
    assert clip.count == 11 * 24


def test_what_was_uploaded_to_a_bucket_can_be_used(vertex: VertexDoor) -> None:
    root = vertex.emulator.url
    up = vertex.client.post(
        f"{root}/upload/storage/v1/b/films/o?uploadType=media&name=in/red.png",
        content=RED,
        headers={"Content-Type": "image/png"},
    )
    assert up.json()["size"] == str(len(RED))
    answer = vertex.submit({"image": {"gcsUri": "gs://films/in/red.png", "mimeType": "image/png"}})
    assert answer.status_code == 200, answer.text


ASSET = {"image": inline(RED), "referenceType": "ASSET"}
REFUSED = {
    "no instance": ({"instances": []}, "instances"),
    "two instances": ({"instances": [{"prompt": "a"}] * 2}, "instances"),
    "unknown key": ({"instances": [{"prompt": "a"}], "params": {}}, "params"),
    "unknown instance key": ({"instances": [{"prompt": "a", "promt": "b"}]}, "promt"),
    "unknown parameter": ({"parameters": {"duration": 8}}, "duration"),
    "duration as text": ({"parameters": {"durationSeconds": "8"}}, "durationSeconds"),
    "duration as a fraction": ({"parameters": {"durationSeconds": 8.0}}, "durationSeconds"),
    "odd duration": ({"parameters": {"durationSeconds": 5}}, "[4,6,8]"),
    "extension's duration": ({"parameters": {"durationSeconds": 7}}, "[4,6,8]"),
    "unknown resolution": ({"parameters": {"resolution": "2k"}}, "resolution"),
    "full HD and 6 seconds": ({"parameters": {"resolution": "1080p", "durationSeconds": 6}}, "8 seconds"),
    "4k and 4 seconds": ({"parameters": {"resolution": "4k", "durationSeconds": 4}}, "8 seconds"),
    "square": ({"parameters": {"aspectRatio": "1:1"}}, "aspectRatio"),
    "30 frames": ({"parameters": {"fps": 30}}, "fps"),
    "five samples": ({"parameters": {"sampleCount": 5}}, "sampleCount"),
    "negative seed": ({"parameters": {"seed": -1}}, "seed"),
    "seed too large": ({"parameters": {"seed": 2**32}}, "seed"),
    "true as a seed": ({"parameters": {"seed": True}}, "seed"),
    "audio as text": ({"parameters": {"generateAudio": "yes"}}, "generateAudio"),
    "enhancement off": ({"parameters": {"enhancePrompt": False}}, "enhancement"),
    "person generation": ({"parameters": {"personGeneration": "ALLOW"}}, "personGeneration"),
    "no bucket": ({"parameters": {"storageUri": "s3://films"}}, "gs://"),
    "resize without image": ({"parameters": {"resizeMode": "CROP"}}, "resizeMode"),
    "nothing asked": ({"instances": [{}]}, "prompt"),
    "prompt too long": ({"instances": [{"prompt": "x" * 4097}]}, "prompt"),
    "prompt as a number": ({"instances": [{"prompt": 3}]}, "prompt"),
    "last frame alone": ({"instances": [{"prompt": "a", "lastFrame": inline(RED)}]}, "lastFrame"),
    "image without type": ({"instances": [{"image": {"bytesBase64Encoded": "aaaa"}}]}, "mimeType"),
    "image without bytes": ({"instances": [{"image": {"mimeType": "image/png"}}]}, "Exactly one"),
    "image of two sources": (
        {"instances": [{"image": inline(RED) | {"gcsUri": "gs://b/o"}}]},
        "Exactly one",
    ),
    "no base64": ({"instances": [{"image": {"bytesBase64Encoded": "*", "mimeType": "image/png"}}]}, "Base64"),
    "no image": ({"instances": [{"image": inline(b"no picture")}]}, "decoded"),
    "half an image": ({"instances": [{"image": inline(picture(640, 360)[:300])}]}, "decoded"),
    "another type": ({"instances": [{"image": inline(RED, "image/jpeg")}]}, "image/png"),
    "a gif": ({"instances": [{"image": inline(picture(kind="GIF"), "image/gif")}]}, "mime type"),
    "no such object": (
        {"instances": [{"image": {"gcsUri": "gs://b/no", "mimeType": "image/png"}}]},
        "gs://b/no",
    ),
    "four references": ({"instances": [{"prompt": "a", "referenceImages": [ASSET] * 4}]}, "At most 3"),
    "style reference": (
        {"instances": [{"prompt": "a", "referenceImages": [ASSET | {"referenceType": "STYLE"}]}]},
        "STYLE",
    ),
    "references and 4 seconds": (
        {
            "instances": [{"prompt": "a", "referenceImages": [ASSET]}],
            "parameters": {"durationSeconds": 4},
        },
        "[8]",
    ),
    "references and a first frame": (
        {"instances": [{"prompt": "a", "referenceImages": [ASSET], "image": inline(RED)}]},
        "combined",
    ),
    "references without words": ({"instances": [{"referenceImages": [ASSET]}]}, "prompt"),
    "a mask": ({"instances": [{"prompt": "a", "mask": inline(RED)}]}, "mask"),
    "video that is none": ({"instances": [{"prompt": "a", "video": inline(RED, "video/mp4")}]}, "MP4"),
    "video and image": (
        {"instances": [{"video": inline(RED, "video/mp4"), "image": inline(RED)}]},
        "combined",
    ),
    "extension of 8 seconds": (
        {"instances": [{"video": inline(RED, "video/mp4")}], "parameters": {"durationSeconds": 8}},
        "[7]",
    ),
    "label": ({"instances": [{"prompt": "a"}], "labels": {"Key": "v"}}, "labels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_service_refuses_is_refused(vertex: VertexDoor, name: str) -> None:
    body, word = REFUSED[name]
    before = len(vertex.emulator.record()["jobs"])
    answer = vertex.post(vertex.path("predictLongRunning"), {"instances": [{"prompt": "a"}]} | body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert word in error["message"]
    record = vertex.emulator.record()
    assert len(record["jobs"]) == before
    assert record["refused"][-1]["why"] == error["message"]


@pytest.mark.parametrize(
    ("size", "frames", "word"),
    [((640, 360), 24, "720p"), ((1280, 720), 12, "1 to 30"), ((1280, 720), 24 * 31, "1 to 30")],
)
def test_only_some_clips_can_be_extended(
    vertex: VertexDoor, size: tuple[int, int], frames: int, word: str
) -> None:
    from storyreel.emulators.encode import plain

    answer = vertex.submit({"prompt": "on", "video": inline(plain(*size, frames, False, 3), "video/mp4")})
    assert answer.status_code == 400 and word in answer.json()["error"]["message"]


def test_other_models_and_projects_are_not_there(vertex: VertexDoor) -> None:
    gone = vertex.submit(model="veo-3.0-generate-001")
    assert (gone.status_code, gone.json()["error"]["status"]) == (404, "NOT_FOUND")
    other = vertex.post(vertex.path("predictLongRunning", project="mine"), {"instances": [{"prompt": "a"}]})
    assert (other.status_code, other.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    lite = vertex.submit({"prompt": "a", "referenceImages": [ASSET]}, "veo-3.1-lite-generate-001")
    assert lite.status_code == 400


def test_operations_are_found_by_name_and_model_only(vertex: VertexDoor) -> None:
    name = vertex.submit().json()["name"]
    assert vertex.look(name.rpartition("/")[0] + "/none").status_code == 404
    assert vertex.look("none").status_code == 400
    assert vertex.look(name, "veo-3.1-fast-generate-001").status_code == 400
    more = vertex.post(vertex.path("fetchPredictOperation"), {"operationName": name, "more": 1})
    assert more.status_code == 400


def test_only_json_that_says_so_is_read(vertex: VertexDoor) -> None:
    where = vertex.base + vertex.path("predictLongRunning")
    assert vertex.client.post(where, content=b'{"instances":[{"prompt":"a"}]}').status_code == 400
    broken = vertex.client.post(where, content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400


@pytest.mark.parametrize(
    ("model", "parameters", "bill"),
    [
        ("veo-3.1-generate-001", {"durationSeconds": 4}, "1.60"),
        ("veo-3.1-generate-001", {"durationSeconds": 4, "generateAudio": False}, "0.80"),
        ("veo-3.1-fast-generate-001", {"resolution": "1080p"}, "0.96"),
        ("veo-3.1-lite-generate-001", {"durationSeconds": 6}, "0.30"),
    ],
)
def test_the_bill_is_the_vendors(vertex: VertexDoor, model: str, parameters: dict, bill: str) -> None:
    name = vertex.submit(model=model, **parameters).json()["name"]
    vertex.ended(name, model)
    assert float(vertex.job(name)["billed"]) == float(bill)
