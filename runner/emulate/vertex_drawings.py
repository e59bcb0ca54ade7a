"""Pictures on Vertex AI, as it draws them: Gemini by generateContent and Imagen by predict, while the client waits."""

from __future__ import annotations

import asyncio
import base64
import datetime
import uuid
from decimal import Decimal
from typing import Any

from aiohttp import web

from . import media
from .checks import Issue, anything, each, flag, number, one_of, text, thing, whole
from .door import Backstage, Call, Refusal, json_answer
from .drawings import GEMINI, IMAGEN, IMAGEN_SIZES, MOST_BYTES, PICTURES, gemini
from .jobs import Ask, Job
from .misbehave import unheard_of
from .vertex_rules import invalid, labels

PROMPT = 4000
"""Characters that Imagen reads; Google says 480 tokens."""
RAI = (
    "Unable to show generated images. All images were filtered out because they violated Google's Responsible AI "
    "practices. Support codes: 39322892"
)

_DATA = thing(
    {
        "mimeType": text(1),
        "mime_type": text(1),
        "data": text(1),
        "displayName": text(),
        "display_name": text(),
    },
    required=("data",),
)
_PART = thing(
    {"text": text(), "inlineData": _DATA, "inline_data": _DATA, "thought": flag, "thoughtSignature": text()}
)
_CONFIG = thing(
    {
        "responseModalities": each(one_of("TEXT", "IMAGE"), 1),
        "imageConfig": thing(
            {
                "aspectRatio": text(1),
                "imageSize": one_of("512", "1K", "2K", "4K"),
                "personGeneration": one_of("ALLOW_ALL", "ALLOW_ADULT", "ALLOW_NONE"),
                "imageOutputOptions": thing(
                    {"mimeType": one_of("image/png", "image/jpeg"), "compressionQuality": whole(0, 100)}
                ),
            }
        ),
        "seed": whole(-(2**31), 2**31 - 1),
        "temperature": number(0, 2),
        "topP": number(0, 1),
        "topK": number(1, 1000),
        "candidateCount": one_of(1),
        "maxOutputTokens": whole(1, 32768),
        "stopSequences": each(text(1)),
        "thinkingConfig": anything,
    }
)
_CONTENTS = thing(
    {
        "contents": each(
            thing({"role": one_of("user", "model"), "parts": each(_PART, 1)}, required=("role", "parts")), 1
        ),
        "generationConfig": _CONFIG,
        "safetySettings": each(anything),
        "systemInstruction": anything,
        "labels": labels,
    },
    required=("contents",),
)
_PREDICT = thing(
    {
        "instances": each(thing({"prompt": text(1, PROMPT)}, required=("prompt",)), 1, 1),
        "parameters": thing(
            {
                "sampleCount": whole(1, 4),
                "aspectRatio": one_of(*IMAGEN_SIZES["1K"]),
                "sampleImageSize": one_of(*IMAGEN_SIZES),
                "includeRaiReason": flag,
                "includeSafetyAttributes": flag,
                "addWatermark": flag,
                "enhancePrompt": flag,
                "language": text(2),
                "seed": whole(1, 2147483647),
                "safetySetting": text(1),
                "personGeneration": one_of("dont_allow", "allow_adult", "allow_all"),
                "outputOptions": thing(
                    {"mimeType": one_of("image/png", "image/jpeg"), "compressionQuality": whole(0, 100)}
                ),
                "storageUri": text(1),
            }
        ),
        "labels": labels,
    },
    required=("instances",),
)


async def generate(stage: Backstage, call: Call) -> web.Response:
    name, body = call["model"], call.seen
    issues = _CONTENTS(body, ())
    if issues:
        raise invalid(issues[0])
    if GEMINI[name].only_global and call["location"] != "global":
        where = f"projects/{call['project']}/locations/{call['location']}/publishers/google/models/{name}"
        raise Refusal(
            404, f"Publisher Model `{where}` was not found or your project does not have access to it."
        )
    config = body.get("generationConfig", {})
    if "IMAGE" not in config.get("responseModalities", ["TEXT", "IMAGE"]):
        raise Refusal(400, f"{name} draws: responseModalities must hold IMAGE.")
    prompt, pictures = await asyncio.to_thread(_brought, stage, body["contents"])
    image = config.get("imageConfig", {})
    made = gemini(
        name, prompt, pictures, image.get("aspectRatio"), image.get("imageSize"), config.get("seed")
    )
    id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    job = stage.accept(
        call, id=id, model=name, ask=made.ask, price=made.price, labels=body.get("labels"), tokens=made.tokens
    )
    await _over(stage, job)
    return json_answer(await _content(stage, call, job))


def _brought(stage: Backstage, contents: list[dict[str, Any]]) -> tuple[str, tuple[str, ...]]:
    """The words, and the pictures as the store has them."""
    words, pictures = [], []
    for turn, content in enumerate(contents):
        for place_in, part in enumerate(content["parts"]):
            place = ("contents", turn, "parts", place_in)
            data = part.get("inlineData", part.get("inline_data"))
            if data is None:
                words.append(part.get("text", ""))
                continue
            if "text" in part:
                raise invalid(Issue(place, "custom", "oneof field 'data' is already set"))
            found = media.unbase64(data["data"].replace("-", "+").replace("_", "/"))
            if found is None:
                raise invalid(Issue((*place, "inlineData", "data"), "custom", "Base64 decoding failed"))
            if len(found) > MOST_BYTES:
                raise invalid(Issue(place, "too_big", f"The image is larger than {MOST_BYTES} bytes"))
            kind = data.get("mimeType", data.get("mime_type", ""))
            issue = media.picture_issue(found, kind, PICTURES, place)
            if issue:
                raise invalid(issue)
            pictures.append(stage.store.put(found))
    return "\n".join(words), tuple(pictures)


async def _content(stage: Backstage, call: Call, job: Job) -> dict[str, Any]:
    words = job.fate.words
    when = datetime.datetime.fromtimestamp(job.accepted, datetime.timezone.utc)
    plain: dict[str, Any] = {
        "modelVersion": job.model,
        "createTime": when.isoformat().replace("+00:00", "Z"),
        "responseId": job.id,
    }
    if words.get("extra_fields"):
        plain |= unheard_of()
    spoken = 12 + len(job.ask.prompt) // 4 + 1120 * len(job.ask.references)
    usage: dict[str, Any] = {"promptTokenCount": spoken, "totalTokenCount": spoken}
    if words.get("unknown_state"):
        return plain | {"candidates": [{"finishReason": "RUMINATION"}], "usageMetadata": usage}
    if job.state == "failed":
        said = {"finishReason": words.get("code", "IMAGE_OTHER"), "finishMessage": words.get("failure", "")}
        return plain | {"candidates": [said], "usageMetadata": usage}
    if job.state != "done" and words.get("code") == "prompt":
        feedback = {"blockReason": "PROHIBITED_CONTENT"}
        return plain | {"promptFeedback": feedback, "usageMetadata": usage}
    if job.state != "done":
        said = {"content": {"role": "model"}, "finishReason": words.get("code", "IMAGE_SAFETY")}
        return plain | {"candidates": [said], "usageMetadata": usage}
    data = await _picture(stage, call, job)
    parts = [{"text": "Here is the picture."}, {"inlineData": {"mimeType": "image/png", "data": data}}]
    if "pro" in job.model:  # it thinks in pictures
        parts.insert(0, {"thought": True, "inlineData": {"mimeType": "image/png", "data": data[:16]}})
    tokens = job.more["tokens"]
    usage |= {
        "candidatesTokenCount": tokens,
        "totalTokenCount": spoken + tokens,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": tokens}],
    }
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
    return plain | {"candidates": [candidate], "usageMetadata": usage}


async def predict(stage: Backstage, call: Call) -> web.Response:
    name, body = call["model"], call.seen
    issues = _PREDICT(body, ())
    if issues:
        raise invalid(issues[0])
    given = body.get("parameters", {})
    if "seed" in given and given.get("addWatermark", True):
        raise Refusal(400, "Seed is not supported when watermark is enabled.")
    if given.get("sampleCount", 4) != 1 or "storageUri" in given:
        raise Refusal(400, "This emulator draws one picture a request, and none into a bucket.")
    width, height = IMAGEN_SIZES[given.get("sampleImageSize", "1K")][given.get("aspectRatio", "1:1")]
    prompt = body["instances"][0]["prompt"]
    ask = Ask(prompt, 1.0, width, height, False, given.get("seed"), kind="picture")
    job = stage.accept(
        call,
        id=str(uuid.uuid4()),
        model=name,
        ask=ask,
        price=Decimal(IMAGEN[name]),
        labels=body.get("labels"),
    )
    await _over(stage, job)
    plain = unheard_of() if job.fate.words.get("extra_fields") else {}
    if job.state == "failed":
        raise Refusal(500, job.fate.words.get("failure", "Internal error. Try again."))
    if job.state != "done" or job.fate.words.get("unknown_state"):
        filtered = {"predictions": [{"raiFilteredReason": RAI}]} if given.get("includeRaiReason") else {}
        return json_answer(plain | filtered)
    data = await _picture(stage, call, job)
    return json_answer(plain | {"predictions": [{"mimeType": "image/png", "bytesBase64Encoded": data}]})


async def _picture(stage: Backstage, call: Call, job: Job) -> str:
    data = await asyncio.to_thread((await stage.clip(job)).read_bytes)
    call.delivers(data)
    return (await asyncio.to_thread(base64.b64encode, data)).decode()


async def _over(stage: Backstage, job: Job) -> None:
    """Waits until it has ended; the client waits too."""
    while not (job.over or stage.stopping.is_set()):
        await asyncio.sleep(0.02)
        stage.jobs.tick()
