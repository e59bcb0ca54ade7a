"""OpenAI's voices with an API key: the text goes in, and the sound is the answer. Nothing is kept there, and there is
nothing to ask afterwards.

Facts: the types of openai 3.54.0, litellm 1.109.1 (prices). The text's language is heard from the text: there is no
field for it. OpenAI has announced that all of these models end on 6 January 2027. Unverified: that its WAV files leave
their length open, as files do that are written while they are sent; such are mended.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..credentials import lacking, secret
from ..media.wav import mended
from .base import Door
from .capability import Capability, script
from .contract import (
    ANSWERED,
    Expired,
    NoAnswer,
    Operation,
    RefusalKind,
    Refused,
    State,
    Status,
    Take,
    answered,
)
from .http import MEGABYTE, Answer, Wire
from .http_errors import Told
from .shot import Shot

VENDOR = "https://api.openai.com"
PATH = "/v1/audio/speech"
MOST_ANSWER = 256 * MEGABYTE
PATIENCE = 5
"""A long text takes so many times as long as other answers may."""
_SOUND = re.compile(r"(audio/.+|application/octet-stream|binary/octet-stream)?$")


class OpenAI(Door):
    name = "openai"
    _ids = re.compile(r"[A-Za-z0-9_-]{1,200}")
    _called = "request"

    def __init__(self) -> None:
        self._wire = Wire(self.name, VENDOR, self._keys, _kind)

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        with self._words_for(shot, capability):
            body = _body(shot, capability)
        headers = {"X-Client-Request-Id": ours} if ours else {}
        answer = self._wire.sent(PATH, body, headers, MOST_ANSWER, PATIENCE)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not _SOUND.match(kind):
            raise NoAnswer(f"openai answered {answer.status} with {kind} where the sound should be")
        return Operation(self.name, _id(answer), mended(answer.body))

    def poll(self, operation: Operation) -> Status:
        if answered(operation):
            return Status(State.DONE, 1.0)
        self.askable(operation.id)
        return Status(State.GONE, None, "openai keeps nothing of what it was asked")

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        raise Expired("openai sent it with its answer, and keeps none")

    def cancel(self, operation: Operation) -> None:
        """What was asked for is over with its answer."""

    def _keys(self) -> Mapping[str, str]:
        key = secret(self.name)
        if key is None:
            raise Refused("auth", lacking(self.name)[0])
        return {"Authorization": f"Bearer {key}"}


def _body(shot: Shot, can: Capability) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": can.id,
        "input": script(shot),
        "voice": shot.voice,
        "response_format": "wav",
    }
    if shot.speed != 1:
        body["speed"] = shot.speed
    if shot.style.strip():
        body["instructions"] = shot.style.strip()
    return body


def _kind(status: int, said: Told) -> RefusalKind | None:
    """An account without money is told so by the status that others have for too much haste."""
    return "no_money" if said.word == "insufficient_quota" else None


def _id(answer: Answer) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]", "", answer.headers.get("x-request-id", ""))[:100]
    return ANSWERED + (name or uuid.uuid4().hex)
