"""The inputs of a node class as object_info describes them, dynamic ones unfolded.

spec = inputs_of(object_info["StoryreelFilmSettings"], {"preset": "platform"})
list(spec)
# ['preset', 'preset.platform', 'fps', 'fit']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
AUTOGROW = "COMFY_AUTOGROW_V3"
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
DYNAMIC_SLOT = "COMFY_DYNAMICSLOT_V3"
FOLDERS = {"StoryreelNarratedSequence": "folder", "StoryreelMusicByMood": "folder"}
"""Inputs that name a folder in the server's input folder, by the classes of their nodes."""
UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload", "animated_image_upload")


class Socket(NamedTuple):
    """One input of a node."""

    name: str
    type: str
    """INT, FLOAT, STRING, BOOLEAN, COMBO, or the type of a connection."""
    options: Mapping[str, Any]
    """min, max, default, multiline …"""
    choices: tuple[Any, ...] = ()
    required: bool = True

    @property
    def takes_value(self) -> bool:
        """Whether a person can type it; else it needs a connection."""
        return self.type in WIDGETS and not self.options.get("forceInput")

    @property
    def takes_file(self) -> bool:
        """Whether its value names a file in the server's input folder."""
        return any(self.options.get(flag) for flag in UPLOADS)

    @property
    def takes_folder(self) -> bool:
        """Whether its value names a folder in the server's input folder."""
        return bool(self.options.get("folder"))

    @property
    def default(self) -> Any:
        if "default" in self.options:
            return self.options["default"]
        if self.type == "COMBO":
            return self.choices[0] if self.choices else ""
        return {"INT": 0, "FLOAT": 0.0, "STRING": "", "BOOLEAN": False}.get(self.type)


def values_of(
    graph: Mapping[str, Any], object_info: Mapping[str, Any], meant: Callable[[Socket], bool]
) -> Iterator[tuple[str, str, str, tuple[Any, ...]]]:
    """Node, input, value and known choices of every input that is `meant` and holds a text."""
    for node, entry in graph.items():
        inputs = entry.get("inputs", {})
        for socket in inputs_of(object_info.get(entry["class_type"], {}), inputs).values():
            value = inputs.get(socket.name)
            if isinstance(value, str) and value and meant(socket):
                yield node, socket.name, value, socket.choices


def inputs_of(info: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Socket]:
    """The inputs of a node with these values, in the order of the canvas. Hidden ones are not among them.

    `values` says how dynamic inputs unfold: a DynamicCombo shows its chosen option's inputs as `name.input`,
    an Autogrow shows as many as are set, and one more.
    """
    sockets = {socket.name: socket for socket in _unfold(info.get("input") or {}, "", values)}
    if (
        info.get("name") == "StoryreelLoadStoryboard"
    ):  # it names a file, though the canvas uploads none for it
        file = sockets["file"]
        sockets["file"] = file._replace(options={**file.options, "file_upload": True})
    names_folder = FOLDERS.get(str(info.get("name")))
    if names_folder in sockets:
        socket = sockets[names_folder]
        sockets[names_folder] = socket._replace(options={**socket.options, "folder": True})
    return sockets


def overgrown(info: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and fault of every growing input that has more than its node takes. A ComfyUI drops the rest in silence."""
    yield from _overgrown(info.get("input") or {}, "", values)


def _overgrown(
    groups: Mapping[str, Any], prefix: str, values: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for group in ("required", "optional"):
        for name, spec in (groups.get(group) or {}).items():
            if not (isinstance(spec, list | tuple) and len(spec) > 1 and isinstance(spec[1], Mapping)):
                continue
            place, (kind, options) = f"{prefix}{name}", spec[:2]
            if kind == DYNAMIC_COMBO:
                chosen = [
                    each for each in options.get("options") or [] if each.get("key") == values.get(place)
                ]
                for each in chosen:
                    yield from _overgrown(each.get("inputs") or {}, f"{place}.", values)
            elif kind == AUTOGROW:
                names = _names(options.get("template") or {})
                given = [key[len(place) + 1 :] for key in values if key.startswith(f"{place}.")]
                if len(given) > len(names):
                    rest = ", ".join(each for each in given if each not in names)
                    yield (
                        place,
                        f"takes {len(names)} at most, and {len(given)} are connected; take away {rest}",
                    )


def _unfold(groups: Mapping[str, Any], prefix: str, values: Mapping[str, Any]) -> Iterator[Socket]:
    for group in ("required", "optional"):
        for name, spec in (groups.get(group) or {}).items():
            yield from _sockets(f"{prefix}{name}", spec, group == "required", values)


def _sockets(name: str, spec: Any, required: bool, values: Mapping[str, Any]) -> Iterator[Socket]:
    kind = spec[0] if isinstance(spec, list | tuple) and spec else spec
    options = (
        spec[1] if isinstance(spec, list | tuple) and len(spec) > 1 and isinstance(spec[1], Mapping) else {}
    )
    if isinstance(kind, list | tuple):
        yield Socket(name, "COMBO", options, tuple(kind), required)
    elif kind == "COMBO":
        yield Socket(name, "COMBO", options, tuple(options.get("options") or ()), required)
    elif kind == DYNAMIC_COMBO:
        entries = {entry.get("key"): entry.get("inputs") or {} for entry in options.get("options") or []}
        combo = Socket(name, "COMBO", options, tuple(entries), required)
        if "default" not in options or options["default"] not in entries:
            combo = combo._replace(options={k: v for k, v in options.items() if k != "default"})
        yield combo
        yield from _unfold(entries.get(values.get(name, combo.default), {}), f"{name}.", values)
    elif kind == AUTOGROW:
        yield from _grown(name, options.get("template") or {}, required, values)
    elif kind == DYNAMIC_SLOT:
        slot = options.get("slot") or options
        yield Socket(name, str(slot.get("slotType", "*")), options, (), required)
        if name in values:
            yield from _unfold(options.get("inputs") or {}, f"{name}.", values)
    else:
        yield Socket(name, str(kind), options, (), required)


def _grown(
    name: str, template: Mapping[str, Any], required: bool, values: Mapping[str, Any]
) -> Iterator[Socket]:
    inner = template.get("input") or {}
    spec = next((spec for group in inner.values() for spec in group.values()), ["*", {}])
    names = _names(template)
    least = int(template.get("min", 0))
    set_ = [place for place, each in enumerate(names) if f"{name}.{each}" in values]
    shown = max(least, (max(set_) + 2) if set_ else 1)
    for place, each in enumerate(names[:shown]):
        yield from _sockets(f"{name}.{each}", spec, required and place < least, values)


def _names(template: Mapping[str, Any]) -> list[str]:
    """What the inputs of an Autogrow may be called, in order."""
    prefix, most = str(template.get("prefix", "")), int(template.get("max", 100))
    return list(template.get("names") or ()) or [f"{prefix}{number}" for number in range(most)]
