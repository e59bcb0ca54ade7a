"""What an answer of Google's generateContent holds: a picture or a sound, or why there is none. The same at both of
Google's doors.

Facts: google-genai 3.4.0 (fields). An answer that holds nothing is a verdict: no job is left, and nothing is billed.
Unverified: that the words which went in aren't either.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ...credentials import redact
from ..contract import ANSWERED, NoAnswer, Refused

ANSWER = frozenset(
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
"""Its fields."""
_BLOCKED = re.compile(r"SAFETY|PROHIBITED|BLOCKLIST|RECITATION|SPII|MODEL_ARMOR|JAILBREAK")
_ENDED_WELL = ("STOP", "FINISH_REASON_UNSPECIFIED")

Kind = Literal["picture", "sound"]
_TYPES: dict[Kind, str] = {"picture": "image/", "sound": "audio/"}


class Inline(NamedTuple):
    type: str
    """image/png; audio/L16;codec=pcm;rate=24000"""
    text: str
    """Base64."""


def held(door: str, told: Mapping[str, Any], kind: Kind) -> list[Inline]:
    """The pictures or the sounds in an answer, at least one. Raises Refused where it tells why there is none, and
    NoAnswer where it says neither."""
    if not isinstance(told.get("candidates"), list) and not isinstance(told.get("promptFeedback"), dict):
        raise NoAnswer(f"{door} answered with neither a {kind} nor a reason")
    words, found = [], []
    for part in _parts(told):
        data = part.get("inlineData") or part.get("inline_data") or {}
        type = str(data.get("mimeType") or data.get("mime_type") or "")
        if data.get("data") and type.lower().startswith(_TYPES[kind]):
            found.append(Inline(type, str(data["data"])))
        elif part.get("text"):
            words.append(str(part["text"]))
    if found:
        return found
    feedback = told.get("promptFeedback") or {}
    reasons = [str(feedback[key]) for key in ("blockReason", "blockReasonMessage") if feedback.get(key)]
    for candidate in told.get("candidates") or ():
        said = [candidate.get(key) for key in ("finishReason", "finishMessage")]
        reasons += [str(each) for each in said if each and each != "STOP"]
    raise nothing(door, kind, " ".join([*reasons, *words]), bool(_BLOCKED.search(" ".join(reasons))))


def cut_off(told: Mapping[str, Any]) -> str:
    """Why what it holds isn't all of it; empty if it is."""
    found = [each.get("finishReason") for each in told.get("candidates") or () if isinstance(each, dict)]
    return next((str(reason) for reason in found if reason and reason not in _ENDED_WELL), "")


def nothing(door: str, kind: Kind, said: str, blocked: bool) -> Refused:
    words = redact(" ".join(said.split()))[:400]
    why = f"{door} answered without a {kind}{': ' if words else ''}{words}"
    return Refused("blocked", why, "say it in other words") if blocked else Refused("invalid", why)


def id_of(told: Mapping[str, Any]) -> str:
    """An operation's id, of an answer that leaves none to ask about."""
    name = re.sub(r"[^A-Za-z0-9_-]", "", str(told.get("responseId") or ""))[:100]
    return ANSWERED + (name or uuid.uuid4().hex)


def unbase64(text: str) -> bytes:
    """What can't be read is kept as it came: it was made and is billed, and its decoding will tell."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)  # of either alphabet
    except ValueError:
        return text.encode()


def _parts(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What the model says, without its thoughts: those may hold drafts."""
    for candidate in told.get("candidates") or ():
        content = candidate.get("content") if isinstance(candidate, dict) else None
        for part in (content or {}).get("parts") or ():
            if isinstance(part, dict) and not part.get("thought"):
                yield part
