"""Reading what a person names on the command line: a storyboard, a narrated sequence or a workflow,
whatever state the file is in.

>>> read(Path("workflows/photo_story.json")).kind
'ui'
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ...studio.errors import BadInput, Fault, did_you_mean
from ...studio.paths import contents
from ...studio.yaml_json import ENDLESS, MAX_DIGITS, line_and_column, too_deep
from ..comfy.client.object_info import misshapen

Kind = Literal["storyboard", "sequence", "ui", "api"]
LARGEST = 64 * 1024 * 1024
"""Bytes. A real workflow has a few hundred kB; anything near this is another kind of file."""

DEEPEST = 100
"""Levels of JSON within JSON. The saved workflows of the test corpus have up to a dozen."""

WHAT_IT_IS = {
    "storyboard": "a storyboard",
    "sequence": "a narrated sequence",
    "ui": "a workflow as the canvas saves it (UI format)",
    "api": "a workflow in API format",
}

_SEQUENCE = re.compile(
    r"^(?:[^\S\n]|\{)*['\"]?(sequence_data|generation_params)['\"]?[^\S\n]*:", re.MULTILINE
)
"""How a sequence in YAML is told from a storyboard."""


class Document(NamedTuple):
    path: Path
    kind: Kind
    data: Any
    """The parsed JSON; None for what is YAML, which is left to its own reader."""
    text: str


def read(path: Path) -> Document:
    """Reads the file and says what it is. Raises BadInput if it is neither storyboard nor workflow."""
    text = _text(path)
    if path.suffix.lower() in (".yaml", ".yml") or text.lstrip()[:1] not in ("{", "["):
        return Document(path, "sequence" if _SEQUENCE.search(text) else "storyboard", None, text)
    data = _json(path, text)
    if isinstance(data, dict) and is_graph(data.get("prompt")):  # what a client posts, saved as a file
        data = data["prompt"]
    if is_graph(data) or is_canvas(data):
        _numbers(path, text)
        return Document(path, "api" if is_graph(data) else "ui", data, text)
    if isinstance(data, dict) and {"sequence_data", "generation_params"} & set(data):
        return Document(path, "sequence", data, text)
    if isinstance(data, list) or (isinstance(data, dict) and {"scenes", "prompt", "title"} & set(data)):
        return Document(path, "storyboard", data, text)
    raise BadInput(
        f"{path} is neither a storyboard nor a workflow",
        'a storyboard has "scenes"; a workflow has "nodes" and "links", or a "class_type" in every entry',
    )


def workflow(path: Path, command: str = "run") -> Document:
    """The document, if it is a workflow. Anything else is refused with the command that takes it."""
    document = read(path)
    if document.kind in ("storyboard", "sequence"):
        if document.data is None and path.suffix.lower() not in (".yaml", ".yml"):
            raise BadInput(
                f"{path} is not JSON, so it can't be a workflow", f"`storyreel {command}` takes a workflow"
            )
        raise BadInput(
            f"{path} is {WHAT_IT_IS[document.kind]}, and `{command}` takes a workflow",
            f"use `storyreel render {path}`",
        )
    return document


def storyboard(path: Path) -> Document:
    """The document, if it is a storyboard or a sequence. A workflow is refused with the command that takes it."""
    document = read(path)
    if document.kind not in ("storyboard", "sequence"):
        raise BadInput(
            f"{path} is {WHAT_IT_IS[document.kind]}, and `render` takes a storyboard",
            f"use `storyreel run {path}`",
        )
    return document


def object_info(path: Path) -> dict[str, Any]:
    """A saved answer to /object_info. Raises BadInput if the file is anything else."""
    data = _json(path, _text(path))
    fault = misshapen(data) if isinstance(data, dict) else "it holds no JSON object"
    if fault:
        raise BadInput(
            f"{path} is not what a ComfyUI answers to /object_info: {fault}",
            "save http://…:8188/object_info as it is; if it is, the pack of that node is at fault: update it",
        )
    return data


def is_graph(data: Any) -> bool:
    """API format: every entry is a node with a class_type."""
    return (
        isinstance(data, dict)
        and bool(data)
        and all(isinstance(node, dict) and "class_type" in node for node in data.values())
    )


def is_canvas(data: Any) -> bool:
    """UI format: what the canvas saves."""
    return (
        isinstance(data, dict) and isinstance(data.get("nodes"), list) and isinstance(data.get("links"), list)
    )


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            files = sorted(p.name for p in path.iterdir() if p.suffix.lower() in (".json", ".yaml", ".yml"))
            raise BadInput(
                f"{path} is a folder",
                f"name a file in it: {', '.join(files[:5])}" if files else "name a file",
            )
        raw = contents(path, LARGEST)
        if len(raw) > LARGEST:
            raise BadInput(f"{path} is too large to be a storyboard or a workflow", "is it another file?")
    except FileNotFoundError:
        raise BadInput(f"there is no file {path}", _nearest(path)) from None
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror or error}") from None
    except ValueError:  # a NUL
        raise BadInput(f"{str(path)!r} is no file's name") from None
    if not raw.strip():
        raise BadInput(f"{path} is empty", "is it saved, and the right file?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadInput(
            f"{path} is not a text file", "give a storyboard (.json, .yaml) or a workflow (.json), in UTF-8"
        )
    return text


def _nearest(path: Path) -> str:
    try:
        names = sorted(
            p.name for p in path.parent.iterdir() if p.suffix.lower() in (".json", ".yaml", ".yml")
        )
    except OSError:
        return f"there is no folder {path.parent} either"
    return (
        did_you_mean(path.name, names[:20])
        if names
        else f"{path.parent.resolve()} holds no storyboard or workflow"
    )


def _json(path: Path, text: str) -> Any:
    if fault := too_deep(text, DEEPEST):
        raise BadInput(f"{path} can't be read", faults=[fault])
    try:
        data = json.loads(text, parse_int=_whole)
    except json.JSONDecodeError as error:
        line = text.splitlines()[error.lineno - 1] if text.splitlines()[error.lineno - 1 :] else ""
        start = max(0, error.colno - 40)
        shown = line[start : error.colno + 20]
        raise BadInput(
            f"{path} is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}",
            f"near: {shown.strip()}" if shown.strip() else "",
        ) from None
    except _NoNumber as error:
        raise _misplaced(path, text, error) from None
    return data


def _numbers(path: Path, text: str) -> None:
    """Holds a workflow to numbers that there are; a storyboard's are judged with the key that they belong to."""
    try:
        json.loads(text, parse_float=_finite, parse_constant=_finite)
    except _NoNumber as error:
        raise _misplaced(path, text, error) from None


def _misplaced(path: Path, text: str, error: _NoNumber) -> BadInput:
    word, fault, cure = error.args
    bare = _STRING.sub(lambda found: " " * len(found[0]), text)
    at = re.search(rf"(?<![\w.+-]){re.escape(word)}(?!\w)", bare)
    place = line_and_column(text, at.start()) if at else ""
    return BadInput(f"{path} can't be read", faults=[Fault(place, fault, cure)])


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class _NoNumber(Exception):
    """What stands where a number belongs, what is wrong with it, and the cure."""


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _NoNumber(digits, ENDLESS, "write a shorter one")
    return int(digits)


def _finite(word: str) -> float:
    """A number with a point or an exponent; `NaN` and `Infinity` too, which Python's JSON has and others' hasn't."""
    number = float(word)
    if not math.isfinite(number):
        raise _NoNumber(word, f"is {word[:40]}, which is no number", "write a finite one")
    return number
