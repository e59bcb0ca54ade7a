"""The nodes of those who talk, against HeyGen's emulator: what they offer, refuse, say, pay, and give back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from storyreel.nodes import NODES, model_widgets
from storyreel.nodes.heygen import MODELS, HeyGen, HeyGenLists
from storyreel.studio.errors import BadInput, OverBudget
from storyreel.studio.providers.contract import Refused

SAID = "Good morning. This is our new office."
SHAPE = {"resolution": "720p", "aspect_ratio": "16:9"}
AVATAR = {"model": "heygen-avatar-iv", "avatar": "abigail_office", **SHAPE}
PHOTO = {"model": "heygen-photo-iv", **SHAPE}
FACE = np.full((1, 128, 128, 3), 0.4, np.float32)


def jobs(cloud: Any) -> list[dict[str, Any]]:
    return cloud.record()["jobs"]


def say(execute: Any, model: dict[str, Any] = AVATAR, **said: Any) -> tuple[Any, dict[str, Any]]:
    video, record = execute(HeyGen, **{"script": SAID, "voice": "v_en_ada", "model": model, **said})
    return video, json.loads(record)


def test_its_models_are_all_who_talk() -> None:
    talkers = {name for mode in ("avatar", "portrait") for name in model_widgets.models(mode)}
    assert talkers == set(MODELS) and HeyGen in NODES and HeyGenLists in NODES


def test_an_avatar_says_a_script(cloud: Any, execute: Any, look: Any) -> None:
    video, record = say(execute, {**AVATAR, "aspect_ratio": "9:16"})
    (job,) = jobs(cloud)
    seen = look(video)
    assert seen.size == (720, 1280) and np.abs(seen.sound).max() > 0.01
    body = job["body"]
    assert (body["type"], body["avatar_id"], body["script"], body["voice_id"]) == (
        "avatar", "abigail_office", SAID, "v_en_ada",
    )  # fmt: skip
    assert (record["model"], record["door"], record["operation"]) == ("heygen-avatar-iv", "heygen", job["id"])
    assert record["cost"] == pytest.approx(float(job["billed"])) and record["rehearsal"]
    assert record["cost"] == pytest.approx(0.0805 * seen.frames / 25, abs=1e-5), "by the second that was said"


def test_a_picture_says_a_sound(cloud: Any, execute: Any, look: Any, tone: Any) -> None:
    """The sound is said in place of the script, and what comes back is as long."""
    video, record = say(execute, {**PHOTO, "picture": FACE}, voice="", speech=tone(2.3), prompt="She nods")
    (job,) = jobs(cloud)
    assert {"audio_asset_id", "image", "motion_prompt"} <= set(job["body"])
    assert not {"script", "voice_id"} & set(job["body"])
    assert 2.3 <= look(video).frames / 24 < 2.5 and record["model"] == "heygen-photo-iv"


def test_what_was_said_once_is_not_paid_twice(cloud: Any, execute: Any) -> None:
    say(execute)
    _, again = say(execute)
    assert again["reused"] and len(jobs(cloud)) == 1
    _, other = say(execute, script=SAID + " Come in.")
    assert not other["reused"] and len(jobs(cloud)) == 2


def test_nothing_is_sent_above_the_cap(cloud: Any, execute: Any) -> None:
    with pytest.raises(OverBudget):
        say(execute, max_cost=0.1)
    assert jobs(cloud) == []


def test_an_avatar_that_nobody_knows(cloud: Any, execute: Any) -> None:
    with pytest.raises(Refused, match="Avatar nobody not found"):
        say(execute, {**AVATAR, "avatar": "nobody"})
    assert jobs(cloud) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "avatar: is empty; take an id out of HeyGen Lists"),
        ({"model": {**AVATAR, "avatar": "a"}, "voice": ""}, "voice: heygen-avatar-iv through heygen needs one"),
        ({"model": {**AVATAR, "avatar": "a"}, "script": " "}, "script: is empty; write what is said"),
        ({"model": {**PHOTO, "picture": None}, "script": "", "voice": ""}, "script: is empty; write what is said"),
        ({"model": {**AVATAR, "resolution": "8k"}}, "model.resolution: '8k' is not one of"),
        ({"model": {**AVATAR, "avatar": "a"}, "script": "word " * 2000}, "talks for up to 600 s; shorten it"),
        ({"model": {**AVATAR, "avatar": "a"}, "take": 0}, "take: 0 is not between"),
    ],
)  # fmt: skip
def test_what_cant_be_said_is_refused(values: dict[str, Any], said: str) -> None:
    given = {"script": SAID, "voice": "v", "model": {**AVATAR, "avatar": ""}, **values}
    with pytest.raises(BadInput) as refused:
        HeyGen.validate_inputs(**given)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"script": "", "voice": "", "speech": None},
        {"script": None, "voice": None},
        {"model": {**AVATAR, "avatar": None}},
        {"model": {**PHOTO, "picture": None}},
        {"model": {"model": "heygen-photo-iv", "picture": None, "resolution": None, "aspect_ratio": None}},
        {"model": {**AVATAR, "model": "heygen-avatar-iii"}, "prompt": "smiles"},
    ],
)
def test_what_comes_by_a_wire_is_checked_when_it_is_there(values: dict[str, Any]) -> None:
    assert HeyGen.validate_inputs(**{"script": SAID, "voice": "v", "model": AVATAR, **values}) is True


def test_lists(cloud: Any, execute: Any) -> None:
    (avatars,) = execute(HeyGenLists, list="avatars", search="female desk")
    assert avatars.splitlines() == ["dora_desk    Dora at her desk (female, digital twin)"]
    (voices,) = execute(HeyGenLists, list="voices", search="", language="de")
    assert [line.split()[0] for line in voices.splitlines()] == ["v_de_anna", "v_de_bernd", "v_de_clara"]
    assert execute(HeyGenLists, list="voices", search="nobody", language="") == (
        "None of the voices is called so.",
    )
    with pytest.raises(BadInput, match="'xx'"):
        execute(HeyGenLists, list="voices", search="", language="xx")
    assert jobs(cloud) == []
