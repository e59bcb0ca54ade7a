"""What HeyGen's `POST /v3/videos` takes and refuses, and what it bills (heygen-cli of July 2026,
developers.heygen.com's page of prices and Comfy's, 29 November 2026).

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from . import media
from .checks import Issue, Rule, anything, each, either, flag, number, one_of, text, thing, whole
from .heygen_people import look_of, voice_of
from .jobs import Ask
from .store import Store

PICTURES = ("image/jpeg", "image/png")
SOUNDS = ("audio/mpeg", "audio/wav")
LARGEST_SIDE = 2048
LONGEST_SCRIPT = 5000
SHORTEST_SOUND = 1.0
LONGEST_SOUND = 600.0
STEP = 8
"""The emulator's videos last so many parts of a second."""


# Dollars a second, since the change of 28 August 2026; 4k is on the price page no more.
PRICES = {
    ("avatar_iv", "photo_avatar"): "0.05",
    ("avatar_iv", "digital_twin"): "0.0805",
    ("avatar_iv", "studio_avatar"): "0.0805",
    ("avatar_v", "digital_twin"): "0.12",
    ("avatar_iii", "photo_avatar"): "0.0433",
    ("avatar_iii", "digital_twin"): "0.0167",
    ("avatar_iii", "studio_avatar"): "0.0167",
}
RATIOS = ("16:9", "9:16", "4:5", "5:4", "1:1", "auto")
SHORT = {"720p": 720, "1080p": 1080}


class Invalid(Exception):
    """`code` and `status` are HeyGen's, `param` is the field."""

    def __init__(self, param: str, why: str, code: str = "invalid_parameter", status: int = 400) -> None:
        super().__init__(why)
        self.param, self.why, self.code, self.status = param, why, code, status


def _null(rule: Rule) -> Rule:
    return lambda value, path: [] if value is None else rule(value, path)


_ASSET = either(
    thing({"type": one_of("url"), "url": text(1)}, ("type", "url")),
    thing({"type": one_of("asset_id"), "asset_id": text(1)}, ("type", "asset_id")),
    thing({"type": one_of("base64"), "media_type": text(1), "data": text(1)}, ("type", "media_type", "data")),
)
_VOICE_SETTINGS = thing(
    {
        "speed": number(0.5, 1.5),
        "pitch": number(-50, 50),
        "volume": number(0, 1),
        "locale": _null(text(1)),
        "engine_settings": _null(anything),
    }
)
_BACKGROUND = thing(
    {
        "type": one_of("color", "image"),
        "value": _null(text(1)),
        "url": _null(text(1)),
        "asset_id": _null(text(1)),
    },
    ("type",),
)
_CAPTION = thing({"file_format": one_of("srt"), "style": _null(one_of("default"))})
_SHARED: dict[str, Rule] = {
    "aspect_ratio": _null(one_of(*RATIOS)),
    "audio_asset_id": _null(text(1)),
    "audio_url": _null(text(1)),
    "background": _null(_BACKGROUND),
    "callback_id": _null(text()),
    "callback_url": _null(text(1)),
    "caption": _null(_CAPTION),
    "expressiveness": _null(one_of("high", "medium", "low")),
    "fit": _null(one_of("contain", "cover")),
    "motion_prompt": _null(text(1)),
    "output_format": one_of("mp4"),
    "remove_background": _null(flag),
    "resolution": _null(one_of("1080p", "720p")),
    "script": _null(text(1, LONGEST_SCRIPT)),
    "title": _null(text()),
    "voice_id": _null(text(1)),
    "voice_settings": _null(_VOICE_SETTINGS),
    "watermark": _null(anything),
}
_ENGINE = either(
    thing({"type": one_of("avatar_iii", "avatar_iv")}, ("type",)),
    thing({"type": one_of("avatar_v"), "reference_look_id": _null(text(1))}, ("type",)),
)
KINDS: Mapping[str, tuple[Rule, tuple[str, ...]]] = {
    "avatar": (
        thing(
            {"type": one_of("avatar"), "avatar_id": text(1), "engine": _null(_ENGINE), **_SHARED},
            ("type", "avatar_id"),
        ),
        ("avatar_id", "engine"),
    ),
    "image": (thing({"type": one_of("image"), "image": _ASSET, **_SHARED}, ("type", "image")), ("image",)),
}
NOT_MADE = {
    "cinematic_avatar": (each(text(1), 1, 3), whole(4, 15)),
    "studio": (each(anything, 1, 50),),
}
"""Types that HeyGen has and the emulator doesn't."""


class Wanted(NamedTuple):
    engine: str
    ask: Ask
    price: Decimal
    title: str | None


def read(body: Any, store: Store) -> Wanted:
    """What a request asks for. Raises Invalid with the first fault."""
    if not isinstance(body, dict):
        raise Invalid("", "Input should be a valid dictionary")
    kind = str(body.get("type"))
    if kind not in KINDS:
        known = ", ".join(f"'{name}'" for name in (*KINDS, *NOT_MADE))
        raise Invalid("type", f"Input tag {kind!r} found using 'type' does not match any of: {known}")
    issues = KINDS[kind][0](body, ())
    if issues:
        raise Invalid(*_said(issues[0]))
    given = [name for name in ("script", "audio_url", "audio_asset_id") if body.get(name) is not None]
    if len(given) != 1:
        raise Invalid("script", "Provide exactly one of script, audio_url or audio_asset_id")
    if body.get("audio_url") is not None:
        raise Invalid("audio_url", "The URL can't be fetched by an emulator: upload the file as an asset")
    return _avatar(body, store) if kind == "avatar" else _photo(body, store)


def _said(issue: Issue) -> tuple[str, str]:
    """In pydantic's words, as HeyGen has them."""
    if issue.code == "unrecognized_keys":
        return issue.message.rpartition(" ")[2], "Extra inputs are not permitted"
    return issue.place, "Field required" if issue.message == "Required" else issue.message


def _avatar(body: dict[str, Any], store: Store) -> Wanted:
    look = look_of(body["avatar_id"])
    if look is None:
        why = f"Avatar {body['avatar_id']} not found or no longer available."
        raise Invalid("avatar_id", why, "avatar_not_found", 404)
    engine = (body.get("engine") or {}).get("type", "avatar_iv")
    if engine not in look.engines:
        raise Invalid("engine", f"{look.id} does not support {engine}; supported: {', '.join(look.engines)}")
    motion = body.get("motion_prompt") is not None and look.kind != "photo_avatar"
    if (motion and engine == "avatar_iv") or (engine == "avatar_iii" and body.get("motion_prompt")):
        raise Invalid("motion_prompt", f"motion_prompt is not supported for {look.kind} on {engine}")
    script, speech, seconds = _speech(body, look.voice, store)
    words = f"{look.name}\n{script}" if script else f"{look.name}, {seconds:g} s of speech"
    return _wanted(body, engine, look.kind, (words, script, speech, seconds), None)


def _photo(body: dict[str, Any], store: Store) -> Wanted:
    image = body["image"]
    if image["type"] == "url":
        raise Invalid("image.url", "The URL can't be fetched by an emulator: send an asset_id or base64")
    if image["type"] == "base64":
        type, data = image["media_type"], media.unbase64(image["data"])
    else:
        type, data = _asset(image["asset_id"], "image.asset_id", store)
    issue = media.picture_issue(data, type, PICTURES, ("image",))
    if issue or data is None:
        raise Invalid("image", issue.message if issue else "The image can't be decoded")
    seen = media.picture_of(data)
    if seen is None or max(seen.width, seen.height) > LARGEST_SIDE:
        raise Invalid("image", "The image is larger than 2K")
    script, speech, seconds = _speech(body, "", store)
    words = body.get("motion_prompt") or script or f"{seconds:g} s of speech"
    return _wanted(body, "avatar_iv", "photo_avatar", (words, script, speech, seconds), store.put(data))


def _speech(body: dict[str, Any], usual: str, store: Store) -> tuple[str, str | None, float]:
    """What is said, or the sound that is, and for how long, in seconds."""
    if body.get("audio_asset_id"):
        type, data = _asset(body["audio_asset_id"], "audio_asset_id", store)
        if type not in SOUNDS:
            raise Invalid("audio_asset_id", f"The asset is {type}, not an audio file")
        seconds = sound_seconds(data)
        if not SHORTEST_SOUND <= seconds <= LONGEST_SOUND:
            raise Invalid("audio_asset_id", "Audio input must have 1 to 600 seconds")
        return "", store.put(data), _stepped(seconds)
    name = body.get("voice_id") or usual
    if not name:
        raise Invalid("voice_id", "voice_id is required when script is provided")
    voice = voice_of(name)
    if voice is None:
        raise Invalid("voice_id", f"Voice {name} not found.", "voice_not_found", 404)
    script = body["script"].strip()
    if not script:
        raise Invalid("script", "The script is empty")
    speed = (body.get("voice_settings") or {}).get("speed", 1)
    rests = sum(float(seconds) for seconds in re.findall(r'<break time="([\d.]+)s"/>', script))
    plain = " ".join(re.sub(r"<break[^>]*>", " ", script).split())
    return script, None, _stepped(0.4 + len(plain) / (voice.rate * speed) + rests)


def sound_seconds(data: bytes) -> float:
    """How long a sound is when it is decoded; 0 where it is none."""
    from ..studio.media.probe import opened

    try:
        with opened(io.BytesIO(data)) as container:
            stream = container.streams.audio[0]
            return sum(frame.samples / frame.sample_rate for frame in container.decode(stream))
    except Exception:  # av raises many kinds
        return 0.0


def _asset(id: str, param: str, store: Store) -> tuple[str, bytes]:
    about = store.named(f"heygen:{id}")
    if about is None:
        raise Invalid(param, f"Asset {id} is not available.", "asset_not_available", 404)
    return about["type"], store.path(about["sha256"]).read_bytes()


def _wanted(
    body: dict[str, Any],
    engine: str,
    kind: str,
    said: tuple[str, str, str | None, float],
    picture: str | None,
) -> Wanted:
    words, script, speech, seconds = said
    resolution = body.get("resolution") or "720p"
    ratio = body.get("aspect_ratio") or "16:9"
    across, down = map(int, ("16:9" if ratio == "auto" else ratio).split(":"))
    short = SHORT[resolution]
    long = round(short * max(across, down) / min(across, down) / 2) * 2
    width, height = (long, short) if across > down else (short, long)
    each = Decimal(PRICES[engine, kind])
    ask = Ask(words, seconds, width, height, True, first=picture, script=script, speech=speech)
    return Wanted(engine, ask, each * Decimal(str(seconds)), body.get("title"))


def _stepped(seconds: float) -> float:
    return math.ceil(seconds * STEP - 1e-6) / STEP
