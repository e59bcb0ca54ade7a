"""From scene to shot: what a provider is asked for, with all that the storyboard leaves open filled in.

>>> shots(storyboard, Path("/films"))[0].image
'/films/photos/01.jpg'
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

from .paths import inside
from .providers.contract import Shot
from .scenes import Storyboard


def shots(storyboard: Storyboard, folder: Path) -> list[Shot]:
    """The shot of each scene; files are named from `folder`. Raises BadInput for a name that leaves it."""
    return [shot_of(storyboard, number, folder) for number in range(len(storyboard.scenes))]


def shot_of(storyboard: Storyboard, number: int, folder: Path) -> Shot:
    """The shot of scene `number`, from 0.

    Scenes share the storyboard's seed unless they have their own: a scene that is put between two others
    doesn't change the shots of those.
    """
    scene, settings = storyboard.scenes[number], storyboard.settings
    fps = Fraction(settings.fps)
    # Whole frames, rounded up: where in the film the scene begins decides whether it shows that last frame.
    duration = math.ceil(scene.duration * fps) / fps
    return Shot(
        prompt=scene.prompt,
        duration=duration,
        width=settings.width,
        height=settings.height,
        fps=fps,
        seed=storyboard.seed if scene.seed is None else scene.seed,
        image=str(inside(folder, scene.image)) if scene.image else None,
        clip_action=scene.clip_action,
        fit=scene.fit or storyboard.fit,
        font=str(inside(folder, storyboard.font)) if storyboard.font else None,
    )
