"""What Kling's two families of requests take and refuse, as data, and what clips cost (copies of kling.ai's pages,
September to November 2026; of Kling 4.0 docs.comfy.org's pages on its router and resellers' prices, November 2026).

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from . import media
from .checks import Issue, Place, Rule, anything, each, flag, number, one_of, text, thing, whole
from .jobs import Ask
from .store import Store

PICTURES = ("image/jpeg", "image/png")
MOST_PICTURE = 50 * 1024 * 1024
MOST_LEGACY_PICTURE = 10 * 1024 * 1024
LEGACY = ("text2video", "image2video")

A_SECOND: dict[str, dict[str, tuple[str, str | None]]] = {  # dollars: without sound, with it
    "kling-3.0": {"720p": ("0.084", "0.126"), "1080p": ("0.112", "0.168"), "4k": ("0.42", "0.42")},
    "kling-3.0-turbo": {"720p": ("0.112", "0.112"), "1080p": ("0.14", "0.14")},
    "kling-3.0-omni": {"720p": ("0.084", "0.112"), "1080p": ("0.112", "0.14"), "4k": ("0.42", "0.42")},
    "kling-4.0": {"720p": ("0.157", "0.157"), "1080p": ("0.235", "0.235")},
    "kling-4.0-flash": {"720p": ("0.094", "0.094")},
    "kling-v2-6": {"720p": ("0.042", None), "1080p": ("0.07", "0.14")},
    "kling-v2-5-turbo": {"720p": ("0.042", None), "1080p": ("0.07", None)},
}
A_SECOND["kling-v3"] = A_SECOND["kling-3.0"]
SHORT = {"720p": 720, "1080p": 1080, "4k": 2160}
SQUARE = {"720p": 960, "1080p": 1440, "4k": 2880}
LEGACY_MODES = {"std": "720p", "pro": "1080p", "4k": "4k"}

_RATIO = one_of("16:9", "9:16", "1:1")
_OPTIONS_OF_4 = thing({"watermark_info": thing({"enabled": flag})})
_OPTIONS = thing(
    {"callback_url": text(1), "external_task_id": text(1), "watermark_info": thing({"enabled": flag})}
)


MOST = {"prompt": 1, "first_frame": 1, "last_frame": 1, "element": 3, "refer_image": 7}
"""How many of each type contents may have."""


class Invalid(Exception):
    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("; ".join(f"{issue.place}: {issue.message}" for issue in issues))


class Model(NamedTuple):
    """One model of the new family."""

    resolutions: tuple[str, ...]
    types: tuple[str, ...]
    """Of contents, beside the prompt."""
    sound: Rule | None = None
    """None: there is no setting, and it always makes some."""
    longest: int = 3072
    """Characters of a prompt beside pictures."""
    seconds: int = 15
    """The longest clip; the shortest has 3."""
    ratios: tuple[str, ...] = ("16:9", "9:16", "1:1")
    most: Mapping[str, int] = MOST
    ids: bool = True
    """Whether it takes an id of the client's and an address to call back."""

    def settings(self, shaped: bool) -> Rule:
        keys: dict[str, Rule] = {
            "resolution": one_of(*self.resolutions),
            "duration": whole(3, self.seconds),
        }
        if self.sound is not None:
            keys |= {"audio": self.sound, "multi_shot": flag}
        needs = () if self.ids else ("resolution", "duration")
        return thing(keys if shaped else keys | {"aspect_ratio": one_of(*self.ratios)}, needs)


_FULL = Model(("720p", "1080p", "4k"), ("first_frame", "last_frame", "element"), one_of("native", "off"))
_TURBO = Model(("720p", "1080p"), ("first_frame",), None, 2500)
_OMNI = Model(
    ("720p", "1080p", "4k"),
    ("first_frame", "last_frame", "refer_image", "element"),
    one_of("native", "original", "off"),
)
_4 = Model(
    ("720p", "1080p"),
    ("first_frame", "middle_frame", "last_frame"),
    longest=11_000,  # of other characters than English ones, of which it reads 26,000
    seconds=30,
    ratios=("21:9", "16:9", "9:16", "1:1", "4:3", "3:4"),
    most={**MOST, "refer_image": 10, "middle_frame": 8},
    ids=False,
)
_4_OMNI = _4._replace(types=("first_frame", "last_frame", "refer_image", "element"))
_FLASH = _4._replace(resolutions=("720p",), seconds=20)
_FLASH_OMNI = _4_OMNI._replace(resolutions=("720p",), seconds=20)
_FRAMED = {
    "kling-3.0": _FULL,
    "kling-3.0-turbo": _TURBO,
    "kling-4.0": _4,
    "kling-4.0-flash": _FLASH,
}
KINDS: dict[str, dict[str, Model]] = {
    "text-to-video": _FRAMED,
    "image-to-video": _FRAMED,
    "omni-video": {"kling-3.0-omni": _OMNI, "kling-4.0": _4_OMNI, "kling-4.0-flash": _FLASH_OMNI},
}
_LEGACY_KEYS: dict[str, Rule] = {
    "prompt": text(1, 2500),
    "negative_prompt": text(0, 2500),
    "cfg_scale": number(0, 1),
    "camera_control": anything,
    "callback_url": text(1),
    "external_task_id": text(1),
    "watermark_info": thing({"enabled": flag}),
}
_SHORT_LENGTHS, _LENGTHS = one_of("5", "10"), one_of(*map(str, range(3, 16)))
_SOUND = one_of("on", "off")
LEGACY_MODELS: dict[str, Mapping[str, Rule]] = {
    "kling-v3": {"mode": one_of(*LEGACY_MODES), "duration": _LENGTHS, "sound": _SOUND, "multi_shot": flag},
    "kling-v2-6": {"mode": one_of("std", "pro"), "duration": _SHORT_LENGTHS, "sound": _SOUND},
    "kling-v2-5-turbo": {"mode": one_of("std", "pro"), "duration": _SHORT_LENGTHS},
}
RETIRED = ("kling-v1", "kling-v1-5", "kling-v1-6", "kling-v2-master", "kling-v2-1", "kling-v2-1-master")


class Wanted(NamedTuple):
    ask: Ask
    price: Decimal
    ours: str | None
    """The client's own id of it."""


def read(kind: str, name: str, body: Any, store: Store) -> Wanted:
    """What a request of the new family asks for. Raises Invalid with every issue."""
    model = KINDS[kind][name]
    worded = kind == "text-to-video"
    brought_along = body.get("contents") if isinstance(body, dict) and not worded else None
    contents = brought_along if isinstance(brought_along, list) else []
    types = [item.get("type") for item in contents if isinstance(item, dict)]
    settings = model.settings(shaped=kind == "image-to-video")
    longest = 3072 if model.ids else model.longest
    what: dict[str, Rule] = {"prompt": text(1, longest)} if worded else {"contents": _contents(model)}
    options = _OPTIONS if model.ids else _OPTIONS_OF_4
    needs = what if model.ids else {**what, "settings": settings}
    issues = thing({**what, "settings": settings, "options": options}, needs)(body, ())
    if not issues and not worded:
        issues = _combination(kind, types, body.get("settings", {}), model.most)
    if issues:
        raise Invalid(issues)
    asked = {"resolution": "720p", "duration": 5, "audio": "off", **body.get("settings", {})}
    sound = model.sound is None or asked["audio"] == "native"
    brought: dict[str, list[str]] = {}
    for place, item in enumerate(contents):
        if "url" in item:
            digest = _picture(item["url"], MOST_PICTURE, store, ("contents", place, "url"))
            brought.setdefault(item["type"], []).append(digest)
    prompt = body["prompt"] if worded else contents[types.index("prompt")]["text"]
    first, last = (brought.get(type, [None])[0] for type in ("first_frame", "last_frame"))
    width, height = _size(asked["resolution"], asked.get("aspect_ratio", "16:9"), first, store)
    references = tuple(brought.get("refer_image", ()))
    ask = Ask(prompt, asked["duration"], width, height, sound, None, first, last, references)
    return Wanted(
        ask, _price(name, asked["resolution"], ask), body.get("options", {}).get("external_task_id")
    )


def read_legacy(kind: str, body: Any, store: Store) -> Wanted:
    """What a request of the legacy family asks for. Raises Invalid with every issue."""
    name = body["model_name"]
    keys = {**_LEGACY_KEYS, **LEGACY_MODELS[name], "model_name": anything}
    if kind == "text2video":
        keys["aspect_ratio"] = _RATIO
        issues = thing(keys, ("prompt",))(body, ())
    else:
        issues = thing(keys | {"image": text(1), "image_tail": text(1)}, ("image",))(body, ())
    if not issues and name != "kling-v3" and body.get("mode", "std") != "pro":
        for key, value in (("sound", "on"), ("image_tail", body.get("image_tail"))):
            if value is not None and body.get(key) == value:
                issues.append(Issue((key,), "custom", f"{key} is not supported with mode std"))
    if issues:
        raise Invalid(issues)
    first, last = (
        _picture(body[key], MOST_LEGACY_PICTURE, store, (key,)) if key in body else None
        for key in ("image", "image_tail")
    )
    resolution = LEGACY_MODES[body.get("mode", "std")]
    width, height = _size(resolution, body.get("aspect_ratio", "16:9"), first, store)
    seconds, sound = int(body.get("duration", "5")), body.get("sound") == "on"
    ask = Ask(body.get("prompt", ""), seconds, width, height, sound, None, first, last)
    return Wanted(ask, _price(name, resolution, ask), body.get("external_task_id"))


def _contents(model: Model) -> Rule:
    frame = thing({"type": anything, "url": text(1), "id": text(1, 64)}, ("type", "url"))
    shapes: dict[str, Rule] = dict.fromkeys(
        ("first_frame", "middle_frame", "last_frame", "refer_image"), frame
    )
    shapes["prompt"] = thing({"type": anything, "text": text(1, model.longest)}, ("type", "text"))
    shapes["element"] = thing(
        {"type": anything, "element_id": text(1), "id": text(1, 64)}, ("type", "element_id")
    )
    known = one_of("prompt", *model.types)

    def look(value: Any, path: Place) -> list[Issue]:
        type = value.get("type") if isinstance(value, dict) else None
        return known(type, (*path, "type")) or shapes[str(type)](value, path)

    return each(look, 1)


def _combination(
    kind: str, types: list[Any], settings: Mapping[str, Any], most_of: Mapping[str, int]
) -> list[Issue]:
    issues = []
    if "prompt" not in types:
        issues.append(Issue(("contents",), "custom", "content item of type 'prompt' is required"))
    if kind == "image-to-video" and "first_frame" not in types:
        issues.append(Issue(("contents",), "custom", "content item of type 'first_frame' is required"))
    if "last_frame" in types and "first_frame" not in types:
        issues.append(
            Issue(("contents",), "custom", "last_frame is supported only together with first_frame")
        )
    for type, most in most_of.items():
        if types.count(type) > most:
            issues.append(
                Issue(("contents",), "custom", f"at most {most} items of type '{type}' are supported")
            )
    if kind == "omni-video" and "first_frame" not in types and "aspect_ratio" not in settings:
        issues.append(Issue(("settings", "aspect_ratio"), "custom", "Required without a first frame"))
    return issues


def _size(resolution: str, ratio: str, first: str | None, store: Store) -> tuple[int, int]:
    if first is not None:
        return media.framed(SHORT[resolution], store.path(first).read_bytes())
    if ratio == "1:1":
        return SQUARE[resolution], SQUARE[resolution]
    short, (across, down) = SHORT[resolution], map(int, ratio.split(":"))
    long = round(short * max(across, down) / min(across, down) / 2) * 2
    return (long, short) if across > down else (short, long)


def _price(name: str, resolution: str, ask: Ask) -> Decimal:
    silent, sounding = A_SECOND[name][resolution]
    return Decimal((sounding if ask.sound else silent) or silent) * int(ask.seconds)


def _picture(url: str, most: int, store: Store, place: Place) -> str:
    """The SHA-256 of a picture that a request brought."""

    def wrong(why: str) -> Invalid:
        return Invalid([Issue(place, "custom", why)])

    if url.startswith("data:"):
        raise wrong("Base64 must be given without the prefix data:image/…;base64,")
    if url.startswith(("http://", "https://")):
        raise wrong("The URL can't be fetched by an emulator: send base64")
    data = media.unbase64(url)
    picture = media.picture_of(data) if data else None
    if data is None or picture is None or picture.type not in PICTURES:
        raise wrong("Image is not a valid base64 of a jpg, jpeg or png")
    if len(data) > most:
        raise wrong(f"Image size must not exceed {most >> 20}MB")
    if min(picture.width, picture.height) < 300:
        raise wrong("Image width and height must be at least 300px")
    if not 1 / 2.5 <= picture.width / picture.height <= 2.5:
        raise wrong("Image aspect ratio must be between 1:2.5 and 2.5:1")
    return store.put(data)
