"""What the promises are held over: every door in the registry, by the cheapest scene that it makes from words alone, or
by the cheapest words that it says. A door that is new in the registry is held to them by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from storyreel.emulators.heygen_people import LOOKS
from storyreel.emulators.heygen_rules import PRICES
from storyreel.studio.planning.shots import shots
from storyreel.studio.providers import PROVIDERS, SOUNDS_ONLY, provider
from storyreel.studio.providers.capability import TALKING, Capability, Mode, rows
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.pricing import price
from storyreel.studio.storyboard.parser import from_plain

Scene = dict[str, Any]

CLOUD = tuple(
    name for name in PROVIDERS if name not in SOUNDS_ONLY and any(not can.free for can in rows(name))
)
"""The doors at which clips are bought."""
FOUND = frozenset(name for name in CLOUD if provider(name).can_find)
"""The doors that can be asked by our own id: what was accepted is found there by itself."""


def of_doors(lines: str) -> str:
    """The same lines of a config.toml for every door."""
    return "".join(f"[doors.{door}]\n{lines}\n" for door in (*CLOUD, *SOUNDS_ONLY))


def _cheapest(door: str) -> Scene:
    return min(_scenes(door), key=lambda found: found[:2])[2]


def _scenes(door: str) -> Iterator[tuple[Decimal, float, Scene]]:
    """Dollars, seconds, and a scene: all that need no file."""
    for can in rows(door):
        for name in ("text", "avatar"):
            mode = can.modes.get(name)
            for resolution in (mode.resolutions or ("720p",)) if mode else ():
                assert mode is not None
                scene = {"provider": door, "model": can.model, "resolution": resolution}
                scene |= {"duration": _shortest(mode)} | (_talker(can) if name in TALKING else {})
                [shot] = shots(from_plain({"scenes": [written(scene, 1, "x")]}), Path())
                cost = price(shot, can)
                if cost is not None and not faults(shot, can):
                    yield cost, scene["duration"], scene


def _shortest(mode: Mode) -> float:
    length = min(mode.durations, default=max(mode.shortest, Fraction(1)))
    return math.ceil(length) if mode.from_speech else float(length)


def _talker(can: Capability) -> Scene:
    """One of the dearest kind of look: an id doesn't tell its kind, so the ledger counts that."""
    able = [look for look in LOOKS if (can.id, look.kind) in PRICES and can.id in look.engines]
    look = max(able, key=lambda look: Decimal(PRICES[can.id, look.kind]))
    return {"avatar": look.id, "voice": look.voice}


def is_told(scene: Scene) -> bool:
    return scene.get("provider") == "animatic" and "voice" in scene


def written(scene: Scene, number: int, tag: str) -> Scene:
    """The scene with words of its own: by them its job is known in the emulator's record. A frame that is drawn for it
    is known by `frame 2 tag`, and what is said in it, where that is bought, by `line 2 tag`."""
    words = {"prompt": f"scene {number} {tag}".strip(), "transition": "none"}
    if "avatar" in scene:
        words["narration"] = words["prompt"]
    if is_told(scene):
        words["narration"] = f"line {number} {tag}".strip()
    if "keyframes" in scene:
        words["first_frame_description"] = f"frame {number} {tag}".strip()
    return {**words, **scene}


DOORS = tuple(_cheapest(door) for door in CLOUD)
"""The cheapest scene at each."""


def scene_at(door: str) -> Scene:
    return DOORS[CLOUD.index(door)]


def _drawn_by(door: str) -> Scene:
    """A scene whose first frame is drawn by the cheapest model at a door, and filmed by one who films from a frame as
    well as from words."""
    drawing = [
        (min(can.prices.values()), can.model)
        for can in rows(door)
        if "picture" in can.modes and not can.modes["picture"].needs_references
    ]
    return {**scene_at("google"), "keyframes": f"{door}/{min(drawing)[1]}"}


DRAWN = {door: _drawn_by(door) for door in CLOUD if any("picture" in can.modes for can in rows(door))}
"""A scene with a first frame drawn at each door that draws."""
LEAVES_NOTHING = frozenset({"vertex", *SOUNDS_ONLY})
"""The doors that send a picture or a sound with their answer and keep none: nobody can fetch it later."""


def _told_by(door: str) -> Scene:
    """A title card with a narration by the cheapest voice at a door."""
    can = min(rows(door), key=lambda can: can.prices.get("", can.character_price / 15))
    voice = can.modes["speech"].voices[0]
    return {"provider": "animatic", "duration": 3, "voice": f"{door}/{can.model}/{voice}"}


TOLD = {door: _told_by(door) for door in SOUNDS_ONLY}
"""A scene that is told by a voice at each door at which only sounds are bought."""


def take_of(scene: Scene, number: int) -> str:
    """By what the first is known that is bought for a scene."""
    kind = "line" if is_told(scene) else "frame" if "keyframes" in scene else "scene"
    return f"{kind} {number}"
