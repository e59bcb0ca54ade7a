"""`render --until keyframes`: the frames first, on a sheet with prices; then the same command goes on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from storyreel.emulators import Emulator

from .test_paid import jobs, last, shop, storyreel, write

__all__ = ["shop"]

FRAMES = {"first_frame_description": "A cat on a box", "last_frame_description": "The cat in the box"}
KEYS: dict[str, Any] = {
    "provider": "vertex",
    "model": "veo-3.1-fast",
    "keyframes": "vertex/gemini-3.1-flash-lite-image",
}


@pytest.fixture
def story(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        {"prompt": "a cat", "duration": 4, **FRAMES},
        {"prompt": "it leaves", "duration": 4, "continue": True},
        **{**KEYS, "keyframes": "vertex/gemini-2.5-flash-image"},
    )


def test_first_the_frames_then_the_film(shop: Emulator, story: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    drawn = storyreel("render", story, "-o", film, "--until", "keyframes", "--allow-spend", "--json")
    assert drawn.exit_code == 0, drawn.output
    said = last(drawn)
    assert said["ok"] and said["film"] is None and said["until"] == "keyframes" and not film.exists()
    assert [job["ask"]["kind"] for job in jobs(shop)] == ["picture", "picture"]
    first, second = said["scenes"]
    assert Path(first["first_frame"]["picture"]).is_file() and second["first_frame"] is None
    assert first["last_frame"]["model"] == "gemini-2.5-flash-image" and not first["last_frame"]["reused"]
    assert said["cost"] == said["spent"] == pytest.approx(sum(float(job["billed"]) for job in jobs(shop)))
    sheet = Path(said["sheet"]["path"])
    assert sheet == tmp_path / "film.keyframes.png"
    with Image.open(sheet) as image:
        assert image.size == (said["sheet"]["width"], said["sheet"]["height"])
    again = last(storyreel("render", story, "-o", film, "--until", "keyframes", "--json"))
    assert again["spent"] == 0 and again["to_pay"] == said["to_pay"], (
        "drawn before: nobody is asked for a yes"
    )
    plan = last(storyreel("render", story, "-o", film, "--dry-run", "--json"))
    assert plan["cost"] == pytest.approx(said["to_pay"])
    made = storyreel("render", story, "-o", film, "--allow-spend", "--json")
    assert made.exit_code == 0, made.output
    done = last(made)
    assert len(jobs(shop)) == 4 and done["spent"] == pytest.approx(said["to_pay"])
    assert [frame["what"] for frame in done["scenes"][0]["keyframes"]] == ["first_frame", "last_frame"]
    assert "keyframes" not in done["scenes"][1]


def test_a_yes_is_for_the_frames_alone(shop: Emulator, story: Path, tmp_path: Path) -> None:
    refused = storyreel("render", story, "-o", tmp_path / "film.mp4", "--until", "keyframes")
    assert refused.exit_code == 2 and "drawing the frames would cost" in refused.stderr
    assert "--allow-spend" in refused.stderr and not jobs(shop)
    dear = storyreel("render", story, "--until", "keyframes", "--allow-spend", "--max-cost", "0.01")
    assert dear.exit_code == 2 and "--max-cost allows $0.01" in dear.stderr and not jobs(shop)


def test_frames_are_drawn_again(shop: Emulator, story: Path, tmp_path: Path) -> None:
    words = ["render", story, "-o", tmp_path / "film.mp4", "--until", "keyframes", "--allow-spend", "--json"]
    first = last(storyreel(*words))
    second = last(storyreel(*words, "--retake", "0"))
    assert second["spent"] == first["spent"] > 0
    pictures = [said["scenes"][0]["first_frame"]["picture"] for said in (first, second)]
    assert len(set(pictures)) == 2 and all(Path(each).is_file() for each in pictures)
    assert len(jobs(shop)) == 4


def test_a_retake_in_a_chain_is_one_of_what_follows_too(shop: Emulator, story: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    made = storyreel("render", story, "-o", film, "--allow-spend", "--json")
    assert made.exit_code == 0, made.output
    before = len(jobs(shop))
    again = storyreel("render", story, "-o", film, "--allow-spend", "--retake", "0", "--json")
    assert again.exit_code == 0, again.output
    said = last(again)
    assert len(jobs(shop)) == before + 2, "two clips, and the frames as they were"
    assert said["spent"] == pytest.approx(sum(float(job["billed"]) for job in jobs(shop)[before:]))


def test_without_any_key_auto_makes_an_animatic_and_draws_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "nobody"))
    path = write(tmp_path, {"prompt": "a cat", "duration": 1, **FRAMES}, provider="auto", model=None)
    made = storyreel("render", path, "-o", tmp_path / "film.mp4", "--json")
    assert made.exit_code == 3, made.output
    assert last(made)["scenes"][0]["provider"] == "animatic"


def test_a_frame_that_can_t_be_drawn_is_a_loss(shop: Emulator, story: Path, tmp_path: Path) -> None:
    shop.misbehave({"what": "empty", "door": "vertex", "nth": 2})
    words = ["render", story, "-o", tmp_path / "film.mp4", "--until", "keyframes", "--allow-spend"]
    run = storyreel(*words, "--json")
    assert run.exit_code == 3, run.output
    said = last(run)
    assert said["scenes"][0]["last_frame"]["error"] and said["scenes"][0]["last_frame"]["picture"] is None
    assert any("scenes[0].last_frame_description" in warning for warning in said["warnings"])
    seen = storyreel(*words)
    assert "film.keyframes.png" in seen.stdout and "goes on and makes the film" in seen.stdout


def test_nothing_to_draw(shop: Emulator, tmp_path: Path) -> None:
    path = write(tmp_path, {"prompt": "a street", "duration": 2})
    run = storyreel("render", path, "--until", "keyframes", "--allow-spend")
    assert run.exit_code == 2 and "describes no frames" in run.stderr and not jobs(shop)


def test_the_price_of_the_frames_is_in_the_plan(shop: Emulator, story: Path) -> None:
    plan = last(storyreel("render", story, "--dry-run", "--json"))
    without = Decimal("0.40") * 2
    assert Decimal(str(plan["cost"])) > without and plan["scenes"][0]["cost"] > plan["scenes"][1]["cost"]
