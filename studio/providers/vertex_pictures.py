"""Pictures on Vertex AI: Gemini's image models by generateContent, Imagen by predict. Both draw while one waits and
send the picture with the answer; nothing is kept there, and there is nothing to ask afterwards.

Facts: google-genai 3.4.0 (fields), Google's pages on image generation (copies of 2026). An answer that holds no picture
is a verdict: no job is left, and no picture is billed. Unverified: that the words which went in aren't either.

A row's `wire` says how a model is asked:

    verb        predict; without it generateContent
    location    the only one where it is; without it the account's own
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from ..credentials import redact
from .capability import Capability, phrase
from .contract import ANSWERED, NoAnswer, Operation, Refused, Shot
from .inputs import JPEG, PNG, WEBP, label, picture
from .wire import MEGABYTE, Wire, unheard

MOST_PICTURE = 7 * MEGABYTE
MOST_ANSWER = 128 * MEGABYTE
PATIENCE = 5
"""A picture takes so many times as long as other answers may."""

_BLOCKED = re.compile(r"SAFETY|PROHIBITED|BLOCKLIST|RECITATION|SPII|MODEL_ARMOR|JAILBREAK")
_CONTENT = frozenset(
    (
        "candidates",
        "createTime",
        "modelStatus",
        "modelVersion",
        "promptFeedback",
        "responseId",
        "usageMetadata",
    )
)
_PREDICTION = frozenset(
    (
        "predictions",
        "deployedModelId",
        "metadata",
        "model",
        "modelDisplayName",
        "modelVersionId",
    )
)


def body(shot: Shot, can: Capability, ours: str) -> dict[str, Any]:
    """Raises MediaError for a reference that is no picture."""
    labels = {"labels": {"storyreel": label(ours)}} if ours else {}
    size = shot.resolution.upper()
    if can.wire.get("verb") == "predict":
        parameters = {"sampleCount": 1, "aspectRatio": shot.aspect_ratio, "sampleImageSize": size}
        return {
            "instances": [{"prompt": phrase(shot, can)}],
            "parameters": parameters | {"includeRaiReason": True},
        } | labels
    parts: list[dict[str, Any]] = []
    for name in shot.references:
        medium = picture(name, (JPEG, PNG, WEBP), MOST_PICTURE)
        parts.append({"inlineData": {"mimeType": medium.type, "data": medium.text}})
    image = {"aspectRatio": shot.aspect_ratio}
    if len(can.modes["picture"].resolutions) > 1:  # whoever draws one size has no field for it
        image["imageSize"] = size
    return {
        "contents": [{"role": "user", "parts": [*parts, {"text": phrase(shot, can)}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "seed": shot.seed % 2**31,  # its field has 32 bits with a sign
            "imageConfig": image,
        },
    } | labels


def drawn(wire: Wire, model: str, can: Capability, wanted: Mapping[str, Any]) -> Operation:
    """Has it drawn, and waits. `model` is its whole name. Raises Refused also where the answer is that it won't be
    drawn, and NoAnswer where nobody knows."""
    predicts = can.wire.get("verb") == "predict"
    path = f"/v1/{model}:predict" if predicts else f"/v1beta1/{model}:generateContent"
    told = wire.submit(path, wanted, limit=MOST_ANSWER, patience=PATIENCE)
    unheard(wire.door, "picture", told, _PREDICTION if predicts else _CONTENT)
    text = _predicted(told) if predicts else _generated(told)
    name = re.sub(r"[^A-Za-z0-9_-]", "", str(told.get("responseId") or ""))[:100]
    return Operation(wire.door, ANSWERED + (name or uuid.uuid4().hex), _bytes(text))


def _generated(told: Mapping[str, Any]) -> str:
    """The picture in an answer of generateContent, in base64."""
    if not isinstance(told.get("candidates"), list) and not isinstance(told.get("promptFeedback"), dict):
        raise NoAnswer("vertex answered with neither a picture nor a reason")
    words, pictures = [], []
    for part in _parts(told):
        data = part.get("inlineData") or part.get("inline_data") or {}
        kind = str(data.get("mimeType") or data.get("mime_type") or "")
        if data.get("data") and kind.startswith("image/"):
            pictures.append(str(data["data"]))
        elif part.get("text"):
            words.append(str(part["text"]))
    if pictures:
        return pictures[-1]
    feedback = told.get("promptFeedback") or {}
    reasons = [str(feedback[key]) for key in ("blockReason", "blockReasonMessage") if feedback.get(key)]
    for candidate in told.get("candidates") or ():
        said = [candidate.get(key) for key in ("finishReason", "finishMessage")]
        reasons += [str(each) for each in said if each and each != "STOP"]
    raise _nothing(" ".join([*reasons, *words]), bool(_BLOCKED.search(" ".join(reasons))))


def _parts(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What the model says, without its thoughts: those may hold drafts."""
    for candidate in told.get("candidates") or ():
        content = candidate.get("content") if isinstance(candidate, dict) else None
        for part in (content or {}).get("parts") or ():
            if isinstance(part, dict) and not part.get("thought"):
                yield part


def _predicted(told: Mapping[str, Any]) -> str:
    """The picture in an answer of predict, in base64; one that holds none was filtered."""
    found = [each for each in told.get("predictions") or () if isinstance(each, dict)]
    for prediction in found:
        if prediction.get("bytesBase64Encoded"):
            return str(prediction["bytesBase64Encoded"])
    reasons = [str(each["raiFilteredReason"]) for each in found if each.get("raiFilteredReason")]
    raise _nothing(" ".join(reasons), blocked=True)


def _nothing(said: str, blocked: bool) -> Refused:
    words = redact(" ".join(said.split()))[:400]
    why = f"vertex answered without a picture{': ' if words else ''}{words}"
    return Refused("blocked", why, "say it in other words") if blocked else Refused("invalid", why)


def _bytes(text: str) -> bytes:
    """What can't be read is kept as it came: it was made and is billed, and its decoding will tell."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)  # of either alphabet
    except ValueError:
        return text.encode()
