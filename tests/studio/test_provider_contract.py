"""What every provider keeps to. A new one is held to all of this by its row in the registry."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from storyreel.studio.errors import BadInput, OutputError, StoryreelError
from storyreel.studio.media.probe import probe
from storyreel.studio.providers import ELSEWHERE, PROVIDERS, provider, providers
from storyreel.studio.providers.capability import MODES, price
from storyreel.studio.providers.contract import Operation, Provider, Shot, State, Status, frame_count

DONE = Status(State.DONE)


@pytest.fixture(params=PROVIDERS)
def made(request: pytest.FixtureRequest) -> Provider:
    return provider(request.param)


@pytest.fixture(params=["text", "image"])
def shot(request: pytest.FixtureRequest, tmp_path: Path, made: Provider) -> Shot:
    if request.param not in made.capabilities()[0].modes:
        pytest.skip(f"{made.name} makes nothing of {request.param}")
    image = None
    if request.param == "image":
        image = str(tmp_path / "picture.png")
        Image.fromarray(np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8)).save(image)
    return Shot(prompt="A street", image=image, duration=Fraction(1), width=160, height=90, fps=Fraction(24))


def wait(made: Provider, operation: Operation) -> State:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        status = made.poll(operation)
        assert status.progress is None or 0 <= status.progress <= 1
        if status.state in (State.DONE, State.FAILED):
            return status.state
        time.sleep(0.01)
    raise AssertionError("it never ended")


def test_the_registry_knows_it(made: Provider) -> None:
    can = made.capabilities()[0]
    assert can.provider == made.name and PROVIDERS[made.name]
    assert provider(made.name) is made and made in providers()
    assert can.title and set(can.modes) <= set(MODES) and can.modes
    assert made.name not in ELSEWHERE


def test_a_name_that_is_none() -> None:
    with pytest.raises(BadInput, match=r"'animatik' is not a provider.*did you mean 'animatic'"):
        provider("animatik")
    with pytest.raises(BadInput, match=r"'veo' can't be reached by this version.*use 'animatic'"):
        provider("veo")


def test_what_is_missing_comes_with_its_cure(made: Provider) -> None:
    assert all(isinstance(sentence, str) and len(sentence) > 10 for sentence in made.missing())


def test_the_estimate_is_a_price(made: Provider, shot: Shot) -> None:
    can = made.capabilities()[0]
    estimate = made.estimate(shot, can)
    assert estimate.cost == price(shot, can)
    assert isinstance(estimate.cost, Decimal) and estimate.cost >= 0


def test_submit_poll_fetch(made: Provider, shot: Shot, tmp_path: Path) -> None:
    assert made.check(shot, made.capabilities()[0]) == []
    operation = made.submit(shot, made.capabilities()[0], "")
    assert operation.provider == made.name and operation.id
    assert wait(made, operation) is State.DONE
    target = tmp_path / "out" / "clip.mp4"
    target.parent.mkdir()
    take = made.fetch(operation, DONE, target)
    assert take.path == target and take.cost >= 0
    assert [path.name for path in target.parent.iterdir()] == ["clip.mp4"], "nothing else is left"
    clip = probe(target)
    assert clip.size == (shot.width, shot.height) and clip.fps == shot.fps
    assert clip.frames == frame_count(shot) and clip.duration == shot.duration


def test_polling_again_says_the_same(made: Provider, shot: Shot) -> None:
    operation = made.submit(shot, made.capabilities()[0], "")
    assert wait(made, operation) is State.DONE
    assert made.poll(operation) == made.poll(Operation(operation.provider, operation.id))
    made.cancel(operation)


def test_a_clip_that_cannot_be_put_there_is_not_lost(made: Provider, shot: Shot, tmp_path: Path) -> None:
    operation = made.submit(shot, made.capabilities()[0], "")
    assert wait(made, operation) is State.DONE
    with pytest.raises(OutputError, match="can't be written"):
        made.fetch(operation, DONE, tmp_path / "no such folder" / "clip.mp4")
    assert made.fetch(operation, DONE, tmp_path / "clip.mp4").path.stat().st_size > 0


def test_operations_run_side_by_side(made: Provider, shot: Shot, tmp_path: Path) -> None:
    shots = [shot.model_copy(update={"seed": seed}) for seed in range(3)]
    operations = [made.submit(each, made.capabilities()[0], "") for each in shots]
    assert len({operation.id for operation in operations}) == 3
    for number, operation in reversed(list(enumerate(operations))):
        assert wait(made, operation) is State.DONE
        assert made.fetch(operation, DONE, tmp_path / f"{number}.mp4").path.exists()


def test_an_operation_that_it_never_heard_of(made: Provider, tmp_path: Path) -> None:
    unknown = Operation(made.name, "0000")
    with pytest.raises(StoryreelError):
        made.poll(unknown)
    with pytest.raises(StoryreelError):
        made.fetch(unknown, DONE, tmp_path / "clip.mp4")
    made.cancel(unknown)
    assert not list(tmp_path.iterdir())


def test_cancelling_takes_no_time(made: Provider, shot: Shot) -> None:
    operation = made.submit(shot.model_copy(update={"duration": Fraction(600)}), made.capabilities()[0], "")
    time.sleep(0.2)
    before = time.monotonic()
    made.cancel(operation)
    assert time.monotonic() - before < 0.1
    made.cancel(operation)


def test_a_shot_that_cannot_be_made_is_refused(made: Provider, shot: Shot) -> None:
    bad = shot.model_copy(update={"clip_action": "sideways"})
    faults = made.check(bad, made.capabilities()[0])
    assert any(fault.place == "clip_action" for fault in faults)
    with pytest.raises(BadInput) as caught:
        made.submit(bad, made.capabilities()[0], "")
    assert list(caught.value.faults) == faults
