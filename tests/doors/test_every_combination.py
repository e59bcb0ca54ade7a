"""Every length, ratio and resolution that anybody's row names, tried in every mode of every model: what the data allows
arrives at the strict emulator, what it refuses never leaves.

Not all with all: each resolution meets every length and every ratio, since rules and prices join those; a length and a
ratio are joined by nothing. Of what is allowed, each length goes out at one resolution or more, the first and the last
at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.emulators.encode import plain
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import MODES, SOUNDS, TALKING, Capability, bought
from storyreel.studio.providers.contract import Refused
from storyreel.studio.providers.faults import faults
from storyreel.studio.providers.models import catalogue
from storyreel.studio.providers.pricing import price
from storyreel.studio.providers.shot import Shot

from .conftest import Media, shot_for

SEEN = [can for can in catalogue() if not can.free and not set(can.modes) <= set(SOUNDS)]
"""What is only heard is in test_sounds.py."""
LENGTHS = sorted(
    {length for can in SEEN for mode in can.modes.values() for length in mode.durations}
    | {Fraction(1), Fraction(7, 2), Fraction(16)}
)
RATIOS = sorted({ratio for can in SEEN for mode in can.modes.values() for ratio in mode.ratios} | {"2:1"})
RESOLUTIONS = sorted(
    {name for can in SEEN for mode in can.modes.values() for name in mode.resolutions} | {"360p"}
)
KNOWN = [mode for mode in MODES if any(mode in can.modes for can in catalogue())]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """As small as the doors take them."""
    folder = tmp_path_factory.mktemp("tiny")
    Image.new("RGB", (534, 300), "red").save(folder / "picture.png")
    (folder / "clip.mp4").write_bytes(plain(1280, 720, 48, False, 7))
    return Media(str(folder / "picture.png"), str(folder / "picture.png"), str(folder / "clip.mp4"))


def tries(can: Capability, mode: str, tiny: Media) -> Iterator[tuple[Shot, bool]]:
    """Shots, and whether they go out where the model makes them."""
    what = can.modes[mode]

    def shot(length: Fraction, ratio: str, resolution: str) -> Shot:
        return shot_for(can, mode, tiny, duration=length, aspect_ratio=ratio, resolution=resolution, seed=0)

    shapes = what.ratios or RATIOS[:2]  # nobody says what shape it has
    own = list(what.resolutions or RESOLUTIONS)
    for resolution in RESOLUTIONS:
        made = [each for each in LENGTHS if not faults(shot(each, shapes[0], resolution), can)]
        for number, length in enumerate(LENGTHS):
            out = length in (made[:1] + made[-1:]) or own[number % len(own)] == resolution
            yield shot(length, shapes[number % len(shapes)], resolution), out
        for number, ratio in enumerate(RATIOS if what.ratios else shapes):
            length = made[number % len(made)] if made else LENGTHS[0]
            yield shot(length, ratio, resolution), True


@pytest.mark.parametrize("can", SEEN, ids=lambda can: f"{can.provider}-{can.model}")
def test_what_the_data_allows_arrives_and_the_rest_never_leaves(
    can: Capability, tiny: Media, emulator: Emulator
) -> None:
    door = provider(can.provider)
    before = emulator.record()
    jobs, refused = len(before["jobs"]), len(before["refused"])
    expected: list[tuple[str, str]] = []
    others = [mode for mode in KNOWN if mode not in can.modes]
    strange = [shot_for(next(row for row in catalogue() if mode in row.modes), mode, tiny) for mode in others]
    assert all(faults(shot, can) for shot in strange)
    for shot, out in [(shot, True) for shot in strange] + [
        each for mode in can.modes for each in tries(can, mode, tiny)
    ]:
        found = [*faults(shot, can), *door.check(shot, can)]
        if found:
            assert all(fault.message and fault.cure for fault in found), found
            with pytest.raises(Refused) as caught:
                door.submit(shot, can, "")
            assert caught.value.kind == "invalid"
            continue
        assert (bought(shot, can) or 0) >= shot.duration or shot.mode in ("edit", *TALKING)
        if out:
            expected.append((door.submit(shot, can, "").id, str(price(shot, can))))
    record = emulator.record()
    assert expected and len(expected) == len(record["jobs"]) - jobs
    assert len(record["refused"]) == refused, record["refused"][-1]
    bills = [job["price"] for job in record["jobs"][jobs:]]
    both = [(id, cost, bill) for (id, cost), bill in zip(expected, bills, strict=True)]
    wrong = [(id, cost, bill) for id, cost, bill in both if abs(float(cost) - float(bill)) > 1e-6]
    if set(can.modes) <= set(TALKING):  # nobody knows how fast a voice is; what is reserved isn't passed
        wrong = [(id, cost, bill) for id, cost, bill in wrong if float(bill) > float(cost)]
    assert not wrong, "the price list and the vendor's bill differ"
