"""What the vendors bill, by their own lists (read 20 and 21 November 2026), in dollars.

Written down here apart from the product's catalogue, which these numbers are there to check.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from .jobs import Ask, Job

VEO = {  # dollars a second: with sound, without
    ("veo-3.1-generate-001", "720p"): ("0.40", "0.20"),
    ("veo-3.1-generate-001", "1080p"): ("0.40", "0.20"),
    ("veo-3.1-generate-001", "4k"): ("0.60", "0.40"),
    ("veo-3.1-fast-generate-001", "720p"): ("0.10", "0.08"),
    ("veo-3.1-fast-generate-001", "1080p"): ("0.12", "0.10"),
    ("veo-3.1-fast-generate-001", "4k"): ("0.30", "0.25"),
    ("veo-3.1-lite-generate-001", "720p"): ("0.05", "0.03"),
    ("veo-3.1-lite-generate-001", "1080p"): ("0.08", "0.05"),
}

OMNI_TOKENS = {"360p": 1931, "720p": 5792, "1080p": 8688, "4k": 17376}
"""Video tokens a second of output."""
OMNI = {  # dollars a million video tokens
    "gemini-omni-1.1-flash": Decimal("17.5"),
    "gemini-omni-1.2-flash": Decimal("12"),
}

RUNWAY = {  # credits a second: with sound, without
    "gen4.5": (12, 12),
    "gen4_turbo": (5, 5),
    "veo3.1": (40, 20),
    "veo3.1_fast": (15, 10),
    "gemini_omni_flash": (10, 10),
    "gemini_omni_flash_1.1": (10, 10),
    "aleph2": (28, 28),
}
OMNI_BY_RUNWAY = {"360p": 3, "720p": 10, "1080p": 15, "4k": 30}
CREDIT = Decimal("0.01")


def veo(model: str, resolution: str, ask: Ask) -> Decimal:
    with_sound, without = VEO[model, resolution]
    return Decimal(with_sound if ask.sound else without) * Decimal(str(ask.seconds)) * ask.clips


def omni_tokens(resolution: str, seconds: float) -> int:
    return round(OMNI_TOKENS[resolution] * seconds)


def omni(model: str, tokens: int) -> Decimal:
    return OMNI[model] * tokens / 1_000_000


def runway_credits(model: str, ask: Ask) -> int:
    """Whole credits; a part of a second counts as one."""
    seconds = -int(-ask.seconds // 1)
    if model == "gemini_omni_flash_1.1":
        return OMNI_BY_RUNWAY[resolution_of(ask.width, ask.height)] * seconds
    return RUNWAY[model][0 if ask.sound else 1] * seconds


def resolution_of(width: int, height: int) -> str:
    return {360: "360p", 720: "720p", 1080: "1080p", 2160: "4k"}[min(width, height)]


def billed(job: Job, before: str, state: str, moderated: Collection[str]) -> Decimal:
    """What a job has cost when it comes to `state`, coming from `before`.

    Some bill what their moderation stops, those in `moderated`; most only what they deliver. Cancelling before the
    work begins costs nothing; afterwards all of it, at the doors that can be told to stop.
    """
    if state == "done":
        return job.price
    if state == "blocked":
        return job.price if job.door in moderated else Decimal(0)
    if state == "cancelled":
        return job.price if before == "running" else Decimal(0)
    return Decimal(0)
