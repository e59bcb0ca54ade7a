"""The pictures of a rehearsal, looked at by their pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from storyreel.emulators import clips, encode
from storyreel.emulators.jobs import Ask
from storyreel.emulators.record import Record
from storyreel.emulators.store import Store

from .clients import Seen, decoded, picture

RED, BLUE = (200, 30, 30), (20, 40, 200)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, Record())


def made(store: Store, look: str = "card", **ask: object) -> Seen:
    plain = {"prompt": "A boat at dusk", "seconds": 2.0, "width": 640, "height": 360, "sound": True}
    return decoded(clips.make(Ask(**(plain | ask)), "job", look, store.folder / "media"))


def band(frame: np.ndarray) -> np.ndarray:
    return frame[-round(min(frame.shape[:2]) * 0.09) :]


def colour(frame: np.ndarray) -> np.ndarray:
    return frame[: frame.shape[0] // 2].reshape(-1, 3).mean(0)


def test_a_card_shows_words_and_the_band_that_says_rehearsal(store: Store) -> None:
    clip = made(store)
    assert (clip.size, clip.count) == ((640, 360), 48) and clip.sounds_for(2)
    dark = band(clip.frames[0])
    assert np.median(dark) < 40 and dark.max() > 150  # light letters on a dark band
    assert clip.frames[0][:300].max() > 200  # the prompt's letters
    other = made(store, prompt="Another thing entirely")
    assert np.abs(other.frames[0].astype(int) - clip.frames[0]).mean() > 1


def test_the_band_tells_how_far_it_is(store: Store) -> None:
    line = [frame[-2].mean(1) > 100 for frame in made(store).frames]
    assert line[0].mean() < 0.1 and 0.4 < line[1].mean() < 0.6 and line[2].mean() > 0.95


def test_the_first_frame_moves_and_the_last_one_is_reached(store: Store) -> None:
    first, last = store.put(picture(640, 360, colour=RED)), store.put(picture(640, 360, colour=BLUE))
    clip = made(store, first=first, last=last, sound=False)
    assert np.abs(colour(clip.frames[0]) - RED).max() < 8
    assert np.abs(colour(clip.frames[2]) - BLUE).max() < 8
    assert clip.samples == 0
    pattern = np.zeros((360, 640, 3), np.uint8)
    pattern[:, ::40] = 255
    from PIL import Image

    path = store.folder / "p.png"
    Image.fromarray(pattern).save(path)
    moving = made(store, first=store.put(path.read_bytes()))
    assert np.abs(moving.frames[0][:200].astype(int) - moving.frames[2][:200]).mean() > 5


def test_references_are_shown_in_a_row(store: Store) -> None:
    red, blue = (store.put(picture(400, 300, colour=colour)) for colour in (RED, BLUE))
    shown = made(store, references=(red, blue, red)).frames[0].astype(int)
    row = shown[360 - 32 - 36]  # through the pictures, above the band
    for colour, pictures in ((RED, 2), (BLUE, 1)):
        width = 4 / 3 * 0.16 * 360
        assert abs((np.abs(row - colour).max(1) < 12).sum() - pictures * width) < 12


@pytest.mark.parametrize("size", [(360, 640), (480, 480), (1584, 672)])
def test_every_shape_is_filled(store: Store, size: tuple[int, int]) -> None:
    clip = made(store, width=size[0], height=size[1], first=store.put(picture(300, 200, colour=RED)))
    assert clip.size == size
    assert np.abs(clip.frames[0][2, 2] - np.array(RED)).max() < 10


@pytest.mark.parametrize("prompt", ["", "x" * 900, "東京の夜 🎬", "line\nline"])
def test_any_prompt_gets_a_card(store: Store, prompt: str) -> None:
    assert made(store, prompt=prompt, seconds=0.5).count == 12


def test_an_extension_begins_with_the_source_and_says_what_comes(store: Store) -> None:
    source = store.put(encode.plain(640, 360, 48, True, 10))
    clip = made(store, source=source, extends=True, keep=2.0, seconds=3.0)
    assert clip.count == 120 and clip.sounds_for(5)
    before = decoded(store.path(source).read_bytes()).frames[0]
    assert np.abs(colour(clip.frames[0]) - colour(before)).max() < 4
    assert np.median(band(clip.frames[2])) < 40


def test_a_changed_clip_keeps_its_pictures_under_the_band(store: Store) -> None:
    source = store.put(encode.plain(640, 360, 48, False, 10))
    clip = made(store, source=source)
    before = decoded(store.path(source).read_bytes()).frames[0]
    assert np.abs(colour(clip.frames[1]) - colour(before)).max() < 4
    assert np.median(band(clip.frames[1])) < 40


def test_a_source_of_another_rate_keeps_its_length(store: Store) -> None:
    import av

    path = store.folder / "slow.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(24):
            grey = np.full((360, 640, 3), 8 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        container.mux(stream.encode(None))
    clip = made(store, "plain", source=store.put(path.read_bytes()), extends=True, keep=2.0, seconds=1.0)
    assert clip.count == 72
    assert clip.frames[0].mean() < 12 and abs(clip.frames[1].mean() - 18 * 8) < 12


def test_plain_clips_differ_by_what_was_asked(store: Store) -> None:
    one, two, three = (made(store, "plain", seed=seed).frames[0].mean((0, 1)) for seed in (1, 2, 1))
    assert np.abs(one - two).max() > 10 and (one == three).all()
