"""The storyboard: the file in which a person writes a film, scene by scene, in JSON or YAML.

>>> board = parse('{"scenes": ["A street in the rain", {"image": "door.jpg", "transition": "crossfade"}]}')
>>> board.duration
Fraction(11, 2)

A file may also be a plain list of prompts, or {"prompt": [...], "duration_per_frame": 3, "quality": "high"}.
Nothing but the text is looked at here; whether its files are there and fit is check.py's question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from ..errors import BadInput, Fault
from ..paths import contents
from ..timeline.settings import ASPECT_RATIOS, FITS, QUALITIES
from ..timeline.timeline import TRANSITION_NAMES
from ..yaml_json import MAX_CHARACTERS
from ..yaml_json import parse as parse_notation
from .messages import faults_of, place_of, shown
from .model import DEFAULT_DURATION, Scene, Storyboard, fields_of, json_schema
from .video_fields import PREVIOUS, RESOLUTIONS, SOURCES, written

__all__ = [
    "Draft",
    "Scene",
    "Storyboard",
    "draft",
    "draft_of",
    "from_plain",
    "from_prompts",
    "json_schema",
    "parse",
    "read",
    "scene_number",
    "text_of",
]


class Draft(NamedTuple):
    """What could be read of a storyboard, and what is wrong with it."""

    storyboard: Storyboard | None
    """With what is at fault left out; None if not even its scenes could be read."""
    faults: list[Fault]


def parse(text: str, name: str = "the storyboard") -> Storyboard:
    """Reads JSON or YAML. Raises BadInput with every fault at once; its message calls the text `name`."""
    return _accepted(draft(text, name), name)


def read(path: Path) -> Storyboard:
    """Reads a file; as `parse`."""
    return parse(text_of(path), path.name)


def from_plain(data: Any, name: str = "the storyboard") -> Storyboard:
    """From JSON data in any of the accepted forms; as `parse`."""
    return _accepted(_drafted(data, []), name)


def from_prompts(
    prompts: Iterable[str], duration: float | Fraction = DEFAULT_DURATION, **settings: Any
) -> Storyboard:
    """One scene per prompt, each `duration` seconds; `settings` are the storyboard's other keys."""
    return from_plain({**settings, "scenes": [{"prompt": text, "duration": duration} for text in prompts]})


def text_of(path: Path) -> str:
    """A storyboard file's text. Raises BadInput if it is no text, or isn't there."""
    try:
        raw = contents(path, 4 * MAX_CHARACTERS)
        if len(raw) > 4 * MAX_CHARACTERS:
            raise BadInput(f"{path} is too large to be a storyboard", "is it another file?")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is not text in UTF-8", "save it as UTF-8, JSON or YAML") from None
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}") from None
    except ValueError:
        raise BadInput(f"{str(path)!r} is no file's name") from None


def draft(text: str, name: str = "the storyboard") -> Draft:
    """Reads what can be read, to say all that is wrong with it at once. Raises BadInput for broken syntax."""
    return _drafted(*parse_notation(text, name))


def draft_of(data: Any) -> Draft:
    """From JSON data in any of the accepted forms; as `draft`."""
    return _drafted(data, [])


_WORDS = {
    "transition": ("a transition", TRANSITION_NAMES),
    "aspect_ratio": ("an aspect ratio", ASPECT_RATIOS),
    "quality": ("a quality", QUALITIES),
    "fit": ("a fit", FITS),
    "resolution": ("a resolution", RESOLUTIONS),
    "narration_fit": ("a way to fit a narration", ("extend", "speed", "fault")),
}
_KEYS = {0: tuple(fields_of(Storyboard)), 2: tuple(fields_of(Scene))}


def _accepted(found: Draft, name: str) -> Storyboard:
    if found.faults or found.storyboard is None:
        count = len(found.faults)
        raise BadInput(f"{name} has {count} fault{'s' if count != 1 else ''}", faults=found.faults)
    return found.storyboard


def _drafted(data: Any, faults: list[Fault]) -> Draft:
    faults = list(faults)
    data = _unfolded(data, faults)
    if not isinstance(data, dict):
        cure = 'write {"scenes": [...]}, or a list of prompts'
        return Draft(None, [*faults, Fault("", f"{shown(data)} is not a storyboard", cure)])
    storyboard = None
    for _ in range(3):  # what is at fault is taken out, until the rest holds
        try:
            storyboard = Storyboard.model_validate(data)
            break
        except ValidationError as error:
            known = {fault.place for fault in faults}
            faults += [f for f in faults_of(error, _WORDS, _KEYS) if f.place not in known]
            data = _without(data, [detail["loc"] for detail in error.errors()])
    if storyboard is not None:
        known = {fault.place for fault in faults}
        faults += [
            *_shape(storyboard, known),
            *_empty(storyboard, known),
            *_sources(storyboard, known),
            *_misfits(storyboard, known),
        ]
    return Draft(storyboard, sorted(faults, key=scene_number))


def scene_number(fault: Fault) -> int:
    """Which scene a fault is in; -1 if it is the whole storyboard's. Faults are listed in this order."""
    number = re.match(r"(?:scenes|sequence_data)\[(\d+)\]", fault.place)
    return int(number[1]) if number else -1


def _unfolded(data: Any, faults: list[Fault]) -> Any:
    """The shorter forms of a storyboard, written out."""
    if isinstance(data, list):
        return {"scenes": data}
    if not isinstance(data, dict):
        return data
    data = {key: value for key, value in data.items() if key != "$schema"}
    if not data.keys() & {"prompt", "prompts"}:
        return data
    if "scenes" in data:
        faults.append(Fault("prompt", "stands beside scenes", "keep one of them"))
        return {key: value for key, value in data.items() if key not in ("prompt", "prompts")}
    prompts = data.pop("prompt", None) or data.pop("prompts", None)
    prompts = [prompts] if isinstance(prompts, str) else prompts
    lasting = {"duration": data.pop("duration_per_frame")} if "duration_per_frame" in data else {}
    if isinstance(prompts, list):
        prompts = [{"prompt": text, **lasting} if isinstance(text, str) else text for text in prompts]
    return {**data, "scenes": prompts}


def _without(data: dict[str, Any], places: list[tuple[int | str, ...]]) -> dict[str, Any]:
    """The data less what lies at `places`; a list's entries keep their numbers."""
    data = {**data, "scenes": [*data["scenes"]]} if isinstance(data.get("scenes"), list) else {**data}
    for place in places:
        if len(place) >= 3 and isinstance(data["scenes"][place[1]], dict):
            scene = data["scenes"][place[1]]
            data["scenes"][place[1]] = {key: value for key, value in scene.items() if key != place[2]}
        elif len(place) >= 2:
            data["scenes"][place[1]] = {}
        elif place:
            data.pop(str(place[0]), None)
    return data


def _shape(storyboard: Storyboard, known: set[str]) -> list[Fault]:
    """A size that isn't of the shape that is written as well."""
    if not storyboard.size or "aspect_ratio" not in storyboard.model_fields_set or "aspect_ratio" in known:
        return []
    if storyboard.shape == storyboard.aspect_ratio:
        return []
    return [Fault("size", f"{storyboard.size} is not {storyboard.aspect_ratio}", "keep one of them")]


def _empty(storyboard: Storyboard, known: set[str]) -> list[Fault]:
    faults = []
    for number, scene in enumerate(storyboard.scenes):
        place = place_of(("scenes", number))
        doubtful = place in known or any(other.startswith(f"{place}.") for other in known)
        shown = scene.prompt.strip() or any(getattr(scene, key) for key in (*SOURCES, "avatar", "speech"))
        if not (shown or doubtful):
            faults.append(Fault(place, "has neither a prompt nor an image", "give it one"))
    return faults


def _sources(storyboard: Storyboard, known: set[str]) -> list[Fault]:
    """Scenes that are made from two things at once, and a first one that goes on from nothing."""
    faults = []
    for number, entry in enumerate((storyboard, *storyboard.scenes), start=-1):
        here = f"scenes[{number}]." if number >= 0 else ""
        first = _given(entry, "continues", "first_frame", "first_frame_description")
        last = _given(entry, "last_frame", "last_frame_description")
        given = _given(entry, "video", "extend", "references")
        beside = next(
            (pair for pair in (first, last, [*given, *first, *last][: 2 * bool(given)]) if len(pair) > 1),
            None,
        )
        if beside and f"{here}{beside[0]}" not in known:
            faults.append(Fault(f"{here}{beside[0]}", f"stands beside {beside[1]}", "keep one of them"))
        elif number == 0 and (entry.extend == PREVIOUS or entry.continues):
            key, cure = (
                ("continue", "take it away")
                if entry.continues
                else ("extend", "name a clip's file, or take it away")
            )
            faults.append(Fault(f"{here}{key}", "there is no scene before the first", cure))
    return faults


def _given(entry: Scene | Storyboard, *fields: str) -> list[str]:
    return [written(field) for field in fields if getattr(entry, field, None)]


def _misfits(storyboard: Storyboard, known: set[str]) -> list[Fault]:
    """Scenes too short to be seen, and transitions that don't fit into the scenes that they join."""
    if {"transition", "transition_duration"} & known:
        return []
    faults = []
    frame = 1 / storyboard.settings.fps
    sure = [not known & _timing(i) for i in range(len(storyboard.scenes))]
    overlaps = [storyboard.entrance(i).overlap for i in range(len(storyboard.scenes))]
    for i, scene in enumerate(storyboard.scenes):
        if not sure[i]:
            continue
        here, lasts = f"scenes[{i}]", scene.duration
        if lasts < frame and not {"fps", "quality"} & known:
            fault = f"{float(lasts):g} s is shorter than a frame"
            faults.append(Fault(f"{here}.duration", fault, f"give at least {_least(frame)}"))
            continue
        before = storyboard.scenes[i - 1].duration if i and sure[i - 1] else lasts
        shortest, which = (before, f"scenes[{i - 1}]") if before < lasts else (lasts, here)
        after = overlaps[i + 1] if i + 1 < len(overlaps) and sure[i + 1] else Fraction(0)
        if overlaps[i] > shortest:
            name, takes = storyboard.entrance(i).transition, _least(overlaps[i])
            fault = f"the {name} takes {takes} s but {which} lasts only {_most(shortest)} s"
            cure = f"make the transition at most {_most(shortest)} s, or {which} at least {takes} s"
            faults.append(Fault(f"{here}.transition_duration", fault, cure))
        elif after <= lasts < overlaps[i] + after:
            ends = f"at its start ({_least(overlaps[i])} s) and at its end ({_least(after)} s)"
            enough = _least(overlaps[i] + after)
            cure = f"give at least {enough}, or shorten the transition_duration of {here} or scenes[{i + 1}]"
            fault = f"{_most(lasts)} s has no room for the transitions {ends}"
            faults.append(Fault(f"{here}.duration", fault, cure))
    return faults


def _timing(number: int) -> set[str]:
    """The places that say how long a scene and its transition take."""
    here = f"scenes[{number}]"
    return {here, f"{here}.duration", f"{here}.transition", f"{here}.transition_duration"}


def _most(time: Fraction) -> str:
    """Seconds in milliseconds, rounded down: the most that fits."""
    return f"{math.floor(time * 1000) / 1000:g}"


def _least(time: Fraction) -> str:
    """Rounded up: the least that is enough."""
    return f"{math.ceil(time * 1000) / 1000:g}"
