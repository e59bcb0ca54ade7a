"""A model that films nothing and tells all about it: its frames are the picture, pushed aside by two pixels each.

It takes the place of diffusers behind the door, where everything but the model itself is real.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from storyreel.studio.config import Svd as Settings
from storyreel.studio.providers.svd.model import Go, Model, Pixels

PUSH = 2


class Slides:
    place = "a projector"

    def __init__(self, frames: int, error: Exception | None = None) -> None:
        self.frames = frames
        self.goes: list[Go] = []
        self.error = error
        self.go_on = threading.Event()
        """Nothing comes after the first step of a go until it is set."""
        self.go_on.set()
        self.stepped = threading.Event()
        self.steps = 0

    def film(self, go: Go, step: Callable[[int], None]) -> Iterator[Pixels]:
        self.goes.append(go)
        for number in range(go.settings.steps):
            step(number + 1)
            self.steps += 1
            self.stepped.set()
            self.go_on.wait(20)
        if self.error is not None:
            raise self.error
        for number in range(self.frames):
            yield np.roll(go.picture, PUSH * number, axis=1)


class Projector:
    """The engine: what is there is what it is given."""

    def __init__(self, models: dict[str, Slides] | None = None, missing: tuple[str, ...] = ()) -> None:
        self.models = {"svd-xt": Slides(25), "svd": Slides(14)} if models is None else models
        self.lacks = list(missing)
        self._turn = threading.Lock()

    def missing(self) -> list[str]:
        return self.lacks

    def lacking(self, model: str) -> str:
        return "" if model in self.models else f"svd finds no weights of {model}"

    @contextmanager
    def loaded(self, model: str, settings: Settings) -> Iterator[Model]:
        with self._turn:
            yield self.models[model]
