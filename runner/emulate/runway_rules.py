"""What Runway's video endpoints take and refuse, as data (runwayml 5.24.0's types and texts, 21 November 2026).

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from . import media
from .checks import Issue, Place, Rule, anything, each, either, flag, number, one_of, text, thing, whole
from .jobs import Ask
from .store import Store

DATA_URI = 5 * 1024 * 1024
"""Characters of a data URI."""
PICTURES = ("image/jpeg", "image/png", "image/webp")
CLIPS = ("video/mp4", "video/quicktime", "video/webm")
MOST_SECONDS = 30.05
"""Of a clip that is changed."""

# The other formats that the API has (ProRes, PNG, HDR) the emulator does not make.
_WIDE = ("1280:720", "720:1280")
_GEN4 = (*_WIDE, "1104:832", "960:960", "832:1104", "1584:672")
_VEO = (*_WIDE, "1080:1920", "1920:1080")
_OMNI = ("640:360", "360:640", *_WIDE, "1920:1080", "1080:1920", "3840:2160", "2160:3840")
_PROMPT = text(1, 1000)
_SEED = whole(0, 2**32 - 1)
_MODERATION = thing({"publicFigureThreshold": one_of("auto", "low")})


class Invalid(Exception):
    def __init__(self, issues: list[Issue]) -> None:
        super().__init__(issues[0].message)
        self.issues = issues


class Model(NamedTuple):
    keys: Mapping[str, Rule]
    required: tuple[str, ...]
    sound: bool = True
    """Its clips have sound, unless the request turns it off."""
    default: int = 8
    """Seconds, where the request says nothing."""


def _frames(last: bool) -> Rule:
    position = one_of("first", "last") if last else one_of("first")
    item = thing({"uri": text(1), "position": position}, required=("uri", "position"))
    return either(text(1), each(item, 1, 2 if last else 1))


_REFERENCES = each(thing({"uri": text(1)}, required=("uri",)), 1, 3)
_AUTO = either(one_of("auto"), whole(3, 10))
_VEO_KEYS = {
    "promptText": _PROMPT,
    "ratio": one_of(*_VEO),
    "audio": flag,
    "duration": one_of(4, 6, 8),
    "negativePrompt": text(1, 1000),
    "seed": _SEED,
}
_GEN45 = {
    "promptText": _PROMPT,
    "duration": whole(2, 10),
    "contentModeration": _MODERATION,
    "outputFormat": one_of("mp4"),
    "seed": _SEED,
}
_KEYFRAME = thing(
    {
        "seconds": number(0, 3600),
        "at": number(0, 1),
        "uri": text(1),
        "range": thing(
            {"startSeconds": whole(0), "endSeconds": whole(1)}, required=("startSeconds", "endSeconds")
        ),
    },
    required=("uri",),
)

_NEEDS = ("promptText", "ratio", "duration")
KINDS: dict[str, dict[str, Model]] = {
    "text_to_video": {
        "gen4.5": Model(_GEN45 | {"ratio": one_of(*_WIDE)}, _NEEDS, sound=False),
        "veo3.1": Model(_VEO_KEYS, ("promptText", "ratio")),
        "veo3.1_fast": Model(_VEO_KEYS, ("promptText", "ratio")),
        "gemini_omni_flash": Model(
            {"promptText": text(1), "duration": whole(3, 10), "ratio": one_of(*_WIDE)}, ("promptText",)
        ),
        "gemini_omni_flash_1.1": Model(
            {
                "promptText": text(1),
                "duration": _AUTO,
                "ratio": one_of(*_OMNI),
                "references": _REFERENCES,
                "referenceVideos": _REFERENCES,
            },
            ("promptText",),
        ),
    },
    "image_to_video": {
        "gen4.5": Model(
            _GEN45 | {"ratio": one_of(*_GEN4), "promptImage": _frames(False)},
            (*_NEEDS, "promptImage"),
            sound=False,
        ),
        "gen4_turbo": Model(
            {
                "promptImage": _frames(False),
                "ratio": one_of(*_GEN4),
                "duration": whole(2, 10),
                "promptText": _PROMPT,
                "contentModeration": _MODERATION,
                "seed": _SEED,
            },
            ("promptImage", "ratio"),
            sound=False,
            default=10,
        ),
        "veo3.1": Model(_VEO_KEYS | {"promptImage": _frames(True)}, ("promptImage", "ratio")),
        "veo3.1_fast": Model(_VEO_KEYS | {"promptImage": _frames(True)}, ("promptImage", "ratio")),
        "gemini_omni_flash": Model(
            {
                "promptImage": _frames(False),
                "promptText": text(),
                "duration": whole(3, 10),
                "ratio": one_of(*_WIDE),
            },
            ("promptImage",),
        ),
        "gemini_omni_flash_1.1": Model(
            {
                "promptImage": _frames(True),
                "promptText": text(1),
                "duration": _AUTO,
                "ratio": one_of(*_OMNI),
            },
            ("promptImage", "promptText"),
        ),
    },
    "video_to_video": {
        "aleph2": Model(
            {
                "videoUri": text(1),
                "promptText": text(1),
                "contentModeration": _MODERATION,
                "keyframes": each(_KEYFRAME, 1, 5),
                "outputFormat": one_of("mp4"),
                "ratio": text(1),
                "seed": _SEED,
                "targetAspectRatio": one_of("16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "21:9"),
            },
            ("videoUri",),
            sound=False,
        ),
        "gemini_omni_flash": Model(
            {"videoUri": text(1), "promptText": text(1), "references": _REFERENCES},
            ("videoUri", "promptText"),
        ),
        "gemini_omni_flash_1.1": Model(
            {
                "videoUri": text(1),
                "promptText": text(1),
                "duration": _AUTO,
                "mode": one_of("reference", "extend", "edit"),
                "ratio": one_of(*_OMNI),
                "references": _REFERENCES,
            },
            ("videoUri", "promptText"),
        ),
    },
}
MODELS = sorted({model for models in KINDS.values() for model in models})


class Wanted(NamedTuple):
    model: str
    ask: Ask


def read(kind: str, body: Any, store: Store) -> Wanted:
    """What a request asks for. Raises Invalid with every issue."""
    if not isinstance(body, dict):
        raise Invalid([Issue((), "invalid_type", "Expected object, received nothing or no JSON")])
    models = KINDS[kind]
    name = body.get("model")
    if not isinstance(name, str) or name not in models:
        issues = one_of(*models)(name, ("model",)) if "model" in body else []
        raise Invalid(issues or [Issue(("model",), "invalid_type", "Required")])
    model = models[name]
    issues = thing({"model": anything, **model.keys}, ("model", *model.required))(body, ())
    issues += _combination(body)
    if issues:
        raise Invalid(issues)
    return Wanted(name, _ask(kind, model, body, _Brought(store)))


def _combination(body: dict[str, Any]) -> list[Issue]:
    issues = []
    images = body.get("promptImage")
    if isinstance(images, list):
        positions = [image.get("position") for image in images if isinstance(image, dict)]
        if len(positions) != len(set(positions)):
            issues.append(Issue(("promptImage",), "custom", "Each position may be used only once"))
        elif "first" not in positions:
            issues.append(Issue(("promptImage",), "custom", "A first frame is required"))
    frames = body.get("keyframes")
    for place, frame in enumerate(frames if isinstance(frames, list) else []):
        if isinstance(frame, dict) and ("seconds" in frame) == ("at" in frame):
            issues.append(Issue(("keyframes", place), "custom", "Exactly one of seconds and at is required"))
    if body.get("mode") == "edit" and "duration" in body and body["duration"] != "auto":
        issues.append(Issue(("duration",), "custom", "duration is not supported in edit mode"))
    return issues


def _ask(kind: str, model: Model, body: dict[str, Any], brought: _Brought) -> Ask:
    seconds = body.get("duration", model.default)
    seconds = float(model.default if seconds == "auto" else seconds)
    size = body.get("ratio", "1280:720")
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
        for place, image in enumerate(images):
            digest = brought.picture(image["uri"], "promptImage", place, "uri")
            first, last = (digest, last) if image["position"] == "first" else (first, digest)
    width, height = map(int, size.split(":"))
    return Ask(prompt, seconds, width, height, sound, body.get("seed"), first, last, references)


class _Brought:
    """The media of a request, checked and put away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def picture(self, uri: str, *place: str | int) -> str:
        type, data = self._data(uri, place)
        issue = media.picture_issue(data, type, PICTURES, place)
        if issue:
            raise Invalid([issue])
        picture = media.picture_of(data)
        assert picture is not None
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
