"""The film's sound: regions laid over each other at exact samples, streamed. 48 kHz, stereo, float32 [2, n].

>>> with Mixer([Region(Path("a.mp4"), at=0, samples=96000)], samples=96000) as mixer:
...     mixer.read(1600).shape
(2, 1600)
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import cast

import av
import av.container
import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from .probe import opened, sound_of

SAMPLE_RATE = 48000
CEILING = 1.0
"""The loudest sample of a mix; what would be louder is turned down, not cut off."""

Samples = NDArray[np.float32]

_WINDOW = 240  # 5 ms: the limiter's step
_RELEASE = _WINDOW / (0.25 * SAMPLE_RATE)  # back from silence to full in a quarter of a second
_HOLE = Fraction(1, 25)  # seconds; smaller steps in the timestamps are jitter
_PREROLL = Fraction(1, 5)  # seconds decoded before the wanted sample, so that the decoder has settled


@dataclass(frozen=True)
class Region:
    """One file's sound in the film. `at`, `samples` and the fades count film samples at 48 kHz."""

    path: Path
    at: int
    samples: int
    start: Fraction | None = None
    """Second of the file's own timestamps with which it begins; None is its first sample."""
    gain: float = 1.0
    loop: bool = False
    fade_in: int = 0
    fade_out: int = 0

    @property
    def end(self) -> int:
        return self.at + self.samples


class Mixer:
    """The sum of all regions, limited. Opens a region when it begins and closes it when it ends."""

    def __init__(self, regions: Sequence[Region], samples: int) -> None:
        self._regions = sorted(regions, key=lambda region: region.at, reverse=True)
        self._playing: list[_Playing] = []
        self._samples = samples
        self._mixed = 0
        self._limiter = _Limiter()
        self._ready: list[Samples] = []
        self._ready_samples = 0

    def read(self, count: int) -> Samples:
        """The next `count` samples; past the end there is silence."""
        while self._ready_samples < count:
            block = self._limiter.push(self._mix())
            self._ready.append(block)
            self._ready_samples += block.shape[1]
        joined = np.concatenate(self._ready, axis=1) if len(self._ready) > 1 else self._ready[0]
        self._ready = [joined[:, count:]]
        self._ready_samples -= count
        return joined[:, :count]

    def _mix(self) -> Samples:
        size = _WINDOW * 10
        begin, end = self._mixed, self._mixed + size
        self._mixed = end
        while self._regions and self._regions[-1].at < min(end, self._samples):
            self._playing.append(_Playing(self._regions.pop()))
        out = np.zeros((2, size), np.float32)
        for playing in list(self._playing):
            region = playing.region
            low, high = max(begin, region.at), min(end, region.end, self._samples)
            if low < high:
                out[:, low - begin : high - begin] += playing.read(high - low)
            if end >= min(region.end, self._samples):
                playing.close()
                self._playing.remove(playing)
        return out

    def close(self) -> None:
        for playing in self._playing:
            playing.close()
        self._playing.clear()

    def __enter__(self) -> Mixer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Playing:
    """A region while it sounds."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self._blocks = _looped(region) if region.loop else decoded(region.path, region.start)
        self._left: Samples = np.zeros((2, 0), np.float32)
        self._done = 0

    def read(self, count: int) -> Samples:
        parts, missing = [], count
        while missing:
            if not self._left.shape[1]:
                block = next(self._blocks, None)
                self._left = np.zeros((2, missing), np.float32) if block is None else block
            part = self._left[:, :missing]
            self._left = self._left[:, part.shape[1] :]
            parts.append(part)
            missing -= part.shape[1]
        samples = np.concatenate(parts, axis=1) * self._level(count)
        self._done += count
        return samples

    def _level(self, count: int) -> NDArray[np.float32] | np.float32:
        region = self.region
        end = self._done + count
        if self._done >= region.fade_in and end <= region.samples - region.fade_out:
            return np.float32(region.gain)
        place = np.arange(self._done, end, dtype=np.float64)
        level = np.full(count, region.gain)
        if region.fade_in:
            level *= np.clip(place / region.fade_in, 0, 1)
        if region.fade_out:
            level *= np.clip((region.samples - place) / region.fade_out, 0, 1)
        return level.astype(np.float32)

    def close(self) -> None:
        self._blocks.close()


def _looped(region: Region) -> Generator[Samples, None, None]:
    while True:
        heard = 0
        for block in decoded(region.path, region.start):
            heard += block.shape[1]
            yield block
        if not heard:
            raise MediaError(f"{region.path.name} has no sound that could be repeated", "give another file")


def decoded(path: Path, start: Fraction | None = None) -> Generator[Samples, None, None]:
    """The file's sound from second `start` of its timestamps on (None: from its first sample), without gaps.

    Where the file has none yet, or a hole, there is silence. Ends with the file's sound. Never drifts: what
    was recorded at a second comes at that second; only holes longer than 40 ms count as holes.
    """
    with opened(path) as container:
        stream = sound_of(container)
        if stream is None:
            return
        if start and start > _PREROLL and stream.time_base is not None:
            container.seek(int((start - _PREROLL) / stream.time_base), stream=stream)
        skip = 0
        for frame in _continuous(container, stream, start):
            if isinstance(frame, int):
                if frame < 0:
                    skip = -frame
                for length in _slices(frame):
                    yield np.zeros((2, length), np.float32)
                continue
            block = frame[:, skip:]
            skip -= frame.shape[1] - block.shape[1]
            if block.shape[1]:
                yield block


def _continuous(
    container: av.container.InputContainer, stream: av.AudioStream, start: Fraction | None
) -> Iterator[Samples | int]:
    """First a number: by how many samples the sound begins after `start` (or before). Then the sound."""
    resampler, kind = None, None
    taken = Fraction(0)  # seconds fed to the resamplers
    began: Fraction | None = None
    for frame in container.decode(stream):
        rate = frame.sample_rate
        at = frame.pts * frame.time_base if frame.pts is not None and frame.time_base else None
        if began is None:
            began = at if at is not None else start or Fraction(0)
            yield 0 if start is None else round((began - start) * SAMPLE_RATE)
        if (frame.format.name, frame.layout.name, rate) != kind:
            if resampler is not None:
                yield from _arrays(resampler.resample(None))
            kind = frame.format.name, frame.layout.name, rate
            # One channel stays one here and is doubled later: the resampler would make it 3 dB quieter.
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            resampler = av.AudioResampler("fltp", layout, SAMPLE_RATE)
            fed = 0
        assert resampler is not None
        hole = at - began - taken if at is not None else Fraction(0)
        if hole < -_HOLE:
            continue  # the timestamps went back: this was heard already
        for length in _slices(round(hole * rate) if hole > _HOLE else 0):
            fed, taken = fed + length, taken + Fraction(length, rate)
            yield from _arrays(resampler.resample(_stamped(_silence(frame, length), fed - length)))
        fed, taken = fed + frame.samples, taken + Fraction(frame.samples, rate)
        yield from _arrays(resampler.resample(_stamped(frame, fed - frame.samples)))
    if resampler is not None:
        yield from _arrays(resampler.resample(None))


def _arrays(frames: Sequence[av.AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        samples = cast(Samples, frame.to_ndarray())
        yield np.repeat(samples, 2, axis=0) if len(samples) == 1 else samples


def _stamped(frame: av.AudioFrame, position: int) -> av.AudioFrame:
    """The resampler wants steady timestamps in one time base."""
    frame.time_base = Fraction(1, frame.sample_rate)
    frame.pts = position
    return frame


def _silence(like: av.AudioFrame, samples: int) -> av.AudioFrame:
    frame = av.AudioFrame(like.format.name, like.layout.name, samples)
    frame.sample_rate = like.sample_rate
    middle = 0x80 if like.format.name.startswith("u8") else 0
    for plane in frame.planes:
        plane.update(bytes([middle]) * plane.buffer_size)
    return frame


def _slices(samples: int) -> Iterator[int]:
    """A long silence in parts that take little memory."""
    while samples > 0:
        yield min(samples, SAMPLE_RATE)
        samples -= SAMPLE_RATE


class _Limiter:
    """Turns the sum down where it would pass the ceiling: 5 ms ahead of a peak, back in 250 ms.

    Sound below the ceiling passes bit by bit. Gives back what it is given, one window later.
    """

    def __init__(self) -> None:
        self._held: Samples = np.zeros((2, 0), np.float32)
        self._gain: float | None = None

    def push(self, block: Samples) -> Samples:
        """`block` is float32 [2, n], n a multiple of the window."""
        samples = np.concatenate((self._held, block), axis=1)
        windows = samples.shape[1] // _WINDOW
        self._held = samples[:, -_WINDOW:]
        samples = samples[:, :-_WINDOW]
        peaks = (
            np.abs(np.concatenate((samples, self._held), axis=1))
            .reshape(2, windows, _WINDOW)
            .max(axis=(0, 2))
        )
        allowed = np.minimum(1, CEILING / np.maximum(peaks, 1e-9)).tolist()
        # The gain at each border of two windows is no more than either allows, and lines run between the
        # borders: so no sample in between passes the ceiling.
        gains = [allowed[0] if self._gain is None else self._gain]
        for before, after in itertools.pairwise(allowed):
            gains.append(min(before, after, gains[-1] + _RELEASE))
        self._gain = gains[-1]
        if min(gains) >= 1:
            return samples
        ramp = np.interp(np.arange(samples.shape[1]), np.arange(windows) * _WINDOW, gains)
        return samples * ramp.astype(np.float32)
