"""Scenes that are one clip: what is asked for in the same words, with the same settings, is bought once and shown in
each of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ..errors import StoryreelError
from ..providers.shot import Shot
from ..storyboard.model import Storyboard
from . import model_choice
from .model_choice import Wish
from .request_key import seconds_of
from .shots import extends_previous, shot_of, wish_of


def twins(storyboard: Storyboard) -> Iterator[tuple[int, int]]:
    """Each scene that shows the clip of an earlier one, and that one; not those that go on from another."""
    seen: list[tuple[int, Shot, Wish, int | None]] = []
    for number, scene in enumerate(storyboard.scenes):
        wish = wish_of(storyboard, number)
        if model_choice.is_local(wish) or _hangs(storyboard, number):
            continue
        try:
            shot = shot_of(storyboard, number, Path())
            asked = shot.model_copy(update={"duration": Fraction(str(seconds_of(shot, wish)))})
        except StoryreelError:  # a file that can't be read: somebody else says so
            continue
        one = (asked, wish, scene.take)
        first = next((before for before, *other in seen if tuple(other) == one), None)
        if first is None:
            seen.append((number, *one))
        else:
            yield number, first


def notes(storyboard: Storyboard) -> list[str]:
    return [
        f"scenes[{number}]: shows the clip of scenes[{first}] once more, bought once: words and settings are the same; "
        "for a clip of its own give it other words, a seed of its own, or take: 2"
        for number, first in twins(storyboard)
    ]


def _hangs(storyboard: Storyboard, number: int) -> bool:
    scene = storyboard.scenes[number]
    described = scene.first_frame_description or scene.last_frame_description
    return bool(described or storyboard.continues_previous(number) or extends_previous(storyboard, number))
