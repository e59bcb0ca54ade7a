"""Whose voice is meant: what a storyboard writes under `voice`.

>>> voice_named("openai/alloy")
('openai', None, 'alloy')
"""

from __future__ import annotations

OFFLINE = "offline"
"""The voice that is built in."""


def voice_named(text: str) -> tuple[str, str | None, str]:
    """Door, model and voice."""
    return OFFLINE, None, text
