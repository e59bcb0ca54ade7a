"""A node class as the server describes it in /object_info, read as the inputs the canvas makes from it.

>>> [spec.name for spec in input_specs({"input": {"required": {"b": ["INT"], "a": [["x", "y"]]}}})]
['b', 'a']
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .saved import type_name

# Classes that get a player or a viewer the server's definition doesn't have.
_AUDIO_PLAYER = {"LoadAudio", "SaveAudio", "PreviewAudio", "SaveAudioMP3", "SaveAudioOpus"}
_3D_VIEWER = {"Preview3D", "SaveGLB"}


class InputSpec(NamedTuple):
    name: str
    type: str
    options: dict[str, Any]

    @property
    def kind(self) -> str:
        """The type that decides which widget there is."""
        return self.options.get("widgetType") or self.type

    @property
    def linked_only(self) -> bool:
        return bool(self.options.get("forceInput"))


def input_specs(definition: dict[str, Any]) -> Iterator[InputSpec]:
    """The inputs in the order the canvas makes them: `input_order` first, then what that doesn't name."""
    groups = definition.get("input") or {}
    required = dict(groups.get("required") or {}) | _canvas_only(definition)
    optional = dict(groups.get("optional") or {})
    order = definition.get("input_order") or {}
    named = [
        *((required, name) for name in order.get("required") or []),
        *((optional, name) for name in order.get("optional") or []),
        *((required, name) for name in required),
        *((optional, name) for name in optional),
    ]
    done = set()
    for group, name in named:
        if name in group and name not in done:
            done.add(name)
            yield read_spec(name, group[name])


def read_spec(name: str, spec: Any) -> InputSpec:
    """`["INT", {…}]`, `[["a", "b"], {…}]` or `["COMBO", {"options": […]}]`: object_info has all three."""
    parts = spec if isinstance(spec, (list, tuple)) else []
    first = parts[0] if parts else "*"
    options = parts[1] if len(parts) > 1 and isinstance(parts[1], dict) else {}
    if isinstance(first, (list, tuple)):
        return InputSpec(name, "COMBO", options | {"options": list(first)})
    return InputSpec(name, str(first), options)


def grown_specs(spec: InputSpec) -> Iterator[InputSpec]:
    """The inputs an autogrow input starts with, as many as it needs at least: `images.image0` and so on."""
    template = spec.options.get("template") or {}
    specs = _both_groups(template.get("input"))
    names, least = template.get("names"), template.get("min", 1)
    most = len(names) if names else template.get("max", 100)
    for ordinal in range(min(least, most)):
        for key, inner in specs.items():
            base = template.get("prefix", "") if len(specs) == 1 else key
            yield read_spec(f"{spec.name}.{names[ordinal] if names else f'{base}{ordinal}'}", inner)


def chosen_specs(spec_options: dict[str, Any], choice: Any, combo: str) -> Iterator[InputSpec]:
    """The inputs that one choice of a dynamic combo brings along, named `combo.input`."""
    for option in spec_options.get("options") or []:
        if option.get("key") == choice:
            for key, inner in _both_groups(option.get("inputs")).items():
                yield read_spec(f"{combo}.{key}", inner)


def format_specs(spec_options: dict[str, Any], choice: Any) -> Iterator[InputSpec]:
    """The settings that one choice of Video Helper Suite's format combo brings along, under their bare names.

    >>> formats = {"video/h264-mp4": [["crf", "INT", {"default": 19}]]}
    >>> [(spec.name, spec.type) for spec in format_specs({"formats": formats}, "video/h264-mp4")]
    [('crf', 'INT')]
    """
    formats = spec_options.get("formats")
    found = formats.get(choice) if isinstance(formats, dict) and isinstance(choice, str) else None
    for setting in found if isinstance(found, list) else ():  # loaders keep limits there: an object
        if isinstance(setting, list) and setting and isinstance(setting[0], str):
            yield read_spec(setting[0], setting[1:])


def output_types(definition: dict[str, Any]) -> list[str]:
    types = [type_name(o) if isinstance(o, str) else "COMBO" for o in definition.get("output") or []]
    return ["*" if kind == "COMFY_MATCHTYPE_V3" else kind for kind in types]


def _both_groups(groups: Any) -> dict[str, Any]:
    groups = groups or {}
    return {**(groups.get("required") or {}), **(groups.get("optional") or {})}


def _canvas_only(definition: dict[str, Any]) -> dict[str, Any]:
    """Inputs the canvas adds to a definition: players, viewers, upload buttons."""
    name, added = definition.get("name"), {}
    required = (definition.get("input") or {}).get("required") or {}
    specs = [read_spec(key, value) for key, value in required.items()]
    if name in _AUDIO_PLAYER:
        added["audioUI"] = ["AUDIO_UI", {}]
    if name in _3D_VIEWER:
        added["image"] = ["PREVIEW_3D", {}]
    for spec in specs:
        uploads = (spec.options.get(f"{kind}_upload") for kind in ("image", "video", "animated_image"))
        if spec.type == "COMBO" and any(upload is True for upload in uploads):
            added["upload"] = ["IMAGEUPLOAD", spec.options | {"imageInputName": spec.name}]
            break
    if any(spec.name == "audio" and spec.options.get("audio_upload") is True for spec in specs):
        added["upload"] = ["AUDIOUPLOAD", {}]
    return added
