"""How long the picture of a file lasts and when each of its frames is shown, by its packets instead of its promises."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import av.container
from av.error import FFmpegError
from av.format import Flags

from .clock import Clock, steady_of

_ROUNDED = Fraction(5, 1000)
"""Seconds: as much as milliseconds and the last frame's missing duration may cost."""

_EVEN = Fraction(2, 1000)
"""Seconds by which the distance of frames may vary and still count as the same: containers round to milliseconds."""

_UNTIMED = frozenset({"avi"})
"""Containers that number their frames as they are decoded; when they are shown, they don't say."""

_ROUGH = frozenset({"mpeg"})
"""Containers with times for some frames only, and not always for the right ones: the others' are counted on."""

_USUAL = (
    *(Fraction(24), Fraction(25), Fraction(30), Fraction(50), Fraction(60)),
    *(Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)),
)
_NEAR = Fraction(2, 100)
"""Frames of a thirtieth of a second, in milliseconds, are 33 or 34."""

_FEW = Fraction(1, 10)
"""The share of packets that may lack a time in a container that has times, or of frames that may be missing."""


@dataclass(frozen=True)
class Timing:
    """What the packets of a picture say. Times in seconds."""

    duration: Fraction
    frames: int
    reached: Fraction
    """The last packet's end, the sound's too, by the file's own clock."""
    interval: Fraction = Fraction(0)
    """From each frame to the next, where that is the same but for some that are missing; else 0."""
    moments: Sequence[Fraction] = ()
    """When each frame is shown, from the first one on, where the container doesn't say so itself; else empty."""
    clockless: bool = False
    """Whether its packets have no times of their own: the first frame is at 0."""
    set_anew: bool = False
    """Whether its clock is set in the middle: times are those of clock.Clock."""
    broken: bool = False
    """Whether the file can't be read to its end."""


def timing(
    container: av.container.InputContainer, stream: av.VideoStream, first: int, rate: Fraction, varying: bool
) -> Timing:
    """Reads all packets, decoding none. `first` is the first frame's timestamp; rate and `varying` the header's."""
    base = stream.time_base or Fraction(1)
    shown, decoded = array("q"), array("q")
    end, last, count, reached, broken = first, 0, 0, Fraction(0), False
    clock = Clock(container)
    try:
        for packet in container.demux():
            if not packet.size:
                continue
            clock.steady(packet)
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None and packet.time_base is not None:
                reached = max(reached, (stamp + (packet.duration or 0)) * packet.time_base)
            if packet.stream_index != stream.index:
                continue
            count += 1
            if packet.dts is not None:
                decoded.append(packet.dts)
            if packet.pts is not None:
                shown.append(packet.pts)
                if packet.pts + (packet.duration or 0) >= end:
                    last = packet.duration or 0
                    end = packet.pts + last
    except FFmpegError:
        broken = True  # what comes after counts as not there
    clockless = _is_untimed(container)
    if is_rough(container):
        lasting = max(count / rate, (end - first) * base + 1 / rate)
        return Timing(lasting, count, max(reached, lasting), 1 / rate, set_anew=clock.set_anew, broken=broken)
    if clockless or len(shown) < count * (1 - _FEW):
        interval = _interval(decoded, base) or 1 / rate
        moments = _numbered(decoded, count, base, interval)
        lasting = (moments[-1] if moments else Fraction(0)) + interval
        return Timing(lasting, count, max(reached, lasting), interval, moments, clockless, broken=broken)
    interval = _interval(shown, base)
    lasting = (end - first) * base + (0 if last else interval or 1 / rate)
    if count and not varying and (end == first or abs(lasting - count / rate) < _ROUNDED):
        lasting = count / rate
    return Timing(lasting, count, reached, interval, set_anew=clock.set_anew, broken=broken)


def lacks_times(container: av.container.InputContainer) -> bool:
    """Whether its packets say nothing, or not all, of when they are shown."""
    return _is_untimed(container) or is_rough(container)


def _is_untimed(container: av.container.InputContainer) -> bool:
    names = set(container.format.name.split(","))
    return bool(container.format.flags & Flags.no_timestamps.value) or bool(names & _UNTIMED)


def is_rough(container: av.container.InputContainer) -> bool:
    """Whether only some of its frames have times: it is opened so that libavformat makes none up."""
    return bool(set(container.format.name.split(",")) & _ROUGH)


def pace(container: av.container.InputContainer, stream: av.VideoStream) -> Fraction:
    """The rate at which most frames follow each other, one of the usual ones if it is near; 0 where there is none."""
    base = stream.time_base or Fraction(1)
    stamps = array("q")
    with suppress(FFmpegError):  # the file breaks off there
        stamps.extend(
            packet.pts for packet in steady_of(container, stream) if packet.size and packet.pts is not None
        )
    steps = sorted(
        later - earlier for earlier, later in itertools.pairwise(sorted(stamps)) if later > earlier
    )
    if not steps:
        return Fraction(0)
    rate = 1 / (steps[len(steps) // 2] * base)
    return next((usual for usual in _USUAL if abs(rate / usual - 1) < _NEAR), rate.limit_denominator(1001))


def _interval(stamps: Sequence[int], base: Fraction) -> Fraction:
    ordered = sorted(stamps)
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(ordered))
    if not steps:
        return Fraction(0)
    usual = steps[len(steps) // 2]
    alike = [step for step in steps if abs(step - usual) * base <= _EVEN]
    if not usual or len(alike) < len(steps) * (1 - _FEW):
        return Fraction(0)
    return sum(alike) * base / len(alike)


def _numbered(numbers: Sequence[int], count: int, base: Fraction, interval: Fraction) -> list[Fraction]:
    """When the frames are shown: each number is one frame's, and they are shown in the numbers' order."""
    ordered = sorted(numbers)
    if len(set(ordered)) < count:
        return [index * interval for index in range(count)]
    return [(number - ordered[0]) * base for number in ordered]
