"""Speech and music at both of Google's doors: Gemini's voices and Lyria 3 by generateContent, Lyria 2 on Vertex AI by
predict. They are made while one waits and come with the answer; nothing is kept there, and there is nothing to ask
afterwards.

Facts: google-genai 3.4.0 (fields), litellm 1.109.1 and Google's page on Lyria's API, a copy of 2026 (predict). Speech
comes as samples without a header, 16 bits, little-endian, their rate in the media type. How fast it is said there is no
field for.

A row's `wire` says how a model is asked:

    verb        predict; without it generateContent
    location    on Vertex AI the only one where it is; without it the account's own
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Mapping
from typing import Any

from ...media.wav import mended, wav
from ..capability import Capability, bought, phrase, script
from ..contract import Operation
from ..http import MEGABYTE, Wire, unheard
from ..media_inputs import label
from ..shot import Shot
from .inline_results import ANSWER, Inline, cut_off, held, id_of, nothing

MOST_ANSWER = 128 * MEGABYTE
"""Eleven minutes of speech are 42 MB in base64."""
PATIENCE = 5
"""A sound takes so many times as long as other answers may."""
_RATE = 24_000
"""Samples a second, where the media type doesn't say."""
_PREDICTION = frozenset(
    ("predictions", "deployedModelId", "metadata", "model", "modelDisplayName", "modelVersionId")
)
_log = logging.getLogger("storyreel")


def body(shot: Shot, can: Capability, ours: str) -> dict[str, Any]:
    if can.wire.get("verb") == "predict":
        instance: dict[str, Any] = {"prompt": phrase(shot, can), "seed": shot.seed % 2**31}
        if shot.negative_prompt.strip():
            instance["negative_prompt"] = shot.negative_prompt.strip()
        return {"instances": [instance], "parameters": {}}
    part, config = _speech(shot) if shot.makes == "speech" else _music(shot, can)
    return {
        "contents": [{"role": "user", "parts": [part]}],
        "generationConfig": config,
    } | ({"labels": {"storyreel": label(ours)}} if ours else {})


def asked(wire: Wire, path: str, wanted: Mapping[str, Any]) -> Operation:
    """Has it made, and waits. Raises Refused also where the answer is that it won't be made, and NoAnswer where nobody
    knows."""
    told = wire.submit(path, wanted, limit=MOST_ANSWER, patience=PATIENCE)
    if "instances" in wanted:
        unheard(wire.door, "sound", told, _PREDICTION)
        return Operation(wire.door, id_of(told), _file(_predicted(wire.door, told)))
    unheard(wire.door, "sound", told, ANSWER)
    found, why = held(wire.door, told, "sound"), cut_off(told)
    if why:  # a half is billed, and is of no use
        _log.warning("%s broke the sound off: %s", wire.door, why)
    return Operation(wire.door, id_of(told), b"" if why else _file(found))


def _speech(shot: Shot) -> tuple[dict[str, Any], dict[str, Any]]:
    part: dict[str, Any] = {"text": script(shot)}
    if shot.style.strip():
        part["speechMetadata"] = {"style": shot.style.strip()}
    speech: dict[str, Any] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": shot.voice}}}
    if shot.language:
        speech["languageCode"] = shot.language
    return part, {"responseModalities": ["AUDIO"], "speechConfig": speech}


def _music(shot: Shot, can: Capability) -> tuple[dict[str, Any], dict[str, Any]]:
    words = phrase(shot, can)
    if not can.modes["music"].durations:  # whoever makes several lengths reads in the prompt which is wanted
        words += f"\nLength: {float(bought(shot, can) or 0):g} seconds."
    return {"text": words}, {"responseModalities": ["AUDIO", "TEXT"]}


def _predicted(door: str, told: Mapping[str, Any]) -> list[Inline]:
    """The sound in an answer of predict; one that holds none was filtered."""
    found = [each for each in told.get("predictions") or () if isinstance(each, dict)]
    for prediction in found:
        text = prediction.get("audioContent") or prediction.get("bytesBase64Encoded")
        if text:
            return [Inline(str(prediction.get("mimeType") or "audio/wav"), str(text))]
    reasons = [str(each["raiFilteredReason"]) for each in found if each.get("raiFilteredReason")]
    raise nothing(door, "sound", " ".join(reasons), blocked=True)


def _file(sounds: list[Inline]) -> bytes:
    """WAV or MP3. What can't be read is kept as it came: it was made and is billed, and its decoding will tell."""
    text = sounds[0].type.lower()
    try:
        data = b"".join(
            base64.b64decode(each.text.replace("-", "+").replace("_", "/"), validate=True) for each in sounds
        )
    except ValueError:
        return sounds[0].text.encode()
    if not re.match(r"audio/(x-)?(l16|pcm|raw)\b", text):
        return mended(data)
    rate, channels = (re.search(rf"{name}=(\d+)", text) for name in ("rate", "channels"))
    return wav(data, int(rate[1]) if rate else _RATE, int(channels[1]) if channels else 1)
