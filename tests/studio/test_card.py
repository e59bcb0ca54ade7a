"""Title cards: text that is all there, inside the safe margins, in every script the font has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from storyreel.studio.errors import MediaError
from storyreel.studio.media import fonts
from storyreel.studio.providers.animatic import title_card
from storyreel.studio.storyboard.camera_moves import Box

SIZES = [(320, 180), (180, 320), (200, 200), (160, 200)]
TEXTS = {
    "short": "Rain",
    "usual": "A street in the rain, neon lights in the puddles",
    "long": "An old lighthouse keeper climbs the spiral stairs for the last time, carrying a lantern. " * 4,
    "word": "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "cyrillic": "Старый фонарь над рекой: «Туман уходит»",
    "greek": "Ἡ θάλασσα τὸ πρωί — ένα μικρό λιμάνι",
    "vietnamese": "Buổi sáng ở bến cảng",
    "lines": "Act I\nThe Discovery",
}


def ink(pixels: np.ndarray) -> Box:
    """Where the letters are."""
    rows, columns = np.nonzero(pixels.min(axis=2) > 170)
    return Box(columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", TEXTS)
def test_text_keeps_the_safe_margins(name: str, size: tuple[int, int]) -> None:
    drawn = title_card.draw(TEXTS[name], size)
    assert drawn.whole
    assert drawn.pixels.shape == (size[1], size[0], 3) and drawn.pixels.dtype == np.uint8
    found = ink(drawn.pixels)
    assert found.x >= 0.09 * size[0] and found.x + found.width <= 0.91 * size[0]
    assert found.y >= 0.09 * size[1] and found.y + found.height <= 0.91 * size[1]
    assert found.x + found.width / 2 == pytest.approx(size[0] / 2, abs=0.02 * size[0])
    assert found.y + found.height / 2 == pytest.approx(size[1] / 2, abs=0.04 * size[1])


def test_text_stays_where_the_camera_always_looks() -> None:
    within = Box(80, 20, 160, 90)
    found = ink(title_card.draw(TEXTS["usual"], (320, 180), within=within).pixels)
    assert found.x >= 80 + 0.09 * 160 and found.x + found.width <= 240 - 0.09 * 160
    assert found.y >= 20 and found.y + found.height <= 110


def test_the_same_card_for_the_same_words_and_seed() -> None:
    first = title_card.draw("Rain", (160, 90), seed=3).pixels
    assert np.array_equal(first, title_card.draw("Rain", (160, 90), seed=3).pixels)
    other = title_card.draw("Rain", (160, 90), seed=4).pixels
    assert np.abs(first.astype(int) - other).mean() > 3, "another seed has other colours"


def test_it_is_easy_to_read() -> None:
    for seed in range(40):
        pixels = title_card.draw("Rain", (160, 90), seed=seed).pixels.astype(float)
        luma = pixels @ (0.2126, 0.7152, 0.0722)
        paper = np.concatenate([luma[:10].ravel(), luma[-10:].ravel()])
        assert luma.max() > 235 and 8 < np.median(paper) < 110
        assert paper.std() > 2, "the ground is not flat"


def test_text_too_long_ends_in_an_ellipsis() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 110
    assert not title_card.draw(text, (320, 180)).whole
    setting = fonts.fit(text, None, 256, 144, largest=24, smallest=5)
    assert setting.lines[-1].endswith("…") and not setting.whole
    assert len(setting.lines) * setting.size * fonts.LINE_HEIGHT <= 144


def test_lines_are_of_even_length() -> None:
    font = fonts.load(None, 100)
    for text in ("A street in the rain, neon lights in the puddles", TEXTS["long"], TEXTS["cyrillic"]):
        setting = fonts.fit(text, None, 1024, 576, largest=90)
        widths = [font.getlength(line) for line in setting.lines]
        assert len(widths) > 1
        assert min(widths) > 0.6 * max(widths), setting.lines
        assert " ".join(setting.lines) == fonts.tidy(text)


def test_short_texts_are_larger() -> None:
    sizes = [
        fonts.fit(TEXTS[name], None, 1024, 576, largest=90, smallest=17).size
        for name in ("short", "usual", "long")
    ]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] == 90 and sizes[2] < 60


def test_where_lines_may_break() -> None:
    def lines(text: str, width: float) -> list[str]:
        return fonts.fit(text, None, width, 2000, largest=50, smallest=50).lines

    assert lines("one-two-three", 240) == ["one-two-", "three"]
    assert lines("and/or", 130) == ["and/", "or"]
    assert lines("first\nsecond", 2000) == ["first", "second"]
    assert "".join(lines("x" * 60, 200)) == "x" * 60
    ideographs = "海のそばの静かな町、雨が降る。"
    pieces = [text for text, *_ in fonts._measured(ideographs, fonts.load(None, 100))]
    assert "".join(pieces) == ideographs
    assert "町、" in pieces and "る。" in pieces, "a comma doesn't begin a line"


def test_what_the_font_lacks() -> None:
    assert fonts.lacking("日本 tea 😀日") == ["日", "本", "😀"]
    for text in TEXTS.values():
        assert fonts.lacking(text) == []
    assert fonts.lacking("e\u0301 n\u0303 ä\u200b\u00ad\ufeff “quotes” … — ½ № €") == []
    assert fonts.lacking("\tA\r\nB\u2028C\x07") == []


def test_a_font_of_ones_own(tmp_path: Path) -> None:
    small = tmp_path / "small.otf"
    with TTFont(fonts.BUNDLED) as font:
        for table in font["cmap"].tables:
            table.cmap = {code: glyph for code, glyph in table.cmap.items() if code in set(b"ABC ")}
        font.save(small)
    assert fonts.lacking("ABCD", small) == ["D"]
    assert title_card.draw("ABC", (160, 90), font=small).whole
    (tmp_path / "no.ttf").write_text("not a font")
    with pytest.raises(MediaError, match=r"no\.ttf is not a font"):
        fonts.lacking("A", tmp_path / "no.ttf")
    with pytest.raises(MediaError, match=r"no\.ttf is not a font"):
        title_card.draw("A", (160, 90), font=tmp_path / "no.ttf")
    with pytest.raises(MediaError, match=r"gone\.ttf can't be read"):
        fonts.lacking("A", tmp_path / "gone.ttf")


def test_the_bundled_font_comes_with_its_licence() -> None:
    licence = (fonts.BUNDLED.parent / "Inter-OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence and fonts.BUNDLED.name in licence
    assert fonts.BUNDLED.stat().st_size < 1_000_000
