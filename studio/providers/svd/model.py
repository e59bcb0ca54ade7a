"""What a model is that films a picture, and what loads one. A test has both of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ...config import Svd as Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
else:
    Pixels = Any  # the door is asked what it lacks where nobody has waited for numpy
"""A frame, uint8 [H,W,3], red first."""


class Go(NamedTuple):
    """What one run of the model begins with."""

    picture: Pixels
    """Its size is the clip's."""
    seed: int
    settings: Settings


class Model(Protocol):
    """A model that is loaded."""

    frames: int
    """So many come of one go."""
    place: str
    """Where it runs, for a person: "NVIDIA H200, fp16"."""

    def film(self, go: Go, step: Callable[[int], None]) -> Iterator[Pixels]:
        """The frames of one go, the first of them the picture's. `step` is called with how many steps are done after
        each, and may raise to stop it. Raises ProviderError, with a cure where the memory doesn't do."""
        ...


class Engine(Protocol):
    """What loads models."""

    def missing(self) -> list[str]:
        """Why no model can be loaded, a sentence each, beginning with the door's name; nothing heavy is imported."""
        ...

    def lacking(self, model: str) -> str:
        """Why this one can't though others can; empty if it can."""
        ...

    def loaded(self, model: str, settings: Settings) -> AbstractContextManager[Model]:
        """The model, for one at a time. Raises ProviderError."""
        ...
