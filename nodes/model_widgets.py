"""What the canvas offers of the catalogue: the widgets that a model's capabilities ask for. What their values mean is
widget_values.py's.

Nothing is known of any model here: its modes, lengths, sizes and shapes are in studio/providers/catalogue/.

    mode = offers.modes(["veo-3.1", "veo-3.1-fast"])       → a dynamic combo, its options the modes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..host import io
from ..studio.providers.capability import MODES, SOUNDS, TALKING, Capability, Mode
from ..studio.providers.models import catalogue
from .widget_values import SHORT_SIDES

USUAL = {"duration": 8, "resolution": "720p", "aspect_ratio": "16:9"}
AUTO = "auto"
LARGEST_SEED = 2**32 - 1
PICTURES = ("first_frame", "last_frame", "picture")
SOCKETS = 9
"""For reference pictures, at most: some models take thirty, and then a storyboard is the place to name them."""
APART = {"picture", *TALKING, *SOUNDS}
"""Modes that have nodes of their own, since they make no clip of what is to be seen: a picture, somebody who talks,
what is only heard."""
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
    return io.DynamicCombo.Input("model", options, tooltip=f"Who makes it. {said}.{_ends(names)}")


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
    said = f"Who goes on with it; duration is what is added.{_ends(names, 'extend')}"
    return io.DynamicCombo.Input("model", options, tooltip=said)


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
    return io.DynamicCombo.Input("model", options, tooltip=f"Who draws it.{_ends(names, 'picture')}")


def _ends(names: Iterable[str], mode: str = "") -> str:
    """Which of the models end, where and when, as a sentence after others; nothing if none does."""
    ending = [can for can in rows(names) if can.ends and (not mode or mode in can.modes)]
    said = ", ".join(f"{can.model} at {can.provider} from {can.ends} on" for can in ending)
    return f" May be taken away: {said}." if said else ""


def _switch(cans: Sequence[Capability]) -> list[Any]:
    """The widget that switches sound on and off, where one of the rows has such a switch."""
    if not any(can.audio == "switch" for can in cans):
        return []
    return [io.Boolean.Input("audio", default=True, optional=True, tooltip="Whether the clip has sound.")]


def _known(cans: Sequence[Capability], leave_out: Iterable[str] = ("extend",)) -> list[str]:
    return [mode for mode in MODES if any(mode in can.modes for can in cans) and mode not in leave_out]


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
