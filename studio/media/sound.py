"""The film's sound: regions laid over each other at exact samples, streamed. 48 kHz, stereo, float32 [2, n].

with Mixer([Region(Path("a.mp4"), at=0, samples=96000)], samples=96000) as mixer:
    mixer.read(1600).shape
# (2, 1600)
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from .crossfade import rise
from .duck import Ducker
from .limit import CEILING, WINDOW, Limiter
from .listen import SAMPLE_RATE, Samples, Silenced, decoded
from .loop import looped, passage, softly_ended

__all__ = ["CEILING", "EDGE", "SAMPLE_RATE", "Level", "Mixer", "Region", "Samples", "decoded"]

EDGE = 192
"""Samples, 4 ms: over so many a sound comes and goes that isn't faded, so that it doesn't click."""

_BLOCK = WINDOW * 50


@dataclass(frozen=True)
class Region:
    """One file's sound in the film. `at`, `samples` and all that is counted are samples at 48 kHz."""

    path: Path
    at: int
    samples: int
    start: Fraction | None = None
    """Second of the file's own timestamps with which it begins; None is its first sample."""
    gain: float = 1.0
    loop: bool = False
    fade_in: int = 0
    fade_out: int = 0
    alike_in: float = 1.0
    """How much it is the same as what it fades in over (crossfade.alike): 1 is a straight line."""
    alike_out: float = 1.0
    skip: int = 0
    """The in point: so many samples after `start` it begins to sound."""
    until: int | None = None
    """The out point, counted like `skip`; None is the sound's end."""
    loop_start: int = 0
    """Where it goes on when it has reached the out point, counted like `skip`."""
    pan: float = 0.0
    """-1 is left, 1 right: stereo is balanced, the side that it leaves falls by a quarter of a sine."""
    key: bool = False
    """Whether others give way to it."""
    ducks: bool = False
    """Whether it gives way to the keys."""

    @property
    def end(self) -> int:
        return self.at + self.samples


@dataclass(frozen=True)
class Level:
    """How loud the sum becomes: times `gain`, then no louder than `ceiling`."""

    gain: float = 1.0
    ceiling: float = CEILING
    """Infinite: nothing is turned down."""
    between: bool = False
    """Whether the ceiling is that of the true peak, the wave between the samples too."""


AS_MIXED = Level()


class Mixer:
    """The sum of all regions, limited. Opens a region when it begins and closes it when it ends."""

    def __init__(self, regions: Sequence[Region], samples: int, level: Level = AS_MIXED) -> None:
        self._regions = sorted(regions, key=lambda region: region.at, reverse=True)
        self._playing: list[_Playing] = []
        self._samples = samples
        self._mixed = 0
        self._gain = np.float32(level.gain)
        self._limiter = Limiter(level.ceiling, level.between) if level.ceiling < math.inf else None
        some_duck = any(region.ducks for region in regions) and any(region.key for region in regions)
        self._ducking = _Ducking() if some_duck else None
        self._ready: list[Samples] = []
        self._ready_samples = 0
        self._silenced: dict[Path, Silenced] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was wrong with the sounds that were mixed so far."""
        return tuple(note for path, found in self._silenced.items() for note in _silent(path, found))

    def read(self, count: int) -> Samples:
        """The next `count` samples; past the end there is silence."""
        while self._ready_samples < count or not self._ready:
            block = self._mix()
            if self._gain != 1:
                block = block * self._gain
            if self._limiter:
                block = self._limiter.push(block)
            self._ready.append(block)
            self._ready_samples += block.shape[1]
        joined = np.concatenate(self._ready, axis=1) if len(self._ready) > 1 else self._ready[0]
        self._ready = [joined[:, count:]]
        self._ready_samples -= count
        return joined[:, :count]

    def blocks(self) -> Iterator[Samples]:
        """All of it, a second at a time."""
        for done in range(0, self._samples, SAMPLE_RATE):
            yield self.read(min(SAMPLE_RATE, self._samples - done))

    def _mix(self) -> Samples:
        """The sum of the next regions' samples: a whole number of the limiter's windows."""
        begin, end = self._mixed, self._mixed + _BLOCK
        self._mixed = end
        while self._regions and self._regions[-1].at < min(end, self._samples):
            region = self._regions.pop()
            self._playing.append(_Playing(region, self._silenced.setdefault(region.path, Silenced())))
        out, key, giving = (np.zeros((2, _BLOCK), np.float32) for _ in range(3))
        for playing in list(self._playing):
            region = playing.region
            low, high = max(begin, region.at), min(end, region.end, self._samples)
            if low < high:
                bus = out
                if self._ducking and (region.key or region.ducks):
                    bus = key if region.key else giving
                bus[:, low - begin : high - begin] += playing.read(high - low)
            if end >= min(region.end, self._samples):
                playing.close()
                self._playing.remove(playing)
        return self._ducking.push(out, key, giving) if self._ducking else out

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


class _Ducking:
    """Holds the sound back until it is known how far it gives way."""

    def __init__(self) -> None:
        self._ducker = Ducker()
        self._straight: Samples = np.zeros((2, 0), np.float32)
        self._giving: Samples = np.zeros((2, 0), np.float32)

    def push(self, out: Samples, key: Samples, giving: Samples) -> Samples:
        gains = self._ducker.push(key)
        settled = len(gains)
        straight = np.concatenate((self._straight, out + key), axis=1)
        under = np.concatenate((self._giving, giving), axis=1)
        self._straight, self._giving = straight[:, settled:], under[:, settled:]
        mixed = straight[:, :settled]
        mixed += under[:, :settled] * gains
        return mixed


class _Playing:
    """A region while it sounds."""

    def __init__(self, region: Region, silenced: Silenced) -> None:
        self.region = region
        self._blocks = _blocks(region, silenced)
        self._left: Samples = np.zeros((2, 0), np.float32)
        self._done = 0
        sides = math.cos(max(0.0, region.pan) * math.pi / 2), math.cos(min(0.0, region.pan) * math.pi / 2)
        self._sides = np.array(sides, np.float32)[:, None] if region.pan else None

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
        return samples if self._sides is None else samples * self._sides

    def _level(self, count: int) -> NDArray[np.float32] | np.float32:
        region = self.region
        end = self._done + count
        if self._done >= region.fade_in and end <= region.samples - region.fade_out:
            return np.float32(region.gain)
        place = np.arange(self._done, end, dtype=np.float64)
        level = np.full(count, region.gain)
        if region.fade_in:
            level *= rise(place / region.fade_in, region.alike_in)
        if region.fade_out:
            level *= rise((region.samples - place) / region.fade_out, region.alike_out)
        return level.astype(np.float32)

    def close(self) -> None:
        self._blocks.close()


def _blocks(region: Region, silenced: Silenced) -> Generator[Samples, None, None]:
    if region.loop:
        return looped(region.path, region.start, region.skip, region.until, region.loop_start, silenced)
    heard = passage(decoded(region.path, region.start, silenced), region.skip, region.until)
    return softly_ended(heard, region.samples, EDGE)


def _silent(path: Path, found: Silenced) -> Iterator[str]:
    if found.samples:
        of = f"{_s(found.seconds)} of its sound, from {_s(found.first)} on,"
        yield f"{path.name}: {of} is no numbers, and silent"
    if found.lost:
        yield f"{path.name}: its sound is damaged at {found.lost.where()}, and silent there"


def _s(seconds: float) -> str:
    return f"{seconds:.4g} s"
