"""SVOX Pico: six languages, rounder than eSpeak NG, and free for any use (Apache-2.0). Its words' times are found by
listening. ttspico brings it; pip compiles it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import site
import sys
from pathlib import Path

from ..errors import StoryreelError
from ..progress import Watch
from .engine import Said, Timbre, Voice
from .program import ask
from .words import first_ideograph

PROGRAM = Path(__file__).with_name("pico_program.py")
VOICES = (
    Voice("en-gb", "English (Great Britain)", ("en-gb", "en"), "female", "en-GB"),
    Voice("en-us", "English (America)", ("en-us", "en"), "female", "en-US"),
    Voice("de-de", "German", ("de", "de-de"), "female", "de-DE"),
    Voice("es-es", "Spanish (Spain)", ("es", "es-es"), "female", "es-ES"),
    Voice("fr-fr", "French (France)", ("fr", "fr-fr"), "female", "fr-FR"),
    Voice("it-it", "Italian", ("it", "it-it"), "female", "it-IT"),
)


class Pico:
    def __init__(self, name: str, cure: str) -> None:
        self.name = name
        self._cure = cure

    def missing(self) -> str:
        return "" if importlib.util.find_spec("ttspico") else self._cure

    def version(self) -> str:
        return importlib.metadata.version("ttspico")

    def voices(self) -> tuple[Voice, ...]:
        return () if self.missing() else VOICES

    def timbres(self) -> tuple[Timbre, ...]:
        return ()

    def unreadable(self, text: str, voice: Voice) -> str:
        return first_ideograph(text)

    def say(self, text: str, voice: Voice, timbre: Timbre | None, speed: float, watch: Watch) -> Said:
        question = {"text": text, "voice": voice.id, "rate": round(100 * speed)}
        told, sound = ask(PROGRAM, _folders(), question, watch=watch)
        return Said(sound, told["rate"], None)


def _folders() -> list[str]:
    """That of the module, and that of its languages' data, which pip puts below its prefix."""
    found = importlib.util.find_spec("ttspico")
    if found is None or found.origin is None:
        raise StoryreelError("it isn't installed any more")
    module = Path(found.origin).parent
    places = (module, Path(sys.prefix), Path(site.getuserbase()))
    data = [place / "languages" for place in places if (place / "languages").is_dir()]
    return [str(module), *map(str, data[:1])]
