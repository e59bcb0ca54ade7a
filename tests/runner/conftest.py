"""A server that speaks ComfyUI's protocol, answers as it is told to, and misbehaves as it is told to."""

from __future__ import annotations

import asyncio
import json
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import WSMsgType, web

# Core classes as ComfyUI 0.8.0 describes them, and two of a made-up pack with every kind of input.
OBJECT_INFO: dict[str, Any] = {
    "LoadImage": {
        "input": {"required": {"image": [["example.png"], {"image_upload": True}]}},
        "input_order": {"required": ["image"]},
        "output": ["IMAGE", "MASK"],
        "output_is_list": [False, False],
        "output_name": ["IMAGE", "MASK"],
        "name": "LoadImage",
        "display_name": "Load Image",
        "output_node": False,
    },
    "Mixer": {
        "input": {
            "required": {
                "picture": ["IMAGE", {}],
                "parts": [
                    "COMFY_AUTOGROW_V3",
                    {
                        "template": {
                            "input": {"required": {"part": ["IMAGE", {}]}},
                            "prefix": "part",
                            "min": 1,
                            "max": 9,
                        }
                    },
                ],
                "text": ["STRING", {"default": "hi", "multiline": True}],
                "seconds": ["FLOAT", {"default": 1.0, "min": 0.0, "max": 60.0}],
                "seed": ["INT", {"default": 0, "min": 0, "max": 99, "control_after_generate": True}],
                "mode": ["COMBO", {"default": "soft", "options": ["soft", "hard"]}],
                "size": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {
                                "key": "preset",
                                "inputs": {"required": {"name": ["COMBO", {"options": ["big", "tiny"]}]}},
                            },
                            {
                                "key": "custom",
                                "inputs": {
                                    "required": {
                                        "width": ["INT", {"default": 640}],
                                        "height": ["INT", {"default": 360}],
                                    }
                                },
                            },
                        ]
                    },
                ],
            },
            "optional": {"flag": ["BOOLEAN", {"default": False}]},
        },
        "input_order": {
            "required": ["picture", "parts", "text", "seconds", "seed", "mode", "size"],
            "optional": ["flag"],
        },
        "output": ["IMAGE"],
        "output_is_list": [False],
        "output_name": ["IMAGE"],
        "name": "Mixer",
        "display_name": "Mixer",
        "output_node": False,
    },
    "Keep": {
        "input": {
            "required": {"image": ["IMAGE", {}], "filename_prefix": ["STRING", {"default": "kept/it"}]}
        },
        "input_order": {"required": ["image", "filename_prefix"]},
        "output": [],
        "output_is_list": [],
        "output_name": [],
        "name": "Keep",
        "display_name": "Keep Picture",
        "output_node": True,
    },
}

GRAPH: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Load Image"}},
    "2": {
        "class_type": "Mixer",
        "inputs": {
            "picture": ["1", 0],
            "parts.part0": ["1", 0],
            "parts.part1": ["1", 0],
            "text": "a",
            "seconds": 2.5,
            "seed": 7,
            "mode": "soft",
            "size": "preset",
            "size.name": "big",
            "flag": False,
        },
        "_meta": {"title": "Scene 1. Dawn"},
    },
    "3": {
        "class_type": "Keep",
        "inputs": {"image": ["2", 0], "filename_prefix": "kept/it"},
        "_meta": {"title": "Keep Picture"},
    },
}

PICTURE = {"filename": "it_00001_.png", "subfolder": "kept", "type": "output"}


@dataclass
class Stub:
    """How the server behaves (set before the run) and what was done to it (read after)."""

    outcome: str = "success"
    """success | error | interrupted | never (runs until stopped) | queued (never begins) | forgets | dies"""
    seconds: float = 0.1
    outputs: dict[str, Any] = field(default_factory=lambda: {"3": {"images": [PICTURE]}})
    error: dict[str, Any] = field(default_factory=dict)
    cached: bool = False
    """Everything is cached: no executed message, outputs in the history only."""
    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    """(type, subfolder, name) → content."""
    submit_answer: tuple[int, Any] | None = None
    submit_breaks: str = ""
    """"before": the connection ends and nothing is queued; "after": it was queued."""
    socket: str = "good"
    """good | refused | drops (after each message) | deaf (takes the connection, never says a thing)"""
    broken_answers: int = 0
    """So many questions about the run are answered with 500."""
    short_files: bool = False
    largest_upload: int = 10**9

    url: str = ""
    submits: list[dict[str, Any]] = field(default_factory=list)
    deletes: list[str] = field(default_factory=list)
    interrupts: list[Any] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    socket_clients: list[str] = field(default_factory=list)
    authorizations: set[str] = field(default_factory=set)
    history: dict[str, Any] = field(default_factory=dict)
    running: list[Any] = field(default_factory=list)
    pending: list[Any] = field(default_factory=list)
    stop: Callable[[], None] = lambda: None
    """Ends the server at once, as a crash does."""

    def application(self) -> web.Application:
        app = web.Application(client_max_size=10**9)
        app.router.add_get("/ws", self._ws)
        app.router.add_post("/prompt", self._prompt)
        app.router.add_get("/queue", self._queue)
        app.router.add_post("/queue", self._delete)
        app.router.add_post("/interrupt", self._interrupt)
        app.router.add_get("/history/{id}", self._history)
        app.router.add_get("/object_info", self._object_info)
        app.router.add_get("/system_stats", self._system_stats)
        app.router.add_get("/view", self._view)
        app.router.add_post("/upload/image", self._upload)
        self.sockets: set[web.WebSocketResponse] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        return app

    async def _answer(self, body: Any, status: int = 200) -> web.Response:
        return web.json_response(body, status=status)

    async def _object_info(self, request: web.Request) -> web.Response:
        return await self._answer(OBJECT_INFO)

    async def _system_stats(self, request: web.Request) -> web.Response:
        return await self._answer({"system": {"comfyui_version": "0.8.0"}})

    async def _ws(self, request: web.Request) -> web.StreamResponse:
        self.socket_clients.append(request.query.get("clientId", ""))
        if self.socket == "refused":
            return web.Response(status=403)
        ws = web.WebSocketResponse(autoping=self.socket != "deaf")
        await ws.prepare(request)
        if self.socket != "deaf":
            self.sockets.add(ws)
            await ws.send_json(
                {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "x"}}
            )
        async for message in ws:
            if message.type == WSMsgType.ERROR:
                break
        self.sockets.discard(ws)
        return ws

    async def say(self, kind: str, data: dict[str, Any]) -> None:
        for ws in list(self.sockets):
            await ws.send_json({"type": kind, "data": data})
            if self.socket == "drops":
                self.sockets.discard(ws)
                await ws.close()

    async def say_text(self, node: str, text: str) -> None:
        name = node.encode()
        for ws in list(self.sockets):
            await ws.send_bytes(struct.pack(">I", 3) + struct.pack(">I", len(name)) + name + text.encode())

    async def _prompt(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.authorizations.add(request.headers.get("Authorization", ""))
        self.submits.append(body)
        if self.submit_breaks == "before":
            request.transport.abort()  # type: ignore[union-attr]
            raise ConnectionResetError
        if self.submit_answer and self.submit_answer[0] != 200:
            return await self._answer(self.submit_answer[1], self.submit_answer[0])
        item = [len(self.submits), body["prompt_id"], body["prompt"], {"client_id": body["client_id"]}, ["3"]]
        self.pending.append(item)
        if self.outcome != "queued":
            task = asyncio.ensure_future(self._run(item))
            self.tasks.add(task)
        if self.submit_breaks == "after":
            request.transport.abort()  # type: ignore[union-attr]
            raise ConnectionResetError
        answer = {"prompt_id": body["prompt_id"], "number": item[0], "node_errors": {}}
        return await self._answer(answer | (self.submit_answer[1] if self.submit_answer else {}))

    async def _run(self, item: list[Any]) -> None:
        prompt_id = item[1]
        await asyncio.sleep(0.02)
        if item not in self.pending:
            return
        self.pending.remove(item)
        self.running.append(item)
        messages: list[Any] = []

        async def say(kind: str, **data: Any) -> None:
            data = {"prompt_id": prompt_id, **data}
            if kind.startswith("execution_"):
                messages.append([kind, data | {"timestamp": 1}])
            await self.say(kind, data)

        await say("execution_start")
        await say("execution_cached", nodes=["1", "2", "3"] if self.cached else [])
        if not self.cached:
            for node in ("1", "2", "3"):
                await say("executing", node=node, display_node=node)
                await say("progress", node=node, value=1, max=4)
                await self.say_text(node, f"working on {node}")
                await asyncio.sleep(self.seconds / 3)
        while self.outcome == "never" and not self.interrupts:
            await asyncio.sleep(0.02)
        if self.outcome == "dies":
            self.stop()
            return
        if self.outcome == "forgets":
            self.running.remove(item)
            return
        kind = {"success": "execution_success", "error": "execution_error"}.get(
            self.outcome, "execution_interrupted"
        )
        if kind == "execution_success" and not self.cached:
            for node, output in self.outputs.items():
                await say("executed", node=node, display_node=node, output=output)
        await say(kind, **self.error)
        status = {"status_str": "success" if self.outcome == "success" else "error", "messages": messages}
        await asyncio.sleep(0.05)  # the real one says the end before it writes it down, too
        self.history[prompt_id] = {
            "outputs": self.outputs if self.outcome == "success" else {},
            "status": status,
        }
        self.running.remove(item)

    async def _queue(self, request: web.Request) -> web.Response:
        return await self._answer({"queue_running": self.running, "queue_pending": self.pending})

    async def _history(self, request: web.Request) -> web.Response:
        if self.broken_answers:
            self.broken_answers -= 1
            return web.Response(status=500, text="500 Internal Server Error")
        key = request.match_info["id"]
        return await self._answer({key: self.history[key]} if key in self.history else {})

    async def _delete(self, request: web.Request) -> web.Response:
        ids = (await request.json())["delete"]
        self.deletes += ids
        self.pending = [item for item in self.pending if item[1] not in ids]
        return web.Response()

    async def _interrupt(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.interrupts.append(json.loads(body).get("prompt_id") if body else None)
        return web.Response()

    async def _view(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        content = self.files.get((query.get("type", "output"), query.get("subfolder", ""), query["filename"]))
        if content is None:
            return web.Response(status=404)
        if self.short_files:
            response = web.StreamResponse(headers={"Content-Length": str(len(content))})
            await response.prepare(request)
            await response.write(content[: len(content) // 2])
            request.transport.abort()  # type: ignore[union-attr]
            return response
        return web.Response(body=content)

    async def _upload(self, request: web.Request) -> web.Response:
        post = await request.post()
        image: Any = post["image"]
        content = image.file.read()
        if len(content) > self.largest_upload:
            return web.Response(status=413)
        self.uploads.append(image.filename)
        self.files["input", str(post.get("subfolder", "")), image.filename] = content
        return await self._answer(
            {"name": image.filename, "subfolder": post.get("subfolder", ""), "type": "input"}
        )


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A running stub; change its fields before the run."""
    state = Stub()
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    def serve() -> None:
        asyncio.set_event_loop(loop)

        async def start() -> web.AppRunner:
            runner = web.AppRunner(state.application(), shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            state.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

            def die() -> None:
                state.tasks.add(asyncio.ensure_future(site.stop()))
                for connection in runner.server.connections:  # type: ignore[union-attr]
                    if connection.transport is not None:
                        connection.transport.abort()

            state.stop = die
            return runner

        runner = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    yield state
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def graph() -> dict[str, Any]:
    return json.loads(json.dumps(GRAPH))


@pytest.fixture
def object_info() -> dict[str, Any]:
    return json.loads(json.dumps(OBJECT_INFO))
