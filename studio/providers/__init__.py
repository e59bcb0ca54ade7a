"""The providers, by name. A new one is a file that speaks contract.py's words and a row here.

>>> provider("animatic").capabilities()[0].free
True
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from .contract import Provider

PROVIDERS: dict[str, str] = {
    # name: the module, loaded when it is first asked for, and the class in it
    "animatic": ".animatic.provider:Animatic",
    "vertex": ".google.vertex:Vertex",
    "google": ".google.gemini:Google",
    "runway": ".runway:Runway",
    "kling": ".kling.provider:Kling",
    "fal": ".fal.provider:Fal",
    "pika": ".pika:Pika",
    "heygen": ".heygen.provider:HeyGen",
    "openai": ".openai:OpenAI",
    "svd": ".svd.provider:Svd",
}

AUTO = "auto"
"""Whoever is best."""
SOUNDS_ONLY = ("openai",)
"""The doors that make no clips and no pictures, only what is heard."""
FAMILIES = {"veo": "veo-3.1", "omni": "gemini-omni-1.2"}
"""Words for the newest model of a kind, through whichever door is ready."""


@cache
def provider(name: str) -> Provider:
    """The provider of that name, the same one each time. Raises BadInput if there is none."""
    if name not in PROVIDERS:
        raise BadInput(*complaint(name))
    module, _, factory = PROVIDERS[name].partition(":")
    return getattr(import_module(module, __name__), factory)()


def providers() -> list[Provider]:
    """All of them, in the table's order."""
    return [provider(name) for name in PROVIDERS]


def complaint(name: str) -> tuple[str, str]:
    """What to say about a name that isn't in PROVIDERS: the fault and its cure."""
    words = (*PROVIDERS, AUTO, *FAMILIES)
    if name in words:
        return f"{name!r} is no door of its own", "cast it: it stands for several"
    return f"{name!r} is not a provider", did_you_mean(name, words)
