"""Casting: which model makes a shot through which door, by the wish, who can, who is ready, and the config."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from storyreel.studio.planning.model_choice import Wish, cast, cheaper, complaints, mistakes, plan, readiness
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.models import catalogue
from storyreel.studio.providers.pricing import price
from storyreel.studio.providers.shot import Shot

from .conftest import Set


def shot(**more: Any) -> Shot:
    return Shot(**{"prompt": "a hill", "duration": 4, "width": 1280, "height": 720, "fps": 24, **more})


def names(wish: Wish, made: Shot | None = None, **more: Any) -> list[str]:
    return [can.name for can in cast(wish, made or shot(), **more)]


def everywhere(model: str) -> list[str]:
    """The model through each door that has it, in the doors' order."""
    return [can.name for can in catalogue() if can.model == model]


def test_a_family_through_any_door(studio: Set) -> None:
    assert names(Wish("veo")) == everywhere("veo-3.1") and len(everywhere("veo-3.1")) > 2
    assert names(Wish("omni")) == everywhere("gemini-omni-1.2")
    assert names(Wish("omni"))[:2] == [f"gemini-omni-1.2 through {door}" for door in ("vertex", "google")]


@pytest.mark.parametrize(
    ("door", "model"), [("vertex", "veo-3.1"), ("google", "gemini-omni-1.2"), ("runway", "gen4.5")]
)
def test_a_door_alone_means_its_own_first_choice(studio: Set, door: str, model: str) -> None:
    assert names(Wish(door)) == [f"{model} through {door}"]


def test_a_model_at_a_door(studio: Set) -> None:
    assert names(Wish("runway", "gen4.5")) == ["gen4.5 through runway"]
    assert names(Wish("auto", "gen4.5")) == ["gen4.5 through runway"]


def test_auto_asks_all_that_can(studio: Set) -> None:
    found = cast(Wish(), shot())
    assert all(not faults(shot(), can) for can in found) and len(found) > 3
    assert found[0] == next(row for row in catalogue() if not faults(shot(), row))


def test_what_the_config_prefers(studio: Set) -> None:
    studio.configure('[failover]\nmodels = ["gen4.5", "veo-3.1"]\ndoors = ["runway"]\n')
    assert names(Wish())[:3] == ["gen4.5 through runway", "veo-3.1 through runway", "veo-3.1 through vertex"]


def test_the_cheapest(studio: Set) -> None:
    prices = [price(shot(), can) for can in cast(Wish(order="cheapest"), shot())]
    assert prices == sorted(prices)  # type: ignore[type-var]


def test_only_these_models(studio: Set) -> None:
    wish = Wish(models=("gen4.5", "veo-3.1-fast"))
    assert names(wish) == [*everywhere("gen4.5"), *everywhere("veo-3.1-fast")]


def test_who_can_t_isn_t_asked(studio: Set) -> None:
    assert not any("gen4.5" in name for name in names(Wish(), shot(references=("a.png",))))
    assert names(Wish("runway", "gen4.5"), shot(duration=60)) == []
    [fault] = complaints(Wish("runway", "gen4.5"), shot(duration=60))
    assert fault.place == "duration" and "gen4.5" in str(fault)


def test_a_door_that_is_switched_off(studio: Set) -> None:
    studio.configure("[doors.vertex]\nenabled = false\n")
    others = [name for name in everywhere("veo-3.1") if name != "veo-3.1 through vertex"]
    assert names(Wish("veo")) == others and len(others) == len(everywhere("veo-3.1")) - 1 > 0
    assert "switched off" in readiness(Wish("vertex"))[0]


def test_without_keys(no_keys: None) -> None:
    assert names(Wish("veo")) == [] and names(Wish("veo"), ready_only=False) != []
    assert names(Wish()) == ["animatic"], "auto makes what it can"
    for door, words in (
        ("runway", "RUNWAYML_API_SECRET"),
        ("google", "GEMINI_API_KEY"),
        ("fal", "FAL_KEY"),
        ("vertex", "GOOGLE_CLOUD_PROJECT"),
    ):
        assert words in " ".join(readiness(Wish(door)))
    assert readiness(Wish()) == []
    assert len(readiness(Wish("veo"))) >= len(everywhere("veo-3.1")), "what would open any of its doors"


def test_a_plan_needs_no_key(no_keys: None) -> None:
    planned = plan(Wish("veo"), shot())
    assert planned is not None and not planned.ready
    assert planned.cost == price(shot(), planned.capability) > 0  # type: ignore[operator]


def test_one_key_is_enough(no_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_" + "0" * 128)
    assert names(Wish("veo")) == ["veo-3.1 through runway"]
    assert readiness(Wish("veo")) == []
    planned = plan(Wish("veo"), shot())
    assert planned is not None and planned.ready and planned.capability.provider == "runway"


def test_names_that_there_aren_t() -> None:
    assert "did you mean 'vertex'" in str(mistakes(Wish("vertexx"))[0])
    assert "did you mean 'gen4.5'" in str(mistakes(Wish("auto", "gen4.6"))[0])
    [wrong] = mistakes(Wish("google", "gen4.5"))
    assert "can't be reached through google" in str(wrong) and "runway" in wrong.cure


def test_ways_that_cost_less() -> None:
    veo = next(can for can in catalogue() if (can.provider, can.model) == ("vertex", "veo-3.1"))
    made = shot(duration=8, resolution="1080p")
    found = cheaper(made, veo)
    ways = [str(way) for way in found]
    assert ways[-1] == "animatic (free)" and 2 <= len(ways) <= 4
    now = price(made, veo)
    costs = [Decimal(way.rpartition("$")[2].rstrip(")")) for way in ways[:-1]]
    fits = cheaper(made, veo, within=costs[-1])
    assert fits and all(way.cost <= costs[-1] for way in fits), "only what fits"
    assert all(cost <= now for cost in costs) and costs == sorted(costs, reverse=True)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("door", "model"),
    [
        ("kling", "kling-3.0"),
        ("runway", "gen4.5"),
        ("fal", "veo-3.1"),
        ("vertex", "veo-3.1"),
        ("pika", "pika-2.5"),
    ],
)
def test_a_door_by_itself_means_its_own_best_model(door: str, model: str) -> None:
    """Not what it passes on, where it makes models itself; and another door that has it too changes nothing."""
    words = Shot(prompt="A street", duration=Fraction(5), width=1280, height=720, fps=Fraction(24))
    (can,) = cast(Wish(door), words, ready_only=False)
    assert can.model == model
