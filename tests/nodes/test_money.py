"""Estimate and Budget Guard: prices before anything is spent, and a gate that keeps to them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from storyreel.nodes import sockets
from storyreel.nodes.money import BudgetGuard, Estimate
from storyreel.nodes.storyboard import ShootStoryboard
from storyreel.studio.errors import BadInput, OverBudget
from storyreel.studio.home import home

SCENES = [
    {"prompt": "A bakery at dawn", "duration": 4, "provider": "vertex", "model": "veo-3.1"},
    {"prompt": "The first customer", "duration": 3, "provider": "vertex", "model": "veo-3.1-fast"},
    {"prompt": "The end", "duration": 2, "provider": "animatic"},
]


def board(scenes: list[dict[str, Any]], place: Any, **more: Any) -> dict[str, Any]:
    plain = {"quality": "draft", "fps": 24, "scenes": scenes, **more}
    return sockets.StoryboardWire(storyboard=plain, folder=str(place.input))


def test_prices_need_no_key_and_no_door(place: Any, execute: Any) -> None:
    table, total = execute(Estimate, storyboard=board(SCENES, place))
    assert total == pytest.approx(1.6 + 0.4), "3 s of Veo are 4 that are paid for"
    lines = table.splitlines()
    assert "veo-3.1 720p, vertex" in lines[1] and "$1.60 (no key)" in lines[1]
    assert "$0.40" in lines[2] and "free" in lines[3] and "$2.00" in lines[4]
    assert not (home() / "ledger.db").exists(), "to look is no reason to make a ledger"


def test_what_is_wrong_stands_below_the_prices(place: Any, execute: Any) -> None:
    wrong = {**SCENES[0], "resolution": "1080p"}
    table, total = execute(Estimate, storyboard=board([wrong, *SCENES[1:]], place))
    assert total == pytest.approx(0.4)
    assert "scenes[0].duration: veo-3.1 makes 1080p only at 8 s" in table.splitlines()[-1]


def test_what_was_bought_costs_nothing_again(cloud: Any, place: Any, execute: Any) -> None:
    plain = board([SCENES[1], {**SCENES[1]}], place)
    table, total = execute(Estimate, storyboard=plain)
    assert total == pytest.approx(0.4) and "as above" in table, "the same clip twice is paid for once"
    execute(ShootStoryboard, storyboard=plain, provider="as the storyboard says", max_cost=1.0)
    table, total = execute(Estimate, storyboard=plain)
    assert total == 0 and "bought before" in table
    assert len(cloud.record()["jobs"]) == 1


def test_the_guard_lets_through_what_the_cap_allows(place: Any, execute: Any) -> None:
    plain = board(SCENES, place)
    assert execute(BudgetGuard, storyboard=plain, cap=2.0, through="anything") == (plain, "anything")


def test_the_guard_stops_what_is_too_dear_and_names_what_is_cheaper(place: Any, execute: Any) -> None:
    with pytest.raises(OverBudget) as stopped:
        execute(BudgetGuard, storyboard=board(SCENES, place), cap=1.99)
    said = str(stopped.value)
    assert "$2.00 is more than the $1.99 that this guard has left" in said
    assert "scene 1: " in said and "animatic (free)" in said
    ways = re.findall(r"\S+ through \w+ \(\$([\d.]+)\)", said)
    assert ways and all(float(cost) < 1.6 for cost in ways)


def test_the_guard_knows_the_budgets_and_what_is_used_of_them(cloud: Any, place: Any, execute: Any) -> None:
    execute(
        ShootStoryboard, storyboard=board([SCENES[1]], place), provider="as the storyboard says", max_cost=1.0
    )
    config = home() / "config.toml"
    config.write_text(
        config.read_text() + "[budgets]\nday = 1.9\nvideo = 1.5\n[budgets.doors.vertex]\nmonth = 100\n"
    )
    with pytest.raises(OverBudget) as stopped:
        execute(BudgetGuard, storyboard=board(SCENES, place), cap=5.0)
    said = str(stopped.value)
    assert "$1.60 is more than the $1.50 that today has left of $1.90" in said
    assert "a video" in said and "month" not in said


def test_the_guard_refuses_a_storyboard_that_cant_be_shot(place: Any, execute: Any) -> None:
    wrong = {**SCENES[0], "resolution": "1080p"}
    with pytest.raises(BadInput, match="only at 8 s"):
        execute(BudgetGuard, storyboard=board([wrong], place), cap=5.0)


def test_a_storyboard_travels_as_plain_data(place: Any, execute: Any) -> None:
    passed, nothing = execute(BudgetGuard, storyboard=board(SCENES[2:], place), cap=0.0)
    assert json.loads(json.dumps(passed)) == passed and nothing is None
