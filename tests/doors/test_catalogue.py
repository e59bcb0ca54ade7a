"""What the catalogue says of models that end, of those that are gone, and of what nobody could verify; and the limits
and prices that were read again on 2026-11-29, each with where that was."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from storyreel.emulators.encode import plain
from storyreel.nodes.pictures import Keyframe
from storyreel.runner.cli import app
from storyreel.studio.errors import BadInput
from storyreel.studio.ledger import Attempt
from storyreel.studio.planning import model_choice
from storyreel.studio.planning.model_choice import Wish, cast, endings
from storyreel.studio.planning.validate import remarks
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import Capability
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.models import catalogue, gone
from storyreel.studio.providers.pricing import price
from storyreel.studio.providers.shot import Shot
from storyreel.studio.purchase.context import can_find, row_of
from storyreel.studio.storyboard.parser import parse
from typer.testing import CliRunner

from .conftest import Media, shot_for

FIRST_COUNT = 275
"""Marks of what nobody could verify, on 2026-11-21."""
BEFORE, AFTER = date(2026, 12, 2), date(2026, 12, 3)
"""The day before Omni 1.1 ends, and the day."""


def row(provider: str, model: str) -> Capability:
    return next(can for can in catalogue() if (can.provider, can.model) == (provider, model))


def asked(**given: Any) -> Shot:
    plain = {"prompt": "A street", "duration": Fraction(4), "width": 1280, "height": 720, "fps": Fraction(24)}
    return Shot.model_validate({**plain, **given})


# What was read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "model", "mode", "longest", "references"),
    [
        ("google", "gemini-omni-1.2", "frames", 10, 0),  # civitai, muapi, runware
        ("google", "gemini-omni-1.2", "image", 15, 0),
        ("vertex", "gemini-omni-1.2", "frames", 10, 0),
        ("fal", "gemini-omni-1.2", "frames", 10, 0),
        ("fal", "gemini-omni-1.2", "references", 15, 6),  # inference.sh, muapi, civitai
        ("google", "gemini-omni-1.1", "references", 10, 5),  # runware, gmicloud, atlascloud
        ("kling", "kling-4.0", "text", 30, 0),  # docs.comfy.org's router
        ("kling", "kling-4.0-flash", "references", 20, 10),
    ],
)
def test_limits(provider: str, model: str, mode: str, longest: int, references: int) -> None:
    what = row(provider, model).modes[mode]
    assert max(what.durations) == longest and what.references == references


@pytest.mark.parametrize(
    ("provider", "model", "resolution", "sound", "silent"),
    [
        ("kling", "kling-3.0-omni", "720p", "0.112", "0.084"),  # Comfy's price page, a reseller's
        ("kling", "kling-3.0-omni", "1080p", "0.14", "0.112"),
        ("kling", "kling-3.0-omni", "4k", "0.42", "0.42"),
        ("kling", "kling-4.0", "1080p", "0.235", "0.235"),  # muapi, venice
        ("kling", "kling-4.0-flash", "720p", "0.094", "0.094"),
        ("vertex", "veo-3.1-lite", "720p", "0.05", "0.03"),  # litellm, Comfy
        ("vertex", "veo-3.1-lite", "1080p", "0.08", "0.05"),
        ("vertex", "gemini-omni-1.2", "720p", "0.069504", "0.069504"),  # $12 a million tokens
        ("heygen", "heygen-avatar-iv", "1080p", "0.0805", "0.0805"),  # Comfy, since 2026-08-28
        ("heygen", "heygen-photo-iv", "720p", "0.05", "0.05"),
        ("heygen", "heygen-avatar-iii", "720p", "0.0433", "0.0433"),
    ],
)
def test_prices_a_second(provider: str, model: str, resolution: str, sound: str, silent: str) -> None:
    can = row(provider, model)
    assert can.prices[resolution] == Decimal(sound)
    assert (can.prices | can.silent_prices)[resolution] == Decimal(silent)


def test_heygen_s_sizes() -> None:
    assert all(set(can.prices) == {"720p", "1080p"} for can in catalogue() if can.provider == "heygen")


@pytest.mark.parametrize(
    ("seconds", "fps", "said"),
    [
        (3, 24, ""),
        (3, 30, ""),
        (3, 60, "a.mp4 has 60 frames per second, and aleph2 through runway takes at most 30"),
    ],
)
def test_what_aleph_changes(tmp_path: Path, seconds: int, fps: int, said: str) -> None:
    import av

    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("h264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(seconds * fps):
            file.mux(stream.encode(av.VideoFrame(320, 180, "yuv420p")))
        file.mux(stream.encode(None))
    found = faults(asked(video=str(path), task="edit", duration=Fraction(2)), row("runway", "aleph2"))
    assert [fault.message for fault in found] == ([said] if said else [])
    assert all("lower rate" in fault.cure for fault in found)


def test_aleph_changes_no_clip_of_a_second(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(plain(1280, 720, 24, False, 7))
    wish, shot = Wish("runway", "aleph2"), asked(video=str(tmp_path / "a.mp4"), task="edit", duration=1)
    from storyreel.studio.planning.validate import source_faults

    [fault], _ = source_faults(wish, shot, None)
    assert "at least 2 s" in fault.message


# What ends -----------------------------------------------------------------------------------------------------


def test_an_end_says_what_follows() -> None:
    ending = {(can.provider, can.model): can for can in catalogue() if can.ends}
    assert ending[("google", "gemini-omni-1.1")].ends == date(2026, 12, 3)
    assert {can.ends for can in catalogue() if can.provider == "openai"} == {date(2027, 1, 6)}
    models = {can.model for can in catalogue()}
    for can in ending.values():
        assert can.successor in models or (can.provider == "openai" and not can.successor)
        assert can.successor != can.model


def test_auto_leaves_what_has_ended() -> None:
    shot, anywhere = asked(), Wish()

    def offered(wish: Wish, today: date) -> list[str]:
        return [can.name for can in cast(wish, shot, ready_only=False, today=today)]

    old = "gemini-omni-1.1 through google"
    assert old in offered(anywhere, BEFORE) and old not in offered(anywhere, AFTER)
    named = Wish("google", "gemini-omni-1.1")
    assert offered(named, BEFORE)[0] == offered(named, AFTER)[0] == old, "the day is the earliest"
    assert offered(Wish("auto", "gemini-omni-1.1"), BEFORE)[0] == old
    assert "google" not in offered(Wish("auto", "gemini-omni-1.1"), AFTER)[0], "where another one has it"


def test_a_provider_that_has_nothing_else_is_asked_all_the_same() -> None:
    shot = asked(makes="speech", script="Hello.", voice="alloy")
    after = date(2027, 2, 1)
    assert [can.provider for can in cast(Wish("openai"), shot, ready_only=False, today=after)] == ["openai"]
    assert not [can for can in cast(Wish(), shot, ready_only=False, today=after) if can.provider == "openai"]


def test_who_names_one_that_ends_is_told_in_time() -> None:
    wish = Wish("google", "gemini-omni-1.1")
    assert endings(wish, "clip", date(2026, 9, 1)) == []
    assert endings(wish, "clip", BEFORE) == [
        "gemini-omni-1.1 through google may be taken away from 2026-12-03 on: use gemini-omni-1.2"
    ]
    assert endings(wish, "clip", AFTER) == [
        "gemini-omni-1.1 through google may have been taken away on 2026-12-03: use gemini-omni-1.2"
    ]
    assert endings(Wish("google"), "clip", AFTER) == endings(Wish(), "clip", AFTER) == []


def test_check_says_it_where_it_is_written() -> None:
    board = parse(
        json.dumps(
            {
                "provider": "google",
                "voice": "openai/tts-1/nova",
                "scenes": [
                    {"prompt": "a", "duration": 4, "narration": "Good morning."},
                    {"prompt": "b", "duration": 4, "model": "gemini-omni-1.1"},
                ],
            }
        )
    )
    assert remarks(board, AFTER) == [
        "scenes[1].model: gemini-omni-1.1 through google may have been taken away on 2026-12-03: "
        "use gemini-omni-1.2",
        "voice: tts-1 through openai may be taken away from 2027-01-06 on",
    ]
    assert remarks(board, date(2026, 9, 1)) == []


def test_providers_shows_the_end() -> None:
    shown = CliRunner().invoke(app, ["providers"])
    assert shown.exit_code == 0 and "2026-12-03, gemini-omni-1.2 takes its place" in shown.output
    told = json.loads(CliRunner().invoke(app, ["providers", "--json"]).stdout.splitlines()[-1])
    [google] = [each for each in told["providers"] if each["provider"] == "google"]
    [old] = [each for each in google["models"] if each["model"] == "gemini-omni-1.1"]
    assert (old["ends"], old["successor"]) == ("2026-12-03", "gemini-omni-1.2")


# What is gone --------------------------------------------------------------------------------------------------


def test_a_model_that_is_gone_names_the_one_to_take() -> None:
    offered = {can.model for can in catalogue()}
    for name, was in gone().items():
        assert name not in offered and was.successor in offered and was.source
        for wish in (Wish("auto", name), Wish(was.provider, name), Wish(models=(name,))):
            [fault] = model_choice.mistakes(wish)
            assert fault.message.startswith(f"{name} is gone: ") and fault.cure == f"use {was.successor}"
        assert any((can.provider, can.model) == (was.provider, was.successor) for can in catalogue())


# What nobody could verify --------------------------------------------------------------------------------------


def test_less_is_unverified_than_before_and_each_is_named() -> None:
    marks = [(can, mark) for can in catalogue() for mark in can.unverified]
    assert len(marks) < FIRST_COUNT
    for can, mark in marks:
        assert len(mark.split()) >= 2 and can.unverified.count(mark) == 1, f"{can.name}: {mark}"
    shown = CliRunner().invoke(app, ["providers", "--unverified", "--json"])
    told = json.loads(shown.stdout.splitlines()[-1])
    # those of this machine's own models too
    assert told["count"] == len(told["unverified"]) >= len(marks)
    listed = {(each["provider"], each["model"], each["unverified"]) for each in told["unverified"]}
    assert {(can.provider, can.model, mark) for can, mark in marks} <= listed
    assert all(each["read"] and each["source"] for each in told["unverified"])
    people = CliRunner().invoke(app, ["providers", "--unverified"]).output
    assert f"{told['count']} facts" in people and marks[0][1] in people


def test_a_price_of_omni_on_vertex_is_the_bill(media: Media) -> None:
    can = row("vertex", "gemini-omni-1.2")
    assert price(shot_for(can, "text", media), can) == Decimal("0.208512")
    assert provider("vertex").check(shot_for(can, "text", media), can) == []


def test_a_saved_workflow_that_names_it_is_told_that_alone(tmp_path: Path) -> None:
    """The values behind it stand for widgets that it would have brought: nothing is said of those."""
    saved = Path(__file__).parents[2] / "workflows" / "product_first_last.json"
    text = saved.read_text(encoding="utf-8")
    old = tmp_path / "old.json"
    old.write_text(text.replace('"gemini-3.1-flash-image"', '"imagen-4"'), encoding="utf-8")
    shown = CliRunner().invoke(app, ["check", str(old), "--json"])
    told = json.loads(shown.stdout.splitlines()[-1])
    assert shown.exit_code == 2 and len(told["error"]["faults"]) == 2
    assert {fault["message"] for fault in told["error"]["faults"]} == {
        "imagen-4 is gone: vertex had it until 2026-06-30"
    }
    graph = {
        "1": {
            "class_type": "StoryreelKeyframe",
            "inputs": {"prompt": "a cat", "model": "imagen-4", "door": "auto"},
        }
    }
    old.write_text(json.dumps(graph), encoding="utf-8")
    assert "use gemini-3.1-flash-lite-image" in CliRunner().invoke(app, ["check", str(old)]).output
    with pytest.raises(BadInput, match="imagen-4 is gone"):
        Keyframe.validate_inputs(prompt="a cat", model={"model": "imagen-4"}, door="auto")


def test_what_was_bought_of_it_is_understood_as_before() -> None:
    """It came with the answer and nothing was kept: so it is with the model that follows."""
    fields = dict.fromkeys((field.name for field in dataclasses.fields(Attempt)), "")
    attempt = Attempt(**{**fields, "provider": "vertex", "model": "imagen-4"})
    assert row_of(attempt).model == "gemini-3.1-flash-lite-image" and not row_of(attempt).keeps
    assert not can_find(attempt)
