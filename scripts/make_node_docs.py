"""Writes what the schemas know where the canvas reads it: the locale, and the tables of the help pages.

    python scripts/make_node_docs.py

locales/en/nodeDefs.json is written whole, and so are web/prices.json, from the catalogue, for the price on the nodes,
and web/templates.json, from the example workflows, for the template browser; web/docs/<NodeId>.md from "## Inputs" on,
what stands above it is written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storyreel.nodes import NODES
from storyreel.studio.providers.models import catalogue

REPO = Path(__file__).resolve().parents[1]
LOCALE = REPO / "locales" / "en" / "nodeDefs.json"
PRICES = REPO / "web" / "prices.json"
TEMPLATES = REPO / "web" / "templates.json"
WORKFLOWS = REPO / "workflows"
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


def prices() -> str:
    """prices.json: of each model through each door what its price depends on. Seconds, and dollars a second."""
    rows = [
        {
            "provider": can.provider,
            "model": can.model,
            "audio": can.audio,
            "prices": {resolution: float(price) for resolution, price in can.prices.items()},
            "silent_prices": {resolution: float(price) for resolution, price in can.silent_prices.items()},
            "picture_price": float(can.picture_price),
            "least_price": float(can.least_price),
            "modes": {
                name: {
                    "durations": sorted(map(float, mode.durations)),
                    "shortest": float(mode.shortest),
                    "longest": float(mode.longest),
                    "resolutions": list(mode.resolutions),
                    "ratios": list(mode.ratios),
                }
                for name, mode in can.modes.items()
            },
            "only": [
                {
                    "resolutions": list(rule.resolutions),
                    "modes": list(rule.modes),
                    "durations": list(map(float, rule.durations)),
                }
                for rule in can.only
            ],
        }
        for can in catalogue()
    ]
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    return f'{{\n "rows": [\n{lines}\n ]\n}}\n'


def templates() -> str:
    """templates.json: the example workflows' files and titles, those that spend nothing first."""
    rows = [
        {"name": path.stem, "title": title(saved), "free": not _buys(saved)}
        for path in sorted(WORKFLOWS.glob("*.json"))
        for saved in [json.loads(path.read_text(encoding="utf-8"))]
    ]
    rows.sort(key=lambda row: (not row["free"], row["title"]))
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    return f'{{\n "templates": [\n{lines}\n ]\n}}\n'


def title(saved: dict[str, Any]) -> str:
    """The heading of the workflow's note."""
    [note] = [node for node in saved["nodes"] if node["type"] == "MarkdownNote"]
    return note["widgets_values"][0].splitlines()[0].lstrip("# ")


def _buys(saved: dict[str, Any]) -> bool:
    """Whether a run as saved asks a provider for anything: every shot of a scene that names none is an animatic."""
    for node in saved["nodes"]:
        schema = next(
            (each.GET_SCHEMA() for each in NODES if each.GET_SCHEMA().node_id == node["type"]), None
        )
        if schema is None:
            continue
        if schema.category == "Storyreel/Cloud" or schema.node_id == "StoryreelKeyframes":
            return True
        texts = [value for value in node["widgets_values"] if isinstance(value, str)]
        if any('"provider"' in text or "provider:" in text for text in texts):
            return True
    return False


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
    if "min" in options and io_type in ("INT", "FLOAT") and options["max"] < 2**31:
        text += f" {options['min']:g} to {options['max']:g}"
    default = options.get("default")
    if default not in (None, "") and len(str(default)) < 30:
        text += f", `{default}`"
    return text


def together(inputs: list[Any], prefix: str = "", where: str = "") -> dict[str, list[tuple[Any, str]]]:
    """Every input by its key, with the choice that brings it: several may bring one of the same name."""
    found: dict[str, list[tuple[Any, str]]] = {}
    for input in inputs:
        found.setdefault(prefix + input.id, []).append((input, where))
        for option in getattr(input, "options", None) or []:
            if hasattr(option, "inputs"):
                choice = f"{where} {option.key}".strip()
                for key, more in together(option.inputs, f"{prefix}{input.id}.", choice).items():
                    found.setdefault(key, []).extend(more)
    return found


def taken(found: list[tuple[Any, str]]) -> str:
    """What an input takes; where that depends on a choice, which."""
    kinds: dict[str, list[str]] = {}
    for input, where in found:
        kinds.setdefault(kind(input), []).append(where)
    if len(kinds) == 1:
        return next(iter(kinds))
    return "; ".join(f"{takes} ({', '.join(where)})" for takes, where in kinds.items())


def tables(node: Any) -> str:
    schema = node.GET_SCHEMA()
    lines = [GENERATED, "| input | takes | meaning |", "|---|---|---|"]
    for key, found in together(schema.inputs).items():
        first = found[0][0]
        optional = " (optional)" if first.optional else ""
        lines.append(f"| **{key}**{optional} | {taken(found)} | {first.tooltip} |")
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
    PRICES.write_text(prices(), encoding="utf-8")
    TEMPLATES.write_text(templates(), encoding="utf-8")
    for node in NODES:
        (PAGES / f"{node.GET_SCHEMA().node_id}.md").write_text(page(node), encoding="utf-8")
