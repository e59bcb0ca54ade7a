"""Which engine says a line, in which of its voices.

>>> choose("", "de-AT").voice.name
'de'
>>> choose("en-gb+f2", "").timbre.gender
'female'
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..errors import BadInput, StoryreelError
from .engine import Engine, Timbre, Voice
from .espeak import Espeak, from_pip, from_system
from .pico import Pico

ENGINES: tuple[Engine, ...] = (
    # Whoever is ready and has the voice says it, the first of them; espeak/en-gb and pico/en-gb name one.
    Espeak("espeak", from_pip, "pip install espeakng-loader (GPLv3, run as a program of its own)"),
    Espeak("system", from_system, "or install espeak-ng as a program of the system"),
    Pico("pico", "or pip install ttspico (Apache-2.0, six languages; it needs a C compiler)"),
)
USUAL = "en"
_LISTED = "`storyreel voices` lists them"


class Chosen(NamedTuple):
    engine: Engine
    voice: Voice
    timbre: Timbre | None


def choose(name: str, language: str) -> Chosen:
    """Who speaks, by the voice's name, else in a language. Raises BadInput where nobody does, and StoryreelError where
    nobody here says anything at all."""
    engines = ready()
    if not engines:
        raise StoryreelError("there is no offline voice here", "; ".join(missing()))
    first, slash, rest = name.strip().lower().partition("/")
    if slash:
        engines = [engine for engine in engines if engine.name == first]
        if not engines:
            raise BadInput(f"{name!r} is not a voice that speaks here", _near(name, names()))
        return _named(name, rest, language, engines)
    return _named(name, first, language, engines) if first else _speaking(language or USUAL, engines)


def ready() -> list[Engine]:
    return [engine for engine in ENGINES if not engine.missing()]


def missing() -> list[str]:
    """What keeps this machine from speaking, and how to get it; empty if it can."""
    lacking = [engine.missing() for engine in ENGINES]
    return lacking if all(lacking) else []


def offline_voices(language: str = "") -> list[Voice]:
    """Those that are ready, of a language or of all of them. Raises BadInput for a language that nobody speaks."""
    found = {voice.name: voice for engine in reversed(ready()) for voice in engine.voices()}
    voices = sorted(found.values())
    if not language:
        return voices
    for code in _wider(language):
        spoken = [
            voice for voice in voices if any(f"{each}-".startswith(f"{code}-") for each in voice.languages)
        ]
        if spoken:
            return spoken
    raise _unspoken(language, voices)


def timbres() -> list[Timbre]:
    """What every voice can sound like besides: en-gb+f2."""
    return [timbre for engine in ready()[:1] for timbre in engine.timbres()]


def _named(whole: str, name: str, language: str, engines: Sequence[Engine]) -> Chosen:
    name, plus, timbre = name.partition("+")
    for engine in engines:
        voice = _of(name, engine.voices())
        known = {each.name: each for each in engine.timbres()}
        if voice is None or (plus and not known):
            continue
        if plus and timbre not in known:
            near = _near(timbre, known)
            raise BadInput(f"{whole!r}: no voice can sound like {timbre!r}", near)
        spoken = {code.partition("-")[0] for code in voice.languages}
        if language and _wider(language)[-1] not in spoken:
            said = f"the voice {name!r} speaks {voice.title}, and the language is {language!r}"
            raise BadInput(said, "leave one of the two out")
        return Chosen(engine, voice, known.get(timbre))
    raise BadInput(f"{whole!r} is not a voice that speaks here", _near(name, names(engines)))


def _speaking(language: str, engines: Sequence[Engine]) -> Chosen:
    for code in _wider(language):
        for engine in engines:
            voice = _of(code, engine.voices())
            if voice is not None:
                return Chosen(engine, voice, None)
    raise _unspoken(language, [voice for engine in engines for voice in engine.voices()])


def _of(code: str, voices: Sequence[Voice]) -> Voice | None:
    """The voice of that name, else the one whose own language it is, else one that speaks it too."""
    ways = (
        lambda voice: voice.name == code,
        lambda voice: voice.languages[0] == code,
        lambda voice: code in voice.languages,
    )
    return next((voice for way in ways for voice in voices if way(voice)), None)


def _wider(language: str) -> list[str]:
    """de-at and de, for de_AT."""
    parts = language.strip().lower().replace("_", "-").split("-")
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]


def names(engines: Iterable[Engine] | None = None) -> Iterator[str]:
    """What voices can be called, those of all engines that are ready."""
    for engine in ready() if engines is None else engines:
        for voice in engine.voices():
            yield voice.name
            yield from voice.languages


def _unspoken(language: str, voices: Iterable[Voice]) -> BadInput:
    known = {code for voice in voices for code in voice.languages}
    return BadInput(f"no offline voice speaks {language!r}", _near(language, known))


def _near(word: str, known: Iterable[str]) -> str:
    """The cure for a mistyped name; there are too many to list them all."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}? {_LISTED}" if near else _LISTED
