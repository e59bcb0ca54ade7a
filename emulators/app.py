"""Every request's way: read, struck by a rule or not, answered by its door, recorded."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import socket
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, cast

from aiohttp import web

from ..studio.errors import BadInput
from .context import MAX_REQUEST, Backstage, Call, Refusal, Route, json_answer, trimmed
from .jobs import Job
from .links import KEY_HEADERS, result
from .misbehave import ACCEPTED, Rule, Rules
from .record import summary
from .registry import Door
from .storage import Storage

log = logging.getLogger("storyreel")

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>That's an error.</h1></body></html>\n"
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0"
    "000003010100c9fe92ef0000000049454e44ae426082"
)


class Results:
    """The host of results: it has nothing to do with keys."""

    name = "results"

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        async def get(call: Call) -> web.StreamResponse:
            return await result(self.stage, call)

        return [Route("GET", "/{name}", "download", get)]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{refusal.why}</Code></Error>'
        return web.Response(text=text, status=refusal.status, content_type="application/xml")


class Place(Protocol):
    """A door, or a host that has to do with some."""

    name: str

    def routes(self) -> list[Route]: ...
    def refusal(self, call: Call, refusal: Refusal) -> web.Response: ...


def application(stage: Backstage, doors: Sequence[Door], rules: Rules) -> web.Application:
    app = web.Application(client_max_size=MAX_REQUEST)
    places: list[Place] = [*doors, Results(stage), Storage(stage)]
    for door in places:
        prefix = "" if door.name == "storage" else f"/{door.name}"
        for route in door.routes():
            app.router.add_route(route.method, prefix + route.path, _Way(stage, rules, door, route).answer)
    app.router.add_get("/_emulator/record", _shown(stage))
    app.router.add_post("/_emulator/misbehave", _taught(rules))
    return app


def _shown(stage: Backstage) -> Reply:
    async def show(request: web.Request) -> web.Response:
        stage.jobs.tick()
        return json_answer(summary(stage.record.events))

    return show


def _taught(rules: Rules) -> Reply:
    async def teach(request: web.Request) -> web.Response:
        try:
            given = await request.json()
            listed = given if isinstance(given, list) else [given]
            rules.set(listed, keep=request.query.get("keep") == "true")
        except BadInput as error:
            return json_answer({"error": error.to_plain()}, 400)
        except (ValueError, TypeError, AttributeError):
            return json_answer({"error": "the body must be a JSON list of rules"}, 400)
        return json_answer({"rules": len(rules.rules)})

    return teach


class _Way:
    """One route's handler."""

    def __init__(self, stage: Backstage, rules: Rules, door: Place, route: Route) -> None:
        self.stage, self.rules, self.door, self.route = stage, rules, door, route

    async def answer(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except ConnectionError:  # the client went away in the middle of its request: nothing was asked
            self.stage.record.write("broken_off", door=self.door.name, at=self.route.at)
            return web.Response()
        call = Call(request, self.door.name, self.route.at, body)
        call.seen = _parsed(body)
        if self.stage.settings.latency:
            await asyncio.sleep(self.stage.settings.latency)
        about, model = request.match_info.get("id", ""), ""
        if isinstance(call.seen, dict):
            about = about or str(call.seen.get("operationName", ""))
            model = str(call.seen.get("model", "")) or request.match_info.get("model", "")
        rule = self.rules.pick(call.door, call.at, about, model)
        if rule is None:
            return await self._answered(call)
        call.fate = rule.fate()
        if rule.instead:
            self._tell(call, rule)
            return await self._instead(call, rule)
        answer = await self._answered(call)
        self._tell(call, rule)
        if call.fate is not None:
            return answer
        return await self._after(call, rule, answer)

    async def _answered(self, call: Call) -> web.StreamResponse:
        try:
            _hold_content_type(call)
            answer = await self.route.handler(call)
        except Refusal as refusal:
            answer = self._refused(call, refusal)
        except Exception as error:
            log.exception("the emulator of %s failed", call.door)
            self.stage.record.write("fault", door=call.door, at=call.at, why=repr(error))
            return web.Response(status=500, text="the emulator failed; this is a bug, please report it")
        if call.job is not None and call.at == "submit" and _gone(call.request):
            self.stage.record.write("unheard", door=call.door, id=call.job.id)
        if call.job is not None and (call.at in ("poll", "download") or call.delivered):
            self.stage.record.write(
                call.at,
                id=call.job.id,
                door=call.door,
                status=answer.status,
                state=call.job.state,
                sha256=call.delivered,
            )
        return answer

    def _refused(self, call: Call, refusal: Refusal) -> web.Response:
        answer = self._said(call, refusal)
        self.stage.record.write(
            "refused",
            door=call.door,
            at=call.at,
            path=call.request.path,
            status=refusal.status,
            why=trimmed(refusal.why, self.stage.access.secrets()),
            issues=trimmed(refusal.more.get("issues"), self.stage.access.secrets()),
            keyed=any(call.header(name) for name in KEY_HEADERS),
            sha256=hashlib.sha256(call.body).hexdigest(),
            body=trimmed(call.seen, self.stage.access.secrets()) if call.at == "submit" else None,
        )
        return answer

    def _tell(self, call: Call, rule: Rule) -> None:
        self.stage.record.write(
            "misbehaved",
            door=call.door,
            at=call.at,
            what=rule.what,
            options=rule.options,
            id=call.job.id if call.job else None,
            unanswered=call.at == "submit"
            and call.job is not None
            and call.fate is None
            and rule.what not in ("slow", "twice"),
        )

    async def _instead(self, call: Call, rule: Rule) -> web.StreamResponse:
        what = rule.what
        if what == "hang_before":
            return await self._hang(call)
        if what == "reset_before":
            return _reset(call)
        if what == "held":
            await asyncio.sleep(float(rule.option("seconds", 1.0)))
            return await self._answered(call)
        if what == "proxy":
            return _proxied(int(rule.option("status", 502)), str(rule.option("form", "html")))
        if what == "arrives_late":
            self._later = asyncio.create_task(self._arrives(call, float(rule.option("seconds", 1.0))))
            return _reset(call)
        if what in ("error_page", "wrong_type"):
            data, type = (PAGE, "video/mp4") if what == "error_page" else (PNG, "image/png")
            return web.Response(body=data, content_type=type)
        if what == "unnamed_type":
            return web.Response(body=PNG, content_type="application/octet-stream")
        if what in ("502", "504"):
            return _page(int(what))
        more: dict[str, Any] = {}
        for name in ("after", "retry", "quota", "code"):
            if rule.option(name) is not None:
                more[name] = rule.option(name)
        why = {
            "429": "Resource has been exhausted (e.g. check quota).",
            "500": "An internal error has occurred.",
            "503": "The model is overloaded. Please try again later.",
            "echo": f"Incorrect API key provided: {_key(call)}.",
            "spurious_400": "API key not valid. Please pass a valid API key.",
            "404": "Not found.",
            "expired": "AccessDenied: the link has expired",
        }[what]
        status = {"echo": 401, "spurious_400": 400, "expired": 403}.get(what) or int(what)
        if rule.option("array"):  # so answers Google's front end, with numbers for codes
            more |= {"array": True, "front": True}
        if what == "404" and hasattr(self.door, "denial"):
            return cast(Door, self.door).denial(call)
        if what == "429" and "quota" not in more and "retry" in more:
            more["quota"] = "PerMinute"
        return self._said(call, Refusal(status, why, **more))

    def _said(self, call: Call, refusal: Refusal) -> web.Response:
        answer = self.door.refusal(call, refusal)
        if "after" in refusal.more:
            answer.headers["Retry-After"] = str(refusal.more["after"])
        return answer

    async def _after(self, call: Call, rule: Rule, answer: web.StreamResponse) -> web.StreamResponse:
        what = rule.what
        if what == "hang":
            return await self._hang(call)
        if what == "reset":
            return _reset(call)
        if what == "slow":
            await asyncio.sleep(float(rule.option("seconds", 1.0)))
            return answer
        if what in ACCEPTED:
            return await self._instead(call, rule)
        if what == "html_200":
            return web.Response(body=PAGE, content_type="text/html")
        if not isinstance(answer, web.Response):
            return answer
        data = bytes(answer.body) if isinstance(answer.body, (bytes, bytearray)) else b""
        if what == "spoiled":
            half = len(data) // 2
            answer.body = (
                data[:half] + bytes(byte ^ 0x5A for byte in data[half : half + 64]) + data[half + 64 :]
            )
            return answer
        if what in ("no_id", "duplicate_id"):
            return self._without_id(call, what, data, answer)
        return await _raw(call, answer, data, what, rule.option("bytes", len(data) // 2))

    def _without_id(self, call: Call, what: str, data: bytes, answer: web.Response) -> web.Response:
        if not cast(Door, self.door).id_key:
            return json_answer({}, answer.status)
        plain = json.loads(data)
        # Of the places where this service puts ids, that of this answer.
        for where in cast(Door, self.door).id_key.split():
            *path, key = where.split(".")
            place = plain
            for part in path:
                place = place[part]
            if place.pop(key, None):
                break
        else:
            return json_answer({}, answer.status)
        if what == "duplicate_id":
            jobs: list[Job] = [job for job in self.stage.jobs.all() if job.door == call.door]
            others = [job.id for job in jobs if call.job is None or job.id != call.job.id]
            if others:
                place[key] = others[-1]
        return json_answer(plain, answer.status)

    async def _arrives(self, call: Call, seconds: float) -> None:
        """The request was held up on its way, and the client has long gone."""
        await asyncio.sleep(seconds)
        await self._answered(call)

    async def _hang(self, call: Call) -> web.StreamResponse:
        """Says nothing until the client goes away or the emulator ends."""
        transport = call.request.transport
        while transport is not None and not transport.is_closing() and not self.stage.stopping.is_set():
            await asyncio.sleep(0.02)
        return _reset(call)


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _hold_content_type(call: Call) -> None:
    """JSON is expected where a door is spoken to, except where forms, files and nothing are."""
    if call.request.method != "POST" or call.at in ("upload", "token") or not call.body:
        return
    if not call.header("content-type").split(";")[0].strip() == "application/json":
        raise Refusal(
            400 if call.door in ("google", "vertex") else 415,
            "Invalid content type: expected application/json.",
        )
    if call.seen is None:
        raise Refusal(400, "Invalid JSON payload received.")


def _key(call: Call) -> str:
    return next((call.header(name).rpartition(" ")[2] for name in KEY_HEADERS if call.header(name)), "")


def _proxied(status: int, form: str) -> web.Response:
    """What stands before the service answers in its place: it knows of statuses, and not how the service speaks."""
    where = {"Location": "https://elsewhere.invalid/"} if 300 <= status < 400 else {}
    if form == "json":
        return json_answer({"message": "Try again later."}, status, where)
    body, type = (PAGE, "text/html") if form == "html" else (b"", "text/plain")
    return web.Response(body=body, status=status, content_type=type, headers=where)


def _page(status: int) -> web.Response:
    return web.Response(body=PAGE, status=status, content_type="text/html")


def _reset(call: Call) -> web.Response:
    """Ends the connection at once with a TCP reset."""
    transport = call.request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _raw(call: Call, answer: web.Response, data: bytes, what: str, count: int) -> web.Response:
    """The answer as bytes on the wire: two times, or broken off after `count` bytes of its body."""
    head = [f"HTTP/1.1 {answer.status} OK", f"Content-Length: {len(data)}"]
    head += [f"{name}: {value}" for name, value in answer.headers.items() if name != "Content-Length"]
    whole = "\r\n".join([*head, "", ""]).encode() + (data if what == "twice" else data[:count])
    transport = call.request.transport
    if transport is not None and isinstance(transport, asyncio.Transport):
        transport.write(whole * (2 if what == "twice" else 1))
        transport.close()
    return web.Response()
