"""Captions in the picture, read back: which word, where, and on which frames."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, features
from storyreel.studio.captions import check
from storyreel.studio.captions.burn import burned, stretches
from storyreel.studio.captions.drawing import DARK, SAID, WHITE, draw, line_length, usual_size
from storyreel.studio.errors import BadInput
from storyreel.studio.media import fonts
from storyreel.studio.media.planes import black_frame, planes_of
from storyreel.studio.render.film import render
from storyreel.studio.render.plan import plan
from storyreel.studio.timeline.platforms import PLATFORMS, safe_area
from storyreel.studio.timeline.settings import FilmSettings
from storyreel.studio.timeline.timeline import Caption, CaptionLook, Timeline, TimelineClip, Word

EXACT = FilmSettings(width=320, height=180, fps=20, crf=0, preset="ultrafast")
WORDS = (
    Word(text="Wine", start=0.5, end=0.7),
    Word(text="and", start=0.8, end=0.9),
    Word(text="bread", start=1.1, end=1.4),
)
SPOKEN = Caption(text="Wine and bread", start=0.5, end=1.5, words=WORDS)


def by_another_hand(text: str, size: float) -> np.ndarray:
    """The text's letters, drawn with nothing of ours: True where there is ink, cut to the ink."""
    face = ImageFont.truetype(str(fonts.BUNDLED), size)
    image = Image.new("L", (600, 100))
    ImageDraw.Draw(image).text((20, 20), text, fill=255, font=face)
    return _cut(np.asarray(image) > 127)


def _cut(ink: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """The share of the ink that both have; shapes may differ by a pixel."""
    height, width = (max(a, b) for a, b in zip(one.shape, other.shape, strict=True))
    if max(height - min(one.shape[0], other.shape[0]), width - min(one.shape[1], other.shape[1])) > 2:
        return 0.0
    best = 0.0
    for down, across in product((0, 1), (0, 1)):
        spread = [np.zeros((height + 2, width + 2), bool) for _ in range(2)]
        spread[0][: one.shape[0], : one.shape[1]] = one
        spread[1][down : down + other.shape[0], across : across + other.shape[1]] = other
        best = max(best, (spread[0] & spread[1]).sum() / (spread[0] | spread[1]).sum())
    return best


def film(
    clip: Path, tmp_path: Path, look: CaptionLook, *captions: Caption, settings: FilmSettings = EXACT
) -> Path:
    timeline = Timeline(clips=(TimelineClip(path=str(clip)),), captions=captions, caption_look=look)
    return render(timeline, settings, tmp_path / "film.mp4").path


def test_the_words_are_there_at_their_place_and_time(clip, planes, tmp_path: Path) -> None:
    look, large = CaptionLook(size=3), EXACT.model_copy(update={"width": 640, "height": 360})
    frames = planes(film(clip(), tmp_path, look, SPOKEN, settings=large))
    changed = [number for number, (y, u, v) in enumerate(frames) if (y != 60).any()]
    assert changed == list(range(10, 30)), "0.5 s to 1.5 s at 20 frames a second, and no other"
    luma = frames[20][0]
    points = usual_size((640, 360), look)
    ink = luma > 180
    texts = ("Wine and bread", "Wine end bread", "Wine and broad", "Wine and beard", "Wins and bread")
    scores = {text: alike(_cut(ink), by_another_hand(text, points)) for text in texts}
    assert max(scores, key=lambda text: scores[text]) == "Wine and bread" and scores["Wine and bread"] > 0.9
    rows, columns = np.flatnonzero((luma != 60).any(1)), np.flatnonzero((luma != 60).any(0))
    assert abs((columns[0] + columns[-1]) / 2 - 319.5) < 2
    assert 360 * 0.9 - 0.3 * points < rows[-1] < 360 * 0.9, "at the bottom of the safe area"
    assert luma.min() < 30, "a dark outline"
    _, u, v = frames[20]
    assert abs(u.astype(int) - 128).max() <= 2 and abs(v.astype(int) - 128).max() <= 2, "no colour"


def test_the_word_that_is_said_stands_out_from_its_onset(clip, planes, tmp_path: Path) -> None:
    look = CaptionLook(style="word", size=2, position="middle")
    frames = planes(film(clip(), tmp_path, look, SPOKEN))
    points = usual_size((320, 180), look)
    face = ImageFont.truetype(str(fonts.BUNDLED), points)
    left = 160 - face.getlength("Wine and bread") / 2
    seen = []
    for number, (y, u, _) in enumerate(frames):
        yellow = u < 90
        rows = np.flatnonzero((y > 120).any(1))
        assert not yellow.any() or rows[0] - 2 <= 2 * np.flatnonzero(yellow.any(1))[0], (
            "colour lies on its letters"
        )
        assert not yellow.any() or 2 * np.flatnonzero(yellow.any(1))[-1] <= rows[-1] + 2
        if not yellow.any():
            seen.append("")
            continue
        columns = np.flatnonzero(yellow.any(0)) * 2
        middle = (columns[0] + columns[-1] + 1) / 2 - left
        for word, before in (("Wine", ""), ("and", "Wine "), ("bread", "Wine and ")):
            start, end = face.getlength(before), face.getlength(before + word)
            if abs(middle - (start + end) / 2) < 4 and abs(columns[-1] - columns[0] - (end - start)) < 6:
                seen.append(word)
                break
        else:
            pytest.fail(f"frame {number}: what stands out is no word")
    assert seen == [""] * 10 + ["Wine"] * 6 + ["and"] * 6 + ["bread"] * 8 + [""] * 10


def test_a_box_lies_under_the_words(clip, planes, tmp_path: Path) -> None:
    luma = planes(film(clip(), tmp_path, CaptionLook(style="box", size=2, position="top"), SPOKEN))[20][0]
    rows, columns = np.flatnonzero((luma != 60).any(1)), np.flatnonzero((luma != 60).any(0))
    assert 18 <= rows[0] <= 20
    box = luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    black = 16 + DARK[1] * 219 / 255
    assert np.median(box) == pytest.approx(60 + (black - 60) * 0.72, abs=2)
    assert box[0, 0] == 60 and box[0, box.shape[1] // 2] < 45, "round corners"


def test_colours_are_what_a_player_makes_of_them() -> None:
    """White, yellow and dark by the numbers of bt.709, in the middle of a large letter."""
    look = CaptionLook(style="word", size=3)
    settings = FilmSettings(width=640, height=360, fps=20)
    caption = Caption(text="I I", start=0, end=1, words=(Word(text="I", start=0, end=0.5),))
    (frame,) = burned([black_frame(640, 360)], [caption], look, settings)
    y, u, v = (plane.astype(int) for plane in planes_of(frame))
    red, green, blue = (level / 255 for level in SAID)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    wanted = [16 + 219 * light, 128 + 224 * (blue - light) / 1.8556, 128 + 224 * (red - light) / 1.5748]
    row, column = np.unravel_index(u.argmin(), u.shape)
    assert [y[2 * row, 2 * column], u[row, column], v[row, column]] == pytest.approx(wanted, abs=1.5)
    assert y.max() == 16 + 219 * WHITE[0] // 255


def test_frames_without_a_caption_are_handed_on_as_they_are() -> None:
    frames = [black_frame(320, 180) for _ in range(40)]
    out = list(burned(frames, [SPOKEN], CaptionLook(), EXACT))
    assert [number for number in range(40) if out[number] is not frames[number]] == list(range(10, 30))
    assert all(planes_of(frame)[0].max() == 16 for frame in frames), "a decoded frame may come again"


def test_what_shows_when() -> None:
    later = Caption(text="Next", start=1.5, end=1.51)
    plan = [tuple(stretch) for stretch in stretches([SPOKEN, later], Fraction(20), by_word=True)]
    assert plan == [(10, 16, 0, 0), (16, 22, 0, 1), (22, 30, 0, 2)]
    late = SPOKEN.model_copy(update={"start": 0.25})
    assert next(stretches([late], Fraction(30000, 1001), by_word=True)) == (7, 15, 0, None)


LONG = "Incomprehensibility, " * 14 + "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen!"
TEXTS = ("Short.", "Two lines of words\nthat fit rather well", LONG, "W" * 300, "jÅÇ\u1ea4gq\n" * 6)


@pytest.mark.parametrize("platform", ["", *PLATFORMS])
def test_text_never_leaves_the_safe_area(platform: str) -> None:
    """Whatever is said: all that is drawn is inside, nothing is cut off at its edge, and the middle is the frame's."""
    row = PLATFORMS.get(platform)
    shapes = ((row.width // 6 * 2, row.height // 6 * 2),) if row else ((640, 360), (360, 640), (64, 36))
    for shape, position, (number, text) in product(shapes, ("bottom", "middle", "top"), enumerate(TEXTS)):
        style = ("plain", "box")[number % 2]
        look = CaptionLook.model_validate({"style": style, "position": position, "platform": platform})
        drawn = draw(Caption(text=text, start=0, end=1), look, shape)
        area = safe_area(platform, shape)
        height, width = drawn.letters.shape
        assert area.left <= drawn.x and drawn.x + width <= area.right
        assert area.top <= drawn.y and drawn.y + height <= area.bottom
        edge = np.concatenate([drawn.letters[[0, -1]].ravel(), drawn.letters[:, [0, -1]].ravel()])
        assert edge.max() == 0, f"{shape} {style} {position} {text[:20]!r}"
        assert abs(drawn.x + width / 2 - shape[0] / 2) <= 2
        assert drawn.x % 2 == drawn.y % 2 == width % 2 == height % 2 == 0


def test_the_apps_buttons_are_kept_free() -> None:
    for platform, bottom, right in (
        ("TikTok", 0.25, 0.16),
        ("Instagram Reel", 0.35, 0.11),
        ("YouTube Short", 0.35, 0.17),
    ):
        area = safe_area(platform, (1080, 1920))
        assert 1920 - area.bottom >= 1920 * bottom - 1 and 1080 - area.right >= 1080 * right
    with pytest.raises(BadInput, match=r"'Tiktok' is not a platform .*TikTok"):
        safe_area("Tiktok", (1080, 1920))


def test_long_lines_are_divided_anew_before_they_are_set_smaller() -> None:
    look, upright = CaptionLook(), (1080, 1920)
    wide = draw(
        Caption(text="Every morning he opened the shutters\nand wound the clocks", start=0, end=1),
        look,
        upright,
    )
    short = draw(Caption(text="Every", start=0, end=1), look, upright)
    tall = fonts.LINE_HEIGHT * usual_size(upright, look)
    assert wide.letters.shape[0] == pytest.approx(short.letters.shape[0] + 2 * tall, abs=8), (
        "three lines, as large"
    )
    assert line_length((1920, 1080)) == 42 and 18 <= line_length(upright) <= 26


def test_from_the_right() -> None:
    """Hebrew: the first word is the rightmost, and stands out there."""
    font = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if not font.is_file() or not check.can_shape():
        pytest.skip(f"needs {font} and a Pillow with Raqm")
    words = tuple(Word(text=text, start=n, end=n + 1) for n, text in enumerate(["שלום", "עולם", "גדול"]))
    caption = Caption(text="שלום עולם גדול", start=0, end=3, words=words)
    drawn = draw(caption, CaptionLook(style="word", font=str(font)), (640, 360))
    places = [place for place in drawn.words if place]
    assert len(places) == 3 and places[0].left > places[1].left > places[2].left
    assert places[0].right == drawn.letters.shape[1] and places[2].left == 0


def test_a_script_that_joins_its_letters_needs_raqm(clip, monkeypatch: pytest.MonkeyPatch) -> None:
    font = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if not font.is_file():
        pytest.skip(f"needs {font}")
    monkeypatch.setattr(features, "check", lambda feature: False)  # Pillow, as it is where Raqm isn't
    look, caption = CaptionLook(font=str(font)), Caption(text="سلام", start=0, end=1)
    timeline = Timeline(clips=(TimelineClip(path=str(clip())),), captions=(caption,), caption_look=look)
    with pytest.raises(BadInput, match="no Raqm"):
        plan(timeline, EXACT)


def test_faults_are_listed_before_anything_is_made(clip) -> None:
    def refused(look: CaptionLook | None, *captions: Caption) -> str:
        timeline = Timeline(clips=(TimelineClip(path=str(clip())),), captions=captions, caption_look=look)
        with pytest.raises(BadInput) as error:
            plan(timeline, EXACT)
        return str(error.value)

    one = Caption(text="日本 and 中", start=0, end=1)
    said = refused(CaptionLook(platform="Tiktok", size=9), one, Caption(text=" ", start=0.5, end=0.4))
    assert "caption_look.font: the captions' font has no 日 本 中" in said and "did you mean 'TikTok'" in said
    assert "caption_look.size: 9 is out of bounds" in said
    assert "captions[1].text: is empty" in said and "captions[1].end: is not after its start" in said
    overlap = refused(None, SPOKEN, Caption(text="A", start=1.4, end=2))
    assert "captions[1].start: begins at 0:01.400, and the one before it ends at 0:01.500" in overlap
    assert "caption_look.font: nothing.ttf is not a font" in refused(CaptionLook(font="nothing.ttf"), SPOKEN)


def test_what_the_film_has_no_time_for_is_said(clip) -> None:
    def kept(*captions: Caption) -> tuple[list[tuple[str, float]], tuple[str, ...]]:
        timeline = Timeline(clips=(TimelineClip(path=str(clip())),), captions=captions)
        made = plan(timeline, EXACT)
        return [(each.text, each.end) for each in made.captions], made.notes

    assert kept(SPOKEN, Caption(text="Long", start=1.6, end=9)) == (
        [("Wine and bread", 1.5), ("Long", 2.0)],
        (),
    )
    shown, notes = kept(SPOKEN, Caption(text="Late", start=2, end=3))
    assert len(shown) == 1
    assert notes == ("a caption begins after the film's end, 0:02.000, and can't be shown",)
