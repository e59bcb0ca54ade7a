"""Clips whose first frame is the picture that was sent: found on arrival, noted, and left out of the film."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from storyreel.emulators import Emulator
from storyreel.studio.media.flash import flash_seconds
from storyreel.studio.production.shoot import Shooting
from storyreel.studio.render import film
from storyreel.tests.purchase.conftest import GEN, Set

WIDE, HIGH = 320, 180
Picture = Callable[[int], np.ndarray]


def scenery(seed: int) -> np.ndarray:
    """Blocks of grey: uint8 [180,320,3]."""
    dice = np.random.default_rng(seed)
    blocks = dice.integers(20, 235, (9, 16), np.uint8)
    return np.repeat(np.kron(blocks, np.ones((20, 20), np.uint8))[..., None], 3, axis=2)


def clip_of(path: Path, picture: Picture, frames: int = 24) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "20"})
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
        for number in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def noisy(pixels: np.ndarray, number: int) -> np.ndarray:
    noise = np.random.default_rng(number).normal(0, 3, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def still(tmp_path: Path) -> str:
    Image.fromarray(scenery(1)).save(tmp_path / "still.png")
    return str(tmp_path / "still.png")


def test_a_flash_is_found(tmp_path: Path, still: str) -> None:
    moves = clip_of(
        tmp_path / "a.mp4",
        lambda k: noisy(scenery(1) if k == 0 else np.roll(scenery(2), k, axis=1), k),
    )
    assert flash_seconds(moves, [still]) == Fraction(1, 24)
    Image.fromarray(np.pad(scenery(1), ((60, 60), (0, 0), (0, 0)))).save(tmp_path / "tall.png")
    assert flash_seconds(moves, [str(tmp_path / "tall.png")]) == Fraction(1, 24), "a picture that was cut"


def colour(red: int, green: int) -> np.ndarray:
    return np.full((HIGH, WIDE, 3), (red, green, 0), np.uint8)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(lambda k: scenery(1 if k == 0 else 2 if k < 8 else 3), id="then cuts once more"),
        pytest.param(
            lambda k: scenery(1) if k == 0 else scenery(2) + np.uint8(20 * (k == 5)), id="then lightens up"
        ),
        pytest.param(lambda k: scenery(1 if k == 0 else 2) // 8, id="in the dark"),
        pytest.param(
            lambda k: colour(200, 0) if k == 0 else colour(0, 102), id="to another colour as bright"
        ),
    ],
)
def test_a_flash_is_found_whatever_is_filmed_after_it(tmp_path: Path, picture: Picture) -> None:
    Image.fromarray(picture(0)).save(tmp_path / "first.png")
    assert flash_seconds(clip_of(tmp_path / "a.mp4", picture), [str(tmp_path / "first.png")]) == Fraction(
        1, 24
    )


def test_a_picture_that_was_laid_on_black_is_known(tmp_path: Path) -> None:
    Image.fromarray(scenery(1)[:, 70:250]).save(tmp_path / "square.png")
    laid = np.zeros((HIGH, WIDE, 3), np.uint8)
    laid[:, 70:250] = scenery(1)[:, 70:250]
    path = clip_of(tmp_path / "a.mp4", lambda k: laid if k == 0 else scenery(2))
    assert flash_seconds(path, [str(tmp_path / "square.png")]) == Fraction(1, 24)


def test_a_damaged_frame_later_on_changes_nothing(tmp_path: Path, still: str) -> None:
    whole = clip_of(tmp_path / "a.mp4", lambda k: noisy(scenery(1 if k == 0 else 2), k))
    with av.open(str(whole)) as container:
        spoiled = [packet for packet in container.demux(video=0) if packet.size][7]
        place, size = spoiled.pos, spoiled.size
    data = bytearray(whole.read_bytes())
    assert place is not None
    data[place : place + size] = bytes(size)
    (tmp_path / "damaged.mp4").write_bytes(data)
    assert flash_seconds(tmp_path / "damaged.mp4", [still]) == Fraction(1, 24)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(lambda k: (scenery(1) * (1 if k == 0 else 0.8)).astype(np.uint8), id="darkens at once"),
        pytest.param(lambda k: scenery(1) // 2 + (0 if k == 0 else 100), id="in another light"),
        pytest.param(
            lambda k: np.clip(scenery(1) + 60.0 * (0 < k < 4), 0, 255).astype(np.uint8),
            id="lightning, and back",
        ),
        pytest.param(lambda k: noisy(np.roll(scenery(1), 2 * k, axis=1), k), id="moves on from the picture"),
        pytest.param(lambda k: np.roll(scenery(1), 40 * k, axis=1), id="moves fast"),
        pytest.param(lambda k: scenery(1), id="stands still"),
        pytest.param(lambda k: scenery(k + 1), id="every frame another"),
        pytest.param(lambda k: scenery(1 if k < 6 else 2), id="cuts later"),
        pytest.param(lambda k: scenery(3 if k == 0 else 2), id="cuts from something else"),
    ],
)
def test_no_other_clip_is_taken_for_one(tmp_path: Path, still: str, picture: Picture) -> None:
    assert flash_seconds(clip_of(tmp_path / "a.mp4", picture), [still]) == 0


def test_a_true_cut_made_from_words_alone_is_kept(tmp_path: Path) -> None:
    cuts = clip_of(tmp_path / "a.mp4", lambda k: scenery(1 if k == 0 else 2))
    assert flash_seconds(cuts, []) == 0


@pytest.fixture
def filming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, still: str) -> Iterator[Set]:
    with Emulator(work=0.05, picture="footage") as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        found = Set(emulator, tmp_path)
        found.configure("")
        yield found


def first_and_count(shooting: Shooting, path: Path) -> tuple[np.ndarray, int]:
    with av.open(str(film.render(shooting.timeline, shooting.settings, path).path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return frames[0].astype(float), len(frames)


def test_it_is_left_out_of_the_film_and_kept_where_asked(filming: Set, tmp_path: Path) -> None:
    filming.emulator.misbehave({"what": "flash"})
    scene = GEN | {"first_frame": "still.png"}
    shooting = filming.shoot(scene, fps=24)
    left_out, count = first_and_count(shooting, tmp_path / "film.mp4")
    assert count == 48 and shooting.timeline.clips[0].start == Fraction(1, 24)
    about = shooting.timeline.clips[0].about
    assert any(note.startswith("first frame: ") for note in about["notes"]) and not about["losses"]
    kept = filming.shoot(scene, fps=24, keep_first_frame=True)
    flashed, count = first_and_count(kept, tmp_path / "kept.mp4")
    assert count == 48 and kept.timeline.clips[0].start == 0
    assert np.abs(flashed - left_out).mean() > 20
    assert filming.shoot(scene | {"keep_first_frame": True}, fps=24).timeline.clips[0].start == 0
    assert len(filming.jobs()) == 1, "nothing was bought again"


def test_a_clip_that_goes_on_from_its_picture_is_seen_from_its_start(filming: Set) -> None:
    shooting = filming.shoot(GEN | {"first_frame": "still.png"}, fps=24)
    assert shooting.timeline.clips[0].start == 0
    assert not any("first frame" in note for note in shooting.warnings)


def test_a_ledger_made_anew_from_the_vault_knows_it(filming: Set) -> None:
    filming.emulator.misbehave({"what": "flash"})
    scene = GEN | {"first_frame": "still.png"}
    filming.shoot(scene, fps=24)
    for path in filming.home.glob("ledger.db*"):
        path.unlink()
    again = filming.shoot(scene, fps=24)
    assert again.timeline.clips[0].start == Fraction(1, 24) and again.timeline.clips[0].about["reused"]
    assert len(filming.jobs()) == 1
