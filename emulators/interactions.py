"""What Google tells of an interaction, at the Gemini API and on Vertex AI."""

from __future__ import annotations

import asyncio
import base64
import datetime
from collections.abc import Awaitable, Callable
from typing import Any

from .context import Backstage, Call
from .jobs import Job
from .links import type_of
from .misbehave import unheard_of

WORDS = {
    "throttled": "queued",
    "queued": "queued",
    "running": "in_progress",
    "done": "completed",
    "blocked": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}
REFUSED_TEXT = "I can't create that because it may go against the usage policies. Try another idea."


async def told(
    stage: Backstage, call: Call, job: Job, address: Callable[[Call, Job], Awaitable[str]]
) -> dict[str, Any]:
    """The interaction; `address` says where a clip is that isn't sent inside."""
    words = job.fate.words
    now = stage.jobs.clock()
    plain: dict[str, Any] = {
        "object": "interaction",
        "status": WORDS[job.state],
        "model": job.model,
        "created": stamp(job.accepted),
        "updated": stamp(job.ended if job.over else now),
    }
    if job.more["stored"]:
        plain["id"] = job.id
    if words.get("extra_fields"):
        plain |= unheard_of()
    if words.get("unknown_state") and job.state != "queued":
        return plain | {"status": words.get("word", "ruminating")}
    if not job.over:
        return plain
    thought = {"type": "thought", "signature": stage.access.sign(job.id)}
    tokens = 0
    if job.state == "done":
        tokens = round(job.more["tokens"] * words.get("price", 1))
        content = [await _made_by(stage, call, job, address)]
        plain["steps"] = [thought, {"type": "model_output", "content": content}]
    elif job.state == "blocked":
        content = [{"type": "text", "text": REFUSED_TEXT}]
        plain["steps"] = [thought, {"type": "model_output", "content": content}]
    elif job.state == "failed":
        code = words.get("code", "internal_error")
        plain["errors"] = [{"code": code, "message": words.get("failure", "The generation failed.")}]
    spoken = 12 + len(job.ask.prompt) // 4
    plain["usage"] = {
        "total_tokens": spoken + tokens,
        "total_input_tokens": spoken,
        "total_output_tokens": tokens,
        "input_tokens_by_modality": [{"modality": "text", "tokens": spoken}],
        "output_tokens_by_modality": [{"modality": _kind(job), "tokens": tokens}],
    }
    return plain


async def _made_by(
    stage: Backstage, call: Call, job: Job, address: Callable[[Call, Job], Awaitable[str]]
) -> dict[str, Any]:
    made = {"type": _kind(job), "mime_type": type_of(job)}
    if job.more["uri"]:
        return made | {"uri": await address(call, job)}
    data = await asyncio.to_thread((await stage.clip(job)).read_bytes)
    call.delivers(data)
    return made | {"data": (await asyncio.to_thread(base64.b64encode, data)).decode()}


def _kind(job: Job) -> str:
    return "image" if job.ask.kind == "picture" else "video"


def stamp(when: float) -> str:
    return datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
