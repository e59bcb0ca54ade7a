"""The canvas asks a person before the first purchase; the answer comes to ComfyUI's server, at /storyreel/consent.

Only a page that this server itself has shown may give it, and only as JSON, which no form of another page can send. Nor
may a page that has led its own name here: only at an address, or at a name that nobody can register, is it ours.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..studio.errors import StoryreelError
from ..studio.ledger import canvas_consent

PATH = "/storyreel/consent"


def listen(server: Any) -> None:
    """Adds the route, once however often the pack is loaded. `server` is ComfyUI's, or None where it has none."""
    if server is None or any(getattr(route, "path", "") == PATH for route in server.routes):
        return
    from aiohttp import web

    @server.routes.post(PATH)
    async def agree(request: web.Request) -> web.Response:
        if not _own_page(request.headers) or request.content_type != "application/json":
            said = f"only the canvas itself may agree, opened by this machine's address; or: {canvas_consent.CURE}"
            return web.json_response({"error": said}, status=403)
        try:
            body = await request.json()
            day = canvas_consent.amount(body.get("day") if isinstance(body, dict) else None)
            canvas_consent.grant(day)
        except (
            ValueError,
            RecursionError,
            LookupError,
        ):  # no text, no JSON, without a bottom, in no known letters
            return web.json_response({"error": "that is no JSON"}, status=400)
        except StoryreelError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"day": float(day)})


def _own_page(headers: Any) -> bool:
    if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    try:
        origin, here = urlsplit(headers.get("Origin", "")), urlsplit(f"//{headers.get('Host', '')}")
        return origin.netloc.lower() == here.netloc.lower() and _unregistered(origin.hostname or "")
    except ValueError:
        return False


def _unregistered(name: str) -> bool:
    """Whether a host name is an address, or one of a local network: nobody can have it point here from elsewhere."""
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return bool(name) and ("." not in name or name.endswith((".localhost", ".local")))


def spending_node(node_id: str, graph: Mapping[str, Any]) -> str:
    """The node of the workflow by whose max_cost a node spends. A loop or another node may make nodes as it runs, named
    after its own: a round's copy (9.0.0.5, of 5) spends by the one that it copies, all else by the one that made it.

    >>> spending_node("9.0.0.Recurse.0.0.5", {"5": {"inputs": {"max_cost": 1.0}}, "9": {"inputs": {}}})
    '5'
    """
    if node_id in graph:
        return node_id
    parts = node_id.split(".")
    for at in range(1, len(parts)):
        name = ".".join(parts[at:])
        if "max_cost" in ((graph.get(name) or {}).get("inputs") or {}):
            return name
    made_by = (".".join(parts[:at]) for at in range(len(parts) - 1, 0, -1))
    return next((name for name in made_by if name in graph), parts[0])
