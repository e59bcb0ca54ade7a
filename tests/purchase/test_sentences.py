"""What is said about money and jobs is so: figures, what would fit, when to ask again, where to look."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from storyreel.studio.errors import OverBudget, StoryreelError, UnknownOutcome
from storyreel.studio.ledger import Alert
from storyreel.studio.planning.model_choice import Way
from storyreel.studio.planning.savings import ways
from storyreel.studio.production.shoot import Spend
from storyreel.tests.purchase.conftest import GEN, OMNI, VEO, Set


@pytest.mark.parametrize(
    ("used", "limit", "said"),
    [
        ("0.92", "1", "92 % of the budget for a day are used: $0.92 of $1.00"),
        ("0.999", "1", "99 % of the budget for a day are used: $0.999 of $1.00"),
        ("1", "1", "100 % of the budget for a day are used: $1.00 of $1.00"),
        ("9.60", "1", "the budget for a day is exceeded: $9.60 of $1.00 are used"),
    ],
)
def test_percentages_are_what_they_say(used: str, limit: str, said: str) -> None:
    assert str(Alert("budget for a day", 90, Decimal(used), Decimal(limit))) == said


def test_only_what_fits_is_named(studio: Set) -> None:
    with pytest.raises(OverBudget) as caught:
        studio.shoot(
            VEO | {"model": "veo-3.1", "resolution": "1080p", "duration": 8}, spend=Spend(Decimal("0.5"))
        )
    costs = [Decimal(cost) for cost in re.findall(r"\(\$([\d.]+)\)", caught.value.hint)]
    assert all(cost <= Decimal("0.5") for cost in costs) and "animatic (free)" in caught.value.hint


@pytest.mark.parametrize(
    ("spend", "configured", "cure"),
    [
        (Spend(Decimal(9), day=Decimal("0.5")), "", "`storyreel consent --day DOLLARS`"),
        (Spend(Decimal(9), together=Decimal("0.5")), "", "higher --max-cost"),
        (Spend(Decimal(9)), "day = 0.5", "raise it in config.toml"),
        (Spend(Decimal(9)), "doors.vertex.month = 0.5", "raise it in config.toml"),
    ],
)
def test_what_is_used_up_is_said_with_how_to_get_more(
    studio: Set, spend: Spend, configured: str, cure: str
) -> None:
    studio.configure(f"[budgets]\n{configured}\n")
    with pytest.raises(OverBudget) as caught:
        studio.shoot(VEO | {"model": "veo-3.1", "resolution": "1080p", "duration": 8}, spend=spend)
    assert cure in caught.value.hint and not studio.jobs()


def test_what_is_enough_only_together_is_named_together() -> None:
    some = [Way("less", Decimal("0.30"), Decimal("0.10")), Way("animatic", Decimal(0), Decimal("0.40"))]
    scenes = [("scene 0", some), ("scene 1", some)]
    assert ways(scenes, Decimal("0.05")).startswith("scene 0: less ($0.30), or animatic (free); scene 1")
    assert ways(scenes, Decimal("0.15")) == "scene 0: animatic (free); scene 1: animatic (free)"
    assert ways(scenes, Decimal("0.60")) == "together scene 0: animatic (free); scene 1: animatic (free)"
    assert ways(scenes, Decimal("0.90")) == ""


@pytest.mark.parametrize("scene", [GEN, OMNI, VEO], ids=["runway", "google", "vertex"])
def test_a_day_is_told(studio: Set, scene: dict[str, object]) -> None:
    studio.emulator.misbehave({"what": "429", "after": 86400})
    with pytest.raises(StoryreelError) as caught:
        studio.shoot(scene)
    assert re.search(r"asked again after \d{4}-\d\d-\d\d \d\d:\d\d UTC, in 24 hours", str(caught.value))


def test_a_poll_that_is_put_off_for_a_day_ends_and_nothing_is_lost(studio: Set) -> None:
    studio.emulator.misbehave({"what": "429", "after": 86400, "at": "poll"})
    with pytest.raises(StoryreelError, match="isn't to be asked for 24 hours"):
        studio.shoot(GEN)
    studio.emulator.misbehave()
    studio.shoot(GEN)
    assert len(studio.jobs()) == 1


@pytest.mark.parametrize("scene", [GEN, OMNI, VEO], ids=["runway", "google", "vertex"])
def test_no_list_of_jobs_is_named_that_there_is_not(studio: Set, scene: dict[str, object]) -> None:
    studio.emulator.misbehave({"what": "504", "accepted": True})
    with pytest.raises(UnknownOutcome) as caught:
        studio.shoot(scene)
    hint = caught.value.hint
    assert "own list of jobs" not in hint and "shows no list of jobs: see whether its usage" in hint
    assert re.search(r"counts one of \d{4}-\d\d-\d\d \d\d:\d\d UTC", hint)
    assert "storyreel ledger collect" in hint and "storyreel ledger release" in hint


def test_two_scenes_in_the_same_words_are_one_clip_and_it_is_told(studio: Set) -> None:
    same = GEN | {"prompt": "a boat"}
    shooting = studio.shoot(same, same | {"transition": "fade"}, same | {"take": 2}, same | {"seed": 5}, GEN)
    told = [said for said in shooting.warnings if "once more" in said]
    assert len(told) == 1 and told[0].startswith(
        "scenes[1]: shows the clip of scenes[0] once more, bought once"
    )
    assert "take: 2" in told[0] and "seed" in told[0] and len(studio.jobs()) == 4
