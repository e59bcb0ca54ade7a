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

from ..timecode import Exact

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
    hold: Exact = Fraction(0)
    """For how long, at its end, the last frame shown stands still; a part of its duration: the clip plays for the
    rest of it."""
    gain_db: float = 0.0
    """Of its own sound."""
    muted: bool = False
    """Whether its own sound isn't heard."""
    ducks: bool = False
    """Whether its own sound gives way while somebody narrates."""
    generated: bool = False
    """Whether a model made it: then its colours are bt709 where the file doesn't say which they are."""
    title: str = ""
    """The scene marker's and the chapter's text; a clip without one makes no chapter."""
    about: dict[str, Any] = {}
    """What the marker carries along: provider, cost, prompt, clip …"""


class AudioTrack(BaseModel):
    """A sound laid over the film. `start` and `end` are film seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    start: Exact = Fraction(0)
    end: Exact | None = None
    """When it is over at the latest; None is the film's end."""
    role: Literal["music", "narration", "effects"] = "music"
    """Narration is what the others give way to."""
    source_start: Exact = Fraction(0)
    """The in point: the second of its file with which it begins. `source_end` is the out point, None the file's end."""
    source_end: Exact | None = None
    gain_db: float = 0.0
    pan: float = 0.0
    """-1 is left, 0 the middle, 1 right."""
    fit: Literal["trim", "loop"] = "trim"
    """A sound shorter than its time ends in silence (trim) or starts again (loop); a longer one is cut."""
    loop_start: Exact = Fraction(0)
    """Where in the file it starts again: on a bar line. It does so when it has reached `source_end`."""
    fade_in: Exact = Fraction(0)
    fade_out: Exact = Fraction(0)
    """Seconds over which the sound falls to silence before it (or the film) ends."""
    ducks: bool = False
    """Whether it gives way while somebody narrates."""
    replace: bool = False
    """True silences the clips' own sound."""


class Word(BaseModel):
    """A word that is said, as it is written. Seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    start: float
    end: float


class Caption(BaseModel):
    """What is read while it is said: one or two lines. Film seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    """Its lines, divided by a line break."""
    start: float
    end: float
    words: tuple[Word, ...] = ()


class CaptionLook(BaseModel):
    """How captions are burned into the picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    style: Literal["plain", "box", "word"] = "plain"
    """White with an outline; on a dark box; the word that is said stands out."""
    position: Literal["bottom", "middle", "top"] = "bottom"
    platform: str = ""
    """A name of platforms.PLATFORMS, whose buttons they keep clear of; none: a tenth of the frame on every side."""
    size: float = 1.0
    """Times the usual."""
    font: str | None = None
    """A font's file; None is the bundled one."""


class Timeline(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    clips: tuple[TimelineClip, ...]
    audio: tuple[AudioTrack, ...] = ()
    captions: tuple[Caption, ...] = ()
    """They go beside the film as SRT and VTT, and into it as a subtitle track."""
    caption_language: str = ""
    """As BCP 47 has it: en, de-AT; what the subtitle track says of itself."""
    caption_track: bool = True
    """Whether they go beside it and into it as said; False: they are burned in only."""
    caption_look: CaptionLook | None = None
    """How they are burned in as well; None: they aren't."""
    loudness: float | None = None
    """LUFS to which the whole sound is brought, its true peak below -1 dBTP; None leaves it as it is mixed."""
    title: str = ""
    about: dict[str, Any] = {}
    """What the film's report carries along: scenes that are missing, what was spent …"""

    def to_plain(self) -> dict[str, Any]:
        """JSON data: what travels between nodes."""
        return self.model_dump(mode="json")

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Timeline:
        return cls.model_validate(plain)
