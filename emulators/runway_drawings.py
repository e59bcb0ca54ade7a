"""What Runway's /v1/text_to_image takes, refuses and bills, as data (runwayml 5.24.0's types; copies of its price
page of 2026).

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .checks import Issue, Place, Rule, anything, each, one_of, text, thing, whole
from .jobs import Ask

_OWN = [
    "1024:1024",
    "1080:1080",
    "1168:880",
    "1360:768",
    "1440:1080",
    "1080:1440",
    "1808:768",
    "1920:1080",
    "1080:1920",
    "2112:912",
    "1280:720",
    "720:1280",
    "720:720",
    "960:720",
    "720:960",
    "1680:720",
]
_1K = [
    "1344:768",
    "768:1344",
    "1024:1024",
    "1184:864",
    "864:1184",
    "1536:672",
    "832:1248",
    "1248:832",
    "896:1152",
    "1152:896",
]
_2K = [
    "2048:2048",
    "1696:2528",
    "2528:1696",
    "1792:2400",
    "2400:1792",
    "1856:2304",
    "2304:1856",
    "1536:2752",
    "2752:1536",
    "3168:1344",
]
_4K = [
    "4096:4096",
    "3392:5056",
    "5056:3392",
    "3584:4800",
    "4800:3584",
    "3712:4608",
    "4608:3712",
    "3072:5504",
    "5504:3072",
    "6336:2688",
]
_LONG = ["512:2048", "2048:512", "352:2816", "2816:352"]


def _tag(value: Any, path: Place) -> list[Issue]:
    found = text(3, 16)(value, path)
    good = (
        isinstance(value, str)
        and value[:1].isalpha()
        and value.replace("_", "a").isalnum()
        and value.isascii()
    )
    return found or ([] if good else [Issue(path, "invalid_string", "Invalid")])


_TAGGED = thing({"uri": text(1), "tag": _tag}, required=("uri",))
_SUBJECT = thing({"uri": text(1), "tag": _tag, "subject": one_of("object", "human")}, required=("uri",))
_MODERATION = thing({"publicFigureThreshold": one_of("auto", "low")})


class Model(NamedTuple):
    keys: Mapping[str, Rule]
    required: tuple[str, ...]
    credits: Callable[[str], int]
    """By the ratio."""


def _own(least: int, required: tuple[str, ...], credits: Callable[[str], int]) -> Model:
    keys = {
        "promptText": text(1, 1000),
        "ratio": one_of(*_OWN),
        "referenceImages": each(_TAGGED, least, 3),
        "contentModeration": _MODERATION,
        "seed": whole(0, 2**32 - 1),
    }
    return Model(keys, ("promptText", "ratio", *required), credits)


def _gemini(
    ratios: Sequence[str], references: Rule, credits: Callable[[str], int], count: bool = True
) -> Model:
    keys = {"promptText": text(1), "ratio": one_of(*ratios), "referenceImages": references}
    return Model(keys | ({"outputCount": one_of(1)} if count else {}), ("promptText", "ratio"), credits)


def _lines(ratio: str) -> int:
    return min(map(int, ratio.split(":")))


MODELS = {
    "gen4_image": _own(0, (), lambda ratio: 5 if _lines(ratio) <= 720 else 8),
    "gen4_image_turbo": _own(1, ("referenceImages",), lambda ratio: 2),
    "gemini_2.5_flash": _gemini(_1K, each(_TAGGED, 0, 3), lambda ratio: 5, count=False),
    "gemini_image3_pro": _gemini(
        [*_1K, *_2K, *_4K], each(_SUBJECT, 0, 14), lambda ratio: 40 if ratio in _4K else 20
    ),
    # What its other sizes cost, nobody says; the emulator doesn't draw them.
    "gemini_image3.1_flash": _gemini([*_1K, *_LONG], each(_SUBJECT, 0, 14), lambda ratio: 7),
}


def issues_of(body: Any) -> list[Issue]:
    """What is wrong with a request."""
    if not isinstance(body, dict):
        return [Issue((), "invalid_type", "Expected object, received nothing or no JSON")]
    name = body.get("model")
    if not isinstance(name, str) or name not in MODELS:
        found = one_of(*MODELS)(name, ("model",)) if "model" in body else []
        return found or [Issue(("model",), "invalid_type", "Required")]
    model = MODELS[name]
    found = thing({"model": anything, **model.keys}, ("model", *model.required))(body, ())
    tags = [each.get("tag") for each in body.get("referenceImages", ())] if not found else []
    named = [tag for tag in tags if tag]
    if len(named) != len(set(named)):
        found.append(Issue(("referenceImages",), "custom", "No two images may share the same tag"))
    return found


def ask_of(body: Mapping[str, Any], picture: Callable[..., str]) -> Ask:
    """`picture` puts one away that came along, and says its digest."""
    width, height = map(int, body["ratio"].split(":"))
    references = tuple(
        picture(item["uri"], "referenceImages", place, "uri")
        for place, item in enumerate(body.get("referenceImages", ()))
    )
    prompt, seed = body["promptText"], body.get("seed")
    return Ask(prompt, 1.0, width, height, False, seed, references=references, kind="picture")


def credits_of(body: Mapping[str, Any]) -> int:
    return MODELS[body["model"]].credits(body["ratio"])
