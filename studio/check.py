"""Whether a storyboard can be shot: its files are there and are what they should be, its text can be set, its
providers can make it. Everything that is wrong is listed at once; nothing is made and nothing is spent.

>>> [str(fault) for fault in check(storyboard, Path("/films"))]
["scenes[0].image: there is no file 'photos/1.jpg' in /films; did you mean 'photos/01.jpg'?"]
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from . import picture, typeface
from .errors import BadInput, Fault, StoryreelError
from .media.probe import opened, sound_of
from .motion import parse, simplify
from .paths import inside
from .providers import PROVIDERS, complaint, provider
from .providers.capability import faults as beyond
from .scenes import Storyboard
from .shots import shot_of
from .storyboard import draft


def check(storyboard: Storyboard, folder: Path) -> list[Fault]:
    """Every fault that keeps the storyboard from being shot; its files are looked for in `folder`."""
    faults = [
        *_file_faults(storyboard.font, "font", folder, _check_font),
        *_file_faults(storyboard.music, "music", folder, _check_sound),
    ]
    bad_font = any(fault.place == "font" for fault in faults)
    for number, scene in enumerate(storyboard.scenes):
        here = f"scenes[{number}]"
        bad_files = _file_faults(scene.image, f"{here}.image", folder, _check_picture)
        faults += bad_files
        name = storyboard.provider_of(number)
        if name not in PROVIDERS:
            faults.append(Fault(f"{here}.provider" if scene.provider else "provider", *complaint(name)))
        elif not bad_files and not bad_font and (scene.image or scene.prompt.strip()):
            shot = shot_of(storyboard, number, folder)
            made = provider(name)
            can = made.capabilities()[0]
            found = [*beyond(shot, can), *made.check(shot, can)]
            faults += [Fault(f"{here}.{fault.place}", fault.message, fault.cure) for fault in found]
    for name in dict.fromkeys(storyboard.provider_of(number) for number in range(len(storyboard.scenes))):
        if name in PROVIDERS:
            faults += [Fault("provider", sentence) for sentence in provider(name).missing()]
    return list(dict.fromkeys(faults))


def examine(
    text: str,
    folder: Path,
    name: str = "the storyboard",
    provider: str | None = None,
    quality: str | None = None,
) -> Storyboard:
    """Reads and checks at once: a slip in one scene doesn't hide the missing picture of another.

    `provider` and `quality` take the place of the storyboard's own. Raises BadInput with every fault.
    """
    found = draft(text, name)
    faults = list(found.faults)
    storyboard = found.storyboard
    if storyboard is not None:
        storyboard = storyboard.overridden(provider, quality)
        known = {fault.place for fault in faults}
        faults += [fault for fault in check(storyboard, folder) if fault.place not in known]
    if faults or storyboard is None:
        count = len(faults)
        raise BadInput(f"{name} has {count} fault{'s' if count != 1 else ''}", faults=faults)
    return storyboard


def remarks(storyboard: Storyboard) -> list[str]:
    """What will be done differently from what is written, a sentence each, known before anything is made."""
    said = []
    for number, scene in enumerate(storyboard.scenes):
        _, note = simplify(parse(scene.clip_action), scene.duration)
        if note:
            said.append(f"scenes[{number}].clip_action: {note}")
        if scene.narration.strip():
            said.append(f"scenes[{number}].narration: is kept but not spoken yet")
    return said


def _file_faults(name: str | None, place: str, folder: Path, look: Callable[[Path], None]) -> list[Fault]:
    if not name:
        return (
            []
            if name is None
            else [Fault(place, "names no file", "give a file's name, or leave the key out")]
        )
    try:
        path = inside(folder, name)
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


def _nearest(path: Path, folder: Path) -> str:
    """The cure for a file that isn't there: the one that is most like it, in the folder or one below it."""
    known = {str(file.relative_to(folder)): file for file in _files_near(path, folder)}
    near = difflib.get_close_matches(str(path.relative_to(folder)), known, n=1, cutoff=0.6)
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
    picture.read(path, enough=lambda size: (64, 64))


def _check_font(path: Path) -> None:
    typeface.lacking("A", path)
    typeface.load(path, 12)


def _check_sound(path: Path) -> None:
    with opened(path) as container:
        stream = sound_of(container)
        if stream is None:
            raise BadInput(f"{path.name} has no sound", "give a sound file, such as WAV, MP3, FLAC or OGG")
        if next(iter(container.decode(stream)), None) is None:
            raise BadInput(f"{path.name} holds no sound that can be decoded", "copy or download it again")
