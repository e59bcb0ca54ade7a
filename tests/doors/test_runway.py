"""Other makers' models through Runway: what of a request the data decides, what they cost, and who takes over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.studio.planning.model_choice import Wish, cast
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import Capability, rows
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.pricing import estimate, price
from storyreel.studio.providers.shot import Shot

from .conftest import Media, ended, shot_for

ROWS = {can.model: can for can in rows("runway")}


def sent(emulator: Emulator, can: Capability, shot: Shot) -> dict[str, Any]:
    """The body that went out, but for its media."""
    provider("runway").submit(shot, can, "")
    body = emulator.record()["jobs"][-1]["body"]
    return {
        name: value for name, value in body.items() if name not in ("promptText", "promptImage", "references")
    }


BODIES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "kling-3.0",
        "text",
        {},
        {"model": "kling3.0_standard", "ratio": "1280:720", "duration": 3, "audio": True},
    ),
    (
        "kling-3.0",
        "image",
        {"resolution": "1080p", "aspect_ratio": "1:1", "audio": False},
        {"model": "kling3.0_pro", "ratio": "1440:1440", "duration": 3, "audio": False},
    ),
    (
        "kling-3.0",
        "frames",
        {"aspect_ratio": "4:5"},
        {"model": "kling3.0_standard", "duration": 3, "audio": True},
    ),
    ("hailuo-3", "text", {}, {"model": "hailuo3", "ratio": "16:9", "resolution": "768p", "duration": 5}),
    (
        "hailuo-3",
        "image",
        {"resolution": "1080p"},
        {"model": "hailuo3", "ratio": "adaptive", "resolution": "2k", "duration": 5},
    ),
    ("h3-max", "text", {}, {"model": "h3_max", "resolution": "768p", "duration": 5, "seed": 7}),
    ("wan-3", "text", {}, {"model": "wan3", "ratio": "1280:720", "duration": 2, "audio": True}),
    ("wan-3", "frames", {}, {"model": "wan3", "ratio": "auto_720p", "duration": 2, "audio": True}),
    (
        "wan-3",
        "references",
        {"aspect_ratio": "9:16"},
        {"model": "wan3", "ratio": "720:1280", "duration": 2, "audio": True},
    ),
    ("grok-imagine-1.5", "image", {}, {"model": "grok_imagine_1_5", "resolution": "720p", "duration": 1}),
    (
        "grok-imagine-1.5",
        "text",
        {"aspect_ratio": "2:3"},
        {"model": "grok_imagine_1_5", "ratio": "2:3", "resolution": "720p", "duration": 1},
    ),
    (
        "grok-imagine-1.5-lite",
        "image",
        {},
        {"model": "grok_imagine_1_5_lite", "ratio": "auto_720p", "duration": 1},
    ),
    ("happyhorse-1.0", "image", {}, {"model": "happyhorse_1_0", "resolution": "720p", "duration": 3}),
    ("happyhorse-1.0", "text", {}, {"model": "happyhorse_1_0", "ratio": "1280:720", "duration": 3}),
]


@pytest.mark.parametrize(("model", "mode", "changed", "body"), BODIES)
def test_what_the_data_says_goes_out(
    emulator: Emulator, media: Media, model: str, mode: str, changed: dict[str, Any], body: dict[str, Any]
) -> None:
    can = ROWS[model]
    assert sent(emulator, can, shot_for(can, mode, media, **changed)) == body


PRICES = [
    ("seedance-2-mini", "text", {}, "0.64", "$0.64 is the least that a clip costs"),
    ("seedance-2-mini", "text", {"duration": 5}, "0.80", "5 s at $0.16"),
    ("seedance-2.5", "text", {"duration": 4}, "1.20", "4 s at $0.30"),
    ("grok-imagine-1.5", "image", {"duration": 4}, "0.65", "4 s at $0.16 and $0.01 for its picture"),
    ("hailuo-3", "frames", {}, "0.54", "5 s at $0.10 and $0.02 for each of 2 pictures"),
    (
        "hailuo-3",
        "references",
        {"resolution": "1080p"},
        "0.79",
        "5 s at $0.15 and $0.02 for each of 2 pictures",
    ),
    ("aleph2", "edit", {}, "0.56", "$0.56 is the least that a clip costs"),
    ("gemini-omni-1.1", "text", {"resolution": "360p"}, "0.102", "3 s at $0.034"),
]


@pytest.mark.parametrize(("model", "mode", "changed", "cost", "why"), PRICES)
def test_what_it_costs(
    emulator: Emulator, media: Media, model: str, mode: str, changed: dict[str, Any], cost: str, why: str
) -> None:
    """Said before, and charged."""
    can, runway = ROWS[model], provider("runway")
    shot = shot_for(can, mode, media, **changed)
    assert price(shot, can) == Decimal(cost)
    assert estimate(shot, can) == (Decimal(cost), why)
    assert ended(runway, runway.submit(shot, can, "")).charge == Decimal(cost)


def test_a_picture_that_is_too_small(media: Media, tmp_path: Any) -> None:
    name = str(tmp_path / "small.png")
    Image.new("RGB", (300, 200)).save(name)
    can = ROWS["h3-max"]
    [fault] = provider("runway").check(shot_for(can, "image", media, image=name), can)
    assert "300x200" in fault.message and "256" in fault.message and fault.cure
    assert not provider("runway").check(shot_for(can, "image", media), can)


def test_lengths_sizes_and_shapes_that_are_not_made(media: Media) -> None:
    for model, mode, changed in (
        ("kling-3.0", "text", {"resolution": "4k"}),
        ("grok-imagine-1.5", "references", {"resolution": "1080p"}),
        ("wan-3", "text", {"duration": 31}),
        ("seedance-2-fast", "text", {"resolution": "1080p"}),
        ("h3-max", "text", {"aspect_ratio": "9:16"}),
        ("seedance-2", "references", {"references": (media.picture,) * 10}),
        ("happyhorse-1.0", "text", {"prompt": "x" * 2501}),
    ):
        can = ROWS[model]
        [fault] = faults(shot_for(can, mode, media, **changed), can)
        assert fault.message and fault.cure


def test_kling_is_one_model_through_three_doors(emulator: Emulator, media: Media) -> None:
    shot = shot_for(ROWS["kling-3.0"], "text", media)
    doors = [can.provider for can in cast(Wish("auto", "kling-3.0"), shot)]
    assert {"kling", "fal", "runway"} <= set(doors)
