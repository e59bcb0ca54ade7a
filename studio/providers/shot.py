"""A shot: what a provider is asked for, in words that no provider has of its own."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..timecode import Exact

Task = Literal["extend", "edit"]


class Shot(BaseModel):
    """The provider-neutral request made from a scene. The same shot always asks for the same clip.

    Pictures and clips are paths of files on this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str = ""
    duration: Exact
    """Seconds that are shown. A model that makes other lengths makes the next longer one. Of an extension, the seconds
    that are added."""
    width: int
    height: int
    fps: Exact
    makes: Literal["clip", "picture", "speech", "music"] = "clip"
    """A picture has no length: its duration is 1; speech takes as long as it takes."""
    seed: int = 0
    image: str | None = None
    """The picture it starts from; the face of one who talks."""
    last_frame: str | None = None
    references: tuple[str, ...] = ()
    """Pictures of what is to be seen: a character, a thing, a place."""
    video: str | None = None
    """The clip that is extended or changed."""
    task: Task = "extend"
    """What becomes of `video`."""
    continues: bool = False
    """Whether it extends a clip that isn't made yet: `video` takes its place when it is."""
    clip_action: str = ""
    moves_for: Exact | None = None
    """For how many seconds at most the camera moves over a picture; the view then holds. None: all the time."""
    resolution: str = "720p"
    """What a model is asked for: 360p, 720p, 1080p, 4k; for a picture 512, 1k, 2k, 4k."""
    aspect_ratio: str = "16:9"
    negative_prompt: str = ""
    camera: str = ""
    style: str = ""
    audio: bool | None = None
    """Whether it has sound; None is as the model does it."""
    sound: str = ""
    """What is heard, in words."""
    avatar: str = ""
    """The service's own id of the one who talks."""
    voice: str = ""
    """The service's own id of the voice."""
    script: str = ""
    """What is said."""
    speech: str | None = None
    """A sound file that is said instead."""
    language: str = ""
    """Of the script, as BCP 47 has it: en, de-AT. Empty is the voice's own."""
    speed: float = 1.0
    """How fast it is said, times the usual."""
    knobs: tuple[tuple[str, int | float | str], ...] = ()
    """What the model on this machine is told otherwise than config.toml's [svd] says: its keys and their values."""
    fit: str = "cover"
    crf: int = 5
    """x264 quality of the clip's file, where the provider encodes it itself."""
    font: str | None = None
    """A font for title cards; None is the bundled one."""

    @property
    def mode(self) -> str:
        """What it is made from: one of capability.MODES."""
        if self.makes != "clip":
            return self.makes
        if self.avatar:
            return "avatar"
        if self.speech or self.script:
            return "portrait"
        if self.video or self.continues:
            return self.task
        if self.references:
            return "references"
        if self.last_frame:
            return "frames"
        return "image" if self.image else "text"


def frame_count(shot: Shot) -> int:
    """How many frames a clip of this shot has."""
    from ..timecode import frame_at

    return max(1, frame_at(Fraction(shot.duration), Fraction(shot.fps)))
