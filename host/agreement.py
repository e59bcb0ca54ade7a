"""The canvas asks a person before the first purchase; the answer comes to ComfyUI's server, at /storyreel/consent.

Only a page that this server itself has shown may give it, and only as JSON, which no form of another page can send.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..studio import allowance
from ..studio.errors import StoryreelError

PATH = "/storyreel/consent"


def listen(server: Any) -> None:
    """Adds the route, once however often the pack is loaded. `server` is ComfyUI's, or None where it has none."""
    if server is None or any(getattr(route, "path", "") == PATH for route in server.routes):
        return
    from aiohttp import web

    @server.routes.post(PATH)
    async def agree(request: web.Request) -> web.Response:
        if not _own_page(request.headers) or request.content_type != "application/json":
            return web.json_response({"error": "only the canvas itself may agree"}, status=403)
        try:
            body = await request.json()
            day = allowance.amount(body.get("day") if isinstance(body, dict) else None)
            allowance.grant(day)
        except ValueError:
            return web.json_response({"error": "that is no JSON"}, status=400)
        except StoryreelError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"day": float(day)})


def _own_page(headers: Any) -> bool:
    if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    try:
        origin, here = urlsplit(headers.get("Origin", "")), urlsplit(f"//{headers.get('Host', '')}")
        return bool(origin.hostname) and origin.netloc.lower() == here.netloc.lower()
    except ValueError:
        return False
