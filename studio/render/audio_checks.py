"""What is wrong with a timeline's sound: its tracks, the clips' own, and the loudness asked for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..errors import Fault, MediaError
from ..media.probe import sound_length
from ..timeline.timeline import AudioTrack, Timeline

_ROUNDED = Fraction(1, 10)  # seconds by which a file's header may be wrong
SHORTEST_LOOP = Fraction(1, 10)
"""Seconds; what is shorter is a tone when it is repeated."""
_TIMES = ("start", "source_start", "loop_start", "fade_in", "fade_out")


def sound_faults(timeline: Timeline) -> Iterator[Fault]:
    """Every fault of the tracks, the clips' own sound and the loudness."""
    for index, clip in enumerate(timeline.clips):
        yield from _gain_faults(f"clips[{index}]", clip.gain_db)
    for index, track in enumerate(timeline.audio):
        yield from track_faults(track, f"audio[{index}]")
    if timeline.loudness is not None and not -50 <= timeline.loudness <= -5:
        yield Fault("loudness", f"{timeline.loudness:g} LUFS is out of bounds", "use -50 to -5, or none")


def track_faults(track: AudioTrack, place: str) -> Iterator[Fault]:
    """Every fault of one track, said to be at `place`."""
    length = None
    try:
        length = sound_length(track.path)
    except MediaError as error:
        yield Fault(f"{place}.path", error.message, error.hint)
    for name in _TIMES:
        if getattr(track, name) < 0:
            yield Fault(f"{place}.{name}", f"{_s(getattr(track, name))} is negative", "use 0 or more")
    if track.end is not None and track.end <= track.start:
        message = f"{_s(track.end)} is not after its start, {_s(track.start)}"
        yield Fault(f"{place}.end", message, "make it later")
    yield from _gain_faults(place, track.gain_db)
    if not -1 <= track.pan <= 1:
        yield Fault(f"{place}.pan", f"{track.pan:g} is out of bounds", "use -1 (left) to 1 (right)")
    if track.ducks and track.role == "narration":
        yield Fault(f"{place}.ducks", "a narration can't give way to narration", "leave it out")
    yield from _source_faults(track, place, length)


def _source_faults(track: AudioTrack, place: str, length: Fraction | None) -> Iterator[Fault]:
    """Where in its file it sounds."""
    end = length
    if track.source_end is not None:
        end = track.source_end
        if end <= track.source_start:
            message = f"{_s(end)} is not after source_start, {_s(track.source_start)}"
            yield Fault(f"{place}.source_end", message, "make it later")
            return
        if length is not None and end > length + _ROUNDED:
            message = f"{_s(end)} is after the end of its file, {_s(length)}"
            yield Fault(f"{place}.source_end", message, f"use at most {_s(length)}, or none")
            return
    if end is None:
        return
    if track.source_start >= end:
        message = f"{_s(track.source_start)} is not before the end of its file, {_s(end)}"
        yield Fault(f"{place}.source_start", message, "start earlier")
    if track.fit == "loop" and track.loop_start + SHORTEST_LOOP > end:
        message = f"from {_s(track.loop_start)} to {_s(end)} there is too little to repeat"
        yield Fault(
            f"{place}.loop_start", message, f"use at most {_s(max(Fraction(0), end - SHORTEST_LOOP))}"
        )


def _gain_faults(place: str, gain_db: float) -> Iterator[Fault]:
    if not -100 <= gain_db <= 40:
        yield Fault(f"{place}.gain_db", f"{gain_db:g} is out of bounds", "use -100 to 40")


def _s(seconds: Fraction) -> str:
    return f"{float(seconds):.6g} s"
