"""The files that a storyboard names: whether they are there, on this machine or at a URL, and are what they should be.

A good file is decoded once; as long as it stays as it is, it isn't looked at again.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from ..errors import BadInput, Fault, StoryreelError
from ..media import fonts, image
from ..media.packets import sounds
from ..media.probe import opened, probe, sound_length, sound_of
from ..paths import reached
from ..render.audio_checks import SHORTEST_LOOP
from ..store import url_inputs
from ..storyboard.model import Storyboard
from ..storyboard.video_fields import PREVIOUS


def files_of(storyboard: Storyboard, number: int) -> Iterator[tuple[str, str]]:
    """Key and name of every file that scene `number` names, or the storyboard for it."""
    scene = storyboard.scenes[number]
    if scene.image is not None:
        yield "image", scene.image
    if isinstance(scene.video, str):
        yield "video", scene.video
    for key in ("first_frame", "last_frame", "extend"):
        name = storyboard.given(number, key)
        if name is not None and not (key == "extend" and name == PREVIOUS):
            yield key, name
    if isinstance(scene.speech, str):
        yield "speech", scene.speech
    for key in ("references", "character"):
        for name in storyboard.given(number, key) or ():
            yield key, name
    for effect in scene.effects:
        yield "effects", effect.sound


def file_faults(name: str | None, place: str, folder: Path, look: Callable[[Path], None]) -> list[Fault]:
    """What is wrong with the file of that name in `folder`, or at that URL, which is fetched."""
    if not name:
        return (
            []
            if name is None
            else [Fault(place, "names no file", "give a file's name, or leave the key out")]
        )
    try:
        if url_inputs.is_url(name):
            if place == "font":
                return [
                    Fault(place, f"{url_inputs.redacted(name)} is a URL", "download it and give the file")
                ]
            look(url_inputs.fetch(name, look))
            return []
        path = reached(folder, name)
        if path.is_dir():
            return [Fault(place, f"{name!r} is a folder", "name a file in it")]
        if not path.is_file():
            return [Fault(place, f"there is no file {name!r} in {folder}", _nearest(path, folder.resolve()))]
        look(path)
    except StoryreelError as error:
        return [Fault(place, error.message, error.hint)]
    except (OSError, ValueError) as error:  # a name longer than the disk takes, a folder without permission
        return [Fault(place, f"{name!r} can't be read: {getattr(error, 'strerror', None) or error}")]
    return []


def folder_faults(name: str | None, place: str, folder: Path) -> list[Fault]:
    """What is wrong with the folder of that name in `folder`."""
    if name is None:
        return []
    try:
        if name and reached(folder, name).is_dir():
            return []
    except StoryreelError as error:
        return [Fault(place, error.message, error.hint)]
    return [Fault(place, f"there is no folder {name!r} in {folder}", "put it there, or leave the key out")]


def _nearest(path: Path, folder: Path) -> str:
    """The cure for a file that isn't there: the one that is most like it, in the folder or one below it."""
    known = {os.path.relpath(file, folder): file for file in _files_near(path, folder)}
    name = os.path.relpath(path, folder)
    near = [each for each in known if each.casefold() == name.casefold()]
    near = near or difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else "put it there"


def _files_near(path: Path, folder: Path) -> Iterator[Path]:
    for place in dict.fromkeys((path.parent, folder)):
        if place.is_dir():
            yield from (file for file in sorted(place.iterdir())[:1000] if file.is_file())


def _check_picture(path: Path) -> None:
    stat = path.stat()
    _decoded(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1000)
def _decoded(path: Path, _changed: int, _length: int) -> None:
    """Decodes all of it: only that shows whether it is whole. A good picture is looked at once."""
    image.read(path, enough=lambda size: (64, 64))


def _check_font(path: Path) -> None:
    fonts.lacking("A", path)
    fonts.load(path, 12)


def _check_video(path: Path) -> None:
    length_of(path)


def length_of(path: Path) -> Fraction:
    """Seconds of a clip. Raises MediaError."""
    stat = path.stat()
    return _probed(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1000)
def _probed(path: Path, _changed: int, _length: int) -> Fraction:
    return probe(path).duration


def _check_sound(path: Path) -> None:
    with opened(path) as container:
        stream = sound_of(container)
        if stream is None:
            raise BadInput(f"{path.name} has no sound", "give a sound file, such as WAV, MP3, FLAC or OGG")
        if next(iter(sounds(container, stream)), None) is None:
            raise BadInput(f"{path.name} holds no sound that can be decoded", "copy or download it again")


def _check_music(path: Path) -> None:
    _check_sound(path)
    lasts = sound_length(path)
    if lasts < SHORTEST_LOOP:
        said = f"{path.name} lasts {float(lasts):.3g} s, too little to be repeated as music"
        raise BadInput(said, f"give a sound of {float(SHORTEST_LOOP):g} s or more")


LOOKS: dict[str, Callable[[Path], None]] = {
    "image": _check_picture,
    "first_frame": _check_picture,
    "last_frame": _check_picture,
    "references": _check_picture,
    "character": _check_picture,
    "speech": _check_sound,
    "effects": _check_sound,
    "extend": _check_video,
    "video": _check_video,
    "music": _check_music,
    "font": _check_font,
}
"""How the file of each key is looked at; each raises where it isn't what it should be."""
