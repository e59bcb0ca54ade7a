"""Voices: who says a narration, and what comes of it. Those that are built in need no key, no network and no money.

speech = speak(Line("Once upon a time.", voice="en-gb"))
speech.seconds, speech.words[0]
# (Fraction(7, 5), Word(text='Once', start=0.031, end=0.29))
"""

from __future__ import annotations

import json
import re
import wave
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput, Interrupted, StoryreelError
from ..progress import UNWATCHED, Watch
from ..store.vault import Vault
from ..timeline.timeline import Word
from .choose import Chosen, choose, missing, offline_voices, timbres
from .engine import Said
from .words import written

__all__ = ["Line", "Speech", "check", "missing", "offline_voices", "speak", "timbres"]

SLOWEST, FASTEST = 0.5, 2.0
LONGEST = 50_000
"""Letters of a line, about an hour: a million keep an engine busy for many minutes, and everybody else waiting."""
_MADE_BY = 2
"""Counted up when the same line gets another sound or other times."""
_UNSAID = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Marks that say something to an engine, and halves of characters."""


class Line(NamedTuple):
    """What is to be said, and how."""

    text: str
    voice: str = ""
    """The engine's own name of the voice; empty is its usual one for the language."""
    language: str = ""
    """As BCP 47 has it: en, de-AT; empty is the voice's own, or English."""
    speed: float = 1.0
    """Times the usual."""


class Speech(NamedTuple):
    """A line that was said: a sound file. Times are seconds in that file."""

    path: Path
    start: Fraction
    """When the first word begins to sound; before it there is silence."""
    end: Fraction
    """When the last one has died away."""
    words: tuple[Word, ...]
    timed: bool
    """Whether the engine told the words' times; else they were found by listening."""

    @property
    def seconds(self) -> Fraction:
        return self.end - self.start


def speak(line: Line, watch: Watch = UNWATCHED) -> Speech:
    """Says a line on this machine; what was said once is found again.

    Raises BadInput as `check` does, OutputError, Interrupted, and StoryreelError where there is no engine or it fails.
    """
    chosen = check(line)
    engine, voice, timbre = chosen
    made_by = [_MADE_BY, engine.name, engine.version(), voice.id, timbre.id if timbre else ""]
    recipe = json.dumps(["speech", *made_by, line.speed, line.text])
    said: list[Said] = []

    def saying() -> Said:
        if not said:
            said.append(_said(chosen, line, watch))
        return said[0]

    path = Vault().derived(recipe, ".wav", lambda part: _keep(saying(), part))
    told = Vault().derived(
        recipe, ".json", lambda part: _note(saying(), path, line, voice.languages[0], part)
    )
    return _noted(path, told)


def check(line: Line) -> Chosen:
    """Who will say it. Raises BadInput for a voice, a language or a speed that there isn't and for a text that can't be
    said, StoryreelError where nobody here says anything."""
    if not SLOWEST <= line.speed <= FASTEST:
        said = f"nobody speaks at {line.speed:g} times the usual speed"
        raise BadInput(said, f"use {SLOWEST:g} to {FASTEST:g}")
    if len(line.text) > LONGEST:
        said = f"the text has {len(line.text)} characters, and a voice says at most {LONGEST} at once"
        raise BadInput(said, "say it in several pieces")
    if len(line.language) > 100:
        raise BadInput(f"{line.language[:20]!r}… is no language", "write it as en or de-AT")
    chosen = choose(line.voice, line.language)
    if not written(line.text):
        raise BadInput("there is nothing in the text that can be said", "write what is to be said")
    lost = chosen.engine.unreadable(line.text, chosen.voice)
    if lost:
        cure = "write it in kana" if chosen.voice.languages[0] == "ja" else "name a voice of its language"
        raise BadInput(f"the voice {chosen.voice.name} can't read {lost!r}", f"{cure}, or one of a service")
    return chosen


def _said(chosen: Chosen, line: Line, watch: Watch) -> Said:
    try:
        said = chosen.engine.say(_UNSAID.sub(" ", line.text), chosen.voice, chosen.timbre, line.speed, watch)
    except Interrupted:
        raise
    except StoryreelError as error:
        raise StoryreelError(f"the offline voice {chosen.engine.name} failed: {error.message}") from None
    if not any(said.sound):
        raise BadInput(f"the voice {chosen.voice.name} can't read the text", "name a voice of its language")
    return said


def _keep(said: Said, path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(said.rate)
        file.writeframes(said.sound)


def _note(said: Said, sound: Path, line: Line, language: str, path: Path) -> None:
    """What is known of a speech, in milliseconds and as it is written."""
    from .alignment import aligned, sounding

    start, end = sounding(sound)
    words = aligned(line.text, sound, language) if said.words is None else said.words
    told = {
        "start": str(start),
        "end": str(end),
        "timed": said.words is not None,
        "words": [[word.text, round(word.start, 4), round(word.end, 4)] for word in words],
    }
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _noted(sound: Path, path: Path) -> Speech:
    told = json.loads(path.read_text(encoding="utf-8"))
    words = tuple(Word(text=text, start=start, end=end) for text, start, end in told["words"])
    return Speech(sound, Fraction(told["start"]), Fraction(told["end"]), words, told["timed"])
