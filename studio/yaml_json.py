"""From the text of a JSON or YAML file to plain data, with every fault at its place.

>>> parse('{"title": "Rain", "scenes": ["a street", "a door"]}')
({'title': 'Rain', 'scenes': ['a street', 'a door']}, [])

Stricter than the libraries where a slip would go unseen (a key given twice), and YAML without its traps:
`aspect_ratio: 16:9` is text, not 969; `no` is a word, not false; and there are no aliases, with which a small
file can blow up into gigabytes.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import yaml

from .errors import BadInput, Fault

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20
MAX_DIGITS = 300
"""Of a whole number: the largest float has 309."""


def parse(text: str, name: str = "the text") -> tuple[Any, list[Fault]]:
    """The data, and the faults that don't stop it from being read: keys given twice, broken characters.

    Text that starts with { or [ is JSON, anything else YAML. Raises BadInput with line and column where it
    is neither.
    """
    text = text.lstrip("\ufeff")
    if len(text) > MAX_CHARACTERS:
        raise _unreadable(name, Fault("", f"{len(text):,} characters; at most {MAX_CHARACTERS:,} are read"))
    if not text.strip():
        raise _unreadable(
            name, Fault("", "there is nothing in it", 'write at least {"scenes": ["what is seen"]}')
        )
    faults: list[Fault] = []
    reader = _read_json if text.lstrip()[0] in "{[" else _read_yaml
    data = _plain(reader(text, name), "", faults)
    endless = [fault for fault in faults if fault.message == ENDLESS]
    if endless:  # whatever stood in its place would be judged as if it had been written
        raise BadInput(f"{name} can't be read", faults=endless)
    return data, faults


class _Pairs(list[tuple[Any, Any]]):
    """A mapping as it was written, keys in order, some perhaps twice."""


class _Endless:
    """A whole number of more digits than are read."""


def whole(digits: str) -> Any:
    """The number that is written; _Endless where it has so many digits that no one can have meant it."""
    return int(digits) if len(digits) <= MAX_DIGITS else _Endless()


def too_deep(text: str, most: int) -> Fault | None:
    """Where JSON goes more than `most` levels deep. It is asked before the text is parsed: where a parser gives up, and
    with which words, is another matter in every version of it."""
    depth = 0
    for found in _JSON_STEPS.finditer(text):
        step = found.group()
        if step in "[{":
            depth += 1
            if depth > most:
                return _deep(line_and_column(text, found.start()), most)
        elif step in "]}":
            depth -= 1
    return None


_JSON_STEPS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


def _deep(place: str, most: int) -> Fault:
    return Fault(place, f"more than {most} levels deep", "take out lists and objects within others")


def line_and_column(text: str, index: int) -> str:
    return f"line {text.count(chr(10), 0, index) + 1}, column {index - text.rfind(chr(10), 0, index)}"


def _read_json(text: str, name: str) -> Any:
    if fault := too_deep(text, MAX_DEPTH):
        raise _unreadable(name, fault)
    try:
        return json.loads(text, object_pairs_hook=_Pairs, parse_int=whole)
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        cure = "look at what stands just before: a comma, a quote or a bracket too few or too many"
        raise _unreadable(name, Fault(f"line {error.lineno}, column {error.colno}", message, cure)) from None


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
    if found := _NOT_IN_YAML.search(text):
        # The two parsers name such a place in two ways, and one of them none for half of a pair.
        place = line_and_column(text, found.start())
        raise _unreadable(name, Fault(place, "a character that YAML doesn't allow", "remove it"))
    try:
        _refuse_traps(text, name)
        return _value(yaml.compose(text, _Loader), name)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        if mark is not None:
            _refuse_traps_before(text, mark.index, name)
        place = _place(mark) if mark is not None else ""
        problem = getattr(error, "problem", None) or "is not YAML"
        raise _unreadable(name, Fault(place, problem, _YAML_CURE)) from None


_NOT_IN_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_YAML_CURE = "look at the indentation there, and put text that holds : # [ ] { } or quotes in quotes"


def _refuse_traps_before(text: str, end: int, name: str) -> None:
    """What parsers look at before they hand out the first event may be deeper than they go themselves; what stands
    before the place where one gave up says whether it is."""
    with contextlib.suppress(yaml.YAMLError):
        _refuse_traps(text[:end], name)


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
                raise _unreadable(name, _deep(_place(event.start_mark), MAX_DEPTH))
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
        with contextlib.suppress(ValueError):  # `!!int many` is a tag that doesn't fit its text
            if kind == "int":
                return whole(word)
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
            if _text_of(word) != word:
                word = _text_of(word)
                faults.append(Fault(f"{place}.{word}" if place else word, _NO_TEXT, "remove it"))
            here = f"{place}.{word}" if place else word
            if word in data:
                faults.append(Fault(here, "is given twice", "keep one"))
            data[word] = _plain(item, here, faults)
        return data
    if isinstance(value, list):
        return [_plain(item, f"{place}[{number}]", faults) for number, item in enumerate(value)]
    if isinstance(value, _Endless):
        faults.append(Fault(place, ENDLESS, "write a shorter one"))
    if isinstance(value, str) and _text_of(value) != value:
        faults.append(Fault(place, _NO_TEXT, "remove it"))
        return _text_of(value)
    return value


ENDLESS = f"a number of more than {MAX_DIGITS} digits"
_NO_TEXT = "holds a character that is no text (a zero, or half of a pair)"


def _text_of(text: str) -> str:
    return "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


def _unreadable(name: str, fault: Fault) -> BadInput:
    return BadInput(f"{name} can't be read", faults=[fault])
