"""The right frame at the right time, and the right pixels in it."""

from __future__ import annotations

import itertools
import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from storyreel.studio.errors import Interrupted, MediaError
from storyreel.studio.media.damage import Losses
from storyreel.studio.media.decode import TOLERANCE, ClipReader, last_frame, shown
from storyreel.studio.media.fit import Fitting, fitting
from storyreel.studio.media.planes import planes_of
from storyreel.studio.media.probe import probe
from storyreel.studio.progress import Watch


def read(path: Path, times: list[Fraction], slack: Fraction = Fraction(0)) -> list[int]:
    """The numbers of the frames shown at `times`."""
    return [
        round((float(planes_of(frame)[0][8:24, 8:24].mean()) - 20) / 2)
        for frame in shown(probe(path), times, slack)
    ]


def fitted(
    path: Path, size: tuple[int, int], fit: str = "cover", crop=None
) -> tuple[list[np.ndarray], Fitting]:
    """The first frame's planes (copied) as the film gets it, and the plan of how."""
    info = probe(path)
    how = fitting(info, size, fit, crop)
    with ClipReader(info, how, [Fraction(0)]) as reader:
        frame = next(reader)
        assert (frame.width, frame.height, frame.format.name) == (*size, "yuv420p")
        return [plane.copy() for plane in planes_of(frame)], how


def at(rate: int, count: int, start: Fraction = Fraction(0)) -> list[Fraction]:
    return [start + Fraction(k, rate) for k in range(count)]


def test_every_frame_once_at_its_own_rate(numbered) -> None:
    assert read(numbered("n.mp4"), at(24, 48)) == list(range(48))


@pytest.mark.parametrize("film", [12, 25, 30, 60])
def test_another_rate_shows_the_frame_on_screen(numbered, film: int) -> None:
    times = at(film, 2 * film)
    assert read(numbered("n.mp4"), times) == [int((time + TOLERANCE) * 24) for time in times]


@pytest.mark.parametrize("name", ["n.mkv", "n.ts", "n.avi", "n.mov"])
def test_containers_that_round_or_shift_their_timestamps(numbered, name: str) -> None:
    # 1/30 s is no whole number of milliseconds, and a transport stream begins at 1.4 s.
    words = ("-bf", 0) if name.endswith("avi") else ()
    path = numbered(name, frames=60, fps=30, words=words)
    assert read(path, at(30, 60)) == list(range(60))
    assert read(path, at(30, 20, Fraction(1))) == list(range(30, 50))


@pytest.mark.parametrize("words", [("-g", 250), ("-g", 12), ("-g", 12, "-flags", "-cgop"), ("-bf", 0)])
def test_any_start_is_exact(numbered, words: tuple[object, ...]) -> None:
    path = numbered("n.mp4", words=words)
    for k in range(48):
        assert read(path, at(24, 1, Fraction(k, 24))) == [k]


def test_a_varying_rate(numbered, ffmpeg, tmp_path: Path) -> None:
    steady = numbered("steady.mp4", frames=60, fps=30)
    kept = [k for k in range(60) if k < 20 or k % 7 == 0]
    chosen = "+".join(f"eq(n,{k})" for k in kept)
    for name in ("v.mp4", "v.mkv"):
        path = tmp_path / name
        ffmpeg(
            "-i", steady, "-vf", f"select='{chosen}'", "-fps_mode", "vfr", "-c:v", "libx264", "-qp", 0, path
        )
        on_screen = [max(k for k in kept if k <= n) for n in range(57)]
        assert read(path, at(30, 57)) == on_screen


def test_a_frame_that_stays_is_the_same_object(numbered) -> None:
    frames = list(shown(probe(numbered("n.mp4", frames=4)), at(48, 8)))
    assert [a is b for a, b in itertools.pairwise(frames)] == [True, False] * 3 + [True]


def test_a_sound_that_begins_late_does_not_move_the_picture(numbered, ffmpeg, tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    ffmpeg("-itsoffset", 0.5, "-i", numbered("n.mp4"), "-f", "lavfi", "-i", "sine=d=2", "-c:v", "copy", path)
    assert probe(path).origin == Fraction(1, 2)
    assert read(path, at(24, 48)) == list(range(48))


def test_past_the_end_is_an_error_not_a_freeze(numbered) -> None:
    path = numbered("n.mp4")
    assert read(path, at(24, 49), slack=Fraction(1, 24)) == [*range(48), 47]
    with pytest.raises(MediaError, match=r"n\.mp4 is cut short: it ends at 0:02\.000"):
        read(path, at(24, 50), slack=Fraction(1, 24))


def test_cut_short_on_the_way(clip) -> None:
    """A file whose header promises more than it holds, as a download that stopped."""
    path = clip("cut.mkv", "testsrc2=s=128x72:r=24:d=4", seconds=4, words=("-g", 12))
    info = probe(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"cut\.mkv .*cut short") as caught:
        list(shown(info, at(24, 96)))
    assert caught.value.hint
    with pytest.raises(MediaError, match="cut short"):
        last_frame(info)


def test_garbage_in_the_middle(clip) -> None:
    path = clip("bad.mp4", "testsrc2=s=128x72:r=24:d=2", seconds=2, words=("-g", 12, "-slices", 1))
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 3000
    data[start : start + 8000] = bytes(8000)
    path.write_bytes(data)
    losses = Losses()
    assert len(list(shown(probe(path), at(24, 48), losses=losses))) == 48
    assert losses.where().startswith("0:0")


def test_what_already_fits_is_not_touched(clip) -> None:
    path = clip("fits.mp4", "testsrc2=s=64x36:r=24:d=1,format=yuv420p")
    planes, how = fitted(path, (64, 36))
    assert how == Fitting("", ())
    with av.open(str(path)) as container:
        whole = next(container.decode(video=0)).to_ndarray(format="yuv420p")
    assert np.array_equal(planes[0], whole[:36])


def test_cover_cuts_and_contain_adds_bars(clip) -> None:
    # Left half white, right half black, 96x36: in a frame of 32x36 only the middle third is seen.
    path = clip("wide.mp4", "color=black:s=96x36:r=24:d=1,drawbox=w=48:h=36:c=white:t=fill,format=yuv420p")
    (y, _, _), how = fitted(path, (32, 36), "cover")
    assert how.reasons[0] == "cropped to 32x36"
    assert y[:, :14].min() > 200 and y[:, 18:].max() < 40
    (y, u, _), how = fitted(path, (96, 72), "contain")
    assert how.reasons[-1] == "bars around 96x36"
    assert y[:16].max() == 16 and y[56:].max() == 16 and (u == 128).all()
    assert y[20:52, :44].min() > 200


def test_an_exact_crop_at_odd_places(clip) -> None:
    path = clip(
        "dot.mp4",
        "color=black:s=64x64:r=24:d=1,drawbox=x=21:y=13:w=10:h=6:c=white:t=fill,format=yuv444p",
        words=("-crf", 1),
    )
    (y, _, _), how = fitted(path, (10, 6), "cover", (21, 13, 10, 6))
    assert how.reasons[0] == "cropped to 10x6"
    assert y.min() > 200


def test_a_turned_phone_stands_upright(clip, ffmpeg, tmp_path: Path) -> None:
    # A white mark at the top left of what is seen, turned by 90°: bottom left of what is stored.
    lying = clip(
        "lying.mp4", "color=black:s=64x36:r=24:d=1,drawbox=y=26:w=10:h=10:c=white:t=fill,format=yuv420p"
    )
    path = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", -90, "-i", lying, "-c", "copy", path)
    (y, _, _), how = fitted(path, (36, 64))
    assert how.reasons == ("turned by 90°",)
    assert y[1:8, 1:8].min() > 200 and y[14:].max() < 40 and y[:, 14:].max() < 40


@pytest.mark.parametrize("size", ["63x35", "63x36", "64x35", "65x37"])
def test_odd_sizes(clip, size: str) -> None:
    path = clip("odd.mp4", f"color=white:s={size}:r=24:d=1,format=yuv444p")
    for fit in ("cover", "contain"):
        (y, _, _), _ = fitted(path, (64, 36), fit)
        assert y.min() > 225


RED = (63, 102, 240)
"""Pure red in bt.709, tv range."""


@pytest.mark.parametrize(
    ("name", "source", "tags", "words"),
    [
        ("bt601.mp4", "out_color_matrix=bt601,format=yuv420p", "colorspace=smpte170m", ()),
        ("untagged.mkv", "out_color_matrix=bt601,format=yuv420p", "colorspace=unknown", ()),
        ("ten.mp4", "out_color_matrix=bt601,format=yuv420p10le", "colorspace=smpte170m", ()),
        ("four.mp4", "out_color_matrix=bt601,format=yuv444p", "colorspace=smpte170m", ()),
        (
            "full.mp4",
            "out_color_matrix=bt601:out_range=pc,format=yuv420p",
            "colorspace=smpte170m:range=pc",
            (),
        ),
        ("rgb.mkv", "flags=bicubic,format=bgr0", "colorspace=gbr", ("-c:v", "ffv1")),
        ("vp9.webm", "out_color_matrix=bt601,format=yuv420p", "colorspace=smpte170m", ("-c:v", "libvpx-vp9")),
        ("gif.gif", "flags=bicubic,format=rgb24", "colorspace=gbr", ()),
    ],
)
def test_red_is_red_whatever_it_was_stored_as(clip, name: str, source: str, tags: str, words: tuple) -> None:
    path = clip(name, f"color=red:s=64x36:r=24:d=1,format=rgb24,scale={source}", tags=tags, words=words)
    planes, how = fitted(path, (64, 36))
    assert how.reasons
    for plane, level in zip(planes, RED, strict=True):
        assert abs(float(plane.mean()) - level) < 2


def test_ten_bits_scaled(clip) -> None:
    path = clip("ten.mp4", "testsrc2=s=128x72:r=24:d=1,format=yuv420p10le")
    _, how = fitted(path, (64, 36))
    assert how.reasons == ("scaled 128x72 → 64x36", "yuv420p10le → yuv420p")


def test_the_thread_ends_when_nobody_wants_more(numbered) -> None:
    info = probe(numbered("n.mp4"))
    before = threading.active_count()
    with ClipReader(info, Fitting("", ()), at(24, 48)) as reader:
        next(reader)
    assert threading.active_count() == before
    with ClipReader(info, Fitting("", ()), at(24, 3)) as reader:
        assert len(list(reader)) == 3
        assert list(reader) == []


def test_waiting_can_be_interrupted(numbered) -> None:
    """The times never come: the reader waits, and the watch is asked all the while."""
    stop = threading.Event()

    def times():
        stop.wait(20)
        yield from ()

    watch = Watch(cancelled=lambda: True)
    reader = ClipReader(probe(numbered("n.mp4")), Fitting("", ()), times(), watch=watch)
    with pytest.raises(Interrupted):
        next(reader)
    stop.set()
    reader.close()
