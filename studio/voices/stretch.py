"""Says a speech faster, in the same pitch.

faster(speech, Fraction(23, 20)).seconds / speech.seconds
# Fraction(20, 23)
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import av.error
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from ..errors import BadInput
from ..media.sound import SAMPLE_RATE, decoded
from ..store.vault import Vault, sha256_of
from . import Speech

MOST = Fraction(23, 20)
"""Times the speed: beyond it one hears that a voice is hurried."""
_MADE_BY = 1
"""Counted up when the same speech gets another sound."""
_LOST = 1024
"""The filter begins half of its window late: so many samples are lost at 48 kHz."""


def faster(speech: Speech, factor: Fraction) -> Speech:
    """The speech in 1/factor of its time, times of its words and all; found again once it was made.

    Raises BadInput for a factor that isn't 1 to MOST, MediaError, OutputError.
    """
    factor = Fraction(factor)
    if not 1 <= factor <= MOST:
        said = f"a voice that is said {float(factor):.3g} times as fast is heard to be hurried"
        raise BadInput(said, f"use 1 to {float(MOST):g}")
    if factor == 1:
        return speech
    recipe = json.dumps(["faster", _MADE_BY, sha256_of(speech.path), str(factor)])
    path = Vault().derived(recipe, ".wav", lambda part: _write(speech.path, factor, part))
    words = tuple(
        word.model_copy(update={"start": word.start / float(factor), "end": word.end / float(factor)})
        for word in speech.words
    )
    return Speech(path, speech.start / factor, speech.end / factor, words, speech.timed)


def _write(source: Path, factor: Fraction, path: Path) -> None:
    graph = _graph(float(factor))
    given = written = 0
    silence = np.zeros((2, _LOST), np.float32)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for block in chain([silence], decoded(source, Fraction(0))):
            frame = av.AudioFrame.from_ndarray(block.mean(0, keepdims=True), "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, given, Fraction(1, SAMPLE_RATE)
            graph.push(frame)
            given += block.shape[1]
            for samples in _made(graph):
                file.writeframes(samples.tobytes())
                written += len(samples)
        graph.push(None)
        # It ends a few samples early or late.
        rest = np.concatenate([np.zeros(0, np.int16), *_made(graph)])
        missing = round((given - _LOST) / factor) - written
        file.writeframes(np.pad(rest, (0, max(0, missing - len(rest))))[: max(0, missing)].tobytes())


def _graph(factor: float) -> Graph:
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=SAMPLE_RATE, format="fltp", layout="mono", time_base=Fraction(1, SAMPLE_RATE)
    )
    filters = [source, graph.add("atempo", f"{factor:.9f}"), graph.add("aformat", "sample_fmts=s16")]
    graph.link_nodes(*filters, graph.add("abuffersink")).configure()
    return graph


def _made(graph: Graph) -> Iterator[NDArray[np.int16]]:
    """What has come out of it since."""
    while True:
        try:
            yield graph.pull().to_ndarray()[0]  # pyright: ignore[reportAttributeAccessIssue]
        except (av.error.BlockingIOError, av.error.EOFError):
            return
