"""What each transition does to the pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from storyreel.studio.media.planes import Planes, black_frame, frame_of, planes_of
from storyreel.studio.render.transitions import TRANSITIONS, blend, risen
from storyreel.studio.timeline.timeline import TRANSITION_NAMES


def flat(y: int, u: int, v: int, width: int = 64, height: int = 48) -> Planes:
    sizes = (height, width), (height // 2, width // 2), (height // 2, width // 2)
    planes = (np.full(size, level, np.uint8) for size, level in zip(sizes, (y, u, v), strict=True))
    return tuple(planes)  # type: ignore[return-value]


def noise(seed: int, width: int = 64, height: int = 48) -> Planes:
    random = np.random.default_rng(seed)
    sizes = (height, width), (height // 2, width // 2), (height // 2, width // 2)
    return tuple(random.integers(16, 236, size, np.uint8) for size in sizes)  # type: ignore[return-value]


A, B = flat(40, 90, 200), flat(200, 180, 60)


def test_the_names_that_schemas_show_are_the_ones_there_are() -> None:
    assert set(TRANSITION_NAMES) == {"none", *TRANSITIONS}
    assert all(transition.about for transition in TRANSITIONS.values())


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("size", [(64, 48), (854, 480), (66, 50)])
def test_begins_with_a_and_ends_near_b_and_harms_neither(name: str, size: tuple[int, int]) -> None:
    a, b = noise(1, *size), noise(2, *size)
    kept = [plane.copy() for plane in (*a, *b)]
    for p, wanted in ((0.0, a), (1.0, b)):
        for plane, original in zip(planes_of(blend(name, frame_of(a), frame_of(b), p)), wanted, strict=True):
            assert np.array_equal(plane, original)
    for p in (0.001, 0.25, 0.5, 0.75, 0.999):
        TRANSITIONS[name].blend(a, b, p)
    assert all(np.array_equal(plane, copy) for plane, copy in zip((*a, *b), kept, strict=True))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_crossfade_is_the_mix(p: float) -> None:
    a, b = noise(1), noise(2)
    for mixed, x, y in zip(TRANSITIONS["crossfade"].blend(a, b, p), a, b, strict=True):
        assert np.abs(mixed - ((1 - p) * x + p * y)).max() <= 0.5 + 1e-6


def test_fade_passes_through_black() -> None:
    fade = TRANSITIONS["fade"].blend
    assert [int(plane[0, 0]) for plane in fade(A, B, 0.5)] == [16, 128, 128]
    assert [int(plane[0, 0]) for plane in fade(A, B, 0.25)] == [28, 109, 164]
    assert [int(plane[0, 0]) for plane in fade(A, B, 0.75)] == [108, 154, 94]


def test_wipe_shows_b_left_of_the_edge() -> None:
    y, u, _ = TRANSITIONS["wipe"].blend(A, B, 0.25)
    assert (y[:, :16] == 200).all() and (y[:, 16:] == 40).all()
    assert (u[:, :8] == 180).all() and (u[:, 8:] == 90).all()


def test_slide_pushes() -> None:
    a, b = noise(1), noise(2)
    y, u, _ = TRANSITIONS["slide"].blend(a, b, 0.25)
    assert np.array_equal(y, np.hstack((a[0][:, 16:], b[0][:, :16])))
    assert np.array_equal(u, np.hstack((a[1][:, 8:], b[1][:, :8])))


def test_zoom_grows_a_about_its_centre() -> None:
    a, b = flat(16, 128, 128, 120, 120), flat(16, 128, 128, 120, 120)
    a[0][50:70, 50:70] = 200  # a square of 20 in the middle
    y, _, _ = TRANSITIONS["zoom"].blend(a, b, 0.5)
    lit = np.argwhere(y > (200 - 16) * 0.5 / 2 + 16)
    (top, left), (bottom, right) = lit.min(axis=0), lit.max(axis=0)
    assert abs((bottom - top + 1) - 25) <= 1 and abs((right - left + 1) - 25) <= 1
    assert abs((top + bottom) / 2 - 59.5) <= 0.5 and abs((left + right) / 2 - 59.5) <= 0.5
    assert abs(float(y[59, 59]) - 108) <= 1


def test_dissolve_is_the_crossfade_blurred_most_in_the_middle() -> None:
    edge = flat(16, 128, 128, 640, 360)
    edge[0][:, 320:] = 235
    dissolve = TRANSITIONS["dissolve"].blend

    def widths(p: float) -> int:
        row = dissolve(edge, edge, p)[0][180].astype(int)
        return int(((row > 27) & (row < 224)).sum())

    blurs = [widths(p) for p in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)]
    assert blurs == pytest.approx(blurs[::-1], abs=1)
    assert blurs[0] < blurs[1] < blurs[2] < blurs[3]
    # A Gaussian edge is 3.3 sigma wide between 5 % and 95 %, and sigma is a fortieth of the height.
    assert blurs[3] == pytest.approx(3.3 * 9, rel=0.1)
    middle = dissolve(A, B, 0.5)
    assert [int(plane[5, 5]) for plane in middle] == [120, 135, 130]


def test_the_blur_widens_evenly() -> None:
    """However the blur is computed, no step shows from one frame to the next."""
    edge = flat(16, 128, 128, 1280, 720)
    edge[0][:, 640:] = 235
    for k in range(4, 31):
        row = TRANSITIONS["dissolve"].blend(edge, edge, k / 60)[0][360].astype(float)
        place = np.arange(len(row) - 1) + 0.5
        weight = np.diff(row) / 219
        sigma = math.sqrt((weight * (place - 639.5) ** 2).sum())
        assert sigma == pytest.approx(18 * math.sin(math.pi * k / 60), rel=0.03)


def test_the_film_rises_from_black() -> None:
    b = frame_of(B)
    assert [int(plane[0, 0]) for plane in planes_of(risen(b, 0))] == [16, 128, 128]
    assert [int(plane[0, 0]) for plane in planes_of(risen(b, 0.5))] == [108, 154, 94]
    assert [int(plane[0, 0]) for plane in planes_of(black_frame(16, 16))] == [16, 128, 128]
