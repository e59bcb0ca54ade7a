"""What stands in a storyboard: its keys, its scenes, the limits of each, and their JSON Schema.

parser.py reads them from a file.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    Field,
    field_validator,
    model_validator,
)

from ..errors import BadInput
from ..timeline.settings import PRESETS, AspectRatio, FilmSettings, Fit, Quality, nearest_ratio
from . import camera_moves
from .audio_fields import DEFAULT_LOUDNESS, CaptionsAsked, Effects, Heard, LoudnessAsked
from .field_types import LENGTH, Duration, Overlap, Rate, Size, as_written
from .messages import shown, wrong
from .video_fields import LAST, LONGEST_NAME, PREVIOUS, SOURCES, File, Generation, written

MOST_SCENES = 1000
DEFAULT_DURATION = Fraction(3)
DEFAULT_TRANSITION_DURATION = Fraction(1, 2)

Transition = Literal["none", "fade", "crossfade", "wipe", "slide", "zoom", "dissolve"]


class Entrance(NamedTuple):
    transition: str
    overlap: Fraction
    """Seconds, 0 for a hard cut."""


class Scene(Heard, Generation):
    """One scene. It shows its picture, or, without one, its prompt as a title card."""

    prompt: str = Field("", max_length=5000, description="What is seen, in words.")
    duration: Duration = Field(
        DEFAULT_DURATION, description="Time on screen in seconds, transitions included; up to an hour."
    )
    transition: Transition | None = Field(
        None,
        description="How the scene comes in. It overlaps the scene before by its transition_duration; `none` "
        "is a hard cut. On the first scene `fade` rises from black and any other is a plain start. Without "
        "one the storyboard's holds.",
    )
    transition_duration: Overlap | None = Field(
        None, description="How long its transition takes, in seconds; without one the storyboard's holds."
    )
    image: str | None = Field(
        None,
        max_length=LONGEST_NAME,
        description="A picture file, named from the storyboard's folder, or its URL.",
    )
    video: File | None = Field(
        None, description="The clip that a model changes as the prompt says: a file or a URL."
    )
    first_frame_description: str | None = Field(
        None,
        max_length=5000,
        description="How the clip begins, in words: the frame is drawn, then filmed from.",
    )
    last_frame_description: str | None = Field(
        None,
        max_length=5000,
        description="How the clip ends, in words: the frame is drawn after the character and the scene's first frame.",
    )
    speech: File | None = Field(
        None, description="What an avatar says, as a sound file or its URL, instead of the narration."
    )
    clip_action: str = Field(
        "",
        max_length=500,
        description=f"How the camera moves: {', '.join(camera_moves.MOVES)}; slow or fast before each; several "
        "joined by commas run together. One movement up to 3 s, two up to 5 s, three beyond.",
    )
    fit: Fit | None = Field(
        None,
        description="A picture of another shape: cover cuts it to fit, contain shows all of it between bars. "
        "Without one the storyboard's holds.",
    )
    narration: str = Field(
        "",
        max_length=5000,
        description="What is spoken over it, from when it is seen whole; where it has an avatar, what that says.",
    )
    effects: Effects = Field(
        (), description="Sounds that are heard in it: a file, or several, each with its time, gain and pan."
    )
    provider: str | None = Field(
        None, max_length=100, description="Who makes its clip; without one the storyboard's does."
    )
    take: int | None = Field(
        None, ge=1, le=9999, description="Which take of its clip to use; without it the newest."
    )
    seed: int | None = Field(
        None, ge=0, le=2**64 - 1, description="Its own seed; without one the storyboard's holds."
    )

    @model_validator(mode="before")
    @classmethod
    def _text_is_a_prompt(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"prompt": data}
        if not isinstance(data, (dict, Scene)):
            raise wrong(
                f"{shown(data)} is not a scene", "write its prompt as text, or its keys and values in { }"
            )
        return data

    @field_validator("clip_action")
    @classmethod
    def _known_movements(cls, value: str) -> str:
        try:
            camera_moves.parse(value)
        except BadInput as error:
            message = ", ".join(fault.message for fault in error.faults)
            raise wrong(message, "; ".join(dict.fromkeys(fault.cure for fault in error.faults))) from None
        return value


class Storyboard(Heard, Generation):
    """A film as it is written: how it is made, and its scenes."""

    title: str = Field("", max_length=500, description="The film's title; it is in the file's metadata.")
    aspect_ratio: AspectRatio = Field("16:9", description="The frame's shape.")
    quality: Quality = Field(
        "standard",
        description="Size, rate and bitrate: "
        + ", ".join(f"{name} {p.width}x{p.height}@{p.fps}" for name, p in PRESETS.items())
        + " (the 16:9 frame; 9:16 turns it, 1:1 and 4:5 keep the short side).",
    )
    size: Size | None = Field(
        None, description="The frame in pixels, such as 1024x576, instead of the quality's own."
    )
    crf: int | None = Field(
        None,
        ge=0,
        le=51,
        description="How exactly the film is encoded, instead of by the quality's bitrate: x264's constant quality, "
        "from 0 (nothing is lost) to 51; 5 is near it, 18 looks the same to the eye.",
    )
    longest_move: Duration | None = Field(
        None,
        description="For how many seconds the camera moves over a picture at most; the view then holds. Without it as "
        "long as the scene lasts.",
    )
    fps: Rate | None = Field(None, description="Frames per second; without it the quality's own.")
    seed: int = Field(0, ge=0, le=2**64 - 1, description="The same seed makes the same film.")
    provider: str = Field(
        "animatic",
        max_length=100,
        description="Who makes the clips: animatic (free, on this machine), a door (vertex, google, runway, kling, "
        "fal, pika, heygen, svd), the newest of a family of models through any door (veo, omni), or auto, the best "
        "that is ready.",
    )
    transition: Transition = Field("none", description="How scenes come in that don't say so themselves.")
    transition_duration: Overlap = Field(
        DEFAULT_TRANSITION_DURATION, description="How long transitions take, in seconds."
    )
    music: str | None = Field(
        None,
        max_length=LONGEST_NAME,
        description="A sound file, named from the storyboard's folder, or its URL; repeated or cut to the film's "
        "length.",
    )
    music_gain_db: float = Field(
        0.0, ge=-60, le=20, allow_inf_nan=False, description="Louder (+) or softer (-), in decibels."
    )
    music_folder: str | None = Field(
        None,
        max_length=LONGEST_NAME,
        description="A folder of tracks, named from the storyboard's own, of which music_mood chooses: by an index "
        "file, the files' tags, or the names of folders and files.",
    )
    music_by: str | None = Field(
        None,
        max_length=100,
        description="Who makes the music of a mood: auto (the folder, else composed here), folder, composer, or a "
        "service that is paid for: google, or a model (lyria-3.5).",
    )
    captions: CaptionsAsked | None = Field(
        None,
        description="A narrated film has captions as SRT and VTT beside it and as a subtitle track; false: it hasn't. "
        "plain, box or word burns them in as well, in that style.",
    )
    loudness: LoudnessAsked = Field(
        DEFAULT_LOUDNESS,
        description="LUFS to which the film's sound is brought, its true peak below -1 dBTP; false leaves it as mixed.",
    )
    fit: Fit = Field(
        "cover",
        description="A picture of another shape: cover cuts it to fit, contain shows all of it between bars.",
    )
    font: str | None = Field(
        None,
        max_length=1000,
        description="A font file for title cards, named from the storyboard's folder; without it Inter.",
    )
    scenes: tuple[Scene, ...] = Field(
        max_length=MOST_SCENES,
        description="The scenes in order; a plain text is a scene with that prompt.",
        json_schema_extra={"minItems": 1},
    )

    @field_validator("scenes", mode="before")
    @classmethod
    def _at_least_one(cls, value: Any) -> Any:
        # min_length would also say this of a list whose only scene is at fault.
        if isinstance(value, (list, tuple)) and not value:
            raise wrong("is empty", "give at least one")
        return value

    @property
    def settings(self) -> FilmSettings:
        """The film's frame, rate and bitrate."""
        settings = FilmSettings.of(self.quality, self.aspect_ratio, self.fps, self.fit)
        width, height = map(int, self.size.split("x")) if self.size else settings.size
        return settings.model_copy(update={"width": width, "height": height, "crf": self.crf})

    @property
    def shape(self) -> AspectRatio:
        """The frame's shape; of one whose size is given that which is nearest."""
        return nearest_ratio(*self.settings.size) if self.size else self.aspect_ratio

    @property
    def duration(self) -> Fraction:
        """The film's length in seconds: the scenes' lengths less what they overlap."""
        overlaps = sum((self.entrance(number).overlap for number in range(1, len(self.scenes))), Fraction(0))
        return sum((scene.duration for scene in self.scenes), Fraction(0)) - overlaps

    def entrance(self, number: int) -> Entrance:
        """How scene `number` (from 0) comes in, and for how long. One that continues the scene before comes in by a cut
        that nobody sees, unless it says otherwise itself."""
        scene = self.scenes[number]
        name = scene.transition or ("none" if self.continues_previous(number) else self.transition)
        if name == "none" or (number == 0 and name != "fade"):
            return Entrance("none", Fraction(0))
        return Entrance(name, scene.transition_duration or self.transition_duration)

    def provider_of(self, number: int) -> str:
        return self.scenes[number].provider or self.provider

    def model_of(self, number: int) -> str | None:
        """The model that is named for scene `number`: the storyboard's goes with the storyboard's provider."""
        scene = self.scenes[number]
        if scene.provider and scene.provider != self.provider:
            return scene.model
        return scene.model or self.model

    def given(self, number: int, key: str) -> Any:
        """What holds for scene `number` under one of Generation's keys: its own, else the storyboard's; None where
        neither says anything or it says `false`, which of files is "none"."""
        scene = self.scenes[number]
        value = getattr(scene, key)
        # How a clip ends goes together with what it continues.
        own = [each for each in SOURCES if not (key == "continues" and each in LAST)]
        if value is None and not (
            key in SOURCES and any(getattr(scene, each, None) is not None for each in own)
        ):
            value = getattr(self, key, None)
            if number == 0 and (key == "continues" or (key == "extend" and value == PREVIOUS)):
                return None
        return None if value is False and key not in ("audio", "own_sound") else value

    def continues_previous(self, number: int) -> bool:
        """Whether scene `number` begins with the last frame of the one before."""
        return number > 0 and self.provider_of(number) != "animatic" and bool(self.given(number, "continues"))

    def to_plain(self) -> dict[str, Any]:
        """JSON data: what was written, nothing that is merely a default."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """The fields by the names that a file gives them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of a storyboard file."""
    schema = Storyboard.model_json_schema()
    definitions = schema.pop("$defs")
    for entry, model in ((schema, Storyboard), (definitions["Scene"], Scene)):
        for name, field in entry["properties"].items():
            del field["title"]
            default = fields_of(model)[name].default
            if isinstance(default, Fraction):
                field["default"] = as_written(default)
            elif default is None:
                # null is accepted and means "not given"; saying so would only lengthen an editor's hints
                choices = [choice for choice in field.pop("anyOf") if choice != {"type": "null"}]
                del field["default"]
                entry["properties"][name] = (choices[0] if len(choices) == 1 else {"anyOf": choices}) | field
    definitions["Scene"]["anyOf"] = [{"required": [written(key)]} for key in ("prompt", *SOURCES)]
    schema["properties"]["scenes"]["items"] = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Scene"}]}
    schema["properties"]["$schema"] = {
        "type": "string",
        "description": "Where this schema is, for an editor's help.",
    }
    prompts = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_SCENES}
    listed = {key: value for key, value in schema["properties"].items() if key != "scenes"}
    definitions["Storyboard"] = {key: value for key, value in schema.items() if key != "title"}
    definitions["Prompts"] = {
        "type": "object",
        "description": "Scenes from a list of prompts.",
        "properties": {**listed, "prompt": prompts, "duration_per_frame": LENGTH},
        "required": ["prompt"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Storyreel storyboard",
        "description": "A film, scene by scene.",
        "anyOf": [{"$ref": "#/$defs/Storyboard"}, {"$ref": "#/$defs/Prompts"}, prompts],
        "$defs": definitions,
    }
