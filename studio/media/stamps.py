"""The times of a picture's packets where its container has none, or only some: found by decoding.

For who copies packets into a container that has times.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count

import av.container
from av.codec.context import Flags
from av.error import FFmpegError
from av.packet import Packet

from .clock import steady, steady_of
from .probe import ClipInfo, opened, picture_of


def stamped(
    info: ClipInfo, container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[Packet]:
    """The packets of all tracks with times, those of the picture `stream` by the order in which they are shown."""
    shown = _shown(info) if info.moments or not info.seekable else None
    base = stream.time_base or Fraction(1)
    number = count()
    for packet in steady(container):
        if shown and packet.size and packet.stream_index == stream.index:
            place = next(number)
            show, decode = shown[place] if place < len(shown) else (place, place)
            packet.pts = round((info.origin + show / info.fps) / base)
            packet.dts = round((info.origin + decode / info.fps) / base)
            packet.duration = round(1 / info.fps / base)
        yield packet


def _shown(info: ClipInfo) -> list[tuple[int, int]]:
    """For each packet of the picture, in the file's order: as which frame it is shown, and as which one decoded."""
    order: dict[int, int] = {}
    packets = 0
    with opened(info.path) as container:
        stream = picture_of(container)
        assert stream is not None
        stream.codec_context.flags |= Flags.copy_opaque
        for packet in steady_of(container, stream):
            if packet.size:
                packet.opaque = packets
                packets += 1
            try:
                frames = packet.decode()
            except FFmpegError:
                continue
            for frame in frames:
                order[getattr(frame, "opaque", packets)] = len(order)
    shown = [order.get(number, number) for number in range(packets)]
    late = max((number - place for number, place in enumerate(shown)), default=0)
    return [(place, number - late) for number, place in enumerate(shown)]
