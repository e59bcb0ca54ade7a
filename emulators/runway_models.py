"""Runway's models, as its video endpoints take them (runwayml 5.24.0's types and texts, 21 November 2026). Most of
those of other makers are in runway_makers.py.

Written down here apart from the product's catalogue, which these rules are there to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .checks import Rule, each, either, flag, number, one_of, text, thing, whole

# The other formats that the API has (ProRes, PNG, HDR) the emulator does not make.
WIDE = ("1280:720", "720:1280")
_GEN4 = (*WIDE, "1104:832", "960:960", "832:1104", "1584:672")
_VEO = (*WIDE, "1080:1920", "1920:1080")
_OMNI = ("640:360", "360:640", *WIDE, "1920:1080", "1080:1920", "3840:2160", "2160:3840")
_PROMPT = text(1, 1000)
SEED = whole(0, 2**32 - 1)
_MODERATION = thing({"publicFigureThreshold": one_of("auto", "low")})


class Model(NamedTuple):
    keys: Mapping[str, Rule]
    required: tuple[str, ...]
    sound: bool = True
    """Its clips have sound, unless the request turns it off."""
    default: int = 8
    """Seconds, where the request says nothing."""
    shorts: Mapping[str, int] = {}
    """The clip's short side in pixels, by the word in `resolution`; the first is meant where there is none."""
    short: int = 720
    """The same, where the request names no size and the clip is shaped like its first picture."""
    least_side: int = 0
    """Pixels that both sides of a picture must have."""
    sources: tuple[int, int] | None = None
    """How long a clip may be that is changed, seconds."""
    rate: int = 0
    """The most frames per second that it may have."""


def frames(last: bool) -> Rule:
    position = one_of("first", "last") if last else one_of("first")
    item = thing({"uri": text(1), "position": position}, required=("uri", "position"))
    return either(text(1), each(item, 1, 2 if last else 1))


def pictures(most: int) -> Rule:
    return each(thing({"uri": text(1)}, required=("uri",)), 1, most)


_REFERENCES = pictures(3)
_AUTO = either(one_of("auto"), whole(3, 10))
_VEO_KEYS = {
    "promptText": _PROMPT,
    "ratio": one_of(*_VEO),
    "audio": flag,
    "duration": one_of(4, 6, 8),
    "negativePrompt": text(1, 1000),
    "seed": SEED,
}
_GEN45 = {
    "promptText": _PROMPT,
    "duration": whole(2, 10),
    "contentModeration": _MODERATION,
    "outputFormat": one_of("mp4"),
    "seed": SEED,
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
OWN: dict[str, dict[str, Model]] = {
    "text_to_video": {
        "gen4.5": Model(_GEN45 | {"ratio": one_of(*WIDE)}, _NEEDS, sound=False),
        "veo3.1": Model(_VEO_KEYS, ("promptText", "ratio")),
        "veo3.1_fast": Model(_VEO_KEYS, ("promptText", "ratio")),
        "gemini_omni_flash": Model(
            {"promptText": text(1), "duration": whole(3, 10), "ratio": one_of(*WIDE)}, ("promptText",)
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
            _GEN45 | {"ratio": one_of(*_GEN4), "promptImage": frames(False)},
            (*_NEEDS, "promptImage"),
            sound=False,
        ),
        "gen4_turbo": Model(
            {
                "promptImage": frames(False),
                "ratio": one_of(*_GEN4),
                "duration": whole(2, 10),
                "promptText": _PROMPT,
                "contentModeration": _MODERATION,
                "seed": SEED,
            },
            ("promptImage", "ratio"),
            sound=False,
            default=10,
        ),
        "veo3.1": Model(_VEO_KEYS | {"promptImage": frames(True)}, ("promptImage", "ratio")),
        "veo3.1_fast": Model(_VEO_KEYS | {"promptImage": frames(True)}, ("promptImage", "ratio")),
        "gemini_omni_flash": Model(
            {
                "promptImage": frames(False),
                "promptText": text(),
                "duration": whole(3, 10),
                "ratio": one_of(*WIDE),
            },
            ("promptImage",),
        ),
        "gemini_omni_flash_1.1": Model(
            {
                "promptImage": frames(True),
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
                "seed": SEED,
                "targetAspectRatio": one_of("16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "21:9"),
            },
            ("videoUri",),
            sound=False,
            sources=(2, 30),  # and the rate: ComfyUI's page on its own node, October 2026
            rate=30,
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
