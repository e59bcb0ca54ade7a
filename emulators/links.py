"""Results behind links: signed, for a while only, whole or in ranges, and closed to whoever sends a key."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from pathlib import Path
from urllib.parse import quote, urlencode

from aiohttp import web

from .context import Backstage, Call, Refusal
from .jobs import Job

KEY_HEADERS = ("authorization", "x-goog-api-key", "x-api-key")
CHUNK = 1 << 16


def link(stage: Backstage, call: Call, job: Job, number: int = 0) -> str:
    """A link to a job's clip on a host other than the door's, as the vendors' are."""
    until = int(time.time() + job.fate.words.get("expires", stage.settings.link_seconds))
    name = f"{job.id}.{number}{'.png' if job.ask.kind == 'picture' else '.mp4'}"
    token = stage.access.sign(f"{name} {until}")
    query = urlencode({"_jwt": f"{until}.{token}"})
    return f"{call.request.scheme}://{_other_host(call.request.host)}/results/{quote(name, safe='')}?{query}"


def _other_host(host: str) -> str:
    """Another name of this machine: a client that compares hosts must find that it isn't the door's."""
    name, colon, port = host.rpartition(":")
    other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(name, name)
    return f"{other}{colon}{port}"


async def result(stage: Backstage, call: Call) -> web.StreamResponse:
    """GET /results/{job}.{number}.mp4?_jwt=…"""
    refuse_keys(stage, call)
    name = call["name"]
    until, _, token = call.request.query.get("_jwt", "").partition(".")
    if not until.isdigit() or token != stage.access.sign(f"{name} {until}"):
        raise Refusal(403, "MissingKey")
    id, _, number = name.removesuffix(".mp4").removesuffix(".png").rpartition(".")
    job = stage.jobs.anywhere(id)
    call.job = job
    if time.time() >= int(until):
        raise Refusal(403, "AccessDenied: the link has expired")
    if job is None or job.deleted or job.state != "done":
        raise Refusal(404, "NoSuchKey")
    return await send(call, await stage.clip(job, int(number)), type_of(job))


def type_of(job: Job) -> str:
    """Of what it delivers."""
    return "image/png" if job.ask.kind == "picture" else "video/mp4"


def refuse_keys(stage: Backstage, call: Call) -> None:
    sent = [name for name in KEY_HEADERS if call.header(name)]
    sent += [f"?{name}" for name, value in call.request.query.items() if value in stage.access.secrets()]
    if sent:
        stage.record.write("leak", door="results", at=call.request.path, headers=sent)
        raise Refusal(400, "a credential was sent to a host that has no business with it")


async def send(call: Call, path: Path, type: str = "video/mp4") -> web.StreamResponse:
    """The file, or the range of it that was asked for, and 416 for a range that isn't there."""
    data = await asyncio.to_thread(path.read_bytes)
    etag = '"' + hashlib.md5(data, usedforsecurity=False).hexdigest() + '"'
    headers = {"Content-Type": type, "Accept-Ranges": "bytes", "ETag": etag}
    call.delivers(data)
    asked = call.header("range")
    if_range = call.header("if-range")
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked) if asked else None
    if found is None or found[0] == "bytes=-" or (if_range and if_range != etag):
        return web.Response(body=data, headers=headers)
    first, last = found[1], found[2]
    if first:
        start, end = int(first), min(int(last), len(data) - 1) if last else len(data) - 1
    else:
        start, end = max(0, len(data) - int(last)), len(data) - 1
    if start > end:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(data)}", "ETag": etag})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return web.Response(status=206, body=data[start : end + 1], headers=headers)
