"""The emulated services, by the names of the product's doors. A new one is a file and a row here."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from aiohttp import web

from .context import Backstage, Call, Refusal, Route

DOORS: dict[str, str] = {
    # name: the module and the class in it
    "vertex": ".vertex:Vertex",
    "google": ".google:Google",
    "runway": ".runway:Runway",
    "kling": ".kling:Kling",
    "fal": ".fal:Fal",
    "pika": ".pika:Pika",
    "heygen": ".heygen:HeyGen",
    "openai": ".openai:OpenAI",
}


class Door(Protocol):
    """A service as it speaks. Its routes are below /<name>."""

    name: str
    id_key: str
    """Where its answer to a submit tells the job's id: id, data.id; several with
    spaces between, of which an answer has one. Empty where what it makes is the answer."""
    bills_moderated: bool
    """Whether it bills a job that its moderation stops."""

    def routes(self) -> list[Route]: ...
    def refusal(self, call: Call, refusal: Refusal) -> web.Response:
        """A refusal in the service's own words."""
        ...

    def denial(self, call: Call) -> web.Response:
        """How it says that it knows no such job."""
        ...

    def environment(self, url: str) -> dict[str, str]:
        """What leads the product here: the base URL, which is `url`, and keys that are worth nothing elsewhere."""
        ...


def kinds() -> list[type[Door]]:
    """The classes of all of them."""
    found = []
    for place in DOORS.values():
        module, _, name = place.partition(":")
        found.append(getattr(import_module(module, __package__), name))
    return found


def opened(stage: Backstage) -> list[Door]:
    return [kind(stage) for kind in kinds()]  # type: ignore[call-arg]
