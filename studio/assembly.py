"""Assembly: the clips of a storyboard's scenes become the timeline of its film, with its transitions and its music.

A scene that has no clip is left out; the timeline's `about` says which, and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from .errors import StoryreelError
from .providers.contract import Take
from .scenes import Storyboard
from .shots import path_of, wish_of
from .timeline import AudioTrack, Timeline, TimelineClip

MUSIC_FADE = Fraction(3, 2)
"""Seconds over which the music ends with the film."""


class Missing(NamedTuple):
    """A scene that has no clip, and why."""

    number: int
    error: StoryreelError


def assembled(
    storyboard: Storyboard, folder: Path, made: Mapping[int, Take], missing: Sequence[Missing]
) -> Timeline:
    """The timeline of the scenes that were `made`, by their numbers."""
    clips = []
    for number, take in made.items():
        scene, entrance = storyboard.scenes[number], storyboard.entrance(number)
        first = not clips and entrance.transition != "fade"
        clips.append(
            TimelineClip(
                path=str(take.path),
                start=Fraction(str(take.details.get("source_seconds") or 0)),
                duration=scene.duration,
                transition="none" if first else entrance.transition,
                overlap=Fraction(0) if first else entrance.overlap,
                title=_title(storyboard, number),
                about=_about(storyboard, number, take),
            )
        )
    about: dict[str, Any] = {}
    if missing:
        about["missing"] = [
            {
                "index": scene.number,
                "prompt": storyboard.scenes[scene.number].prompt,
                "provider": storyboard.provider_of(scene.number),
                "model": wish_of(storyboard, scene.number).named_model,
                "error": scene.error.to_plain(),
            }
            for scene in missing
        ]
    return Timeline(clips=tuple(clips), audio=_music(storyboard, folder), title=storyboard.title, about=about)


def _about(storyboard: Storyboard, number: int, take: Take) -> dict[str, Any]:
    """What the scene's marker carries along."""
    return {
        "index": number,
        "prompt": storyboard.scenes[number].prompt,
        "provider": take.details.get("provider", storyboard.provider_of(number)),
        "model": take.details.get("model"),
        "clip": str(take.path),
        "cost": float(take.cost),
        "reused": take.details.get("reused", False),
        "key": take.details.get("key"),
        "attempt": take.details.get("attempt"),
        "notes": list(take.notes),
        "losses": list(take.details.get("losses", ())),
    }


def _title(storyboard: Storyboard, number: int, longest: int = 80) -> str:
    """The chapter's name: the prompt on one line, not too long."""
    text = " ".join(storyboard.scenes[number].prompt.split()) or f"Scene {number + 1}"
    if len(text) <= longest:
        return text
    whole_words, _, _ = text[:longest].rpartition(" ")
    return (whole_words or text[: longest - 1]).rstrip(" ,.;:-–—") + "…"


def _music(storyboard: Storyboard, folder: Path) -> tuple[AudioTrack, ...]:
    if not storyboard.music:
        return ()
    track = AudioTrack(
        path=path_of(storyboard.music, folder) or storyboard.music,
        gain_db=storyboard.music_gain_db,
        fit="loop",
        fade_out=min(MUSIC_FADE, storyboard.duration / 2),
    )
    return (track,)
