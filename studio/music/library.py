"""The user's own music: a folder of tracks, and which mood each of them has.

What says so first, decides: the folder's index, the file's mood tag, the name of the folder it lies in (epic/01.mp3),
its genre and its comment, the words of its name.

    library(Path("music")).of("calm")[0].name
    # 'calm/waves.mp3'
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput, Fault, MediaError, did_you_mean
from ..paths import reached
from .moods import MOODS, mood_of, words_of
from .tags import INDEXES, Entry, Tags, index, tags

_MOST = 10_000
_SILENT = {".txt", ".md", ".json", ".yaml", ".yml", ".csv", ".nfo", ".jpg", ".jpeg", ".png", ".webp", ".pdf"}
_SILENT |= {".m3u", ".m3u8", ".pls", ".cue", ".log", ".url", ".ini", ".db"}
"""Endings of what nobody expects to sound."""


class Track(NamedTuple):
    path: Path
    name: str
    """From the folder, with /."""
    moods: tuple[str, ...]
    entry: Entry
    tags: Tags

    @property
    def title(self) -> str:
        return self.entry.title or self.tags.title or self.path.stem


class Library(NamedTuple):
    folder: Path
    tracks: tuple[Track, ...]
    """By name, whatever the order of the disk."""
    notes: tuple[str, ...]
    """What was left out, and why."""

    @property
    def moods(self) -> list[str]:
        return sorted({mood for track in self.tracks for mood in track.moods})

    def of(self, mood: str) -> list[Track]:
        """The tracks of a mood, or of one that the word means; by name."""
        word = mood.strip().lower()
        meant = mood_of(word)
        exact = [track for track in self.tracks if word in track.moods]
        return exact or [track for track in self.tracks if meant and meant in map(mood_of, track.moods)]

    def draw(self, mood: str, seed: int) -> Track | None:
        """One of them: always the same for a seed."""
        tracks = self.of(mood)
        if not tracks:
            return None
        # Each track draws its own lot, so that another file in the folder leaves most choices as they were.
        return min(tracks, key=lambda track: (random.Random(f"{seed} {track.name}").random(), track.name))


def library(folder: Path | str) -> Library:
    """Looks through a folder and those below it. Links that lead out of it aren't followed.

    Raises BadInput where there is no such folder, or its index has faults.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}", "give the folder that holds your music")
    entries = index(folder)
    tracks: list[Track] = []
    notes: list[str] = []
    for name in _names(folder, notes):
        try:
            path = reached(folder, name)
            said = tags(path)
        except BadInput:
            notes.append(f"{name} is left out: it leads out of the folder")
            continue
        except MediaError as error:
            if name in entries:
                raise BadInput(f"{name}, of which the index tells, is no sound: {error.message}") from None
            notes.append(f"{name} is left out: {error.message}")
            continue
        entry = entries.get(name, Entry())
        tracks.append(Track(path, name, entry.moods or _moods(name, said), entry, said))
    missing = sorted(set(entries) - {track.name for track in tracks})
    if missing:
        known = [track.name for track in tracks]
        faults = [
            Fault(name, "is no file there", did_you_mean(name, known) if known else "") for name in missing
        ]
        raise BadInput(f"the index of {folder} names files that aren't there", faults=faults)
    return Library(folder, tuple(tracks), tuple(notes))


def _names(folder: Path, notes: list[str]) -> Iterator[str]:
    """Every file that might sound, by name."""
    found: list[str] = []
    for place, below, files in os.walk(folder):
        here = Path(place)
        for name in [name for name in below if (here / name).is_symlink()]:
            notes.append(
                f"{(here / name).relative_to(folder).as_posix()} is left out: it is a link to a folder"
            )
        below[:] = [name for name in below if not name.startswith(".") and not (here / name).is_symlink()]
        found += [
            (here / name).relative_to(folder).as_posix()
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() not in _SILENT and name not in INDEXES
        ]
        if len(found) > _MOST:
            raise BadInput(f"{folder} holds more than {_MOST:,} files", "give the folder of the music alone")
    yield from sorted(found)


def _moods(name: str, said: Tags) -> tuple[str, ...]:
    """What the file's tags and its place say; a mood of somebody's own counts in a mood tag and as a folder's name."""
    own = [word.strip().lower() for word in said.mood.replace(";", ",").split(",") if word.strip()]
    if own:
        return tuple(dict.fromkeys([*own, *_known(said.mood)]))
    folders = [part.lower() for part in Path(name).parts[:-1]]
    for part in reversed(folders):
        if known := _known(part):
            return known
    known = _known(said.genre) or _known(said.comment) or (() if folders else _known(Path(name).stem))
    return tuple(dict.fromkeys((*known, *folders[-1:])))


def _known(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mood for word in words_of(text) if (mood := mood_of(word))))


def nothing_of(mood: str, found: Library | None) -> BadInput:
    """What is wrong where there is no track of a mood: which moods there are."""
    if found is None:
        return BadInput(f"there is no mood {mood!r}", did_you_mean(mood, MOODS))
    there = f"there are {', '.join(found.moods)}" if found.moods else "none of its tracks tells its mood"
    how = "" if found.moods else "; put them into folders named calm, epic …, or write a music.yaml"
    notes = [Fault("", note) for note in found.notes]
    return BadInput(f"no track in {found.folder} is {mood!r}", f"{there}{how}", notes)
