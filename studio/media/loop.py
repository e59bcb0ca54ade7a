"""A part of a file's sound, once or again and again, with ends and seams that don't click.

Counted in samples at 48 kHz from where the decoding begins; blocks are float32 [2, n].
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import MediaError
from .crossfade import alike, rise
from .listen import Samples, Silenced, decoded

SEAM = 240
"""Samples, 5 ms: over so many the end of a loop becomes its beginning."""

_NOTHING: Samples = np.zeros((2, 0), np.float32)


def passage(blocks: Iterator[Samples], first: int, end: int | None) -> Generator[Samples, None, None]:
    """The samples from `first` to `end`; None is to where the sound ends."""
    place = 0
    for block in blocks:
        part = block[:, max(0, first - place) : None if end is None else max(0, end - place)]
        place += block.shape[1]
        if part.shape[1]:
            yield part
        if end is not None and place >= end:
            return


def softly_ended(blocks: Iterator[Samples], samples: int, edge: int) -> Generator[Samples, None, None]:
    """The same, and where it is over before so many samples, its last `edge` ones fall to silence."""
    heard, tail = yield from _all_but_the_last(blocks, edge)
    if heard < samples and tail.shape[1]:
        tail = tail * np.linspace(1, 0, tail.shape[1], dtype=np.float32)
    yield tail


def looped(
    path: Path,
    start: Fraction | None,
    first: int,
    end: int | None,
    again: int,
    silenced: Silenced | None = None,
) -> Generator[Samples, None, None]:
    """From `first` to `end`, then from `again` to `end` for ever, every round exactly that long.

    What leads to `again` in the file is blended into what leads to `end`, its level kept. Where nothing leads
    there, a seam that would click is ramped; one that joins by itself is left as it is.
    Raises MediaError where there is nothing to repeat. Every round is decoded from the file's beginning: that is
    exact in formats too in which one can't seek so.
    """
    tail = _NOTHING
    for number in itertools.count():
        begin = again if number else first
        lead = SEAM if number and begin >= SEAM else 0
        blocks: Iterator[Samples] = passage(decoded(path, start, silenced), begin - lead, end)
        if number:
            head, blocks = _taken(blocks, SEAM)
            if lead:
                yield _blended(tail, head)
            else:
                yield from _joined(tail, head)
        heard, tail = yield from _all_but_the_last(blocks, SEAM)
        if not heard:
            raise MediaError(f"{path.name} has no sound that could be repeated", "give another file")


def _blended(tail: Samples, head: Samples) -> Samples:
    """One becomes the other, as loud throughout: alike parts add up more than others, and are turned down more."""
    count = min(tail.shape[1], head.shape[1])
    before, after = tail[:, tail.shape[1] - count :], head[:, head.shape[1] - count :]
    place, same = (np.arange(count) + 0.5) / max(1, count), alike([(before, after)])
    mixed = before * rise(1 - place, same) + after * rise(place, same)
    return np.concatenate((tail[:, : tail.shape[1] - count], mixed), axis=1).astype(np.float32)


def _joined(tail: Samples, head: Samples) -> Iterator[Samples]:
    if tail.shape[1] and head.shape[1]:
        jump = np.abs(head[:, 0] - tail[:, -1])
        steps = np.abs(np.diff(np.concatenate((tail, head), axis=1), axis=1))
        steps[:, tail.shape[1] - 1] = 0
        if (jump > 2 * steps.max(axis=1) + 0.001).any():
            tail = tail * np.linspace(1, 0, tail.shape[1], dtype=np.float32)
            head = head * np.linspace(0, 1, head.shape[1], dtype=np.float32)
    yield tail
    yield head


def _taken(blocks: Iterator[Samples], count: int) -> tuple[Samples, Iterator[Samples]]:
    """The first `count` samples, and what follows them."""
    parts, there = [_NOTHING], 0
    while there < count and (block := next(blocks, None)) is not None:
        parts.append(block)
        there += block.shape[1]
    joined = np.concatenate(parts, axis=1)
    return joined[:, :count], itertools.chain([joined[:, count:]], blocks)


def _all_but_the_last(blocks: Iterable[Samples], count: int) -> Generator[Samples, None, tuple[int, Samples]]:
    """Yields all but the last `count` samples; returns how many there were, and those."""
    held, waiting, heard = [], 0, 0
    for block in blocks:
        heard += block.shape[1]
        held.append(block)
        waiting += block.shape[1]
        while waiting - held[0].shape[1] >= count:
            waiting -= held[0].shape[1]
            yield held.pop(0)
    joined = np.concatenate([_NOTHING, *held], axis=1)
    yield joined[:, : max(0, waiting - count)]
    return heard, joined[:, max(0, waiting - count) :]
