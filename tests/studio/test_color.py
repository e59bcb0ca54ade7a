"""One picture's colours brought to another's."""

from __future__ import annotations

import numpy as np
import pytest
from storyreel.studio.media.color_match import MOST, Correction, correction
from storyreel.studio.media.planes import frame_of, planes_of


def picture(seed: int = 1) -> np.ndarray:
    """Hills of colour, 90x160."""
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:90, 0:160]
    planes = [120 + 60 * np.sin(x / dice.uniform(9, 30) + y / dice.uniform(9, 30)) for _ in range(3)]
    return np.stack(planes, axis=-1).astype(np.uint8)


@pytest.mark.parametrize("factor", [0.9, 0.99, 1.01, 1.1])
def test_brightness_that_drifted_comes_back(factor: float) -> None:
    first = picture()
    drifted = np.clip(first * factor + 0.5, 0, 255).astype(np.uint8)
    mended = correction(drifted, first).apply(drifted)
    assert np.sqrt(np.mean((mended.astype(float) - first) ** 2)) < 1
    assert abs(mended.mean() / first.mean() - 1) < 0.003


def test_a_tint_comes_back() -> None:
    first = picture()
    tinted = np.clip(first + np.array([6, -4, 3]), 0, 255).astype(np.uint8)
    mended = correction(tinted, first).apply(tinted)
    assert np.abs(mended.reshape(-1, 3).mean(0) - first.reshape(-1, 3).mean(0)).max() < 0.6


def test_no_more_is_changed_than_drift_amounts_to() -> None:
    night, day = (picture() // 8).astype(np.uint8), np.clip(picture() // 2 + 128, 0, 255).astype(np.uint8)
    changed = correction(night, day)
    assert all(1 - MOST <= gain <= 1 + MOST for gain in changed.gains)
    assert changed.apply(night).mean() - night.mean() <= 255 * MOST / 2 + 1


def test_a_flat_picture_is_moved_and_not_stretched() -> None:
    flat, noisy = np.full((90, 160, 3), 100, np.uint8), picture()
    found = correction(flat, noisy)
    assert found.gains == (1, 1, 1)


def test_on_planes_it_is_the_same_and_grows_with_its_share() -> None:
    import av

    first, drifted = picture(), np.clip(picture() * 1.05, 0, 255).astype(np.uint8)
    change = correction(drifted, first)
    frame = av.VideoFrame.from_ndarray(drifted, format="rgb24")
    planes = planes_of(frame.reformat(format="yuv420p", dst_colorspace="ITU709"))
    assert all((a == b).all() for a, b in zip(change.applied(planes, 0), planes, strict=True))
    whole = change.applied(planes, 1)
    before, after = (
        float(frame_of(each).reformat(format="rgb24", src_colorspace="ITU709").to_ndarray().mean())
        for each in (planes, whole)
    )
    assert abs((before - after) - (drifted.mean() - change.apply(drifted).mean())) < 0.5
    half = change.applied(planes, 0.5)
    assert planes[0].mean() > half[0].mean() > whole[0].mean()


def test_it_does_nothing_to_what_is_right() -> None:
    first = picture()
    found = correction(first, first)
    assert np.allclose(found.gains, 1) and np.allclose(found.offsets, 0, atol=1e-6)
    assert np.abs(found.apply(first).astype(int) - first).max() <= 1
    assert Correction((1, 1, 1), (0, 0, 0)).apply(first).shape == first.shape
