"""The animatic's clips: exact in size, rate and colour, moving smoothly, the same every time."""

from __future__ import annotations

import itertools
import threading
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from storyreel.studio.errors import BadInput, Interrupted, MediaError
from storyreel.studio.media.probe import probe
from storyreel.studio.progress import Watch
from storyreel.studio.providers.animatic.pan_zoom import Still, window_for
from storyreel.studio.providers.animatic.provider import Animatic, make
from storyreel.studio.providers.shot import Shot
from storyreel.studio.storyboard import camera_moves


def shot(**asked: object) -> Shot:
    given = {"prompt": "A card", "duration": 0.5, "width": 160, "height": 90, "fps": 24} | asked
    return Shot.model_validate(given)


def picture(path: Path, pixels: np.ndarray) -> str:
    Image.fromarray(pixels).save(path)
    return str(path)


def texture(height: int, width: int, detail: int = 12) -> np.ndarray:
    """Something with detail everywhere, and none finer than `detail` pixels."""
    noise = np.random.default_rng(5).random((height // detail, width // detail, 3)).astype(np.float32)
    smooth = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth * 255, 0, 255).astype(np.uint8)


def test_the_classic_clip_is_reachable(tmp_path: Path, look) -> None:
    """1024x576, 24 frames a second, H.264, yuv420p, crf 5."""
    asked = shot(width=1024, height=576, duration=0.25, crf=5)
    assert Shot(duration=Fraction(1), width=1024, height=576, fps=Fraction(24)).crf == 5
    make(asked, tmp_path / "a.mp4")
    clip = probe(tmp_path / "a.mp4")
    assert (clip.size, clip.fps, clip.codec, clip.pix_fmt) == ((1024, 576), 24, "h264", "yuv420p")
    assert (clip.matrix, clip.full_range, clip.has_audio) == ("bt709", False, False)
    assert len(look(tmp_path / "a.mp4")) == 6
    assert b"crf=5.0" in (tmp_path / "a.mp4").read_bytes()


@pytest.mark.parametrize(
    ("duration", "fps", "frames"), [(1, 24, 24), ("1/24", 24, 1), (0.5, "30000/1001", 15), (0.1, 60, 6)]
)
def test_frames_are_exact(tmp_path: Path, look, duration: object, fps: object, frames: int) -> None:
    make(shot(duration=duration, fps=fps), tmp_path / "a.mp4")
    assert len(look(tmp_path / "a.mp4")) == frames


def test_colours_arrive(tmp_path: Path, ffmpeg) -> None:
    colours = {"red": (255, 0, 0), "green": (0, 128, 0), "skin": (224, 172, 105), "grey": (90, 90, 90)}
    for name, colour in colours.items():
        image = picture(tmp_path / f"{name}.png", np.full((90, 160, 3), colour, np.uint8))
        make(shot(image=image, duration=0.1), tmp_path / f"{name}.mp4")
        ffmpeg("-i", tmp_path / f"{name}.mp4", "-frames:v", 1, tmp_path / f"{name}.out.png")
        found = np.asarray(Image.open(tmp_path / f"{name}.out.png").convert("RGB"))[45, 80].astype(int)
        assert np.abs(found - colour).max() <= 4, name


def test_a_still_scene_stands_still(tmp_path: Path, look) -> None:
    image = picture(tmp_path / "a.png", texture(360, 640))
    make(shot(image=image, duration=1, crf=0), tmp_path / "a.mp4")
    frames = look(tmp_path / "a.mp4")
    assert all(np.array_equal(frames[0][0], y) for y, _, _ in frames)


@pytest.mark.parametrize("action", ["slow pan right", "pan down", "slow zoom in", "zoom out, pan left"])
def test_movements_glide(action: str) -> None:
    """Against the picture drawn at eight times the size, every frame lies where it should."""
    pixels = texture(480, 640)
    route = camera_moves.path(camera_moves.parse(action), (640, 480), (160, 90), Fraction(4))
    camera = Still(pixels, route, (160, 90))
    grey = pixels.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    window = cv2.createHanningWindow((160, 90), cv2.CV_32F)
    errors = []
    for number in range(0, 96, 3):
        x, y, width, height = route.at(number / 95)
        across = x + (np.arange(1280) + 0.5) * width / 1280 - 0.5
        down = y + (np.arange(720) + 0.5) * height / 720 - 0.5
        grid = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
        exact = cv2.remap(grey, *grid, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        exact = cv2.resize(exact, (160, 90), interpolation=cv2.INTER_AREA)
        seen = camera.frame(number / 95)[0].astype(np.float32)
        (dx, dy), _ = cv2.phaseCorrelate(exact.copy(), seen.copy(), window)
        errors.append((dx, dy))
    steps = np.diff(np.array(errors), axis=0)
    assert np.abs(np.array(errors)).max() < 0.15
    assert np.sqrt((steps**2).mean()) < 0.04, "whole pixels would tremble by 0.4"


@pytest.mark.parametrize(
    "action", ["fast pan right", "fast pan left", "fast zoom out", "fast zoom out, pan right"]
)
def test_the_edge_is_never_passed(action: str) -> None:
    """On a picture that grows brighter to the right without end, no two columns of a frame are the same."""
    ramp = np.broadcast_to(np.linspace(0, 255, 200)[None, :, None], (150, 200, 3)).astype(np.uint8)
    route = camera_moves.path(camera_moves.parse(action), (200, 150), (64, 36), Fraction(9))
    camera = Still(ramp, route, (64, 36))
    for p in (0, 0.01, 0.5, 0.99, 1):
        row = camera.frame(p)[0][18].astype(int)
        assert (np.diff(row) >= 1).all(), row


def test_all_of_the_picture_is_seen_where_it_has_the_frames_shape() -> None:
    pixels = texture(360, 640)
    seen = Still(pixels, camera_moves.path((), (640, 360), (160, 90), Fraction(1)), (160, 90)).frame(0)[0]
    small = cv2.resize(pixels, (160, 90), interpolation=cv2.INTER_AREA).astype(np.float32)
    luma = 16 + small @ np.array([0.2126, 0.7152, 0.0722], np.float32) * 219 / 255
    assert np.abs(seen - luma).max() <= 1.5


def test_chroma_lies_where_luma_does() -> None:
    """A red square on blue: its edges are at the same place in all planes, but for chroma's own siting."""
    pixels = np.full((180, 320, 3), (0, 0, 255), np.uint8)
    pixels[60:120, 100:220] = (255, 0, 0)
    route = camera_moves.path(camera_moves.parse("slow zoom in"), (320, 180), (160, 90), Fraction(3))
    camera = Still(pixels, route, (160, 90))
    for p in (0.0, 0.4, 1.0):
        luma, _, v = (plane.astype(float) for plane in camera.frame(p))

        def edges(line: np.ndarray) -> tuple[float, float]:
            share = (line - line[0]) / (line[len(line) // 2] - line[0])
            half = len(line) // 2
            return half - share[:half].sum(), half + share[half:].sum()

        for wide, narrow, shift in ((luma[45], v[22], 0.5), (luma[:, 80], v[:, 40], 0.0)):
            for one, other in zip(edges(wide), edges(narrow), strict=True):
                assert other * 2 + shift == pytest.approx(one + shift * 2, abs=0.35)


@pytest.mark.parametrize(
    ("size", "window"),
    [((100, 100), (34, 0, 90, 90)), ((1600, 100), (0, 40, 160, 10)), ((10, 1000), (78, 0, 2, 90))],
)
def test_contain_shows_all_between_bars(
    tmp_path: Path, look, size: tuple[int, int], window: tuple[int, ...]
) -> None:
    assert window_for(size, (160, 90)) == window
    image = picture(tmp_path / "a.png", np.full((size[1], size[0], 3), 255, np.uint8))
    for action in ("", "zoom in"):
        make(shot(image=image, fit="contain", duration=0.2, crf=0, clip_action=action), tmp_path / "a.mp4")
        for luma, u, v in look(tmp_path / "a.mp4"):
            x, y, width, height = window
            inside = np.zeros((90, 160), bool)
            inside[y : y + height, x : x + width] = True
            assert (luma[inside] >= 234).all() and (luma[~inside] <= 17).all()
            assert (np.abs(u.astype(int) - 128) <= 1).all() and (np.abs(v.astype(int) - 128) <= 1).all()


def test_a_large_photograph_is_seen_sharp(tmp_path: Path) -> None:
    """A JPEG that is decoded smaller shows the same as one that isn't."""
    from storyreel.studio.providers.animatic.provider import _moving_picture

    pixels = texture(1200, 1600, detail=40)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=97)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    actions = camera_moves.parse("zoom in")
    planes = [
        _moving_picture(shot(image=str(tmp_path / name)), tmp_path / name, actions)
        .frame(0.7)[0]
        .astype(float)
        for name in ("a.jpg", "a.png")
    ]
    assert np.abs(planes[0] - planes[1]).mean() < 1.5


def test_the_same_shot_makes_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make(shot(clip_action="zoom in", seed=5), tmp_path / f"{name}.mp4")
    make(shot(clip_action="zoom in", seed=6), tmp_path / "c.mp4")
    a, b, c = ((tmp_path / f"{name}.mp4").read_bytes() for name in "abc")
    assert a == b != c


def test_a_card_moves_too_and_stays_in_the_safe_area(tmp_path: Path, look) -> None:
    for action in ("", "pan left", "fast zoom in"):
        make(
            shot(prompt="Words in motion", clip_action=action, duration=0.4, width=320, height=180),
            tmp_path / "a.mp4",
        )
        frames = [y for y, _, _ in look(tmp_path / "a.mp4")]
        for luma in frames:
            rows, columns = np.nonzero(luma > 180)
            assert columns.min() >= 0.08 * 320 and columns.max() <= 0.92 * 320
            assert rows.min() >= 0.08 * 180 and rows.max() <= 0.92 * 180
        changed = np.abs(frames[0].astype(int) - frames[-1]).mean()
        assert (changed > 2) == bool(action)


def test_what_was_done_differently_is_said(tmp_path: Path) -> None:
    assert make(shot(clip_action="slow zoom out"), tmp_path / "a.mp4") == []
    assert make(shot(clip_action="slow zoom out, pan right", duration=0.2), tmp_path / "a.mp4") == [
        "clip_action: 'slow zoom out, pan right' has 2 movements but 0.2 s carry 1; kept 'slow zoom out'"
    ]
    notes = make(shot(prompt="word " * 900, duration=0.1), tmp_path / "a.mp4")
    assert notes == ["prompt: 4500 characters don't fit on a title card; the end is left out"]


def test_what_cannot_be_made(tmp_path: Path) -> None:
    animatic = Animatic()

    def faults(**asked: object) -> list[str]:
        with pytest.raises(BadInput) as caught:
            animatic.submit(shot(**asked), animatic.capabilities()[0])
        return [str(fault) for fault in caught.value.faults]

    assert faults(prompt="") == ["prompt: is empty, and there is no image; give it one of them"]
    assert faults(prompt="海のそばの静かな町") == [
        "prompt: the title card's font has no 海 の そ ば 静 か な 町; "
        'give the scene an image, or the storyboard a "font"'
    ]
    assert "and 28 more" in faults(prompt="".join(map(chr, range(0x4E00, 0x4E00 + 40))))[0]
    assert faults(clip_action="fly") == [
        "clip_action: 'fly' is not a movement; use one of " + ", ".join(camera_moves.MOVES)
    ]
    assert faults(width=161, fps=1000) == [
        "width: 161 is odd; yuv420p needs even sizes, use 162",
        "fps: 1000 frames per second is outside 1 to 240",
    ]
    (tmp_path / "no.ttf").write_text("no")
    assert faults(font=str(tmp_path / "no.ttf"))[0].startswith("font: no.ttf is not a font")
    (tmp_path / "no.png").write_text("no")
    with pytest.raises(MediaError, match="is not a picture"):
        make(shot(image=str(tmp_path / "no.png")), tmp_path / "a.mp4")
    assert not list(tmp_path.glob("*.mp4")) and not list(tmp_path.glob(".*"))


def test_interruption_leaves_nothing(tmp_path: Path) -> None:
    stop = threading.Event()
    told: list[float] = []

    def tell(done: float, label: str) -> None:
        told.append(done)
        if done > 0.2:
            stop.set()

    asked = shot(duration=60, clip_action="zoom in")
    began = time.monotonic()
    with pytest.raises(Interrupted):
        make(asked, tmp_path / "a.mp4", Watch(progress=tell, cancelled=stop.is_set))
    assert told == sorted(told) and told[-1] < 0.3
    assert time.monotonic() - began < 30
    assert list(tmp_path.iterdir()) == []


def test_progress_comes_with_every_frame(tmp_path: Path) -> None:
    told: list[float] = []
    make(shot(duration=1), tmp_path / "a.mp4", Watch(progress=lambda done, label: told.append(done)))
    assert told == pytest.approx([number / 24 for number in range(1, 25)])
    assert all(b > a for a, b in itertools.pairwise(told))
