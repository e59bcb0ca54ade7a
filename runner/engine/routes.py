"""The engine's HTTP routes: ComfyUI's, with and without the /api prefix. What each answers is ComfyUI's
answer.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from html import escape
from typing import Any

from aiohttp import web

from ...studio.errors import MediaError
from . import jobs, packaged, served, transfer
from .answers import Handler, Refused, answer, tidy
from .body import form_of, json_of, object_of, to_delete
from .engine import Engine
from .guard import Access, guard
from .limits import Connections, Limits
from .logs import Logbook
from .sockets import Sockets
from .userdata import UserData

PROTOCOL = "0.8.0"
"""The ComfyUI whose protocol this is."""

MAX_UPLOAD = 100 * 1024 * 1024
"""The largest request, in bytes."""

ABOUT = """<!doctype html><title>Storyreel engine</title>
<p>Storyreel's own engine. It speaks ComfyUI's protocol and has no canvas; send it workflows:
<pre>storyreel run WORKFLOW --server {url}</pre>
"""


def application(
    engine: Engine,
    sockets: Sockets,
    features: dict[str, Any],
    access: Access,
    connections: Connections,
    logbook: Logbook,
) -> web.Application:
    app = web.Application(
        client_max_size=features["max_upload_size"],
        middlewares=[connections.count, tidy, guard(access), preflight],
    )
    app.on_response_prepare.append(served.protect)
    limits = connections.limits
    for method, path, handler in (
        *_Routes(engine, sockets, features, limits).table(),
        *UserData(engine.place, limits).table(),
        *packaged.table(),
        *logbook.table(sockets.has),
    ):
        for full in (path, f"/api{path}") if not path.startswith("/api/") and path != "/" else (path,):
            for each in ("GET", "HEAD") if method == "GET" else (method,):
                app.router.add_route(each, full, handler)
    return app


@web.middleware
async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers OPTIONS as ComfyUI does, for every path. It allows no other page anything: no header says so."""
    return web.Response() if request.method == "OPTIONS" else await handler(request)


def fixed(body: Any) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return answer(body)

    return handler


class _Routes:
    def __init__(self, engine: Engine, sockets: Sockets, features: dict[str, Any], limits: Limits) -> None:
        self.engine = engine
        self.limits = limits
        self.sockets = sockets
        self.features = features

    def table(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/", self.about),
            ("GET", "/ws", self.websocket),
            ("GET", "/prompt", self.queue_info),
            ("POST", "/prompt", self.submit),
            ("GET", "/queue", self.queue),
            ("POST", "/queue", self.change_queue),
            ("POST", "/interrupt", self.interrupt),
            ("POST", "/free", self.free),
            ("GET", "/history", self.history),
            ("GET", "/history/{prompt_id}", self.history),
            ("POST", "/history", self.change_history),
            ("GET", "/api/jobs", self.jobs),
            ("GET", "/api/jobs/{job_id}", self.job),
            ("POST", "/api/jobs/{job_id}/cancel", self.cancel_job),
            ("POST", "/api/jobs/cancel", self.cancel_jobs),
            ("GET", "/object_info", self.object_info),
            ("GET", "/object_info/{node}", self.object_info),
            ("GET", "/system_stats", self.system_stats),
            ("GET", "/features", fixed(self.features)),
            ("POST", "/upload/image", self.upload),
            ("POST", "/upload/mask", self.upload_mask),
            ("GET", "/view", self.view),
            # What a client may ask a ComfyUI for and there is nothing of here.
            ("GET", "/users", fixed({"storage": "server", "migrated": True})),
            ("GET", "/i18n", fixed({})),
            ("GET", "/global_subgraphs", fixed({})),
            ("GET", "/embeddings", fixed([])),
            ("GET", "/internal/files/{kind}", self.files),
        ]

    async def about(self, request: web.Request) -> web.Response:
        return web.Response(
            text=ABOUT.format(url=escape(str(request.url.origin()))), content_type="text/html"
        )

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        return await self.sockets.serve(request, self.engine.queue_info, self.engine.node_running_for)

    async def queue_info(self, request: web.Request) -> web.Response:
        return answer(self.engine.queue_info())

    async def submit(self, request: web.Request) -> web.Response:
        body, size = await object_of(request, self.limits)
        # In a thread: nodes may look into files to say whether they can run.
        status, said = await asyncio.to_thread(self.engine.submit, body, size)
        return answer(said, status)

    async def queue(self, request: web.Request) -> web.Response:
        running, pending = self.engine.queue.standing()
        return answer({"queue_running": running, "queue_pending": pending})

    async def change_queue(self, request: web.Request) -> web.Response:
        body, _ = await object_of(request, self.limits)
        ids = to_delete(body)
        if body.get("clear"):
            self.engine.queue.delete()
        if ids:
            self.engine.queue.delete(ids)
        return web.Response()

    async def interrupt(self, request: web.Request) -> web.Response:
        body, _ = await json_of(request, self.limits)
        prompt_id = body.get("prompt_id") if isinstance(body, dict) else None
        if not isinstance(prompt_id, str | None):
            raise Refused(400, "prompt_id is not a text")
        self.engine.interrupt(prompt_id)
        return web.Response()

    async def free(self, request: web.Request) -> web.Response:
        body, _ = await object_of(request, self.limits)
        if body.get("free_memory"):
            self.engine.forget_results()
        return web.Response()

    async def history(self, request: web.Request) -> web.Response:
        queue = self.engine.queue
        if "prompt_id" in request.match_info:
            return answer(queue.history(request.match_info["prompt_id"]))
        try:
            most = int(request.query["max_items"]) if "max_items" in request.query else None
            offset = int(request.query.get("offset", -1))
        except ValueError:
            raise Refused(400, "max_items and offset are whole numbers") from None
        return answer(queue.history(max_items=most, offset=offset))

    async def change_history(self, request: web.Request) -> web.Response:
        body, _ = await object_of(request, self.limits)
        ids = to_delete(body)
        if body.get("clear"):
            self.engine.queue.forget()
        if ids:
            self.engine.queue.forget(ids)
        return web.Response()

    async def jobs(self, request: web.Request) -> web.Response:
        query = request.query
        states = [state.strip().lower() for state in query.get("status", "").split(",") if state.strip()]
        wrong = [state for state in states if state not in jobs.STATES]
        if wrong:
            known = ", ".join(jobs.STATES)
            return answer(
                {"error": f"Invalid status value(s): {', '.join(wrong)}. Valid values: {known}"}, 400
            )
        sort_by, order = (query.get(key, usual).lower() for key, usual in jobs.SORTED)
        if sort_by not in jobs.SORT_BY:
            return answer({"error": "sort_by must be 'created_at' or 'execution_duration'"}, 400)
        if order not in ("asc", "desc"):
            return answer({"error": "sort_order must be 'asc' or 'desc'"}, 400)
        try:
            limit = int(query["limit"]) if "limit" in query else None
            offset = max(0, int(query.get("offset", 0)))
        except ValueError:
            return answer({"error": "limit and offset must be integers"}, 400)
        if limit is not None and limit <= 0:
            return answer({"error": "limit must be a positive integer"}, 400)
        found = jobs.all_jobs(self.engine.queue, states or jobs.STATES, query.get("workflow_id", ""))
        found.sort(key=jobs.SORT_BY[sort_by], reverse=order == "desc")
        page = found[offset:][:limit]
        more = offset + len(page) < len(found)
        pagination = {"offset": offset, "limit": limit, "total": len(found), "has_more": more}
        return answer({"jobs": page, "pagination": pagination})

    async def job(self, request: web.Request) -> web.Response:
        job = jobs.one_job(self.engine.queue, request.match_info["job_id"])
        return answer({"error": "Job not found"}, 404) if job is None else answer(job)

    async def cancel_job(self, request: web.Request) -> web.Response:
        return answer({"cancelled": self.engine.cancel(request.match_info["job_id"])})

    async def cancel_jobs(self, request: web.Request) -> web.Response:
        body, _ = await json_of(request, self.limits)
        ids = body.get("job_ids") if isinstance(body, dict) else None
        if not isinstance(ids, list):
            return answer({"error": "job_ids must be a list"}, 400)
        wrong = [repr(each) for each in ids if not isinstance(each, str)]
        if wrong:
            return answer({"error": "job_ids contains invalid id(s)", "invalid_ids": wrong}, 400)
        done = [self.engine.cancel(each) for each in ids]
        return answer({"cancelled": any(done)})

    async def object_info(self, request: web.Request) -> web.Response:
        shown = await asyncio.to_thread(self.engine.object_info)
        node = request.match_info.get("node")
        return answer(shown if node is None else {key: shown[key] for key in (node,) if key in shown})

    async def system_stats(self, request: web.Request) -> web.Response:
        total, free = _memory()
        cpu = {"name": "cpu", "type": "cpu", "index": None, "vram_total": total, "vram_free": free}
        return answer(
            {
                "system": {
                    "os": sys.platform,
                    "ram_total": total,
                    "ram_free": free,
                    "comfyui_version": PROTOCOL,
                    "required_frontend_version": "",
                    "installed_templates_version": "",
                    "required_templates_version": "",
                    "python_version": f"{platform.python_version()} ({platform.python_implementation()})",
                    "pytorch_version": "",
                    "embedded_python": False,
                    "argv": sys.argv[:1],
                    "engine": "storyreel",
                },
                "devices": [cpu | {"torch_vram_total": total, "torch_vram_free": free}],
            }
        )

    async def upload(self, request: web.Request) -> web.Response:
        async with form_of(request, self.limits, self.features["max_upload_size"]) as form:
            return answer(
                await asyncio.to_thread(transfer.store, self.engine.place, form, self.limits.spare_disk)
            )

    async def upload_mask(self, request: web.Request) -> web.Response:
        async with form_of(request, self.limits, self.features["max_upload_size"]) as form:
            return answer(
                await asyncio.to_thread(
                    transfer.store_masked, self.engine.place, form, self.limits.spare_disk
                )
            )

    async def files(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        if kind not in ("input", "output", "temp"):
            return answer({"error": "Invalid directory type"}, 400)
        return answer(await asyncio.to_thread(transfer.latest, self.engine.place, kind))

    async def view(self, request: web.Request) -> web.StreamResponse:
        path = transfer.seen(self.engine.place, request.query)
        try:
            return await asyncio.to_thread(transfer.shown, path, request.query)
        except (OSError, ValueError, MediaError) as error:
            raise Refused(400, "the file is not a picture, or can't be read") from error


def _memory() -> tuple[int, int]:
    """The machine's memory and how much of it is free, bytes; zeros where the system doesn't tell."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0, 0
