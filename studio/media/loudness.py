"""How loud a sound is to a listener, as EBU R128 and ITU-R BS.1770 measure it (libavfilter's ebur128).

measured("song.ogg")
# Loudness(integrated=-18.3, true_peak=-2.1, range=5.4)
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.filter
import numpy as np
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as Over

from .listen import SAMPLE_RATE, Samples, decoded

NOTHING = -70.0
"""LUFS: what is softer doesn't count."""

_STEP = SAMPLE_RATE // 10  # the meter tells what it has found ten times a second
_KEY = "lavfi.r128."


class Loudness(NamedTuple):
    integrated: float
    """LUFS, of the whole; NOTHING for silence, and for what is too short to tell (under 0.4 s)."""
    true_peak: float
    """dBTP, of the wave between the samples too; -120 for silence."""
    range: float
    """LU between its soft and its loud parts (EBU Tech 3342)."""


def measured(sound: Path | str | Iterable[Samples]) -> Loudness:
    """The loudness of a file's sound, or of blocks of float32 [2, n] at 48 kHz. Raises MediaError.

    A file is measured once, until it changes.
    """
    if isinstance(sound, (str, Path)):
        path = Path(sound).absolute()
        try:
            known = path.stat()
        except OSError:
            return _measured(decoded(path))  # which says what is wrong with it
        return _of_file(path, known.st_mtime_ns, known.st_size)
    return _measured(sound)


@functools.lru_cache(maxsize=1000)
def _of_file(path: Path, changed: int, size: int) -> Loudness:
    return _measured(decoded(path))


def _measured(blocks: Iterable[Samples]) -> Loudness:
    meter = _Meter()
    for block in blocks:
        meter.push(block)
    return meter.found()


class _Meter:
    def __init__(self) -> None:
        self._graph = av.filter.Graph()
        self._in = self._graph.add_abuffer(
            sample_rate=SAMPLE_RATE, format="fltp", layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
        )
        meter = self._graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
        self._out = self._graph.add("abuffersink")
        self._in.link_to(meter)
        meter.link_to(self._out)
        self._graph.configure()
        self._pushed = 0
        self._told: dict[str, float] = {}

    def push(self, block: Samples) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block, np.float32), "fltp", "stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, self._pushed
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._pushed += block.shape[1]
        self._in.push(frame)
        self._listen()

    def found(self) -> Loudness:
        before = self._told
        # A tenth of a second that isn't whole isn't told of. Its loudness doesn't matter; its peak does.
        self.push(np.zeros((2, 2 * _STEP), np.float32))
        return Loudness(
            before.get("I", NOTHING),
            20 * math.log10(max(self._told["true_peak"], 1e-6)),
            before.get("LRA", 0.0),
        )

    def _listen(self) -> None:
        while True:
            try:
                frame = self._out.pull()
            except (NothingYet, Over):
                return
            told = frame.metadata if frame is not None else {}
            if told:
                self._told = {key: float(told[_KEY + key]) for key in ("I", "LRA", "true_peak")}
