"""Pictures on Vertex AI: Gemini's image models by generateContent. They draw while one waits and send the picture with
the answer; nothing is kept there, and there is nothing to ask afterwards.

Facts: google-genai 3.6.1 (fields), Google's pages on image generation (copies of 2026).

A row's `wire` says how a model is asked:

    location    the only one where it is; without it the account's own
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...media.filetype import JPEG, PNG, WEBP
from ..capability import Capability, phrase
from ..contract import Operation
from ..http import MEGABYTE, Wire, unheard
from ..media_inputs import label, picture
from ..shot import Shot
from . import inline_results

MOST_PICTURE = 7 * MEGABYTE
MOST_ANSWER = 128 * MEGABYTE
PATIENCE = 5
"""A picture takes so many times as long as other answers may."""


def body(shot: Shot, can: Capability, ours: str) -> dict[str, Any]:
    """Raises MediaError for a reference that is no picture."""
    labels = {"labels": {"storyreel": label(ours)}} if ours else {}
    parts: list[dict[str, Any]] = []
    for name in shot.references:
        medium = picture(name, (JPEG, PNG, WEBP), MOST_PICTURE)
        parts.append({"inlineData": {"mimeType": medium.type, "data": medium.text}})
    image = {"aspectRatio": shot.aspect_ratio}
    if len(can.modes["picture"].resolutions) > 1:  # whoever draws one size has no field for it
        image["imageSize"] = shot.resolution.upper()
    return {
        "contents": [{"role": "user", "parts": [*parts, {"text": phrase(shot, can)}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "seed": shot.seed % 2**31,  # its field has 32 bits with a sign
            "imageConfig": image,
        },
    } | labels


def drawn(wire: Wire, model: str, wanted: Mapping[str, Any]) -> Operation:
    """Has it drawn, and waits. `model` is its whole name. Raises Refused also where the answer is that it won't be
    drawn, and NoAnswer where nobody knows."""
    path = f"/v1beta1/{model}:generateContent"
    told = wire.submit(path, wanted, limit=MOST_ANSWER, patience=PATIENCE)
    unheard(wire.door, "picture", told, inline_results.ANSWER)
    text = inline_results.held(wire.door, told, "picture")[-1].text
    return Operation(wire.door, inline_results.id_of(told), inline_results.unbase64(text))
