"""A node's schema and class, as ComfyUI's V3 declares them; what is shown of them in /object_info.

Fields, defaults and the order of keys are ComfyUI's. What the embedded engine can't do (lazy inputs, graph
expansion, blocking) is refused where it is written, not where it would go wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from ...studio.errors import StoryreelError
from .dynamic import AutogrowInput, DynamicComboInput, input_types
from .types import Input, Output


class Hidden(str, Enum):
    """What a node may ask the engine for besides its inputs; it finds them in `cls.hidden`."""

    unique_id = "UNIQUE_ID"
    prompt = "PROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"
    dynprompt = "DYNPROMPT"
    auth_token_comfy_org = "AUTH_TOKEN_COMFY_ORG"
    api_key_comfy_org = "API_KEY_COMFY_ORG"


class HiddenHolder:
    """The hidden values of one execution; one that wasn't asked for is None."""

    def __init__(self, values: dict[Hidden, Any] | None = None) -> None:
        for hidden in Hidden:
            setattr(self, hidden.name, (values or {}).get(hidden))

    def __getattr__(self, name: str) -> None:
        return None


@dataclass
class Schema:
    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)
    description: str = ""
    is_input_list: bool = False
    is_output_node: bool = False
    is_deprecated: bool = False
    is_experimental: bool = False
    is_api_node: bool = False
    not_idempotent: bool = False
    enable_expand: bool = False

    def finalize(self) -> None:
        """Adds the hidden values that every output node gets, and gives each output an id."""
        if self.enable_expand:
            raise NotImplementedError(f"{self.node_id}: graph expansion is not available headless")
        asked = list(self.hidden)
        if self.is_api_node:
            asked += [Hidden.auth_token_comfy_org, Hidden.api_key_comfy_org]
        if self.is_output_node:
            asked += [Hidden.prompt, Hidden.extra_pnginfo]
        self.hidden = list(dict.fromkeys(asked))
        for number, output in enumerate(self.outputs):
            if output.id is None:
                output.id = f"_{number}_{output.io_type}_"

    def validate(self) -> None:
        """Raises ValueError if two inputs, or two outputs, have the same id."""
        plain = [each for each in self.inputs if not isinstance(each, (AutogrowInput, DynamicComboInput))]
        for kind, ids in (
            ("input", [each.id for each in plain]),
            ("output", [each.id for each in self.outputs]),
        ):
            twice = [id for id, count in Counter(ids).items() if count > 1]
            if twice:
                raise ValueError(f"{self.node_id}: {kind} ids must be unique, these are not: {twice}")

    def types(self) -> dict[str, Any]:
        """The inputs as /object_info shows them, the hidden ones too."""
        shown: dict[str, Any] = input_types(self.inputs)
        if self.hidden:
            shown["hidden"] = {hidden.name: [hidden.value] for hidden in self.hidden}
        return shown

    def info(self, python_module: str) -> dict[str, Any]:
        """The node's entry of /object_info."""
        types = self.types()
        return {
            "input": types,
            "input_order": {category: list(inputs) for category, inputs in types.items()},
            "output": [output.io_type for output in self.outputs],
            "output_is_list": [output.is_output_list for output in self.outputs],
            "output_name": [output.display_name or output.io_type for output in self.outputs],
            "output_tooltips": [output.tooltip or None for output in self.outputs],
            "output_matchtypes": None,
            "name": self.node_id,
            "display_name": self.display_name,
            "description": self.description,
            "python_module": python_module,
            "category": self.category,
            "output_node": self.is_output_node,
            "deprecated": self.is_deprecated,
            "experimental": self.is_experimental,
            "api_node": self.is_api_node,
        }


class NodeOutput:
    """What `execute` returns: a value per output, and what the canvas shows of the node."""

    def __init__(
        self,
        *args: Any,
        ui: Any = None,
        expand: dict[str, Any] | None = None,
        block_execution: str | None = None,
    ) -> None:
        if expand is not None or block_execution is not None:
            raise StoryreelError(
                "this node expands or blocks the graph, which Storyreel's own engine can't do",
                "run it on ComfyUI",
            )
        self.args = args
        self.ui = ui

    @property
    def result(self) -> tuple[Any, ...] | None:
        return self.args or None

    def __getitem__(self, index: int) -> Any:
        return self.args[index]


class ComfyNode:
    """The base of every node. Everything is a class method: a node keeps no state between executions."""

    RELATIVE_PYTHON_MODULE: ClassVar[str] = "nodes"
    hidden: ClassVar[HiddenHolder] = HiddenHolder()
    execute: ClassVar[Callable[..., Any]]

    @classmethod
    def define_schema(cls) -> Schema:
        raise NotImplementedError(f"{cls.__name__} has no define_schema")

    # execute, validate_inputs and fingerprint_inputs are looked up: only those that a node writes count.

    @classmethod
    def GET_SCHEMA(cls) -> Schema:
        """The schema, finished and checked. Made anew on each call: a combo may list a folder's files."""
        schema = cls.define_schema()
        schema.finalize()
        schema.validate()
        return schema

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return cls.GET_SCHEMA().types()

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        return cls.GET_SCHEMA().info(cls.RELATIVE_PYTHON_MODULE)


class Extension:
    """What a pack hands to the engine: its list of nodes."""

    async def on_load(self) -> None:
        pass

    async def get_node_list(self) -> list[type[ComfyNode]]:
        raise NotImplementedError
