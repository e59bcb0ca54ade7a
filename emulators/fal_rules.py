"""What fal's endpoints take, make and cost, as data (each endpoint's llms.txt, read 21 November 2026;
@fal-ai/client 1.10.1's types and resellers' pages, 29 November 2026).

Written down here apart from the product's catalogue, which these rules are there to check. Stricter than fal, which may
overlook a field that it doesn't know.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from . import media
from .checks import Issue, Place, Rule, each, flag, number, one_of, text, thing, whole
from .jobs import Ask
from .store import Store

PICTURES = ("image/jpeg", "image/png", "image/webp")
CLIPS = ("video/mp4", "video/quicktime", "video/webm")
DATA_URI = 10 * 1024 * 1024
"""Characters of a data URI. fal names no limit, and advises to upload what is large."""
MOST_PICTURE = 8 * 1024 * 1024
LINES = {"360p": 360, "720p": 720, "1080p": 1080, "4k": 2160}
EXTENDED = ((1280, 720), (720, 1280), (1920, 1080), (1080, 1920))
MOST_SECONDS = 30.05
"""Of an extended clip, in all."""


class Invalid(Exception):
    def __init__(self, issues: list[Issue]) -> None:
        super().__init__(issues[0].message)
        self.issues = issues


class Endpoint(NamedTuple):
    keys: Mapping[str, Rule]
    required: tuple[str, ...]
    prices: Mapping[str, tuple[str, str]]
    """Dollars a second by resolution: with sound, without."""
    seconds: float = 8
    """Where the request says nothing."""
    resolution: str = "720p"
    """The same; of endpoints that have no choice, theirs."""
    sound: bool = True
    shape: str = ""
    """The field whose picture gives the clip its shape, where there is none for it."""
    picky: bool = False
    """Wants pictures of 300 pixels a side and more, not too narrow, and no WebP."""
    fixes: bool = False
    """Rewrites a prompt that its filter refuses, and runs it, unless auto_fix is false."""
    between: int | None = None
    """The longest clip from a first to a last frame, seconds; None: as all others."""


_RATIO = {"aspect_ratio": one_of("16:9", "9:16")}
_AUTO = {"aspect_ratio": one_of("auto", "16:9", "9:16")}
_SEED = {"seed": whole(0, 2**32 - 1)}
_PROMPT = text(1, 20_000)

_VEO = {
    "prompt": _PROMPT,
    "duration": one_of("4s", "6s", "8s"),
    "resolution": one_of("720p", "1080p", "4k"),
    "generate_audio": flag,
    "auto_fix": flag,
    "safety_tolerance": one_of(*"123456"),
}
_VEO_MORE = _VEO | _SEED | {"negative_prompt": text()}
_EXTEND = _VEO_MORE | _AUTO | {"video_url": text(1), "duration": one_of("7s"), "resolution": one_of("720p")}
_LIST = {"image_urls": each(text(1), 1, 3)}


def _veo(path: str, silent: str, sound: str, silent_4k: str, sound_4k: str) -> dict[str, Endpoint]:
    prices = {"720p": (sound, silent), "1080p": (sound, silent), "4k": (sound_4k, silent_4k)}
    first = {"image_url": text(1)}
    both = {"first_frame_url": text(1), "last_frame_url": text(1)}
    eight = {"duration": one_of("8s")}
    return {
        path: Endpoint(_VEO_MORE | _RATIO, ("prompt",), prices, fixes=True),
        f"{path}/image-to-video": Endpoint(_VEO_MORE | _AUTO | first, ("prompt", "image_url"), prices),
        f"{path}/first-last-frame-to-video": Endpoint(_VEO_MORE | _AUTO | both, ("prompt", *both), prices),
        f"{path}/reference-to-video": Endpoint(
            _VEO | _RATIO | _LIST | eight, ("prompt", "image_urls"), prices
        ),
        f"{path}/extend-video": Endpoint(_EXTEND, ("prompt", "video_url"), prices, seconds=7),
    }


_KLING = {
    "prompt": text(1, 2500),
    "negative_prompt": text(0, 2500),
    "duration": one_of(*(str(seconds) for seconds in range(3, 16))),
    "generate_audio": flag,
    "shot_type": one_of("customize", "intelligent"),
    "cfg_scale": number(0, 1),
}


def _kling(path: str, resolution: str, silent: str, sound: str) -> dict[str, Endpoint]:
    prices = {resolution: (sound, silent)}
    square = {"aspect_ratio": one_of("16:9", "9:16", "1:1")}
    frames = {"start_image_url": text(1), "end_image_url": text(1)}
    return {
        f"{path}/text-to-video": Endpoint(_KLING | square, ("prompt",), prices, 5, resolution),
        f"{path}/image-to-video": Endpoint(
            _KLING | frames, ("start_image_url",), prices, 5, resolution, shape="start_image_url", picky=True
        ),
    }


def _turbo(path: str, resolution: str, price: str) -> dict[str, Endpoint]:
    prices = {resolution: (price, price)}
    keys = {name: _KLING[name] for name in ("prompt", "duration")}
    square = {"aspect_ratio": one_of("16:9", "9:16", "1:1")}
    first = {"image_url": text(1)}
    return {
        f"{path}/text-to-video": Endpoint(keys | square, ("prompt",), prices, 5, resolution),
        f"{path}/image-to-video": Endpoint(
            keys | first, ("image_url",), prices, 5, resolution, shape="image_url", picky=True
        ),
    }


def _omni(path: str, longest: int, pictures: int, *prices: str) -> dict[str, Endpoint]:
    listed = {name: (price, price) for name, price in zip(LINES, prices, strict=True)}
    keys = {"prompt": _PROMPT, "duration": whole(3, longest), "resolution": one_of(*LINES), **_RATIO}
    frames = {"image_url": text(1), "end_image_url": text(1)}
    many = {"image_urls": each(text(1), 0, pictures), "reference_video_urls": each(text(1), 0, 3)}
    return {
        f"{path}/text-to-video": Endpoint(keys, ("prompt",), listed),
        f"{path}/image-to-video": Endpoint(keys | frames, ("prompt", "image_url"), listed, between=10),
        f"{path}/reference-to-video": Endpoint(keys | many, ("prompt",), listed),
    }


_PIKA = {
    "prompt": text(1),
    "negative_prompt": text(),
    "resolution": one_of("720p", "1080p"),
    "duration": one_of(5, 10),
    **_SEED,
}
_SHAPES = {"aspect_ratio": one_of("16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3")}
_KEYFRAMES = {name: rule for name, rule in _PIKA.items() if name != "duration"} | {
    "image_urls": each(text(1), 2, 5),
    "transitions": each(thing({"duration": whole(1, 25), "prompt": text()}, required=("duration",)), 1, 4),
}
_PIKA_PRICES = {"720p": ("0.04", "0.04"), "1080p": ("0.09", "0.09")}
_FRAMES_PRICES = {"720p": ("0.04", "0.04"), "1080p": ("0.06", "0.06")}

ENDPOINTS: dict[str, Endpoint] = {
    **_veo("fal-ai/veo3.1", "0.20", "0.40", "0.40", "0.60"),
    **_veo("fal-ai/veo3.1/fast", "0.10", "0.15", "0.30", "0.35"),
    **_kling("fal-ai/kling-video/v3/standard", "720p", "0.084", "0.126"),
    **_kling("fal-ai/kling-video/v3/pro", "1080p", "0.112", "0.168"),
    **_kling("fal-ai/kling-video/v3/4k", "4k", "0.42", "0.42"),
    **_turbo("fal-ai/kling-video/v3/turbo/standard", "720p", "0.112"),
    **_turbo("fal-ai/kling-video/v3/turbo/pro", "1080p", "0.14"),
    **_omni("google/gemini-omni-flash/v1.1", 10, 10, "0.03", "0.10", "0.15", "0.30"),
    **_omni("google/gemini-omni-flash/v1.2", 15, 6, "0.0273", "0.0819", "0.1229", "0.2457"),
    "fal-ai/pika/v2.2/text-to-video": Endpoint(_PIKA | _SHAPES, ("prompt",), _PIKA_PRICES, 5, sound=False),
    "fal-ai/pika/v2.2/image-to-video": Endpoint(
        _PIKA | {"image_url": text(1)},
        ("prompt", "image_url"),
        _PIKA_PRICES,
        5,
        sound=False,
        shape="image_url",
    ),
    "fal-ai/pika/v2.2/pikaframes": Endpoint(
        _KEYFRAMES, ("image_urls",), _FRAMES_PRICES, 5, sound=False, shape="image_urls"
    ),
}


class Wanted(NamedTuple):
    ask: Ask
    price: Decimal
    seed: int | None
    fixes: bool
    """Whether a prompt that is refused is rewritten."""


def read(path: str, body: Any, store: Store) -> Wanted:
    """What a request asks for, and what it costs. Raises Invalid with every issue."""
    endpoint = ENDPOINTS[path]
    if not isinstance(body, dict):
        raise Invalid([Issue((), "invalid_type", "Input should be a valid dictionary")])
    issues = thing(endpoint.keys, endpoint.required)(body, ()) or _together(endpoint, body)
    if issues:
        raise Invalid(issues)
    ask, resolution = (
        _ask(endpoint, body, _Brought(store, endpoint.picky)),
        body.get("resolution", endpoint.resolution),
    )
    sound, silent = endpoint.prices[resolution]
    billed = max(Decimal(str(ask.seconds)), Decimal(5 if "transitions" in endpoint.keys else 0))
    fixes = endpoint.fixes and body.get("auto_fix", True)
    return Wanted(ask, Decimal(sound if ask.sound else silent) * billed, body.get("seed"), fixes)


def _together(endpoint: Endpoint, body: dict[str, Any]) -> list[Issue]:
    if endpoint.between and "end_image_url" in body and body.get("duration", 0) > endpoint.between:
        said = f"Must be at most {endpoint.between} with end_image_url"
        return [Issue(("duration",), "less_than_equal", said)]
    moves, pictures = body.get("transitions"), body.get("image_urls", ())
    if not moves:
        return []
    if len(moves) != len(pictures) - 1:
        return [Issue(("transitions",), "custom", "Length must be len(image_urls) - 1")]
    if sum(move["duration"] for move in moves) > 25:
        return [Issue(("transitions",), "custom", "Total duration must not exceed 25 seconds")]
    return []


def _ask(endpoint: Endpoint, body: dict[str, Any], brought: _Brought) -> Ask:
    given = str(body.get("duration", endpoint.seconds)).removesuffix("s")
    moves = body.get("transitions") or [{"duration": float(given)}] * (len(body.get("image_urls", "12")) - 1)
    seconds = float(given) if "transitions" not in endpoint.keys else float(sum(m["duration"] for m in moves))
    lines = LINES[body.get("resolution", endpoint.resolution)]
    prompt, sound = body.get("prompt", ""), endpoint.sound and body.get("generate_audio", True)
    if "video_url" in body:
        source, clip = brought.clip(body["video_url"], "video_url")
        if (clip.width, clip.height) not in EXTENDED:
            raise Invalid([Issue(("video_url",), "unsupported_video", "The video must be 720p or 1080p")])
        if clip.seconds + seconds > MOST_SECONDS:
            raise Invalid([Issue(("video_url",), "video_duration_too_long", "The video is too long")])
        size = (1280, 720) if clip.width > clip.height else (720, 1280)
        seed = body.get("seed")
        return Ask(prompt, seconds, *size, sound, seed, source=source, extends=True, keep=clip.seconds)
    names = ("image_url", "first_frame_url", "start_image_url", "last_frame_url", "end_image_url")
    one = {name: brought.picture(body[name], name) for name in names if name in body}
    many = [
        brought.picture(link, "image_urls", place) for place, link in enumerate(body.get("image_urls", ()))
    ]
    for place, link in enumerate(body.get("reference_video_urls", ())):
        brought.clip(link, "reference_video_urls", place)
    first = next((one[name] for name in names[:3] if name in one), None)
    last = next((one[name] for name in names[3:] if name in one), None)
    if endpoint.shape == "image_urls":
        first, last, many = many[0], many[-1], []
    ratio = body.get("aspect_ratio", "16:9")
    if endpoint.shape or ratio == "auto":
        wide, high = media.framed(lines, brought.bytes(first) if first else None)
    else:
        wide, high = _size(lines, ratio)
    return Ask(prompt, seconds, wide, high, sound, body.get("seed"), first, last, tuple(many))


def _size(lines: int, ratio: str) -> tuple[int, int]:
    """Even; `lines` is the shorter side."""
    across, down = map(int, ratio.split(":"))
    wide, high = (lines * across / down, lines) if across >= down else (lines, lines * down / across)
    return round(wide / 2) * 2, round(high / 2) * 2


class _Brought:
    """The media of a request, checked and put away."""

    def __init__(self, store: Store, picky: bool) -> None:
        self._store = store
        self._picky = picky

    def bytes(self, digest: str) -> bytes:
        return self._store.path(digest).read_bytes()

    def picture(self, link: str, *place: str | int) -> str:
        type, data = self._data(link, place)
        issue = media.picture_issue(data, type, PICTURES[: 2 if self._picky else 3], place)
        if issue:
            raise Invalid([issue._replace(code="image_load_error")])
        seen = media.picture_of(data)
        assert seen is not None
        short, long = sorted((seen.width, seen.height))
        if self._picky and short < 300:
            raise Invalid([Issue(place, "image_too_small", "Each side must have at least 300 pixels")])
        if self._picky and long > 2.5 * short:
            raise Invalid([Issue(place, "image_aspect_ratio_error", "Must be within 1:2.5 and 2.5:1")])
        if len(data) > MOST_PICTURE:
            raise Invalid([Issue(place, "file_too_large", "File size exceeds the maximum of 8 MB")])
        return self._store.put(data)

    def clip(self, link: str, *place: str | int) -> tuple[str, media.Clip]:
        type, data = self._data(link, place)
        clip = media.clip_of(data) if type in CLIPS else None
        if clip is None:
            raise Invalid([Issue(place, "video_load_error", "The video could not be loaded")])
        return self._store.put(data), clip

    def _data(self, link: str, place: Place) -> tuple[str, bytes]:
        if link.startswith("data:"):
            found = media.data_uri(link) if len(link) <= DATA_URI else None
            if found is None:
                raise Invalid([Issue(place, "file_download_error", "Invalid or too large data URI")])
            return found
        about = self._store.named(link)
        if about is None:  # an emulator fetches nothing from elsewhere
            raise Invalid([Issue(place, "file_download_error", "Failed to download the file")])
        return about["type"], self._store.path(about["sha256"]).read_bytes()
