"""Narrated image sequences: numbered pictures, and what is said over them, become a storyboard.

The request is JSON or YAML of this form; `generation_params`, each of its keys, and all keys of a scene but its number
and its duration may be left out:

    {"sequence_data": [{"scene_number": 1, "narration": "The hero stood tall.", "duration": 5,
                        "clip_action": "slow zoom out, pan right", "music_mood": "epic"}],
     "generation_params": {"transition_type": "fade", "seed": 12345, "fps": 24}}

    sequence = draft(text, Path("/films/pictures"))
    sequence.draft.storyboard.scenes[0].image
    # '1.png'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadInput, Fault, did_you_mean
from ..storyboard.camera_moves import parse as parse_actions
from ..storyboard.camera_moves import simplify, spoken
from ..storyboard.messages import shown
from ..storyboard.model import MOST_SCENES, Storyboard
from ..storyboard.numbered_files import Found, found_in
from ..storyboard.parser import Draft, draft_of, scene_number
from ..timecode import seconds
from ..yaml_json import parse as parse_notation

SIZE = "1024x576"
FPS = 24
CRF = 5
LONGEST_MOVE = 6
"""Seconds."""
TRANSITIONS = ("none", "fade", "crossfade")

_KEYS = ("sequence_data", "generation_params")
_SCENE_KEYS = ("scene_number", "narration", "duration", "clip_action", "music_mood")
_PARAM_KEYS = ("transition_type", "seed", "fps")
_HIGHEST = 99_999
_PLACES = {
    "seed": "generation_params.seed",
    "fps": "generation_params.fps",
    "transition": "generation_params.transition_type",
}
"""Where in a request stands what a storyboard has under these keys."""


class Sequence(NamedTuple):
    """What could be read of a request."""

    draft: Draft
    """Its storyboard, pictures named from their folder; faults at their places in the request."""
    notes: tuple[str, ...]
    """What is done differently from what is written."""
    order: tuple[int, ...]
    """For each scene of the storyboard its place in sequence_data."""

    def named(self, text: str) -> str:
        """A sentence about the storyboard, in words of the request."""
        return _named(text, self.order)

    def placed(self, fault: Fault) -> Fault:
        """A fault of the storyboard, at its place in the request."""
        return _placed(fault, self.order)


def draft(text: str, pictures: Path, name: str = "the request") -> Sequence:
    """Reads what can be read of a request, its pictures from the folder `pictures`, to say all that is wrong at once.

    Raises BadInput for broken syntax, and for a folder that can't be read.
    """
    data, faults = parse_notation(text, name)
    found = found_in(pictures)
    if not isinstance(data, dict):
        raise BadInput(
            f"{name} is not a request", 'write {"sequence_data": [...], "generation_params": {...}}'
        )
    faults += _unknown(data, _KEYS, "")
    entries, order = _entries(data.get("sequence_data"), faults)
    params = data.get("generation_params")
    params = {} if params is None else params
    if not isinstance(params, dict):
        cure = "give its keys and values in { }"
        faults.append(Fault("generation_params", f"{shown(params)} is not an object", cure))
        params = {}
    faults += _unknown(params, _PARAM_KEYS, "generation_params.")
    transition = _transition(params.get("transition_type"), faults)
    images = _images(entries, order, found, pictures, faults)
    notes = _notes(entries, order, found, images)
    plain = {
        "size": SIZE,
        "crf": CRF,
        "longest_move": LONGEST_MOVE,
        "fps": FPS if params.get("fps") is None else params["fps"],
        "seed": params.get("seed"),
        "transition": transition,
        "scenes": [_scene(entries[place], images.get(place)) for place in order],
    }
    board = draft_of(plain) if order else Draft(None, [])
    known = {fault.place for fault in faults}
    faults += [fault for each in board.faults if (fault := _placed(each, order)).place not in known]
    return Sequence(Draft(board.storyboard, sorted(faults, key=scene_number)), notes, tuple(order))


def read(text: str, pictures: Path, name: str = "the request") -> tuple[Storyboard, tuple[str, ...]]:
    """The storyboard of a request, and what is done differently from what is written. Raises BadInput with every fault,
    those of its pictures too."""
    from .validate import check

    sequence = draft(text, pictures, name)
    board, faults = sequence.draft.storyboard, list(sequence.draft.faults)
    if board is not None:
        known = {fault.place for fault in faults}
        more = map(sequence.placed, check(board, pictures, cast=False, ready=False))
        faults += [fault for fault in more if fault.place not in known]
    if faults or board is None:
        count = len(faults)
        raise BadInput(
            f"{name} has {count} fault{'' if count == 1 else 's'}", faults=sorted(faults, key=scene_number)
        )
    return board, sequence.notes


def _entries(given: Any, faults: list[Fault]) -> tuple[list[dict[str, Any]], list[int]]:
    """The scenes as they are written, and their places in the order of their numbers."""
    here = "sequence_data"
    if given is None:
        faults.append(Fault(here, "is missing", "list the scenes in [ ]"))
    elif not isinstance(given, list):
        faults.append(Fault(here, f"{shown(given)} is not a list", "list the scenes in [ ]"))
    elif not given:
        faults.append(Fault(here, "is empty", "give at least one scene"))
    elif len(given) > MOST_SCENES:
        faults.append(Fault(here, f"has more than {MOST_SCENES:,} entries"))
    else:
        return _numbered(given, faults)
    return [], []


def _numbered(given: list[Any], faults: list[Fault]) -> tuple[list[dict[str, Any]], list[int]]:
    entries: list[dict[str, Any]] = []
    first: dict[int, int] = {}
    for place, entry in enumerate(given):
        here = f"sequence_data[{place}]"
        if not isinstance(entry, dict):
            cure = "give its keys and values in { }"
            faults.append(Fault(here, f"{shown(entry)} is not a scene", cure))
            entry = {"duration": 3}
        else:
            faults += _unknown(entry, _SCENE_KEYS, f"{here}.")
            if _no_length(entry):
                faults.append(Fault(f"{here}.duration", "is missing", "give its seconds"))
            number = _number(entry, here, faults)
            if number in first:
                said = f"sequence_data[{first[number]}] has the number {number} too"
                faults.append(Fault(f"{here}.scene_number", said, "give each its own"))
            elif number is not None:
                first[number] = place
            entry = {**entry, "scene_number": number}
        entries.append(entry)
    last = _HIGHEST + 1
    order = sorted(range(len(entries)), key=lambda place: (_key(entries[place], last), place))
    return entries, order


def _number(entry: Mapping[str, Any], here: str, faults: list[Fault]) -> int | None:
    value, place = entry.get("scene_number"), f"{here}.scene_number"
    if value is None:
        faults.append(Fault(place, "is missing", "give the number that is in its picture's name"))
        return None
    number = int(value) if isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}\s*", value) else value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int):
        faults.append(
            Fault(place, f"{shown(value)} is not a whole number", "number the scenes 1, 2, 3 and so on")
        )
        return None
    if not 0 <= number <= _HIGHEST:
        faults.append(Fault(place, f"{shown(value)} can't be a picture's number", f"use 0 to {_HIGHEST}"))
        return None
    return number


def _key(entry: Mapping[str, Any], otherwise: int) -> int:
    number = entry.get("scene_number")
    return otherwise if number is None else number


def _no_length(entry: Mapping[str, Any]) -> bool:
    return entry.get("duration") is None


def _unknown(data: Mapping[str, Any], keys: tuple[str, ...], here: str) -> list[Fault]:
    return [
        Fault(f"{here}{key}", "there is no such key", did_you_mean(key, keys))
        for key in data
        if key not in keys
    ]


def _transition(value: Any, faults: list[Fault]) -> str:
    if value is None:
        return "none"
    if value in TRANSITIONS:
        return value
    cure = (
        did_you_mean(value, TRANSITIONS) if isinstance(value, str) else "use one of " + ", ".join(TRANSITIONS)
    )
    said = f"{shown(value)} is not a transition of a sequence"
    faults.append(Fault("generation_params.transition_type", said, cure))
    return "none"


def _images(
    entries: list[dict[str, Any]], order: list[int], found: Found, pictures: Path, faults: list[Fault]
) -> dict[int, str]:
    """The picture of each scene, by its place."""
    images: dict[int, str] = {}
    if order and not (found.numbered or found.others):
        faults.append(
            Fault("", f"there are no pictures in {pictures}", "put them there: 1.png, 2.png and so on")
        )
        return images
    for place in order:
        number = entries[place].get("scene_number")
        if number is None:
            continue
        names, here = found.numbered.get(number, []), f"sequence_data[{place}].scene_number"
        if len(names) == 1:
            images[place] = names[0]
        elif names:
            said = f"{len(names)} pictures have the number {number}: {_listed(names)}"
            faults.append(Fault(here, said, f"keep one of them in {pictures}"))
        else:
            there = [name for number in sorted(found.numbered) for name in found.numbered[number]]
            cure = f"put it there as {number}.png; there are {_listed([*there, *found.others])}"
            faults.append(Fault(here, f"no picture in {pictures} has the number {number}", cure))
    return images


def _listed(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _scene(entry: Mapping[str, Any], image: str | None) -> dict[str, Any]:
    """A storyboard's scene. What is wrong with a value is left to the storyboard to say."""
    said = entry.get("narration")
    words = said.strip() if isinstance(said, str) else ""
    scene = {
        "prompt": words[:5000] or f"Scene {entry.get('scene_number')}",
        "duration": entry.get("duration"),
        "narration": said,
        "clip_action": _simplified(entry)[0],
        "music_mood": entry.get("music_mood") or None,
        "image": image,
    }
    return {key: value for key, value in scene.items() if value is not None}


def _simplified(entry: Mapping[str, Any]) -> tuple[Any, str]:
    """The movements that a scene carries, and a sentence about what was left out. As it is, where it can't be read."""
    action = entry.get("clip_action")
    lasts = _seconds(entry)
    if not isinstance(action, str) or lasts is None:
        return action, ""
    try:
        kept, note = simplify(parse_actions(action), lasts)
    except BadInput:
        return action, ""
    return (spoken(kept), note) if note else (action, "")


def _seconds(entry: Mapping[str, Any]) -> Fraction | None:
    try:
        return seconds(entry.get("duration"))
    except ValueError:
        return None


def _notes(
    entries: list[dict[str, Any]], order: list[int], found: Found, images: Mapping[int, str]
) -> tuple[str, ...]:
    notes = []
    numbers = [entries[place].get("scene_number") for place in order]
    if order != sorted(order) and None not in numbers:
        notes.append("sequence_data: isn't in the order of its scene numbers; the film is")
    for place, entry in enumerate(entries):
        action, note = _simplified(entry)
        if note:
            notes.append(f"sequence_data[{place}].clip_action: {note}")
        lasts = _seconds(entry)
        if action and lasts is not None and lasts > LONGEST_MOVE:
            said = f"the camera moves for {LONGEST_MOVE} of the {float(lasts):g} s, then the view holds"
            notes.append(f"sequence_data[{place}].duration: {said}")
    asked = set(numbers)
    spare = [name for number, names in found.numbered.items() if number not in asked for name in names]
    if images and (spare := [*spare, *found.others]):
        notes.append(
            f"no scene has the number of {_listed(spare)}, which {'is' if len(spare) == 1 else 'are'} not used"
        )
    return tuple(notes)


def _placed(fault: Fault, order: list[int] | tuple[int, ...]) -> Fault:
    place = _PLACES.get(fault.place, fault.place)
    place = re.sub(r"\.(transition|transition_duration)$", ".duration", place)
    place = re.sub(r"\.(image|prompt)$", "", place)
    # How long a transition takes is nothing that a request says.
    cure = re.sub(r"^make the transition at most .*?, or (.*)", r"give \1, or use no transition", fault.cure)
    cure = re.sub(r", or shorten the transition_duration of .*", ", or use no transition", cure)
    return Fault(_named(place, order), _named(fault.message, order), _named(cure, order))


def _named(text: str, order: list[int] | tuple[int, ...]) -> str:
    def name(found: re.Match[str]) -> str:
        number = int(found[1])
        return f"sequence_data[{order[number]}]" if number < len(order) else found[0]

    return re.sub(r"scenes\[(\d+)\]", name, text)
