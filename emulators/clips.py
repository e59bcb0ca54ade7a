"""The clips that finished jobs deliver: real films of the right length, size, rate and sound, put into files as the
services put them: see makes.py.

`plain` is one flat colour, fast: a keyframe is encoded, and nothing changes until the next. `card` is a rehearsal that
can be looked at: see cards.py; `footage` begins and ends as its pictures say: see footage.py. An extension is the
source's end followed by the added seconds.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .encode import hue_of, mark, plain
from .jobs import Ask
from .makes import OURS, Make


def make(
    ask: Ask,
    name: str,
    picture: str,
    media: Path,
    drift: float = 1.0,
    flash: bool = False,
    made: Make = OURS,
) -> bytes:
    """The clip that was asked for, as MP4; the picture, as PNG; the sound, as WAV or MP3. `name` is the job's, written
    into the file: no two are the same. `media` is the folder with what the request brought; `made` is how the file is.
    """
    if ask.kind in ("speech", "music"):
        from . import sounds

        return sounds.make(ask, name)
    if ask.kind == "picture":
        from . import stills

        return stills.make(ask, name, picture, media, hue_of(ask))
    width, height = made.size(ask.width, ask.height)
    ask = replace(ask, width=width, height=height)
    if ask.source is not None:
        from .cards import from_source

        clip = from_source(ask, picture, media, made)
    elif picture == "card":
        from .cards import card

        clip = card(ask, media)
    elif picture == "footage":
        from .footage import footage

        clip = footage(ask, media, drift, flash, made)
    else:
        clip = plain(ask.width, ask.height, made.frames(ask.seconds), ask.sound, hue_of(ask), made)
    return clip + mark(name)
