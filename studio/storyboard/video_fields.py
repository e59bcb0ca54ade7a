"""What a storyboard, or one scene of it, asks of the models that make its clips: which one, from what, how large.

Every key may stand in a scene and in the storyboard; shots.py makes a shot of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from .messages import shown, wrong

Resolution = Literal["360p", "720p", "1080p", "4k"]
RESOLUTIONS: tuple[str, ...] = get_args(Resolution)

PREVIOUS = "previous"
LONGEST_NAME = 4000
"""Characters of a file's name or URL; signed URLs are long."""
MOST_REFERENCES = 20
SOURCES = (
    "image",
    "first_frame",
    "first_frame_description",
    "last_frame",
    "last_frame_description",
    "references",
    "extend",
    "continues",
    "video",
)
"""The fields that say what a clip is made from."""
LAST = ("last_frame", "last_frame_description")
"""Those of them that say only how it ends."""


def written(field: str) -> str:
    """How a field is written in a file: `continue` is no name that Python takes."""
    return "continue" if field == "continues" else field


class Entry(BaseModel):
    """An object of a storyboard: null is "not given", and a key that isn't known is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_given(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data


def _file(value: Any) -> str | Literal[False]:
    if value is False:
        return False
    if not isinstance(value, str):
        raise wrong(f"{shown(value)} is not a file's name", "name a file, or give its URL")
    if len(value) > LONGEST_NAME:
        raise wrong(f"has {len(value):,} characters", f"shorten it to {LONGEST_NAME:,}")
    return value


def _clip(value: Any) -> str | Literal[False]:
    return PREVIOUS if value is True else _file(value)


def _files(value: Any) -> tuple[str, ...]:
    if value is False:
        return ()
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)):
        raise wrong(f"{shown(value)} is not a list of files", "name one file, or several in [ ]")
    if len(names) > MOST_REFERENCES:
        raise wrong(f"has more than {MOST_REFERENCES} entries", "keep those that matter")
    for name in names:
        if _file(name) is False:
            raise wrong(f"{shown(name)} is not a file's name", "name a file, or give its URL")
    return tuple(names)


def _sound(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or not value.strip():
        raise wrong(
            f"{shown(value)} says nothing about sound", "give true, false, or what is heard, in words"
        )
    if value.strip().lower() in ("yes", "no", "on", "off", "none", "true", "false"):  # they describe no sound
        raise wrong(f"{shown(value)} is a text", "write true or false, no quotes, or what is heard")
    if len(value) > 1000:
        raise wrong(f"has {len(value):,} characters", "shorten it to 1,000")
    return value


_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
_NONE = {"const": False}
_NAMES = {
    "anyOf": [_NAME, {"type": "array", "items": _NAME, "maxItems": MOST_REFERENCES}, _NONE],
}
_SOUND = {"anyOf": [{"type": "boolean"}, {"type": "string", "minLength": 1, "maxLength": 1000}]}

File = Annotated[str | Literal[False], PlainValidator(_file), WithJsonSchema({"anyOf": [_NAME, _NONE]})]
Clip = Annotated[
    str | Literal[False], PlainValidator(_clip), WithJsonSchema({"anyOf": [_NAME, {"type": "boolean"}]})
]
Files = Annotated[tuple[str, ...], PlainValidator(_files), PlainSerializer(list), WithJsonSchema(_NAMES)]
Sound = Annotated[bool | str, PlainValidator(_sound), WithJsonSchema(_SOUND)]


class Generation(Entry):
    """The keys that scenes and storyboard share. A scene's own wins; what it doesn't give is the storyboard's."""

    model: str | None = Field(
        None,
        max_length=100,
        description="Which model makes the clip, such as veo-3.1; without one the provider's first. The "
        "storyboard's holds for scenes without a provider of their own.",
    )
    resolution: Resolution | None = Field(
        None,
        description="What the model is asked for; without it the smallest that fills the film's frame: 720p for "
        "draft and standard, 1080p for high, 4k for premium.",
    )
    first_frame: File | None = Field(
        None,
        description="The picture that the clip starts with, for models: a file or a URL; without one `image` is. "
        "The storyboard's first_frame, last_frame, references and extend hold for scenes that give none of them, no "
        "image and no video; `false` gives none.",
    )
    last_frame: File | None = Field(None, description="The picture that the clip ends with: a file or a URL.")
    references: Files | None = Field(
        None, description="Pictures of what is to be seen, such as a person or a thing: files or URLs."
    )
    extend: Clip | None = Field(
        None,
        description="The clip that the scene goes on from: a file, a URL, or `previous` (or true) for that of the "
        "scene before. The storyboard's `previous` holds from the second scene on.",
    )
    continues: bool | None = Field(
        None,
        alias="continue",
        description="Whether the clip begins with the last frame that is seen of the scene before. The storyboard's "
        "holds from the second scene on.",
    )
    keep_first_frame: bool | None = Field(
        None,
        description="Whether a first frame that is the given picture itself, from which the clip cuts away at once, "
        "is seen in the film; without it it is left out.",
    )
    color_match: bool | None = Field(
        None,
        description="Whether the scenes of a chain keep the colours of its first: each clip that a scene continues is "
        "brought back to them towards its end, so that drift doesn't add up.",
    )
    chain: bool | None = Field(
        None,
        description="Whether a scene longer than its model makes at once is made of several clips, up to 148 s: "
        "extended by the model where it can, else each begun with the last frame of the one before.",
    )
    character: Files | None = Field(
        None,
        description="Pictures of who or what looks the same in all scenes. Frames that are described are drawn after "
        "them, and the first stands in for one that couldn't be drawn.",
    )
    keyframes: str | None = Field(
        None,
        max_length=100,
        description="Who draws the frames that are described: auto, a door (google, vertex, runway), a model "
        "(gemini-3-pro-image), or both (vertex/gemini-3-pro-image).",
    )
    avatar: str | None = Field(
        None, max_length=200, description="Who talks, at services with avatars: the id that theirs has there."
    )
    negative_prompt: str | None = Field(None, max_length=2000, description="What must not be seen, in words.")
    camera: str | None = Field(
        None,
        max_length=500,
        description="How the camera moves, in words, for models; without it clip_action is.",
    )
    style: str | None = Field(None, max_length=1000, description="How it looks, in words.")
    audio: Sound | None = Field(
        None,
        description="Whether the clip has sound: true, false, or what is heard, in words. Without it the model "
        "decides.",
    )
