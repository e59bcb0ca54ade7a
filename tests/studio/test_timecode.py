"""Exact time: which frame and which sample stand at a time, and what isn't a time."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from storyreel.studio.timecode import clock, frame_at, sample_at, seconds


@pytest.mark.parametrize(
    ("time", "fps", "frame"),
    [
        ("0.02", 25, 1),  # half a frame: a tie goes up, whether the frame below is even
        ("0.06", 25, 2),  # or odd
        ("0.1", 25, 3),
        ("0.14", 25, 4),
        ("0.019999", 25, 0),
        ("0.059999", 25, 1),
        ("-0.02", 25, 0),
        ("-0.06", 25, -1),
        ("1001/60000", Fraction(30000, 1001), 1),
        ("3003/60000", Fraction(30000, 1001), 2),
        ("0", 24, 0),
        ("3600", Fraction(30000, 1001), 107892),
    ],
)
def test_the_nearest_frame_and_of_two_the_later(time: str, fps: Any, frame: int) -> None:
    assert frame_at(seconds(time), Fraction(fps)) == frame


def test_the_sample_at_which_a_frame_starts() -> None:
    ntsc = Fraction(30000, 1001)
    assert [sample_at(number, ntsc) for number in (0, 1, 2, 5)] == [0, 1602, 3203, 8008]
    assert sample_at(1, Fraction(32), 16) == 1 and sample_at(3, Fraction(32), 16) == 2, "ties go up here too"
    assert sample_at(24, Fraction(24), 44100) == 44100


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (0.1, Fraction(1, 10)),
        (3, Fraction(3)),
        ("30000/1001", Fraction(30000, 1001)),
        (Decimal("1.25"), Fraction(5, 4)),
        ("1" * 1000, Fraction(int("1" * 1000))),
        (1e-7, Fraction(1, 10**7)),
    ],
)
def test_seconds_are_what_is_written(value: Any, exact: Fraction) -> None:
    assert seconds(value) == exact


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, None, float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity")),
        *("1e9", "1E9", "1/0", "", "x", [1], {}, "1" * 1001, b"1"),
    ],
)
def test_what_is_no_number_of_seconds(value: Any) -> None:
    with pytest.raises(ValueError, match="not a"):
        seconds(value)


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (3.5, "0:03.500"),
        (Fraction(3723), "1:02:03.000"),
        (Fraction(59_9996, 10_000), "1:00.000"),
        (3599.9999, "1:00:00.000"),
        (3600, "1:00:00.000"),
        (60, "1:00.000"),
        (Fraction(1, 3), "0:00.333"),
    ],
)
def test_a_time_for_a_person(time: Any, shown: str) -> None:
    assert clock(time) == shown
