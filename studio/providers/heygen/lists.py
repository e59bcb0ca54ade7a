"""HeyGen's lists, page by page: its videos, and who can talk."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ..contract import Missed
from ..http import Wire
from .people import Avatar, Voice

_PAGE, _PAGES = 50, 200


def listed(wire: Wire, path: str, **asked: str) -> list[dict[str, Any]]:
    """All of a list. Raises Missed, Refused."""
    found: list[dict[str, Any]] = []
    query = {"limit": str(_PAGE), **asked}
    for _ in range(_PAGES):
        page = wire.ask("GET", f"{path}?{urlencode(query)}").object()
        items, token = page.get("data"), page.get("next_token")
        if not isinstance(items, list):
            raise Missed("heygen's list is none")
        found += [item for item in items if isinstance(item, dict)]
        if not page.get("has_more"):
            return found
        if not token or token == query.get("token"):
            break
        query["token"] = str(token)
    raise Missed("heygen's list has no end")


def avatars(wire: Wire) -> list[Avatar]:
    """The looks that are ready."""
    return [
        Avatar(
            str(look["id"]),
            str(look.get("name") or ""),
            str(look.get("gender") or ""),
            str(look.get("avatar_type") or ""),
            str(look.get("default_voice_id") or ""),
            str(look.get("preview_image_url") or ""),
        )
        for look in listed(wire, "/v3/avatars/looks")
        if look.get("id") and look.get("status") in (None, "completed")
    ]


def voices(wire: Wire, language: str) -> list[Voice]:
    """The account's own first."""
    asked = {"language": language} if language else {}
    return [
        Voice(
            str(voice["voice_id"]),
            str(voice.get("name") or ""),
            str(voice.get("language") or ""),
            str(voice.get("gender") or ""),
            str(voice.get("preview_audio_url") or ""),
        )
        for kind in ("private", "public")
        for voice in listed(wire, "/v3/voices", type=kind, **asked)
        if voice.get("voice_id")
    ]
