"""Writes what the schemas know where the canvas reads it: the locale, and the tables of the help pages.

    python scripts/make_node_docs.py

locales/en/nodeDefs.json is written whole; web/docs/<NodeId>.md from "## Inputs" on, what stands above it is
written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storyreel.nodes import NODES

REPO = Path(__file__).resolve().parents[1]
LOCALE = REPO / "locales" / "en" / "nodeDefs.json"
PAGES = REPO / "web" / "docs"
GENERATED = "## Inputs\n"


def label(input: Any) -> str:
    return input.display_name or input.id.replace("_", " ")


def flat(inputs: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every input with its key in a workflow, those that depend on another's value too."""
    for input in inputs:
        yield prefix + input.id, input
        for option in getattr(input, "options", None) or []:
            if hasattr(option, "inputs"):
                yield from flat(option.inputs, f"{prefix}{input.id}.")


def locale() -> str:
    """nodeDefs.json: names and tooltips; ComfyUI writes the dots of a key as underscores."""
    found = {}
    for node in NODES:
        schema = node.GET_SCHEMA()
        found[schema.node_id] = {
            "display_name": schema.display_name,
            "description": schema.description,
            "inputs": {
                key.replace(".", "_"): {"name": label(input), "tooltip": input.tooltip}
                for key, input in flat(schema.inputs)
            },
            "outputs": {
                str(number): {"name": output.display_name, "tooltip": output.tooltip}
                for number, output in enumerate(schema.outputs)
            },
        }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def kind(input: Any) -> str:
    """The type as a reader wants it: the choices, or the bounds and the default."""
    options = input.as_dict()
    io_type = input.get_io_type()
    if io_type == "COMBO":
        return "file" if input.id == "file" else " · ".join(f"`{option}`" for option in options["options"])
    if io_type == "COMFY_DYNAMICCOMBO_V3":
        return " · ".join(f"`{option.key}`" for option in input.options)
    if io_type == "COMFY_AUTOGROW_V3":
        return f"{input.template.input.get_io_type()}, up to {input.template.max}"
    text = io_type
    if "min" in options and io_type in ("INT", "FLOAT") and options["max"] < 2**53:
        text += f" {options['min']:g} to {options['max']:g}"
    default = options.get("default")
    if default not in (None, "") and len(str(default)) < 30:
        text += f", `{default}`"
    return text


def tables(node: Any) -> str:
    schema = node.GET_SCHEMA()
    lines = [GENERATED, "| input | takes | meaning |", "|---|---|---|"]
    for key, input in flat(schema.inputs):
        optional = " (optional)" if input.optional else ""
        lines.append(f"| **{key}**{optional} | {kind(input)} | {input.tooltip} |")
    lines += ["", "## Outputs\n", "| output | type | meaning |", "|---|---|---|"]
    for output in schema.outputs:
        listed = ", a list" if output.is_output_list else ""
        lines.append(f"| **{output.display_name}** | {output.io_type}{listed} | {output.tooltip} |")
    return "\n".join(lines) + "\n"


def page(node: Any) -> str:
    """A node's help page: what was written by hand, then the tables."""
    path = PAGES / f"{node.GET_SCHEMA().node_id}.md"
    return path.read_text(encoding="utf-8").split(GENERATED)[0].rstrip() + "\n\n" + tables(node)


if __name__ == "__main__":
    LOCALE.parent.mkdir(parents=True, exist_ok=True)
    LOCALE.write_text(locale(), encoding="utf-8")
    for node in NODES:
        (PAGES / f"{node.GET_SCHEMA().node_id}.md").write_text(page(node), encoding="utf-8")
