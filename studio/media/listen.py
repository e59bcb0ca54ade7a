"""Listening to a file: its sound as the film has it, 48 kHz, stereo, float32 [2, n], streamed.

sum(block.shape[1] for block in decoded(Path("a.mp4")))
# 96000
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.container
import numpy as np
from numpy.typing import NDArray

from .damage import Losses
from .packets import silence, sounds
from .probe import is_set_anew, opened, sought, sound_of

SAMPLE_RATE = 48000

Samples = NDArray[np.float32]

_HOLE = 0.04  # seconds; smaller steps in the timestamps are jitter
_PREROLL = Fraction(1, 5)  # seconds decoded before the wanted sample, so that the decoder has settled


_LOUDEST = 1e9
"""What passes it is no sound either: sums of its squares would be no numbers."""


@dataclass
class Silenced:
    """What of a file's sound was no number (NaN, infinite) or could not be decoded, and is silent."""

    samples: float = 0.0
    """In its own rate, of all channels on average."""
    seconds: float = 0.0
    first: float = 0.0
    """Second of the file's timestamps."""
    lost: Losses = field(default_factory=Losses)
    """What is damaged, in seconds from the file's beginning."""
    _upto: float = -1.0

    def add(self, at: float, samples: float, rate: int) -> None:
        """What is met again, in a loop's next round, counts once."""
        if at <= self._upto:
            return
        self.first = self.first if self.samples else at
        self._upto = at
        self.samples += samples
        self.seconds += samples / rate


def decoded(
    path: Path, start: Fraction | None = None, silenced: Silenced | None = None
) -> Generator[Samples, None, None]:
    """The file's sound from second `start` of its timestamps on (None: from its first sample), without gaps.

    Where the file has none yet, or a hole, there is silence. Ends with the file's sound. Never drifts: what
    was recorded at a second comes at that second; only holes longer than 40 ms count as holes. What is no number, or
    damaged, is silent, and added to `silenced`.
    """
    with _opened_at(path, start) as container:
        stream = sound_of(container)
        if stream is None:
            return
        skip = 0
        for frame in _continuous(container, stream, start, silenced):
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


@contextmanager
def _opened_at(path: Path, start: Fraction | None) -> Iterator[av.container.InputContainer]:
    """The file, to be read from a little before `start` on; from its beginning where its container has no index."""
    with ExitStack() as files:
        container = files.enter_context(opened(path))
        stream = sound_of(container)
        if (
            start
            and start > _PREROLL
            and stream is not None
            and (is_set_anew(path) or not sought(container, stream, start - _PREROLL))
        ):
            container = files.enter_context(opened(path))
        yield container


def _continuous(
    container: av.container.InputContainer,
    stream: av.AudioStream,
    start: Fraction | None,
    silenced: Silenced | None,
) -> Iterator[Samples | int]:
    """First a number: by how many samples the sound begins after `start` (or before). Then the sound."""
    resampler, kind = None, None
    before, fed = 0.0, 0  # seconds fed to former resamplers, samples to this one
    began: float | None = None
    for frame in sounds(container, stream, silenced.lost if silenced else None):
        rate = frame.sample_rate
        at = frame.time
        missing = _made_finite(frame)
        if missing and silenced is not None:
            silenced.add(at or 0.0, missing, rate)
        if began is None:
            first = frame.pts * frame.time_base if frame.pts is not None and frame.time_base else start or 0
            began = float(first)
            yield 0 if start is None else round((first - start) * SAMPLE_RATE)
        if (frame.format.name, frame.layout.name, rate) != kind:
            if resampler is not None and kind is not None:
                yield from _arrays(resampler.resample(None))
                before += fed / kind[2]
            kind = frame.format.name, frame.layout.name, rate
            # One channel stays one here and is doubled later: the resampler would make it 3 dB quieter.
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            resampler = av.AudioResampler("fltp", layout, SAMPLE_RATE)
            fed = 0
        assert resampler is not None
        hole = at - began - before - fed / rate if at is not None else 0.0
        if hole < -_HOLE:
            continue  # the timestamps went back: this was heard already
        for length in _slices(round(hole * rate) if hole > _HOLE else 0):
            fed += length
            yield from _arrays(resampler.resample(_stamped(silence(frame, length), fed - length)))
        fed += frame.samples
        yield from _arrays(resampler.resample(_stamped(frame, fed - frame.samples)))
    if resampler is not None:
        yield from _arrays(resampler.resample(None))


def _made_finite(frame: av.AudioFrame) -> float:
    """Before it is resampled, which would spread it over its neighbours. Returns how many samples were no numbers."""
    kind = {"flt": np.float32, "dbl": np.float64}.get(frame.format.name[:3])
    if kind is None:
        return 0.0
    channels = frame.layout.nb_channels
    count = frame.samples if frame.format.is_planar else frame.samples * channels
    found = 0
    for plane in frame.planes:
        values = np.frombuffer(cast(Any, plane), kind)[:count]
        wrong = ~(np.abs(values) < _LOUDEST)
        if wrong.any():
            values[wrong] = 0
            found += int(wrong.sum())
    return found / channels


def _arrays(frames: Sequence[av.AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        samples = cast(Samples, frame.to_ndarray())
        yield np.repeat(samples, 2, axis=0) if len(samples) == 1 else samples


def _stamped(frame: av.AudioFrame, position: int) -> av.AudioFrame:
    """The resampler wants steady timestamps in one time base."""
    frame.time_base = Fraction(1, frame.sample_rate)
    frame.pts = position
    return frame


def _slices(samples: int) -> Iterator[int]:
    """A long silence in parts that take little memory."""
    while samples > 0:
        yield min(samples, SAMPLE_RATE)
        samples -= SAMPLE_RATE
