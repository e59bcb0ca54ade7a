"""The score: which music is heard from which scene to which, and who makes it.

sections(storyboard)
# [Section(mood='calm', first=0, last=2), Section(mood='epic', first=3, last=3)]
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput, Fault, did_you_mean
from ..music.moods import mood_of
from ..providers import PROVIDERS
from ..providers.models import catalogue
from ..providers.shot import Shot
from ..storyboard.model import Storyboard
from .model_choice import AUTO, Wish

HERE = ("auto", "folder", "composer")
"""Who makes music for nothing: whichever of the two others there is, the user's own tracks, the one built in."""
SILENCE = "none"
PIECE = Fraction(30)
"""Seconds of music that are bought; a longer section repeats it. The section's own length is left out of what is asked:
it hangs on how long a narration takes, and another length would be bought anew."""


class Section(NamedTuple):
    """Neighbouring scenes with one mood."""

    mood: str
    first: int
    last: int


def sections(storyboard: Storyboard) -> list[Section]:
    """The film's music, where it is made for a mood; none where a file is named."""
    found: list[Section] = []
    if storyboard.music:
        return found
    for number in range(len(storyboard.scenes)):
        word = (storyboard.given(number, "music_mood") or "").strip().lower()
        if not word or word == SILENCE:
            continue
        mood = mood_of(word) or word
        if found and found[-1].mood == mood and found[-1].last == number - 1:
            found[-1] = found[-1]._replace(last=number)
        else:
            found.append(Section(mood, number, number))
    return found


def buys(storyboard: Storyboard) -> Wish | None:
    """Who is paid for the music; None where it costs nothing."""
    by = (storyboard.music_by or HERE[0]).strip()
    if by in HERE:
        return None
    door, _, model = by.partition("/")
    if not model and door not in PROVIDERS:
        door, model = AUTO, door
    return Wish(door.strip(), model.strip() or None)


def shot_of(section: Section, storyboard: Storyboard) -> Shot:
    """What is asked of a service."""
    # This sentence goes into what is paid for: another wording would buy every piece anew.
    prompt = f"Instrumental background music for a film, {section.mood}. No voices. It can be repeated."
    size = {"width": 16, "height": 16, "fps": Fraction(24)}
    return Shot(makes="music", prompt=prompt, duration=PIECE, seed=storyboard.seed, **size)


def mood_faults(storyboard: Storyboard, folder: Path) -> list[Fault]:
    """Moods of which there is no music."""
    if buys(storyboard) is not None or not sections(storyboard):
        return []
    from ..music import music_faults
    from ..paths import reached

    tracks = reached(folder, storyboard.music_folder) if storyboard.music_folder else None
    faults = []
    for section in sections(storyboard):
        try:
            music_faults(section.mood, storyboard.seed, tracks, storyboard.music_by or HERE[0])
        except BadInput as error:
            own = storyboard.scenes[section.first].music_mood is not None
            place = f"scenes[{section.first}].music_mood" if own else "music_mood"
            faults.append(Fault(place, error.message, error.hint))
    return faults


def by_faults(storyboard: Storyboard) -> list[Fault]:
    """Who isn't anybody that makes music."""
    wish = buys(storyboard)
    if wish is None:
        return []
    makers = [can for can in catalogue() if "music" in can.modes]
    doors = list(dict.fromkeys(can.provider for can in makers))
    models = list(dict.fromkeys(can.model for can in makers))
    fine = [can for can in makers if wish.door in (None, can.provider) and wish.model in (None, can.model)]
    if fine:
        return []
    said = f"{storyboard.music_by!r} makes no music"
    return [Fault("music_by", said, did_you_mean(storyboard.music_by or "", [*HERE, *doors, *models]))]
