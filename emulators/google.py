"""The Gemini API as it speaks: interactions that make Omni clips and draw pictures, and the files that go in and
come out. Speech and music come with the answer: google_sounds.py."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from typing import Any

from aiohttp import web

from . import google_sounds, interactions
from .context import Backstage, Call, Refusal, Route, json_answer
from .google_rules import read, state_of
from .interactions import stamp
from .jobs import Job
from .links import send, type_of
from .vertex import STATUS, quota_details

V = "/{version:v1|v1beta}"
CODES = {
    400: "invalid_request",
    403: "permission_denied",
    404: "not_found",
    409: "conflict",
    429: "rate_limit_exceeded",
    500: "internal_error",
    503: "overloaded",
    504: "deadline_exceeded",
}
KEPT = 48 * 3600
"""Seconds that an uploaded file is there."""
MOST_UPLOAD = 2 * 1024 * 1024 * 1024


class Google:
    name = "google"
    id_key = "id"
    bills_moderated = False

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage
        self._uploads: dict[str, dict[str, Any]] = {}
        self._made = {_file_of(job.id): job.id for job in stage.jobs.all() if job.door == "google"}

    def routes(self) -> list[Route]:
        return [
            Route("POST", V + "/interactions", "submit", self.create),
            Route("POST", V + "/models/{model:[^:/]+}:generateContent", "submit", self.generate),
            Route("GET", V + "/interactions/{id}", "poll", self.get),
            Route("POST", V + "/interactions/{id}/cancel", "cancel", self.cancel),
            Route("DELETE", V + "/interactions/{id}", "cancel", self.delete),
            Route("POST", "/upload" + V + "/files", "upload", self.upload),
            Route("GET", V + "/files/{name:[^:/]+}:download", "download", self.download),
            Route("GET", V + "/files/{name:[^:/]+}", "file", self.file),
            Route("DELETE", V + "/files/{name:[^:/]+}", "file", self.delete_file),
        ]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        """Interactions name errors by word; files, and the front end that looks at keys, by number."""
        error: dict[str, Any] = {"message": refusal.why}
        if "interactions" in call.request.path and not refusal.more.get("front"):
            error["code"] = CODES.get(refusal.status, "unknown")
            if "quota" in refusal.more:
                error |= {"code": "rate_limit_exceeded", "details": quota_details(refusal)}
            return json_answer({"error": error}, refusal.status)
        error |= {"code": refusal.status, "status": STATUS.get(refusal.status, "UNKNOWN")}
        if "quota" in refusal.more:
            error["details"] = quota_details(refusal)
        elif "reason" in refusal.more:
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": refusal.more["reason"]}
            error["details"] = [info | {"domain": "googleapis.com"}]
        plain = {"error": error}
        return json_answer([plain] if refusal.more.get("array") else plain, refusal.status)

    def denial(self, call: Call) -> web.Response:
        if call.at == "poll":
            why = f"Invalid interaction name: {call.request.match_info.get('id')}"
            return self.refusal(call, Refusal(400, why))
        return self.refusal(call, Refusal(404, "Not found."))

    def environment(self, url: str) -> dict[str, str]:
        key = self.stage.access.key("google")
        return {"STORYREEL_GOOGLE_BASE_URL": url, "GEMINI_API_KEY": key, "GOOGLE_API_KEY": key}

    def enter(self, call: Call) -> None:
        key = call.header("x-goog-api-key") or call.request.query.get("key", "")
        if "key" in call.request.query:  # it works, and ends up in every log on the way
            self.stage.record.write("leak", door="google", at=call.request.path, headers=["?key"])
        if not key:
            raise Refusal(
                403,
                "Method doesn't allow unregistered callers (callers without established identity). Please use "
                "API Key or other form of API consumer identity to call this API.",
                front=True,
            )
        if key != self.stage.access.key("google"):
            raise Refusal(
                400, "API key not valid. Please pass a valid API key.", front=True, reason="API_KEY_INVALID"
            )

    async def create(self, call: Call) -> web.Response:
        self.enter(call)
        wanted = await asyncio.to_thread(read, call, self.stage)
        id = "v1_" + base64.urlsafe_b64encode(secrets.token_bytes(24)).decode().rstrip("=")
        job = self.stage.accept(
            call,
            id=id,
            model=wanted.model,
            ask=wanted.ask,
            price=wanted.price,
            labels=wanted.labels,
            tokens=wanted.tokens,
            uri=wanted.uri,
            stored=wanted.store,
        )
        self._made[_file_of(id)] = id
        while not (wanted.background or job.over or self.stage.stopping.is_set()):
            await asyncio.sleep(0.02)
            self.stage.jobs.tick()
        return json_answer(await self.interaction(call, job))

    async def generate(self, call: Call) -> web.Response:
        self.enter(call)
        model = call["model"]
        if model in google_sounds.RETIRED:
            raise Refusal(404, f"models/{model} is no longer available. Please use a newer model.")
        if model not in google_sounds.SPEECH and model not in google_sounds.LYRIA:
            raise Refusal(404, f"models/{model} is not found for API version {call['version']}.")
        return await google_sounds.generate(self.stage, call)

    def _job(self, call: Call) -> Job:
        job = call.job = self.stage.jobs.get("google", call["id"])
        if job is None or job.deleted or not job.more.get("stored"):
            raise Refusal(400, f"Invalid interaction name: {call['id']}")
        return job

    async def get(self, call: Call) -> web.Response:
        self.enter(call)
        if call.request.query.get("stream", "false") != "false":
            raise Refusal(400, "This emulator doesn't stream.")
        return json_answer(await self.interaction(call, self._job(call)))

    async def interaction(self, call: Call, job: Job) -> dict[str, Any]:
        return await interactions.told(self.stage, call, job, self._file)

    async def _file(self, call: Call, job: Job) -> str:
        """Where a clip is that is handed over by its address."""
        return f"{call.base}/{call['version']}/files/{_file_of(job.id)}:download?alt=media"

    async def cancel(self, call: Call) -> web.Response:
        self.enter(call)
        job = self._job(call)
        if job.over:
            raise Refusal(400, f"The interaction is {interactions.WORDS[job.state]} already.")
        self.stage.jobs.cancel(job)
        return json_answer(await self.interaction(call, job))

    async def delete(self, call: Call) -> web.Response:
        self.enter(call)
        job = self._job(call)
        if not job.over:
            self.stage.jobs.cancel(job)
        self.stage.jobs.delete(job)
        return json_answer({})

    async def upload(self, call: Call) -> web.Response:
        """Both halves of a resumable upload: start, and the bytes."""
        commands = {part.strip() for part in call.header("x-goog-upload-command").split(",")}
        if "upload_id" not in call.request.query:
            self.enter(call)
            return self._begin_upload(call, commands)
        about = self._uploads.get(call.request.query["upload_id"])
        if about is None:
            raise Refusal(404, "Upload not found.")
        if commands != {"upload", "finalize"} or call.header("x-goog-upload-offset") != "0":
            raise Refusal(
                400, "Expected X-Goog-Upload-Command: upload, finalize and X-Goog-Upload-Offset: 0."
            )
        if len(call.body) != about["size"]:
            raise Refusal(400, f"Expected {about['size']} bytes, received {len(call.body)}.")
        digest = await asyncio.to_thread(self.stage.store.put, call.body)
        name = "files/" + secrets.token_hex(6)
        self.stage.store.name(name, digest, about["type"])
        answer = json_answer({"file": self._about(call, name)})
        answer.headers["X-Goog-Upload-Status"] = "final"
        return answer

    def _begin_upload(self, call: Call, commands: set[str]) -> web.Response:
        size, type = (call.header(f"x-goog-upload-header-content-{what}") for what in ("length", "type"))
        if call.header("x-goog-upload-protocol") != "resumable" or commands != {"start"}:
            raise Refusal(400, "Expected X-Goog-Upload-Protocol: resumable and X-Goog-Upload-Command: start.")
        if not size.isdigit() or not 0 < int(size) <= MOST_UPLOAD or "/" not in type:
            raise Refusal(400, "X-Goog-Upload-Header-Content-Length and -Type are required.")
        id = secrets.token_urlsafe(18)
        self._uploads[id] = {"size": int(size), "type": type}
        url = f"{call.base}/upload/{call['version']}/files?upload_id={id}&upload_protocol=resumable"
        headers = {"X-Goog-Upload-URL": url, "X-Goog-Upload-Status": "active"}
        return web.Response(text=json.dumps({}), content_type="application/json", headers=headers)

    def _about(self, call: Call, name: str) -> dict[str, Any]:
        about = self.stage.store.named(name)
        if about is None or about["time"] + KEPT < time.time() or about.get("gone"):
            raise Refusal(403, f"You do not have permission to access the File {name} or it may not exist.")
        return {
            "name": name,
            "mimeType": about["type"],
            "sizeBytes": str(about["size"]),
            "createTime": stamp(about["time"]),
            "expirationTime": stamp(about["time"] + KEPT),
            "sha256Hash": base64.b64encode(bytes.fromhex(about["sha256"])).decode(),
            "uri": f"{call.base}/{call['version']}/{name}",
            "state": state_of(about),
            "source": "UPLOADED",
        }

    async def file(self, call: Call) -> web.Response:
        self.enter(call)
        job = self._maker(call)
        if job is not None:
            about = {
                "name": f"files/{call['name']}",
                "mimeType": type_of(job),
                "createTime": stamp(job.ended),
            }
            return json_answer(about | {"state": "ACTIVE", "source": "GENERATED"})
        return json_answer(self._about(call, f"files/{call['name']}"))

    async def delete_file(self, call: Call) -> web.Response:
        self.enter(call)
        name = f"files/{call['name']}"
        self._about(call, name)
        about = self.stage.store.named(name) or {}
        self.stage.store.name(name, about["sha256"], about["type"], gone=True)
        return json_answer({})

    async def download(self, call: Call) -> web.StreamResponse:
        self.enter(call)
        if call.request.query.get("alt") != "media":
            raise Refusal(400, "Expected alt=media.")
        job = call.job = self._maker(call)
        if job is None:
            self._about(call, f"files/{call['name']}")
            raise Refusal(400, "Only generated files can be downloaded.")
        return await send(call, await self.stage.clip(job), type_of(job))

    def _maker(self, call: Call) -> Job | None:
        """The job whose clip a file is; None for an uploaded one."""
        job = self.stage.jobs.get("google", self._made.get(call["name"], ""))
        if job is None:
            return None
        lasts = job.fate.words.get("expires", self.stage.settings.link_seconds)
        if job.deleted or job.state != "done" or job.ended + lasts < time.time():
            raise Refusal(403, "You do not have permission to access the File or it may not exist.")
        return job


def _file_of(id: str) -> str:
    """The name of the file that an interaction makes."""
    return hashlib.sha256(id.encode()).hexdigest()[:12]
