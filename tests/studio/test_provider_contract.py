"""What every provider keeps to. A new one is held to all of this by its row in the registry.

Those of the cloud speak to the emulators here.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.emulators.encode import plain
from storyreel.studio.errors import BadInput, OutputError, StoryreelError
from storyreel.studio.media.probe import probe
from storyreel.studio.providers import AUTO, FAMILIES, PROVIDERS, complaint, provider, providers
from storyreel.studio.providers.capability import MODES, SOUNDS, TALKING, Capability, bought
from storyreel.studio.providers.contract import Missed, Operation, Provider, Refused, State, Status
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.models import catalogue
from storyreel.studio.providers.pricing import price
from storyreel.studio.providers.shot import Shot, frame_count

from ..svd.slides import Projector

MADE = [
    (name, can.model, mode)
    for name in PROVIDERS
    for can in provider(name).capabilities()
    for mode in can.modes
    if mode not in ("picture", *SOUNDS)
]
"""All clips that everybody makes: door, model and mode. What they draw, tests/doors/test_pictures.py holds them to, and
test_sounds.py to what is only heard."""


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator(work=0.05, concurrent={}) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def rehearsed(running: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(provider("svd"), "engine", Projector())


@pytest.fixture(params=PROVIDERS)
def made(request: pytest.FixtureRequest) -> Provider:
    return provider(request.param)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    Image.effect_noise((640, 360), 60).convert("RGB").save(folder / "picture.png")
    (folder / "clip.mp4").write_bytes(plain(1280, 720, 48, True, 7))
    return folder


def shot_of(can: Capability, mode: str, media: Path, **changed: Any) -> Shot:
    picture, clip = str(media / "picture.png"), str(media / "clip.mp4")
    given: dict[str, Any] = {
        "text": {},
        "image": {"image": picture},
        "frames": {"image": picture, "last_frame": picture},
        "avatar": {"avatar": "abigail_office", "voice": "v_en_ada", "script": "Good morning, everybody."},
        "portrait": {"image": picture, "voice": "v_en_ada", "script": "Good morning, everybody."},
        "references": {"references": (picture,)},
        "extend": {"video": clip},
        "edit": {"video": clip, "task": "edit"},
    }[mode]
    lengths, sizes = can.modes[mode].durations, can.modes[mode].resolutions
    given |= {"prompt": "A street", "duration": lengths[0] if lengths else Fraction(1), "fps": Fraction(24)}
    given["resolution"] = "1080p" if sizes and "720p" not in sizes else "720p"
    width, height = (1280, 720) if given["resolution"] == "720p" else (1920, 1080)
    width, height = (160, 90) if can.free else (width, height)
    if can.provider == "svd":  # the smallest that it makes
        given |= {
            "width": 128,
            "height": 128,
            "fps": Fraction(7),
            "knobs": (("size", "128x128"), ("steps", 2)),
        }
        return Shot.model_validate({**given, **changed})
    return Shot.model_validate({**given, "width": width, "height": height, **changed})


@pytest.fixture(params=["text", "image", "avatar"])
def shot(request: pytest.FixtureRequest, media: Path, made: Provider) -> Shot:
    can = made.capabilities()[0]
    if request.param not in can.modes:
        pytest.skip(f"{made.name} makes nothing of {request.param}")
    return shot_of(can, request.param, media)


def wait(made: Provider, operation: Operation) -> Status:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        status = made.poll(operation)
        assert status.progress is None or 0 <= status.progress <= 1
        if status.final:
            return status
        time.sleep(0.01)
    raise AssertionError("it never ended")


def test_the_registry_knows_it(made: Provider) -> None:
    can = made.capabilities()[0]
    assert can.provider == made.name and PROVIDERS[made.name]
    assert provider(made.name) is made and made in providers()
    assert can.title and set(can.modes) <= set(MODES) and can.modes
    assert made.name not in FAMILIES


def test_every_row_of_the_catalogue_has_its_door() -> None:
    assert {can.provider for can in catalogue()} == {name for name in PROVIDERS if name != "animatic"}
    assert set(FAMILIES.values()) <= {can.model for can in catalogue()}


def test_a_name_that_is_none() -> None:
    with pytest.raises(BadInput, match=r"'animatik' is not a provider.*did you mean 'animatic'"):
        provider("animatik")
    with pytest.raises(BadInput, match=r"'sora' is not a provider.*animatic.*vertex.*auto"):
        provider("sora")
    assert complaint("vertx")[1] == "did you mean 'vertex'?"
    assert complaint("vio")[1] == "did you mean 'veo'?"
    assert "stands for several" in complaint(AUTO)[1]


def test_what_is_missing_comes_with_its_cure(
    made: Provider, monkeypatch: pytest.MonkeyPatch, running: Emulator
) -> None:
    assert made.missing() == []
    for name in running.environment:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nowhere")
    assert all(isinstance(sentence, str) and len(sentence) > 10 for sentence in made.missing())
    assert bool(made.missing()) is not made.capabilities()[0].free


def test_the_estimate_is_a_price(made: Provider, shot: Shot) -> None:
    can = made.capabilities()[0]
    estimate = made.estimate(shot, can)
    assert estimate.cost == price(shot, can) and bool(estimate.cost) is not can.free
    assert isinstance(estimate.cost, Decimal) and estimate.why


@pytest.mark.parametrize(("name", "model", "mode"), MADE)
def test_submit_poll_fetch(name: str, model: str, mode: str, media: Path, tmp_path: Path) -> None:
    made = provider(name)
    can = next(can for can in made.capabilities() if can.model == model)
    shot = shot_of(can, mode, media)
    assert faults(shot, can) == [] and made.check(shot, can) == []
    operation = made.submit(shot, can, uuid.uuid4().hex)
    assert operation.provider == made.name and operation.id
    status = wait(made, operation)
    assert status.state is State.DONE
    most = price(shot, can)
    assert status.charge in (None, most) or (mode in TALKING and most is not None and status.charge < most)
    target = tmp_path / "out" / "clip.mp4"
    target.parent.mkdir()
    take = made.fetch(operation, status, target)
    assert take.path == target and take.cost >= 0
    assert [path.name for path in target.parent.iterdir()] == ["clip.mp4"], "nothing else is left"
    clip = probe(target)
    asked = (shot.width, shot.height)
    # Some have sizes of their own that are near: 1366x768 for 720p.
    near = all(abs(has - wanted) <= wanted / 10 for has, wanted in zip(clip.size, asked, strict=True))
    assert near and (can.free or clip.fps in (24, 25, 30)) and (clip.size == asked or not can.free)
    if can.free:
        length = bought(shot, can) if name == "svd" else shot.duration
        assert clip.duration == length and (name == "svd" or clip.frames == frame_count(shot))
    elif mode in TALKING:  # a slow voice would have taken longer
        assert 0 < clip.duration <= (bought(shot, can) or 0) and clip.has_audio
    else:
        source = 2 if mode == "extend" else 0
        assert abs(clip.duration - (bought(shot, can) or 0) - source) <= Fraction(
            1, 8
        )  # Hailuo: 141 frames for 6 s
        sounds = can.audio != "never" and shot.resolution in can.wire.get("sounding", [shot.resolution])
        assert clip.has_audio is (sounds or mode == "edit")


def test_polling_again_says_the_same(made: Provider, shot: Shot) -> None:
    operation = made.submit(shot, made.capabilities()[0], "")
    state = wait(made, operation).state
    assert made.poll(Operation(operation.provider, operation.id)).state is state is State.DONE


def test_a_clip_that_cannot_be_put_there_is_not_lost(made: Provider, shot: Shot, tmp_path: Path) -> None:
    operation = made.submit(shot, made.capabilities()[0], "")
    status = wait(made, operation)
    with pytest.raises(OutputError, match="can't be written"):
        made.fetch(operation, status, tmp_path / "no such folder" / "clip.mp4")
    assert made.fetch(operation, made.poll(operation), tmp_path / "clip.mp4").path.stat().st_size > 0


def test_operations_run_side_by_side(made: Provider, shot: Shot, tmp_path: Path) -> None:
    shots = [shot.model_copy(update={"seed": seed}) for seed in range(3)]
    operations = [made.submit(each, made.capabilities()[0], uuid.uuid4().hex) for each in shots]
    assert len({operation.id for operation in operations}) == 3
    for number, operation in reversed(list(enumerate(operations))):
        status = wait(made, operation)
        assert made.fetch(operation, status, tmp_path / f"{number}.mp4").path.exists()


UNHEARD = {
    "vertex": "projects/storyreel-rehearsal/locations/us-central1/publishers/google/models/veo-3.1-generate-001/"
    "operations/0000",
    "fal": "fal-ai/veo3.1/requests/00000000-0000-0000-0000-000000000000",
}
"""Ids that are well formed there, of jobs that nobody has."""


def test_an_operation_that_it_never_heard_of(made: Provider, tmp_path: Path) -> None:
    """It may deny it or call it gone, and must not call it done, working or failed."""
    unknown = Operation(made.name, UNHEARD.get(made.name, "00000000-0000-0000-0000-000000000000"))
    try:
        assert made.poll(unknown).state is State.GONE
    except StoryreelError:
        assert made.name == "animatic"
    if made.name != "svd":  # none of the jobs of this process is called so, whatever it is called
        with pytest.raises(StoryreelError):
            made.poll(Operation(made.name, "what / is that?"))
    with pytest.raises(StoryreelError):
        made.fetch(unknown, Status(State.DONE), tmp_path / "clip.mp4")
    made.cancel(unknown)
    assert not list(tmp_path.iterdir())


def test_cancelling_takes_no_time(made: Provider, shot: Shot) -> None:
    longer = shot.model_copy(update={"duration": Fraction(600)}) if made.name == "animatic" else shot
    operation = made.submit(longer, made.capabilities()[0], "")
    before = time.monotonic()
    made.cancel(operation)
    made.cancel(operation)
    assert time.monotonic() - before < 5


def test_a_shot_that_cannot_be_made_is_refused(made: Provider, shot: Shot) -> None:
    can = made.capabilities()[0]
    if made.name == "animatic":
        bad = shot.model_copy(update={"clip_action": "sideways"})
        assert any(fault.place == "clip_action" for fault in made.check(bad, can))
    elif made.name == "svd":
        bad = shot.model_copy(update={"knobs": (("size", "100x100"),)})
        assert [str(fault) for fault in made.check(bad, can)] == [
            "size: svd makes frames whose sides are multiples of 64, from 128 to 2048, not 100x100; use 128x128"
        ]
    else:
        bad = shot.model_copy(update={"resolution": "8k"})
        assert faults(bad, can)
    with pytest.raises((BadInput, Refused)) as caught:
        made.submit(bad, can, "")
    assert not isinstance(caught.value, Refused) or caught.value.kind == "invalid"


def test_only_those_that_can_look_a_job_up_say_so(made: Provider) -> None:
    if made.can_find:
        assert made.find(uuid.uuid4().hex) is None
        return
    with pytest.raises(NotImplementedError):
        made.find("attempt-1")


def test_nobody_answers(made: Provider, shot: Shot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens, nothing was accepted, and nothing is known of a job."""
    if not made.base_url():
        pytest.skip("it is made here")
    monkeypatch.setenv(f"STORYREEL_{made.name.upper()}_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(Refused) as caught:
        made.submit(shot, made.capabilities()[0], "")
    assert caught.value.kind == "unreachable" and "127.0.0.1:9" in str(caught.value)
    with pytest.raises(Missed):
        made.poll(Operation(made.name, UNHEARD.get(made.name, "abc")))
