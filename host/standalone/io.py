"""The `io` that nodes import when no ComfyUI is around; the part of comfy_api's that Storyreel uses."""

from __future__ import annotations

from .dynamic import Autogrow, DynamicCombo
from .node import ComfyNode, Hidden, HiddenHolder, NodeOutput, Schema
from .types import (
    AnyType,
    Audio,
    Boolean,
    Combo,
    Custom,
    Float,
    FolderType,
    Image,
    Input,
    Int,
    Mask,
    NumberDisplay,
    Output,
    String,
    UploadType,
    Video,
    WidgetInput,
)

__all__ = [
    "AnyType",
    "Audio",
    "Autogrow",
    "Boolean",
    "Combo",
    "ComfyNode",
    "Custom",
    "DynamicCombo",
    "Float",
    "FolderType",
    "Hidden",
    "HiddenHolder",
    "Image",
    "Input",
    "Int",
    "Mask",
    "NodeOutput",
    "NumberDisplay",
    "Output",
    "Schema",
    "String",
    "UploadType",
    "Video",
    "WidgetInput",
]


def __getattr__(name: str) -> None:
    raise AttributeError(f"io.{name} is not available headless; host/standalone has what there is")
