"""fal.ai's queue: other makers' models behind one protocol. What is in a request, requests.py says.

Facts: fal_client 1.0.3, fal's pages on its queue and on errors. A request that is COMPLETED may have failed: its status
says so, or its result does. Unverified: that a failed one costs nothing (fal says so of its own failures; inputs that
it refuses may cost something where a machine had begun), and how one stands that was cancelled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...credentials import lacking, redact, secret
from ...errors import Fault
from ...media.filetype import MOV, MP4, WEBM
from ..base import Door
from ..capability import Capability
from ..contract import Missed, NoAnswer, Operation, Refused, State, Status, Take
from ..download import download
from ..http import MEGABYTE, Answer, Wire, unheard
from ..http_errors import RefusalKind, Told, kind_of
from ..media_inputs import clip_faults
from ..shot import Shot
from .requests import body_of, path_of, picture_faults, source_faults

VENDOR = "https://queue.fal.run"
STORAGE = "https://rest.fal.ai"
"""Where uploads begin; the same base URL leads elsewhere with both."""
ONCE = {
    "X-Fal-No-Retry": "1",
    "X-Fal-Disable-Fallback": "true",
    "X-Fal-Disable-Fallbacks": "true",  # so fal's page spells it, and its clients the other way
}
"""What is asked for is run once, and by nobody else: whether it is tried again, and where, is the ledger's to decide.
No X-Fal-Request-Timeout: who waits in the queue keeps the place."""

MOST_CLIP = 100 * MEGABYTE

_REQUEST = re.compile(r"([A-Za-z0-9][\w.-]*/){2,8}requests/[A-Za-z0-9-]{8,100}", re.ASCII)
_ADDRESSES = ("response_url", "status_url", "cancel_url")
_ANSWER = frozenset((*_ADDRESSES, "request_id", "gateway_request_id", "status", "queue_position"))
_STATUS = _ANSWER | {"logs", "metrics", "error", "error_type"}
_OWN = (500, 502, 503, 504)
"""Statuses with which a result may come that is the job's own failure."""


class Fal(Door):
    name = "fal"
    cancel_is_free = frozenset({State.QUEUED})
    _ids = _REQUEST
    _called = "request"
    _id_cure = (
        "give what fal's addresses say, with the first two words of its endpoint: owner/app/requests/ID"
    )
    jobs_at = "the requests at https://fal.ai/dashboard/requests"

    def __init__(self) -> None:
        self._wire = Wire(self.name, VENDOR, self._keys, _kind, form="detail")
        self._storage = Wire(self.name, STORAGE, self._keys, _kind)

    def check(self, shot: Shot, capability: Capability) -> list[Fault]:
        clips = clip_faults(shot, (MP4, MOV, WEBM), MOST_CLIP) or source_faults(shot, capability)
        return [*clips, *picture_faults(shot, capability)]

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        with self._words_for(shot, capability):
            body = body_of(shot, capability, self._storage)
        return Operation(self.name, self._told(self._wire.submit(path_of(shot, capability), body, ONCE)))

    def poll(self, operation: Operation) -> Status:
        path = self._path(operation)
        answer = self._wire.ask("GET", f"{path}/status")
        if answer.status in (404, 410):
            return Status(State.GONE, None, answer.sentence("answered"))
        told = answer.object()
        unheard(self.name, "status", told, _STATUS)
        word, place = told.get("status"), told.get("queue_position")
        if word == "IN_QUEUE":
            ahead = f"{place} before it in the queue" if isinstance(place, int) and place else ""
            return Status(State.QUEUED, None, ahead)
        if word == "IN_PROGRESS":
            return Status(State.RUNNING)
        if word != "COMPLETED":
            said = f"fal says {word!r} of a request, which this version doesn't know"
            raise Missed(said, "look at it in fal's dashboard; a newer Storyreel may know the word")
        result = self._wire.ask("GET", path, known=_OWN)
        if result.good and not told.get("error"):
            link = _link(result.object())
            if link is None:
                raise Missed("fal says that a request is completed, and gives no link to its clip")
            return Status(State.DONE, delivery=link)
        return _failure(told, result)

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        if not status.delivery:
            raise Missed("fal gave no link to the clip")
        download(self._wire, status.delivery, path)
        return Take(path, status.charge or Decimal(0))

    def cancel(self, operation: Operation) -> None:
        """One that waits is taken out of the queue; one that runs may be told to stop, and may not listen."""
        self._wire.ask("PUT", f"{self._path(operation)}/cancel")

    def _keys(self) -> Mapping[str, str]:
        key = secret(self.name)
        if key is None:
            raise Refused("auth", lacking(self.name)[0])
        return {"Authorization": f"Key {key}"}

    def _path(self, operation: Operation) -> str:
        return f"/{self.askable(operation.id)}"

    def _told(self, answer: Mapping[str, Any]) -> str:
        """owner/app/requests/ID, from the addresses that fal gives: all that is needed to ask again."""
        unheard(self.name, "answer to a request", answer, _ANSWER)
        request = answer.get("request_id")
        if not isinstance(request, str) or not request:
            raise NoAnswer("fal accepted it and told no request id")
        for link in (str(answer.get(name) or "") for name in _ADDRESSES):
            if link and not self._wire.owns(link):
                said = f"fal accepted it as {request}, and points to {urlsplit(link).netloc or 'elsewhere'}"
                raise NoAnswer(f"{said}, where its key has no business", "look it up in fal's dashboard")
        link = str(answer.get("response_url") or "")
        id = link.removeprefix(self.base_url()).removesuffix("/response").strip("/")
        if not _REQUEST.fullmatch(id) or not id.endswith(f"/{request}"):
            raise NoAnswer(f"fal accepted it as {request} and doesn't say how to ask about it")
        return id


def _kind(status: int, said: Told) -> RefusalKind | None:
    return "blocked" if said.word == "content_policy_violation" else None


def _link(result: Mapping[str, Any]) -> str | None:
    video = result.get("video")
    link = video.get("url") if isinstance(video, dict) else None
    return link if isinstance(link, str) and link else None


def _failure(told: Mapping[str, Any], result: Answer) -> Status:
    """What became of a request that is over and has no clip. Raises Missed where only the question didn't work."""
    error, said = str(told.get("error") or ""), result.said
    word = str(told.get("error_type") or result.headers.get("x-fal-error-type") or said.word)
    if not error and result.status in (404, 410):
        return Status(State.GONE, None, result.sentence("answered"))
    own = result.status == 422 or "x-fal-error-type" in result.headers
    if not (error or own):
        raise Missed(result.sentence("answered"), retry_after=result.retry_after)
    words = (said.message if own else "") or error or "it failed"
    message = redact(f"{words} ({word})" if word and word not in words else words)
    if word == "client_cancelled":
        return Status(State.CANCELLED, None, message, Decimal(0))
    blocked = (_kind(422, Told(words, word)) or kind_of(422, Told(words, word))) == "blocked"
    return Status(State.BLOCKED if blocked else State.FAILED, None, message, Decimal(0))
