"""From the text of a JSON or YAML file to plain data, with every fault at its place.

>>> parse('{"title": "Rain", "scenes": ["a street", "a door"]}')
({'title': 'Rain', 'scenes': ['a street', 'a door']}, [])

Stricter than the libraries where a slip would go unseen (a key given twice), and YAML without its traps:
`aspect_ratio: 16:9` is text, not 969; `no` is a word, not false; and there are no aliases, with which a small
file can blow up into gigabytes.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from .errors import BadInput, Fault

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20


def parse(text: str, name: str = "the text") -> tuple[Any, list[Fault]]:
    """The data, and the faults that don't stop it from being read: keys given twice, broken characters.

    Text that starts with { or [ is JSON, anything else YAML. Raises BadInput with line and column where it
    is neither.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        raise _unreadable(name, Fault("", f"{len(text):,} characters; at most {MAX_CHARACTERS:,} are read"))
    if not text.strip():
        raise _unreadable(
            name, Fault("", "there is nothing in it", 'write at least {"scenes": ["what is seen"]}')
        )
    faults: list[Fault] = []
    reader = _read_json if text.lstrip()[0] in "{[" else _read_yaml
    try:
        return _plain(reader(text, name), "", faults), faults
    except RecursionError:
        raise _unreadable(name, Fault("", "lists within lists without end")) from None
    except UnicodeEncodeError as error:  # of YAML's reader
        place = f"line {text.count(chr(10), 0, error.start) + 1}"
        raise _unreadable(name, Fault(place, "holds half of a character", "remove it")) from None


class _Pairs(list[tuple[Any, Any]]):
    """A mapping as it was written, keys in order, some perhaps twice."""


def _read_json(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        raise _unreadable(name, Fault(f"line {error.lineno}, column {error.colno}", message)) from None
    except ValueError:  # Python reads no integer of more than 4300 digits
        raise _unreadable(name, Fault("", "a number with thousands of digits")) from None


_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Fast):
    """YAML's types as in JSON: null, true, false and plain numbers; everything else is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", list("-+.")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


def _read_yaml(text: str, name: str) -> Any:
    try:
        _refuse_traps(text, name)
        return _value(yaml.compose(text, _Loader), name)
    except yaml.MarkedYAMLError as error:
        place = _place(error.problem_mark) if error.problem_mark else ""
        raise _unreadable(name, Fault(place, error.problem or "not YAML")) from None
    except yaml.YAMLError as error:
        raise _unreadable(name, Fault("", " ".join(str(error).split()))) from None


def _refuse_traps(text: str, name: str) -> None:
    """Aliases and bottomless nesting, found before anything is built from them."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.AliasEvent):
            fault = Fault(_place(event.start_mark), "aliases (*) aren't read", "write it out")
            raise _unreadable(name, fault)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _unreadable(name, Fault(_place(event.start_mark), f"more than {MAX_DEPTH} levels deep"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(node: yaml.Node | None, name: str) -> Any:
    if node is None:
        return None
    kind = str(node.tag).removeprefix("tag:yaml.org,2002:")
    if isinstance(node, yaml.MappingNode) and kind == "map":
        return _Pairs((_value(key, name), _value(value, name)) for key, value in node.value)
    if isinstance(node, yaml.SequenceNode) and kind == "seq":
        return [_value(item, name) for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        word = str(node.value)
        if kind == "str":
            return word
        if kind == "null":
            return None
        if kind == "bool":
            return word.lower() == "true"
        if kind == "int" and len(word) < 1000:
            return int(word)
        if kind == "float":
            return float(word.lower().replace(".inf", "inf").replace(".nan", "nan"))
    raise _unreadable(
        name, Fault(_place(node.start_mark), f"{node.tag} isn't read", "use plain text and numbers")
    )


def _plain(value: Any, place: str, faults: list[Fault]) -> Any:
    """The same with dicts; notes keys given twice and text that can't be stored."""
    if isinstance(value, _Pairs):
        data: dict[str, Any] = {}
        for key, item in value:
            word = key if isinstance(key, str) else json.dumps(key, default=str)
            here = f"{place}.{word}" if place else word
            if word in data:
                faults.append(Fault(here, "is given twice", "keep one"))
            data[word] = _plain(item, here, faults)
        return data
    if isinstance(value, list):
        return [_plain(item, f"{place}[{number}]", faults) for number, item in enumerate(value)]
    if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        faults.append(
            Fault(place, "holds a character that is no text (a zero, or half of a pair)", "remove it")
        )
        return "".join(c for c in value if c != "\0" and not "\ud800" <= c <= "\udfff")
    return value


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


def _unreadable(name: str, fault: Fault) -> BadInput:
    return BadInput(f"{name} can't be read", faults=[fault])
