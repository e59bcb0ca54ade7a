"""A storyboard that was read and checked whole: what will be shot, how long it lasts, who makes it, what it costs."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple

from ...studio.errors import BadInput, Fault
from ...studio.timecode import frame_at

FREE = "animatic"

if TYPE_CHECKING:
    from ...studio.planning.estimate import Quote, Quoted
    from ...studio.planning.model_choice import Way
    from ...studio.planning.narrate import Spoken
    from ...studio.storyboard.model import Storyboard


class Row(NamedTuple):
    """One scene as it will stand in the film. Seconds on frame boundaries, dollars."""

    index: int
    start: Fraction
    end: Fraction
    frames: int
    transition: str
    prompt: str
    provider: str
    """The door of the one that is asked first; what is written, where nobody can make the scene."""
    model: str | None
    resolution: str | None
    """What a model is asked for; None of an animatic."""
    bought: Fraction | None
    """Seconds of clip that are paid for; None of an animatic."""
    cost: Decimal | None
    """What is still to be paid for it; None where nobody can make the scene."""
    ready: bool
    reused: bool
    """Whether its clip is there already."""
    cheaper: tuple[Way, ...] = ()
    sounds: Decimal = Decimal(0)
    """Of the cost, what its narration and its music take."""

    def to_plain(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "start": float(self.start),
            "end": float(self.end),
            "prompt": self.prompt,
            "provider": self.provider,
            "model": self.model,
            "resolution": self.resolution,
            "bought": None if self.bought is None else float(self.bought),
            "clip": None,
            "cost": None if self.cost is None else float(self.cost),
            "ready": self.ready,
            "reused": self.reused,
        }


@dataclass(frozen=True)
class Script:
    path: Path
    folder: Path
    """Where the files are that the storyboard names."""
    board: Storyboard
    warnings: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    """Those of the warnings that say that something asked for won't be there."""
    faults: tuple[Fault, ...] = ()
    """Of a dry run, which shows what it can beside them; without them it could be made."""
    faulty: frozenset[int] = field(default_factory=frozenset)
    """The scenes that they are in."""
    unready: tuple[str, ...] = ()
    """What doors still lack, a sentence each."""
    retakes: frozenset[int] = field(default_factory=frozenset)
    named: Callable[[str], str] = str
    """Says a sentence about its scenes in the words of the file: a narrated sequence has other places."""
    keys: bool = True
    """Whether only doors count whose keys are here."""
    elsewhere: bool = False
    """Whether a server makes it, with keys of its own."""

    @property
    def title(self) -> str:
        return self.board.title or self.path.stem

    @property
    def missing(self) -> list[str]:
        """Sentences on what isn't ready, and what comes of it; of a server nobody here knows."""
        if self.elsewhere:
            return []
        if not self.unready and any(not row.ready and row.cost is not None for row in self.rows):
            return [
                "no door is: auto would make animatics instead; `storyreel providers` shows what is missing"
            ]
        return list(self.unready)

    @property
    def frames(self) -> int:
        return frame_at(self.lasting.duration, self.board.settings.fps)

    @property
    def duration(self) -> Fraction:
        """Seconds, as many as the frames take."""
        return self.frames / self.board.settings.fps

    @property
    def cost(self) -> Decimal:
        """Dollars that are still to be paid; of the scenes that can be made."""
        return sum((row.cost or Decimal(0) for row in self.rows), Decimal(0))

    @cached_property
    def lasting(self) -> Storyboard:
        """With the lengths of the scenes that wait for their narration, as far as anybody knows them."""
        from ...studio.planning.narration import lengthened

        return lengthened(self.board, self._spoken.lengths)

    @property
    def waits(self) -> list[str]:
        """A sentence for each of those scenes."""
        from ...studio.planning.narrate import held_note

        lengths = self._spoken.lengths
        return [f"scenes[{each}].{held_note(self.board, each, lengths[each])}" for each in lengths]

    @cached_property
    def _spoken(self) -> Spoken:
        from ...studio.planning.narrate import spoken_here

        return spoken_here(self.board, self.folder)

    @cached_property
    def quote(self) -> Quote:
        from ...studio.planning.estimate import quote

        return quote(self.board, self.folder)

    @property
    def frames_cost(self) -> Decimal:
        """Dollars that are still to be paid for the frames that are described; of retakes all of them."""
        anew = sum((self._price(number, frames=True) for number in self.retakes), Decimal(0))
        kept = (scene.frames_cost for scene in self.quote.scenes if scene.index not in self.retakes)
        return anew + sum(kept, Decimal(0))

    def share(self, provider: str | None) -> Decimal:
        """Dollars that are still to be paid through one provider; None is all of them together."""
        return sum(
            (row.cost or Decimal(0) for row in self.rows if provider in (None, row.provider)), Decimal(0)
        )

    @cached_property
    def rows(self) -> list[Row]:
        fps = self.board.settings.fps
        quoted = {each.index: each for each in self.quote.scenes}
        rows, end = [], Fraction(0)
        for index, scene in enumerate(self.board.scenes):
            name, overlap = self.board.entrance(index)
            start = end - overlap if index else Fraction(0)
            end = start + self.lasting.scenes[index].duration
            first, last = frame_at(start, fps), frame_at(end, fps)
            times = (index, first / fps, last / fps, last - first, name, scene.prompt)
            known = None if index in self.faulty else quoted.get(index)
            sounds = known.sounds_cost if known else Decimal(0)
            rows.append(Row(*times, *self._asked(index, known), sounds=sounds))
        return rows

    def _asked(self, index: int, quoted: Quoted | None) -> tuple[Any, ...]:
        """A row's fields from `provider` on."""
        if quoted is None:
            return self.board.provider_of(index), self.board.model_of(index), None, None, None, False, False
        if self.keys and not quoted.ready:  # only `auto` comes here: it makes animatics then
            quoted = quoted._replace(provider=FREE, model=FREE, resolution="")
        if not quoted.resolution:
            return quoted.provider, quoted.model, None, None, quoted.sounds_cost, True, False
        cost, owned = quoted.cost, quoted.owned
        if owned and self._anew(index):
            cost, owned = self._price(index) + quoted.sounds_cost, False
        resolution, seconds = quoted.resolution, quoted.seconds
        made = quoted.provider, quoted.model, resolution, seconds, cost, quoted.ready, owned
        return *made, quoted.cheaper

    def _anew(self, index: int) -> bool:
        """Whether another take of the scene is wanted, or of one that it goes on from."""
        from ...studio.planning.shots import extends_previous

        goes_on = extends_previous(self.board, index) or self.board.continues_previous(index)
        return index in self.retakes or (goes_on and self._anew(index - 1))

    def _price(self, index: int, frames: bool = False) -> Decimal:
        """Of a scene's clip, or of its frames, as if nothing of it were there."""
        from ...studio.planning.model_choice import plan
        from ...studio.planning.steps import of_scene, steps

        wanted = [
            s for s in of_scene(steps(self.board, self.folder), index) if s.draws is frames and not s.sounds
        ]
        planned = [plan(step.wish, step.shot) for step in wanted]
        return sum((each.cost for each in planned if each), Decimal(0))

    def with_retakes(self, scenes: tuple[int, ...]) -> Script:
        """Other takes of these scenes are wanted. Raises BadInput for those that there aren't, and for animatics."""
        last = len(self.board.scenes) - 1
        faults = []
        for number in dict.fromkeys(scenes):
            if not 0 <= number <= last:
                message = (
                    f"the storyboard has scene 0 to {last}" if last else "the storyboard has only scene 0"
                )
                faults.append(Fault(f"--retake {number}", message))
            elif self.board.provider_of(number) == "animatic":
                faults.append(
                    Fault(f"--retake {number}", "it is an animatic, and those are always made anew")
                )
        if faults:
            raise BadInput("there is nothing to take again", faults=faults)
        return replace(self, retakes=frozenset(scenes))

    def taken_again(self) -> list[dict[str, Any]]:
        """What is about to be bought again: each scene's number, as `--retake` has it, its first words and dollars."""
        rows = self.rows
        return [
            {
                "scene": number,
                "prompt": shorten(self.board.scenes[number].prompt, 60, placeholder="…"),
                "cost": float(rows[number].cost or 0),
            }
            for number in sorted(self.retakes)
        ]

    def to_plain(self, film: Path) -> dict[str, Any]:
        """The result of a dry run: what `render` would make."""
        settings = self.board.settings
        error = None
        if self.faults:
            error = BadInput(f"{self.path.name} has {counted(self.faults)}", faults=self.faults)
        return {
            "ok": not self.faults,
            "dry_run": True,
            "film": {
                "path": str(film.resolve()),
                "duration": float(self.duration),
                "width": settings.width,
                "height": settings.height,
                "fps": float(settings.fps),
                "frames": self.frames,
            },
            "scenes": [row.to_plain() for row in self.rows],
            "cost": float(self.cost),
            "ready": not self.missing,
            "missing": self.missing,
            "warnings": [*self.warnings, *map(self.named, self.waits)],
            "error": error and error.to_plain(),
        }


def counted(faults: Sized) -> str:
    return f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
