"""Sockets and widgets of a node, as ComfyUI's V3 schema spells them; only the kinds that are used here.

What `as_dict` returns is the second half of an input in /object_info: the keys, their order and which are
left out when unset are ComfyUI's, held equal by tests/engine/test_object_info.py.
"""

from __future__ import annotations

from enum import Enum
from typing import Any


def pruned(**items: Any) -> dict[str, Any]:
    """The items that are set, in the order given."""
    return {key: value for key, value in items.items() if value is not None}


class FolderType(str, Enum):
    input = "input"
    output = "output"
    temp = "temp"


class UploadType(str, Enum):
    image = "image_upload"
    audio = "audio_upload"
    video = "video_upload"
    model = "file_upload"


class NumberDisplay(str, Enum):
    number = "number"
    slider = "slider"


class Input:
    """An input that only a link can fill."""

    io_type = ""

    def __init__(
        self,
        id: str,
        *,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        extra_dict: dict[str, Any] | None = None,
        raw_link: bool | None = None,
    ) -> None:
        if lazy or raw_link:
            raise NotImplementedError(f"input {id!r}: lazy and raw inputs are not available headless")
        self.id = id
        self.display_name = display_name
        self.optional = optional
        self.tooltip = tooltip
        self.lazy = lazy
        self.raw_link = raw_link
        self.extra_dict = extra_dict or {}

    def as_dict(self) -> dict[str, Any]:
        named = pruned(
            display_name=self.display_name, tooltip=self.tooltip, lazy=self.lazy, rawLink=self.raw_link
        )
        return named | pruned(**self.extra_dict)

    def get_io_type(self) -> str:
        return self.io_type

    def get_all(self) -> list[Input]:
        return [self]


class WidgetInput(Input):
    """An input with a widget: a value in the workflow fills it, or a link."""

    def __init__(
        self,
        id: str,
        *,
        default: Any = None,
        socketless: bool | None = None,
        force_input: bool | None = None,
        **common: Any,
    ) -> None:
        super().__init__(id, **common)
        self.default = default
        self.socketless = socketless
        self.force_input = force_input

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | pruned(
            default=self.default, socketless=self.socketless, forceInput=self.force_input
        )


class Output:
    """One output of a node."""

    io_type = ""

    def __init__(
        self,
        id: str | None = None,
        display_name: str | None = None,
        tooltip: str | None = None,
        is_output_list: bool = False,
    ) -> None:
        self.id = id
        self.display_name = display_name or id
        self.tooltip = tooltip
        self.is_output_list = is_output_list


def _socket(name: str, io_type: str, input: type[Input] = Input) -> Any:
    return type(
        name,
        (),
        {
            "io_type": io_type,
            "Input": type("Input", (input,), {"io_type": io_type}),
            "Output": type("Output", (Output,), {"io_type": io_type}),
        },
    )


def Custom(io_type: str) -> Any:
    """A type of our own: `Custom("STORYREEL_TIMELINE").Input("timeline")`."""
    return _socket(io_type, io_type)


class _BooleanInput(WidgetInput):
    def __init__(
        self, id: str, *, label_on: str | None = None, label_off: str | None = None, **common: Any
    ) -> None:
        super().__init__(id, **common)
        self.label_on = label_on
        self.label_off = label_off

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | pruned(label_on=self.label_on, label_off=self.label_off)


class _IntInput(WidgetInput):
    def __init__(
        self,
        id: str,
        *,
        min: int | None = None,
        max: int | None = None,
        step: int | None = None,
        control_after_generate: bool | None = None,
        display_mode: NumberDisplay | None = None,
        **common: Any,
    ) -> None:
        super().__init__(id, **common)
        self.min, self.max, self.step = min, max, step
        self.control_after_generate = control_after_generate
        self.display_mode = display_mode

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | pruned(
            min=self.min,
            max=self.max,
            step=self.step,
            control_after_generate=self.control_after_generate,
            display=self.display_mode.value if self.display_mode else None,
        )


class _FloatInput(WidgetInput):
    def __init__(
        self,
        id: str,
        *,
        min: float | None = None,
        max: float | None = None,
        step: float | None = None,
        round: float | None = None,
        display_mode: NumberDisplay | None = None,
        **common: Any,
    ) -> None:
        super().__init__(id, **common)
        self.min, self.max, self.step, self.round = min, max, step, round
        self.display_mode = display_mode

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | pruned(
            min=self.min,
            max=self.max,
            step=self.step,
            round=self.round,
            display=self.display_mode.value if self.display_mode else None,
        )


class _StringInput(WidgetInput):
    def __init__(
        self,
        id: str,
        *,
        multiline: bool = False,
        placeholder: str | None = None,
        dynamic_prompts: bool | None = None,
        **common: Any,
    ) -> None:
        super().__init__(id, **common)
        self.multiline = multiline
        self.placeholder = placeholder
        self.dynamic_prompts = dynamic_prompts

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | pruned(
            multiline=self.multiline, placeholder=self.placeholder, dynamicPrompts=self.dynamic_prompts
        )


class _ComboInput(WidgetInput):
    def __init__(
        self,
        id: str,
        options: list[str] | list[int] | type[Enum] | None = None,
        *,
        default: str | int | Enum | None = None,
        control_after_generate: bool | None = None,
        upload: UploadType | None = None,
        image_folder: FolderType | None = None,
        **common: Any,
    ) -> None:
        super().__init__(id, default=default.value if isinstance(default, Enum) else default, **common)
        self.options = [member.value for member in options] if isinstance(options, type) else options
        self.control_after_generate = control_after_generate
        self.upload = upload
        self.image_folder = image_folder

    def as_dict(self) -> dict[str, Any]:
        choice = pruned(
            multiselect=False, options=self.options, control_after_generate=self.control_after_generate
        )
        if self.upload is not None:
            choice[self.upload.value] = True
        if self.image_folder is not None:
            choice["image_folder"] = self.image_folder.value
        return super().as_dict() | choice


Image = _socket("Image", "IMAGE")
Mask = _socket("Mask", "MASK")
Audio = _socket("Audio", "AUDIO")
Video = _socket("Video", "VIDEO")
AnyType = _socket("AnyType", "*")
Boolean = _socket("Boolean", "BOOLEAN", _BooleanInput)
Int = _socket("Int", "INT", _IntInput)
Float = _socket("Float", "FLOAT", _FloatInput)
String = _socket("String", "STRING", _StringInput)
Combo = _socket("Combo", "COMBO", _ComboInput)
