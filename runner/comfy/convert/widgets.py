"""The widgets the canvas makes for an input: which there are, what each starts with, what it takes.

>>> from .definition import read_spec
>>> [(w.name, w.value) for w in make_widgets(read_spec("seed", ["INT", {"default": 7}]))]
[('seed', 7), ('control_after_generate', 'randomize')]
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .definition import InputSpec
from .text import written

UNSET: Any = object()  # JavaScript's undefined: such a value isn't sent at all

# Browser elements: they have no value to save and are empty in the prompt, whatever the file says.
_ELEMENTS = {"AUDIO_RECORD", "WEBCAM", "LOAD_3D", "PREVIEW_3D"}


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(eq=False)
class Widget:
    name: str
    kind: str
    value: Any = UNSET
    saved: bool = True  # takes a place in widgets_values
    sent: bool = True  # goes into the prompt
    options: dict[str, Any] = field(default_factory=dict)
    accept: Callable[[Any], Any] = _as_it_is  # what the widget makes of a value it is given
    brought_by: Widget | None = None  # the combo whose choice brings it along


def is_number(value: Any) -> bool:
    """As the server sees it: text that reads as one is one."""
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
    return isinstance(value, (int, float, str))


def has_widget(spec: InputSpec) -> bool:
    """An input of any other type is a socket, and so is one that asks to be linked."""
    return _maker(spec) is not None and not spec.linked_only


def make_widgets(spec: InputSpec) -> list[Widget]:
    """The input's widget, and behind it those the canvas adds to change it after a run or to refresh it."""
    maker = _maker(spec)
    return [maker(spec), *_controls(spec)] if maker else []


def _maker(spec: InputSpec) -> Callable[[InputSpec], Widget] | None:
    """A definition can ask for a widget that the pack's JavaScript makes: it holds a value of the input's type."""
    return _MAKERS.get(spec.kind) or _MAKERS.get(spec.type)


def annotated_paths(default: Any, options: dict[str, Any]) -> Callable[[Any], Any]:
    """What an upload button makes its combo accept: file names, with the folder where it isn't `input`."""

    def accept(value: Any) -> Any:
        if not value:
            return default
        if isinstance(value, list):
            paths = [_path(item, options.get("image_folder") or "input") for item in value]
            return paths if options.get("allow_batch") else paths[0]
        return _path(value, options.get("image_folder") or "input")

    return accept


def _path(file: Any, folder: str) -> str:
    if isinstance(file, dict):
        name = "/".join([*filter(None, [file.get("subfolder")]), file.get("filename") or ""])
        folder = folder if file.get("type") else "input"
    else:
        name = written(file)
    annotated = folder == "input" or re.search(r"\[(input|output|temp)\]", name, re.IGNORECASE)
    return name if annotated else f"{name} [{folder}]"


def _controls(spec: InputSpec) -> list[Widget]:
    control = spec.options.get("control_after_generate")
    if spec.kind == "COMBO":
        return _combo_controls(spec, bool(control))
    if spec.kind == "INT" and (control or (control is None and spec.name in ("seed", "noise_seed"))):
        return [Widget("control_after_generate", "CONTROL", "randomize", sent=False)]
    if spec.kind == "FLOAT" and control:
        return [Widget("control_after_generate", "CONTROL", "fixed", sent=False)]
    return []


def _combo_controls(spec: InputSpec, control: bool) -> list[Widget]:
    extra = []
    multiple, remote = spec.options.get("multi_select"), spec.options.get("remote")
    if remote and not multiple:
        extra.append(Widget("Auto-refresh after generation", "CONTROL", False, sent=False))
        if remote.get("refresh_button"):
            extra.append(
                Widget("refresh", "CONTROL", "refresh")
            )  # sent, as the canvas does; the server ignores it
    if control:
        extra.append(Widget("control_after_generate", "CONTROL", "randomize", sent=False))
        if not multiple:
            extra.append(Widget("control_filter_list", "CONTROL", "", sent=False))
    return extra


def _combo(spec: InputSpec) -> Widget:
    if spec.options.get("multi_select"):
        return Widget(spec.name, spec.kind, [], options=spec.options)
    choices = spec.options.get("options") or []
    default = spec.options.get("default") or (choices[0] if choices else UNSET)
    if default is UNSET and spec.options.get("remote"):
        default = "Loading..."
    return Widget(spec.name, spec.kind, default, options=spec.options)


def _dynamic_combo(spec: InputSpec) -> Widget:
    keys = [option.get("key") for option in spec.options.get("options") or []]
    return Widget(spec.name, spec.kind, keys[0] if keys else UNSET, options=spec.options)


def _string(spec: InputSpec) -> Widget:
    accept = _text_area if spec.options.get("multiline") or spec.kind == "MARKDOWN" else _as_it_is
    default = spec.options.get("default")
    value = accept("" if default is None else default)
    return Widget(spec.name, spec.kind, value, options=spec.options, accept=accept)


def _text_area(value: Any) -> str:
    """A browser's text area holds text, with one kind of line end."""
    return re.sub(r"\r\n?", "\n", written(value))


def _plain(default: Any) -> Callable[[InputSpec], Widget]:
    def make(spec: InputSpec) -> Widget:
        value = spec.options.get("default")
        return Widget(spec.name, spec.kind, default if value is None else value, options=spec.options)

    return make


def _drawn(option: str, default: Any) -> Callable[[InputSpec], Widget]:
    """Widgets whose definition keeps its settings one level down, in `options`."""

    def make(spec: InputSpec) -> Widget:
        options = spec.options.get("options")
        value = options.get(option) if isinstance(options, dict) else None
        return Widget(spec.name, spec.kind, value or default)

    return make


def _pictures(spec: InputSpec) -> Widget:
    return Widget(spec.name, spec.kind, ["", ""])


def _button(spec: InputSpec) -> Widget:
    return Widget(spec.name, spec.kind, "", sent=False)


def _element(spec: InputSpec) -> Widget:
    return Widget(spec.name, spec.kind, "", accept=lambda _: "")


def _player(spec: InputSpec) -> Widget:
    """It plays what came out, and holds nothing."""
    return Widget(spec.name, spec.kind, "", saved=False, sent=False)


_MAKERS: dict[str, Callable[[InputSpec], Widget]] = {
    "INT": _plain(0),
    "FLOAT": _plain(0),
    "BOOLEAN": _plain(False),
    "STRING": _string,
    "MARKDOWN": _string,
    "COMBO": _combo,
    "COMFY_DYNAMICCOMBO_V3": _dynamic_combo,
    "COLOR": _drawn("default", "#000000"),
    "TEXTAREA": _drawn("default", ""),
    "CHART": _drawn("data", {}),
    "GALLERIA": _drawn("images", []),
    "IMAGECOMPARE": _pictures,
    "IMAGEUPLOAD": _button,
    "AUDIOUPLOAD": _button,
    "AUDIO_UI": _player,
    **dict.fromkeys(_ELEMENTS, _element),
}
