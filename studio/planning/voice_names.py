"""Whose voice is meant: what a storyboard writes under `voice`.

>>> voice_named("openai/alloy")
('openai', None, 'alloy')
>>> voice_named("gemini-3.8-flash-lite-tts/Kore")
('', 'gemini-3.8-flash-lite-tts', 'Kore')
"""

from __future__ import annotations

import difflib

from ..errors import BadInput, did_you_mean
from ..providers import PROVIDERS
from ..providers.capability import Capability
from ..providers.models import catalogue
from ..voices.choose import ENGINES, choose, names, ready

OFFLINE = "offline"
"""The voice that is built in."""


def voice_named(text: str) -> tuple[str, str | None, str]:
    """Door, model and voice. The door is empty where any will do that has it, the model None likewise, the voice empty
    where the usual one is meant. Raises BadInput for a voice that there isn't."""
    owner, slash, voice = text.strip().partition("/")
    if not slash:
        return _bare(owner)
    if owner == OFFLINE or owner in [engine.name for engine in ENGINES]:
        return _offline(voice if owner == OFFLINE else text.strip())
    door, model = (owner, None) if owner in PROVIDERS else ("", owner)
    inner, slash, last = voice.partition("/")
    if door and slash:
        model, voice = inner, last
    speaking = speakers()
    rows = [can for can in speaking if door in ("", can.provider) and model in (None, can.model)]
    if not rows:
        own = [can.model for can in speaking if door and can.provider == door]
        if own:
            raise BadInput(f"{model!r} is no model of {door} that speaks", did_you_mean(str(model), own))
        known = dict.fromkeys(
            [OFFLINE, *(can.provider for can in speaking), *(can.model for can in speaking)]
        )
        raise BadInput(f"{text!r} is not a voice: {owner!r} has none", did_you_mean(owner, known))
    listed = list(dict.fromkeys(name for can in rows for name in can.modes["speech"].voices))
    found = _spelt(voice, listed)
    if found is None:
        raise BadInput(
            f"{voice!r} is not a voice of {model or door}", did_you_mean(voice.capitalize(), listed)
        )
    return door, model, found


def speakers() -> list[Capability]:
    """Who says a text for money, the first first."""
    return [can for can in catalogue() if "speech" in can.modes]


def _bare(name: str) -> tuple[str, str | None, str]:
    """The voice of a name alone: a service's, else one that is built in."""
    doors: dict[str, str] = {}
    for can in speakers() if name else ():
        found = _spelt(name, can.modes["speech"].voices)
        if found is not None:
            doors.setdefault(can.provider, found)
    if doors:
        return (next(iter(doors)) if len(doors) == 1 else ""), None, next(iter(doors.values()))
    return _offline(name)


def _offline(name: str) -> tuple[str, str | None, str]:
    """Where nothing here speaks, no voice is wrong: that is said once, and not of each."""
    if name and ready():
        try:
            choose(name, "")
        except BadInput as error:
            bought = [voice for can in speakers() for voice in can.modes["speech"].voices]
            near = difflib.get_close_matches(name.capitalize(), bought, n=1, cutoff=0.6)
            near += difflib.get_close_matches(name.lower(), [*bought, *names()], n=1, cutoff=0.6)
            raise BadInput(error.message, f"did you mean {near[0]!r}?" if near else error.hint) from None
    return OFFLINE, None, name


def _spelt(name: str, listed: tuple[str, ...] | list[str]) -> str | None:
    """The voice's name as its service writes it."""
    return next((each for each in listed if each.lower() == name.lower()), None)
