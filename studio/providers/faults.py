"""What a model can't do of a shot, by its data alone: each with what to change, and nothing is asked of anybody.

[str(fault) for fault in faults(shot, veo)]
# ['duration: veo-3.1 makes 1080p only at 8 s; set duration to 8 or resolution to 720p']
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Fault
from .capability import MODES, TALKING, Capability, Mode, bought, phrase, script, source_of
from .speech_length import seconds_of_speech

if TYPE_CHECKING:
    from .shot import Shot

_CURES = {
    "text": "give the scene an image",
    "image": "take the image away",
    "frames": "take last_frame away",
    "references": "take the references away",
    "extend": "take extend away",
    "edit": "take video away",
    "avatar": "take avatar away",
    "portrait": "take speech away",
    "picture": "ask a model that draws",
    "speech": "ask a model that speaks",
    "music": "ask a model that makes music",
}
_ONLY = {"picture": "pictures from words", "speech": "speech", "music": "music"}
"""What a model makes that makes nothing else."""


def faults(shot: Shot, can: Capability) -> list[Fault]:
    """Everything about the shot that the model can't do, each with what to change."""
    mode = can.modes.get(shot.mode)
    if mode is None:
        known = ", ".join(MODES[name] for name in can.modes)
        only = next((_ONLY[name] for name in can.modes if name in _ONLY), f"from {known}")
        of = "" if shot.makes in _ONLY else f" from {MODES[shot.mode]}"
        said = f"{can.name} makes no {shot.makes}{of}, only {only}"
        return [Fault("provider", said, _CURES[shot.mode])]
    return [*_words(shot, can, mode), *_inputs(shot, can, mode), *_shape(shot, can, mode)]


def _words(shot: Shot, can: Capability, mode: Mode) -> list[Fault]:
    if mode.needs_prompt and can.prices and not shot.prompt.strip():
        return [Fault("prompt", f"is empty, and {can.name} needs one", "say what is to be seen")]
    length = len(phrase(shot, can).encode("utf-16-le")) // 2
    if can.longest_prompt is not None and length > can.longest_prompt:
        said = f"{length} characters with camera, style and sound, and {can.name} reads {can.longest_prompt}"
        return [Fault("prompt", said, f"shorten it by {length - can.longest_prompt}")]
    unwanted = len(shot.negative_prompt.strip().encode("utf-16-le")) // 2
    if can.negative_prompt and can.longest_prompt is not None and unwanted > can.longest_prompt:
        said = f"{unwanted} characters, and {can.name} reads {can.longest_prompt}"
        return [Fault("negative_prompt", said, f"shorten it by {unwanted - can.longest_prompt}")]
    return []


def _inputs(shot: Shot, can: Capability, mode: Mode) -> list[Fault]:
    found = []
    if shot.references and (shot.image or shot.last_frame) and can.prices:
        cure = "keep the references or the frames"
        found.append(Fault("references", f"{can.name} takes no first or last frame beside references", cure))
    source = source_of(shot.video) if shot.video and mode.source_fps else None
    if source is not None and mode.source_fps and source.fps > mode.source_fps:
        said = f"{Path(source.path).name} has {float(source.fps):.4g} frames per second"
        most = f"{can.name} takes at most {float(mode.source_fps):g}"
        found.append(Fault("video", f"{said}, and {most}", "convert it to a lower rate"))
    if shot.last_frame and not shot.image:
        cure = "give first_frame as well"
        found.append(Fault("last_frame", f"{can.name} takes a last frame only with a first one", cure))
    if len(shot.references) > mode.references and shot.mode in ("references", "picture"):
        said = f"{len(shot.references)} are too many: {can.name} takes {mode.references or 'none'}"
        found.append(
            Fault("references", said, f"keep {mode.references}" if mode.references else "take them away")
        )
    if len(shot.references) < mode.needs_references:
        said = f"{can.name} draws from at least {mode.needs_references}"
        found.append(Fault("references", said, "give a picture, or choose another model"))
    if shot.mode in TALKING:
        found += _speech(shot, can)
    if shot.mode == "speech":
        found += _voice(shot, can, mode)
    if shot.audio and can.audio == "never":
        cure = "set audio to false, or choose a model with sound"
        found.append(Fault("audio", f"{can.name} makes silent clips", cure))
    return found


def _speech(shot: Shot, can: Capability) -> list[Fault]:
    if shot.script.strip() and shot.speech:
        return [Fault("speech", "stands beside narration", "keep one of them")]
    if not (shot.script.strip() or shot.speech):
        return [Fault("narration", f"is empty, and {can.name} says something", "say what, or give speech")]
    if shot.script.strip() and not shot.voice:
        return [
            Fault("voice", f"{can.name} needs one to say the narration", "name one of the service's voices")
        ]
    return []


def _voice(shot: Shot, can: Capability, mode: Mode) -> list[Fault]:
    """What keeps a voice from saying the script."""
    found, length = [], len(script(shot))
    if not length:
        found.append(Fault("narration", f"is empty, and {can.name} says something", "say what"))
    elif length > mode.longest_script:
        said = f"{length} characters, and {can.name} says {mode.longest_script} at once"
        cure = f"shorten it by {length - mode.longest_script}, or split the scene"
        found.append(Fault("narration", said, cure))
    if not shot.voice:
        said = f"{can.name} needs one to say the narration"
        found.append(Fault("voice", said, f"use one of {', '.join(mode.voices)}"))
    elif shot.voice not in mode.voices:
        said = f"{shot.voice!r} is no voice of {can.name}"
        named = {name.lower(): name for name in mode.voices}
        near = get_close_matches(shot.voice.lower(), named, n=1)
        cure = f"did you mean {named[near[0]]!r}?" if near else f"use one of {', '.join(mode.voices)}"
        found.append(Fault("voice", said, cure))
    found += _language(shot, can, mode)
    if not mode.slowest <= shot.speed <= mode.fastest:
        said = f"{can.name} speaks only at its own speed"
        cure = "set voice_speed to 1; narration_fit: speed makes what was said up to 1.15 times as fast"
        if mode.slowest < mode.fastest:
            said = f"{can.name} speaks {mode.slowest:g} to {mode.fastest:g} times as fast as usual"
            cure = f"set voice_speed to {min(max(shot.speed, mode.slowest), mode.fastest):g}"
        found.append(Fault("voice_speed", said, cure))
    if shot.style.strip() and not mode.directed:
        said = f"{can.name} doesn't listen to how it is to be said"
        found.append(Fault("style", said, "take style away, or choose another voice"))
    return found


def _language(shot: Shot, can: Capability, mode: Mode) -> list[Fault]:
    if not shot.language:
        return []
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", shot.language):
        said = f"{shot.language!r} is no language's tag"
        return [Fault("language", said, "write it as BCP 47 has it: en, de-AT")]
    if mode.languages and shot.language.partition("-")[0].lower() not in mode.languages:
        return [Fault("language", f"{can.name} doesn't speak {shot.language}", "choose another voice")]
    return []


def _shape(shot: Shot, can: Capability, mode: Mode) -> list[Fault]:
    found = []
    length = bought(shot, can)
    if length is None and mode.from_speech:
        pass

        found.append(unfit(shot, mode, can.name))
    elif length is None:
        found.append(
            Fault(
                "duration",
                f"{can.name} makes {_lengths(mode)}",
                "change it, or split the scene, or change the model",
            )
        )
    if mode.resolutions and shot.resolution not in mode.resolutions:
        said = f"{can.name} makes no {shot.resolution} from {MODES[shot.mode]}"
        found.append(Fault("resolution", said, f"use {_either(mode.resolutions)}"))
    if mode.ratios and shot.aspect_ratio not in mode.ratios:
        said = f"{can.name} makes no {shot.aspect_ratio}"
        found.append(Fault("aspect_ratio", said, f"use {_either(mode.ratios)}"))
    if can.max_width and (
        shot.width > can.max_width or shot.height > can.max_height or shot.fps > can.max_fps
    ):
        limits = f"{can.max_width}x{can.max_height} at {float(can.max_fps):g} frames per second"
        found.append(Fault("provider", f"{can.name} makes at most {limits}", "choose a lower quality"))
    if length is not None and not found:
        found += _together(shot, can, mode, length)
    return found


def _together(shot: Shot, can: Capability, mode: Mode, length: Fraction) -> list[Fault]:
    """What is possible by itself, but not with the rest of the shot."""
    for rule in can.only:
        if rule.resolutions and shot.resolution not in rule.resolutions:
            continue
        if rule.modes and shot.mode not in rule.modes:
            continue
        if length in rule.durations:
            continue
        cures = [f"set duration to {_either(rule.durations)}"]
        if rule.resolutions:
            others = [name for name in mode.resolutions if name not in rule.resolutions]
            cures += [f"resolution to {_either(others)}"] if others else []
            what = shot.resolution
        else:
            what = f"a clip from {MODES[shot.mode]}"
        allowed = _either([f"{float(each):g}" for each in rule.durations])
        return [Fault("duration", f"{can.model} makes {what} only at {allowed} s", " or ".join(cures))]
    return []


def _lengths(mode: Mode) -> str:
    if mode.from_speech:
        return f"clips in which somebody talks for up to {float(mode.longest):g} s"
    if mode.as_source:
        return "no more than the clip that it changes has"
    if not mode.durations:
        return f"clips of {float(mode.shortest):.3g} to {float(mode.longest):g} s"
    lengths = sorted(mode.durations)
    if len(lengths) > 3 and lengths == [lengths[0] + step for step in range(len(lengths))]:
        return f"clips of up to {float(lengths[-1]):g} s"
    return f"clips of {_either([f'{float(length):g}' for length in lengths])} s"


def _either(words: Sequence[object]) -> str:
    """a, b or c"""
    named = [f"{float(word):g}" if isinstance(word, Fraction) else str(word) for word in words]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"


def unfit(shot: Shot, mode: Mode, who: str) -> Fault:
    """Why nobody makes a clip of what is to be said."""
    seconds = seconds_of_speech(shot)
    place = "speech" if shot.speech else "narration"
    if seconds is None:
        return Fault(
            place, f"{Path(shot.speech or '').name} holds no sound that can be read", "give a WAV or MP3"
        )
    takes = "about " if not shot.speech else ""
    if seconds < mode.shortest:
        said = f"takes {takes}{float(seconds):g} s, and {who} talks for at least {float(mode.shortest):g} s"
        return Fault(place, said, "make it longer")
    said = f"takes {takes}{float(seconds):g} s, and {who} talks for up to {float(mode.longest):g} s"
    return Fault(place, said, "shorten it, or split the scene")
