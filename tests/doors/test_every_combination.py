"""Every model, mode, length, ratio and resolution that anybody's row names, tried at every model: what the data allows
arrives at the strict emulator, what it refuses never leaves.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from PIL import Image
from storyreel.runner.emulate import Emulator
from storyreel.runner.emulate.clips import plain
from storyreel.studio.providers import provider
from storyreel.studio.providers.capability import MODES, TALKING, bought, catalogue, faults, price
from storyreel.studio.providers.contract import Refused

from .conftest import Media, shot_for

LENGTHS = sorted(
    {length for can in catalogue() for mode in can.modes.values() for length in mode.durations}
    | {Fraction(1), Fraction(7, 2), Fraction(16)}
)
RATIOS = sorted(
    {ratio for can in catalogue() for mode in can.modes.values() for ratio in mode.ratios} | {"2:1"}
)
RESOLUTIONS = ("360p", "720p", "1080p", "4k")
KNOWN = [mode for mode in MODES if any(mode in can.modes for can in catalogue())]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """As small as the doors take them."""
    folder = tmp_path_factory.mktemp("tiny")
    Image.new("RGB", (534, 300), "red").save(folder / "picture.png")
    (folder / "clip.mp4").write_bytes(plain(1280, 720, 48, False, 7))
    return Media(str(folder / "picture.png"), str(folder / "picture.png"), str(folder / "clip.mp4"))


@pytest.mark.parametrize("can", catalogue(), ids=lambda can: f"{can.provider}-{can.model}")
def test_what_the_data_allows_arrives_and_the_rest_never_leaves(
    can, tiny: Media, emulator: Emulator, tmp_path: Path
) -> None:
    door = provider(can.provider)
    before = emulator.record()
    jobs, refused = len(before["jobs"]), len(before["refused"])
    allowed = 0
    expected: list[tuple[str, str]] = []
    for mode, length, ratio, resolution in product(KNOWN, LENGTHS, RATIOS, RESOLUTIONS):
        what = can if mode in can.modes else next(row for row in catalogue() if mode in row.modes)
        if not what.modes[mode].ratios and ratio not in RATIOS[:2]:  # nobody says what shape it has
            continue
        shot = shot_for(what, mode, tiny, duration=length, aspect_ratio=ratio, resolution=resolution, seed=0)
        found = [*faults(shot, can), *door.check(shot, can)]
        if found:
            assert all(fault.message and fault.cure for fault in found), found
            with pytest.raises(Refused) as caught:
                door.submit(shot, can, "")
            assert caught.value.kind == "invalid"
            continue
        allowed += 1
        operation = door.submit(shot, can, "")
        expected.append((operation.id, str(price(shot, can))))
        assert bought(shot, can) >= length or mode in ("edit", *TALKING)
    record = emulator.record()
    assert allowed and allowed == len(record["jobs"]) - jobs
    assert len(record["refused"]) == refused, record["refused"][-1]
    bills = [job["price"] for job in record["jobs"][jobs:]]
    both = [(id, cost, bill) for (id, cost), bill in zip(expected, bills, strict=True)]
    wrong = [(id, cost, bill) for id, cost, bill in both if abs(float(cost) - float(bill)) > 1e-6]
    if set(can.modes) <= set(TALKING):  # nobody knows how fast a voice is; what is reserved isn't passed
        wrong = [(id, cost, bill) for id, cost, bill in wrong if float(bill) > float(cost)]
    assert not wrong, "the price list and the vendor's bill differ"
