"""Google's voices and music at either of its doors: what they take, refuse and bill, as data (read 21 November 2026),
and how they answer, while the client waits. Gemini and Lyria 3 by generateContent, Lyria 2 by predict.

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import math
import re
import uuid
from decimal import Decimal
from typing import Any

from aiohttp import web

from . import sounds
from .checks import Issue, anything, each, number, one_of, text, thing, whole
from .context import Backstage, Call, Refusal, json_answer
from .jobs import Ask, Job
from .misbehave import unheard_of

VOICES = re.findall(
    r"\w+",
    """
    Zephyr Puck Charon Kore Fenrir Leda Orus Aoede Callirrhoe Autonoe Enceladus Iapetus Umbriel Algieba Despina Erinome
    Algenib Rasalgethi Laomedeia Achernar Alnilam Schedar Gacrux Pulcherrima Achird Zubenelgenubi Vindemiatrix Sadachbia
    Sadaltager Sulafat
    """,
)
SPEECH = {"gemini-3.8-flash-tts": "9", "gemini-3.8-flash-lite-tts": "6"}
"""Dollars for a million tokens of sound."""
A_SECOND = 25
"""Tokens."""
READS = 8192
"""Tokens; a character is taken for one."""
LYRIA = {"lyria-3-clip-preview": "0.04", "lyria-3-pro-preview": "0.08", "lyria-3.5": "0.08"}
"""Dollars for a piece."""
PREDICTED = {"lyria-002": "0.06"}
CLIP = 30.0
"""Seconds of a piece, where nobody can ask for others."""
USUAL, LONGEST = 60.0, 180.0
RETIRED = ("gemini-2.5-flash-preview-tts", "gemini-2.5-pro-preview-tts", "gemini-3.1-flash-tts-preview")
REFUSED = (
    "Lyria could not generate audio: the prompt violates Google's usage guidelines. Support codes: 29578790"
)

_VOICE = thing(
    {
        "prebuiltVoiceConfig": thing({"voiceName": text(1)}, required=("voiceName",)),
        "prebuilt_voice_config": thing({"voice_name": text(1)}, required=("voice_name",)),
    }
)
_SPEECH = thing(
    {"voiceConfig": _VOICE, "voice_config": _VOICE, "languageCode": text(), "language_code": text()}
)
_CONFIG = thing(
    {
        "responseModalities": each(one_of("AUDIO", "TEXT"), 1),
        "speechConfig": _SPEECH,
        "speech_config": _SPEECH,
        "temperature": number(0, 2),
        "topP": number(0, 1),
        "seed": whole(-(2**31), 2**31 - 1),
        "candidateCount": one_of(1),
        "maxOutputTokens": whole(1, 65536),
    }
)
_PART = thing(
    {"text": text(1), "speechMetadata": thing({"style": text(1), "speaker": text(1)})}, required=("text",)
)


def _contents(labels: Any) -> Any:
    turn = thing({"role": one_of("user"), "parts": each(_PART, 1)}, required=("parts",))
    keys = {"contents": each(turn, 1, 1), "generationConfig": _CONFIG, "safetySettings": each(anything)}
    return thing(keys | ({"labels": labels} if labels else {}), required=("contents",))


_PREDICT = thing(
    {
        "instances": each(
            thing(
                {"prompt": text(1), "negative_prompt": text(), "seed": whole(0, 2**31 - 1)},
                required=("prompt",),
            ),
            1,
            1,
        ),
        "parameters": thing({"sample_count": whole(1, 4)}),
    },
    required=("instances",),
)


async def generate(stage: Backstage, call: Call, labels: Any = None) -> web.Response:
    """`labels` is the rule for labels, at the door that takes them."""
    model, body = call["model"], call.seen
    hold(_contents(labels)(body, ()))
    if labels and call["location"] != "global":
        raise Refusal(404, f"Publisher Model `{model}` was not found in {call['location']}.")
    parts = body["contents"][0]["parts"]
    config, words = body.get("generationConfig", {}), "\n".join(part["text"] for part in parts)
    styles = [part["speechMetadata"] for part in parts if "speechMetadata" in part]
    asked = _speech(model, words, config) if model in SPEECH else _music(model, words, config, styles)
    ask, tokens, price = asked
    id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    given = body.get("labels")
    job = stage.accept(call, id=id, model=model, ask=ask, price=price, labels=given, tokens=tokens)
    await _over(stage, job)
    return json_answer(await _content(stage, call, job))


def _speech(model: str, words: str, config: dict[str, Any]) -> tuple[Ask, int, Decimal]:
    if config.get("responseModalities") != ["AUDIO"]:
        raise Refusal(400, f"{model} only supports AUDIO output: set responseModalities to AUDIO.")
    if len(words) > READS:
        raise Refusal(400, f"The input token count exceeds the maximum number of tokens allowed ({READS}).")
    speech = config.get("speechConfig", config.get("speech_config", {}))
    voice = speech.get("voiceConfig", speech.get("voice_config", {}))
    named = voice.get("prebuiltVoiceConfig", voice.get("prebuilt_voice_config", {}))
    name = named.get("voiceName", named.get("voice_name", "Kore"))
    if name not in VOICES:
        raise Refusal(
            400, f"Voice name {name} is not supported. Allowed voice names are: {', '.join(VOICES).lower()}"
        )
    code = speech.get("languageCode", speech.get("language_code", "en"))
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", code):
        raise Refusal(400, f"Unsupported language code {code!r}.")
    seconds = sounds.seconds_of(words)
    tokens = math.ceil(round(seconds * A_SECOND, 6))
    ask = Ask("", seconds, 0, 0, True, kind="speech", script=words, voice=name)
    return ask, tokens, Decimal(SPEECH[model]) * tokens / 1_000_000


def _music(model: str, words: str, config: dict[str, Any], styles: list[Any]) -> tuple[Ask, int, Decimal]:
    if styles or "speechConfig" in config or "speech_config" in config:
        raise Refusal(400, f"speechConfig and speechMetadata are not supported by {model}.")
    if "AUDIO" not in config.get("responseModalities", ["AUDIO", "TEXT"]):
        raise Refusal(400, f"{model} makes music: responseModalities must hold AUDIO.")
    found = re.search(r"(\d+(?:\.\d+)?)[ -]seconds?", words)
    seconds = min(float(found[1]), LONGEST) if found else USUAL
    seconds = CLIP if "clip" in model else seconds
    return Ask(words, seconds, 0, 0, True, kind="music"), 0, Decimal(LYRIA[model])


async def _content(stage: Backstage, call: Call, job: Job) -> dict[str, Any]:
    words = job.fate.words
    when = datetime.datetime.fromtimestamp(job.accepted, datetime.timezone.utc)
    count = len(job.ask.script or job.ask.prompt) // 4 + 1
    usage: dict[str, Any] = {"promptTokenCount": count, "totalTokenCount": count + job.more["tokens"]}
    plain: dict[str, Any] = {
        "modelVersion": job.model,
        "createTime": when.isoformat().replace("+00:00", "Z"),
        "responseId": job.id,
        "usageMetadata": usage,
    } | (unheard_of() if words.get("extra_fields") else {})
    if words.get("unknown_state"):
        return plain | {"candidates": [{"finishReason": "RUMINATION"}]}
    if job.state == "failed":
        said = {"finishReason": words.get("code", "OTHER"), "finishMessage": words.get("failure", "")}
        return plain | {"candidates": [said]}
    if job.state != "done" and words.get("code") == "prompt":
        return plain | {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    if job.state != "done":
        said = {"content": {"role": "model"}, "finishReason": words.get("code", "SAFETY")}
        return plain | {"candidates": [said]}
    usage["candidatesTokensDetails"] = [{"modality": "AUDIO", "tokenCount": job.more["tokens"]}]
    data = await asyncio.to_thread((await stage.clip(job)).read_bytes)
    type, before = "audio/mpeg", [{"text": "[0:00] (instrumental)"}]
    if job.ask.kind == "speech":
        type, before, data = f"audio/L16;codec=pcm;rate={sounds.RATE}", [], data[44:]
    call.delivers(data)
    text = base64.b64encode(data).decode()
    if words.get("damage"):
        text = "*" + text
    parts = [*before, {"inlineData": {"mimeType": type, "data": text}}]
    return plain | {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}]}


async def predict(stage: Backstage, call: Call) -> web.Response:
    model, body = call["model"], call.seen
    hold(_PREDICT(body, ()))
    instance = body["instances"][0]
    if "seed" in instance and "sample_count" in body.get("parameters", {}):
        raise Refusal(400, "seed and sample_count cannot be used together.")
    if body.get("parameters", {}).get("sample_count", 1) != 1:
        raise Refusal(400, "This emulator makes one piece a request.")
    ask = Ask(instance["prompt"], CLIP, 0, 0, True, instance.get("seed"), kind="music")
    price = Decimal(PREDICTED[model])
    job = stage.accept(call, id=str(uuid.uuid4()), model=model, ask=ask, price=price)
    await _over(stage, job)
    if job.state == "failed":
        raise Refusal(500, job.fate.words.get("failure", "Internal error. Try again."))
    if job.state == "blocked":
        raise Refusal(400, REFUSED)
    plain = unheard_of() if job.fate.words.get("extra_fields") else {}
    if job.fate.words.get("unknown_state"):
        return json_answer(plain)
    data = await asyncio.to_thread(sounds.as_wav, (await stage.clip(job)))
    if job.fate.words.get("damage"):
        data = data[: len(data) // 2]
    call.delivers(data)
    made = {"audioContent": base64.b64encode(data).decode(), "mimeType": "audio/wav"}
    return json_answer(plain | {"predictions": [made], "model": model})


def hold(issues: list[Issue]) -> None:
    if issues:
        place = f" at '{issues[0].place}'" if issues[0].place else ""
        raise Refusal(400, f"Invalid JSON payload received{place}: {issues[0].message}")


async def _over(stage: Backstage, job: Job) -> None:
    """Waits until it has ended; the client waits too."""
    while not (job.over or stage.stopping.is_set()):
        await asyncio.sleep(0.02)
        stage.jobs.tick()
