"""P1 No second charge: killed at any write, any rename and any step of a conversation, the provider never sees two
accepted jobs for one take. The emulator's record is the judge; killing.py tells how it is done."""

from __future__ import annotations

import sys

import pytest

from .killing import Tried, charged_twice

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("killed"),
    pytest.mark.skipif(sys.platform == "win32", reason="kills and forks of a POSIX system"),
]


def test_at_every_point(killed: list[Tried]) -> None:
    wrong = [fault for each in killed for fault in charged_twice(each.story)]
    assert not wrong, f"{len(wrong)} takes\n" + "\n".join(wrong)


def test_the_points_are_those_that_matter(killed: list[Tried]) -> None:
    """The hook sees what it should: each door's conversation, the ledger's writes about it, and the files' renames."""
    names = {each.point.what for each in killed}
    for door in ("vertex", "google", "runway"):
        for event in ("begin", "accepted", "done", "stored"):
            assert {f"before commit: {door} {event}", f"after commit: {door} {event}"} <= names
        for step in ("before connecting", "before sending", "after sending", "after the response's headers"):
            assert any(name.startswith(f"{step}: POST") and f"/{door}/" in name for name in names)
    assert any(name.startswith("before replace") and name.endswith("-1.mp4") for name in names)
    assert "before replace: film.mp4" in names
    died = sum(each.story.runs[0].code == -9 for each in killed)
    assert died >= 0.9 * len(killed), f"{died} of {len(killed)} were killed; the others had ended before"


def test_killed_inside_a_submit_it_is_unknown(killed: list[Tried]) -> None:
    """The command said so, and named what settles it; both ways of settling were gone somewhere."""
    ways = {command.split()[1] for each in killed for command in each.story.settled}
    assert ways == {"collect", "release"}
