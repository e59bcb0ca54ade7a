"""Sounds into a sound, as a film's are mixed, without a film. 48 kHz, stereo, float32 [2, n].

mixed(tracks("gain -6 loop ducks\\nvoice at 1.5", [music, speech])).shape
# (2, 624000)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInput, Fault, did_you_mean
from ..media import duck
from ..media.level import TRUE_PEAK, UNLIMITED, Levelled, levelled
from ..media.listen import SAMPLE_RATE, Samples, decoded
from ..media.loudness import measured
from ..media.sound import AS_MIXED, Level, Mixer, Region
from ..progress import UNWATCHED, Watch
from ..timecode import frame_at, seconds
from ..timeline.timeline import AudioTrack
from .audio import track_region
from .audio_checks import track_faults

_VALUES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "gain": ("gain_db", float),
    "pan": ("pan", float),
    "at": ("start", seconds),
    "until": ("end", seconds),
    "from": ("source_start", seconds),
    "to": ("source_end", seconds),
    "again": ("loop_start", seconds),
    "fade_in": ("fade_in", seconds),
    "fade_out": ("fade_out", seconds),
}
_FLAGS: dict[str, dict[str, Any]] = {
    "loop": {"fit": "loop"},
    "ducks": {"ducks": True},
    "voice": {"role": "narration"},
}


def tracks(text: str, paths: Sequence[Path | str]) -> list[AudioTrack]:
    """The tracks of sounds and of what is written about them, a line for each: "gain -6 pan 0.2 at 1.5 fade_out 2".

    Raises BadInput with every line that can't be read, and for a line too many.
    """
    lines = read_lines(text)
    if len(lines) > len(paths):
        fault = f"there is no sound {len(lines)}"
        raise BadInput(f"line {len(lines)}: {fault}", f"connect it, or write {len(paths)} lines")
    lines += [{}] * (len(paths) - len(lines))
    return [
        AudioTrack.model_validate({"path": str(path)} | line) for path, line in zip(paths, lines, strict=True)
    ]


def read_lines(text: str) -> list[dict[str, Any]]:
    """What each line says of its track, by AudioTrack's names. Raises BadInput with every fault."""
    faults: list[Fault] = []
    found = [
        dict(_read(line.lower().split(), f"line {number}", faults))
        for number, line in enumerate(text.rstrip().splitlines(), start=1)
    ]
    if faults:
        raise BadInput("the lines can't be read", faults=faults)
    return found


def _read(words: list[str], place: str, faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    while words:
        word = words.pop(0)
        if word in _FLAGS:
            yield from _FLAGS[word].items()
        elif word not in _VALUES:
            cure = did_you_mean(word, (*_VALUES, *_FLAGS))
            faults.append(Fault(place, f"{word!r} is nothing that a track has", cure))
            return
        else:
            name, number = _VALUES[word]
            value = words.pop(0) if words else ""
            try:
                yield name, number(value)
            except ValueError:
                faults.append(Fault(place, f"{word} {value!r} is no number", f"write {word} and a number"))


def mixed(sounds: Sequence[AudioTrack], watch: Watch = UNWATCHED) -> Samples:
    """All of them together, as long as the one that ends last; what is too loud is turned down as in a film.

    One that is repeated ends where it is told to, or with the others. Raises BadInput, MediaError, Interrupted.
    """
    faults = [
        fault for number, track in enumerate(sounds, 1) for fault in track_faults(track, f"line {number}")
    ]
    if faults:
        raise BadInput("the sounds can't be mixed", faults=faults)
    ends = []
    for track in sounds:
        if track.end is not None and track.fit == "loop":
            ends.append(frame_at(track.end, Fraction(SAMPLE_RATE)))
        elif track.fit == "trim":
            ends.append(track_region(track, _LONGEST).end)
    if not ends:
        raise BadInput("every sound is repeated, and none ends", "write for one of them 'until' and seconds")
    samples = max(ends)
    return _heard([track_region(track, samples) for track in sounds], samples, AS_MIXED, watch)


def changed(
    path: Path,
    gain_db: float = 0.0,
    pan: float = 0.0,
    fade_in: Fraction = Fraction(0),
    fade_out: Fraction = Fraction(0),
    watch: Watch = UNWATCHED,
) -> Samples:
    """The same sound louder or softer, further left or right, and with its ends faded; nothing is turned down."""
    region = _whole(path)
    rises, falls = (
        min(region.samples, frame_at(each, Fraction(SAMPLE_RATE))) for each in (fade_in, fade_out)
    )
    gain = 10 ** (gain_db / 20)
    made = Region(path, 0, region.samples, gain=gain, pan=pan, fade_in=rises, fade_out=falls)
    return _heard([made], region.samples, UNLIMITED, watch)


def under(path: Path, voice: Path, depth: float = duck.DUCK_DB) -> Samples:
    """The sound as it gives way to a voice that begins with it, without the voice."""
    sound, spoken = (np.concatenate(list(decoded(each)), axis=1) for each in (path, voice))
    return duck.ducked(sound, spoken, depth)


def at_loudness(
    path: Path, target: float, peak: float = TRUE_PEAK, watch: Watch = UNWATCHED
) -> tuple[Samples, Levelled]:
    """The sound brought to `target` LUFS and a true peak of `peak` dBTP, and how that went."""
    region = _whole(path)
    found = levelled(
        measured(iter([_heard([region], region.samples, UNLIMITED, watch)])),
        lambda level: iter([_heard([region], region.samples, level, watch)]),
        target,
        peak,
    )
    return _heard([region], region.samples, found.level or UNLIMITED, watch), found


def _whole(path: Path) -> Region:
    return Region(path, 0, sum(block.shape[1] for block in decoded(path)))


def _heard(regions: list[Region], samples: int, level: Level, watch: Watch) -> Samples:
    out = np.zeros((2, samples), np.float32)
    done = 0
    with Mixer(regions, samples, level) as mixer:
        for block in mixer.blocks():
            watch.check()
            out[:, done : done + block.shape[1]] = block
            done += block.shape[1]
            watch.tell(done / samples)
    return out


_LONGEST = 2**62 // SAMPLE_RATE
"""Samples: longer than any sound."""
