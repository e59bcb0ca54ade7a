"""Shooting: every scene of a storyboard becomes a clip, several at once, and the clips a timeline.

>>> shooting = shoot(storyboard, Path("/films"), Path("/tmp/clips"))
>>> film.render(shooting.timeline, shooting.settings, Path("film.mp4"))

This is the one place that waits for a provider: it hands shots in, asks how they stand, fetches what is
ready, and takes everything back when somebody asks to stop.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from .check import check, remarks
from .errors import BadInput, OutputError, ProviderError, StoryreelError
from .paths import inside
from .providers import provider as provider_of
from .providers.contract import Operation, Provider, Shot, State, Status, Take
from .scenes import Storyboard
from .settings import FilmSettings
from .shots import shots
from .timeline import AudioTrack, Timeline, TimelineClip
from .watch import Watch

__all__ = ["Shooting", "shoot", "shots", "take"]

POLL_SECONDS = 0.04
MUSIC_FADE = Fraction(3, 2)
"""Seconds over which the music ends with the film."""

OnScene = Callable[[int, Status], None]
"""Told the scene's number and how its shot stands, whenever that changes."""


class Shooting(NamedTuple):
    """What came of a storyboard."""

    timeline: Timeline
    settings: FilmSettings
    takes: tuple[Take, ...]
    """One per scene."""
    warnings: tuple[str, ...]
    """What was done differently from what is written, each with its scene."""

    def report(self) -> str:
        """The same for a person: a line per scene, and the warnings."""
        lines = [
            f"{number + 1}. {clip.title} · {float(clip.duration or 0):g} s · {clip.about['provider']} · "
            f"${clip.about['cost']:.2f}"
            for number, clip in enumerate(self.timeline.clips)
        ]
        return "\n".join([*lines, *(f"note: {warning}" for warning in self.warnings)])


def shoot(
    storyboard: Storyboard,
    folder: Path,
    clips: Path,
    watch: Watch | None = None,
    parallel: int | None = None,
    on_scene: OnScene | None = None,
) -> Shooting:
    """Shoots every scene; files are named from `folder`, clips are written into the folder `clips`.

    At most `parallel` scenes are shot at once; None is as many as there are processors, four at the most.
    Raises BadInput with every fault before anything is shot, ProviderError with every scene that failed after
    all others were shot, and Interrupted, having cancelled what was under way.
    """
    watch = watch or Watch()
    faults = check(storyboard, folder)
    if faults:
        raise BadInput("the storyboard can't be shot as it is", faults=faults)
    asked = shots(storyboard, folder)
    names = [storyboard.provider_of(number) for number in range(len(asked))]
    try:
        clips.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{clips} can't be made: {error.strerror}", "choose another folder") from None
    jobs = [
        _Job(number, shot, provider_of(name), clips / f"scene_{number + 1:03}.mp4")
        for number, (shot, name) in enumerate(zip(asked, names, strict=True))
    ]
    _run(jobs, watch, parallel or min(4, os.cpu_count() or 1), on_scene)
    failed = [job for job in jobs if job.error is not None]
    if failed:
        raise _failure(failed, len(jobs))
    takes = tuple(job.take for job in jobs if job.take is not None)
    return Shooting(
        _timeline(storyboard, folder, takes), storyboard.settings, takes, tuple(_warnings(storyboard, takes))
    )


def take(shot: Shot, provider: str, path: Path, watch: Watch | None = None) -> Take:
    """One shot, as `shoot` makes them; the clip is written to `path`."""
    made = provider_of(provider)
    faults = made.check(shot, made.capabilities()[0])
    if faults:
        raise BadInput("the shot can't be made as it is", faults=faults)
    job = _Job(0, shot, made, path)
    _run([job], watch or Watch(), 1, None)
    if job.error is not None:
        raise job.error
    assert job.take is not None
    return job.take


class _Job:
    """One scene on its way to a clip."""

    def __init__(self, number: int, shot: Shot, provider: Provider, path: Path) -> None:
        self.number = number
        self.shot = shot
        self.provider = provider
        self.path = path
        self.operation: Operation | None = None
        self.status = Status(State.QUEUED, 0.0)
        self.take: Take | None = None
        self.error: StoryreelError | None = None

    @property
    def over(self) -> bool:
        return self.take is not None or self.error is not None

    @property
    def done(self) -> float:
        """0 to 1."""
        return 1.0 if self.over else (self.status.progress or 0.0)

    def advance(self) -> bool:
        """Submits, polls or fetches, whichever is next; True if how it stands has changed."""
        before = self.status
        try:
            if self.operation is None:
                self.operation = self.provider.submit(self.shot, self.provider.capabilities()[0], "")
            self.status = self.provider.poll(self.operation)
            if self.status.state is State.FAILED:
                self.error = ProviderError(
                    self.status.message or f"{self.provider.name} failed and doesn't say why"
                )
            elif self.status.state is State.DONE:
                self.take = self.provider.fetch(self.operation, self.status, self.path)
        except StoryreelError as error:
            self.error = error
            self.status = Status(State.FAILED, None, str(error))
        return self.status != before

    def cancel(self) -> None:
        if self.operation is not None and not self.over:
            with suppress(StoryreelError):
                self.provider.cancel(self.operation)


def _run(jobs: Sequence[_Job], watch: Watch, parallel: int, on_scene: OnScene | None) -> None:
    waiting, under_way = list(jobs), list[_Job]()
    weight = float(sum(job.shot.duration for job in jobs))
    try:
        while waiting or under_way:
            watch.check()
            while waiting and len(under_way) < parallel:
                under_way.append(waiting.pop(0))
            changed = [job for job in under_way if job.advance()]
            for job in changed:
                if on_scene:
                    on_scene(job.number, job.status)
            if changed:
                done = sum(job.done * float(job.shot.duration) for job in jobs) / weight
                over = sum(job.over for job in jobs)
                watch.tell(done, f"shooting: {over} of {len(jobs)} scenes" if len(jobs) > 1 else "shooting")
            under_way = [job for job in under_way if not job.over]
            if under_way:
                time.sleep(POLL_SECONDS)
    finally:
        for job in under_way:
            job.cancel()


def _failure(failed: Sequence[_Job], count: int) -> StoryreelError:
    sentences = [f"scenes[{job.number}]: {job.error}" for job in failed]
    if len(failed) == 1:
        return ProviderError(sentences[0])
    return ProviderError(f"{len(failed)} of {count} scenes failed\n  " + "\n  ".join(sentences))


def _warnings(storyboard: Storyboard, takes: Sequence[Take]) -> list[str]:
    noted = [f"scenes[{number}].{note}" for number, made in enumerate(takes) for note in made.notes]
    return list(dict.fromkeys([*noted, *remarks(storyboard)]))


def _timeline(storyboard: Storyboard, folder: Path, takes: Sequence[Take]) -> Timeline:
    clips = []
    for number, (scene, made) in enumerate(zip(storyboard.scenes, takes, strict=True)):
        entrance = storyboard.entrance(number)
        clips.append(
            TimelineClip(
                path=str(made.path),
                duration=scene.duration,
                transition=entrance.transition,
                overlap=entrance.overlap,
                title=_title(storyboard, number),
                about={
                    "index": number,
                    "prompt": scene.prompt,
                    "provider": storyboard.provider_of(number),
                    "clip": str(made.path),
                    "cost": float(made.cost),
                    "notes": list(made.notes),
                },
            )
        )
    return Timeline(clips=tuple(clips), audio=_music(storyboard, folder), title=storyboard.title)


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
        path=str(inside(folder, storyboard.music)),
        gain_db=storyboard.music_gain_db,
        fit="loop",
        fade_out=min(MUSIC_FADE, storyboard.duration / 2),
    )
    return (track,)
