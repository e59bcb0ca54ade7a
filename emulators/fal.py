"""fal's queue as it speaks: requests of apps behind a key, results behind links elsewhere, and a place for uploads.

What it finds wrong with a body it says at once; fal itself may queue such a request and say it with its result.
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
from dataclasses import replace
from typing import Any

from aiohttp import web

from .checks import Issue
from .context import Backstage, Call, Refusal, Route, json_answer
from .fal_rules import ENDPOINTS, Invalid, read
from .jobs import Job
from .links import link, refuse_keys
from .misbehave import unheard_of

DOCS = "https://docs.fal.ai/errors"
FILES = "https://v3.fal.media/files"
MOST_UPLOAD = 200 * 1024 * 1024
TYPES = {
    "invalid_type": "type_error",
    "unrecognized_keys": "extra_forbidden",
    "invalid_enum_value": "literal_error",
    "too_small": "value_error",
    "too_big": "value_error",
    "custom": "value_error",
}
BLOCKED = "The content could not be processed because it contained material flagged by a content checker."
REQUEST = "/{app:.+}/requests/{id}"


class Fal:
    name = "fal"
    id_key = "request_id"
    bills_moderated = False

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/storage/upload/initiate", "upload", self.begin_upload),
            Route("PUT", "/upload/{id}", "upload", self.upload),
            Route("POST", "/{model:.+}", "submit", self.submit),
            Route("GET", REQUEST + "/status", "poll", self.status),
            Route("GET", REQUEST + "/response", "poll", self.result),
            Route("PUT", REQUEST + "/cancel", "cancel", self.cancel),
            Route("GET", REQUEST, "poll", self.result),
        ]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        headers = {}
        if "type" in refusal.more:
            headers = {"X-Fal-Error-Type": refusal.more["type"], "X-Fal-Retryable": "false"}
        body = {"detail": refusal.more.get("issues", refusal.why)}
        if "flat" in refusal.more:
            body["error_type"] = refusal.more["type"]
        return json_answer(body, refusal.status, headers)

    def denial(self, call: Call) -> web.Response:
        return self.refusal(call, Refusal(404, "Request not found"))

    def environment(self, url: str) -> dict[str, str]:
        return {"STORYREEL_FAL_BASE_URL": url, "FAL_KEY": self.stage.access.key("fal")}

    def enter(self, call: Call) -> None:
        kind, _, key = call.header("authorization").partition(" ")
        if kind != "Key" or not key:
            raise Refusal(401, "Authentication is required to access this application.")
        if key != self.stage.access.key("fal"):
            raise Refusal(401, "Cannot access application: invalid key.")

    async def submit(self, call: Call) -> web.Response:
        self.enter(call)
        path = call["model"]
        if path not in ENDPOINTS:
            raise Refusal(404, f"Application '{path}' not found")
        try:
            wanted = await asyncio.to_thread(read, path, call.seen, self.stage.store)
        except Invalid as invalid:
            issues = [_issue(issue) for issue in invalid.issues]
            raise Refusal(422, issues[0]["msg"], issues=issues, type=issues[0]["type"]) from None
        if wanted.fixes and call.fate is not None and call.fate.end == "blocked":
            call.fate = replace(call.fate, end="done")  # it runs, and is billed, with other words
        request = str(uuid.uuid4())
        app = "/".join(path.split("/")[:2])  # the rest is dropped
        job = self.stage.accept(
            call,
            id=f"{app}/requests/{request}",
            model=path,
            ask=wanted.ask,
            price=wanted.price,
            seed=wanted.seed,
        )
        return json_answer({**self._about(call, job), "status": "IN_QUEUE", "queue_position": 0})

    def _about(self, call: Call, job: Job) -> dict[str, Any]:
        base = f"{call.base}/{job.id}"
        return {
            "request_id": job.id.rpartition("/")[2],
            "response_url": f"{base}/response",
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
        }

    def _job(self, call: Call) -> Job:
        self.enter(call)
        job = call.job = self.stage.jobs.get("fal", f"{call['app']}/requests/{call['id']}")
        if job is None:
            raise Refusal(404, "Request not found")
        return job

    async def status(self, call: Call) -> web.Response:
        job = self._job(call)
        words, plain = job.fate.words, self._about(call, job)
        if words.get("extra_fields"):
            plain |= unheard_of()
        if words.get("unknown_state") and job.state not in ("queued", "throttled"):
            return json_answer(plain | {"status": "TRANSMOGRIFYING"})
        if job.state in ("queued", "throttled"):
            waiting = [one for one in self.stage.jobs.all() if one.door == "fal" and one.state == job.state]
            before = sum(one.accepted < job.accepted for one in waiting)
            return json_answer(plain | {"status": "IN_QUEUE", "queue_position": before}, 202)
        if not job.over:
            return json_answer(plain | {"status": "IN_PROGRESS", "logs": None}, 202)
        plain |= {"status": "COMPLETED", "logs": None, "metrics": {"inference_time": job.work}}
        if job.state == "failed":
            plain |= {"error": _why(job), "error_type": words.get("code", "runner_server_error")}
        if job.state == "cancelled":
            plain |= {"error": "The request was cancelled", "error_type": "client_cancelled"}
        return json_answer(plain)

    async def result(self, call: Call) -> web.Response:
        job = self._job(call)
        if not job.over:
            raise Refusal(400, "Request is still in progress")
        if job.state == "cancelled":
            raise Refusal(499, "The request was cancelled", type="client_cancelled", flat=True)
        if job.state == "failed":
            code = job.fate.words.get("code", "runner_server_error")
            raise Refusal(500, _why(job), type=code, flat=True)
        if job.state == "blocked":
            issue = Issue(("prompt",), job.fate.words.get("code", "content_policy_violation"), BLOCKED)
            raise Refusal(422, BLOCKED, issues=[_issue(issue)], type=issue.code)
        video = {
            "url": link(self.stage, call, job),
            "content_type": "video/mp4",
            "file_name": "output.mp4",
            "file_size": None,
        }
        seed = job.more["seed"]
        return json_answer({"video": video} if seed is None else {"video": video, "seed": seed})

    async def cancel(self, call: Call) -> web.Response:
        """Takes one that waits out of the queue. One that runs is told to stop, and works on."""
        try:
            job = self._job(call)
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            return json_answer({"status": "NOT_FOUND"}, 404)
        if job.over:
            return json_answer({"status": "ALREADY_COMPLETED"}, 400)
        if job.state != "running":
            self.stage.jobs.cancel(job)
        return json_answer({"status": "CANCELLATION_REQUESTED"}, 202)

    async def begin_upload(self, call: Call) -> web.Response:
        self.enter(call)
        body = call.seen
        names = ("content_type", "file_name")
        good = isinstance(body, dict) and all(
            isinstance(body.get(name), str) and body[name] for name in names
        )
        if not good or set(body) - set(names):
            raise Refusal(422, "file_name and content_type are required, and nothing else")
        if call.request.query.get("storage_type") not in ("gcs", "fal-cdn-v3"):
            raise Refusal(422, "storage_type must be gcs or fal-cdn-v3")
        id = secrets.token_urlsafe(18)
        file = f"{FILES}/{id}/{body['file_name']}"
        token = self.stage.access.sign(f"upload {id} {body['content_type']} {file}")
        name = f"{call.base}/upload/{id}?name={body['file_name']}&signature={token}"
        return json_answer({"file_url": file, "upload_url": name})

    async def upload(self, call: Call) -> web.Response:
        """The storage host: it wants its signature, and no key."""
        refuse_keys(self.stage, call)
        query, type = call.request.query, call.header("content-type")
        file = f"{FILES}/{call['id']}/{query.get('name', '')}"
        if query.get("signature") != self.stage.access.sign(f"upload {call['id']} {type} {file}"):
            raise Refusal(403, "SignatureDoesNotMatch")
        if not 0 < len(call.body) <= MOST_UPLOAD:
            raise Refusal(400, "EntityTooLarge" if call.body else "EntityTooSmall")
        digest = await asyncio.to_thread(self.stage.store.put, call.body)
        self.stage.store.name(file, digest, type)
        return web.Response()


def _why(job: Job) -> str:
    return job.fate.words.get("failure", "The runner encountered an internal server error.")


def _issue(issue: Issue) -> dict[str, Any]:
    missing = issue.message == "Required"
    type = "missing" if missing else TYPES.get(issue.code, issue.code)
    message = "Field required" if missing else issue.message
    return {"loc": ["body", *issue.path], "msg": message, "type": type, "url": f"{DOCS}/#{type}"}
