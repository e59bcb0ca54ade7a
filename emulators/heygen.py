"""HeyGen's API as it speaks, version 3: videos of avatars and photos behind an API key, results behind links."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from . import media
from .context import Backstage, Call, Refusal, Route, json_answer
from .heygen_people import LOOKS, VOICES
from .heygen_rules import Invalid, read, sound_seconds
from .jobs import Job
from .links import link
from .misbehave import unheard_of
from .multipart import parts

DOCS = "https://developers.heygen.com/docs/error-codes"
MOST_UPLOAD = 32 * 1024 * 1024
WORDS = {
    "throttled": "waiting",
    "queued": "pending",
    "running": "processing",
    "done": "completed",
    "failed": "failed",
    "blocked": "failed",
    "cancelled": "failed",
}
CODES = {
    400: "invalid_parameter",
    401: "unauthorized",
    402: "insufficient_credit",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    413: "payload_too_large",
    429: "rate_limit_exceeded",
}


class HeyGen:
    name = "heygen"
    id_key = "data.video_id"
    bills_moderated = False

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/v3/videos", "submit", self.submit),
            Route("GET", "/v3/videos", "other", self.videos),
            Route("GET", "/v3/videos/statuses", "other", self.statuses),
            Route("GET", "/v3/videos/{id}", "poll", self.poll),
            Route("DELETE", "/v3/videos/{id}", "cancel", self.delete),
            Route("POST", "/v3/assets", "upload", self.upload),
            Route("GET", "/v3/avatars/looks", "other", self.looks),
            Route("GET", "/v3/voices", "other", self.voices),
            Route("GET", "/v3/users/me", "other", self.me),
        ]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        code = refusal.more.get("code") or CODES.get(refusal.status, "internal_error")
        if refusal.more.get("quota") == "PerDay":
            code = "quota_exceeded"
        error = {"code": code, "message": refusal.why, "doc_url": f"{DOCS}#{code.replace('_', '-')}"}
        if refusal.more.get("param"):
            error["param"] = refusal.more["param"]
        return json_answer({"error": error}, refusal.status)

    def denial(self, call: Call) -> web.Response:
        if call.request.method == "GET" and call.request.path.endswith("/v3/videos"):  # a list that lags
            return self._page(call, [], ("title", "folder_id"), most=100, usual=10)
        return self.refusal(call, Refusal(404, "Video not found.", code="video_not_found"))

    def environment(self, url: str) -> dict[str, str]:
        return {"STORYREEL_HEYGEN_BASE_URL": url, "HEYGEN_API_KEY": self.stage.access.key("heygen")}

    def enter(self, call: Call) -> None:
        key = call.header("x-api-key")
        if not key:
            raise Refusal(401, "No API key was provided: send it in the X-Api-Key header.")
        if key != self.stage.access.key("heygen"):
            raise Refusal(401, "The API key is invalid or expired.")

    async def submit(self, call: Call) -> web.Response:
        self.enter(call)
        try:
            wanted = await asyncio.to_thread(read, call.seen, self.stage.store)
        except Invalid as invalid:
            more = {"code": invalid.code, "param": invalid.param}
            raise Refusal(invalid.status, invalid.why, **more) from None
        id = secrets.token_hex(16)
        self.stage.accept(
            call, id=id, model=wanted.engine, ask=wanted.ask, price=wanted.price, title=wanted.title
        )
        return json_answer({"data": {"video_id": id, "status": "waiting", "output_format": "mp4"}})

    def _job(self, call: Call) -> Job:
        job = self.stage.jobs.get("heygen", call["id"])
        if job is None or job.deleted:
            raise Refusal(404, "Video not found.", code="video_not_found")
        call.job = job
        return job

    async def poll(self, call: Call) -> web.Response:
        self.enter(call)
        return json_answer({"data": self.video(call, self._job(call))})

    def video(self, call: Call, job: Job) -> dict[str, Any]:
        words = job.fate.words
        plain: dict[str, Any] = {
            "id": job.id,
            "title": job.more.get("title") or "Untitled Video",
            "status": WORDS[job.state],
            "created_at": int(job.accepted),
        }
        if words.get("extra_fields"):
            plain |= unheard_of()
        if words.get("unknown_state") and job.state not in ("throttled", "queued"):
            return plain | {"status": "transmogrifying"}
        if job.over:
            plain["completed_at"] = int(job.ended)
        if job.state == "done":
            plain["duration"] = job.ask.seconds
            plain["video_url"] = link(self.stage, call, job)
        elif job.state == "blocked":
            plain["failure_code"] = words.get("code", "content_moderation")
            plain["failure_message"] = "The content was flagged by our moderation and violates our policies."
        elif job.state == "failed":
            plain["failure_code"] = words.get("code", "render_failed")
            plain["failure_message"] = words.get("failure", "The video could not be rendered.")
        return plain

    async def delete(self, call: Call) -> web.Response:
        """The video goes. What it does to one that is being made nobody says: the emulator makes and bills it."""
        self.enter(call)
        job = self._job(call)
        self.stage.jobs.delete(job)
        return json_answer({"data": {"id": job.id, "deleted": True}})

    async def videos(self, call: Call) -> web.Response:
        """The newest first; `title` is a part of one, in capitals or not."""
        self.enter(call)
        part = call.request.query.get("title", "").lower()
        found = [
            self.video(call, job)
            for job in self.stage.jobs.all()
            if job.door == "heygen" and not job.deleted and part in str(job.more.get("title") or "").lower()
        ]
        return self._page(call, found[::-1], ("title", "folder_id"), most=100, usual=10)

    async def statuses(self, call: Call) -> web.Response:
        self.enter(call)
        ids = [id for id in call.request.query.get("video_ids", "").split(",") if id]
        if not 1 <= len(ids) <= 100:
            raise Refusal(400, "Provide between 1 and 100 video_ids.", param="video_ids")
        told = {"waiting": "queued", "pending": "queued"}
        data = []
        for id in ids:
            job = self.stage.jobs.get("heygen", id)
            status = "not_found" if job is None or job.deleted else WORDS[job.state]
            data.append({"video_id": id, "status": told.get(status, status)})
        return json_answer({"data": data, "has_more": False, "next_token": None})

    async def upload(self, call: Call) -> web.Response:
        """One file, whose type its bytes say."""
        self.enter(call)
        form = await parts(call)
        if form is None:
            raise Refusal(400, "Expected multipart/form-data.", param="file")
        async for part in form:
            if part.name != "file":
                raise Refusal(400, "Extra inputs are not permitted", param=part.name)
            data = bytes(await part.read(decode=True))
            if len(data) > MOST_UPLOAD:
                raise Refusal(413, "The file is larger than 32 MB.")
            type = await asyncio.to_thread(_type_of, data)
            if not type:
                raise Refusal(400, "Unsupported file type.", param="file")
            id = secrets.token_hex(16)
            digest = await asyncio.to_thread(self.stage.store.put, data)
            self.stage.store.name(f"heygen:{id}", digest, type)
            url = f"https://resource.heygen.invalid/{id}"
            return json_answer(
                {"data": {"asset_id": id, "url": url, "mime_type": type, "size_bytes": len(data)}}
            )
        raise Refusal(400, "Field required", param="file")

    async def looks(self, call: Call) -> web.Response:
        self.enter(call)
        found = [
            {
                "id": look.id,
                "name": look.name,
                "gender": look.gender,
                "avatar_type": look.kind,
                "group_id": look.id.partition("_")[0],
                "default_voice_id": look.voice,
                "preview_image_url": f"https://files.heygen.invalid/{look.id}.jpg",
                "supported_api_engines": list(look.engines),
                "status": "completed" if look.voice == "v_my_own" else None,
                "tags": [],
            }
            for look in LOOKS
        ]
        return self._page(call, found, ("group_id", "avatar_type", "ownership"), most=50, usual=20)

    async def voices(self, call: Call) -> web.Response:
        self.enter(call)
        query = call.request.query
        kind, language = query.get("type", "public"), query.get("language", "")
        if kind not in ("public", "private"):
            raise Refusal(400, "Input should be 'public' or 'private'", param="type")
        found = [
            {
                "voice_id": voice.id,
                "name": voice.name,
                "language": voice.language,
                "gender": voice.gender,
                "preview_audio_url": f"https://files.heygen.invalid/{voice.id}.mp3"
                if voice.rate > 13
                else None,
                "support_pause": True,
                "support_locale": voice.language == "English",
                "type": voice.type,
            }
            for voice in VOICES
            if voice.type == kind and language.lower() in ("", voice.language.lower())
        ]
        return self._page(call, found, ("type", "engine", "language", "gender"), most=100, usual=20)

    async def me(self, call: Call) -> web.Response:
        self.enter(call)
        spent = sum(job.billed for job in self.stage.jobs.all() if job.door == "heygen")
        wallet = {"currency": "usd", "remaining_balance": float(1000 - spent), "auto_reload": None}
        who = {"username": "rehearsal", "email": None, "first_name": None, "last_name": None}
        return json_answer({"data": {**who, "billing_type": "wallet", "wallet": wallet}})

    def _page(
        self, call: Call, found: Sequence[Any], filters: tuple[str, ...], *, most: int, usual: int
    ) -> web.Response:
        """The page that `limit` and `token` ask for."""
        query = call.request.query
        extra = [name for name in query if name not in ("limit", "token", *filters)]
        if extra:
            raise Refusal(400, "Extra inputs are not permitted", param=extra[0])
        limit = query.get("limit", str(usual))
        if not limit.isdigit() or not 1 <= int(limit) <= most:
            raise Refusal(400, f"Input should be between 1 and {most}", param="limit")
        first, _, sign = query.get("token", "").partition(".")
        if first and (not first.isdigit() or sign != self._sign(call, first)):
            raise Refusal(400, "Invalid pagination token", param="token")
        end = int(first or 0) + int(limit)
        more = end < len(found)
        token = f"{end}.{self._sign(call, str(end))}" if more else None
        return json_answer(
            {"data": list(found[int(first or 0) : end]), "has_more": more, "next_token": token}
        )

    def _sign(self, call: Call, place: str) -> str:
        return self.stage.access.sign(f"page {call.request.path} {place}")[:12]


def _type_of(data: bytes) -> str:
    """As an asset's bytes say; empty for what HeyGen doesn't take."""
    picture = media.picture_of(data)
    if picture is not None:
        return picture.type if picture.type in ("image/png", "image/jpeg") else ""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav" if sound_seconds(data) else ""
    if data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2):
        return "audio/mpeg" if sound_seconds(data) else ""
    return "video/mp4" if media.clip_of(data) else ""
