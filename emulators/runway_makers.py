"""Other makers' models, as Runway's endpoints take them (runwayml 5.24.0's types and texts, 21 November 2026). Lengths
are whole seconds by their types; from what to what, Runway's schema says, read in copies of autumn 2026.

Only those are here that have a price (prices.py).
"""

from __future__ import annotations

from .checks import Rule, each, either, flag, number, one_of, text, thing, whole
from .runway_models import SEED, WIDE, Model, frames, pictures

_URI = text(1)
_BOTH = ("first", "last")


def _media(type: str, most: int) -> Rule:
    """Clips or sounds that guide it."""
    return each(thing({"type": one_of(type), "uri": _URI}, required=("type", "uri")), 1, most)


def _placed(most: int) -> Rule:
    """Frames with their positions, or references without: runway_rules.py holds them apart."""
    item = thing({"uri": _URI, "position": one_of(*_BOTH)}, required=("uri",))
    return either(_URI, each(item, 1, most))


# Kling 3.0: an id for each size ------------------------------------------------------------------------------------

_SHOTS = thing(
    {
        "multiPrompt": each(
            thing({"duration": whole(1, 15), "prompt": text(1)}, required=("duration", "prompt")), 1, 6
        ),
        "shotType": one_of("intelligence", "customize"),
    }
)


def _kling(*ratios: str) -> dict[str, Rule]:
    return {
        "promptText": text(1, 2500),
        "ratio": one_of(*ratios),
        "duration": whole(3, 15),
        "audio": flag,
        "cfgScale": number(0, 1),
        "providerSettings": _SHOTS,
    }


_KLING = {
    "kling3.0_standard": (_kling(*WIDE, "960:960"), 720),
    "kling3.0_pro": (_kling("1920:1080", "1080:1920", "1440:1440"), 1080),
}

# Seedance ----------------------------------------------------------------------------------------------------------

_SD_480 = ("992:432", "864:496", "752:560", "640:640", "560:752", "496:864")
_SD_480_OF_25 = ("992:432", "854:480", "752:560", "640:640", "560:752", "480:854")
_SD_720 = ("1470:630", "1280:720", "1112:834", "960:960", "834:1112", "720:1280")
_SD_1080 = ("2206:946", "1920:1080", "1664:1248", "1440:1440", "1248:1664", "1080:1920")
_SD_4K = ("3840:1646", "3840:2160", "3840:2880", "3840:3840", "2880:3840", "2160:3840")


def _seedance(longest: int, prompt: int, *ratios: str) -> dict[str, Rule]:
    return {
        "promptText": text(1, prompt),
        "ratio": one_of(*ratios),
        "duration": either(one_of("auto"), whole(4, longest)),
        "audio": flag,
        "seed": SEED,
        "referenceAudio": _media("audio", 10),
    }


_DRAFTS: dict[str, Rule] = {"draft": flag, "outputFormat": one_of("mp4")}
_SEEDANCE = {
    "seedance2": (_seedance(15, 3500, *_SD_480, *_SD_720, *_SD_1080, *_SD_4K), 9),
    "seedance2_fast": (_seedance(15, 3500, *_SD_480, *_SD_720), 9),
    "seedance2_mini": (_seedance(15, 3500, *_SD_480, *_SD_720), 9),
    "seedance2_5": (_seedance(30, 15000, *_SD_480_OF_25, *_SD_720, *_SD_1080) | _DRAFTS, 30),
}

# Hailuo, H3, Wan, Grok, HappyHorse ---------------------------------------------------------------------------------

_HAILUO: dict[str, Rule] = {
    "promptText": text(1, 6000),
    "ratio": one_of("adaptive", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"),
    "resolution": one_of("768p", "2k", "768P", "2K"),
    "duration": whole(5, 15),
    "referenceAudio": _media("audio", 10),
}
_HAILUO_SIDES = {"768p": 768, "768P": 768, "2k": 1440, "2K": 1440}
_H3: dict[str, Rule] = {
    "promptText": text(1, 6000),
    "resolution": one_of("480p", "768p"),
    "duration": whole(5, 15),
    "promptExpansionMode": one_of("disabled", "balanced", "quality"),
    "seed": SEED,
}
_H3_SIDES = {"768p": 768, "480p": 480}
_AUTO = ("auto_480p", "auto_720p", "auto_1080p")
_WAN: dict[str, Rule] = {
    "promptText": text(1, 20000),
    "ratio": one_of(
        *("832:480", "720:544", "624:624", "544:720", "480:832"),
        *("1280:720", "1104:832", "960:960", "832:1104", "720:1280"),
        *("1920:1080", "1648:1248", "1440:1440", "1248:1648", "1080:1920"),
        *_AUTO,
    ),
    "duration": whole(2, 30),
    "audio": flag,
    "referenceAudio": _media("audio", 10),
    "referenceVideos": _media("video", 10),
}
_GROK_SIDES = {"720p": 720, "480p": 480, "1080p": 1080}
_GROK_LITE = (
    *("848:480", "480:848", "480:480", "640:480", "480:640", "720:480", "480:720"),
    *("1280:720", "720:1280", "720:720", "960:720", "720:960", "1088:720", "720:1088"),
    *("1904:1072", "1072:1904", "1424:1424", "1648:1232", "1232:1648", "1744:1152", "1152:1744"),
)
_HAPPYHORSE = (
    *("1280:720", "720:1280", "960:960", "1108:832", "832:1108"),
    *("1920:1080", "1080:1920", "1440:1440", "1662:1248", "1248:1662"),
)
_A_SECOND_ON = whole(1, 15)

MAKERS: dict[str, dict[str, Model]] = {
    "text_to_video": {
        **{name: Model(keys, ("ratio",), default=5) for name, (keys, _) in _KLING.items()},
        **{
            name: Model(
                keys
                | {"references": pictures(most), "referenceVideos": _media("video", 10)}
                | ({"draftTaskId": text(1)} if "draft" in keys else {}),
                () if "draft" in keys else ("promptText",),
                default=5,
            )
            for name, (keys, most) in _SEEDANCE.items()
        },
        "hailuo3": Model(
            _HAILUO | {"references": pictures(9), "referenceVideos": _media("video", 10)},
            ("promptText",),
            shorts=_HAILUO_SIDES,
        ),
        "h3_max": Model(_H3, ("promptText",), shorts=_H3_SIDES),
        **{
            name: Model(_WAN | {"references": pictures(10)}, ("promptText",), default=5)
            for name in ("wan3", "wan3_prime")
        },
        "grok_imagine_1_5": Model(
            {
                "promptText": text(1, 2500),
                "ratio": one_of("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3"),
                "resolution": one_of(*_GROK_SIDES),
                "duration": _A_SECOND_ON,
                "references": pictures(7),
                "referenceAudio": _media("audio", 3),
            },
            ("promptText",),
            shorts=_GROK_SIDES,
        ),
        "grok_imagine_1_5_lite": Model(
            {"promptText": text(1, 2500), "ratio": one_of(*_GROK_LITE), "duration": _A_SECOND_ON},
            ("promptText",),
            sound=False,
        ),
        "happyhorse_1_0": Model(
            {"promptText": text(1, 2500), "ratio": one_of(*_HAPPYHORSE), "duration": whole(3, 15)},
            ("promptText",),
        ),
    },
    "image_to_video": {
        **{
            name: Model(keys | {"promptImage": frames(True)}, ("promptImage",), default=5, short=short)
            for name, (keys, short) in _KLING.items()
        },
        **{
            name: Model(keys | {"promptImage": _placed(most)}, ("promptImage",), default=5)
            for name, (keys, most) in _SEEDANCE.items()
        },
        "hailuo3": Model(
            _HAILUO | {"promptImage": _placed(9)}, ("promptImage", "promptText"), shorts=_HAILUO_SIDES
        ),
        "h3_max": Model(
            _H3 | {"promptImage": frames(True)},
            ("promptImage", "promptText"),
            shorts=_H3_SIDES,
            least_side=256,
        ),
        **{
            name: Model(_WAN | {"promptImage": _placed(10)}, ("promptImage", "promptText"), default=5)
            for name in ("wan3", "wan3_prime")
        },
        "grok_imagine_1_5": Model(
            {
                "promptImage": frames(False),
                "promptText": text(1, 2500),
                "resolution": one_of(*_GROK_SIDES),
                "duration": _A_SECOND_ON,
            },
            ("promptImage",),
            shorts=_GROK_SIDES,
        ),
        "grok_imagine_1_5_lite": Model(
            {
                "promptImage": frames(False),
                "promptText": text(1, 2500),
                "ratio": one_of(*_AUTO),
                "duration": _A_SECOND_ON,
            },
            ("promptImage",),
            sound=False,
        ),
        "happyhorse_1_0": Model(
            {
                "promptImage": frames(False),
                "promptText": text(1, 2500),
                "resolution": one_of("720p", "1080p", "720P", "1080P"),
                "duration": whole(3, 15),
            },
            ("promptImage",),
            shorts={"720p": 720, "720P": 720, "1080p": 1080, "1080P": 1080},
        ),
    },
}
