"""OpenAI's speech, as it speaks: a text goes in, the sound is the answer. What it takes and refuses is in
openai_rules.py."""

from __future__ import annotations

import asyncio
import secrets
import struct
from typing import Any

from aiohttp import web

from . import sounds
from .context import Backstage, Call, Refusal, Route, json_answer
from .misbehave import unheard_of
from .openai_rules import TYPES, read

KINDS = {401: "invalid_request_error", 404: "invalid_request_error", 429: "requests", 500: "server_error"}
FILTERED = "Your request was rejected as a result of our safety system."
OPEN = struct.pack("<I", 0xFFFFFFFF)
"""The length of a WAV file that is sent while it is made."""


class OpenAI:
    name = "openai"
    id_key = ""
    """Its answer is a sound."""
    bills_moderated = False

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        return [Route("POST", "/v1/audio/speech", "submit", self.speech)]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        error: dict[str, Any] = {
            "message": refusal.why,
            "type": KINDS.get(refusal.status, "invalid_request_error"),
            "param": refusal.more.get("param"),
            "code": refusal.more.get("code"),
        }
        return json_answer({"error": error}, refusal.status)

    def denial(self, call: Call) -> web.Response:
        return self.refusal(call, Refusal(404, "Invalid URL"))

    def environment(self, url: str) -> dict[str, str]:
        return {"STORYREEL_OPENAI_BASE_URL": url, "OPENAI_API_KEY": self.stage.access.key("openai")}

    def enter(self, call: Call) -> None:
        kind, _, key = call.header("authorization").partition(" ")
        if not key:
            raise Refusal(401, "You didn't provide an API key in an Authorization header using Bearer auth.")
        if kind != "Bearer" or key != self.stage.access.key("openai"):
            raise Refusal(401, "Incorrect API key provided: sk-***.", code="invalid_api_key")

    async def speech(self, call: Call) -> web.Response:
        self.enter(call)
        wanted = read(call.seen)
        ours = call.header("x-client-request-id")
        id = f"req_{secrets.token_hex(16)}"
        job = self.stage.accept(
            call,
            id=id,
            model=wanted.model,
            ask=wanted.ask,
            price=wanted.price,
            labels={"storyreel": ours} if ours else None,
        )
        while not (job.over or self.stage.stopping.is_set()):
            await asyncio.sleep(0.02)
            self.stage.jobs.tick()
        if job.state == "blocked":
            raise Refusal(400, FILTERED, code=job.fate.words.get("code", "content_policy_violation"))
        if job.state != "done":
            why = "The server had an error while processing your request. Sorry about that!"
            raise Refusal(500, job.fate.words.get("failure", why))
        if job.fate.words.get("unknown_state"):
            return json_answer(unheard_of())
        path = await self.stage.clip(job)
        data = await asyncio.to_thread(path.read_bytes)
        if wanted.form == "wav" and not job.fate.words.get("damage"):
            data = data[:4] + OPEN + data[8:40] + OPEN + data[44:]
        elif wanted.form == "pcm":
            data = data[44:]
        elif wanted.form == "mp3":
            data = await asyncio.to_thread(sounds.as_mp3, path)
        call.delivers(data)
        headers = {"x-request-id": id} | ({"x-mood": "serene"} if job.fate.words.get("extra_fields") else {})
        return web.Response(body=data, content_type=TYPES[wanted.form], headers=headers)
