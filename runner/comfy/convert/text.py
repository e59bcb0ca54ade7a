"""Text the canvas rewrites as it queues a run: `{a|b}` choices in prompts, `%…%` patterns in file names.

>>> expand_choices("a {red|blue} car // not this", choose=lambda options: options[-1])
'a blue car '
>>> fill_patterns("%date:yyyy-MM-dd%/%KSampler.seed%", lambda node, widget: 7)
'%year%-%month%-%day%/7'
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from ....studio.errors import BadInput, Fault

Choose = Callable[[Sequence[str]], str]

_COMMENT = re.compile(r"/\*|//[^\n\r\u2028\u2029]*")
DEEPEST = 50
"""Choices within choices. Each is read once for every one around it."""
_PATTERN = re.compile(r"%([^%]+)%")
_DATE_PART = re.compile(r"dd?|MM?|hh?|mm?|ss?|yyy?y?")
_NOT_IN_A_FILE_NAME = re.compile(r'[/?<>\\:*|"\x00-\x1F\x7F]')

# The canvas puts the date in. The server knows these words: the date is the run's, and no clock is needed.
_SERVER_WORDS = {"d": "%day%", "M": "%month%", "h": "%hour%", "m": "%minute%", "s": "%second%", "y": "%year%"}


def expand_choices(text: str, choose: Choose) -> str:
    """Comments dropped, each `{a|b}` replaced by what `choose` takes. They nest; `\\{` is a plain brace.

    Raises BadInput where they nest more than DEEPEST deep.
    """
    return _chosen(text, choose, DEEPEST)


def _without_comments(text: str) -> str:
    kept, at, last = [], 0, text.rfind("*/")
    while found := _COMMENT.search(text, at):
        end = found.end()
        kept.append(text[at : found.start()])
        if found[0] != "/*":
            at = end
        elif end <= last:
            at = text.index("*/", end) + 2
        else:  # it is never closed, and so none
            kept.append("/")
            at = end - 1
    return "".join([*kept, text[at:]])


def _chosen(text: str, choose: Choose, deeper: int) -> str:
    if not deeper:
        fault = Fault(
            "", f"choices in braces are nested too deep: more than {DEEPEST}", "close a brace, or write \\{"
        )
        raise BadInput("this workflow can't be run as it is", faults=[fault])
    text = _without_comments(text)
    result, rest = [], 0
    while rest < len(text):
        char = text[rest]
        if char == "\\":
            result.append(text[rest : rest + 2])
            rest += 2
        elif char == "{":
            options, rest = _options(text, rest + 1)
            result.append(_chosen(choose(options), choose, deeper - 1))
        else:
            result.append(char)
            rest += 1
    return re.sub(r"\\([{}|])", r"\1", "".join(result))


def _options(text: str, start: int) -> tuple[list[str], int]:
    """The options of a choice whose brace opened just before `start`, and where the text goes on after it."""
    options, option, depth, at = [], "", 0, start
    while at < len(text):
        char = text[at]
        if char == "\\":
            option += text[at : at + 2]
            at += 2
            continue
        at += 1
        if char == "}" and depth == 0:
            break
        if char == "|" and depth == 0:
            options.append(option)
            option = ""
            continue
        depth += {"{": 1, "}": -1}.get(char, 0)
        option += char
    return [*options, option], at


def fill_patterns(text: str, lookup: Callable[[str, str], Any]) -> str:
    """`%Node.widget%` becomes that widget's value and `%date:…%` the server's own words; the rest stays.

    `lookup(node, widget)` returns None where there is no such node or widget.
    """

    def fill(match: re.Match[str]) -> str:
        node, dot, widget = match[1].partition(".")
        if not dot or "." in widget:
            return _date(node[5:]) if node.startswith("date:") else match[0]
        value = lookup(node, widget)
        return match[0] if value is None else _NOT_IN_A_FILE_NAME.sub("_", written(value))

    return _PATTERN.sub(fill, text)


def _date(form: str) -> str:
    return _DATE_PART.sub(lambda part: _SERVER_WORDS[part[0][0]], form)


def written(value: Any) -> str:
    """A value as JavaScript writes it into text: 1.0 is "1", true is "true"."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)
