"""Packets with times that go on where the file's own clock is set anew: transport streams that were put one behind
the other (`cat a.ts b.ts`), or in which the programme changes.

By the rule of ffmpeg's command line: a clock that goes back, or ahead by more than ten seconds, was set. Only where
containers may do that (AVFMT_TS_DISCONT); in others a hole is a hole.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av.container
from av.format import Flags
from av.packet import Packet

_BACK = Fraction(1, 10)
_AHEAD = Fraction(10)
_ALIKE = Fraction(1)
"""Seconds within which a track goes on with the shift that another one found: so they stay in step."""


def may_be_set_anew(container: av.container.InputContainer) -> bool:
    """Whether its clock may be set in the middle of the file."""
    return bool(container.format.flags & Flags.ts_discont.value)


def _tells_by_picture(container: av.container.InputContainer) -> bool:
    """Program streams name the times of some frames only, and not always of the right ones."""
    return "mpeg" not in container.format.name.split(",")


class Clock:
    """The shift of each track so far. Has to see all packets of a file, from its beginning on."""

    def __init__(self, container: av.container.InputContainer) -> None:
        self._watches = may_be_set_anew(container)
        self._by_picture = _tells_by_picture(container)
        self._shifts = [Fraction(0)]
        self._at: dict[int, int] = {}
        self._due: dict[int, Fraction] = {}

    @property
    def set_anew(self) -> bool:
        return len(self._shifts) > 1

    def steady(self, packet: Packet) -> Packet:
        """The packet, with its times shifted by what the clock was set by before it."""
        kind = packet.stream.type
        base = packet.time_base
        if not self._watches or not base or not packet.size or kind not in ("audio", "video"):
            return packet
        track = packet.stream_index
        if packet.dts is not None and (kind == "audio" or self._by_picture):
            told = packet.dts * base
            at, due = told + self._shifts[self._at.get(track, 0)], self._due.get(track)
            if due is not None and not -_BACK <= at - due <= _AHEAD:
                self._at[track] = self._found(self._at.get(track, 0), told, due)
                at = told + self._shifts[self._at[track]]
            self._due[track] = at + (packet.duration or 0) * base
        shift = round(self._shifts[self._at.get(track, 0)] / base)
        if shift:
            packet.pts = None if packet.pts is None else packet.pts + shift
            packet.dts = None if packet.dts is None else packet.dts + shift
        return packet

    def _found(self, before: int, told: Fraction, due: Fraction) -> int:
        """Which shift holds from here on: one that another track has already, if it fits."""
        for number in range(before + 1, len(self._shifts)):
            if abs(told + self._shifts[number] - due) < _ALIKE:
                return number
        self._shifts.append(due - told)
        return len(self._shifts) - 1


def steady(container: av.container.InputContainer) -> Iterator[Packet]:
    """The packets of all tracks, in the file's order, from where it is read on."""
    clock = Clock(container)
    for packet in container.demux():
        yield clock.steady(packet)


def steady_of(
    container: av.container.InputContainer, stream: av.VideoStream | av.AudioStream
) -> Iterator[Packet]:
    """Those of one track. The others are read too where their times tell of this one's."""
    # The pictures of program streams are counted on, whatever their times say.
    if not may_be_set_anew(container) or (stream.type == "video" and not _tells_by_picture(container)):
        yield from container.demux(stream)
        return
    for packet in steady(container):
        if packet.stream_index == stream.index:
            yield packet
