"""Runway's API as it speaks: tasks behind a bearer key and a version header, results behind signed links."""

from __future__ import annotations

import asyncio
import datetime
import re
import secrets
import uuid
from collections import Counter
from decimal import Decimal
from typing import Any

from aiohttp import web

from . import prices
from .context import Backstage, Call, Refusal, Route, json_answer
from .jobs import Job
from .links import link
from .misbehave import unheard_of
from .multipart import parts
from .runway_rules import MODELS, Invalid, read

VERSION = "2024-11-06"
DOCS = "https://docs.dev.runwayml.com/api"
WORDS = {
    "throttled": "THROTTLED",
    "queued": "PENDING",
    "running": "RUNNING",
    "done": "SUCCEEDED",
    "failed": "FAILED",
    "blocked": "FAILED",
    "cancelled": "CANCELLED",
}
KINDS = "text_to_video|image_to_video|video_to_video|text_to_image"
MOST_UPLOAD = 200 * 1024 * 1024


class Runway:
    name = "runway"
    id_key = "id"
    bills_moderated = True

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        return [
            Route("POST", f"/v1/{{kind:{KINDS}}}", "submit", self.submit),
            Route("GET", "/v1/tasks/{id}", "poll", self.poll),
            Route("DELETE", "/v1/tasks/{id}", "cancel", self.delete),
            Route("POST", "/v1/uploads", "upload", self.begin_upload),
            Route("POST", "/upload/{id}", "upload", self.upload),
            Route("GET", "/v1/organization", "other", self.organization),
        ]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        body: dict[str, Any] = {"error": refusal.why}
        if "issues" in refusal.more:
            body |= {"issues": refusal.more["issues"], "docUrl": DOCS}
        return json_answer(body, refusal.status)

    def denial(self, call: Call) -> web.Response:
        return self.refusal(call, Refusal(404, "Task not found"))

    def environment(self, url: str) -> dict[str, str]:
        key = self.stage.access.key("runway")
        return {"STORYREEL_RUNWAY_BASE_URL": url, "RUNWAYML_API_SECRET": key, "RUNWAY_API_KEY": key}

    def enter(self, call: Call) -> None:
        kind, _, key = call.header("authorization").partition(" ")
        if kind.lower() != "bearer" or not key:
            raise Refusal(401, "You did not provide an API key.")
        if key != self.stage.access.key("runway"):
            raise Refusal(401, "The API key that was provided is not valid.")
        version = call.header("x-runway-version")
        if version != VERSION:
            why = f"unknown version {version!r}" if version else "no version was given"
            raise Refusal(400, f"X-Runway-Version: {why}; send {VERSION}")

    async def submit(self, call: Call) -> web.Response:
        self.enter(call)
        try:
            wanted = await asyncio.to_thread(read, call["kind"], call.seen, self.stage.store)
        except Invalid as invalid:
            issues = [
                {"code": issue.code, "message": issue.message, "path": list(issue.path)}
                for issue in invalid.issues
            ]
            raise Refusal(400, "Validation of body failed", issues=issues) from None
        id = str(uuid.uuid4())
        self.stage.accept(
            call,
            id=id,
            model=wanted.model,
            ask=wanted.ask,
            price=prices.CREDIT * wanted.credits,
            credits=_number(wanted.credits),
        )
        return json_answer({"id": id, "estimatedCost": {"credits": _number(wanted.credits)}})

    def _job(self, call: Call) -> Job:
        id = call["id"]
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id):
            issue = {"code": "invalid_string", "message": "Invalid uuid", "path": ["id"]}
            raise Refusal(400, "Validation of params failed", issues=[issue])
        job = call.job = self.stage.jobs.get("runway", id)
        if job is None or (job.deleted and job.state != "cancelled"):
            raise Refusal(404, "Task not found")
        return job

    async def poll(self, call: Call) -> web.Response:
        self.enter(call)
        return json_answer(self.task(call, self._job(call)))

    def task(self, call: Call, job: Job) -> dict[str, Any]:
        words = job.fate.words
        when = datetime.datetime.fromtimestamp(job.accepted, datetime.timezone.utc)
        plain: dict[str, Any] = {
            "id": job.id,
            "createdAt": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "status": WORDS[job.state],
        }
        if words.get("extra_fields"):
            plain |= unheard_of()
        if words.get("unknown_state") and job.state != "queued":
            return plain | {"status": "TRANSMOGRIFYING"}
        if not job.over:
            plain["estimatedCost"] = {"credits": job.more["credits"]}
            if job.state == "running":
                plain["progress"] = round(job.progress(self.stage.jobs.clock()), 3)
            return plain
        plain["cost"] = {"credits": _number(job.billed / prices.CREDIT * words.get("price", 1))}
        if job.state == "done":
            plain["output"] = [link(self.stage, call, job)]
        elif job.state == "blocked":
            plain["failure"] = "Your input was flagged by our content moderation system."
            plain["failureCode"] = words.get("code", "SAFETY.INPUT.TEXT")
        elif job.state == "failed":
            plain["failure"] = words.get("failure", "An unexpected error occurred.")
            plain["failureCode"] = words.get("code", "INTERNAL.BAD_OUTPUT.CODE01")
        return plain

    async def delete(self, call: Call) -> web.Response:
        """Stops a task that isn't over; of one that is, the results go."""
        self.enter(call)
        job = self._job(call)
        if job.over:
            self.stage.jobs.delete(job)
        else:
            self.stage.jobs.cancel(job)
        return web.Response(status=204)

    async def begin_upload(self, call: Call) -> web.Response:
        self.enter(call)
        body = call.seen
        good = isinstance(body, dict) and isinstance(body.get("filename"), str) and body["filename"].strip()
        if not good or body.get("type") != "ephemeral" or set(body) - {"filename", "type", "numberOfParts"}:
            raise Refusal(400, "Validation of body failed", issues=[])
        id = secrets.token_urlsafe(18)
        uri = f"runway://{id}"
        base = call.base.rpartition("/")[0]
        return json_answer(
            {
                "uploadUrl": f"{base}/runway/upload/{id}",
                "fields": {"key": f"ephemeral/{id}", "policy": self.stage.access.sign(f"upload {id}")},
                "runwayUri": uri,
            }
        )

    async def upload(self, call: Call) -> web.Response:
        """The storage host: it wants its signed fields, the file last, and no key."""
        from .links import refuse_keys

        refuse_keys(self.stage, call)
        fields: dict[str, str] = {}
        form = await parts(call)
        if form is None:
            raise Refusal(412, "PreconditionFailed: the body must be multipart/form-data")
        async for part in form:
            if part.name != "file":
                fields[part.name] = (await part.read(decode=True)).decode("utf-8", "replace")
                continue
            if fields.get("policy") != self.stage.access.sign(f"upload {call['id']}"):
                raise Refusal(403, "AccessDenied: invalid policy")
            data = bytes(await part.read(decode=True))
            if not 512 <= len(data) <= MOST_UPLOAD:
                raise Refusal(400, "EntityTooSmall" if len(data) < 512 else "EntityTooLarge")
            digest = await asyncio.to_thread(self.stage.store.put, data)
            self.stage.store.name(f"runway://{call['id']}", digest, part.headers.get("Content-Type", ""))
            return web.Response(status=204)
        raise Refusal(400, "InvalidArgument: POST requires exactly one file upload per request.")

    async def organization(self, call: Call) -> web.Response:
        self.enter(call)
        limit = self.stage.settings.limits.get("runway")
        used = Counter(job.model for job in self.stage.jobs.all() if job.door == "runway")
        spent = sum(job.billed for job in self.stage.jobs.all() if job.door == "runway") / prices.CREDIT
        models = {name: {"maxConcurrentGenerations": limit, "maxDailyGenerations": None} for name in MODELS}
        return json_answer(
            {
                "creditBalance": max(0, 1_000_000 - int(spent)),
                "tier": {"maxMonthlyCreditSpend": 10_000_000, "models": models},
                "usage": {"models": {name: {"dailyGenerations": count} for name, count in used.items()}},
            }
        )


def _number(credits: Decimal) -> int | float:
    return int(credits) if credits == int(credits) else float(credits)
