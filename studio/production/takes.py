"""What each scene came to: one take of all its steps, why it has none, and what was done differently from what is
written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ..errors import OutputError, OverBudget, ProviderError, StillRunning, StoryreelError, UnknownOutcome
from ..planning.steps import Step
from ..planning.validate import remarks
from ..providers.contract import Take
from ..storyboard.model import Storyboard
from .assemble import Missing, keyframe
from .run_steps import counted_once

if TYPE_CHECKING:
    from .narrate import NarrationResult
    from .run_steps import Making


def missing(making: Making) -> Iterator[Missing]:
    """The scenes without a clip, each with the first thing that went wrong."""
    told: set[int] = set()
    for step in making.wanted:
        error = making.error_of(step)
        if step.what == "clip" and error is not None and step.scene not in told:
            told.add(step.scene)
            yield Missing(step.scene, error)


def takes(making: Making, without: Collection[int]) -> dict[int, Take]:
    """What each scene came to, keyframes and parts and all."""
    found = [(s.number, take) for s in making.wanted if (take := making.take_of(s)) is not None]
    once = counted_once(found)
    made: dict[int, Take] = {}
    for step in making.wanted:
        if step.scene in without or step.number not in once:
            continue
        take = once[step.number]
        made[step.scene] = _together(made.get(step.scene), take, step)
    for number, losses in making.losses.items():
        if number in made:
            details = made[number].details
            more = [*details.get("losses", ()), *losses]
            made[number] = made[number]._replace(details={**details, "losses": more})
    return {number: made[number] for number in sorted(made)}


def sounds_noted(made: Mapping[int, Take], sound: NarrationResult) -> dict[int, Take]:
    """The takes, with a note where a scene waits for its narration, and a loss where it has none."""
    noted = dict(made)
    for number, take in made.items():
        details = take.details
        if number in sound.losses:
            details = {**details, "losses": [*details.get("losses", ()), *sound.losses[number]]}
        notes = (*take.notes, *sound.notes.get(number, ()))
        noted[number] = take._replace(notes=notes, details=details)
    return noted


def warnings(storyboard: Storyboard, made: Mapping[int, Take]) -> list[str]:
    noted = [
        f"scenes[{number}].{note}"
        for number, take in made.items()
        for note in (*take.notes, *take.details.get("losses", ()))
    ]
    return list(dict.fromkeys([*noted, *remarks(storyboard)]))


def failure(missing: Sequence[Missing], count: int) -> StoryreelError:
    """One error for all that failed, of the kind that asks most of its reader."""
    sentences = [f"scenes[{scene.number}]: {scene.error}" for scene in missing]
    kinds = [UnknownOutcome, StillRunning, OverBudget, type(missing[0].error), ProviderError]
    kind = next(kind for kind in kinds if any(isinstance(scene.error, kind) for scene in missing))
    if (
        not issubclass(kind, (ProviderError, OverBudget, OutputError))
        or kind.__init__ is not StoryreelError.__init__
    ):
        kind = ProviderError
    if len(missing) == 1:
        return kind(f"scenes[{missing[0].number}]: {missing[0].error.message}", missing[0].error.hint)
    return kind(f"{len(missing)} of {count} scenes failed\n  " + "\n  ".join(sentences))


def _together(so_far: Take | None, take: Take, step: Step) -> Take:
    """A scene's take with one more of its steps."""
    frames = [] if so_far is None else so_far.details["keyframes"]
    parts = [] if so_far is None else so_far.details["clips"]
    cost = take.cost + (so_far.cost if so_far else 0)
    notes = tuple(dict.fromkeys([*(so_far.notes if so_far else ()), *take.notes]))
    losses = [*(so_far.details.get("losses", ()) if so_far else ()), *take.details.get("losses", ())]
    if step.draws:
        frames = [*frames, keyframe(step, take)]
    elif step.what == "clip":
        parts = [*parts, str(take.path)]
    first = step.what == "clip" and step.part == 0
    main = take if so_far is None or first else so_far
    reused = bool(take.details.get("reused")) and (so_far is None or bool(so_far.details.get("reused")))
    details = {**main.details, "keyframes": frames, "clips": parts, "losses": losses, "reused": reused}
    return main._replace(cost=Decimal(cost), notes=notes, details=details)
