"""What is known of a track before it is heard: the folder's index, and the tags in the file itself.

The index is music.yaml, music.yml or music.json in the folder:

    waves.mp3: calm
    songs/charge.flac: {moods: [epic, tense], bpm: 96, start: 1.2, loop_start: 6.2, loop_end: 46.2, title: The Charge}

Seconds count from the file's first sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadInput, Fault, MediaError, did_you_mean
from ..media.packets import sounds
from ..media.probe import opened, sound_of
from ..timecode import seconds
from ..yaml_json import parse

INDEXES = ("music.yaml", "music.yml", "music.json")
_KEYS = ("mood", "moods", "bpm", "start", "loop_start", "loop_end", "title")


class Entry(NamedTuple):
    """What the index says of a track."""

    moods: tuple[str, ...] = ()
    bpm: float | None = None
    start: Fraction | None = None
    loop_start: Fraction | None = None
    loop_end: Fraction | None = None
    title: str = ""


class Tags(NamedTuple):
    """What a file says of itself."""

    mood: str
    genre: str
    comment: str
    bpm: float | None
    title: str
    seconds: Fraction | None


def index(folder: Path) -> dict[str, Entry]:
    """By file name, as written from the folder with /; empty where there is no index. Raises BadInput."""
    there = [folder / name for name in INDEXES if (folder / name).is_file()]
    if not there:
        return {}
    try:
        text = there[0].read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{there[0]} can't be read: {error}") from None
    data, faults = parse(text, there[0].name)
    if not isinstance(data, dict):
        raise BadInput(f"{there[0].name} can't be read", "write lines such as   waves.mp3: calm")
    found = {str(name).replace("\\", "/"): _entry(str(name), data[name], faults) for name in data}
    if faults:
        raise BadInput(f"{there[0]} has faults", faults=faults)
    return found


def _entry(name: str, given: Any, faults: list[Fault]) -> Entry:
    if isinstance(given, (str, list)):
        given = {"moods": given}
    if not isinstance(given, dict):
        faults.append(Fault(name, "is neither a mood nor an object", "write   waves.mp3: calm"))
        return Entry()
    for key in given:
        if key not in _KEYS:
            faults.append(Fault(f"{name}.{key}", "there is no such key", did_you_mean(str(key), _KEYS)))
    times = {key: _number(name, key, given, faults) for key in ("bpm", "start", "loop_start", "loop_end")}
    start, again, end = times["start"], times["loop_start"], times["loop_end"]
    if end is not None and end <= max(again or 0, start or 0):
        faults.append(Fault(f"{name}.loop_end", f"{float(end):g} s is not after the start", "make it later"))
    bpm = times["bpm"]
    moods = _moods(name, given, faults)
    return Entry(moods, float(bpm) if bpm else None, start, again, end, str(given.get("title") or ""))


def _moods(name: str, given: Mapping[str, Any], faults: list[Fault]) -> tuple[str, ...]:
    words = given.get("moods", given.get("mood"))
    words = [words] if isinstance(words, str) else words or []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        faults.append(Fault(f"{name}.moods", "is not a list of words", "write   moods: [calm, hopeful]"))
        return ()
    return tuple(part.strip().lower() for word in words for part in word.split(",") if part.strip())


def _number(name: str, key: str, given: Mapping[str, Any], faults: list[Fault]) -> Fraction | None:
    if given.get(key) is None:
        return None
    try:
        value = seconds(given[key])
    except ValueError as error:
        faults.append(Fault(f"{name}.{key}", str(error), "give a number"))
        return None
    if value < 0 or (key == "bpm" and not 20 <= value <= 400):
        cure = "use 20 to 400" if key == "bpm" else "use 0 or more"
        faults.append(Fault(f"{name}.{key}", f"{float(value):g} is out of bounds", cure))
        return None
    return value


def tags(path: Path) -> Tags:
    """Raises MediaError for what is no sound. A file is opened once, as long as it stays as it is."""
    try:
        stat = path.stat()
    except OSError as error:
        raise MediaError(f"{path} can't be read: {error.strerror}") from None
    return _tags(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=10000)
def _tags(path: Path, _changed: int, _length: int) -> Tags:
    with opened(path) as container:
        stream = sound_of(container)
        if stream is None or next(iter(sounds(container, stream)), None) is None:
            raise MediaError(f"{path.name} has no sound")
        said = {key.lower(): value for one in (container, stream) for key, value in one.metadata.items()}
        lasts = stream.duration * stream.time_base if stream.duration and stream.time_base else None
        if lasts is None and container.duration:
            lasts = Fraction(container.duration, 1_000_000)
    bpm = next((float(word) for key in ("tbpm", "bpm", "tmpo") if (word := _digits(said.get(key, "")))), None)
    mood = said.get("mood") or said.get("tmoo") or ""
    comment = said.get("comment") or said.get("description") or ""
    usable = bpm if bpm and 20 <= bpm <= 400 else None
    return Tags(mood, said.get("genre", ""), comment, usable, said.get("title", ""), lasts)


def _digits(text: str) -> str:
    text = text.strip().replace(",", ".")
    return text if text.replace(".", "", 1).isdecimal() else ""
