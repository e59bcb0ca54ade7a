"""The door among the others: whom `auto` asks, what is written down, what is kept, and what a crash leaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from storyreel.studio.errors import BadInput, Interrupted, ProviderError
from storyreel.studio.ledger import Attempt, open_ledger
from storyreel.studio.planning import model_choice
from storyreel.studio.planning.model_choice import Wish
from storyreel.studio.planning.request_key import canonical, hashed
from storyreel.studio.production.shoot import Spend, shoot, take
from storyreel.studio.progress import Watch
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import rows
from storyreel.studio.providers.shot import Shot
from storyreel.studio.storyboard.parser import from_plain

from .conftest import Shots
from .slides import Projector, Slides

AUTO = Wish()
OFTEN = "[doors.svd]\npoll_seconds = 0.02\n"


@pytest.fixture(autouse=True)
def often(configure: Callable[[str], object]) -> None:
    """It is looked at often: these clips take no time."""
    configure(OFTEN)


def states() -> list[tuple[str, str, Decimal]]:
    with open_ledger() as ledger:
        found = sorted(ledger.list(), key=lambda attempt: attempt.begun_at)
    return [(each.model, each.state.value, each.estimate) for each in found]


def names(wish: Wish, shot: Shot, **more: bool) -> list[str]:
    return [can.name for can in model_choice.cast(wish, shot, **more)]


def test_auto_prefers_it_to_an_animatic_and_everybody_else_to_it(
    shots: Shots, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(AUTO, shots()) == ["svd-xt through svd", "svd"]
    assert names(AUTO, shots(image=None, prompt="a hill")) == ["animatic"], "it makes nothing of words"
    assert names(AUTO, shots(audio=True)) == [], "nor sound"
    assert names(AUTO, shots(duration=Fraction(30))) == ["animatic"]
    assert names(Wish("svd"), shots()) == ["svd-xt through svd"] and names(Wish("svd", "svd"), shots()) == [
        "svd"
    ]
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_for_a_test")
    wanted = names(AUTO, shots(prompt="a boat", duration=Fraction(5)))
    assert wanted[-2:] == ["svd-xt through svd", "svd"] and "runway" in wanted[0] and len(wanted) > 3
    planned = model_choice.plan(AUTO, shots(prompt="a boat", duration=Fraction(5)))
    assert planned is not None and planned.cost > 0


def test_what_is_not_here_hides_no_fault_and_promises_nothing(
    shots: Shots, projector: Projector, configure: Callable[[str], object]
) -> None:
    """A key can be had at once; a model that isn't on this machine is no answer to `auto`."""
    longer = shots(duration=Fraction(26), prompt="a boat", resolution="4k")
    assert model_choice.complaints(AUTO, longer) == []
    projector.lacks = ["svd needs torch"]
    assert model_choice.complaints(AUTO, longer), "no service makes it"
    assert names(AUTO, shots()) == names(AUTO, longer) == ["animatic"]
    assert not any("svd" in name for name in names(AUTO, shots(), ready_only=False))
    assert model_choice.readiness(Wish("svd")) == ["svd needs torch"]
    assert names(Wish("svd"), shots(), ready_only=False) == ["svd-xt through svd"]
    with pytest.raises(BadInput, match="svd needs torch"):
        take(shots(), "svd", Path("clip.mp4"))
    configure('[failover]\npolicy = "model"\n')
    others = names(Wish("auto", "gen4.5"), shots(prompt="a boat", duration=Fraction(5)), ready_only=False)
    assert len(others) > 3 and not any("svd" in name for name in others), "nor is it who follows"


def test_a_scene_that_is_divided_among_paid_models_still_is(
    shots: Shots, projector: Projector, picture: Path
) -> None:
    from storyreel.studio.planning.steps import steps

    scene = {"prompt": "a boat", "image": picture.name, "duration": 20, "chain": True}
    assert len(steps(from_plain({"provider": "veo", "scenes": [scene]}), picture.parent)) > 1
    assert len(steps(from_plain({"provider": "svd", "scenes": [scene]}), picture.parent)) == 1
    large = {**scene, "duration": 26, "resolution": "4k"}  # which no service makes at once
    assert len(steps(from_plain({"provider": "auto", "scenes": [large]}), picture.parent)) > 1


def test_its_clips_are_kept_and_written_down_at_no_price(
    shots: Shots, projector: Projector, tmp_path: Path
) -> None:
    """By the plain `take` of everybody: no consent is asked where nothing is paid."""
    first = take(shots(), "svd", tmp_path / "1.mp4", spend=Spend(limit=Decimal(0), run="a"))
    assert first.cost == 0 and first.details["provider"] == "svd" and not first.details["reused"]
    again = take(
        shots(prompt="other words"), "svd", tmp_path / "2.mp4", spend=Spend(limit=Decimal(0), run="b")
    )
    assert again.details["reused"] and again.details["sha256"] == first.details["sha256"]
    model = projector.models["svd-xt"]
    assert len(model.goes) == 1 and states() == [("svd-xt", "stored", 0)]
    take(shots(), "svd", tmp_path / "3.mp4", number=2)
    assert [go.seed for go in model.goes] == [0, 1], "another take comes out differently"
    projector.lacks = ["svd needs torch"]
    take(shots(), "svd", tmp_path / "4.mp4")
    assert len(model.goes) == 2, "what was made needs no model any more"


def test_a_storyboard_s_scenes_one_after_the_other(
    projector: Projector, picture: Path, tmp_path: Path, configure: Callable[[str], object]
) -> None:
    configure(OFTEN + '[svd]\nsize = "128x128"\nsteps = 1\n')
    scenes = [{"image": picture.name, "duration": 2, "seed": number} for number in range(2)]
    board = from_plain({"provider": "auto", "quality": "draft", "fps": 24, "scenes": [*scenes, "The end"]})
    shooting = shoot(board, tmp_path, tmp_path / "clips", spend=Spend(limit=Decimal(0)))
    assert [clip.about["provider"] for clip in shooting.timeline.clips] == ["svd", "svd", "animatic"]
    assert shooting.spent == 0 and [clip.duration for clip in shooting.timeline.clips][:2] == [2, 2]


def test_who_fails_is_followed_by_the_next(shots: Shots, projector: Projector, tmp_path: Path) -> None:
    projector.models["svd-xt"] = Slides(25, ProviderError("svd ran out of memory", "decode_chunk = 1"))
    made = take(shots(duration=Fraction(2)), AUTO, tmp_path / "clip.mp4", spend=Spend(limit=Decimal(0)))
    assert made.details["model"] == "svd" and "out of memory" in made.notes[0]
    with pytest.raises(ProviderError, match="out of memory"):
        take(shots(duration=Fraction(2)), "svd", tmp_path / "clip.mp4", spend=Spend(limit=Decimal(0)))


def test_it_is_waited_for_as_long_as_it_takes(
    shots: Shots, projector: Projector, tmp_path: Path, configure: Callable[[str], object]
) -> None:
    configure("[doors.svd]\ntimeout_minutes = 0.001\npoll_seconds = 0.05\n")
    model = projector.models["svd-xt"]
    model.go_on.clear()
    threading.Timer(0.4, model.go_on.set).start()
    assert take(shots(), "svd", tmp_path / "clip.mp4").path.exists(), "leaving it alone would lose it"


def test_stopping_ends_it(shots: Shots, projector: Projector, tmp_path: Path) -> None:
    model = projector.models["svd-xt"]
    model.go_on.clear()
    with pytest.raises(Interrupted):
        take(shots(), "svd", tmp_path / "clip.mp4", Watch(cancelled=model.stepped.is_set))
    model.go_on.set()
    assert states() == [("svd-xt", "cancelled", 0)]


@pytest.mark.parametrize("died", ["sending", "running", "done"])
def test_what_a_dead_process_left_is_made_again_at_once(
    died: str, shots: Shots, projector: Projector, tmp_path: Path
) -> None:
    shot, can = shots(), rows("svd")[0]
    request = canonical(shot, Wish("svd"))
    base = hashed(request)
    with open_ledger() as ledger:
        claim = ledger.claim(f"{base}-1", base=base, take=1, request=request)
        assert claim is not None
        one = ledger.begin(claim, provider="svd", model=can.model, base_url="", estimate=Decimal(0))
        assert isinstance(one, Attempt)
        one = one if died == "sending" else ledger.accepted(one, "0123456789abcdef")
        one = ledger.done(one, None) if died == "done" else one
    provider("svd").submit(shot, can, "of somebody else")
    began = time.monotonic()
    made = take(shot, "svd", tmp_path / "clip.mp4", spend=Spend(limit=Decimal(0)))
    assert made.path.exists() and made.cost == 0
    assert time.monotonic() - began < 10, "no request can be on its way"
    assert [state for _, state, _ in states()] == ["released" if died == "sending" else "lost", "stored"]
    other = shots(seed=5)
    assert take(other, "svd", tmp_path / "other.mp4").path.exists(), "nobody waits for the dead"
