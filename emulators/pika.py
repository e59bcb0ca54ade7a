"""Pika's API as it speaks: jobs behind an API key, pictures by their address, results behind links asked for anew."""

from __future__ import annotations

import asyncio
import datetime
import secrets
import uuid
from typing import Any

from aiohttp import web

from .context import Backstage, Call, Refusal, Route, json_answer
from .jobs import Job
from .links import link, refuse_keys
from .misbehave import unheard_of
from .pika_rules import OPERATIONS, PICTURES, Invalid, read

WORDS = {
    "throttled": "queued",
    "queued": "queued",
    "running": "running",
    "done": "completed",
    "failed": "failed",
    "blocked": "failed",
    "cancelled": "failed",
}
CODES = {
    401: "unauthorized",
    402: "insufficient_balance",
    404: "not_found",
    415: "invalid_input",
    422: "invalid_input",
    429: "rate_limited",
    503: "provider_unavailable",
}
MOST_UPLOAD = 64 * 1024 * 1024


class Pika:
    name = "pika"
    id_key = "id"
    bills_moderated = False

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/v1/media/uploads", "upload", self.begin_upload),
            Route("PUT", "/upload/{id}", "upload", self.upload),
            Route("GET", "/v1/media/jobs/{id}", "poll", self.poll),
            Route("GET", "/v1/media/jobs/{id}/content", "other", self.content),
            Route("POST", "/v1/media/{model:.+}", "submit", self.submit),
        ]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        code = CODES.get(refusal.status, "bad_request" if refusal.status < 500 else "internal")
        if refusal.more.get("quota") == "PerDay":
            code = "usage_limit_exceeded"
        return json_answer({"error": {"code": code, "message": refusal.why}}, refusal.status)

    def denial(self, call: Call) -> web.Response:
        return self.refusal(call, Refusal(404, "Job not found"))

    def environment(self, url: str) -> dict[str, str]:
        return {"STORYREEL_PIKA_BASE_URL": url, "PIKA_API_KEY": self.stage.access.key("pika")}

    def enter(self, call: Call) -> None:
        key = call.header("x-api-key") or call.header("authorization").partition("Bearer ")[2]
        if not key:
            raise Refusal(401, "Missing API key")
        if key != self.stage.access.key("pika"):
            raise Refusal(401, "Invalid API key")

    async def submit(self, call: Call) -> web.Response:
        self.enter(call)
        if call["model"] not in OPERATIONS:
            raise Refusal(404, f"Unknown API {call['model']}")
        try:
            wanted = await asyncio.to_thread(read, call["model"], call.seen, self.stage.store)
        except Invalid as invalid:
            raise Refusal(422, str(invalid)) from None
        id = str(uuid.uuid4())
        self.stage.accept(call, id=id, model=call["model"], ask=wanted.ask, price=wanted.price)
        return json_answer({"id": id, "status": "queued"})

    def _job(self, call: Call) -> Job:
        job = call.job = self.stage.jobs.get("pika", call["id"])
        if job is None:
            raise Refusal(404, "Job not found")
        return job

    async def poll(self, call: Call) -> web.Response:
        self.enter(call)
        return json_answer(self.told(call, self._job(call)))

    def told(self, call: Call, job: Job) -> dict[str, Any]:
        words = job.fate.words
        when = datetime.datetime.fromtimestamp(job.accepted, datetime.timezone.utc).isoformat()
        plain: dict[str, Any] = {
            "id": job.id,
            "status": WORDS[job.state],
            "model": job.model,
            "created_at": when,
        }
        if words.get("extra_fields"):
            plain |= unheard_of()
        if words.get("unknown_state") and job.state != "queued":
            return plain | {"status": "transmogrifying"}
        if job.state == "done":
            micro = int(job.billed * 1_000_000 * words.get("price", 1))
            plain["output"] = {"media_type": "video", "video": {"url": link(self.stage, call, job)}}
            plain["billing"] = {"state": "settled", "charge_micro_usd": micro}
        elif job.state == "blocked":
            said = "The request was blocked by content moderation"
            plain["error"] = {"code": words.get("code", "content_moderation"), "message": said}
        elif job.over:
            said = words.get("failure", "The provider returned an error")
            plain["error"] = {"code": words.get("code", "provider_error"), "message": said}
        return plain

    async def content(self, call: Call) -> web.Response:
        self.enter(call)
        job = self._job(call)
        if job.state != "done":
            raise Refusal(409, "The job has no content")
        return json_answer({"url": link(self.stage, call, job)})

    async def begin_upload(self, call: Call) -> web.Response:
        self.enter(call)
        body = call.seen
        if not isinstance(body, dict) or set(body) != {"content_type", "size_bytes"}:
            raise Refusal(422, "content_type and size_bytes are required, and nothing else")
        type, size = body["content_type"], body["size_bytes"]
        if type not in PICTURES or not isinstance(size, int) or not 0 < size <= MOST_UPLOAD:
            raise Refusal(422, "Unsupported content_type or size_bytes")
        id = f"{secrets.token_urlsafe(18)}.{type.partition('/')[2]}"
        place = f"{call.base}/upload/{id}"
        sign = self.stage.access.sign(f"upload {id} {type} {size}")
        return json_answer(
            {"upload_url": f"{place}?signature={sign}", "url": place, "headers": {"Content-Type": type}}
        )

    async def upload(self, call: Call) -> web.Response:
        """The storage host: so many bytes of that type, and no key."""
        refuse_keys(self.stage, call)
        type = call.header("content-type")
        if call.request.query.get("signature") != self.stage.access.sign(
            f"upload {call['id']} {type} {len(call.body)}"
        ):
            raise Refusal(403, "SignatureDoesNotMatch")
        digest = await asyncio.to_thread(self.stage.store.put, call.body)
        self.stage.store.name(f"{call.base}/upload/{call['id']}", digest, type)
        return web.Response(status=200)
