"""Pictures: what the emulators draw, measured, and what they refuse, each in its own error shape."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from storyreel.emulators import Emulator

from .clients import GoogleDoor, RunwayDoor, VertexDoor, fetch, picture, uri

RED, BLUE = picture(640, 360, colour=(200, 30, 30)), picture(640, 360, colour=(20, 40, 200))


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def drawn_by_google(google: GoogleDoor, **body: Any) -> bytes:
    id = google.submit(**{"model": "gemini-3.1-flash-image", **body}).json()["id"]
    [thought, output] = google.ended(id)["steps"]
    [item] = output["content"]
    assert thought["type"] == "thought" and (item["type"], item["mime_type"]) == ("image", "image/png")
    return base64.b64decode(item["data"]) if "data" in item else google.get(item["uri"]).content


def generate(
    vertex: VertexDoor,
    model: str = "gemini-3.1-flash-image",
    *parts: dict[str, Any],
    location: str = "global",
    **config: Any,
) -> httpx.Response:
    path = vertex.path("generateContent", model).replace("us-central1", location)
    contents = [{"role": "user", "parts": [*parts, {"text": "a cat"}]}]
    config = {"responseModalities": ["IMAGE"], **config}
    return vertex.post(path, {"contents": contents, "generationConfig": config})


def text_to_image(runway: RunwayDoor, **body: Any) -> httpx.Response:
    plain = {"model": "gen4_image", "promptText": "a cat", "ratio": "1280:720", **body}
    return runway.post("/v1/text_to_image", {key: value for key, value in plain.items() if value is not None})


# What is drawn -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "size", "price"),
    [
        ({}, (1024, 1024), 0.0672),
        ({"aspect_ratio": "16:9", "image_size": "512"}, (672, 384), 0.04482),
        ({"aspect_ratio": "1:8", "image_size": "2K"}, (704, 5632), 0.1008),
        ({"aspect_ratio": "21:9", "image_size": "4K", "delivery": "uri"}, (6336, 2688), 0.1512),
    ],
)
def test_google_s(google: GoogleDoor, form: dict[str, str], size: tuple[int, int], price: float) -> None:
    seen = pixels(drawn_by_google(google, response_format={"type": "image", **form}))
    assert (seen.shape[1], seen.shape[0]) == size and (seen == seen[0, 0]).all()
    job = google.emulator.record()["jobs"][-1]
    assert float(job["billed"]) == price


def test_the_same_words_are_the_same_colour_and_no_two_files_are_the_same(google: GoogleDoor) -> None:
    one, same, other = (drawn_by_google(google, input=words) for words in ("a cat", "a cat", "a dog"))
    assert (pixels(one) == pixels(same)).all() and (pixels(one) != pixels(other)).any() and one != same


def test_vertex_s_come_with_the_answer(vertex: VertexDoor) -> None:
    answer = generate(
        vertex, "gemini-3-pro-image", imageConfig={"aspectRatio": "16:9", "imageSize": "2K"}
    ).json()
    [candidate] = answer["candidates"]
    thought, words, image = candidate["content"]["parts"]
    assert thought["thought"] and words["text"] and candidate["finishReason"] == "STOP"
    data = base64.b64decode(image["inlineData"]["data"])
    assert pixels(data).shape == (1536, 2752, 3)
    assert answer["usageMetadata"]["candidatesTokensDetails"] == [{"modality": "IMAGE", "tokenCount": 1120}]
    job = vertex.job(answer["responseId"])
    assert job["state"] == "done" and float(job["billed"]) == 0.1344
    assert [each["sha256"] for each in job["deliveries"]] == [hashlib.sha256(data).hexdigest()]


def test_imagen_is_gone(vertex: VertexDoor) -> None:
    body = {"instances": [{"prompt": "a cat"}], "parameters": {"sampleCount": 1}}
    answer = vertex.post(vertex.path("predict", "imagen-4.0-generate-001"), body)
    assert answer.status_code == 404 and "imagen-4.0" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "credits"),
    [
        ({}, 5),
        ({"ratio": "1920:1080", "seed": 4294967295}, 8),
        ({"model": "gen4_image_turbo", "referenceImages": [{"uri": uri(RED), "tag": "red"}]}, 2),
        ({"model": "gemini_2.5_flash", "ratio": "896:1152"}, 5),
        ({"model": "gemini_image3_pro", "ratio": "2752:1536", "outputCount": 1}, 20),
        ({"model": "gemini_image3_pro", "ratio": "6336:2688"}, 40),
        ({"model": "gemini_image3.1_flash", "ratio": "352:2816"}, 7),
    ],
)
def test_runway_s(runway: RunwayDoor, body: dict[str, Any], credits: int) -> None:
    answer = text_to_image(runway, **body).json()
    assert answer["estimatedCost"] == {"credits": credits}
    task = runway.ended(answer["id"])
    [link] = task["output"]
    found = fetch(link)
    assert found.headers["content-type"] == "image/png" and ".png?" in link
    size = body.get("ratio", "1280:720")
    assert "{1}:{0}".format(*pixels(found.content).shape) == size and task["cost"] == {"credits": credits}


def test_a_rehearsal_shows_the_references_in_order() -> None:
    """Red on the left, blue on the right, each filling a good part of its half; the words stand above."""
    with Emulator(work=0.02, picture="card") as emulator, GoogleDoor(emulator) as google:
        images = [{"type": "image", "mime_type": "image/png", "data": text(data)} for data in (RED, BLUE)]
        seen = pixels(drawn_by_google(google, input=[*images, {"type": "text", "text": "two colours"}]))
        plain = pixels(drawn_by_google(google, input="two colours"))
    seen = seen.astype(int)
    half = seen.shape[1] // 2

    def share(part: np.ndarray, colour: tuple[int, int, int]) -> float:
        return float((np.abs(part - np.array(colour)).max(axis=2) < 6).mean())

    assert share(seen[:, :half], (200, 30, 30)) > 0.2 and share(seen[:, half:], (20, 40, 200)) > 0.2
    assert share(seen[:, half:], (200, 30, 30)) == share(seen[:, :half], (20, 40, 200)) == 0
    assert share(plain.astype(int), (200, 30, 30)) == 0 and plain.std() > 1


# What is refused -----------------------------------------------------------------------------------------------

IMAGE = {"type": "image"}
FLASH = "gemini-3.1-flash-image"
MANY = [{"type": "image", "mime_type": "image/png", "data": text(RED)}] * 4


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"model": FLASH, "response_format": {**IMAGE, "aspect_ratio": "2:1"}}, "Aspect ratio 2:1"),
        ({"model": FLASH, "response_format": {**IMAGE, "image_size": "1k"}}, "image_size"),
        ({"model": FLASH, "response_format": {**IMAGE, "mood": "serene"}}, "mood"),
        ({"model": FLASH, "response_format": {"type": "video"}}, "response_format.type"),
        ({"model": FLASH, "generation_config": {"video_config": {}}}, "video_config"),
        ({"model": FLASH, "input": " "}, "empty"),
        ({"model": "gemini-3-pro-image", "response_format": {**IMAGE, "image_size": "512"}}, "512"),
        ({"model": "gemini-3-pro-image", "response_format": {**IMAGE, "aspect_ratio": "1:8"}}, "1:8"),
        (
            {"model": "gemini-2.5-flash-image", "response_format": {**IMAGE, "image_size": "1K"}},
            "not supported",
        ),
        ({"model": "gemini-2.5-flash-image", "input": [*MANY, {"type": "text", "text": "a"}]}, "At most 3"),
        ({"model": "gemini-3-pro-image-preview"}, "no longer available"),
        ({"response_format": IMAGE}, "response_format.type"),
    ],
)
def test_google_refuses(google: GoogleDoor, body: dict[str, Any], said: str) -> None:
    answer = google.submit(**body)
    assert answer.status_code in (400, 404) and said in answer.json()["error"]["message"]
    assert isinstance(answer.json()["error"]["code"], str)


INLINE = {"inlineData": {"mimeType": "image/png", "data": text(RED)}}


@pytest.mark.parametrize(
    ("model", "parts", "config", "status", "said"),
    [
        (FLASH, [], {"imageConfig": {"aspectRatio": "2:1"}}, 400, "2:1"),
        (FLASH, [], {"imageConfig": {"imageSize": "8K"}}, 400, "imageSize"),
        (FLASH, [], {"imageConfig": {"aspect": "1:1"}}, 400, 'Unknown name "aspect"'),
        (FLASH, [], {"responseModalities": ["TEXT"]}, 400, "responseModalities"),
        (FLASH, [], {"seed": 2**31}, 400, "seed"),
        (FLASH, [{"inlineData": {"mimeType": "image/jpeg", "data": text(RED)}}], {}, 400, "not image/jpeg"),
        (FLASH, [{"inlineData": {"mimeType": "image/png", "data": "*"}}], {}, 400, "Base64"),
        (FLASH, [{**INLINE, "text": "a"}], {}, 400, "already set"),
        (FLASH, [INLINE] * 15, {}, 400, "At most 14"),
        ("gemini-2.5-flash-image", [INLINE] * 4, {}, 400, "At most 3"),
        ("gemini-2.5-flash-image", [], {"imageConfig": {"imageSize": "1K"}}, 400, "not supported"),
        ("veo-3.1-generate-001", [], {}, 404, "was not found"),
    ],
)
def test_vertex_refuses(
    vertex: VertexDoor, model: str, parts: list[Any], config: dict[str, Any], status: int, said: str
) -> None:
    answer = generate(vertex, model, *parts, **config)
    assert answer.status_code == status and said in answer.json()["error"]["message"]


def test_vertex_takes_either_spelling(vertex: VertexDoor) -> None:
    data = base64.urlsafe_b64encode(RED).decode()
    for part in (INLINE, {"inline_data": {"mime_type": "image/png", "data": data}}):
        answer = generate(vertex, FLASH, part)
        assert answer.status_code == 200, answer.text
        [digest] = vertex.job(answer.json()["responseId"])["ask"]["references"]
        assert digest == hashlib.sha256(RED).hexdigest()


def test_vertex_has_the_new_models_at_global_only(vertex: VertexDoor) -> None:
    assert generate(vertex, FLASH, location="us-central1").status_code == 404
    assert generate(vertex, "gemini-2.5-flash-image", location="us-central1").status_code == 200


TAGGED = {"uri": uri(RED), "tag": "red"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"ratio": "1344:768"}, ["ratio"]),
        ({"ratio": None}, ["ratio"]),
        ({"promptText": "x" * 1001}, ["promptText"]),
        ({"model": "gen4_image_turbo"}, ["referenceImages"]),
        ({"model": "gen4_image_turbo", "referenceImages": []}, ["referenceImages"]),
        ({"referenceImages": [{"uri": uri(RED)}] * 4}, ["referenceImages"]),
        ({"referenceImages": [TAGGED, {"uri": uri(BLUE), "tag": "red"}]}, ["referenceImages"]),
        ({"referenceImages": [{"uri": uri(RED), "tag": "1"}]}, ["referenceImages", 0, "tag"]),
        ({"referenceImages": [{"uri": uri(RED), "tag": "a-hyphen"}]}, ["referenceImages", 0, "tag"]),
        ({"referenceImages": [{"uri": uri(picture(900, 300))}]}, ["referenceImages", 0, "uri"]),
        ({"referenceImages": [{"uri": uri(RED), "subject": "human"}]}, ["referenceImages", 0]),
        ({"model": "gemini_2.5_flash", "ratio": "1344:768", "seed": 1}, []),
        ({"model": "gemini_image3_pro", "ratio": "1344:768", "outputCount": 4}, ["outputCount"]),
        ({"model": "gen4.5"}, ["model"]),
    ],
)
def test_runway_refuses(runway: RunwayDoor, body: dict[str, Any], path: list[str | int]) -> None:
    answer = text_to_image(runway, **body)
    assert answer.status_code == 400
    assert answer.json()["issues"][0]["path"] == path


@pytest.mark.parametrize("door", ["google", "vertex", "runway"])
def test_no_door_draws_without_a_key(door: str, request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue(door)
    client.client.headers.clear()
    answer = {
        "google": lambda: client.submit(model=FLASH),
        "vertex": lambda: generate(client),
        "runway": lambda: text_to_image(client),
    }[door]()
    assert answer.status_code in (401, 403)
