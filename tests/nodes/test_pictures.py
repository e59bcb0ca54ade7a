"""The node that draws: what it offers is the catalogue's, what it draws is bought once."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from storyreel.nodes import model_widgets
from storyreel.nodes.pictures import Keyframe
from storyreel.studio.errors import BadInput, OverBudget, ProviderError
from storyreel.studio.providers.models import catalogue

from .test_cloud import jobs, picture, settings

FLASH = {"model": "gemini-3.1-flash-image", "resolution": "1k", "aspect_ratio": "16:9"}


def drawn(execute: Any, model: dict[str, Any] = FLASH, **said: Any) -> tuple[np.ndarray, dict[str, Any]]:
    image, record = execute(Keyframe, **{"prompt": "A baker", "model": model, "door": "auto", **said})
    return np.asarray(image), json.loads(record)


def test_every_model_that_draws_is_on_the_canvas_as_it_is_in_the_catalogue() -> None:
    inputs = {each.id: each for each in Keyframe.GET_SCHEMA().inputs}
    options = {option.key: {each.id: each for each in option.inputs} for option in inputs["model"].options}
    assert list(options) == list(dict.fromkeys(can.model for can in catalogue() if "picture" in can.modes))
    assert inputs["door"].options[:4] == ["auto", "vertex", "google", "runway"]
    for name, widgets in options.items():
        found = [can.modes["picture"] for can in catalogue() if can.model == name]
        assert set(widgets["resolution"].options) == {size for mode in found for size in mode.resolutions}
        assert set(widgets["aspect_ratio"].options) == {ratio for mode in found for ratio in mode.ratios}
        count = len([each for each in widgets if each.startswith("reference_")])
        assert count == min(model_widgets.SOCKETS, max(mode.references for mode in found))
    assert options["gen4-image-turbo"]["reference_1"].optional is False
    assert all(each.optional for key, each in options["gen4-image"].items() if key.startswith("reference_"))
    assert not {"duration", "audio", "sound", "mode"} & {*inputs, *options["gen4-image"]}


def test_whatever_is_chosen_can_be_drawn_as_it_stands() -> None:
    tried = list(settings(Keyframe.GET_SCHEMA().inputs))
    assert len(tried) >= 7
    for values in tried:
        assert Keyframe.validate_inputs(**values) is True, values


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"prompt": " "}, "prompt: is empty"),
        ({"model": {**FLASH, "aspect_ratio": "2:1"}}, "model.aspect_ratio: '2:1' is not one of"),
        ({"model": {**FLASH, "resolution": "8k"}}, "model.resolution: '8k' is not one of"),
        ({"model": {**FLASH, "model": "nano-banana-2.1"}, "door": "runway"}, "runway"),
        ({"model": {**FLASH, "resolution": "4k"}, "door": "runway"}, "makes no 4k"),
        ({"model": {**FLASH, "model": "veo-3.1"}}, "'veo-3.1' is not one of"),
        ({"max_cost": -1.0}, "max_cost: -1 is not between"),
    ],
)  # fmt: skip
def test_what_cant_be_drawn_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Keyframe.validate_inputs(**{"prompt": "A baker", "model": FLASH, "door": "auto", **values})


def test_a_picture_is_drawn_once_and_kept(execute: Any, cloud: Any) -> None:
    image, record = drawn(execute)
    assert image.shape == (1, 768, 1344, 3) and record["width"] == 1344 and record["height"] == 768
    assert record["model"] == "gemini-3.1-flash-image" and record["door"] == "vertex" and record["rehearsal"]
    [job] = jobs(cloud)
    assert Decimal(job["billed"]) == Decimal(str(record["cost"])) == Decimal("0.0672")
    again, second = drawn(execute)
    assert second["reused"] and len(jobs(cloud)) == 1 and np.array_equal(image, again)
    assert not drawn(execute, take=2)[1]["reused"] and len(jobs(cloud)) == 2


@pytest.mark.parametrize("door", ["vertex", "google", "runway"])
def test_through_each_door_with_references(execute: Any, cloud: Any, door: str) -> None:
    model = {
        **FLASH,
        "model": "gemini-2.5-flash-image",
        "reference_1": picture(0.2),
        "reference_2": picture(0.8),
    }
    image, record = drawn(execute, model, door=door, style="oil", seed=3)
    assert image.shape == (1, 768, 1344, 3) and record["door"] == door
    [job] = jobs(cloud)
    assert json.dumps(job["body"]).count("characters, sha256") == 2
    assert "Style: oil" in json.dumps(job["body"])
    assert not drawn(execute, {**model, "reference_2": picture(0.7)}, door=door, style="oil", seed=3)[1][
        "reused"
    ]


def test_above_max_cost_nothing_is_sent(execute: Any, cloud: Any) -> None:
    with pytest.raises(OverBudget):
        drawn(execute, max_cost=0.06)
    assert not jobs(cloud)


def test_a_blocked_picture_is_an_error(execute: Any, cloud: Any) -> None:
    cloud.misbehave({"what": "empty"})
    with pytest.raises(ProviderError):
        drawn(execute, door="google")


def test_without_a_key_it_says_which(execute: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BadInput, match="GEMINI_API_KEY"):
        drawn(execute, door="google")


def test_a_rehearsal_shows_what_it_was_drawn_after(execute: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grey reference can be measured in it, where it was put."""
    from storyreel.emulators import Emulator

    with Emulator(work=0.05, picture="card") as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        greys = (0.2, 0.9)
        model = {**FLASH, "reference_1": picture(greys[0]), "reference_2": picture(greys[1])}
        image, _ = drawn(execute, model, door="vertex")
        alone, _ = drawn(execute, FLASH, door="vertex")
    row = slice(int(768 * 0.65), int(768 * 0.8))
    left, right = image[0, row, 200:470], image[0, row, 870:1140]
    assert abs(left.mean() - greys[0]) < 0.01 and abs(right.mean() - greys[1]) < 0.01
    assert left.std() < 0.01 and right.std() < 0.01
    assert abs(alone[0, row, 200:470].mean() - alone[0, row, 870:1140].mean()) < 0.3
