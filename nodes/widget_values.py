"""What the values of a cloud node's widgets ask for: the shot that they mean, and what is wrong with it before a run.

>>> shot({"mode": "text", "duration": 8, "resolution": "720p", "aspect_ratio": "16:9"}, {}, prompt="A street").mode
'text'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..studio.errors import Fault
from ..studio.providers.capability import TALKING, Capability, Mode
from ..studio.providers.faults import faults
from ..studio.providers.models import gone

SHORT_SIDES = {"360p": 360, "720p": 720, "1080p": 1080, "4k": 2160}
STANDS_FOR = "(comes by a wire)"
"""In checks before a run, for what is only there during it."""

_WIRED = {
    "image": {"first_frame": STANDS_FOR},
    "frames": {"first_frame": STANDS_FOR, "last_frame": STANDS_FOR},
    "references": {"reference_1": STANDS_FOR},
    "extend": {"video": STANDS_FOR},
    "edit": {"video": STANDS_FOR},
    "portrait": {"picture": STANDS_FOR},
    "picture": {},
}


def shot(
    mode: Mapping[str, Any], files: Mapping[str, str], duration: Fraction | None = None, /, **said: Any
) -> Any:
    """The Shot that is meant by the values of a mode's widgets, of the others, and by the paths of its files, which
    have the names of their sockets. `duration` is for modes without a widget for it: as long as the clip that came."""
    from ..studio.providers.shot import Shot

    kind = mode["mode"]
    resolution, ratio = mode.get("resolution") or "720p", mode.get("aspect_ratio") or "16:9"
    width, height = frame(resolution, ratio)
    audio = said.get("audio", mode.get("audio"))
    return Shot(
        prompt=said.get("prompt") or "",
        duration=Fraction(str(mode.get("duration") or duration or 1)),
        width=width,
        height=height,
        fps=Fraction(24),
        makes="picture" if kind == "picture" else "clip",
        seed=said.get("seed") or 0,
        image=files.get("first_frame") or files.get("picture"),
        last_frame=files.get("last_frame"),
        references=tuple(path for name, path in sorted(files.items()) if name.startswith("reference_")),
        video=files.get("video"),
        task="edit" if kind == "edit" else "extend",
        resolution=resolution,
        aspect_ratio=ratio,
        negative_prompt=said.get("negative_prompt") or "",
        camera=said.get("camera") or "",
        style=said.get("style") or "",
        audio=audio,
        sound="" if audio is False else said.get("sound") or "",
        avatar=(mode.get("avatar") or "").strip(),
        voice=said.get("voice") or "",
        script=said.get("script") or "",
        speech=files.get("speech"),
    )


def faults_of(cans: Sequence[Capability], mode: Mapping[str, Any], values: Mapping[str, Any]) -> list[Fault]:
    """Why none of the rows can make what the values say: the faults of the first that has the mode. What comes by a
    wire isn't known yet, and is taken to be right."""
    kind = mode["mode"]
    able = [can for can in cans if kind in can.modes] or list(cans)
    found: list[list[Fault]] = []
    unsaid = _unsaid(mode, values)
    for can in able:
        wired = _WIRED.get(kind, {})
        if kind in can.modes:
            mode = _filled(mode, can.modes[kind])
            needed = can.modes[kind].needs_references
            wired = wired | {f"reference_{number + 1}": STANDS_FOR for number in range(needed)}
        asked = shot(mode, wired, **{**values, **_words_by_wire(values)})
        found.append([*unsaid, *faults(asked, can)])
    return next(iter(found), []) if all(found) else []


def _unsaid(mode: Mapping[str, Any], values: Mapping[str, Any]) -> list[Fault]:
    """Who, or what, is missing where somebody talks: without it the shot would be one of another kind."""
    found = []
    if mode["mode"] == "avatar" and mode.get("avatar", "") == "":
        found.append(Fault("avatar", "is empty", "take an id out of HeyGen Lists"))
    if mode["mode"] in TALKING and "speech" not in values:
        said = values.get("script", "")
        if said is not None and not said.strip():
            found.append(Fault("script", "is empty", "write what is said, or connect a sound to speech"))
    return found


def _words_by_wire(values: Mapping[str, Any]) -> dict[str, str]:
    """What stands for words that are not known before the run, or not there. A sound that is said needs no others."""
    wired = {key for key in ("script", "voice") if values.get(key, "") is None or "speech" in values}
    wired |= {"script"} if not (values.get("script", "") or "").strip() and "script" in values else set()
    return dict.fromkeys(wired if values.get("prompt") is not None else {*wired, "prompt"}, STANDS_FOR)


def frame(resolution: str, aspect_ratio: str) -> tuple[int, int]:
    """Width and height in pixels, both even.

    >>> frame("720p", "9:16")
    (720, 1280)
    """
    across, down = (int(part) for part in aspect_ratio.split(":"))
    short = SHORT_SIDES.get(resolution, 720)
    long = round(short * max(across, down) / min(across, down) / 2) * 2
    return (long, short) if across > down else (short, long)


def refusals(inputs: Sequence[Any], values: Mapping[str, Any], prefix: str = "") -> list[str]:
    """What is wrong with values of widgets by themselves, a sentence each: a node that checks its inputs together has
    to check each of them too, ComfyUI then leaves it to it."""
    found = []
    for input in inputs:
        value, place = values.get(input.id), f"{prefix}{input.id}"
        choices = getattr(input, "options", None) or []
        if value is None:
            continue
        if choices and hasattr(
            choices[0], "inputs"
        ):  # a dynamic combo: its choice, and the inputs that this brings
            named = value.get(input.id) if isinstance(value, Mapping) else value
            inner = {choice.key: choice.inputs for choice in choices}
            if named in inner:
                found += refusals(inner[named], value, f"{place}.") if isinstance(value, Mapping) else []
            elif named is not None:
                found.append(f"{place}: {_unknown(named, inner)}")
        elif choices and value not in choices:
            found.append(f"{place}: {_unknown(value, choices)}")
        elif getattr(input, "min", None) is not None and not input.min <= value <= input.max:
            found.append(f"{place}: {value:g} is not between {input.min:g} and {input.max:g}")
    return found


def _unknown(value: Any, choices: Iterable[Any]) -> str:
    """What to say of a value that isn't offered: of a model that there was, what to take instead."""
    was = gone().get(str(value))
    return "; ".join(was.fault) if was else f"{value!r} is not one of {', '.join(map(str, choices))}"


def _filled(mode: Mapping[str, Any], can: Mode) -> dict[str, Any]:
    """The values of a mode's widgets; in place of those that come by a wire, ones that are right."""
    right = {
        "duration": can.durations[0] if can.durations else can.shortest or 1,
        "resolution": next(iter(can.resolutions), None),
        "aspect_ratio": next(iter(can.ratios), None),
    }
    if "avatar" in mode:
        right["avatar"] = STANDS_FOR
    return {**mode, **{key: value for key, value in right.items() if mode.get(key) in (None, "")}}
