"""Draws the pictures of the cloud's example workflows in the template browser: what is asked for, not what came.

    python scripts/make_thumbnails.py            writes workflows/<name>.jpg, 640x360

A clip by a model would have to be bought, and would promise what the next one doesn't keep.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

WORKFLOWS = Path(__file__).resolve().parents[1] / "workflows"
MEDIA = WORKFLOWS / "storyboards" / "media"
FONT = WORKFLOWS.parent / "studio" / "assets" / "fonts" / "InterDisplay-SemiBold.otf"
SIZE = 1280, 720  # drawn at twice the size, so that edges are smooth
WHITE, GOLD, GREEN, DARK = "#ffffff", "#f2c14e", "#5aa469", "#10202e"

Colour = tuple[int, int, int]


def photo(name: str, size: tuple[int, int] = SIZE) -> Image.Image:
    """A sample picture that fills the size."""
    picture = Image.open(MEDIA / f"{name}.jpg").convert("RGB")
    scale = max(size[0] / picture.width, size[1] / picture.height)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    left, top = (picture.width - size[0]) // 2, (picture.height - size[1]) // 2
    return picture.crop((left, top, left + size[0], top + size[1]))


def gradient(top: Colour, bottom: Colour) -> Image.Image:
    mask = Image.linear_gradient("L").resize(SIZE)
    return Image.composite(Image.new("RGB", SIZE, bottom), Image.new("RGB", SIZE, top), mask)


def play(picture: Image.Image, centre: tuple[int, int] = (640, 360), radius: int = 80) -> Image.Image:
    x, y = centre
    disc = Image.new("L", SIZE, 0)
    ImageDraw.Draw(disc).ellipse((x - radius, y - radius, x + radius, y + radius), fill=190)
    picture.paste(DARK, mask=disc)
    side = radius * 0.5
    corners = [(x - side * 0.8, y - side), (x - side * 0.8, y + side), (x + side * 1.1, y)]
    ImageDraw.Draw(picture).polygon(corners, fill=WHITE)
    return picture


def tile(ground: Image.Image, picture: Image.Image, at: tuple[int, int]) -> None:
    """A picture with a white rim."""
    ground.paste(WHITE, (at[0] - 6, at[1] - 6, at[0] + picture.width + 6, at[1] + picture.height + 6))
    ground.paste(picture, at)


def arrow(draw: ImageDraw.ImageDraw, left: int, right: int, y: int) -> None:
    draw.line((left, y, right - 20, y), fill=WHITE, width=14)
    draw.polygon([(right - 40, y - 34), (right - 40, y + 34), (right, y)], fill=WHITE)


def image_to_video() -> Image.Image:
    return play(photo("04_golden_hour"))


def first_and_last_frame() -> Image.Image:
    ground = gradient((28, 42, 64), (14, 20, 32))
    tile(ground, photo("01_dawn", (500, 380)), (70, 170))
    tile(ground, photo("06_night", (500, 380)), (710, 170))
    arrow(ImageDraw.Draw(ground), 585, 695, 360)
    return ground


def references() -> Image.Image:
    ground = gradient((40, 56, 52), (16, 24, 24))
    for number, name in enumerate(("02_morning", "03_noon", "05_dusk")):
        tile(ground, photo(name, (280, 180)), (70, 60 + 210 * number))
    tile(ground, photo("02_morning", (680, 480)), (530, 120))
    arrow(ImageDraw.Draw(ground), 375, 505, 360)
    return play(ground, (870, 360), 70)


def extension() -> Image.Image:
    ground = gradient((36, 36, 58), (14, 14, 26))
    for number, name in enumerate(("01_dawn", "02_morning", "03_noon")):
        tile(ground, photo(name, (370, 300)), (55 + 400 * number, 210))
    draw = ImageDraw.Draw(ground)
    for left in range(40, 1240, 60):  # the holes of a film
        draw.rounded_rectangle((left, 130, left + 34, 160), 8, fill="#c8ccd8")
        draw.rounded_rectangle((left, 560, left + 34, 590), 8, fill="#c8ccd8")
    return ground


def goal_reached() -> Image.Image:
    ground = gradient((250, 186, 110), (120, 170, 210))
    draw = ImageDraw.Draw(ground)
    draw.ellipse((880, 60, 1060, 240), fill="#fff1c9")
    draw.polygon([(0, 720), (330, 330), (560, 560), (800, 720)], fill="#6f86a0")
    draw.polygon([(260, 720), (760, 170), (1280, 720)], fill="#2f4a63")
    draw.polygon([(760, 170), (690, 247), (745, 262), (790, 240), (832, 247)], fill=WHITE)
    path = [(420, 720), (620, 600), (560, 500), (720, 400), (690, 300), (760, 180)]
    draw.line(path, fill=GOLD, width=12, joint="curve")
    draw.line((760, 175, 760, 50), fill=DARK, width=10)
    draw.polygon([(765, 50), (880, 85), (765, 120)], fill="#d1495b")
    return ground


def portfolio_report() -> Image.Image:
    ground = gradient((12, 24, 52), (4, 8, 20))
    glow = Image.new("RGB", SIZE, 0)
    heights = (150, 210, 190, 280, 260, 350, 330, 430, 500)
    for layer in (glow, ground):
        draw = ImageDraw.Draw(layer)
        for number, height in enumerate(heights):
            left = 130 + 116 * number
            draw.rounded_rectangle((left, 620 - height, left + 70, 620), 10, fill=GOLD)
    soft = glow.filter(ImageFilter.GaussianBlur(40))
    ground = Image.blend(ground, soft, 0.35)
    ImageDraw.Draw(ground).line((90, 630, 1190, 630), fill="#8fa5c8", width=6)
    return ground


def explainer() -> Image.Image:
    ground = gradient((244, 236, 214), (226, 206, 170))
    draw = ImageDraw.Draw(ground)
    draw.polygon([(500, 500), (780, 500), (740, 680), (540, 680)], fill="#b5653c")
    draw.rounded_rectangle((480, 470, 800, 520), 12, fill="#c97a4d")
    draw.line([(640, 480), (640, 240)], fill="#5b4632", width=22)
    draw.line([(640, 400), (500, 300)], fill="#5b4632", width=14)
    draw.line([(640, 360), (790, 260)], fill="#5b4632", width=14)
    for x, y in (
        (640, 180),
        (560, 230),
        (720, 200),
        (490, 290),
        (800, 250),
        (610, 120),
        (690, 110),
        (540, 150),
    ):
        draw.ellipse((x - 70, y - 60, x + 70, y + 60), fill=GREEN)
    for x, y in (
        (600, 170),
        (700, 180),
        (520, 260),
        (770, 240),
        (640, 90),
        (470, 600),
        (860, 640),
        (360, 660),
    ):
        draw.ellipse((x - 30, y - 30, x + 30, y + 30), fill=GOLD, outline="#b98a1e", width=6)
    return ground


def vertical_tip() -> Image.Image:
    ground = gradient((92, 70, 160), (220, 90, 130))
    draw = ImageDraw.Draw(ground)
    draw.rounded_rectangle((445, 20, 835, 700), 48, fill=DARK)
    draw.rounded_rectangle((465, 45, 815, 675), 30, fill="#fdf4e3")
    draw.rounded_rectangle((545, 330, 735, 600), 30, outline="#6b8fb0", width=12)
    draw.rounded_rectangle((530, 300, 750, 340), 14, fill="#6b8fb0")
    for x, y in ((600, 560), (660, 565), (630, 510), (690, 520), (585, 500)):
        draw.ellipse((x - 32, y - 32, x + 32, y + 32), fill=GOLD, outline="#b98a1e", width=6)
    draw.ellipse((600, 160, 680, 240), fill=GOLD, outline="#b98a1e", width=8)
    draw.line((640, 250, 640, 285), fill="#b98a1e", width=8)
    return ground


def talking_avatar() -> Image.Image:
    """Somebody in front of the sea at noon, and what is said."""
    ground = photo("03_noon").filter(ImageFilter.GaussianBlur(14))
    draw = ImageDraw.Draw(ground)
    draw.ellipse((190, 470, 690, 1000), fill="#2f4a63")
    draw.polygon([(395, 480), (485, 480), (440, 600)], fill=WHITE)
    draw.rounded_rectangle((400, 380, 480, 500), 36, fill="#e0ac84")
    draw.ellipse((325, 150, 555, 440), fill="#f0c19c")
    draw.pieslice((310, 120, 570, 420), 180, 360, fill="#4a2f20")
    draw.ellipse((385, 265, 411, 295), fill=DARK)
    draw.ellipse((469, 265, 495, 295), fill=DARK)
    draw.chord((390, 320, 490, 400), 0, 180, fill="#a23b3b")
    draw.rounded_rectangle((680, 130, 1200, 420), 60, fill=WHITE)
    draw.polygon([(700, 330), (600, 400), (760, 400)], fill=WHITE)
    for number, height in enumerate((40, 90, 150, 70, 180, 120, 60, 140, 90, 50)):
        left = 745 + 41 * number
        draw.rounded_rectangle((left, 275 - height // 2, left + 20, 275 + height // 2), 10, fill="#3f789e")
    return ground


def character_chain() -> Image.Image:
    """The same boat in three lights, each picture held by the next."""
    ground = gradient((30, 44, 66), (12, 18, 30))
    boat = photo("03_noon").crop((560, 180, 1000, 620))
    for number, tint in enumerate(((210, 235, 255), (255, 236, 190), (255, 170, 120))):
        shown = ImageChops.multiply(boat, Image.new("RGB", boat.size, tint))
        tile(ground, shown.resize((370, 370)), (55 + 400 * number, 175))
    draw = ImageDraw.Draw(ground)
    for left in (425, 825):
        for shift in (0, 34):
            box = (left - 24 + shift, 334, left + 20 + shift, 386)
            draw.rounded_rectangle(box, 24, outline=GOLD, width=12)
    return ground


def product_first_last() -> Image.Image:
    """A bottle in its box, and in the light; drawn twice, filmed once."""
    ground = gradient((236, 228, 220), (196, 180, 168))
    for left, open_ in ((110, False), (790, True)):
        card = Image.new("RGB", (380, 480), "#f7efe6" if open_ else "#2a2430")
        draw = ImageDraw.Draw(card)
        if open_:
            draw.ellipse((40, 40, 340, 340), fill="#fbe3b4")
        draw.rounded_rectangle((120, 190, 260, 420), 26, fill="#d98b5f" if open_ else "#4a3a44")
        draw.rectangle((165, 150, 215, 200), fill="#b5734b" if open_ else "#3c303a")
        draw.rounded_rectangle((150, 100, 230, 160), 10, fill=GOLD if open_ else "#6b5640")
        draw.rectangle((120, 270, 260, 340), fill="#fff7ec" if open_ else "#5a4a54")
        tile(ground, card, (left, 120))
    arrow(ImageDraw.Draw(ground), 535, 750, 360)
    return ground


def three_doors() -> Image.Image:
    """One morning behind three doors."""
    ground = gradient((58, 52, 70), (24, 22, 32))
    draw = ImageDraw.Draw(ground)
    for number, name in enumerate(("01_dawn", "03_noon", "02_morning")):
        left = 120 + 370 * number
        shape = Image.new("L", (300, 520), 0)
        pen = ImageDraw.Draw(shape)
        pen.pieslice((0, 0, 300, 300), 180, 360, fill=255)
        pen.rectangle((0, 150, 300, 520), fill=255)
        draw.pieslice((left - 18, 82, left + 318, 418), 180, 360, fill="#d8cdb8")
        draw.rectangle((left - 18, 250, left + 318, 640), fill="#d8cdb8")
        ground.paste(photo(name, (300, 520)), (left, 100), shape)
        draw.rectangle((left - 18, 620, left + 318, 644), fill="#b8ab92")
    return ground


def words(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, fill: str = WHITE) -> int:
    """Writes text with a dark rim; returns where it ends."""
    font = ImageFont.truetype(str(FONT), size)
    draw.text(at, text, fill, font, stroke_width=size // 12, stroke_fill=DARK)
    return round(at[0] + draw.textlength(text, font))


def sound(
    draw: ImageDraw.ImageDraw, left: int, right: int, middle: int, tall: int, fill: str = WHITE
) -> None:
    """The wave of something that is heard."""
    for number, x in enumerate(range(left, right, 26)):
        height = round(tall * (0.25 + 0.75 * abs(math.sin(number * 1.7) * math.cos(number * 0.6))))
        draw.rounded_rectangle((x, middle - height // 2, x + 13, middle + height // 2), 6, fill=fill)


def narrated_sequence() -> Image.Image:
    """Numbered pictures, and a voice below them."""
    ground = gradient((58, 66, 92), (24, 28, 44))
    draw = ImageDraw.Draw(ground)
    for number, name in enumerate(("01_dawn", "02_morning", "03_noon", "04_golden_hour")):
        left = 50 + 302 * number
        tile(ground, photo(name, (274, 330)), (left, 110))
        words(draw, (left + 18, 116), str(number + 1), 64)
    sound(draw, 60, 1230, 580, 150, GOLD)
    return ground


def vertical_teaser() -> Image.Image:
    """A telephone on which a word stands out."""
    ground = photo("06_night").filter(ImageFilter.GaussianBlur(26))
    draw = ImageDraw.Draw(ground)
    draw.rounded_rectangle((435, 15, 845, 705), 48, fill="#0a0f16")
    ground.paste(photo("06_night", (374, 654)), (453, 33))
    words(draw, (words(draw, (498, 440), "Look ", 76), 440), "up.", 76, GOLD)
    sound(draw, 70, 390, 360, 170)
    sound(draw, 900, 1220, 360, 170)
    return ground


def music_video() -> Image.Image:
    """Pictures that change on the bars of a music."""
    ground = Image.new("RGB", SIZE, DARK)
    for number, name in enumerate(
        ("01_dawn", "02_morning", "03_noon", "04_golden_hour", "05_dusk", "06_night")
    ):
        ground.paste(photo(name, (213, 430)), (213 * number + number // 3, 0))
    draw = ImageDraw.Draw(ground)
    for number in range(1, 6):
        draw.line((213 * number, 0, 213 * number, 720), fill=WHITE, width=6)
    sound(draw, 20, 1270, 575, 230, GOLD)
    return ground


def svd() -> Image.Image:
    """One picture, and the frames that follow from it."""
    ground = gradient((52, 44, 60), (20, 18, 30))
    for number in range(4, -1, -1):
        tile(ground, photo("05_dusk", (620, 350)), (70 + 130 * number, 270 - 50 * number))
    return play(ground, (380, 445), 60)


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "veo_image_to_video": image_to_video,
    "veo_first_and_last_frame": first_and_last_frame,
    "veo_references": references,
    "veo_extension": extension,
    "goal_reached": goal_reached,
    "portfolio_report": portfolio_report,
    "explainer": explainer,
    "vertical_tip": vertical_tip,
    "talking_avatar_intro": talking_avatar,
    "character_chain": character_chain,
    "product_first_last": product_first_last,
    "three_doors": three_doors,
    "narrated_sequence": narrated_sequence,
    "captioned_vertical_teaser": vertical_teaser,
    "music_video": music_video,
    "svd_from_a_keyframe": svd,
}

if __name__ == "__main__":
    for name, drawn in PICTURES.items():
        path = WORKFLOWS / f"{name}.jpg"
        drawn().resize((640, 360), Image.Resampling.LANCZOS).save(path, quality=85, optimize=True)
        print(path, path.stat().st_size)
