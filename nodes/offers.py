"""What the canvas offers of the catalogue: the widgets that a model's capabilities ask for, and the shot they mean.

Nothing is known of any model here: its modes, lengths, sizes and shapes are in studio/providers/catalogue.json.

    mode = offers.modes(["veo-3.1", "veo-3.1-fast"])       → a dynamic combo, its options the modes
    shot = offers.shot({"mode": "text", "duration": 8, "resolution": "720p", "aspect_ratio": "16:9"}, {}, prompt="…")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..host import io
from ..studio.errors import Fault
from ..studio.providers.capability import MODES, TALKING, Capability, Mode, catalogue
from ..studio.providers.faults import faults

SHORT_SIDES = {"360p": 360, "720p": 720, "1080p": 1080, "4k": 2160}
USUAL = {"duration": 8, "resolution": "720p", "aspect_ratio": "16:9"}
AUTO = "auto"
LARGEST_SEED = 2**32 - 1
PICTURES = ("first_frame", "last_frame", "picture")
SOCKETS = 9
"""For reference pictures, at most: some models take thirty, and then a storyboard is the place to name them."""
APART = {"picture", *TALKING}
"""Modes that have nodes of their own, since they make no clip of what is to be seen: a picture, somebody who talks."""
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
_MEANINGS = {
    "first_frame": "The picture that the clip starts with.",
    "last_frame": "The picture that the clip ends with.",
    "video": "The clip to change.",
    "picture": "Who says it: a face, seen from the front.",
    "avatar": "Who says it: the id of an avatar, one of its looks.",
    "duration": "Seconds of clip.",
    "resolution": "The length of the frame's short side, in lines.",
    "aspect_ratio": "The shape of the frame.",
}


def rows(models: Iterable[str], doors: Iterable[str] = ()) -> list[Capability]:
    """The catalogue's rows of these models; through these doors, or all."""
    wanted, through = list(models), set(doors)
    return [can for can in catalogue() if can.model in wanted and (not through or can.provider in through)]


def doors(models: Iterable[str], mode: str = "") -> list[str]:
    """Through which these models can be reached, in the order in which auto prefers them; asked in a mode, if one is
    given."""
    return list(dict.fromkeys(can.provider for can in rows(models) if not mode or mode in can.modes))


def door(names: Iterable[str], mode: str = "") -> Any:
    """A combo of the doors to these models."""
    return io.Combo.Input(
        "door",
        [AUTO, *doors(names, mode)],
        default=AUTO,
        tooltip="Through whose account: auto takes the first that has its key and can do it.",
    )


def models(mode: str = "") -> list[str]:
    """The models of the catalogue that have a mode; without one, all that make clips of what is to be seen."""
    wanted = {mode} if mode else set(MODES) - APART
    return list(dict.fromkeys(can.model for can in catalogue() if wanted & set(can.modes)))


def modes(cans: Sequence[Capability], leave_out: Iterable[str] = ("extend",)) -> Any:
    """A dynamic combo of what a clip can be made from, each with the widgets that then apply."""
    known = _known(cans, leave_out)
    options = [io.DynamicCombo.Option(mode, _of_mode(cans, mode)) for mode in known]
    said = ", ".join(f"{mode}: {MODES[mode]}" for mode in known)
    return io.DynamicCombo.Input("mode", options, tooltip=f"What the clip is made from. {said}.")


def shape(found: Sequence[Mode], length: bool = True) -> list[Any]:
    """The widgets for length, size and shape that these ways of asking leave open."""
    made = [_length(found)] if length else []
    for id in ("resolution", "aspect_ratio"):
        key = "ratios" if id == "aspect_ratio" else "resolutions"
        options = list(dict.fromkeys(option for mode in found for option in getattr(mode, key)))
        options.sort(key=lambda option: SHORT_SIDES.get(option, 0))  # where it is no resolution they stay
        if options:
            usual = USUAL[id] if USUAL[id] in options else options[0]
            made.append(io.Combo.Input(id, options, default=usual, tooltip=_MEANINGS[id]))
    return made


def words(cans: Sequence[Capability], audio: bool = True) -> list[Any]:
    """The widgets for what is said besides the prompt, those that one of the rows listens to; without `audio` the
    switch for sound is somewhere else."""
    made = [
        io.String.Input(
            "negative_prompt", default="", optional=True, tooltip="What is not to be seen, in words."
        ),
        io.String.Input(
            "camera",
            default="",
            optional=True,
            tooltip="How the camera moves, such as slow dolly in, low angle.",
        ),
        io.String.Input(
            "style",
            default="",
            optional=True,
            tooltip="How it looks, such as cinematic, corporate, 35 mm film.",
        ),
    ]
    if audio:
        made += _switch(cans)
    if any(can.audio != "never" for can in cans):
        made.append(
            io.String.Input(
                "sound",
                default="",
                optional=True,
                tooltip="What is heard, in words: speech in quotes, effects, music.",
            )
        )
    if any(can.seed for can in cans):
        made.append(
            io.Int.Input(
                "seed",
                default=0,
                min=0,
                max=LARGEST_SEED,
                control_after_generate=False,
                optional=True,
                tooltip="The same seed makes a similar clip.",
            )
        )
    return made


def consent(most: float) -> list[Any]:
    """The widgets for which take is meant, and what it may cost."""
    return [
        io.Int.Input(
            "take",
            default=1,
            min=1,
            max=999,
            optional=True,
            tooltip="A clip that was bought is kept and costs nothing again. A higher number buys another one.",
        ),
        io.Float.Input(
            "max_cost",
            default=most,
            min=0.0,
            max=10000.0,
            step=0.05,
            round=0.01,
            optional=True,
            tooltip="Dollars that this node may spend in one run; above it nothing is sent.",
        ),
    ]


def prompt(text: str, tooltip: str = "What is to be seen, in words: subject, action, place, light.") -> Any:
    return io.String.Input(
        "prompt",
        default=text,
        multiline=True,
        dynamic_prompts=False,  # what is bought has to be what is written
        tooltip=tooltip,
    )


def by_model(names: Sequence[str]) -> Any:
    """A dynamic combo of models, each with the modes that it has and with a switch for its sound; with the widgets of
    its mode, if that is but one."""
    options = []
    for name in names:
        cans = rows([name])
        known = _known(cans)
        found = _of_mode(cans, *known) if len(known) == 1 else [modes(cans)]
        options.append(io.DynamicCombo.Option(name, [*found, *_switch(cans)]))
    said = "; ".join(f"{name}: {', '.join(_known(rows([name])))}" for name in names)
    return io.DynamicCombo.Input("model", options, tooltip=f"Who makes it. {said}.")


def mode_of(model: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mode that is chosen with a model of `by_model`, and the values of its widgets."""
    (only,) = [model.get("mode")] if "mode" in model else _known(rows([model["model"]]))
    if not isinstance(only, Mapping):
        return {**model, "mode": only}
    return {**only, "audio": model["audio"]} if "audio" in model else only


def extending() -> Any:
    """A dynamic combo of the models that can go on from a clip, each with what it can add."""
    names = models("extend")
    options = [io.DynamicCombo.Option(name, shape(_of(rows([name]), "extend"))) for name in names]
    return io.DynamicCombo.Input("model", options, tooltip="Who goes on with it; duration is what is added.")


def drawing() -> Any:
    """A dynamic combo of the models that draw, each with what it can draw after, and the sizes and shapes it draws."""
    names = models("picture")
    options = []
    for name in names:
        found = _of(rows([name]), "picture")
        size, *ratio = shape(found, length=False)
        usual = "1k" if "1k" in size.options else size.options[0]
        said = "1k is about a million pixels, 2k four, 4k sixteen; 512 a quarter of one."
        size = io.Combo.Input("resolution", size.options, default=usual, tooltip=said)
        options.append(io.DynamicCombo.Option(name, [*_sockets("picture", found), size, *ratio]))
    return io.DynamicCombo.Input("model", options, tooltip="Who draws it.")


def shot(
    mode: Mapping[str, Any], files: Mapping[str, str], duration: Fraction | None = None, /, **said: Any
) -> Any:
    """The Shot that is meant by the values of a mode's widgets, of the others, and by the paths of its files, which
    have the names of their sockets. `duration` is for modes without a widget for it: as long as the clip that came."""
    from ..studio.providers.contract import Shot

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
                found.append(f"{place}: {named!r} is not one of {', '.join(inner)}")
        elif choices and value not in choices:
            found.append(f"{place}: {value!r} is not one of {', '.join(map(str, choices))}")
        elif getattr(input, "min", None) is not None and not input.min <= value <= input.max:
            found.append(f"{place}: {value:g} is not between {input.min:g} and {input.max:g}")
    return found


def _switch(cans: Sequence[Capability]) -> list[Any]:
    """The widget that switches sound on and off, where one of the rows has such a switch."""
    if not any(can.audio == "switch" for can in cans):
        return []
    return [io.Boolean.Input("audio", default=True, optional=True, tooltip="Whether the clip has sound.")]


def _known(cans: Sequence[Capability], leave_out: Iterable[str] = ("extend",)) -> list[str]:
    return [mode for mode in MODES if any(mode in can.modes for can in cans) and mode not in leave_out]


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


def _of_mode(cans: Sequence[Capability], mode: str) -> list[Any]:
    """The sockets and widgets of one mode. What is changed keeps its length."""
    return [*_sockets(mode, _of(cans, mode)), *shape(_of(cans, mode), length=mode not in ("edit", *TALKING))]


def _of(cans: Sequence[Capability], mode: str) -> list[Mode]:
    return [can.modes[mode] for can in cans if mode in can.modes]


def _sockets(mode: str, found: Sequence[Mode]) -> list[Any]:
    picture: Callable[..., Any] = io.Image.Input
    if mode == "image":
        return [picture("first_frame", tooltip=_MEANINGS["first_frame"])]
    if mode == "frames":
        return [picture(name, tooltip=_MEANINGS[name]) for name in ("first_frame", "last_frame")]
    if mode in ("references", "picture"):
        most = min(SOCKETS, max(each.references for each in found))
        least = 1 if mode == "references" else min(each.needs_references for each in found)
        return [
            picture(
                f"reference_{number}",
                optional=number > least,
                tooltip="What is to be seen: a person, a thing, a place, a style.",
            )
            for number in range(1, most + 1)
        ]
    if mode == "portrait":
        return [picture("picture", tooltip=_MEANINGS["picture"])]
    if mode == "avatar":
        where = "an id out of HeyGen Lists"
        return [io.String.Input("avatar", default="", placeholder=where, tooltip=_MEANINGS["avatar"])]
    return [io.Video.Input("video", tooltip=_MEANINGS["video"])] if mode == "edit" else []


def _length(found: Sequence[Mode]) -> Any:
    lengths = sorted({length for mode in found for length in mode.durations})
    said = _MEANINGS["duration"]
    if not lengths:
        low, high = min(mode.shortest for mode in found), max(mode.longest for mode in found)
        return io.Float.Input(
            "duration",
            default=float(min(max(8, low), high)),
            min=float(low),
            max=float(high),
            step=0.5,
            tooltip=said,
        )
    whole = [int(length) for length in lengths]
    usual = next((length for length in whole if length >= 8), whole[-1])
    if len(whole) > 3 and whole == list(range(whole[0], whole[-1] + 1)):
        return io.Int.Input("duration", default=usual, min=whole[0], max=whole[-1], tooltip=said)
    return io.Combo.Input("duration", whole, default=usual, tooltip=said)
