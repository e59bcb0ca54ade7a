"""Assembly: the clips of a storyboard's scenes become the timeline of its film, with its transitions.

What is heard is soundtrack.py's.

A scene that has no clip is left out; the timeline's `about` says which, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import MediaError, StoryreelError
from ..media.probe import probe
from ..planning.shots import wish_of
from ..providers.capability import TALKING
from ..providers.contract import Take
from ..storyboard.model import Storyboard
from ..timeline.timeline import Timeline, TimelineClip

if TYPE_CHECKING:
    from ..media.color_match import Correction
    from ..planning.continuity import Made
    from ..planning.steps import Step
    from .run_steps import Making

HOLDS = Fraction(1)
SLIGHTLY = Fraction(1, 5)
"""Seconds that a clip may be too short without that being a loss: 141 frames are a usual six seconds."""
HOLDS_SHARE = Fraction(1, 4)
"""For how long the last frame of a clip that came too short stands still, at most: seconds, and of what is to be seen
of it. Services end up to an eighth of a second early, and some round to whole seconds; what lacks more isn't the clip
that was asked for."""


class Missing(NamedTuple):
    """A scene that has no clip, and why."""

    number: int
    error: StoryreelError


class Cut(NamedTuple):
    """A clip as the film shows it: a scene, or a part of one."""

    path: Path
    start: Fraction
    duration: Fraction
    color: Correction | None = None
    talks: bool = False
    """Somebody says something in it: it is seen to its end, however long that takes."""
    short: Fraction = Fraction(0)
    """By how much the file ends before what is to be seen of it: its last frame stands still for that long."""


def cuts(making: Making) -> dict[int, list[Cut]]:
    """The clips of each scene, in order. Raises MediaError where colours can't be matched."""
    from ..planning.continuity import grade

    matched = {feed.step for step in making.wanted for feed in step.feeds if feed.colors is not None}
    found: dict[int, list[Cut]] = {}
    for step in making.wanted:
        made = making.made.get(step.number)
        if step.what != "clip" or made is None:
            continue
        first = making.made.get(step.chain)
        keeps = (step.number in matched or step.chain != step.number) and first is not None
        color = grade(made, first) if keeps and first is not None else None
        talks = step.shot.mode in TALKING
        shows = probe(made.path).duration if talks else step.shows
        short = Fraction(0) if talks else lacking(made, making.board.settings.fps)
        found.setdefault(step.scene, []).append(Cut(made.path, made.start, shows, color, talks, short))
    return found


def lacking(made: Made, fps: Fraction) -> Fraction:
    """By how many seconds a clip ends before what is to be seen of it; 0 where that is less than a frame."""
    info = probe(made.path)
    short = made.shows - (info.duration - made.start)
    return short if short > max(1 / fps, 1 / info.fps / 2) else Fraction(0)


def too_short(making: Making) -> Iterator[Missing]:
    """The scenes whose clips lack more than may stand still."""
    told: set[int] = set()
    for step in making.wanted:
        made = making.made.get(step.number)
        if step.what != "clip" or made is None or step.shot.mode in TALKING or step.scene in told:
            continue
        short = lacking(made, making.board.settings.fps)
        if short <= min(HOLDS, made.shows * HOLDS_SHARE):
            continue
        told.add(step.scene)
        there = max(Fraction(0), made.shows - short)
        message = (
            f"its clip has {float(there):.4g} s of the {float(made.shows):.4g} s that are to be seen of it"
        )
        shorter = "" if there < 1 or step.part else f"make the scene {float(there):.4g} s long or shorter, "
        again = f"buy another take with --retake {step.scene}, "
        yield Missing(
            step.scene, MediaError(message, f"{shorter}{again}or leave the scene out with --allow-gaps")
        )


def lengths_noted(
    storyboard: Storyboard, made: Mapping[int, Take], shown: Mapping[int, Sequence[Cut]]
) -> dict[int, Take]:
    """The takes, with a note where a scene lasts longer or shorter than is written: one in which somebody talks is over
    when all is said."""
    frame = 1 / storyboard.settings.fps
    noted = dict(made)
    for number, parts in shown.items():
        if number not in made:
            continue
        if short := [part.short for part in parts if part.short]:
            words = " and ".join(f"{float(each):.2g} s" for each in short)
            loss = f"duration: the clip is {words} too short; its last frame stands still for that long, in silence"
            take = noted[number]
            if max(short) < SLIGHTLY:
                noted[number] = take._replace(notes=(*take.notes, loss))
            else:
                losses = [*take.details.get("losses", ()), loss]
                noted[number] = take._replace(details={**take.details, "losses": losses})
        wanted, lasts = storyboard.scenes[number].duration, parts[-1].duration
        if parts[-1].talks and abs(wanted - lasts) > frame:
            words = f"what is said takes {float(lasts):.3g} s, and the scene lasts as long"
            note = f"duration: {words} instead of {float(wanted):g} s"
            noted[number] = noted[number]._replace(notes=(*noted[number].notes, note))
    return noted


def assembled(
    storyboard: Storyboard,
    folder: Path,
    made: Mapping[int, Take],
    shown: Mapping[int, Sequence[Cut]],
    missing: Sequence[Missing],
) -> Timeline:
    """The timeline of the scenes that were `made`, by their numbers, of which the clips in `shown` are seen."""
    clips: list[TimelineClip] = []
    talked = False
    for number, take in made.items():
        scene, entrance = storyboard.scenes[number], storyboard.entrance(number)
        first = not clips and entrance.transition != "fade"
        parts = shown[number]
        # An animatic's clip has whole frames; where the scene ends is the film's to say.
        lengths = [cut.duration for cut in parts[:-1]]
        lengths.append(parts[-1].duration if parts[-1].talks else scene.duration - sum(lengths, Fraction(0)))
        overlap = entrance.overlap
        if parts[-1].talks or (clips and talked):  # how long that would be, nobody knew
            before = clips[-1].duration or overlap if clips else overlap
            overlap = min(overlap, lengths[0] / 2, before / 2)
        talked = parts[-1].talks
        for part, (cut, length) in enumerate(zip(parts, lengths, strict=True)):
            hard = first or part > 0
            clips.append(
                TimelineClip(
                    path=str(cut.path),
                    start=cut.start,
                    duration=length,
                    transition="none" if hard else entrance.transition,
                    overlap=Fraction(0) if hard else overlap,
                    color=cut.color,
                    goes_on=part > 0,
                    generated=True,
                    hold=Fraction(0) if cut.talks else max(Fraction(0), length - cut.duration + cut.short),
                    title="" if part else _title(storyboard, number),
                    about={} if part else _about(storyboard, number, take),
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
    return Timeline(clips=tuple(clips), title=storyboard.title, about=about)


def _about(storyboard: Storyboard, number: int, take: Take) -> dict[str, Any]:
    """What the scene's marker carries along; its frames and its parts where it has any."""
    frames, parts = take.details.get("keyframes"), take.details.get("clips") or ()
    more = {"keyframes": frames} if frames else {}
    more |= {"clips": parts} if len(parts) > 1 else {}
    return more | {
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


def keyframe(step: Step, take: Take) -> dict[str, Any]:
    """What a marker tells of a frame that was drawn."""
    return {
        "what": step.what,
        "picture": str(kept_at(take)),
        "provider": take.details.get("provider"),
        "model": take.details.get("model"),
        "cost": float(take.cost),
        "reused": bool(take.details.get("reused")),
    }


def kept_at(take: Take) -> Path:
    """Where something that was bought is kept for good."""
    from ..store.vault import Vault

    return Vault().path(take.details["key"])


def _title(storyboard: Storyboard, number: int, longest: int = 80) -> str:
    """The chapter's name: the prompt on one line, not too long."""
    text = " ".join(storyboard.scenes[number].prompt.split()) or f"Scene {number + 1}"
    if len(text) <= longest:
        return text
    whole_words, _, _ = text[:longest].rpartition(" ")
    return (whole_words or text[: longest - 1]).rstrip(" ,.;:-–—") + "…"
