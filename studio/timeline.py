"""The timeline: which clips follow each other, how each comes in, and what sounds over them. Plain values.

A timeline says what is wanted; `plan` (plan.py) works out the frames, `render` (film.py) makes the film.

>>> timeline = Timeline(clips=(TimelineClip(path="a.mp4"), TimelineClip(path="b.mp4", transition="wipe", overlap=1)))
>>> Timeline.from_plain(timeline.to_plain()) == timeline
True
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from .timecode import Exact

TRANSITION_NAMES = ("none", "fade", "crossfade", "wipe", "slide", "zoom", "dissolve")
"""How a clip may come in; transitions.py says what each does to the pixels."""


class TimelineClip(BaseModel):
    """One clip as it stands in the film. All times are seconds, kept as exact fractions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    start: Exact = Fraction(0)
    """Where in the clip's file the part shown begins."""
    duration: Exact | None = None
    """Time on screen, overlaps included; None is to the end of the file."""
    transition: str = "none"
    """How it comes in. On the first clip only `fade` shows: it rises from black."""
    overlap: Exact = Fraction(0)
    """How long the transition takes; the clip starts that much before the clip before it ends."""
    crop: tuple[int, int, int, int] | None = None
    """x, y, width, height in pixels of the upright source; None is the whole picture."""
    color: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    """What becomes of Y, Cb and Cr by its last frame, gains and offsets (color.Correction); less of it the earlier a
    frame is, and nothing of it at the first."""
    evenly: bool = False
    """Whether that is done to all its frames alike."""
    goes_on: bool = False
    """Whether it is one scene with the clip before it."""
    title: str = ""
    """The scene marker's and the chapter's text; a clip without one makes no chapter."""
    about: dict[str, Any] = {}
    """What the marker carries along: provider, cost, prompt, clip …"""


class AudioTrack(BaseModel):
    """A sound laid over the film. Times are film seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    start: Exact = Fraction(0)
    gain_db: float = 0.0
    fit: Literal["trim", "loop"] = "trim"
    """A sound shorter than the film ends in silence (trim) or starts again (loop); a longer one is cut."""
    fade_out: Exact = Fraction(0)
    """Seconds over which the sound falls to silence before the film (or the sound) ends."""
    replace: bool = False
    """True silences the clips' own sound."""


class Timeline(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    clips: tuple[TimelineClip, ...]
    audio: tuple[AudioTrack, ...] = ()
    title: str = ""
    about: dict[str, Any] = {}
    """What the film's report carries along: scenes that are missing, what was spent …"""

    def to_plain(self) -> dict[str, Any]:
        """JSON data: what travels between nodes."""
        return self.model_dump(mode="json")

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Timeline:
        return cls.model_validate(plain)
