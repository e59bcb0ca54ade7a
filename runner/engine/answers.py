"""What the engine answers: JSON that any browser can read, and a sentence where it refuses, in ComfyUI's shape."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

log = logging.getLogger("storyreel")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """The request can't be followed: a status, and a sentence for whoever sent it."""

    def __init__(self, status: int, message: str = "", type: str = "bad_request") -> None:
        super().__init__(message)
        self.status = status
        self.message = message or web_reason(status)
        self.type = type

    def response(self) -> web.Response:
        error = {"type": self.type, "message": self.message, "details": "", "extra_info": {}}
        return answer({"error": error, "node_errors": {}}, self.status)


def web_reason(status: int) -> str:
    return {
        400: "the request names what must not be named",
        403: "that is outside of the engine's folders",
        404: "there is no such file",
    }.get(status, "the engine does not do that")


def written(body: Any) -> str:
    """As JSON. A number that JSON doesn't have (NaN, Infinity) is null, as a browser would write it."""
    try:
        return json.dumps(body, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(body), default=str)


def answer(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, dumps=written)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


@web.middleware
async def tidy(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered with JSON; what is our own fault goes to the log and says so."""
    try:
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            # A few kB unpack to gigabytes; no client of ComfyUI packs what it sends.
            raise Refused(415, "the engine unpacks nothing: send it without Content-Encoding", "packed")
        return await handler(request)
    except Refused as refused:
        response = refused.response()
        if refused.status in (408, 413, 415):
            response.force_close()  # the rest of what was sent is not waited for
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = Refused(error.status, f"{error.reason}: {request.method} {request.path}"[:300]).response()
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except ConnectionError:  # whoever asked is gone
        raise
    except Exception:
        log.exception("the engine failed at %s %r", request.method, request.path[:200])
        return Refused(500, "the engine itself failed; its log says more", "internal").response()
