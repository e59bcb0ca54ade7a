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
    "aleph2": (28, 28),
}
RUNWAY_BY_SIZE: dict[str, dict[str, int | str]] = {  # credits a second
    "gemini_omni_flash_1.1": {"360p": "3.4", "720p": 10, "1080p": 15, "4k": 30},
    "kling3.0_standard": {"720p": 13},
    "kling3.0_pro": {"1080p": 17},
    "seedance2": {"480p": 36, "720p": 36, "1080p": 40, "4k": 150},
    "seedance2_fast": {"480p": 29, "720p": 29},
    "seedance2_mini": {"480p": 16, "720p": 16},
    "seedance2_5": {"480p": 20, "720p": 30, "1080p": 68},
    "hailuo3": {"768p": 10, "2k": 15},
    "h3_max": {"480p": 5, "768p": 8},
    "wan3": {"480p": 5, "720p": 10, "1080p": 20},
    "wan3_prime": {"480p": "6.8", "720p": 14, "1080p": 28},
    "grok_imagine_1_5": {"480p": 10, "720p": 16, "1080p": 29},
    "grok_imagine_1_5_lite": {"480p": 2, "720p": 3, "1080p": 14},
    "happyhorse_1_0": {"720p": 15, "1080p": 30},
}
RUNWAY_A_PICTURE = {
    "gemini_omni_flash": 1,
    "gemini_omni_flash_1.1": 1,
    "grok_imagine_1_5": 1,
    "grok_imagine_1_5_lite": 1,
    "hailuo3": 2,
}
RUNWAY_AT_LEAST = {"aleph2": 56, "seedance2_mini": 64, "seedance2_5": 80}
CREDIT = Decimal("0.01")


def veo(model: str, resolution: str, ask: Ask) -> Decimal:
    with_sound, without = VEO[model, resolution]
    return Decimal(with_sound if ask.sound else without) * Decimal(str(ask.seconds)) * ask.clips


def omni_tokens(resolution: str, seconds: float) -> int:
    return round(OMNI_TOKENS[resolution] * seconds)


def omni(model: str, tokens: int) -> Decimal:
    return OMNI[model] * tokens / 1_000_000


def runway_credits(model: str, ask: Ask, size: str) -> Decimal:
    """A part of a second counts as one."""
    seconds, pictures = -int(-ask.seconds // 1), len(ask.references) + bool(ask.first) + bool(ask.last)
    by_size = RUNWAY_BY_SIZE.get(model)
    each = Decimal(by_size[size]) if by_size else Decimal(RUNWAY[model][0 if ask.sound else 1])
    cost = each * seconds + RUNWAY_A_PICTURE.get(model, 0) * pictures
    return max(cost, Decimal(RUNWAY_AT_LEAST.get(model, 0)))


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
