"""Telling: what the narrations of a storyboard come to, and how long its scenes last with them.

They are said before a clip is made: how long that takes decides how long a scene is, and what goes wrong has cost
little by then.

    spoken_here(storyboard, Path("/films")).lengths
    # {2: Fraction(31, 6)}
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import BadInput, Fault, MediaError, StoryreelError
from ..storyboard.model import Storyboard
from ..voices import Line, Speech
from .narration import FASTEST, Narrated, held, hurry, narrated, too_long

if TYPE_CHECKING:
    pass


class Spoken(NamedTuple):
    """What is known of the narrations that cost nothing, by scene."""

    speeches: Mapping[int, Speech]
    lengths: Mapping[int, Fraction]
    """As `waiting` has them."""
    faults: tuple[Fault, ...]


def spoken_here(storyboard: Storyboard, folder: Path) -> Spoken:
    """Says what the built-in voice says, which takes a moment and is kept. What is lacking for it isn't a fault: the
    film is made without, and says so."""
    speeches: dict[int, Speech] = {}
    faults: list[Fault] = []
    here = [told for told in narrated(storyboard, folder) if told.wish is None]
    silent = bool(here and lacking())
    with ThreadPoolExecutor(os.cpu_count()) as several:  # each says one line in a process of its own
        wanted = [told for told in here if told.recording or not silent]
        for told, result in zip(wanted, several.map(partial(_tried, storyboard), wanted), strict=True):
            if isinstance(result, Speech):
                speeches[told.scene] = result
            else:
                faults += result
    return Spoken(speeches, waiting(storyboard, speeches), tuple(faults))


def waiting(storyboard: Storyboard, speeches: Mapping[int, Speech]) -> dict[int, Fraction]:
    """How long the scenes last that wait for their narrations."""
    lasts = {number: held(storyboard, number, speech.seconds) for number, speech in speeches.items()}
    return {number: each for number, each in lasts.items() if each != storyboard.scenes[number].duration}


def _tried(storyboard: Storyboard, told: Narrated) -> Speech | Sequence[Fault]:
    try:
        return fitted(storyboard, told, said_here(told))
    except StoryreelError as error:
        faults = error.faults if isinstance(error, BadInput) else ()
        return faults or [Fault(f"scenes[{told.scene}].narration", error.message, error.hint)]


def held_note(storyboard: Storyboard, number: int, lasts: Fraction) -> str:
    """What is said of a scene that lasts longer than is written."""
    planned = storyboard.scenes[number].duration
    return f"duration: it waits for its narration, {float(lasts):.3g} s instead of {float(planned):.3g} s"


def lacking() -> list[str]:
    """What is missing before anything can be said on this machine, a sentence each."""
    from ..voices import missing

    return missing()


def said_here(told: Narrated) -> Speech:
    """A narration in the built-in voice, or as it was recorded. Raises BadInput, MediaError, OutputError."""
    from ..voices import speak

    return heard(Path(told.recording), told.line) if told.recording else speak(told.line)


def heard(path: Path, line: Line) -> Speech:
    """A line in a sound file: where it begins and ends, and its words' times as far as they can be heard. A file is
    listened to once, as long as it stays as it is.

    Raises MediaError.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise MediaError(f"{path.name} can't be read: {error.strerror}", "give another file") from None
    return _heard(path, line, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1000)
def _heard(path: Path, line: Line, _changed: int, _bytes: int) -> Speech:
    from ..voices.alignment import aligned, sounding

    start, end = sounding(path)
    return Speech(path, start, end, aligned(line.text, path, line.language), timed=False)


def fitted(storyboard: Storyboard, told: Narrated, speech: Speech) -> Speech:
    """A narration as it fits into its scene, said faster where that was asked for. Raises BadInput for one that
    doesn't."""
    from ..voices.stretch import faster

    fault = too_long(storyboard, told, speech.seconds)
    if fault is not None:
        raise BadInput("a narration is too long for its scene", faults=[fault])
    factor = hurry(storyboard, told.scene, speech.seconds)
    return faster(speech, min(factor, FASTEST)) if told.fit == "speed" and factor > 1 else speech
