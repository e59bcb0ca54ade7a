"""From scene to shot: what a provider is asked for, with all that the storyboard leaves open filled in.

shots(storyboard, Path("/films"))[0].image
# '/films/photos/01.jpg'
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..paths import reached
from ..providers.capability import TALKING
from ..providers.shot import Shot
from ..store.url_inputs import copy_of, is_url
from ..storyboard.model import Storyboard
from ..storyboard.video_fields import PREVIOUS
from .model_choice import FREE, Wish, meant

_SHORT_SIDES = {720: "720p", 1080: "1080p"}


def shots(storyboard: Storyboard, folder: Path) -> list[Shot]:
    """The shot of each scene; files are named from `folder`. Raises BadInput for a name that leaves it."""
    return [shot_of(storyboard, number, folder) for number in range(len(storyboard.scenes))]


def shot_of(storyboard: Storyboard, number: int, folder: Path) -> Shot:
    """The shot of scene `number`, from 0. Of a scene that goes on from the one before, it `continues`: its `video` is
    there once that one's clip is.

    Scenes share the storyboard's seed unless they have their own: a scene that is put between two others
    doesn't change the shots of those. An animatic is made of pictures and words alone, whatever models are given.
    """
    scene, settings = storyboard.scenes[number], storyboard.settings
    fps = Fraction(settings.fps)
    free = storyboard.provider_of(number) == FREE
    sources = _drawn(storyboard, number, folder) if free else _filmed(storyboard, number, folder)
    audio = storyboard.given(number, "audio")
    return Shot(
        prompt=scene.prompt,
        # An animatic has whole frames, rounded up: where in the film the scene begins decides whether it shows that
        # last frame. A model is asked for what is written: a frame more might be the next longer clip.
        duration=math.ceil(scene.duration * fps) / fps if free else scene.duration,
        width=settings.width,
        height=settings.height,
        fps=fps,
        seed=storyboard.seed if scene.seed is None else scene.seed,
        clip_action=scene.clip_action,
        moves_for=storyboard.longest_move,
        resolution=storyboard.given(number, "resolution") or _fills(storyboard),
        aspect_ratio=storyboard.shape,
        negative_prompt=storyboard.given(number, "negative_prompt") or "",
        camera=storyboard.given(number, "camera") or "",
        style=storyboard.given(number, "style") or "",
        audio=None if free else bool(audio) if audio is not None else None,
        sound=audio if isinstance(audio, str) else "",
        **talk(storyboard, number, folder),
        fit=scene.fit or storyboard.fit,
        font=str(reached(folder, storyboard.font)) if storyboard.font else None,
        **sources,
    )


def _fills(storyboard: Storyboard) -> str:
    """The smallest resolution that fills the film's frame."""
    short = min(storyboard.settings.size)
    return next((name for side, name in _SHORT_SIDES.items() if short <= side), "4k")


def wish_of(storyboard: Storyboard, number: int) -> Wish:
    """Who shall make scene `number`, as it is written."""
    return Wish(storyboard.provider_of(number), storyboard.model_of(number))


def extends_previous(storyboard: Storyboard, number: int) -> bool:
    """Whether scene `number` goes on from the clip of the one before it."""
    return (
        number > 0
        and storyboard.provider_of(number) != FREE
        and not storyboard.scenes[number].video
        and storyboard.given(number, "extend") == PREVIOUS
    )


def talk(storyboard: Storyboard, number: int, folder: Path) -> dict[str, Any]:
    """The fields of a shot that tell who says what, where its clip is somebody who talks: with an avatar, speech, or at
    a service of talkers."""
    scene, wish = storyboard.scenes[number], wish_of(storyboard, number)
    avatar = storyboard.given(number, "avatar") or ""
    if storyboard.provider_of(number) == FREE:
        return {}
    known = meant(wish)
    talkers = bool(known) and all(not can.modes.keys() - TALKING for can in known)
    if not (avatar or scene.speech or talkers):
        return {}
    return {
        "avatar": avatar,
        "voice": storyboard.given(number, "voice") or "",
        "script": "" if scene.speech else scene.narration.strip(),
        "speech": path_of(scene.speech or None, folder),
    }


def _drawn(storyboard: Storyboard, number: int, folder: Path) -> dict[str, Any]:
    """What an animatic is made from."""
    name = storyboard.scenes[number].image or storyboard.given(number, "first_frame")
    return {"image": path_of(name, folder)}


def _filmed(storyboard: Storyboard, number: int, folder: Path) -> dict[str, Any]:
    """What a model makes its clip from: a clip, else the frames and the references."""
    scene = storyboard.scenes[number]
    if extends_previous(storyboard, number):
        return {"continues": True}
    if scene.video:
        return {"video": path_of(scene.video, folder), "task": "edit"}
    if clip := storyboard.given(number, "extend"):
        return {"video": path_of(clip, folder)}
    return {
        "image": path_of(storyboard.given(number, "first_frame") or scene.image, folder),
        "last_frame": path_of(storyboard.given(number, "last_frame"), folder),
        "references": tuple(
            str(path_of(name, folder)) for name in storyboard.given(number, "references") or ()
        ),
    }


def path_of(name: str | None, folder: Path) -> str | None:
    """The path of a file that a storyboard names, or of the copy of what lies at a URL. It need not be there yet."""
    if not name:
        return None
    return str(copy_of(name) if is_url(name) else reached(folder, name))
