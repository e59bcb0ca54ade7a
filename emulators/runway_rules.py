"""What Runway's endpoints make of a request, and what they refuse; the models are in runway_models.py, runway_makers.py
and, for pictures, runway_drawings.py.
"""

from __future__ import annotations

import ipaddress
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from . import media, prices, runway_drawings
from .checks import Issue, Place, anything, one_of, thing
from .jobs import Ask
from .runway_makers import MAKERS
from .runway_models import OWN, Model
from .store import Store

DATA_URI = 5 * 1024 * 1024
"""Characters of a data URI."""
PICTURES = ("image/jpeg", "image/png", "image/webp")
CLIPS = ("video/mp4", "video/quicktime", "video/webm")
MOST_SECONDS = 30.05
"""Of a clip that is changed."""

KINDS = {kind: models | MAKERS.get(kind, {}) for kind, models in OWN.items()}
MODELS = sorted({model for models in (*KINDS.values(), runway_drawings.MODELS) for model in models})


class Invalid(Exception):
    def __init__(self, issues: list[Issue]) -> None:
        super().__init__(issues[0].message)
        self.issues = issues


class Wanted(NamedTuple):
    model: str
    ask: Ask
    credits: Decimal


def read(kind: str, body: Any, store: Store) -> Wanted:
    """What a request asks for. Raises Invalid with every issue."""
    if kind == "text_to_image":
        return _drawing(body, store)
    if not isinstance(body, dict):
        raise Invalid([Issue((), "invalid_type", "Expected object, received nothing or no JSON")])
    models = KINDS[kind]
    name = body.get("model")
    if not isinstance(name, str) or name not in models:
        issues = one_of(*models)(name, ("model",)) if "model" in body else []
        raise Invalid(issues or [Issue(("model",), "invalid_type", "Required")])
    model = models[name]
    issues = thing({"model": anything, **model.keys}, ("model", *model.required))(body, ())
    issues = issues or [*_combination(body), *_shape(kind, body)]
    if issues:
        raise Invalid(issues)
    ask = _ask(kind, model, body, _Brought(store, model.least_side))
    return Wanted(name, ask, prices.runway_credits(name, ask, _size(model, body, ask)))


def _drawing(body: Any, store: Store) -> Wanted:
    issues = runway_drawings.issues_of(body)
    if issues:
        raise Invalid(issues)
    ask = runway_drawings.ask_of(body, _Brought(store).picture)
    return Wanted(body["model"], ask, Decimal(runway_drawings.credits_of(body)))


def _size(model: Model, body: dict[str, Any], ask: Ask) -> str:
    """By which a clip is billed: 720p, 2k."""
    if model.shorts:
        return str(body.get("resolution", next(iter(model.shorts)))).lower()
    word = str(body.get("ratio", ""))
    if word.startswith("auto_"):
        return word.removeprefix("auto_")
    area = ask.width * ask.height
    sizes = {300_000: "360p", 480_000: "480p", 1_500_000: "720p", 5_000_000: "1080p"}
    return next((name for most, name in sizes.items() if area < most), "4k")


def _combination(body: dict[str, Any]) -> list[Issue]:
    issues = []
    images = body.get("promptImage")
    if isinstance(images, list):
        positions = [image.get("position") for image in images]
        if any(positions) and not all(positions):
            issues.append(Issue(("promptImage",), "custom", "Keyframes and references cannot be mixed"))
        elif any(positions) and len(positions) != len(set(positions)):
            issues.append(Issue(("promptImage",), "custom", "Each position may be used only once"))
        elif any(positions) and "first" not in positions:
            issues.append(Issue(("promptImage",), "custom", "A first frame is required"))
    for name in ("referenceAudio", "draftTaskId", "draft"):
        if body.get(name):
            issues.append(Issue((name,), "custom", f"An emulator knows no {name}"))
    if "references" in body and body.get("resolution") == "1080p":
        issues.append(Issue(("resolution",), "custom", "Requests with references are capped at 720p"))
    frames = body.get("keyframes")
    for place, frame in enumerate(frames if isinstance(frames, list) else []):
        if isinstance(frame, dict) and ("seconds" in frame) == ("at" in frame):
            issues.append(Issue(("keyframes", place), "custom", "Exactly one of seconds and at is required"))
    if body.get("mode") == "edit" and "duration" in body and body["duration"] != "auto":
        issues.append(Issue(("duration",), "custom", "duration is not supported in edit mode"))
    return issues


def _shape(kind: str, body: dict[str, Any]) -> list[Issue]:
    """Which words for a clip's shape go with which inputs."""
    word, images = str(body.get("ratio", "")), body.get("promptImage")
    follows = word.startswith("auto_") or word == "adaptive"
    keyframes = isinstance(images, str) or (isinstance(images, list) and "position" in images[0])
    if kind == "text_to_video" and follows and not (body.get("references") or body.get("referenceVideos")):
        return [Issue(("ratio",), "custom", "Requests from text alone require a concrete ratio")]
    if keyframes and body["model"].startswith("wan3") and not follows:
        return [Issue(("ratio",), "custom", "Keyframe requests must use auto_480p, auto_720p, or auto_1080p")]
    return []


def _ask(kind: str, model: Model, body: dict[str, Any], brought: _Brought) -> Ask:
    seconds = body.get("duration", model.default)
    seconds = float(model.default if seconds == "auto" else seconds)
    prompt, sound = body.get("promptText", ""), model.sound and body.get("audio", True)
    references = tuple(
        brought.picture(item["uri"], "references", place, "uri")
        for place, item in enumerate(body.get("references", []))
    )
    for place, item in enumerate(body.get("referenceVideos", [])):
        brought.clip(item["uri"], "referenceVideos", place, "uri")
    for place, item in enumerate(body.get("keyframes", [])):
        brought.picture(item["uri"], "keyframes", place, "uri")
    if kind == "video_to_video":
        source, clip = brought.clip(body["videoUri"], "videoUri")
        if model.sources and not model.sources[0] - 0.05 <= clip.seconds <= model.sources[1] + 0.05:
            least, most = model.sources
            raise Invalid([Issue(("videoUri",), "custom", f"The video must last {least} to {most} seconds")])
        if model.rate and clip.fps > model.rate + 0.01:
            raise Invalid([Issue(("videoUri",), "custom", f"At most {model.rate} frames per second")])
        mode = body.get("mode", "edit")
        if mode != "reference":
            shape = body.get("ratio", f"{clip.width}:{clip.height}")
            if (
                not all(part.isdigit() and int(part) % 2 == 0 for part in shape.split(":"))
                or ":" not in shape
            ):
                raise Invalid([Issue(("ratio",), "custom", "Unsupported ratio")])
            width, height = map(int, shape.split(":"))
            extends = mode == "extend"
            return Ask(
                prompt,
                seconds if extends else clip.seconds,
                width,
                height,
                sound=clip.sound or sound,
                seed=body.get("seed"),
                references=references,
                source=source,
                extends=extends,
                keep=clip.seconds if extends else 0.0,
            )
    first = last = None
    images = body.get("promptImage")
    if isinstance(images, str):
        first = brought.picture(images, "promptImage")
    elif images:
        found = {
            image.get("position", place): brought.picture(image["uri"], "promptImage", place, "uri")
            for place, image in enumerate(images)
        }
        first, last = found.pop("first", None), found.pop("last", None)
        references += tuple(found.values())
    width, height = _frame(model, body, brought.seen(first))
    return Ask(prompt, seconds, width, height, sound, body.get("seed"), first, last, references)


def _frame(model: Model, body: dict[str, Any], first: bytes | None) -> tuple[int, int]:
    """Width and height of a clip."""
    word = str(body.get("ratio", ""))
    if word.startswith("auto_"):
        return media.framed(int(word.removeprefix("auto_").removesuffix("p")), first)
    if model.shorts:
        short = model.shorts[body.get("resolution", next(iter(model.shorts)))]
        if ":" in word:
            wide, high = map(int, word.split(":"))
            ratio = wide / high
            size = (short * ratio, short) if ratio >= 1 else (short, short / ratio)
            return round(size[0] / 2) * 2, round(size[1] / 2) * 2
        return media.framed(short, first)
    if not word:
        return media.framed(model.short, first)
    wide, high = map(int, word.split(":"))
    return wide, high


class _Brought:
    """The media of a request, checked and put away."""

    def __init__(self, store: Store, least_side: int = 0) -> None:
        self._store = store
        self._least_side = least_side

    def seen(self, digest: str | None) -> bytes | None:
        return self._store.path(digest).read_bytes() if digest else None

    def picture(self, uri: str, *place: str | int) -> str:
        type, data = self._data(uri, place)
        issue = media.picture_issue(data, type, PICTURES, place)
        if issue:
            raise Invalid([issue])
        picture = media.picture_of(data)
        assert picture is not None
        if min(picture.width, picture.height) < self._least_side:
            raise Invalid([Issue(place, "custom", f"Each side must have at least {self._least_side} pixels")])
        if not 0.5 <= picture.width / picture.height <= 2:
            raise Invalid(
                [Issue(place, "custom", "Invalid asset aspect ratio: it must be between 0.5 and 2")]
            )
        return self._store.put(data)

    def clip(self, uri: str, *place: str | int) -> tuple[str, media.Clip]:
        type, data = self._data(uri, place)
        clip = media.clip_of(data) if type in CLIPS else None
        if clip is None:
            raise Invalid([Issue(place, "custom", "The video can't be decoded, or is of no supported type")])
        if clip.seconds > MOST_SECONDS:
            raise Invalid([Issue(place, "custom", "The video is too long")])
        return self._store.put(data), clip

    def _data(self, uri: str, place: Place) -> tuple[str, bytes]:
        if uri.startswith("data:"):
            if len(uri) > DATA_URI:
                raise Invalid([Issue(place, "too_big", f"Data URIs can be at most {DATA_URI} characters")])
            found = media.data_uri(uri)
            if found is None:
                raise Invalid([Issue(place, "custom", "Invalid data URI")])
            return found
        if uri.startswith("runway://"):
            about = self._store.named(uri)
            if about is None:
                raise Invalid([Issue(place, "custom", "The upload does not exist, or has expired")])
            return about["type"], self._store.path(about["sha256"]).read_bytes()
        return self._fetched(uri, place)

    def _fetched(self, uri: str, place: Place) -> tuple[str, bytes]:
        """Runway's servers fetch an https URL themselves; this machine's own addresses they can't reach."""
        parts = urlsplit(uri)
        host = parts.hostname or ""
        if parts.scheme != "https" or not host or "." not in host or _is_address(host):
            raise Invalid(
                [Issue(place, "custom", "Must be an https URL with a domain name, a runway:// or data URI")]
            )
        raise Invalid(
            [Issue(place, "custom", "The URL can't be fetched by an emulator: send a data or runway:// URI")]
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
