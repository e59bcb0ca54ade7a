"""Pika's own API: jobs behind a key. It fetches pictures itself, from https only: they are uploaded first, and named
by the address that it gives them.

Facts: docs.comfy.org and public clients. Unverified: which HTTP status goes with which of its codes; the codes count.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..credentials import lacking, redact, secret
from ..media.filetype import JPEG, PNG, WEBP
from .base import Door
from .capability import Capability, bought, phrase
from .contract import Expired, Missed, Operation, Refused, State, Status, Take
from .download import download
from .http import MEGABYTE, Wire, unheard
from .http_errors import HINTS, RefusalKind
from .media_inputs import picture
from .shot import Shot

VENDOR = "https://api.dev.pika.art"
MOST_PICTURE = 16 * MEGABYTE

WORDS = {"queued": State.QUEUED, "running": State.RUNNING, "completed": State.DONE, "failed": State.FAILED}
CODES: dict[str, RefusalKind] = {
    "invalid_input": "invalid",
    "content_moderation": "blocked",
    "rate_limited": "rate",
    "usage_limit_exceeded": "quota",
    "insufficient_balance": "no_money",
    "cycle_limit_exceeded": "no_money",
    "membership_required": "auth",
    "admission_suspended": "auth",
    "provider_unavailable": "busy",
}
_ANSWER = frozenset(("id", "status", "api_id", "model", "output", "error", "billing", "usage", "created_at"))


class Pika(Door):
    name = "pika"

    def __init__(self) -> None:
        self._wire = Wire(self.name, VENDOR, self._keys, lambda _, told: CODES.get(told.word))

    def submit(self, shot: Shot, capability: Capability, ours: str) -> Operation:
        with self._words_for(shot, capability):
            body = self._body(shot, capability)
        answer = self._wire.submit(f"/v1/media/{capability.wire[shot.mode]}", body)
        unheard(self.name, "answer to a request", answer, _ANSWER)
        if answer.get("status") == "failed":  # failed at once: nothing was begun, and nothing is billed
            message, code = _failure(answer)
            kind = CODES.get(code, "invalid")
            raise Refused(kind, f"pika refused it: {message}", HINTS[kind])
        return self._accepted(answer.get("id"))

    def poll(self, operation: Operation) -> Status:
        answer = self._wire.ask("GET", self._path(operation))
        if answer.status in (404, 410):
            return Status(State.GONE, None, answer.sentence("answered"))
        job = answer.object()
        unheard(self.name, "job", job, _ANSWER)
        state = WORDS.get(str(job.get("status")))
        if state is None:
            said = f"pika says {job.get('status')!r} of a job, which this version doesn't know"
            raise Missed(said, "a newer Storyreel may know the word")
        if state is State.FAILED:
            message, code = _failure(job)
            blocked = CODES.get(code) == "blocked"
            return Status(State.BLOCKED if blocked else state, None, message, Decimal(0))
        if state is not State.DONE:
            return Status(state)
        return Status(state, 1.0, "", _charge(job.get("billing")), f"{self._path(operation)}/content")

    def fetch(self, operation: Operation, status: Status, path: Path) -> Take:
        """By a link of its own: those inside a job may have grown old."""
        if not status.delivery:
            raise Missed("pika gave no place where the clip is")
        try:
            answer = self._wire.ask("GET", status.delivery)
        except Refused as error:  # the key isn't accepted just now; the clip is none the worse for it
            raise Missed(error.message, error.hint) from None
        if answer.status == 410:
            raise Expired(answer.sentence("answered"))
        if answer.status == 404:  # it has denied jobs that it knew; that a clip is gone for good it would say
            raise Missed(answer.sentence("answered"))
        link = answer.object().get("url")
        if not isinstance(link, str):
            raise Missed("pika gave no link to the clip")
        download(self._wire, link, path)
        return Take(path, status.charge or Decimal(0))

    def cancel(self, operation: Operation) -> None:
        """There is no such request: it works on, and its clip is there for whoever asks."""

    def _keys(self) -> Mapping[str, str]:
        key = secret(self.name)
        if key is None:
            raise Refused("auth", lacking(self.name)[0])
        return {"X-API-Key": key}

    def _path(self, operation: Operation) -> str:
        return f"/v1/media/jobs/{self.askable(operation.id)}"

    def _body(self, shot: Shot, can: Capability) -> dict[str, Any]:
        body: dict[str, Any] = {"resolution": shot.resolution, "seed": shot.seed % 2**31}
        prompt, unwanted, seconds = (
            phrase(shot, can),
            shot.negative_prompt.strip(),
            int(bought(shot, can) or 0),
        )
        if prompt:
            body["prompt"] = prompt
        if unwanted:
            body["negative_prompt"] = unwanted
        if shot.mode == "frames":
            images = [self._uploaded(name) for name in (shot.image, shot.last_frame) if name]
            return body | {"images": images, "transition_duration_s": seconds}
        if shot.image:
            body["image"] = self._uploaded(shot.image)
        return body | {"duration_s": seconds}

    def _uploaded(self, name: str) -> str:
        """The address of a picture that pika has now."""
        medium = picture(name, (JPEG, PNG, WEBP), MOST_PICTURE)
        about = {"content_type": medium.type, "size_bytes": len(medium.data)}
        try:
            place = self._wire.prepare("POST", "/v1/media/uploads", json_body=about).object()
            link, url, headers = place["upload_url"], place["url"], dict(place.get("headers") or {})
        except (Missed, KeyError, TypeError, ValueError):
            raise Refused("busy", "pika offers no place for an upload") from None
        headers = {"Content-Type": medium.type, **headers}
        self._wire.prepare("PUT", link, keyed=False, headers=headers, content=medium.data)
        return url


def _failure(job: Mapping[str, Any]) -> tuple[str, str]:
    """What it says of a job that failed, and its code."""
    error = job.get("error")
    error = error if isinstance(error, dict) else {"message": error}
    code = str(error.get("code") or "")
    return redact(
        " ".join(filter(None, (str(error.get("message") or "it failed"), code and f"({code})")))
    ), code


def _charge(billing: Any) -> Decimal | None:
    """Dollars, once they are settled."""
    if not isinstance(billing, dict) or billing.get("state") != "settled":
        return None
    micro = billing.get("charge_micro_usd")
    return Decimal(micro) / 1_000_000 if isinstance(micro, int) and not isinstance(micro, bool) else None
