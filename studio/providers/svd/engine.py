"""What loads a model, lets one film at a time, and lets it go when nobody has asked for a while: on a canvas other
nodes want the same memory."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...config import Svd as Settings
from ...errors import Interrupted, ProviderError
from . import weights
from .model import Model

IDLE = 60.0
"""Seconds that a model stays loaded for the next clip."""
_Key = tuple[str, Path, str, str, bool | None]


def _load(folder: Path, settings: Settings) -> Model:
    from .pipeline import load  # torch takes seconds

    return load(folder, settings)


class Diffusers:
    """The engine of this machine. `load` makes a model of a folder of weights."""

    def __init__(self, load: Callable[[Path, Settings], Model] = _load, idle: float = IDLE) -> None:
        self._load, self._idle = load, idle
        self._turn = threading.Lock()
        self._held: tuple[_Key, Model] | None = None
        self._bell: threading.Timer | None = None

    def missing(self) -> list[str]:
        return weights.missing()

    def lacking(self, model: str) -> str:
        return weights.lacking(model)

    @contextmanager
    def loaded(self, model: str, settings: Settings) -> Iterator[Model]:
        """The model, for whoever comes first; the others wait. Raises ProviderError."""
        with self._turn:
            if self._bell is not None:
                self._bell.cancel()
            try:
                yield self._ready(model, settings)
            except Interrupted:
                raise
            except BaseException:  # it may have broken off in the middle of its memory
                self._forget()
                raise
            finally:
                self._bell = threading.Timer(self._idle, self._let_go)
                self._bell.daemon = True
                self._bell.start()

    def _ready(self, model: str, settings: Settings) -> Model:
        folder = weights.folder_of(model)
        if folder is None:
            raise ProviderError(weights.lacking(model))
        key = (model, folder, settings.device, settings.precision, settings.offload)
        if self._held is None or self._held[0] != key:
            self._forget()  # before the next is loaded: there is seldom room for two
            self._held = key, self._load(folder, settings)
        return self._held[1]

    def _let_go(self) -> None:
        if self._turn.acquire(blocking=False):
            try:
                self._forget()
            finally:
                self._turn.release()

    def _forget(self) -> None:
        if self._held is None and self._bell is None:
            return
        self._held = None
        gc.collect()  # the parts of a pipeline know each other
        if pipeline := sys.modules.get(f"{__package__}.pipeline"):
            pipeline.give_back()
