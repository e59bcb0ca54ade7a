"""The narrations and pieces of music of a storyboard, as its steps have made them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import BadInput, Fault, MediaError, ProviderError, StoryreelError
from ..planning.narrate import fitted, heard, held_note, spoken_here, waiting
from ..planning.narration import narrated
from ..storyboard.model import Storyboard
from .soundtrack import Sound

if TYPE_CHECKING:
    from .run_steps import Making


class NarrationResult(NamedTuple):
    """What came of all narrations and pieces of music, by scene."""

    sound: Sound
    lengths: Mapping[int, Fraction]
    """As in Spoken."""
    notes: Mapping[int, tuple[str, ...]]
    errors: Mapping[int, StoryreelError]
    """Why some weren't made."""
    losses: Mapping[int, tuple[str, ...]]
    """The same, as the film's report says it."""


def heard_of(making: Making, storyboard: Storyboard, folder: Path) -> NarrationResult:
    """What the steps have made that are voices and music, and what is said on this machine. Raises BadInput."""
    here = spoken_here(storyboard, folder)
    if here.faults:
        raise BadInput("the storyboard can't be shot as it is", faults=here.faults)
    speeches = dict(here.speeches)
    lines = {told.scene: told for told in narrated(storyboard, folder)}
    music: dict[int, Path] = {}
    errors: dict[int, StoryreelError] = {}
    losses: dict[int, tuple[str, ...]] = {}
    for step in making.wanted:
        if not step.sounds:
            continue
        take, error = making.take_of(step), making.error_of(step)
        if take is not None and step.what == "music":
            music[step.scene] = take.path
        elif take is not None:
            told = lines[step.scene]
            try:
                speeches[step.scene] = fitted(storyboard, told, heard(take.path, told.line))
            except BadInput as wrong:
                fault = wrong.faults[0] if wrong.faults else Fault("", wrong.message, wrong.hint)
                error = ProviderError(f"what is said {fault.message}", fault.cure)
            except MediaError as wrong:
                error = wrong
        if error is not None:
            errors.setdefault(step.scene, error)
            lost = "narration: it wasn't said" if step.what == "narration" else "music_mood: it wasn't made"
            losses[step.scene] = (*losses.get(step.scene, ()), f"{lost}: {error.message}")
    lengths = waiting(storyboard, speeches)
    notes = {number: (held_note(storyboard, number, lasts),) for number, lasts in lengths.items()}
    return NarrationResult(Sound(speeches, music), lengths, notes, errors, losses)
