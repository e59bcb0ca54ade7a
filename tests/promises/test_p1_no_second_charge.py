"""P1 No second charge: killed at any write, any rename and any step of a conversation, the provider never sees two
accepted jobs for one take, whichever door it is. The emulator's record is the judge; killing.py tells how it is
done."""

from __future__ import annotations

import sys

import pytest

from .conftest import EVERY_SWEEP
from .killing import AT_ONCE, EVENTS, SWEEPS, WHOLE, Tried, charged_twice
from .scenes import CLOUD, FOUND, TOLD

pytestmark = [
    EVERY_SWEEP,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="kills and forks of a POSIX system"),
]


def test_at_every_point(killed: list[Tried], sweep: str) -> None:
    wrong = [fault for each in killed for fault in charged_twice(each.story)]
    assert not wrong, f"{len(wrong)} takes\n" + "\n".join(wrong)


def test_the_points_are_those_that_matter(killed: list[Tried], sweep: str) -> None:
    """The hook sees what it should: each door's conversation, the ledger's writes about it, and the files' renames."""
    names = {each.point.what for each in killed}
    door = sweep.removeprefix("told by ")
    if door in (*CLOUD, *TOLD):
        for event in EVENTS:
            assert {f"before commit: {door} {event}", f"after commit: {door} {event}"} <= names
        submit = {each.point.what.partition(":")[0] for each in killed if each.point.about.get("submit")}
        assert {"before sending", "after sending", "after the response's headers"} <= submit
        assert any(name.startswith("before connecting: POST") for name in names)
    if sweep == WHOLE:
        assert any(name.startswith("before replace") and name.endswith("-1.mp4") for name in names)
        assert "before replace: film.mp4" in names
    if sweep.endswith("looked up"):
        door = sweep.split()[0]
        assert {f"before commit: {door} unknown", f"after commit: {door} adopted"} <= names
        assert any(name.startswith("before sending: GET") for name in names)
    died = sum(each.story.runs[int(SWEEPS[sweep].twice)].code == -9 for each in killed)
    assert died >= 0.9 * len(killed), f"{died} of {len(killed)} were killed; the others had ended before"


def test_killed_inside_a_submit_it_is_unknown(killed: list[Tried], sweep: str) -> None:
    """The command said so, and named what settles it; both ways of settling were gone somewhere. Where a service can be
    asked by our own id, only what never arrived is."""
    ways = {command.split()[1] for each in killed for command in each.story.settled}
    if SWEEPS[sweep].scenes[0]["provider"] in FOUND and sweep != AT_ONCE:
        assert ways <= {"release"}
    elif sweep in CLOUD:
        assert ways == {"collect", "release"}
    elif sweep.removeprefix("told by ") in TOLD:
        assert ways == {"release"}, "there is nothing to collect"
