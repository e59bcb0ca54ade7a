"""The runs that P1 and P2 judge: made once for both."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from storyreel.runner.emulate import Emulator

from .killing import Tried, tried


@pytest.fixture(scope="session")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Tried]]:
    """A four-scene render, killed at every point there is, and finished."""
    with Emulator(work=0.15) as emulator:
        yield tried(tmp_path_factory.mktemp("killed"), emulator, min(4, os.cpu_count() or 1))
