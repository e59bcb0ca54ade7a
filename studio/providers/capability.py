"""Capabilities: what a model can do through a door, and what it costs. Data, read by checks, estimates, failover,
widgets and docs alike; nothing repeats it.

The cloud's rows are in catalogue/<door>.json, each with the day it was read, where, and what of it nobody could verify.

    from storyreel.studio.providers.contract import Shot
    veo = next(row for row in catalogue("vertex") if row.id == "veo-3.1")
    estimate(Shot(prompt="rain", duration=5, width=1280, height=720, fps=24, resolution="720p"), veo)
    # Estimate(cost=Decimal('2.40'), why='6 s at $0.40')
"""

from __future__ import annotations

import json
import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from ..errors import MediaError
from ..timecode import Exact

if TYPE_CHECKING:
    from ..media.probe import ClipInfo
    from .shot import Shot

MODES = {
    "text": "words alone",
    "image": "a first frame",
    "frames": "a first and a last frame",
    "references": "reference pictures",
    "extend": "a clip to go on from",
    "edit": "a clip to change",
    "avatar": "an avatar and what it says",
    "portrait": "a picture of someone and what they say",
    "picture": "words and reference pictures",
    "speech": "words that are said",
    "music": "the words for a music",
}
"""What a shot is made from, and how a sentence says it. The last three make a still picture and sounds, the others
clips."""

TALKING = ("avatar", "portrait")
SOUNDS = ("speech", "music")


def made_by(mode: str) -> str:
    """What comes of a mode: a clip, a picture, speech or music."""
    return mode if mode in ("picture", *SOUNDS) else "clip"


_A_FRAME = Fraction(1, 24)
NOTICE = 60
"""Days before a model's end in which those who name it are warned."""


def utc_today() -> date:
    return datetime.now(timezone.utc).date()


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mode(Data):
    """One way of asking a model."""

    durations: tuple[Exact, ...] = ()
    """The lengths it makes, seconds, ascending; empty: any from `shortest` to `longest`. Of `extend`, what it adds."""
    shortest: Exact = Fraction(0)
    longest: Exact = Fraction(0)
    resolutions: tuple[str, ...] = ()
    """Empty: any size up to the capability's max_width and max_height."""
    ratios: tuple[str, ...] = ()
    """Empty: the frame's shape is the input's, or any."""
    references: int = 0
    """The most reference pictures."""
    needs_references: int = 0
    """The fewest."""
    source_shortest: Exact = Fraction(0)
    source_longest: Exact = Fraction(0)
    """How long the clip may be that is extended or changed, seconds."""
    source_fps: Exact | None = None
    """The most frames per second that it may have."""
    result_longest: Exact | None = None
    """How long an extended clip may get."""
    needs_prompt: bool = True
    as_source: bool = False
    """The clip gets as long as the one that is changed, in whole seconds, however much of it the scene shows."""
    from_speech: bool = False
    """It gets as long as what is said takes."""
    voices: tuple[str, ...] = ()
    """Who can say it, by the door's own names."""
    languages: tuple[str, ...] = ()
    """What can be said, by the first part of BCP 47's tags; empty: in any that the voices know."""
    longest_script: int = 0
    """Characters that are said at once, of a mode that says something."""
    slowest: float = 1.0
    fastest: float = 1.0
    """How fast it can be said, times the usual; where both are 1, only as the voice does."""
    directed: bool = False
    """Whether the voice listens to words on how it is said: the shot's style."""
    frames: int = 0
    """So many come at a time, whatever their rate: the clip gets as long as they last, and a longer one goes on from
    its last frame with as many."""


class Only(Data):
    """Some resolutions or modes go with some lengths only."""

    resolutions: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    durations: tuple[Exact, ...]


class Capability(Data):
    """What one model does through one door. Lengths in seconds, prices in dollars for a second of clip or of speech,
    for a picture, or for a piece of music."""

    provider: str
    model: str
    """Our name of it, the same through every door."""
    id: str
    """The door's own name of it."""
    title: str
    rank: int = 1000
    """Whom `auto` prefers: the lower first. A model has the same at every door."""
    keeps: bool = True
    """Whether the service keeps what it has made; else it comes with the answer, or never."""
    own: bool = True
    """Whether the door's own people made the model; else they pass on another's."""
    finds: bool = True
    """Whether a job of it can be looked up by our own id, at a door that can do that at all."""
    ends: date | None = None
    """The earliest day on which it may be taken away, where its maker names one; from then on `auto` leaves it."""
    successor: str = ""
    """The model, by our name, that its maker names in its place; empty where there is none here."""
    modes: dict[str, Mode]
    only: tuple[Only, ...] = ()
    prices: dict[str, Decimal] = {}
    """By resolution; a row with one price for all has it under ""."""
    silent_prices: dict[str, Decimal] = {}
    """Those of clips without sound, where they cost less."""
    picture_price: Decimal = Decimal(0)
    """Dollars more for each picture that a clip is made from."""
    least_price: Decimal = Decimal(0)
    """Dollars that every clip costs at least."""
    character_price: Decimal = Decimal(0)
    """Dollars for a million characters that are said; then seconds cost nothing."""
    token_prices: dict[str, Decimal] = {}
    """Dollars for a million output tokens of a modality, where the door tells how many it made."""
    sizes: dict[str, dict[str, str]] = {}
    """How the door writes a resolution and a ratio: {"720p": {"16:9": "1280:720"}}. Empty where it takes both as
    they are."""
    wire: dict[str, Any] = {}
    """What else its door has to know to ask for it; each door's file says what."""
    audio: Literal["always", "switch", "never"]
    negative_prompt: bool = False
    """Whether there is a field for it; else it is said in the prompt."""
    seed: bool = True
    longest_prompt: int | None = None
    """In UTF-16 units, as JavaScript counts characters."""
    fps: Exact = Fraction(24)
    max_width: int = 0
    max_height: int = 0
    max_fps: Exact = Fraction(0)
    poll_seconds: float = 5.0
    concurrent: int = 5
    submits_per_minute: int = 30
    kept_hours: float | None = None
    """How long the service keeps a finished clip; None where it is handed over with the answer, or nobody says."""
    read: str = ""
    """The day the row was read from its sources."""
    source: str = ""
    unverified: tuple[str, ...] = ()
    """What of it nobody could check."""

    @property
    def free(self) -> bool:
        return not (any(self.prices.values()) or self.character_price)

    def ended(self, today: date | None = None) -> bool:
        """Whether its day has come."""
        return self.ends is not None and self.ends <= (today or utc_today())

    def ending(self, today: date | None = None, within: int = NOTICE) -> str:
        """When it ends, in words, if that is within so many days; else nothing.

        >>> from datetime import date
        >>> voice = next(row for row in rows("openai") if row.model == "tts-1")
        >>> voice.ending(date(2026, 12, 24))
        'tts-1 through openai may be taken away from 2027-01-06 on'
        >>> voice.ending(date(2026, 6, 1))
        ''
        """
        day = today or utc_today()
        if self.ends is None or self.ends > day + timedelta(days=within):
            return ""
        then = f": use {self.successor}" if self.successor else ""
        if self.ended(day):
            return f"{self.name} may have been taken away on {self.ends}{then}"
        return f"{self.name} may be taken away from {self.ends} on{then}"

    @property
    def name(self) -> str:
        return self.model if self.model == self.provider else f"{self.model} through {self.provider}"


@cache
def rows(provider: str) -> tuple[Capability, ...]:
    """Those of one door, in the order of its file."""
    return tuple(Capability.model_validate(row) for row in file_of(provider).get("capabilities", ()))


def file_of(provider: str) -> dict[str, Any]:
    """A provider's file; nothing of one that makes what it makes on this machine, and costs nothing."""
    path = Path(__file__).with_name("catalogue") / f"{provider}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def bought(shot: Shot, can: Capability) -> Fraction | None:
    """Seconds that are made and paid for: the shortest that are long enough. None if none are. Of a music the longest,
    if more is wanted: it is repeated."""
    mode = can.modes.get(shot.mode)
    wanted = Fraction(shot.duration)
    if mode is None:
        return None
    if shot.makes == "music":
        wanted = min(wanted, max(mode.durations, default=mode.longest))
    if mode.from_speech:
        from .speech_length import seconds_of_speech

        said = seconds_of_speech(shot)
        return said if said is not None and mode.shortest <= said <= mode.longest else None
    if mode.frames:
        from .svd.options import length_of, rate_of

        return length_of(wanted, mode.frames, rate_of(shot)) if wanted <= mode.longest else None
    if mode.as_source and shot.video:
        source = source_of(shot.video)
        if source is not None:
            return Fraction(math.ceil(source.duration)) if source.duration >= wanted - _A_FRAME else None
    if mode.durations:
        return next((length for length in sorted(mode.durations) if length >= wanted), None)
    return max(wanted, mode.shortest) if wanted <= mode.longest else None


def script(shot: Shot) -> str:
    """What is said, as it is sent."""
    return shot.script.strip()


def phrase(shot: Shot, can: Capability) -> str:
    """The prompt as it is sent: with camera, style and sound, and what is unwanted where there is no field for it."""
    parts = [shot.prompt.strip()]
    for label, text in (
        ("Camera", shot.camera or shot.clip_action),
        ("Style", shot.style),
        ("Sound", shot.sound if shot.audio is not False and can.audio != "never" else ""),
        ("Avoid", "" if can.negative_prompt else shot.negative_prompt),
    ):
        if text.strip():
            parts.append(f"{label}: {text.strip()}")
    return "\n".join(part for part in parts if part)


def source_of(name: str) -> ClipInfo | None:
    """What a clip is that is extended or changed; None where that can't be told, which is said elsewhere."""
    try:
        stat = Path(name).stat()
        return _probed(name, stat.st_mtime_ns, stat.st_size)
    except (OSError, MediaError):
        return None


@lru_cache(maxsize=1000)
def _probed(name: str, _changed: int, _length: int) -> ClipInfo:
    from ..media.probe import probe

    return probe(name)
