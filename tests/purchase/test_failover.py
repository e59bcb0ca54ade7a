"""To whom a shot goes after one door has failed it for certain: another door first, then another model, never on a
guess, and what was substituted is said."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from storyreel.studio.errors import OverBudget, StoryreelError, UnknownOutcome
from storyreel.studio.production.shoot import Spend
from storyreel.studio.providers import PROVIDERS, provider
from storyreel.studio.providers.capability import rows

from ..doors.service import Service, answer
from .conftest import GEN, VEO, Set


def only(*doors: str) -> str:
    """Lines of a config.toml: no others are asked, however many there are."""
    others = [door for door in PROVIDERS if rows(door) and door not in doors]
    return "".join(f"[doors.{door}]\nenabled = false\n" for door in others)


ANY = {"provider": "auto", "duration": 4}
VEO_ANYWHERE = {"provider": "auto", "model": "veo-3.1-fast", "duration": 4}
ORDER = '[failover]\nmodels = ["veo-3.1-fast", "gen4.5"]\ndoors = ["vertex", "runway"]\n'
ORDER += only("vertex", "runway")
VEO_HERE = {"provider": "auto", "model": "veo-3.1", "duration": 4}


def asked(studio: Set) -> list[tuple[str, str]]:
    """Door and our name of the model of every attempt, in their order."""
    with studio.ledger() as ledger:
        found = sorted(ledger.list(), key=lambda attempt: attempt.begun_at)
    return [(attempt.provider, attempt.model) for attempt in found]


def test_the_door_first_then_the_model(studio: Set) -> None:
    studio.configure(ORDER)
    studio.emulator.misbehave(
        {"what": "failed", "door": "vertex"}, {"what": "failed", "door": "runway", "nth": 1}
    )
    shooting = studio.shoot(ANY)
    assert asked(studio) == [("vertex", "veo-3.1-fast"), ("runway", "veo-3.1-fast"), ("runway", "gen4.5")]
    [take] = shooting.takes
    assert take.details["model"] == "gen4.5"
    assert any("instead of veo-3.1-fast through vertex" in note for note in take.notes)
    assert take.details["losses"], "another model is another clip than was meant"
    assert any("scenes[0].provider: made by gen4.5" in warning for warning in shooting.warnings)


def test_another_door_to_the_same_model_is_no_loss(studio: Set) -> None:
    studio.configure(ORDER)
    studio.emulator.misbehave({"what": "failed", "door": "vertex"})
    [take] = studio.shoot(VEO_ANYWHERE).takes
    assert (take.details["provider"], take.details["model"]) == ("runway", "veo-3.1-fast")
    assert any("instead of" in note for note in take.notes) and not take.details["losses"]


def test_what_was_substituted_is_still_said_when_it_is_served_again(studio: Set) -> None:
    studio.configure(ORDER)
    studio.emulator.misbehave(
        {"what": "failed", "door": "vertex"}, {"what": "failed", "door": "runway", "nth": 1}
    )
    first = studio.shoot(ANY)
    again = studio.shoot(ANY)
    assert again.takes[0].notes == first.takes[0].notes
    assert again.takes[0].details["losses"] == first.takes[0].details["losses"]
    assert again.spent == 0


def test_a_named_model_gets_no_other(studio: Set) -> None:
    studio.configure(ORDER)
    studio.emulator.misbehave({"what": "failed"})
    with pytest.raises(StoryreelError):
        studio.shoot(VEO_ANYWHERE)
    assert asked(studio) == [("vertex", "veo-3.1-fast"), ("runway", "veo-3.1-fast")]


def test_a_named_door_gets_no_other(studio: Set) -> None:
    studio.emulator.misbehave({"what": "failed"})
    with pytest.raises(StoryreelError):
        studio.shoot(VEO)
    assert asked(studio) == [("vertex", "veo-3.1-fast")]


def test_a_named_door_gets_others_where_the_config_says_so(studio: Set) -> None:
    studio.configure(ORDER.replace("[failover]\n", '[failover]\npolicy = "door"\n'))
    studio.emulator.misbehave({"what": "failed", "door": "vertex"})
    [take] = studio.shoot(VEO).takes
    assert take.details["provider"] == "runway"


def test_policy_off(studio: Set) -> None:
    studio.configure(ORDER.replace("[failover]\n", '[failover]\npolicy = "off"\n'))
    studio.emulator.misbehave({"what": "failed", "door": "vertex"})
    with pytest.raises(StoryreelError):
        studio.shoot(ANY)
    assert ("runway", "gen4.5") not in asked(studio)


@pytest.mark.parametrize("what", ["reset", "500", "502", "504", "no_id", "html_200"])
def test_never_on_unknown(studio: Set, what: str) -> None:
    studio.configure(ORDER)
    rule = {"what": what, "door": "vertex"}
    studio.emulator.misbehave({**rule, "accepted": True} if what.isdigit() else rule)
    with pytest.raises(UnknownOutcome):
        studio.shoot(ANY)
    assert studio.states() == [("vertex", "unknown")]
    with pytest.raises(UnknownOutcome):
        studio.shoot(ANY)
    assert studio.states() == [("vertex", "unknown")], "nobody was asked a second time"


def test_not_while_one_is_late(studio: Set) -> None:
    studio.configure(ORDER)
    studio.emulator.misbehave({"what": "late", "seconds": 0.6})
    studio.shoot(ANY)
    assert asked(studio) == [("vertex", "veo-3.1-fast")]


def test_what_is_blocked_isn_t_shown_to_a_door_that_charges_for_it(studio: Set) -> None:
    studio.configure(ORDER)
    studio.emulator.misbehave({"what": "empty"})
    with pytest.raises(StoryreelError, match="charges for what it blocks"):
        studio.shoot(ANY)
    assert not any(provider(door).bills_moderated for door, _ in asked(studio))
    assert sum(Decimal(job["billed"]) for job in studio.jobs()) == 0


def test_a_door_that_charges_for_what_it_blocks_is_booked(studio: Set) -> None:
    studio.emulator.misbehave({"what": "empty"})
    with pytest.raises(StoryreelError, match="blocked"):
        studio.shoot(GEN)
    [job] = studio.jobs()
    with studio.ledger() as ledger:
        [attempt] = ledger.list()
    assert attempt.charged == Decimal(job["billed"]) > 0 and attempt.reserved == 0


def test_a_door_without_money_is_passed_over(studio: Set) -> None:
    studio.configure(ORDER + "[budgets.doors.vertex]\nday = 0.1\n")
    [take] = studio.shoot(ANY).takes
    assert take.details["provider"] == "runway" and asked(studio) == [("runway", "veo-3.1-fast")]


def test_over_every_budget(studio: Set) -> None:
    studio.configure(ORDER + "[budgets]\nday = 0.01\n")
    with pytest.raises(OverBudget) as caught:
        studio.shoot(ANY)
    assert "budget for a day" in str(caught.value) and "animatic (free)" in str(caught.value)
    assert asked(studio) == [] and not studio.jobs()


def test_a_door_that_is_broken_down_is_passed_over(studio: Set) -> None:
    studio.configure(ORDER + "[breaker]\nfailures = 2\nseconds = 60\n")
    studio.emulator.misbehave({"what": "503", "door": "vertex"})
    studio.shoot({**ANY, "prompt": "one"})
    before = [door for door, _ in asked(studio)].count("vertex")
    [take] = studio.shoot({**ANY, "prompt": "two"}).takes
    assert take.details["provider"] == "runway"
    assert [door for door, _ in asked(studio)].count("vertex") == before == 2
    assert any("broken down" in note for note in take.notes)


def test_refused_for_good_goes_on(studio: Set) -> None:
    studio.configure(ORDER)
    studio.emulator.misbehave({"what": "echo", "door": "vertex"})
    [take] = studio.shoot(ANY).takes
    assert take.details["provider"] == "runway"
    assert studio.states() == [("vertex", "refused"), ("runway", "stored")]


def test_a_run_s_limit_counts_what_failed_jobs_cost(studio: Set) -> None:
    """Runway charges for what it blocks: a second clip doesn't fit then."""
    studio.emulator.misbehave({"what": "empty", "nth": 1})
    with pytest.raises(StoryreelError):
        studio.shoot(GEN, spend=Spend(Decimal("0.4"), run="tight"))
    with pytest.raises(OverBudget, match="limit of this run"):
        studio.shoot({**GEN, "prompt": "other"}, spend=Spend(Decimal("0.4"), run="tight"))
    assert len(studio.jobs()) == 1


def test_the_answer_to_another_request_is_none(studio: Set) -> None:
    """A service that tells the id of another job: that job isn't taken for two clips, and of this one nobody knows."""
    studio.emulator.misbehave({"what": "duplicate_id", "nth": 2})
    studio.shoot({**GEN, "prompt": "first"})
    with pytest.raises(UnknownOutcome):
        studio.shoot({**GEN, "prompt": "second"})
    assert len(studio.jobs()) == 2
    assert [state for _, state in studio.states()] == ["stored", "unknown"]


# Three doors to one model --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "doors", "path", "billed"),
    [
        ("veo-3.1", ["vertex", "runway", "fal"], "fal-ai/veo3.1", "1.6"),
        ("kling-3.0", ["runway", "kling", "fal"], "fal-ai/kling-video/v3/standard/text-to-video", "0.504"),
    ],
)
def test_on_to_fal(studio: Set, model: str, doors: list[str], path: str, billed: str) -> None:
    studio.emulator.misbehave(*({"what": "echo", "door": door} for door in doors[:-1]))
    [take] = studio.shoot({**VEO_HERE, "model": model}).takes
    assert studio.states() == [*((door, "refused") for door in doors[:-1]), ("fal", "stored")]
    assert not take.details["losses"], "the same model, through another door"
    [job] = studio.jobs()
    assert (job["door"], job["model"], job["billed"]) == ("fal", path, billed)


@pytest.mark.parametrize("what", ["failed", "503", "404"])
def test_fal_goes_on_to_others(studio: Set, what: str) -> None:
    """Also when it says only with its result that there won't be one; that costs nothing."""
    studio.configure('[failover]\ndoors = ["fal", "runway"]\n')
    studio.emulator.misbehave({"what": what, "door": "fal"})
    [take] = studio.shoot(VEO_HERE).takes
    assert take.details["provider"] == "runway"
    assert [Decimal(job["billed"]) for job in studio.jobs(door="fal")] == [0] * (what == "failed")
    assert {state for door, state in studio.states() if door == "fal"} <= {"failed", "refused"}


@pytest.mark.parametrize("what", ["reset", "502", "no_id", "duplicate_id", "html_200"])
def test_never_where_nobody_knows_what_fal_did(studio: Set, what: str) -> None:
    studio.configure('[failover]\ndoors = ["fal"]\n')
    studio.emulator.misbehave(
        {"what": what, "door": "fal", "accepted": True} if what == "502" else {"what": what}
    )
    for _ in range(2):
        with pytest.raises(UnknownOutcome):
            studio.shoot(VEO_HERE)
    assert studio.states() == [("fal", "unknown")] and len(studio.jobs()) == 1
    [job] = studio.jobs()
    with studio.ledger() as ledger:
        [attempt] = ledger.list()
        ledger.adopt(attempt.id, job["id"])  # as `ledger collect --operation` does
    [take] = studio.shoot(VEO_HERE).takes
    assert take.details["provider"] == "fal" and len(studio.jobs()) == 1, (
        "found in the dashboard, and fetched"
    )


def test_what_fal_blocks_isn_t_shown_to_a_door_that_charges_for_it(studio: Set) -> None:
    studio.configure('[failover]\ndoors = ["fal", "runway"]\n' + only("fal", "runway"))
    studio.emulator.misbehave({"what": "empty"})
    with pytest.raises(StoryreelError, match=r"content_policy_violation.*charges for what it blocks"):
        studio.shoot(VEO_HERE)
    assert asked(studio) == [("fal", "veo-3.1")] and studio.jobs()[0]["billed"] == "0"


def test_an_exhausted_balance(studio: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "detail": "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
    }
    with Service(
        lambda _: answer(403, json.dumps(said).encode(), Content_Type="application/json")
    ) as service:
        monkeypatch.setenv("STORYREEL_FAL_BASE_URL", service.url)
        studio.configure('[failover]\ndoors = ["fal", "runway"]\n')
        [take] = studio.shoot(VEO_HERE).takes
        assert take.details["provider"] == "runway" and len(service.seen) == 1
        with pytest.raises(StoryreelError, match=r"Exhausted balance.*look after the account's balance"):
            studio.shoot({"provider": "fal", "model": "pika-2.2", "duration": 5})
    assert studio.states()[0] == ("fal", "refused")
