"""The rules that every node keeps, and the files that are written from the schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from storyreel.nodes import NODES

EVERY = pytest.mark.parametrize("node", NODES, ids=[node.__name__ for node in NODES])
CATEGORIES = {"Storyboard", "Clips", "Cloud", "Film", "Frames", "Samples", "Sound"}


def everything(inputs: list[Any]) -> Iterator[Any]:
    """All inputs, those of a DynamicCombo's options and an Autogrow's template too."""
    for input in inputs:
        yield input
        for option in getattr(input, "options", None) or []:
            yield from everything(getattr(option, "inputs", []))
        if hasattr(input, "template"):
            yield input.template.input


@EVERY
def test_says_what_it_is(node: Any) -> None:
    schema = node.GET_SCHEMA()
    assert schema.node_id.startswith("Storyreel")
    pack, _, group = schema.category.partition("/")
    assert pack == "Storyreel" and group in CATEGORIES
    assert schema.display_name and schema.display_name[0].isupper() and "_" not in schema.display_name
    assert re.fullmatch(r"[A-Z][^.!?]*[.]", schema.description), "one sentence"


@EVERY
def test_everything_has_a_tooltip(node: Any) -> None:
    schema = node.GET_SCHEMA()
    assert schema.outputs
    for socket in [*everything(schema.inputs), *schema.outputs]:
        assert socket.tooltip and socket.tooltip.endswith("."), f"{schema.node_id}.{socket.id}"
        assert re.fullmatch(r"[a-z][a-z0-9_]*", socket.id), "ids are keys of saved workflows"


@EVERY
def test_widgets_have_a_value_from_the_start(node: Any) -> None:
    for input in everything(node.GET_SCHEMA().inputs):
        kind = input.get_io_type()
        options = input.as_dict()
        if kind in ("INT", "FLOAT"):
            assert options["min"] <= options["default"] <= options["max"]
        elif kind == "STRING":
            assert "default" in options
        elif kind == "COMBO":
            assert options["options"] and options.get("default", options["options"][0]) in options["options"]


@EVERY
def test_the_answers_are_coroutines_that_leave_the_loop_free(node: Any) -> None:
    import inspect

    assert inspect.iscoroutinefunction(node.execute)


def test_ids_are_unique() -> None:
    ids = [node.GET_SCHEMA().node_id for node in NODES]
    assert len(ids) == len(set(ids)) >= 14


@EVERY
def test_the_help_page_is_there_and_current(node: Any, docs: Any, repo: Path) -> None:
    page = repo / "web" / "docs" / f"{node.GET_SCHEMA().node_id}.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# ") and len(text.split(docs.GENERATED)[0]) > 100, (
        "a page says more than its tables"
    )
    assert text == docs.page(node), "run scripts/make_node_docs.py"


def test_no_help_page_without_a_node(repo: Path) -> None:
    ids = {node.GET_SCHEMA().node_id for node in NODES}
    assert {page.stem for page in (repo / "web" / "docs").glob("*.md")} == ids


def test_the_locale_is_current(docs: Any, repo: Path) -> None:
    text = (repo / "locales" / "en" / "nodeDefs.json").read_text(encoding="utf-8")
    assert text == docs.locale(), "run scripts/make_node_docs.py"
    for entry in json.loads(text).values():
        assert entry["display_name"] and entry["description"] and entry["inputs"] and entry["outputs"]


def test_no_type_of_ours_has_the_name_of_a_node() -> None:
    """Clients that make classes of both, as ComfyScript does, would take one for the other."""

    def as_class(name: str) -> str:
        return re.sub(r"[\W_]", "", name).lower()

    shown = [node.GET_NODE_INFO_V1() for node in NODES]
    specs = [
        spec
        for info in shown
        for group in ("required", "optional")
        for spec in info["input"].get(group, {}).values()
    ]
    types = {
        kind
        for kind in (*(s[0] for s in specs), *(kind for info in shown for kind in info["output"]))
        if isinstance(kind, str)
    }
    ours = {kind for kind in types if kind.startswith("STORYREEL_")}
    assert len(ours) >= 3
    assert {as_class(kind) for kind in types} & {as_class(info["name"]) for info in shown} == set()
