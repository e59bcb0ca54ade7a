"""First and last frames that are drawn from their descriptions, before the clips between them are made."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.studio.errors import BadInput, OverBudget, ProviderError, UnknownOutcome
from storyreel.studio.media.image import read
from storyreel.studio.planning.estimate import quote
from storyreel.studio.planning.request_key import digest
from storyreel.studio.production.keyframes import Drawing, sheet
from storyreel.studio.production.shoot import Spend, draw
from storyreel.studio.storyboard.parser import from_plain

from .conftest import Set

DRAWN = {"provider": "vertex", "model": "veo-3.1-fast", "keyframes": "google/gemini-2.5-flash-image"}
FIRST = {"first_frame_description": "A cat sits on a box", "duration": 4}
BOTH = {**FIRST, "last_frame_description": "The cat is in the box"}
PICTURES = {"model": "gemini-2.5-flash-image"}


@pytest.fixture
def set_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """With two pictures of a character, and footage that begins with the picture it was given."""
    for name, colour in (("cat.png", "orange"), ("cat2.png", "brown")):
        Image.effect_noise((400, 400), 60).convert("RGB").save(tmp_path / name)
        Image.new("RGB", (300, 300), colour).save(tmp_path / name)
    with Emulator(work=0.05, picture="footage", concurrent={}) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        found = Set(emulator, tmp_path)
        found.configure("")
        yield found


def board_of(*scenes: dict[str, Any], **keys: Any) -> Any:
    made = [{"prompt": f"scene {number}", **scene} for number, scene in enumerate(scenes, 1)]
    return from_plain({"quality": "draft", "fps": 2, "transition": "none", "scenes": made, **DRAWN, **keys})


def drawn(set_: Set, *scenes: dict[str, Any], limit: int = 100, **keys: Any) -> Drawing:
    spend = Spend(limit=Decimal(limit), retakes=keys.pop("retakes", {}))
    return draw(board_of(*scenes, **keys), set_.folder, set_.folder / "frames", spend=spend)


def pictures(set_: Set) -> list[dict[str, Any]]:
    return [job for job in set_.jobs() if job["ask"]["kind"] == "picture"]


def clips(set_: Set) -> list[dict[str, Any]]:
    return [job for job in set_.jobs() if job["ask"]["kind"] == "clip"]


def test_two_frames_and_the_clip_between_them(set_: Set) -> None:
    shooting = set_.shoot(BOTH, **DRAWN, character=["cat.png", "cat2.png"])
    first, last = sorted(pictures(set_), key=lambda job: job["accepted"])
    (clip,) = clips(set_)
    cats = tuple(digest(set_.folder / name) for name in ("cat.png", "cat2.png"))
    assert tuple(first["ask"]["references"]) == cats, "the character keeps the looks"
    assert tuple(last["ask"]["references"][:2]) == cats and len(last["ask"]["references"]) == 3
    assert last["ask"]["references"][2] == clip["ask"]["first"], "the first frame keeps place and light"
    assert clip["ask"]["first"] and clip["ask"]["last"] and clip["ask"]["first"] != clip["ask"]["last"]
    (take,) = shooting.takes
    assert [frame["what"] for frame in take.details["keyframes"]] == ["first_frame", "last_frame"]
    assert shooting.cost == shooting.spent == sum(Decimal(job["billed"]) for job in set_.jobs())
    assert "A cat sits on a box" in str(first["body"]) and "looks" in str(first["body"])


def test_the_price_is_known_before(set_: Set) -> None:
    other = {**FIRST, "first_frame_description": "Another cat"}
    board = board_of(BOTH, other, {"duration": 4})
    found = quote(board, set_.folder)
    assert found.faults == () and [scene.drawn for scene in found.scenes] == [2, 1, 0]
    assert found.frames_cost == found.cost - quote(board_of(*[{"duration": 4}] * 3), set_.folder).cost
    shooting = set_.shoot(BOTH, other, {"duration": 4}, **DRAWN)
    assert abs(shooting.spent - found.cost) < Decimal("0.001"), "google counts tokens"
    assert quote(board, set_.folder).cost == 0


def test_drawn_first_and_filmed_later(set_: Set) -> None:
    scenes = (BOTH, {**FIRST, "first_frame_description": "Another"})
    drawing = drawn(set_, *scenes, character="cat.png")
    assert len(drawing.takes) == 3 and not drawing.errors and not clips(set_)
    assert drawing.spent == sum(Decimal(job["billed"]) for job in pictures(set_)) > 0
    again = drawn(set_, *scenes, character="cat.png")
    assert again.spent == 0 and all(take.details["reused"] for take in again.takes.values())
    shooting = set_.shoot(*scenes, **DRAWN, character="cat.png")
    assert len(pictures(set_)) == 3 and len(clips(set_)) == 2
    assert shooting.spent == sum(Decimal(job["billed"]) for job in clips(set_))
    kept = read(drawing.takes[0].path)
    clip = next(job for job in clips(set_) if "scene 1" in str(job["body"]))
    with_it = read(set_.emulator.media / clip["ask"]["first"])
    assert kept.shape[1] and with_it.shape == kept.shape and (with_it == kept).all()


def test_a_frame_drawn_again_is_the_one_that_is_filmed(set_: Set) -> None:
    before = drawn(set_, FIRST)
    after = drawn(set_, FIRST, retakes={0: "brighter"})
    assert len(pictures(set_)) == 2
    assert before.takes[0].details["key"] != after.takes[0].details["key"]
    set_.shoot(FIRST, **DRAWN)
    filmed = clips(set_)[0]["ask"]["first"]
    assert filmed == digest(after.takes[0].path) and len(pictures(set_)) == 2


def test_in_a_chain_all_frames_can_be_drawn_before(set_: Set) -> None:
    """The frame with which the scene before ends stands for the place; the clip begins with the clip's own last one."""
    on = {"continue": True, "duration": 4}
    scenes = (BOTH, {**on, "last_frame_description": "The box is closed"}, on)
    drawing = drawn(set_, *scenes, character="cat.png")
    assert [step.what for step in drawing.wanted] == [
        "first_frame",
        "last_frame",
        "clip",
        "last_frame",
        "clip",
        "clip",
    ]
    assert len(drawing.takes) == 3
    before, after = drawing.takes[1], drawing.takes[3]
    job = next(job for job in pictures(set_) if "closed" in str(job["body"]))
    assert list(job["ask"]["references"]) == [digest(set_.folder / "cat.png"), digest(before.path)]
    shooting = set_.shoot(*scenes, **DRAWN, character="cat.png")
    second = next(job for job in clips(set_) if "scene 2" in str(job["body"]))
    assert second["ask"]["last"] == digest(after.path)
    from storyreel.studio.media.frames import extract_frame

    assert (
        read(set_.emulator.media / second["ask"]["first"]) == extract_frame(shooting.clips[0], "last")
    ).all()


def test_where_only_the_clip_shows_the_place_the_frame_comes_after_it(set_: Set) -> None:
    scenes = (FIRST, {"continue": True, "duration": 4, "last_frame_description": "Night falls"})
    drawing = drawn(set_, *scenes)
    late = next(step for step in drawing.wanted if step.scene == 1 and step.what == "last_frame")
    assert late.number not in drawing.takes and drawing.said(late) == "is drawn after the clip before it"
    set_.shoot(*scenes, **DRAWN)
    (night,) = [job for job in pictures(set_) if "Night" in str(job["body"])]
    (first, second) = sorted(clips(set_), key=lambda job: job["accepted"])
    assert first["accepted"] < night["accepted"] < second["accepted"]
    assert list(night["ask"]["references"]) == [second["ask"]["first"]]


def test_the_character_stands_in_and_the_result_says_so(set_: Set) -> None:
    set_.emulator.misbehave({"what": "failed", "door": "google"})
    shooting = set_.shoot(FIRST, {"duration": 4}, **DRAWN, character=["cat.png", "cat2.png"])
    first = next(job for job in clips(set_) if job["ask"]["first"])
    assert first["ask"]["first"] == digest(set_.folder / "cat.png")
    assert len(shooting.takes) == 2
    (said,) = [each for each in shooting.warnings if "stands in" in each]
    assert said.startswith("scenes[0].first_frame_description: the character's picture stands in")
    assert said in [f"scenes[0].{loss}" for loss in shooting.takes[0].details["losses"]]


def test_without_a_character_the_scene_is_missing_and_the_others_go_on(set_: Set) -> None:
    set_.emulator.misbehave({"what": "empty", "door": "google"})
    with pytest.raises(ProviderError) as caught:
        set_.shoot(FIRST, {"duration": 4}, **DRAWN)
    assert "scenes[0]" in str(caught.value) and "blocked" in str(caught.value)
    assert len(clips(set_)) == 1


def test_what_is_unknown_is_not_replaced(set_: Set) -> None:
    """Nobody pays for a clip that begins with a stand-in while the frame itself may be on the bill."""
    set_.emulator.misbehave({"what": "reset", "door": "google", "at": "submit"})
    with pytest.raises(UnknownOutcome):
        set_.shoot(FIRST, **DRAWN, character="cat.png")
    assert not clips(set_)


def test_frames_are_under_every_cap(set_: Set) -> None:
    with pytest.raises(BadInput) as caught:
        drawn(set_, FIRST, limit=0)
    assert "no spending is allowed" in str(caught.value)
    set_.configure("[budgets]\nday = 0.05\n")
    drawing = drawn(set_, FIRST, {**FIRST, "first_frame_description": "One too many"})
    assert len(drawing.takes) == 1 and [type(error) for error in drawing.errors.values()] == [OverBudget]


@pytest.mark.parametrize(
    ("scene", "keys", "sentence"),
    [
        (FIRST, {"keyframes": "gemini-9"}, "keyframes: 'gemini-9' is not a model"),
        (FIRST, {"keyframes": "veo-3.1"}, "makes no picture"),
        (
            FIRST,
            {"keyframes": "runway/nano-banana-2.1"},
            "keyframes: nano-banana-2.1 can't be reached through",
        ),
        (
            FIRST,
            {"keyframes": "vertex/imagen-4"},
            "imagen-4 is gone: vertex had it until 2026-06-30; use gemini-3.1",
        ),
        (FIRST, {"character": "dog.png"}, "character: there is no file 'dog.png'"),
        ({"last_frame_description": "x", "duration": 4}, {}, "last_frame_description: "),
        ({**FIRST, "first_frame": "cat.png"}, {}, "stands beside first_frame_description"),
        ({**FIRST, "continue": True}, {}, "stands beside first_frame_description"),
    ],
)
def test_what_can_t_be_drawn_is_said_before(
    set_: Set, scene: dict[str, Any], keys: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadInput) as caught:
        board = board_of({"duration": 4}, scene, **keys)
        draw(board, set_.folder, set_.folder / "frames", spend=Spend(limit=Decimal(9)))
    assert sentence in str(caught.value), caught.value
    assert not set_.jobs()


def test_the_sheet_shows_the_frames(set_: Set) -> None:
    set_.emulator.misbehave({"what": "failed", "door": "google", "nth": 2})
    board = board_of({**FIRST, "last_frame": "cat.png"}, {**FIRST, "first_frame_description": "B"})
    drawing = draw(board, set_.folder, set_.folder / "frames", spend=Spend(limit=Decimal(9)))
    pixels = sheet(board, set_.folder, drawing, quote(board, set_.folder))
    assert pixels.shape[1] == 1600
    (there,) = drawing.takes.values()
    shown = Image.fromarray(read(there.path))
    shown.thumbnail((384, 300))
    found = np.asarray(shown).reshape(-1, 3).mean(0)
    boxes = [pixels[70:260, 30:380], pixels[70:260, 420:760]]
    there_first = next(iter(drawing.takes)) == 0
    place = boxes[0] if there_first else pixels[70:260, 820:1170]
    assert np.abs(place.reshape(-1, 3).mean(0) - found).max() < 12
    orange = np.array([255, 165, 0])
    assert (np.abs(boxes[1].astype(int) - orange).sum(-1) < 12).mean() > 0.3, (
        "a frame that was given is on it too"
    )
    assert len(drawing.errors) == 1 and len(drawing.losses()) == 1
