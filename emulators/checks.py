"""Rules for JSON bodies, as data: a rule looks at a value and tells every fault that it finds.

>>> rule = thing({"prompt": text(1, 1000), "seed": whole(0, 9)}, required=("prompt",))
>>> [issue.message for issue in rule({"seed": "1", "sede": 1}, ())]
['Unrecognized key: sede', 'Required', 'Expected number, received string']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

Place = tuple[str | int, ...]


class Issue(NamedTuple):
    path: Place
    code: str
    """invalid_type, unrecognized_keys, invalid_enum_value, too_small, too_big, or custom."""
    message: str

    @property
    def place(self) -> str:
        """instances[0].prompt"""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


Rule = Callable[[Any, Place], list[Issue]]


def thing(keys: Mapping[str, Rule], required: Iterable[str] = ()) -> Rule:
    """An object with these keys and no others."""
    needed = tuple(required)

    def look(value: Any, path: Place) -> list[Issue]:
        if not isinstance(value, dict):
            return [_wrong(value, "object", path)]
        unknown = [key for key in value if key not in keys]
        issues = [Issue(path, "unrecognized_keys", f"Unrecognized key: {key}") for key in unknown]
        issues += [Issue((*path, key), "invalid_type", "Required") for key in needed if key not in value]
        for key, rule in keys.items():
            if key in value:
                issues += rule(value[key], (*path, key))
        return issues

    return look


def each(rule: Rule, least: int = 0, most: int | None = None) -> Rule:
    """A list of so many."""

    def look(value: Any, path: Place) -> list[Issue]:
        if not isinstance(value, list):
            return [_wrong(value, "array", path)]
        issues = []
        if len(value) < least:
            issues.append(Issue(path, "too_small", f"Array must contain at least {least} element(s)"))
        if most is not None and len(value) > most:
            issues.append(Issue(path, "too_big", f"Array must contain at most {most} element(s)"))
        for number, item in enumerate(value):
            issues += rule(item, (*path, number))
        return issues

    return look


def text(least: int = 0, most: int | None = None) -> Rule:
    """A string of so many UTF-16 units."""

    def look(value: Any, path: Place) -> list[Issue]:
        if not isinstance(value, str):
            return [_wrong(value, "string", path)]
        length = len(value.encode("utf-16-le", "surrogatepass")) // 2
        if length < least:
            return [Issue(path, "too_small", f"String must contain at least {least} character(s)")]
        if most is not None and length > most:
            return [Issue(path, "too_big", f"String must contain at most {most} character(s)")]
        return []

    return look


def whole(least: int | None = None, most: int | None = None) -> Rule:
    """An integer; JSON's true, 5.0 and "5" are none."""

    def look(value: Any, path: Place) -> list[Issue]:
        if not isinstance(value, int) or isinstance(value, bool):
            return [_wrong(value, "integer" if isinstance(value, float) else "number", path)]
        if least is not None and value < least:
            return [Issue(path, "too_small", f"Number must be greater than or equal to {least}")]
        if most is not None and value > most:
            return [Issue(path, "too_big", f"Number must be less than or equal to {most}")]
        return []

    return look


def number(least: float | None = None, most: float | None = None) -> Rule:
    def look(value: Any, path: Place) -> list[Issue]:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return [_wrong(value, "number", path)]
        if (least is not None and value < least) or (most is not None and value > most):
            return [Issue(path, "custom", f"Number must be between {least} and {most}")]
        return []

    return look


def flag(value: Any, path: Place) -> list[Issue]:
    return [] if isinstance(value, bool) else [_wrong(value, "boolean", path)]


def one_of(*choices: Any) -> Rule:
    """One of these values, of the same type."""

    def look(value: Any, path: Place) -> list[Issue]:
        if any(value == choice and type(value) is type(choice) for choice in choices):
            return []
        listed = " | ".join(repr(choice) if isinstance(choice, int) else f"'{choice}'" for choice in choices)
        got = f"'{value}'" if isinstance(value, str) else repr(value)
        return [Issue(path, "invalid_enum_value", f"Invalid enum value. Expected {listed}, received {got}")]

    return look


def either(*rules: Rule) -> Rule:
    """What one of the rules takes; else the first one's faults whose type fits, or the last one's."""

    def look(value: Any, path: Place) -> list[Issue]:
        found = [rule(value, path) for rule in rules]
        for issues in found:
            if not issues:
                return []
        fitting = [issues for issues in found if issues[0].code != "invalid_type" or issues[0].path != path]
        return (fitting or found)[-1]

    return look


def anything(value: Any, path: Place) -> list[Issue]:
    return []


def _wrong(value: Any, expected: str, path: Place) -> Issue:
    kinds = {bool: "boolean", int: "number", float: "float", str: "string", list: "array", dict: "object"}
    got = kinds.get(type(value), "null")
    return Issue(path, "invalid_type", f"Expected {expected}, received {got}")
