"""What OpenAI's speech takes and refuses, and what it bills, as data (read 21 November 2026).

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from . import sounds
from .checks import number, one_of, text, thing
from .context import Refusal
from .jobs import Ask

OLD = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
NEW = (*OLD, "ballad", "verse", "marin", "cedar")
MOST = 4096
"""Characters."""
A_MILLION = {"tts-1": "15", "tts-1-hd": "30"}
"""Dollars for so many characters."""
A_SECOND = {"gpt-4o-mini-tts": "0.00025", "gpt-4o-mini-tts-2025-12-15": "0.00025"}
"""Dollars."""
TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg", "pcm": "audio/pcm"}
_BODY = thing(
    {
        "model": text(1),
        "input": text(1, MOST),
        "voice": text(1),
        "instructions": text(),
        "response_format": one_of("mp3", "opus", "aac", "flac", "wav", "pcm"),
        "speed": number(0.25, 4.0),
        "stream_format": one_of("sse", "audio"),
    },
    required=("model", "input", "voice"),
)


class Wanted(NamedTuple):
    model: str
    ask: Ask
    price: Decimal
    form: str


def read(body: Any) -> Wanted:
    """What is asked for. Raises Refusal in the service's words."""
    issues = _BODY(body, ())
    if issues:
        issue = issues[0]
        raise Refusal(400, f"{issue.place or 'body'}: {issue.message}", code=issue.code)
    model, words, voice = body["model"], body["input"], body["voice"]
    if model not in A_MILLION and model not in A_SECOND:
        said = f"The model `{model}` does not exist or you do not have access to it."
        raise Refusal(404, said, code="model_not_found")
    known = OLD if model in A_MILLION else NEW
    if voice not in known:
        listed = ", ".join(f"'{name}'" for name in known)
        raise Refusal(400, f"Invalid value: '{voice}'. Supported values are: {listed}.", code="invalid_value")
    if model in A_MILLION and ("instructions" in body or body.get("stream_format") == "sse"):
        raise Refusal(400, f"instructions and stream_format sse do not work with {model}.")
    form = body.get("response_format", "mp3")
    if form not in TYPES or body.get("stream_format") == "sse":
        raise Refusal(400, f"This emulator answers with {', '.join(TYPES)} only, and doesn't stream.")
    speed = float(body.get("speed", 1.0)) if model in A_MILLION else 1.0  # the others don't heed it
    seconds = sounds.seconds_of(words, speed)
    price = Decimal(A_MILLION.get(model, "0")) * len(words) / 1_000_000
    price += Decimal(A_SECOND.get(model, "0")) * Decimal(str(seconds))
    ask = Ask("", seconds, 0, 0, True, kind="speech", script=words, voice=voice, speed=speed)
    return Wanted(model, ask, price, form)
