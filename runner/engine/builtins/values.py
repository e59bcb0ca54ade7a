"""Stand-ins for the nodes of single values: the five primitives, and the preview of anything as text."""

from __future__ import annotations

import json
import sys
from typing import Any

from ....host import io
from .shape import Node, old_info


class _Primitive:
    """A node that gives the value in its widget."""

    RELATIVE_PYTHON_MODULE = "comfy_extras.nodes_primitive"

    @classmethod
    def execute(cls, value: Any) -> io.NodeOutput:
        return io.NodeOutput(value)


def _schema(node_id: str, display_name: str, value: io.Input, output: io.Output) -> io.Schema:
    return io.Schema(
        node_id=node_id,
        display_name=display_name,
        category="utils/primitive",
        inputs=[value],
        outputs=[output],
    )


class PrimitiveString(_Primitive, Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return _schema("PrimitiveString", "String", io.String.Input("value"), io.String.Output())


class PrimitiveStringMultiline(_Primitive, Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        value = io.String.Input("value", multiline=True)
        return _schema("PrimitiveStringMultiline", "String (Multiline)", value, io.String.Output())


class PrimitiveInt(_Primitive, Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        value = io.Int.Input("value", min=-sys.maxsize, max=sys.maxsize, control_after_generate=True)
        return _schema("PrimitiveInt", "Int", value, io.Int.Output())


class PrimitiveFloat(_Primitive, Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        value = io.Float.Input("value", min=-sys.maxsize, max=sys.maxsize, step=0.1)
        return _schema("PrimitiveFloat", "Float", value, io.Float.Output())


class PrimitiveBoolean(_Primitive, Node):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return _schema("PrimitiveBoolean", "Boolean", io.Boolean.Input("value"), io.Boolean.Output())


class PreviewAny(Node):
    RELATIVE_PYTHON_MODULE = "comfy_extras.nodes_preview_any"

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PreviewAny",
            display_name="Preview as Text",
            category="utils",
            inputs=[io.AnyType.Input("source")],
            is_output_node=True,
        )

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        return old_info(super().GET_NODE_INFO_V1(), {"required": {"source": ["*", {}]}})

    @classmethod
    def execute(cls, source: Any) -> io.NodeOutput:
        if source is None or isinstance(source, (str, int, float)):
            text = str(source)
        else:
            try:
                text = json.dumps(source, indent=4)
            except TypeError:
                text = str(source)
        return io.NodeOutput(ui={"text": (text,)})


NODES = (
    PrimitiveString,
    PrimitiveStringMultiline,
    PrimitiveInt,
    PrimitiveFloat,
    PrimitiveBoolean,
    PreviewAny,
)
