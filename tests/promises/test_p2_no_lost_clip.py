"""P2 No lost clip: running the same command again after any crash ends with the film, whichever door it is. Only where
it was killed inside the submit of a door that can't be asked by our own id, the command that it names comes between."""

from __future__ import annotations

import sys

import pytest

from .conftest import EVERY_SWEEP
from .killing import SWEEPS, Tried, incomplete

pytestmark = [
    EVERY_SWEEP,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="kills and forks of a POSIX system"),
]


def test_at_every_point(killed: list[Tried], sweep: str) -> None:
    wrong = [each.fault for each in killed if each.fault]
    assert not wrong, f"{len(wrong)} of {len(killed)} points\n\n" + "\n\n".join(wrong)


def test_the_films_are_whole(killed: list[Tried], sweep: str) -> None:
    wrong = [fault for each in killed if not each.fault for fault in incomplete(each.story)]
    assert not wrong, "\n".join(wrong)


def test_nobody_need_be_asked_outside_a_submit(killed: list[Tried], sweep: str) -> None:
    """Killed where no request was under way, nothing is unknown: the same command alone is enough."""
    alone = [each for each in killed if not each.story.settled]
    runs = 3 if SWEEPS[sweep].twice else 2
    assert all(len(each.story.runs) == runs for each in alone if not each.fault)
    assert len(alone) > len(killed) / 4
