"""The runs that P1 and P2 judge: made once for both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from storyreel.emulators import Emulator

from .commands import HOOK, environment
from .killing import SWEEPS, Killer, Tried
from .warm import Starter

AT_A_TIME = 2
"""Stories; each worker of the tests has its own."""


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """Starts commands quickly, one at a time."""
    with closing(Starter(environment(tmp_path_factory.mktemp("starter"), {}), HOOK)) as started:
        yield started


@pytest.fixture(scope="session")
def killer(tmp_path_factory: pytest.TempPathFactory, starter: Starter) -> Iterator[Killer]:
    folder = tmp_path_factory.mktemp("killed")
    with ExitStack() as stack:
        emulator = stack.enter_context(Emulator(work=0.15, concurrent={}))
        more = [
            stack.enter_context(closing(Starter(environment(folder, {}), HOOK))) for _ in range(AT_A_TIME - 1)
        ]
        yield Killer(folder, emulator, [starter, *more])


EVERY_SWEEP = pytest.mark.parametrize("sweep", SWEEPS)
"""The story that is killed at its points: one at each door, and some more. Its tests are one worker's."""


@pytest.fixture
def killed(killer: Killer, sweep: str) -> list[Tried]:
    return killer.tried(sweep)
