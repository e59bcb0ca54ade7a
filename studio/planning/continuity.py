"""Chains: the last frame that is seen of a clip begins the next one.

What is handed on is kept in the vault under what it is made from, so that the next clip is asked for in the same words
on every machine and by every version, and paid for once.

    picture = handed_on(Made(Path("clip.mp4"), "3f9c…", shows=Fraction(8)))
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from ..media.color_match import Correction, Pixels, correction
from ..media.frames import extract_frame
from ..media.probe import probe
from ..store.vault import Vault

LONGEST = Fraction(148)
"""Seconds that a scene may last which is made of several clips."""
_VERSION = 1
"""Of how colours are matched: goes into what requests are told apart by."""


class Made(NamedTuple):
    """A picture or a clip that a step has made."""

    path: Path
    identity: str
    """What tells it from others: of something bought, the SHA-256 of its bytes."""
    shows: Fraction = Fraction(0)
    """Seconds of a clip that the film shows."""
    start: Fraction = Fraction(0)
    """From where in it."""


def begins(details: Mapping[str, Any], keep_first_frame: bool = False) -> Fraction:
    """From which second on a bought clip is seen, by what is recorded with it: after what it extends, and after the
    picture that flashes up in its first frame, unless that is to be kept."""
    flash = "0" if keep_first_frame else str(details.get("flash_seconds") or 0)
    return Fraction(str(details.get("source_seconds") or 0)) + Fraction(flash)


def handed_on(clip: Made, first: Made | None = None) -> Path:
    """The last frame that the film shows of a clip, as a PNG; with `first`, the first clip of its chain, in that one's
    colours. Raises MediaError, OutputError."""
    recipe = _recipe(clip)
    if first is not None:
        recipe += f", in the colours of {first.identity} ({_VERSION})"

    def make(path: Path) -> None:
        pixels = last_shown(clip)
        if first is not None:
            pixels = correction(pixels, opening(first)).apply(pixels)
        Image.fromarray(pixels).save(path, "PNG")

    return Vault().derived(recipe, ".png", make)


def grade(clip: Made, first: Made) -> Correction:
    """What brings the end of a clip to the colours with which its chain begins: the film applies it more and more from
    the clip's first frame to its last, so that no cut shows. Raises MediaError."""
    return correction(last_shown(clip), opening(first))


def last_shown(clip: Made) -> Pixels:
    time = _until(clip)
    return extract_frame(clip.path, "last" if time is None else time, generated=True)


def opening(clip: Made) -> Pixels:
    return extract_frame(clip.path, clip.start if clip.start else "first", generated=True)


def _recipe(clip: Made) -> str:
    time = _until(clip)
    which = "last frame" if time is None else f"frame at {time} s"
    return f"{which} of {clip.identity}"


def _until(clip: Made) -> Fraction | None:
    """A time at which the last frame is on screen that the film shows; None of one that is shown to its end."""
    info = probe(clip.path)
    end = clip.start + clip.shows
    if end > info.duration - 1 / info.fps / 2:
        return None
    return max(Fraction(0), end - 1 / info.fps / 2)
