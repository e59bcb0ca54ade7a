"""Veo and Gemini Omni on Vertex AI, as it speaks: long-running predictions and interactions behind OAuth, results
inline or in a bucket. Pictures and sounds come with the answer: vertex_drawings.py, google_sounds.py."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Container
from typing import Any

from aiohttp import web

from . import access, google_rules, google_sounds, interactions, prices, vertex_drawings
from .access import GRANT, PROJECT, TOKEN_SECONDS, Denied
from .context import Backstage, Call, Refusal, Route, json_answer
from .drawings import GEMINI
from .jobs import Job
from .misbehave import unheard_of
from .vertex_rules import VEO, labels, read

MODELS = (
    "/{version:v1|v1beta1}/projects/{project}/locations/{location}/publishers/google/models/{model:[^:/]+}"
)
TALKS = "/{version:v1beta1}/projects/{project}/locations/{location}/interactions"
STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
RAI = (
    "Veo could not generate videos because the input image or prompt violates Google's usage guidelines. "
    "Support codes: 58061214"
)


class Vertex:
    name = "vertex"
    id_key = "name id"
    bills_moderated = False

    def __init__(self, stage: Backstage) -> None:
        self.stage = stage

    def routes(self) -> list[Route]:
        return [
            Route("POST", MODELS + ":predictLongRunning", "submit", self.submit),
            Route("POST", MODELS + ":fetchPredictOperation", "poll", self.poll),
            Route("POST", MODELS + ":generateContent", "submit", self.generate),
            Route("POST", MODELS + ":predict", "submit", self.predict),
            Route("POST", TALKS, "submit", self.create),
            Route("GET", TALKS + "/{id}", "poll", self.get),
            Route("POST", "/token", "token", self.token),
        ]

    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        if call.at == "token":
            body: dict[str, Any] = {"error": refusal.more.get("code", "invalid_request")}
            return json_answer(body | {"error_description": refusal.why}, refusal.status)
        error: dict[str, Any] = {
            "code": refusal.status,
            "message": refusal.why,
            "status": STATUS.get(refusal.status, "UNKNOWN"),
        }
        if "quota" in refusal.more:
            error["details"] = quota_details(refusal)
        elif refusal.status == 401:
            reason = refusal.more.get("reason", "ACCESS_TOKEN_TYPE_UNSUPPORTED")
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
            error["details"] = [info | {"domain": "googleapis.com"}]
        plain = {"error": error}
        return json_answer([plain] if refusal.more.get("array") else plain, refusal.status)

    def denial(self, call: Call) -> web.Response:
        return self.refusal(call, Refusal(404, "Not found."))

    def environment(self, url: str) -> dict[str, str]:
        return {
            "STORYREEL_VERTEX_BASE_URL": url,
            "STORAGE_EMULATOR_HOST": url.removesuffix("/vertex"),
            "GOOGLE_CLOUD_PROJECT": access.PROJECT,
            "GOOGLE_CLOUD_LOCATION": access.LOCATION,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.stage.access.account),
        }

    async def token(self, call: Call) -> web.Response:
        form = dict(await call.request.post())
        if form.get("grant_type") != GRANT:
            raise Refusal(400, f"Invalid grant_type: {form.get('grant_type')}", code="unsupported_grant_type")
        try:
            token = await asyncio.to_thread(self.stage.access.token_for, str(form.get("assertion", "")))
        except Denied as denied:
            raise Refusal(400, denied.why, code=denied.code) from None
        return json_answer({"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"})

    def _signed_in(self, call: Call) -> None:
        hold_token(self.stage, call)
        if call["project"] != PROJECT:
            raise Refusal(
                403,
                f"Permission 'aiplatform.endpoints.predict' denied on resource "
                f"'//aiplatform.googleapis.com/projects/{call['project']}' (or it may not exist).",
            )

    def enter(self, call: Call, models: Container[str] = VEO) -> None:
        self._signed_in(call)
        if call["model"] not in models:
            raise Refusal(
                404,
                f"Publisher Model `projects/{call['project']}/locations/{call['location']}/publishers/google/"
                f"models/{call['model']}` was not found or your project does not have access to it.",
            )

    async def submit(self, call: Call) -> web.Response:
        self.enter(call)
        model = call["model"]
        wanted = await asyncio.to_thread(read, call, self.stage.store, model)
        name = (
            f"projects/{call['project']}/locations/{call['location']}/publishers/google/models/{model}"
            f"/operations/{uuid.uuid4()}"
        )
        self.stage.accept(
            call,
            id=name,
            model=model,
            ask=wanted.ask,
            price=prices.veo(model, wanted.resolution, wanted.ask),
            labels=wanted.labels,
            bucket=wanted.bucket,
        )
        return json_answer({"name": name})

    def _enter_global(self, call: Call) -> None:
        self._signed_in(call)
        if call["location"] != "global":
            raise Refusal(404, f"Interactions are not available in {call['location']}.")

    async def create(self, call: Call) -> web.Response:
        self._enter_global(call)
        wanted = await asyncio.to_thread(google_rules.read, call, self.stage, True)
        job = self.stage.accept(
            call,
            id="v1_" + uuid.uuid4().hex,
            model=wanted.model,
            ask=wanted.ask,
            price=wanted.price,
            labels=wanted.labels,
            tokens=wanted.tokens,
            uri=wanted.uri,
            stored=wanted.store,
            bucket=wanted.bucket,
        )
        while not (wanted.background or job.over or self.stage.stopping.is_set()):
            await asyncio.sleep(0.02)
            self.stage.jobs.tick()
        return json_answer(await interactions.told(self.stage, call, job, self._in_bucket))

    async def get(self, call: Call) -> web.Response:
        self._enter_global(call)
        job = call.job = self.stage.jobs.get("vertex", call["id"])
        if job is None or not job.more.get("stored"):
            raise Refusal(404, f"Interaction {call['id']} was not found.")
        return json_answer(await interactions.told(self.stage, call, job, self._in_bucket))

    async def generate(self, call: Call) -> web.Response:
        self.enter(call, {*GEMINI, *google_sounds.SPEECH})
        if call["model"] in google_sounds.SPEECH:
            return await google_sounds.generate(self.stage, call, labels)
        return await vertex_drawings.generate(self.stage, call)

    async def predict(self, call: Call) -> web.Response:
        self.enter(call, google_sounds.PREDICTED)
        return await google_sounds.predict(self.stage, call)

    async def poll(self, call: Call) -> web.Response:
        self.enter(call)
        body = call.seen
        if not isinstance(body, dict) or set(body) - {"operationName"}:
            unknown = sorted(set(body) - {"operationName"}) if isinstance(body, dict) else ["body"]
            raise Refusal(
                400, f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.'
            )
        name = body.get("operationName")
        if not isinstance(name, str) or "/operations/" not in name:
            raise Refusal(400, "Invalid resource name in operationName.")
        job = call.job = self.stage.jobs.get("vertex", name)
        if job is None:
            raise Refusal(404, f"Operation {name} was not found.")
        if job.model != call["model"]:
            raise Refusal(400, "The operation belongs to another publisher model.")
        return json_answer(await self.operation(call, job))

    async def operation(self, call: Call, job: Job) -> dict[str, Any]:
        plain: dict[str, Any] = {"name": job.id}
        words = job.fate.words
        if words.get("extra_fields"):
            plain |= unheard_of()
        if not job.over:
            return plain
        plain["done"] = True
        if words.get("unknown_state"):
            return plain | {"response": {"@type": "type.googleapis.com/cloud.ai.SomethingElse"}}
        if job.state == "failed":
            return plain | {
                "error": {"code": 13, "message": words.get("failure", "Internal error. Try again.")}
            }
        kind = "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"
        if job.state == "blocked":
            filtered = {
                "raiMediaFilteredCount": job.ask.clips,
                "raiMediaFilteredReasons": [RAI] * job.ask.clips,
            }
            return plain | {"response": {"@type": kind, **filtered}}
        videos = [await self._video(call, job, number) for number in range(job.ask.clips)]
        return plain | {"response": {"@type": kind, "videos": videos, "raiMediaFilteredCount": 0}}

    async def _video(self, call: Call, job: Job, number: int) -> dict[str, str]:
        path = await self.stage.clip(job, number)
        data = await asyncio.to_thread(path.read_bytes)
        if not job.more["bucket"]:
            call.delivers(data)
            encoded = await asyncio.to_thread(base64.b64encode, data)
            return {"bytesBase64Encoded": encoded.decode(), "mimeType": "video/mp4"}
        return {"gcsUri": await self._in_bucket(call, job, number), "mimeType": "video/mp4"}

    async def _in_bucket(self, call: Call, job: Job, number: int = 0) -> str:
        """Where a clip was put in the client's bucket."""
        path = await self.stage.clip(job, number)
        data = await asyncio.to_thread(path.read_bytes)
        folder = job.more["bucket"].rstrip("/") + "/" + job.id.rpartition("/")[2].replace("-", "")[:20]
        name = f"{folder}/sample_{number}.mp4"
        if self.stage.store.named(name) is None:
            digest = await asyncio.to_thread(self.stage.store.put, data)
            self.stage.store.name(name, digest, "video/mp4", job=job.id)
        return name


def hold_token(stage: Backstage, call: Call) -> None:
    kind, _, token = call.header("authorization").partition(" ")
    if not token:
        raise Refusal(
            401,
            "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie "
            "or other valid authentication credential.",
            reason="CREDENTIALS_MISSING",
        )
    if kind.lower() != "bearer" or not stage.access.token_holds(token):
        raise Refusal(401, "Request had invalid authentication credentials.")


def quota_details(refusal: Refusal) -> list[dict[str, Any]]:
    """Which quota is used up, and when to come again."""
    period = refusal.more["quota"]
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_requests",
        "quotaId": f"GenerateRequests{period}PerProjectPerModel",
        "quotaDimensions": {"location": "global"},
        "quotaValue": "10",
    }
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
    ]
    if refusal.more.get("retry") is not None:
        delay = {"retryDelay": f"{refusal.more['retry']}s"}
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo"} | delay)
    return details
