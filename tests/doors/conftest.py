"""The doors speak to the emulators here: one for all tests of a file, behaving well at the start of each test."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.emulators.encode import plain
from storyreel.studio.credentials import KEYS
from storyreel.studio.providers import PROVIDERS, provider
from storyreel.studio.providers.capability import Capability, rows
from storyreel.studio.providers.contract import Missed, Operation, Provider, Status
from storyreel.studio.providers.shot import Shot

CLOUD = tuple(name for name in PROVIDERS if any(not can.free for can in rows(name)))
ASKED = tuple(name for name in CLOUD if any(can.keeps for can in rows(name)))
"""The doors that keep what they make: the others send it with their answer, and there is nothing to ask."""


class Media(NamedTuple):
    """What requests bring along."""

    picture: str
    """PNG, 640x360: no side is too short for anybody."""
    tall: str
    clip: str
    """MP4, 1280x720 at 24, 2 s."""


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    folder = tmp_path_factory.mktemp("media")
    Image.effect_noise((640, 360), 60).convert("RGB").save(folder / "picture.png")
    Image.effect_noise((360, 640), 60).convert("RGB").save(folder / "tall.png")
    (folder / "clip.mp4").write_bytes(plain(1280, 720, 48, True, 7))
    return Media(*(str(folder / name) for name in ("picture.png", "tall.png", "clip.mp4")))


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator(work=0.05, queue=0.0, concurrent={}) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """It behaves, and the environment leads to it."""
    for names in KEYS.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    running.misbehave()
    return running


@pytest.fixture(params=CLOUD)
def door(request: pytest.FixtureRequest, emulator: Emulator) -> Provider:
    return provider(request.param)


@pytest.fixture
def impatient(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are waited for half a second."""
    home = tmp_path_factory.mktemp("impatient")
    doors = "".join(f"[doors.{name}]\nanswer_seconds = 0.5\n" for name in (*CLOUD, "storage"))
    (home / "config.toml").write_text(doors, encoding="utf-8")
    monkeypatch.setenv("STORYREEL_HOME", str(home))


def shot_for(can: Capability, mode: str, media: Media, **changed: Any) -> Shot:
    """A shot of that kind that the model can make."""
    what = can.modes[mode]
    given: dict[str, Any] = {
        "text": {},
        "image": {"image": media.picture},
        "frames": {"image": media.picture, "last_frame": media.picture},
        "references": {"references": (media.picture, media.picture)},
        "extend": {"video": media.clip},
        "edit": {"video": media.clip, "task": "edit"},
        "avatar": {"avatar": "abigail_office", "voice": "v_en_ada", "script": "Good morning, everybody."},
        "portrait": {"image": media.picture, "voice": "v_en_ada", "script": "Good morning, everybody."},
        "picture": {
            "makes": "picture",
            "resolution": "1k",
            "references": (media.picture,) * what.needs_references,
        },
        "speech": {
            "makes": "speech",
            "script": "Good morning, everybody.",
            "voice": "".join(what.voices[:1]),
        },
        "music": {"makes": "music"},
    }[mode]
    size = (1280, 720) if can.prices else (160, 90)
    return Shot.model_validate(
        {
            "prompt": "A street at dawn",
            "duration": what.durations[0] if what.durations else Fraction(1),
            "width": size[0],
            "height": size[1],
            "fps": Fraction(24),
            "seed": 7,
            **given,
            **changed,
        }
    )


def usual_mode(door: Provider) -> str:
    """From words, where it makes any from them; else what its first model does."""
    known = [mode for can in door.capabilities() for mode in can.modes]
    return "text" if "text" in known else known[0]


def submitted(door: Provider, media: Media, model: str = "", mode: str = "", **changed: Any) -> Operation:
    mode = mode or usual_mode(door)
    can = next(can for can in door.capabilities() if model in ("", can.model) and mode in can.modes)
    return door.submit(shot_for(can, mode, media, **changed), can, uuid.uuid4().hex)


def ended(door: Provider, operation: Operation, patience: float = 60) -> Status:
    """Polls until there is a verdict; a poll that goes wrong is asked again."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            status = door.poll(operation)
        except Missed:
            continue
        assert status.progress is None or 0 <= status.progress <= 1
        if status.final:
            return status
        time.sleep(0.01)
    raise AssertionError("it never ended")


def part(tmp_path: Path) -> Path:
    return tmp_path / "clip.part"
