"""What the rows of the catalogue say, in sentences and in dollars."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from storyreel.studio.errors import BadInput
from storyreel.studio.providers import PROVIDERS, provider
from storyreel.studio.providers.capability import MODES, SOUNDS, Capability, bought, phrase, rows
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.models import catalogue
from storyreel.studio.providers.pricing import estimate, price
from storyreel.studio.providers.shot import Shot

from .conftest import CLOUD, Media, shot_for


def row(door: str, model: str) -> Capability:
    return next(can for can in catalogue() if (can.provider, can.model) == (door, model))


def shot(**given: Any) -> Shot:
    plain = {"prompt": "A street", "duration": Fraction(4), "width": 1280, "height": 720, "fps": Fraction(24)}
    return Shot.model_validate({**plain, **given})


VEO = row("vertex", "veo-3.1")
FAST = row("vertex", "veo-3.1-fast")
OMNI = row("google", "gemini-omni-1.2")
GEN45 = row("runway", "gen4.5")
TTS, MINI = row("openai", "tts-1"), row("openai", "gpt-4o-mini-tts")
CLIP, SONG = row("google", "lyria-3-clip"), row("google", "lyria-3.5")
SAYS = {
    "makes": "speech",
    "voice": "alloy",
    "script": "Once upon a time there was a king. " * 4 + "He was a merry old soul. ",
}
PLAYS = {"makes": "music", "duration": Fraction(90)}


def said(shot: Shot, can: Capability) -> list[str]:
    return [str(fault) for fault in faults(shot, can)]


# The data ------------------------------------------------------------------------------------------------------


def test_what_every_row_has() -> None:
    assert len({(can.provider, can.model) for can in catalogue()}) == len(catalogue())
    for can in catalogue():
        assert re.fullmatch(r"2026-\d\d-\d\d", can.read), "the day it was read"
        assert can.source, f"{can.name}: where it is from"
        assert set(can.modes) <= set(MODES) and can.free is not (can.provider in CLOUD)
        assert all(cost > 0 for cost in can.prices.values())
        assert (can.free or can.poll_seconds >= 5) and can.concurrent > 0 and can.submits_per_minute > 0
        for name, mode in can.modes.items():
            assert tuple(sorted(mode.durations)) == mode.durations, "ascending"
            assert mode.durations or mode.longest
            assert set(mode.resolutions) <= set(can.prices), f"{can.name}: a resolution without a price"
            assert name == "picture" or (mode.references > 0) is (name == "references")
            assert mode.needs_references <= mode.references
            assert (mode.source_longest > 0) is (name in ("extend", "edit"))
            speaks = name == "speech"
            assert bool(mode.voices) is (mode.longest_script > 0) is speaks and mode.from_speech >= speaks
            assert 0 < mode.slowest <= 1 <= mode.fastest and (speaks or mode.slowest == mode.fastest)
            assert len(set(mode.voices)) == len(mode.voices)
            assert name not in SOUNDS or (list(can.modes) == [name] and not can.keeps)
        assert not can.character_price or (list(can.modes) == ["speech"] and not can.prices)
        for rule in can.only:
            assert set(rule.resolutions) <= set(can.prices) and set(rule.modes) <= set(can.modes)
        assert set(can.silent_prices) <= set(can.prices) and (not can.silent_prices or can.audio == "switch")
        assert all(can.silent_prices[name] <= can.prices[name] for name in can.silent_prices)


def test_sizes_are_what_they_say() -> None:
    short = {"360p": 360, "720p": 720, "1080p": 1080, "4k": 2160}
    for can in catalogue():
        for resolution, ratios in can.sizes.items():
            for ratio, size in ratios.items():
                wide, high = map(int, size.split(":"))
                shape, meant = wide / high, Fraction(*map(int, ratio.split(":")))
                draws = "picture" in can.modes  # in steps of 16 pixels, of about so many in all
                assert abs(shape / float(meant) - 1) < (0.03 if draws else 0.02), (
                    f"{can.name}: {size} is no {ratio}"
                )
                if draws:
                    assert 0.27 < wide * high / 2**20 / {"1k": 1, "2k": 4, "4k": 16}[resolution] < 1.2, size
                elif ratio in ("16:9", "9:16"):
                    assert min(wide, high) == short[resolution]
        for mode in can.modes.values():
            for resolution in mode.resolutions if can.sizes else ():
                assert set(mode.ratios) <= set(can.sizes[resolution])


def test_the_order_is_auto_s_preference() -> None:
    """By rank, the same at every door; then by the door's place."""
    order = [(can.rank, list(PROVIDERS).index(can.provider)) for can in catalogue()]
    assert order == sorted(order)
    assert len({(can.model, can.rank) for can in catalogue()}) == len({can.model for can in catalogue()})
    assert [can.provider for can in catalogue() if can.model == "veo-3.1"] == ["vertex", "runway", "fal"]


def test_every_door_has_its_rows() -> None:
    for name in CLOUD:
        assert provider(name).capabilities() == rows(name) != ()


def test_a_row_with_a_word_too_many_is_refused() -> None:
    path = Path(__file__).parents[2] / "studio" / "providers" / "catalogue" / "vertex.json"
    first = json.loads(path.read_text(encoding="utf-8"))["capabilities"][0]
    Capability.model_validate(first)
    for bad in ({"mood": "serene"}, {"audio": "sometimes"}, {"prices": {"720p": "cheap"}}):
        with pytest.raises(ValidationError):
            Capability.model_validate(first | bad)


# Sentences -----------------------------------------------------------------------------------------------------


def test_1080p_only_at_8_s() -> None:
    (fault,) = faults(shot(resolution="1080p"), VEO)
    assert fault.message == "veo-3.1 makes 1080p only at 8 s"
    assert fault.cure == "set duration to 8 or resolution to 720p"
    for length in (7, 8):
        assert faults(shot(resolution="1080p", duration=Fraction(length)), VEO) == []


FAULTS: list[tuple[Capability, dict[str, Any], str]] = [
    (
        VEO,
        {"duration": Fraction(9)},
        "duration: veo-3.1 through vertex makes clips of 4, 6 or 8 s; change it",
    ),
    (OMNI, {"duration": Fraction(16)}, "duration: gemini-omni-1.2 through google makes clips of up to 15 s"),
    (GEN45, {"duration": Fraction(11)}, "duration: gen4.5 through runway makes clips of up to 10 s"),
    (
        VEO,
        {"resolution": "360p"},
        "resolution: veo-3.1 through vertex makes no 360p from words alone",
    ),
    (GEN45, {"aspect_ratio": "1:1"}, "aspect_ratio: gen4.5 through runway makes no 1:1; use 16:9 or 9:16"),
    (
        VEO,
        {"last_frame": "b.png"},
        "last_frame: veo-3.1 through vertex takes a last frame only with a first one",
    ),
    (
        VEO,
        {"references": ("a.png",), "image": "b.png", "duration": Fraction(8)},
        "references: veo-3.1 through vertex takes no first or last frame beside references; keep the references",
    ),
    (
        VEO,
        {"references": tuple("abcd"), "duration": Fraction(8)},
        "references: 4 are too many: veo-3.1 through vertex takes 3",
    ),
    (
        VEO,
        {"video": "a.mp4", "task": "edit"},
        "provider: veo-3.1 through vertex makes no clip from a clip to change, only from words alone, a first frame,",
    ),
    (GEN45, {"audio": True}, "audio: gen4.5 through runway makes silent clips; set audio to false"),
    (
        GEN45,
        {"prompt": " \n"},
        "prompt: is empty, and gen4.5 through runway needs one; say what is to be seen",
    ),
    (GEN45, {"prompt": "🎬" * 501}, "prompt: 1002 characters with camera, style and sound"),
    (
        VEO,
        {"negative_prompt": "x" * 4001},
        "negative_prompt: 4001 characters, and veo-3.1 through vertex reads 4000",
    ),
    (
        GEN45,
        {"last_frame": "b.png", "image": "a.png"},
        "gen4.5 through runway makes no clip from a first and a last frame",
    ),
]


@pytest.mark.parametrize(("can", "given", "sentence"), FAULTS)
def test_every_fault_says_what_to_change(can: Capability, given: dict[str, Any], sentence: str) -> None:
    found = said(shot(**given), can)
    assert any(sentence in each for each in found), found
    assert all(fault.cure for fault in faults(shot(**given), can))


def test_all_faults_at_once() -> None:
    found = faults(
        shot(prompt="", duration=Fraction(20), resolution="8k", aspect_ratio="2:1", audio=True), GEN45
    )
    assert [fault.place for fault in found] == ["prompt", "audio", "duration", "resolution", "aspect_ratio"]


def test_modes_have_their_own_lengths_and_shapes() -> None:
    refs = {"references": ("a.png",)}
    assert bought(shot(**refs), VEO) == 8 and faults(shot(**refs), VEO) == []
    assert "use 16:9" in said(shot(aspect_ratio="9:16", **refs), VEO)[0]
    assert faults(shot(image="a.png", aspect_ratio="1:1"), GEN45) == []
    assert faults(shot(image="a.png", prompt=""), VEO) == [], "a picture says enough"


def test_a_frame_taller_than_it_can() -> None:
    free = provider("animatic").capabilities()[0]
    assert "at most 8192x8192" in said(shot(width=9000), free)[0]


# Lengths and prices --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "made"),
    [("1", 4), ("4", 4), ("4.01", 6), ("6", 6), ("13/2", 8), ("8", 8), ("8.04", None), ("60", None)],
)
def test_the_shortest_that_is_long_enough(wanted: str, made: int | None) -> None:
    assert bought(shot(duration=Fraction(wanted)), VEO) == made


def test_what_a_model_does_not_make_has_no_price() -> None:
    for bad in (shot(duration=Fraction(9)), shot(resolution="360p"), shot(video="a.mp4", task="edit")):
        assert price(bad, VEO) is None
        with pytest.raises(BadInput, match=r"veo-3\.1 through vertex can't make the shot"):
            estimate(bad, VEO)


@pytest.mark.parametrize(
    ("can", "given", "cost", "why"),
    [
        (VEO, {"duration": Fraction(5)}, "2.40", "6 s at $0.40"),
        (VEO, {"audio": False}, "0.80", "4 s at $0.20"),
        (VEO, {"audio": True}, "1.60", "4 s at $0.40"),
        (VEO, {"resolution": "4k", "duration": Fraction(8)}, "4.80", "8 s at $0.60"),
        (FAST, {"resolution": "1080p", "duration": Fraction(8)}, "0.96", "8 s at $0.12"),
        (OMNI, {}, "0.278016", "4 s at $0.069504"),
        (GEN45, {"duration": Fraction(7, 2)}, "0.48", "4 s at $0.12"),
        (TTS, SAYS, "0.00246", "164 characters at $15 a million"),
        (MINI, SAYS, "0.004375", "about 17.5 s of speech at $0.00025"),
        (CLIP, PLAYS, "0.04", "one piece of music at $0.04"),
    ],
)
def test_prices(can: Capability, given: dict[str, Any], cost: str, why: str) -> None:
    found = estimate(shot(**given), can)
    assert found.cost == price(shot(**given), can) == Decimal(cost) and found.why == why


def test_what_is_free_says_nothing_of_prices() -> None:
    free = provider("animatic").capabilities()[0]
    assert free.free and estimate(shot(), free).cost == 0


def test_a_clip_that_is_changed_costs_what_it_is_long(media: Media, tmp_path: Path) -> None:
    """Not what the scene shows of it."""
    aleph = row("runway", "aleph2")
    change = shot_for(aleph, "edit", media, duration=Fraction(1))
    assert bought(change, aleph) == 2 and price(change, aleph) == Decimal("0.56")
    longer = change.model_copy(update={"duration": Fraction(3)})
    assert "no more than the clip that it changes has" in said(longer, aleph)[0]
    gone = change.model_copy(update={"video": str(tmp_path / "gone.mp4")})
    assert bought(gone, aleph) == 2, "that it isn't there is said elsewhere"


# Words ---------------------------------------------------------------------------------------------------------


def test_the_prompt_as_it_is_sent() -> None:
    whole = shot(
        prompt=" A street ",
        camera="slow pan",
        style="noir",
        sound="rain",
        negative_prompt="people",
        audio=True,
    )
    assert phrase(whole, VEO) == "A street\nCamera: slow pan\nStyle: noir\nSound: rain", (
        "it has a field for the rest"
    )
    assert phrase(whole, OMNI) == "A street\nCamera: slow pan\nStyle: noir\nSound: rain\nAvoid: people"
    assert phrase(whole, GEN45) == "A street\nCamera: slow pan\nStyle: noir\nAvoid: people", "it is silent"
    assert "Sound" not in phrase(whole.model_copy(update={"audio": False}), VEO)
    assert phrase(shot(clip_action="zoom in"), VEO) == "A street\nCamera: zoom in"
    assert phrase(shot(prompt=""), VEO) == ""
