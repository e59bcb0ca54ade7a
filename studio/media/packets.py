"""Decoding packet by packet, on past those that are damaged: as players do, and with a record of what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
import av.container
from av.error import FFmpegError

from .clock import steady_of
from .damage import Losses

_TRANSPARENT = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""The decoders that read a WebM's transparency, which is beside the picture, where FFmpeg's own don't look."""

_MOST_EARLY = 500
"""Frames of sound that are kept in memory until one comes that has a time."""

_LONGEST_SILENCE = 10
"""Seconds of silence that may stand for packets that got lost in a row; more is a jump of the timestamps."""


class PictureDecoder:
    """The whole frames of a video stream, in the order in which they are shown, from where its file is read on.

    `losses` gets the seconds, counted from `origin`, at which a packet or a frame is damaged.
    """

    def __init__(
        self,
        container: av.container.InputContainer,
        stream: av.VideoStream,
        origin: Fraction = Fraction(0),
        losses: Losses | None = None,
    ) -> None:
        self._container, self._stream, self._origin = container, stream, origin
        self._losses = Losses() if losses is None else losses
        self._transparent = _transparent_decoder(stream)
        self.reached = Fraction(0)
        """Until which second there are packets."""
        self.failed = 0
        """How many packets were no frame."""
        self.damaged = False

    def frames(self, from_key: bool = False) -> Iterator[av.VideoFrame]:
        """All that follow; with `from_key` what comes before the first key frame is left out.

        A frame that the decoder itself calls damaged comes only where none was before it.
        """
        some = False
        for packet in _packets(self._container, self._stream):
            if from_key and packet.size and not packet.is_keyframe:
                continue
            from_key = False
            start, end = self._seconds(packet)
            self.reached = max(self.reached, end)
            if packet.is_corrupt and packet.size:
                self.lost(start, end)
            try:
                frames = self._decoded(packet)
            except FFmpegError:
                self.failed += 1
                self.lost(start, end)
                continue
            for frame in frames:
                if frame.is_corrupt:
                    at = self._at(frame.pts, start)
                    self.lost(at, at)
                    if some:
                        continue
                some = True
                yield frame

    def _decoded(self, packet: av.Packet) -> list[av.VideoFrame]:
        if self._transparent is None:
            return cast("list[av.VideoFrame]", packet.decode())
        frames = self._transparent.decode(packet if packet.size else None)
        for frame in frames:
            frame.time_base = frame.time_base or self._stream.time_base
        return frames

    def lost(self, start: Fraction, end: Fraction) -> None:
        """Writes down that there is no picture from `start` to `end`."""
        self.damaged = True
        self._losses.add(start, end)

    def _seconds(self, packet: av.Packet) -> tuple[Fraction, Fraction]:
        stamp = packet.pts if packet.pts is not None else packet.dts
        start = self._at(stamp, self.reached)
        return start, start + (packet.duration or 0) * (self._stream.time_base or 0)

    def _at(self, stamp: int | None, otherwise: Fraction) -> Fraction:
        if stamp is None or self._stream.time_base is None:
            return otherwise
        return stamp * self._stream.time_base - self._origin


def sounds(
    container: av.container.InputContainer, stream: av.AudioStream, losses: Losses | None = None
) -> Iterator[av.AudioFrame]:
    """The frames of an audio stream from where its file is read on, with silence for packets that are damaged or lost.

    `losses` gets the seconds of those, counted from the file's start.
    """
    early: list[av.AudioFrame] = []
    frames = _sounds(container, stream, losses)
    for frame in frames:
        early.append(frame)
        if frame.pts is not None or len(early) > _MOST_EARLY:
            break
    if early and (last := early[-1]).pts is not None and last.time_base is not None:
        at = last.pts * last.time_base
        for frame in reversed(early[:-1]):
            at -= Fraction(frame.samples, frame.sample_rate)
            frame.time_base = Fraction(1, frame.sample_rate)
            frame.pts = round(at * frame.sample_rate)
    yield from early
    yield from frames


def _sounds(
    container: av.container.InputContainer, stream: av.AudioStream, losses: Losses | None = None
) -> Iterator[av.AudioFrame]:
    losses = Losses() if losses is None else losses
    begin = Fraction(container.start_time or 0, av.time_base)
    waiting: list[tuple[Fraction, Fraction]] = []
    end: Fraction | None = None
    """Of the last frame that came."""
    last: av.AudioFrame | None = None
    for packet in _packets(container, stream):
        base = packet.time_base or stream.time_base or Fraction(1)
        stamp = packet.pts if packet.pts is not None else packet.dts
        start = stamp * base if stamp is not None else end or Fraction(0)
        try:
            frames = packet.decode()
        except FFmpegError:
            waiting.append((start, start + (packet.duration or 0) * base))
            losses.add(start - begin, waiting[-1][1] - begin)
            continue
        if packet.is_corrupt and packet.size:
            waiting.append((start, start))
            losses.add(start - begin, start - begin)
        for frame in frames:
            assert isinstance(frame, av.AudioFrame)
            at = frame.pts * frame.time_base if frame.pts is not None and frame.time_base else end
            if waiting and at is not None:
                since = end if end is not None else min(first for first, _ in waiting)
                if 0 < at - since < _LONGEST_SILENCE:
                    yield silence(frame, round((at - since) * frame.sample_rate), since)
                waiting.clear()
            if at is not None:
                end = at + Fraction(frame.samples, frame.sample_rate)
            last = frame
            yield frame
    if waiting and last is not None and end is not None:
        missing = max(stop for _, stop in waiting) - end
        if 0 < missing < _LONGEST_SILENCE:
            yield silence(last, round(missing * last.sample_rate), end)


def silence(like: av.AudioFrame, samples: int, at: Fraction | None = None) -> av.AudioFrame:
    """So many samples of silence, in the format of a frame; `at` is their second."""
    frame = av.AudioFrame(like.format.name, like.layout.name, samples)
    frame.sample_rate = like.sample_rate
    if at is not None:
        frame.time_base = Fraction(1, like.sample_rate)
        frame.pts = round(at * like.sample_rate)
    middle = 0x80 if like.format.name.startswith("u8") else 0
    for plane in frame.planes:
        plane.update(bytes([middle]) * plane.buffer_size)
    return frame


def _transparent_decoder(stream: av.VideoStream) -> av.VideoCodecContext | None:
    name = _TRANSPARENT.get(stream.codec_context.name)
    if stream.metadata.get("alpha_mode") != "1" or name not in av.codecs_available:
        return None
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.options = dict(stream.codec_context.options)
    return decoder


def _packets(
    container: av.container.InputContainer, stream: av.VideoStream | av.AudioStream
) -> Iterator[av.Packet]:
    """The stream's packets; where the file breaks off, they end, and the decoder is still asked for what it holds."""
    demuxed = steady_of(container, stream)
    while True:
        try:
            packet = next(demuxed, None)
        except FFmpegError:
            last = av.Packet()
            last.stream = stream
            yield last
            return
        if packet is None:
            return
        yield packet
