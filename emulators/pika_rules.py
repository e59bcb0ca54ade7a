"""What Pika's video operations take and refuse, as data, and what they cost (docs.comfy.org and public clients of its
API, 21 November 2026).

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from . import media
from .checks import Issue, Place, Rule, each, one_of, text, thing, whole
from .jobs import Ask
from .store import Store

PICTURES = ("image/jpeg", "image/png", "image/webp")
A_SECOND = {"720p": Decimal("0.04"), "1080p": Decimal("0.09")}
"""Dollars."""

_SHORT = {"720p": 720, "1080p": 1080}
_COMMON: dict[str, Rule] = {
    "prompt": text(1),
    "negative_prompt": text(1),
    "resolution": one_of(*A_SECOND),
    "seed": whole(0, 2**32 - 1),
}


class Invalid(Exception):
    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("; ".join(f"{issue.place}: {issue.message}" for issue in issues))


class Operation(NamedTuple):
    keys: Mapping[str, Rule]
    required: tuple[str, ...]


OPERATIONS = {
    "pika/pika-2.5/text-to-video": Operation(_COMMON | {"duration_s": one_of(5)}, ("prompt",)),
    "pika/pika-2.5/image-to-video": Operation(
        _COMMON | {"image": text(1), "duration_s": one_of(5, 10)}, ("image",)
    ),
    "pika/pikaframes/image-to-video": Operation(
        _COMMON | {"images": each(text(1), 2, 5), "transition_duration_s": whole(1, 10)}, ("images",)
    ),
}


class Wanted(NamedTuple):
    ask: Ask
    price: Decimal


def read(operation: str, body: Any, store: Store) -> Wanted:
    """What a request asks for. Raises Invalid with every issue."""
    rule = OPERATIONS[operation]
    issues = thing(rule.keys, rule.required)(body, ())
    if not issues and body.get("transition_duration_s", 5) > 5 and len(body["images"]) != 2:
        issues = [Issue(("transition_duration_s",), "custom", "More than 5 seconds need exactly 2 images")]
    if issues:
        raise Invalid(issues)
    resolution = body.get("resolution", "1080p")
    pictures, seconds = [], float(body.get("duration_s", 5))
    if "image" in body:
        pictures = [_fetched(body["image"], ("image",), store)]
    elif "images" in body:
        pictures = [_fetched(url, ("images", number), store) for number, url in enumerate(body["images"])]
        seconds = float(body.get("transition_duration_s", 5) * (len(pictures) - 1))
    width, height = media.framed(
        _SHORT[resolution], store.path(pictures[0]).read_bytes() if pictures else None
    )
    first, *more = pictures or [None]
    ask = Ask(
        body.get("prompt", ""),
        seconds,
        width,
        height,
        sound=False,
        seed=body.get("seed"),
        first=first,
        last=more[-1] if more else None,
    )
    return Wanted(ask, A_SECOND[resolution] * Decimal(str(seconds)))


def _fetched(url: str, place: Place, store: Store) -> str:
    """Pika's servers fetch a picture themselves. What the emulator gave an address, it finds, though its own addresses
    are no https; every other must be one that those servers could fetch, and is then refused for being elsewhere.
    """
    about = store.named(url)
    if about is not None:
        data = store.path(about["sha256"]).read_bytes()
        issue = media.picture_issue(data, about["type"], PICTURES, place)
        if issue:
            raise Invalid([issue])
        return about["sha256"]
    parts = urlsplit(url)
    if parts.scheme != "https" or "." not in (parts.hostname or ""):
        raise Invalid([Issue(place, "custom", "must be a public https URL")])
    raise Invalid([Issue(place, "custom", "could not be fetched: an emulator knows its own uploads only")])
