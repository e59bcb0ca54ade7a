"""Kling's API as it speaks, in both its families: bearer keys or tokens made of two keys, ids that clients give their
tasks, and nothing that cancels."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import secrets
import uuid
from typing import Any

from aiohttp import web

from .context import Backstage, Call, Refusal, Route, json_answer
from .jobs import Job
from .kling_rules import KINDS, LEGACY, LEGACY_MODELS, Invalid, Wanted, read, read_legacy
from .links import link
from .misbehave import unheard_of

WORDS = {
    "throttled": "submitted",
    "queued": "submitted",
    "running": "processing",
    "done": "succeeded",
    "failed": "failed",
    "blocked": "failed",
}
CODES = {400: 1201, 401: 1002, 403: 1103, 404: 1203, 429: 1302, 500: 5000, 503: 5001, 504: 5002}
"""What code goes with a status, where nothing else is said."""
MESSAGES = {
    1100: "Account exception",
    1101: "Account in arrears",
    1102: "Account balance not enough",
    1301: "The request was rejected by the content security policy",
    1303: "parallel task over resource pack limit",
    1304: "The IP is not in the whitelist",
}
SAFETY = "Failure to pass the risk control system"


class Kling:
    name = "kling"
    id_key = "data.id"
    bills_moderated = False

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        kinds, legacy = "|".join(KINDS), "|".join(LEGACY)
        return [
            Route("POST", f"/{{kind:{kinds}}}/{{model}}", "submit", self.submit),
            Route("GET", "/tasks", "poll", self.tasks),
            Route("POST", f"/v1/videos/{{kind:{legacy}}}", "submit", self.submit_legacy),
            Route("GET", f"/v1/videos/{{kind:{legacy}}}/{{id}}", "poll", self.legacy_task),
        ]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        code = int(refusal.more.get("code") or CODES.get(refusal.status, 1200))
        why = MESSAGES.get(code, refusal.why) if "code" in refusal.more else refusal.why
        return json_answer({"code": code, "message": why, "request_id": str(uuid.uuid4())}, refusal.status)

    def denial(self, call: Call) -> web.Response:
        if call.at != "poll":
            return self.refusal(call, Refusal(404, "The requested resource does not exist"))
        if call.request.path.endswith("/tasks"):
            return _answer([])
        return self.refusal(call, Refusal(400, "Task not found"))

    def environment(self, url: str) -> dict[str, str]:
        key = self.stage.access.key
        return {
            "STORYREEL_KLING_BASE_URL": url,
            "KLING_API_KEY": key("kling"),
            "KLING_ACCESS_KEY": key("kling_access"),
            "KLING_SECRET_KEY": key("kling_secret"),
        }

    def enter(self, call: Call, legacy: bool) -> None:
        """Lets a static key in everywhere, and a token only where the legacy family is spoken."""
        kind, _, key = call.header("authorization").partition(" ")
        if kind != "Bearer" or not key:
            raise Refusal(401, "Authorization is empty", code=1001)
        if key == self.stage.access.key("kling"):
            return
        if key.count(".") != 2:
            raise Refusal(401, "Auth failed: the key is not valid", code=1002)
        if not legacy:
            why = "Authentication error. The current API does not support AK/SK; create an API key"
            raise Refusal(401, why, code=1002)
        self._hold_token(key)

    def _hold_token(self, token: str) -> None:
        signed, _, signature = token.rpartition(".")
        expected = hmac.digest(self.stage.access.key("kling_secret").encode(), signed.encode(), "sha256")
        try:
            head, claims = (json.loads(_unbase64(part)) for part in signed.split("."))
            good = hmac.compare_digest(_unbase64(signature), expected)
        except (ValueError, TypeError):
            raise Refusal(401, "Authorization is invalid: no JWT", code=1000) from None
        if head != {"alg": "HS256", "typ": "JWT"} or not good or not isinstance(claims, dict):
            raise Refusal(401, "Authorization is invalid: signature", code=1000)
        if claims.get("iss") != self.stage.access.key("kling_access"):
            raise Refusal(401, "Authorization is invalid: access key not found", code=1002)
        begins, ends, now = claims.get("nbf"), claims.get("exp"), self.stage.jobs.clock()
        if not isinstance(begins, int) or not isinstance(ends, int):
            raise Refusal(401, "Authorization is invalid: exp and nbf are required", code=1000)
        if now < begins:
            raise Refusal(401, "Authorization is not yet valid", code=1003)
        if now >= ends:
            raise Refusal(401, "Authorization has expired", code=1004)

    async def submit(self, call: Call) -> web.Response:
        self.enter(call, legacy=False)
        model = call["model"]
        if model not in KINDS[call["kind"]]:
            raise Refusal(404, f"model {model} does not exist")
        job = self._accepted(call, model, await self._read(read, call["kind"], model, call.seen), "")
        return _answer(_new_task(job, "submitted"))

    async def submit_legacy(self, call: Call) -> web.Response:
        self.enter(call, legacy=True)
        model = call.seen.get("model_name") if isinstance(call.seen, dict) else None
        if not isinstance(model, str) or model not in LEGACY_MODELS:
            raise Refusal(404, f"The model {model!r} has been discontinued or does not exist")
        wanted = await self._read(read_legacy, call["kind"], call.seen)
        return _answer(_legacy_task(self._accepted(call, model, wanted, call["kind"]), "submitted"))

    async def _read(self, how: Any, *what: Any) -> Wanted:
        try:
            return await asyncio.to_thread(how, *what, self.stage.store)
        except Invalid as invalid:
            raise Refusal(400, str(invalid)) from None

    def _accepted(self, call: Call, model: str, wanted: Wanted, family: str) -> Job:
        if wanted.ours is not None and any(job.more["ours"] == wanted.ours for job in self._jobs()):
            raise Refusal(400, f"external_task_id {wanted.ours!r} already exists")
        limit = self.stage.settings.limits.get(self.name)
        if limit is not None and sum(job.model == model and not job.over for job in self._jobs()) >= limit:
            raise Refusal(429, "too many at once", code=1303)
        labels = {"storyreel": wanted.ours} if wanted.ours else None
        return self.stage.accept(
            call,
            id=f"{secrets.randbelow(9 * 10**17) + 10**17}",
            model=model,
            ask=wanted.ask,
            price=wanted.price,
            labels=labels,
            family=family,
            ours=wanted.ours,
        )

    def _jobs(self) -> list[Job]:
        return [job for job in self.stage.jobs.all() if job.door == self.name]

    async def tasks(self, call: Call) -> web.Response:
        """Those of some ids, the service's or the client's; of an id that nobody knows, nothing."""
        self.enter(call, legacy=False)
        keys = dict(call.request.query)
        if len(keys) != 1 or not set(keys) <= {"task_ids", "external_task_ids"}:
            raise Refusal(400, "exactly one of task_ids and external_task_ids is required")
        [(key, value)] = keys.items()
        wanted = value.split(",")
        found = [job for job in self._jobs() if not job.more["family"]]
        found = [job for job in found if (job.id if key == "task_ids" else job.more["ours"]) in wanted]
        call.job = found[0] if found else None
        return _answer([self._told(call, job) for job in found])

    async def legacy_task(self, call: Call) -> web.Response:
        self.enter(call, legacy=True)
        known = [job for job in self._jobs() if job.more["family"] == call["kind"]]
        job = call.job = next((job for job in known if call["id"] in (job.id, job.more["ours"])), None)
        if job is None:
            raise Refusal(400, "Task not found")
        return _answer(self._told(call, job))

    def _told(self, call: Call, job: Job) -> dict[str, Any]:
        """The task, as its family tells it."""
        words, legacy = job.fate.words, bool(job.more["family"])
        word = WORDS[job.state]
        if words.get("unknown_state") and job.state != "queued":
            word = "transmogrifying"
        plain = _legacy_task(job, word) if legacy else _new_task(job, word)
        if words.get("extra_fields"):
            plain |= unheard_of()
        if not job.over:
            return plain
        said = {"failed": words.get("failure", "Internal generation error"), "blocked": SAFETY}.get(
            job.state, ""
        )
        plain["task_status_msg" if legacy else "message"] = said
        amount = f"{job.billed * words.get('price', 1):f}"
        video = {"id": f"{job.id}0", "duration": f"{job.ask.seconds:g}"}
        if job.state == "done":
            video["url"] = link(self.stage, call, job)
        if legacy:
            plain["task_result"] = {"videos": [video]} if job.state == "done" else {}
            cash = {"quota": amount, "list_price": amount}
            return plain | {"final_unit_deduction": "0", "final_balance_deduction": cash}
        plain["outputs"] = [{"type": "video", **video}] if job.state == "done" else []
        return plain | {"billing": [{"charge_type": "cash", "amount": amount, "package_type": "video"}]}


def _new_task(job: Job, word: str) -> dict[str, Any]:
    at = int(job.accepted * 1000)
    named = {"external_id": job.more["ours"]} if job.more["ours"] else {}
    return {"id": job.id, "status": word, "message": "", "create_time": at, "update_time": at, **named}


def _legacy_task(job: Job, word: str) -> dict[str, Any]:
    at = int(job.accepted * 1000)
    info = {"external_task_id": job.more["ours"]} if job.more["ours"] else {}
    word = "succeed" if word == "succeeded" else word
    return {"task_id": job.id, "task_status": word, "task_info": info, "created_at": at, "updated_at": at}


def _answer(data: Any) -> web.Response:
    return json_answer({"code": 0, "message": "SUCCEED", "request_id": str(uuid.uuid4()), "data": data})


def _unbase64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
