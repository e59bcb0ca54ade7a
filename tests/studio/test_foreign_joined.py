"""Transport streams put one behind the other, as `cat a.ts b.ts` does: each part has a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from storyreel.host.standalone.values import FileVideo
from storyreel.studio.media.decode import moments
from storyreel.studio.media.listen import SAMPLE_RATE, decoded
from storyreel.studio.media.probe import probe, sound_length
from storyreel.studio.render.clip_edits import trim

PART = 1.6
FRAMES = 40


@pytest.fixture
def part(tmp_path: Path, ffmpeg: Any) -> Callable[..., Path]:
    """1.6 s of 25 frames a second with a tone over the last 0.4 s, on a clock that begins at second `begins`."""

    def make(name: str, begins: float, size: str = "96x64") -> Path:
        path = tmp_path / f"{name}.ts"
        picture = f"color=gray:s={size}:r=25:d={PART},geq=lum='20+N*5':cb=128:cr=128"
        sound = f"aevalsrc='0.4*sin(2000*PI*t)*gte(t,1.2)':s=48000:d={PART}"
        coded = (
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-qp",
            4,
            "-bf",
            2,
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "mp2",
        )
        inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound)
        ffmpeg(*inputs, *coded, "-output_ts_offset", begins, path)
        return path

    return make


def joined(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(each.read_bytes() for each in parts))
    return path


def lumas(path: Path) -> list[int]:
    shown = (frame.to_ndarray(format="gray") for _, frame in moments(probe(path)))
    return [round((float(picture[28:36, 40:56].mean()) - 5) / 5.82) for picture in shown]


def onsets(samples: np.ndarray) -> list[float]:
    places = np.flatnonzero(np.abs(samples).max(axis=0) > 0.1)
    return [
        place / SAMPLE_RATE
        for n, place in enumerate(places)
        if not n or place - places[n - 1] > SAMPLE_RATE // 5
    ]


@pytest.mark.parametrize("begins", [(0, 0), (0, 1), (5, 0), (0, 40_000), (0, 0, 700, 3)])
def test_all_parts_are_seen_and_heard_in_step(part, tmp_path: Path, begins: tuple[float, ...]) -> None:
    path = joined(tmp_path / "all.ts", *(part(str(n), at) for n, at in enumerate(begins)))
    info = probe(path)
    assert abs(float(info.duration) - PART * len(begins)) <= 0.04 and not info.vfr
    assert len(lumas(path)) == FRAMES * len(begins)
    assert lumas(path) == lumas(part("one", 0)) * len(begins)
    assert abs(float(sound_length(path)) - PART * len(begins)) < 0.1
    for start in (0.0, PART):
        found = onsets(np.concatenate(list(decoded(path, info.origin + Fraction(start))), axis=1))
        right = [PART * n + 1.2 - start for n in range(len(begins)) if PART * n >= start]
        assert len(found) == len(right)
        assert all(abs(a - b) <= 0.04 for a, b in zip(found, right, strict=True)), (found, right)


def test_a_trimmed_part_is_the_right_one(part, tmp_path: Path) -> None:
    path = joined(tmp_path / "all.ts", part("one", 0), part("two", 0))
    film = trim(path, Fraction(2), Fraction(3), tmp_path / "trimmed.mp4")
    assert lumas(tmp_path / "trimmed.mp4") == lumas(path)[50:75]
    assert film.frames == 25


def test_another_size_in_the_second_part_is_seen_too(part, tmp_path: Path) -> None:
    path = joined(tmp_path / "all.ts", part("one", 0), part("two", 0, "192x128"))
    assert probe(path).duration == Fraction(16, 5) and len(lumas(path)) == 2 * FRAMES


def test_it_is_copied_whole(part, tmp_path: Path) -> None:
    path = joined(tmp_path / "all.ts", part("one", 0), part("two", 0))
    FileVideo(path).save_to(str(tmp_path / "copy.mp4"))
    assert lumas(tmp_path / "copy.mp4") == lumas(path)


def test_a_clock_that_goes_on_is_left_alone(part, tmp_path: Path) -> None:
    """A hole of less than ten seconds is a hole: the picture before it stands."""
    path = joined(tmp_path / "all.ts", part("one", 0), part("two", 4))
    assert abs(float(probe(path).duration) - 5.6) <= 0.1
