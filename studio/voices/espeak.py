"""eSpeak NG: small, quick, 130 languages, and it tells when each word is said. It sounds like a machine.

Its library comes by pip (espeakng-loader) or with the system. It is under the GPLv3: nothing here links it or imports
it; espeak_program.py, a program of its own, does.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..errors import StoryreelError
from ..progress import Watch
from .engine import Said, Timbre, Voice
from .program import ask
from .words import first_ideograph, timed

WORDS_A_MINUTE = 175
"""Its usual."""
PROGRAM = Path(__file__).with_name("espeak_program.py")
_LIBRARIES = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}
_CHINESE = ("cmn", "yue", "hak", "zh")


class Place(NamedTuple):
    """Where its library is."""

    libraries: tuple[str, ...]
    """Any of them; the first that loads is taken."""
    data: str = ""
    """The folder that holds its data; empty where the library knows it."""


class Listing(NamedTuple):
    version: str
    voices: tuple[Voice, ...]
    timbres: tuple[Timbre, ...]


def from_pip() -> Place | None:
    found = importlib.util.find_spec("espeakng_loader")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0])
    return Place((str(folder / _LIBRARIES.get(sys.platform, "libespeak-ng.so")),), str(folder))


def from_system() -> Place | None:
    """Wherever its program is, its library is near."""
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    home = Path(program).resolve().parent
    names = ("libespeak-ng.dll", "libespeak-ng.dylib", "libespeak-ng.so.1")
    near = [path for name in names for path in (home / name, home.parent / "lib" / name) if path.exists()]
    return Place((*map(str, near), "libespeak-ng.so.1", "libespeak-ng.dylib"))


class Espeak:
    def __init__(self, name: str, place: Callable[[], Place | None], cure: str) -> None:
        self.name = name
        self._place = place
        self._cure = cure

    def missing(self) -> str:
        place = self._place()
        if place is None:
            return self._cure
        found = _listing(place)
        return f"{self.name} is there and doesn't speak: {found}" if isinstance(found, str) else ""

    def version(self) -> str:
        return self._listing().version

    def voices(self) -> tuple[Voice, ...]:
        return self._listing().voices

    def timbres(self) -> tuple[Timbre, ...]:
        return self._listing().timbres

    def unreadable(self, text: str, voice: Voice) -> str:
        """Outside of Chinese it calls every one of its characters a Chinese letter."""
        return "" if voice.languages[0].startswith(_CHINESE) else first_ideograph(text)

    def say(self, text: str, voice: Voice, timbre: Timbre | None, speed: float, watch: Watch) -> Said:
        place = self._place()
        if place is None:
            raise StoryreelError(self._cure)
        named = f"{voice.id}+{timbre.id}" if timbre else voice.id
        question = {"text": text, "voice": named, "wpm": round(speed * WORDS_A_MINUTE)}
        told, sound = ask(PROGRAM, [place.data, *place.libraries], question, watch=watch)
        words = timed(text, told["events"], len(sound) // 2, told["rate"])
        return Said(sound, told["rate"], tuple(words) or None)

    def _listing(self) -> Listing:
        place = self._place()
        found = _listing(place) if place else self._cure
        return Listing("", (), ()) if isinstance(found, str) else found


@lru_cache
def _listing(place: Place) -> Listing | str:
    """What it can say, or why it says nothing."""
    try:
        told, _ = ask(PROGRAM, [place.data, *place.libraries], {"list": True})
    except StoryreelError as error:
        return error.message
    voices: dict[str, Voice] = {}
    timbres: list[Timbre] = []
    for title, path, codes, gender in told["voices"]:
        folder, _, file = path.rpartition("/")
        if folder == "!v" and " " not in file:
            timbres.append(Timbre(file.lower(), gender, file))
        elif folder not in ("!v", "mb") and codes:  # mb: what MBROLA would say, if it were there
            speaks = [code.lower() for code in codes]
            name = speaks[0] if speaks[0] not in voices else file.lower()
            own = file.lower() if file.lower() in speaks else name
            voices[name] = Voice(name, title.strip(), tuple(dict.fromkeys((own, *speaks))), gender, path)
    return Listing(told["version"], tuple(voices.values()), tuple(timbres))
