"""Pictures on Vertex AI, as it draws them: Gemini by generateContent, while the client waits."""

from __future__ import annotations

import asyncio
import base64
import datetime
import uuid
from typing import Any

from aiohttp import web

from . import media
from .checks import Issue, anything, each, flag, number, one_of, text, thing, whole
from .context import Backstage, Call, Refusal, json_answer
from .drawings import GEMINI, MOST_BYTES, PICTURES, gemini
from .jobs import Job
from .misbehave import unheard_of
from .vertex_rules import invalid, labels

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


async def _picture(stage: Backstage, call: Call, job: Job) -> str:
    data = await asyncio.to_thread((await stage.clip(job)).read_bytes)
    call.delivers(data)
    return (await asyncio.to_thread(base64.b64encode, data)).decode()


async def _over(stage: Backstage, job: Job) -> None:
    """Waits until it has ended; the client waits too."""
    while not (job.over or stage.stopping.is_set()):
        await asyncio.sleep(0.02)
        stage.jobs.tick()
