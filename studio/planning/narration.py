"""Narration: which scenes of a storyboard are told, by whom, and what becomes of a text that is too long for its scene.

    [(each.scene, each.line.text) for each in narrated(storyboard, Path("/films"))]
    # [(0, 'Once upon a time.'), (2, 'The end.')]

A voice that is built in costs nothing and says its line at once; one of a service is bought like a clip.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadInput, Fault
from ..providers.shot import Shot
from ..storyboard.audio_fields import Captions, NarrationFit
from ..storyboard.model import Storyboard
from ..timeline.timeline import CaptionLook
from ..voices import Line
from .model_choice import AUTO, Wish
from .shots import path_of, talk

BREATH = Fraction(3, 10)
"""Seconds that a scene which waits for its narration goes on after the last word."""
FASTEST = Fraction(115, 100)
"""How much faster a narration may be said to fit: beyond it one hears it."""


class Narrated(NamedTuple):
    """A scene that is told."""

    scene: int
    line: Line
    wish: Wish | None
    """Whose voice is bought; None is the one that is built in."""
    recording: str | None
    """A sound file in which it is said already."""
    fit: NarrationFit

    @property
    def shot(self) -> Shot:
        """What is asked of a service. How long it takes nobody knows before."""
        size: dict[str, Any] = {"width": 16, "height": 16, "fps": Fraction(24), "duration": Fraction(1)}
        text, voice, language, speed = self.line
        return Shot(makes="speech", script=text, voice=voice, language=language, speed=speed, **size)


def narrated(storyboard: Storyboard, folder: Path) -> list[Narrated]:
    """The scenes that are told, in order; not those in whose clip somebody says it, and none with a voice that there
    isn't: those are `voice_faults`."""
    found = []
    for number in range(len(storyboard.scenes)):
        with suppress(BadInput):
            found.append(_told(storyboard, number, folder))
    return [told for told in found if told is not None]


def voice_faults(storyboard: Storyboard) -> list[Fault]:
    """Voices that there aren't. What a scene's recording lacks is a fault of the recording."""
    faults = []
    scenes = tuple(scene.model_copy(update={"speech": None}) for scene in storyboard.scenes)
    unrecorded = storyboard.model_copy(update={"scenes": scenes})
    for number in range(len(scenes)):
        try:
            _told(unrecorded, number, Path())
        except BadInput as error:
            own = storyboard.scenes[number].voice is not None
            faults.append(Fault(f"scenes[{number}].voice" if own else "voice", error.message, error.hint))
    return faults


def room(storyboard: Storyboard, number: int) -> Fraction:
    """Seconds that scene `number` has for its narration: from when it is seen whole to its end."""
    return storyboard.scenes[number].duration - storyboard.entrance(number).overlap


def held(storyboard: Storyboard, number: int, seconds: Fraction) -> Fraction:
    """How long scene `number` lasts when it waits for a narration of so many seconds; on a frame."""
    scene, fps = storyboard.scenes[number], storyboard.settings.fps
    if seconds <= room(storyboard, number):
        return scene.duration
    whole = storyboard.entrance(number).overlap + seconds + BREATH
    return Fraction(math.ceil(whole * fps)) / fps


def lengthened(storyboard: Storyboard, lengths: Mapping[int, Fraction]) -> Storyboard:
    """The storyboard with scenes of other lengths."""
    if not lengths:
        return storyboard
    scenes = [
        scene.model_copy(update={"duration": lengths.get(number, scene.duration)})
        for number, scene in enumerate(storyboard.scenes)
    ]
    return storyboard.model_copy(update={"scenes": tuple(scenes)})


def hurry(storyboard: Storyboard, number: int, seconds: Fraction) -> Fraction:
    """How much faster a narration has to be said to fit into scene `number`; 1 where it does as it is."""
    return max(Fraction(1), seconds / room(storyboard, number))


def too_long(storyboard: Storyboard, told: Narrated, seconds: Fraction) -> Fault | None:
    """Why a narration of so many seconds doesn't fit as it is asked to; None where it does."""
    if told.fit == "extend":
        return None
    has = room(storyboard, told.scene)
    needs = seconds / FASTEST if told.fit == "speed" else seconds
    if needs <= has:
        return None
    over = math.ceil((needs - has) * 10) / 10
    how = f" even {float(FASTEST):g} times as fast" if told.fit == "speed" else ""
    said = f"takes {float(needs):.1f} s{how}, {over:g} s more than there are while the scene is whole"
    cure = f"shorten it, make the scene {over:g} s longer, or set narration_fit to extend"
    return Fault(f"scenes[{told.scene}].narration", said, cure)


def _told(storyboard: Storyboard, number: int, folder: Path) -> Narrated | None:
    scene = storyboard.scenes[number]
    talks = talk(storyboard, number, folder)
    recording = None if talks else path_of(scene.speech or None, folder)
    text = " ".join(scene.narration.split())
    if talks or not (text or recording):
        return None
    from .voice_names import OFFLINE, voice_named

    door, model, voice = voice_named(storyboard.given(number, "voice") or "")
    language = storyboard.given(number, "language") or ""
    line = Line(text, voice, language, float(storyboard.given(number, "voice_speed") or 1))
    wish = None if door == OFFLINE or recording else Wish(door or AUTO, model)
    return Narrated(number, line, wish, recording, storyboard.given(number, "narration_fit") or "extend")


def caption_look(storyboard: Storyboard, folder: Path) -> CaptionLook | None:
    """How captions are burned in; None where they aren't."""
    asked = storyboard.captions
    if not isinstance(asked, Captions):
        return None
    return CaptionLook(**asked.model_dump(), font=path_of(storyboard.font, folder))
