"""What a graph can make an engine spend: no more than a person has agreed to, however often it repeats a node."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from storyreel.host.agreement import spending_node
from storyreel.studio.ledger import open_ledger


def veo(**inputs: Any) -> dict[str, Any]:
    """A clip of 4 seconds, by a model that takes $0.40 for it."""
    return {
        "9": {
            "class_type": "StoryreelAutoVideo",
            "inputs": {
                "prompt": "A street",
                "policy": "best",
                "mode": "text",
                "mode.duration": 4,
                "mode.resolution": "720p",
                "mode.aspect_ratio": "16:9",
                "models": "veo-3.1-fast",
                "max_cost": 1.0,
                **inputs,
            },
        },
        "10": {"class_type": "PreviewAny", "inputs": {"source": ["9", 1]}},
    }


def spent() -> Decimal:
    with open_ledger() as ledger:
        return sum((a.charged or Decimal(0) for a in ledger.attempts()), Decimal(0))


def lines(count: int, start: int = 0) -> dict[str, Any]:
    text = ",".join(f"street {start + n}" for n in range(count))
    return {"1": {"class_type": "ProbeLines", "inputs": {"text": text}}}


def test_a_list_of_prompts_shares_the_limit_of_its_node(serving: Callable[..., Any], emulator: Any) -> None:
    engine = serving(None)
    ended = engine.ran(lines(6) | veo(prompt=["1", 0]))
    jobs = emulator.record()["jobs"]
    assert ended["status"]["status_str"] == "error" and "limit of this run" in json.dumps(ended)
    assert 1 <= len(jobs) <= 2 and sum(float(job["price"]) for job in jobs) <= 1.0


def test_a_list_that_fits_is_bought(serving: Callable[..., Any], emulator: Any) -> None:
    ended = serving(None).ran(lines(2) | veo(prompt=["1", 0]))
    assert ended["status"]["status_str"] == "success" and len(emulator.record()["jobs"]) == 2


def test_each_node_and_each_run_has_its_own_limit(serving: Callable[..., Any], emulator: Any) -> None:
    engine = serving(None)
    for first in (0, 2):
        assert engine.ran(lines(2, first) | veo(prompt=["1", 0]))["status"]["status_str"] == "success"
    assert len(emulator.record()["jobs"]) == 4


def test_a_server_spends_no_more_than_its_sum(serving: Callable[..., Any], emulator: Any) -> None:
    engine = serving(Decimal("0.9"))
    ends = [engine.ran(veo(prompt=f"street {n}"))["status"]["status_str"] for n in range(3)]
    assert ends == ["success", "success", "error"] and len(emulator.record()["jobs"]) == 2


@pytest.mark.parametrize("limit", [1.0, ["1", 0]])
def test_a_server_without_consent_refuses_before_anything_runs(
    serving: Callable[..., Any], emulator: Any, limit: Any
) -> None:
    engine = serving(Decimal(0))
    answer = engine.post(
        {"1": {"class_type": "PrimitiveFloat", "inputs": {"value": 5.0}}} | veo(max_cost=limit)
    )
    error = answer.json()["error"]
    assert answer.status_code == 400 and error["type"] == "spending_not_allowed"
    assert "StoryreelAutoVideo (node 9)" in error["details"] and "--allow-spend" in error["details"]
    assert "9" in answer.json()["node_errors"] and emulator.record()["jobs"] == []


def test_a_node_that_may_spend_nothing_runs_there(serving: Callable[..., Any], emulator: Any) -> None:
    ended = serving(Decimal(0)).ran(veo(max_cost=0.0))
    said = json.dumps(ended)
    assert ended["status"]["status_str"] == "error" and "nothing may be spent" in said
    assert "storyreel serve --allow-spend" in said and emulator.record()["jobs"] == []


def test_a_server_of_nothing_serves_what_was_bought_and_buys_nothing(
    serving: Callable[..., Any], emulator: Any
) -> None:
    assert serving(None).ran(veo())["status"]["status_str"] == "success"
    engine = serving(Decimal(0), refuse=False)
    assert engine.ran(veo())["status"]["status_str"] == "success"
    ended = engine.ran(veo(prompt="another street"))
    assert ended["status"]["status_str"] == "error" and "nothing may be spent" in json.dumps(ended)
    assert len(emulator.record()["jobs"]) == 1


LOOP = {"5": {"inputs": {"max_cost": 1.0}}, "7": {"inputs": {}}, "9": {"inputs": {}}, "a.5": {"inputs": {}}}


@pytest.mark.parametrize(
    ("made", "by"),
    [
        *[(each, "5") for each in ("5", "9.0.0.5", "9.0.0.Recurse.0.0.5")],
        *[(each, "9") for each in ("9.0.0.copy1", "9.0.0.copy2", "9.0.0.Recurse.0.0.1", "9.0.0.7")],
        *[("a.5", "a.5"), ("a.5.0.0.x", "a.5"), ("gone.0.0.1", "gone")],
    ],
)
def test_the_rounds_of_a_loop_spend_by_one_node_of_the_workflow(made: str, by: str) -> None:
    assert spending_node(made, LOOP) == by
