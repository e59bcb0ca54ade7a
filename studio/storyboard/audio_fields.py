"""What a storyboard, or one scene of it, asks for that is heard: voices, music, effects, and the captions that go with
them.

The keys of `Heard` may stand in a scene and in the storyboard; soundtrack.py makes tracks of them.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from ..errors import did_you_mean
from ..timecode import seconds
from ..timeline.platforms import PLATFORMS
from .messages import faults_of, shown, wrong
from .video_fields import LONGEST_NAME, Entry

NarrationFit = Literal["extend", "speed", "fault"]
CAPTION_STYLES = ("plain", "box", "word")
DEFAULT_LOUDNESS = -14.0
"""LUFS: what YouTube, TikTok and the streaming services play at."""


class Captions(Entry):
    """How captions are burned into the picture."""

    style: Literal["plain", "box", "word"] = Field(
        "plain",
        description="plain: white with an outline; box: on a dark box; word: the word that is said stands out.",
    )
    position: Literal["bottom", "middle", "top"] = Field("bottom", description="Where in the frame they are.")
    platform: str = Field(
        "",
        max_length=100,
        description="Whose buttons they keep clear of: " + ", ".join(PLATFORMS) + ".",
    )
    size: float = Field(1.0, ge=0.5, le=3, allow_inf_nan=False, description="Times the usual size.")

    @model_validator(mode="after")
    def _known_platform(self) -> Captions:
        if self.platform and self.platform not in PLATFORMS:
            raise wrong(f"{self.platform!r} is not a platform", did_you_mean(self.platform, PLATFORMS))
        return self


class Effect(Entry):
    """A sound that is heard in a scene. Seconds."""

    sound: str = Field(
        min_length=1,
        max_length=LONGEST_NAME,
        description="A sound file, named from the storyboard's folder, or its URL.",
    )
    at: float = Field(0, ge=0, le=3600, allow_inf_nan=False, description="When, from the scene's start on.")
    gain_db: float = Field(0, ge=-60, le=20, allow_inf_nan=False, description="Louder (+) or softer (-).")
    pan: float = Field(0, ge=-1, le=1, allow_inf_nan=False, description="-1 is left, 1 right.")
    begin: float = Field(
        0, ge=0, le=86400, allow_inf_nan=False, description="The second of the file that it begins with."
    )
    end: float | None = Field(
        None, gt=0, le=86400, allow_inf_nan=False, description="The second of the file that it ends with."
    )
    fade_in: float = Field(0, ge=0, le=3600, allow_inf_nan=False, description="Seconds in which it rises.")
    fade_out: float = Field(
        0, ge=0, le=3600, allow_inf_nan=False, description="Seconds in which it dies away."
    )

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Effect:
        if self.end is not None and self.end <= self.begin:
            raise wrong(f"it would end at {self.end:g} s and begin at {self.begin:g} s", "make the end later")
        return self


def _captions(value: Any) -> bool | Captions:
    if isinstance(value, bool | Captions):
        return value
    if isinstance(value, str):
        if value not in CAPTION_STYLES:
            raise wrong(f"{shown(value)} is not a style of captions", did_you_mean(value, CAPTION_STYLES))
        return Captions.model_validate({"style": value})
    if not isinstance(value, dict):
        raise wrong(f"{shown(value)} says nothing about captions", "give true, false, plain, box or word")
    return _entry(Captions, value)


def _effects(value: Any) -> tuple[Effect, ...]:
    if value is False:
        return ()
    given = value if isinstance(value, list | tuple) else [value]
    if len(given) > 50:
        raise wrong("has more than 50 entries", "keep those that matter")
    return tuple(
        each
        if isinstance(each, Effect)
        else _entry(Effect, {"sound": each} if isinstance(each, str) else each)
        for each in given
    )


def _entry(model: type[Any], value: Any) -> Any:
    """The object; all that is wrong with it in one sentence, as the storyboard's own faults are listed by key."""
    if not isinstance(value, dict):
        raise wrong(
            f"{shown(value)} is not what it should be", f"give {', '.join(model.model_fields)} in {{ }}"
        )
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = faults_of(error, {}, {0: tuple(model.model_fields)})
        said = "; ".join(f"{each.place}: {each.message}" if each.place else each.message for each in found)
        raise wrong(said, "; ".join(dict.fromkeys(each.cure for each in found if each.cure))) from None


def _loudness(value: Any) -> float | Literal[False]:
    if value is False:
        return False
    if value is True:
        return DEFAULT_LOUDNESS
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise wrong(
            f"{shown(value)} is not a loudness", "give LUFS, such as -14, or false to leave it as it is"
        )
    if not -40 <= value <= -8:
        raise wrong(f"{value:g} LUFS can't be reached without harm", "give -40 to -8, most often -14 or -23")
    return float(value)


def _own_sound(value: Any) -> bool | float:
    if isinstance(value, bool):
        return value
    if not isinstance(value, int | float) or not math.isfinite(value) or not -60 <= value <= 20:
        raise wrong(
            f"{shown(value)} says nothing about sound", "give true, false, or decibels from -60 to 20"
        )
    return float(value)


def _speed(value: Any) -> Fraction:
    try:
        speed = seconds(value)
    except ValueError:
        raise wrong(f"{shown(value)} is not a number") from None
    if not Fraction(1, 2) <= speed <= 2:
        raise wrong(f"{shown(value)} times as fast isn't understood", "give 0.5 to 2")
    return speed


def _plain(value: Any) -> Any:
    """As it was written, less what is as usual."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Captions | Effect):
        return value.model_dump(mode="json", exclude_defaults=True)
    return value


_CAPTIONS = {
    "anyOf": [
        {"type": "boolean"},
        {"enum": list(CAPTION_STYLES)},
        Captions.model_json_schema() | {"additionalProperties": False},
    ]
}
_EFFECT = {"anyOf": [{"type": "string", "minLength": 1}, Effect.model_json_schema()]}
_LOUDNESS = {"anyOf": [{"type": "number", "minimum": -40, "maximum": -8}, {"type": "boolean"}]}
_OWN = {"anyOf": [{"type": "boolean"}, {"type": "number", "minimum": -60, "maximum": 20}]}

CaptionsAsked = Annotated[
    bool | Captions, PlainValidator(_captions), PlainSerializer(_plain), WithJsonSchema(_CAPTIONS)
]
Effects = Annotated[
    tuple[Effect, ...],
    PlainValidator(_effects),
    PlainSerializer(_plain),
    WithJsonSchema({"anyOf": [_EFFECT, {"type": "array", "items": _EFFECT, "maxItems": 50}]}),
]
LoudnessAsked = Annotated[float | Literal[False], PlainValidator(_loudness), WithJsonSchema(_LOUDNESS)]
OwnSound = Annotated[bool | float, PlainValidator(_own_sound), WithJsonSchema(_OWN)]
Speed = Annotated[
    Fraction,
    PlainValidator(_speed),
    PlainSerializer(float),
    WithJsonSchema({"type": "number", "minimum": 0.5, "maximum": 2}),
]


class Heard(Entry):
    """The keys that scenes and storyboard share. A scene's own wins; what it doesn't give is the storyboard's."""

    voice: str | None = Field(
        None,
        max_length=200,
        description="Who says the narration: a voice of the free one that is built in (en-us, de, …), of a service "
        "(alloy, Kore), or of one that is named (openai/alloy, gemini-3.8-flash-tts/Kore); of an avatar, the id that "
        "its service gives the voice. `storyreel voices` lists them.",
    )
    language: str | None = Field(
        None,
        max_length=35,
        description="The narration's language: en, de, pt-BR; without it the voice's own.",
    )
    voice_speed: Speed | None = Field(None, description="How fast it is said, times the usual; 0.5 to 2.")
    narration_fit: NarrationFit | None = Field(
        None,
        description="A narration too long for its scene: extend (the usual) holds the scene until all is said, speed "
        "says it up to 1.15 times as fast, fault refuses it.",
    )
    music_mood: str | None = Field(
        None,
        max_length=100,
        description="Music of a mood: calm, happy, sad, epic, tense and so on. It is taken from music_folder, or "
        "composed here.",
    )
    own_sound: OwnSound | None = Field(
        None,
        description="Whether the sound is heard that a model made with its clip: true (the usual), false, or by how "
        "many decibels louder or softer.",
    )
