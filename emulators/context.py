"""What the doors share: a request as it was read, a refusal, and the place where everything is kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

from . import boxes, clips
from .access import Access
from .jobs import Ask, Fate, Job, Jobs
from .makes import make_of, odd
from .prices import billed
from .record import Record
from .store import Store

MAX_REQUEST = 200 * 1024 * 1024
"""Bytes."""


MEDIA = ("bytesBase64Encoded", "data")
"""Keys under which bodies hold media."""


class Refusal(Exception):
    """A request is turned away: the HTTP status, why, and what the door's own error shape holds beside that."""

    def __init__(self, status: int, why: str, **more: Any) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.more = more


@dataclass
class Call:
    """A request that has been read. `at` is what kind it is: submit, poll, download, cancel, upload, token, …"""

    request: web.Request
    door: str
    at: str
    body: bytes
    fate: Fate | None = None
    """What a rule wants to become of the job that this makes."""
    job: Job | None = None
    """The job that it made or is about."""
    seen: Any = None
    """The JSON body, for the record."""
    delivered: str | None = None
    """SHA-256 of the clip that the answer holds, or a part of it."""

    def __getitem__(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def header(self, name: str) -> str:
        return self.request.headers.get(name, "")

    def delivers(self, clip: bytes) -> None:
        self.delivered = hashlib.sha256(clip).hexdigest()

    @property
    def base(self) -> str:
        """Where the client reached this door: http://127.0.0.1:8990/runway."""
        return f"{self.request.scheme}://{self.request.host}/{self.door}"


class Settings(NamedTuple):
    """Seconds; `limits` says how many jobs of a model work at once at a door."""

    picture: str
    queue: float
    work: float
    latency: float
    link_seconds: float
    limits: dict[str, int]
    per_minute: dict[str, int]


class Backstage:
    """What all doors work with."""

    def __init__(self, folder: Path, record: Record, settings: Settings, moderated: Collection[str]) -> None:
        self.record = record
        self.settings = settings
        self.access = Access(folder)
        self.store = Store(folder, record)
        self.jobs = Jobs(record, settings.limits, partial(billed, moderated=moderated))
        self.stopping = asyncio.Event()
        self._clips = folder / "clips"
        self._clips.mkdir(parents=True, exist_ok=True)
        self._making: dict[str, asyncio.Future[Path]] = {}
        self._makers = ThreadPoolExecutor(2, thread_name_prefix="storyreel-emulate")

    def close(self) -> None:
        self._makers.shutdown(wait=True, cancel_futures=True)
        self.record.close()

    def accept(
        self, call: Call, *, id: str, model: str, ask: Ask, price: Decimal, labels: Any = None, **more: Any
    ) -> Job:
        """Takes a job on and records it."""
        self._hold_rate(call.door)
        now = time.time()
        if any(secret in ask.prompt for secret in self.access.secrets()):
            ask = replace(ask, prompt="<secret>")
        job = Job(id, call.door, model, ask, price, now, self.settings.queue, self.settings.work)
        job.more = more
        if call.fate is not None:
            job.fate = call.fate
        self.jobs.add(
            job,
            ours=_ours(labels),
            labels=labels,
            sha256=hashlib.sha256(call.body).hexdigest(),
            body=trimmed(call.seen, self.access.secrets()),
        )
        call.job = job
        if self.settings.picture == "card" and job.fate.end == "done":
            self._begin(job, 0)
        return job

    def _hold_rate(self, door: str) -> None:
        limit = self.settings.per_minute.get(door)
        if limit is None:
            return
        since = time.time() - 60
        if sum(job.door == door and job.accepted > since for job in self.jobs.all()) >= limit:
            raise Refusal(429, "Quota exceeded for requests per minute.", quota="PerMinute", retry=5)

    async def clip(self, job: Job, number: int = 0) -> Path:
        """The file with a finished job's clip, made when it is first wanted."""
        return await asyncio.shield(self._begin(job, number))

    def clip_bytes(self, job: Job) -> bytes:
        """The same from a thread that may wait."""
        name = hashlib.sha256(f"{job.id}\n0".encode()).hexdigest()[:32]
        return self._make(job, name).read_bytes()

    def _begin(self, job: Job, number: int) -> asyncio.Future[Path]:
        name = hashlib.sha256(f"{job.id}\n{number}".encode()).hexdigest()[:32]
        if name not in self._making:
            loop = asyncio.get_running_loop()
            self._making[name] = loop.run_in_executor(self._makers, self._make, job, name)
        return self._making[name]

    def _make(self, job: Job, name: str) -> Path:
        path = self._clips / f"{name}.mp4"
        if not path.exists():
            ask = job.ask
            if job.fate.words.get("wrong_clip"):
                said = ask.script[: max(1, len(ask.script) // 4)]
                ask = Ask(
                    ask.prompt, max(0.5, ask.seconds / 4), 320, 180, ask.sound, kind=ask.kind, script=said
                )
            if job.fate.words.get("silent"):
                ask = replace(ask, sound=False)
            if early := job.fate.words.get("shorter"):
                ask = replace(ask, seconds=max(0.1, ask.seconds - early))
            drift = job.fate.words.get("drift", 1.0)
            flash = bool(job.fate.words.get("flash"))
            media, made = self.store.folder / "media", make_of(job.door, job.model)
            if form := job.fate.words.get("odd_file"):
                made = odd(made, form)
            data = clips.make(ask, name, self.settings.picture, media, drift, flash, made)
            part = path.with_name(f"{name}.{secrets.token_hex(4)}.part")
            part.write_bytes(damaged(data) if job.fate.words.get("damage") else data)
            part.replace(path)
        return path


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


class Route(NamedTuple):
    method: str
    path: str
    at: str
    handler: Handler


def damaged(clip: bytes) -> bytes:
    """The clip with its pictures' bytes spoiled: it opens, and doesn't decode. Of a sound the first half."""
    if clip.startswith((b"RIFF", b"ID3", b"\xff")):
        return clip[: len(clip) // 2]
    if clip.startswith(b"\x89PNG"):
        start, end = clip.find(b"IDAT") + 8, len(clip)
    else:
        start, end = boxes.media(clip)
    return clip[:start] + bytes(byte ^ 0x5A for byte in clip[start:end]) + clip[end:]


def trimmed(body: Any, keys: tuple[str, ...] = ()) -> Any:
    """A body for the record: media and whatever else is long are named by length and hash, secrets are masked."""
    if isinstance(body, dict):
        return {
            key: _digest(value) if key in MEDIA and isinstance(value, str) else trimmed(value, keys)
            for key, value in body.items()
        }
    if isinstance(body, list):
        return [trimmed(value, keys) for value in body]
    if isinstance(body, str):
        for secret in keys:
            if secret in body:
                return "<secret>"
        if len(body) > 4000 or body.startswith("data:"):
            return _digest(body)
    return body


def _digest(text: str) -> str:
    return f"<{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}>"


def json_answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers, dumps=lambda value: json.dumps(value))


def _ours(labels: Any) -> str | None:
    """Our own id, where the request carried one."""
    if isinstance(labels, dict):
        for key, value in labels.items():
            if key.startswith("storyreel"):
                return value
    return None
