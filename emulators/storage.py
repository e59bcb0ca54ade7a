"""Cloud Storage's JSON API, as far as clips need it: metadata, download, and two ways to upload.

It is at the root of the server, where STORAGE_EMULATOR_HOST makes Google's own client look for it.
"""

from __future__ import annotations

import asyncio
import base64
import email
import hashlib
import json
from email.policy import HTTP
from typing import Any
from urllib.parse import quote, unquote

from aiohttp import web

from .context import Backstage, Call, Refusal, Route, json_answer
from .links import send
from .vertex import hold_token


class Storage:
    name = "storage"

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        one = "/storage/v1/b/{bucket}/o/{object:.+}"
        return [
            Route("GET", "/download" + one, "download", self.download),
            Route("GET", one, "file", self.get),
            Route("POST", "/upload/storage/v1/b/{bucket}/o", "upload", self.upload),
        ]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        reason = {401: "required", 404: "notFound", 403: "forbidden"}.get(refusal.status, "invalid")
        error = {"code": refusal.status, "message": refusal.why}
        errors = [{"message": refusal.why, "domain": "global", "reason": reason}]
        return json_answer({"error": error | {"errors": errors}}, refusal.status)

    def _about(self, call: Call) -> dict[str, Any]:
        hold_token(self.stage, call)
        name = f"gs://{call['bucket']}/{unquote(call['object'])}"
        about = self.stage.store.named(name)
        if about is None:
            raise Refusal(404, f"No such object: {name.removeprefix('gs://')}")
        if about.get("job"):
            call.job = self.stage.jobs.get("vertex", about["job"])
        return about

    async def get(self, call: Call) -> web.StreamResponse:
        if call.request.query.get("alt") == "media":
            return await self.download(call)
        return json_answer(self._plain(call, self._about(call)))

    async def download(self, call: Call) -> web.StreamResponse:
        about = self._about(call)
        if call.request.query.get("alt") != "media":
            raise Refusal(400, "Expected alt=media.")
        return await send(call, self.stage.store.path(about["sha256"]), about["type"])

    async def upload(self, call: Call) -> web.Response:
        hold_token(self.stage, call)
        way, name = call.request.query.get("uploadType"), call.request.query.get("name")
        type, data = call.header("content-type"), call.body
        if way == "multipart":
            message = email.message_from_bytes(f"Content-Type: {type}\r\n\r\n".encode() + data, policy=HTTP)
            parts = list(message.iter_parts()) if message.is_multipart() else []
            if len(parts) != 2:
                raise Refusal(400, "Malformed multipart body.")
            about = json.loads(parts[0].get_payload(decode=True) or b"{}")  # type: ignore[arg-type]
            name = name or about.get("name")
            type = about.get("contentType") or parts[1].get_content_type()
            data = bytes(parts[1].get_payload(decode=True))  # type: ignore[arg-type]
        elif way != "media":
            raise Refusal(400, "uploadType must be media or multipart.")
        if not name:
            raise Refusal(400, "Required: an object name.")
        digest = await asyncio.to_thread(self.stage.store.put, data)
        about = self.stage.store.name(f"gs://{call['bucket']}/{name}", digest, type)
        return json_answer(self._plain(call, about))

    def _plain(self, call: Call, about: dict[str, Any]) -> dict[str, Any]:
        bucket, _, name = about["name"].removeprefix("gs://").partition("/")
        data = self.stage.store.path(about["sha256"]).read_bytes()
        path = f"b/{bucket}/o/{quote(name, safe='')}"
        base = f"{call.request.scheme}://{call.request.host}"
        return {
            "kind": "storage#object",
            "id": f"{bucket}/{name}/{about['seq']}",
            "name": name,
            "bucket": bucket,
            "generation": str(about["seq"]),
            "contentType": about["type"],
            "size": str(about["size"]),
            "md5Hash": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            "selfLink": f"{base}/storage/v1/{path}",
            "mediaLink": f"{base}/download/storage/v1/{path}?generation={about['seq']}&alt=media",
        }
