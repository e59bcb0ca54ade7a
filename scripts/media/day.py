"""A day in six pictures, dawn to night."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .brushes import (
    HEIGHT,
    WIDTH,
    Array,
    H,
    W,
    X,
    Y,
    around,
    birds,
    clouds,
    colour,
    disc,
    glitter,
    glow,
    ground,
    line,
    mist,
    noise,
    over,
    pines,
    polygon,
    puffs,
    sky,
    stars,
    step,
    water,
)


def dawn() -> Array:
    """Mist over a mountain lake, the sun just up."""
    p = sky([(0, "#5b7fb0"), (0.22, "#93a8cc"), (0.4, "#e3b8b4"), (0.5, "#f9cf9f"), (0.62, "#fde3b0")])
    clouds(p, 11, 0.04, 0.4, "#ffd9c4", "#b89cb8", 0.55, 3)
    glow(p, 0.98, 0.36, 0.28, "#ffd48a", 1.3)
    disc(p, 0.98, 0.348, 0.036, "#fffae8")
    ground(
        p,
        0.43 + line(12, 4, 8, 0.52) * 0.075 - 0.10 * np.exp(-(((X - 0.42) / 0.2) ** 2)),
        "#8d93bb",
        "#e8c6b8",
        0.2,
    )
    mist(p, 13, 0.56, 0.045, "#ffe6cb", 0.75)
    ground(
        p,
        0.51 + line(14, 5, 8, 0.5) * 0.05 - 0.07 * np.exp(-(((X - 1.4) / 0.22) ** 2)),
        "#68749f",
        "#cfaeb0",
        0.16,
    )
    mist(p, 15, 0.61, 0.03, "#ffe3cb", 0.7)
    far = 0.585 + line(16, 6, 7, 0.45) * 0.022 - 0.05 * np.exp(-(((X - 0.05) / 0.25) ** 2))
    ground(p, far, "#46557c", "#76708d", 0.08)
    pines(p, 17, far, 190, (0.022, 0.04), "#3f4e74")
    water(p, 0.645, 18, "#f3c9ae", "#56719e", 0.86, 0.55)
    glitter(p, 0.98, 0.645, 19, "#ffe2a6", 0.075, 1.0)
    mist(p, 20, 0.648, 0.016, "#ffeedd", 0.7)
    near = 1.01 + line(21, 3, 6, 0.45) * 0.02 - 0.24 * step(0.55, 0.0, X) - 0.16 * step(1.1, 1.5, X)
    pines(p, 22, near, 24, (0.14, 0.34), "#1d2a47")
    ground(p, near, "#1b2743", "#121a30", 0.12)
    birds(
        p, [(0.72, 0.2, 0.014), (0.765, 0.185, 0.011), (0.80, 0.212, 0.010), (0.70, 0.236, 0.009)], "#4a5272"
    )
    return p


def morning() -> Array:
    """Green hills, poppies, fair-weather clouds."""
    p = sky([(0, "#3f8fd6"), (0.3, "#7fbbe8"), (0.55, "#d3ebf3")])
    glow(p, 0.2, 0.05, 0.5, "#fff4c8", 0.7)
    puffs(p, 31, (1.08, 0.23), 0.20, 60, "#a9c4dc")
    puffs(p, 32, (0.45, 0.30), 0.13, 46, "#b4cde2")
    puffs(p, 33, (0.80, 0.385), 0.07, 34, "#c3d8e8")
    puffs(p, 34, (1.42, 0.37), 0.09, 34, "#c3d8e8")
    ground(p, 0.50 + line(35, 3, 6, 0.42) * 0.035, "#8fb3cc", "#b7d3d6", 0.1)
    rows = [
        (0.545, 0.030, 36, "#86b58f", "#a9cf9a"),
        (0.60, 0.042, 37, "#63a565", "#93c673"),
        (0.675, 0.05, 38, "#4a9450", "#86bd5a"),
        (0.775, 0.05, 39, "#3c8446", "#78b24c"),
    ]
    shade = noise(40, 5, 4, 4)
    for i, (base, height, seed, top, bottom) in enumerate(rows):
        crest = base + line(seed, 2, 3, 0.35) * height
        mask = ground(p, crest, top, bottom, 0.11)
        stripes = np.sin((Y - crest) * (620 - 90 * i) + X * (26 - 8 * i)) * 0.022 * step(0, 0.06, Y - crest)
        p += ((stripes + shade * 0.035) * mask)[..., None] * colour("#e8ffb0")
        if i < 3:
            grove(p, seed + 100, crest, 9 + 4 * i, 0.007 + 0.005 * i)
    farm(p, 0.50, float((0.60 + line(37, 2, 3, 0.35) * 0.042)[0, int(0.50 * H)]) + 0.006, 0.05)
    meadow = 0.865 + line(41, 2, 3, 0.35) * 0.03
    mask = ground(p, meadow, "#2f7a3c", "#1d5a2e", 0.14)
    p += (noise(42, 260, 26, 3, 0.7) * 0.07 * mask)[..., None] * colour("#d6ff9a")
    flowers(p, 43, meadow)
    return p


def grove(picture: Array, seed: int, crest: Array, count: int, size: float) -> None:
    """Round trees in loose company, each with its shadow."""
    random = np.random.default_rng(seed)
    for middle in random.uniform(0, 1.5, count):
        for _ in range(int(random.integers(1, 5))):
            x = middle + random.normal(0, 2.2 * size)
            y = float(crest[0, int(np.clip(x * H, 0, W - 1))]) + random.uniform(0.1, 1.8) * size
            box, dx, dy = around(x + size, y + size * 0.9, 3 * size)
            shadow = step(0, 0.6, 1 - np.hypot(dx / 2.2, dy * 2.6) / size)
            picture[box] *= 1 - 0.35 * shadow[..., None]
            for _ in range(9):
                a, r = random.uniform(0, 6.3), size * random.uniform(0.45, 0.7)
                tone = colour("#2c6b3c") + (colour("#6fae5c") - colour("#2c6b3c")) * np.clip(
                    0.45 - np.sin(a) * 0.4, 0, 1
                )
                box, dx, dy = around(x + np.cos(a) * size * 0.55, y + np.sin(a) * size * 0.5, r)
                leaf = step(0, 0.35, 1 - np.hypot(dx, dy) / r)[..., None]
                picture[box] += (tone * (1 - 0.3 * dy[..., None] / r) - picture[box]) * leaf


def farm(picture: Array, x: float, y: float, s: float) -> None:
    """A white house with a red roof and its barn."""
    for left, size in ((0.0, 1.0), (1.25, 0.8)):

        def at(
            *points: tuple[float, float], left: float = left, size: float = size
        ) -> list[tuple[float, float]]:
            return [(x + (left + a * size) * s, y + b * size * s) for a, b in points]

        polygon(picture, at((0, 0.1), (0, -0.42), (0.72, -0.42), (0.72, 0.1)), "#fbf3e4")
        polygon(picture, at((0.72, 0.1), (0.72, -0.42), (0.92, -0.72), (1.12, -0.42), (1.12, 0.1)), "#d9d2c6")
        polygon(picture, at((-0.06, -0.38), (0.14, -0.74), (0.94, -0.74), (0.76, -0.38)), "#c8503a")
        for window in (0.12, 0.44):
            polygon(
                picture,
                at((window, -0.1), (window, -0.28), (window + 0.14, -0.28), (window + 0.14, -0.1)),
                "#5b7890",
            )


def flowers(picture: Array, seed: int, crest: Array) -> None:
    """Poppies and daisies, bigger towards us."""
    random = np.random.default_rng(seed)
    places = sorted(random.uniform(0, 1, 420) ** 1.3)
    for near in places:
        x = random.uniform(0, 1.5)
        y = float(crest[0, int(x * H) % W]) + 0.006 + near * 0.15
        r = (0.0018 + 0.0075 * near) * random.uniform(0.7, 1.2)
        kind = random.uniform()
        petals = colour("#e2382f") if kind < 0.6 else colour("#ffd84f") if kind < 0.8 else colour("#fff7f2")
        heart = colour("#3a1420") if kind < 0.6 else colour("#c98a1b")
        box, dx, dy = around(x, y, 2 * r)
        view, dy = picture[box], dy * 1.35
        if not view.size:
            continue
        turn = random.uniform(0, 6)
        edge = r * (0.86 + 0.14 * np.cos(np.arctan2(dy, dx) * 5 + turn))
        far = np.hypot(dx, dy)
        lit = np.clip(0.92 - dy / r * 0.28, 0.6, 1.15)[..., None]
        view += (petals * lit - view) * np.clip((edge - far) * H / 2 + 0.5, 0, 1)[..., None]
        view += (heart - view) * np.clip((r * 0.28 - far) * H / 2 + 0.5, 0, 1)[..., None]


def noon() -> Array:
    """A sail on a bright sea between islands."""
    p = sky([(0, "#1f77c9"), (0.3, "#57a9e6"), (0.5, "#c5e7f4")])
    puffs(p, 51, (0.33, 0.30), 0.24, 70, "#9fc0dd")
    puffs(p, 52, (0.98, 0.40), 0.12, 44, "#b2cfe5")
    puffs(p, 53, (1.37, 0.26), 0.16, 50, "#a6c6e1")
    puffs(p, 54, (0.68, 0.445), 0.06, 30, "#c0d9ea")
    ground(
        p,
        0.50
        + line(55, 4, 6, 0.5) * 0.02
        - 0.06 * np.exp(-(((X - 1.22) / 0.16) ** 2))
        + 0.06 * step(1.0, 0.9, X),
        "#86aebf",
        "#b9d6d9",
        0.07,
    )
    isle = (
        0.555
        + line(56, 7, 7, 0.5) * 0.016
        - 0.115 * np.exp(-(((X - 0.27) / 0.13) ** 2))
        - 0.045 * np.exp(-(((X - 0.47) / 0.07) ** 2))
    )
    mask = ground(p, isle, "#5f9a6b", "#e9d9a6", 0.125)
    p += (noise(57, 60, 50, 4, 0.6) * 0.06 * mask)[..., None]
    water(p, 0.53, 58, "#4fc3c9", "#0b5f9c", 0.28, 1.5)
    shallow = step(
        0.3, 1.3, noise(59, 4, 9, 4) + 0.9 * np.exp(-(((X - 0.15) / 0.35) ** 2 + ((Y - 0.75) / 0.2) ** 2))
    )
    over(p, colour("#63e0cf"), shallow * 0.5 * (Y > 0.535))
    glitter(p, 0.95, 0.53, 60, "#ffffff", 0.45, 0.6)
    x, y, s = 0.93, 0.665, 0.17
    mirror = [(x - 0.10 * s, y + 0.14 * s), (x + 0.45 * s, y + 0.14 * s), (x + 0.12 * s, y + 0.85 * s)]
    ghost = p.copy()
    polygon(ghost, mirror, "#e8f6f4")
    over(p, ghost, 0.28 * step(0.1, -0.3, noise(61, 20, 130, 2)))
    polygon(p, [(x + 0.05 * s, y), (x + 0.05 * s, y - 1.0 * s), (x + 0.50 * s, y - 0.02 * s)], "#ffffff")
    polygon(p, [(x + 0.05 * s, y), (x + 0.05 * s, y - 1.0 * s), (x + 0.22 * s, y - 0.02 * s)], "#e4edf2")
    polygon(
        p,
        [(x + 0.02 * s, y - 0.03 * s), (x + 0.02 * s, y - 0.86 * s), (x - 0.30 * s, y - 0.03 * s)],
        "#f4553f",
    )
    polygon(
        p,
        [(x + 0.02 * s, y - 0.03 * s), (x + 0.02 * s, y - 0.86 * s), (x - 0.12 * s, y - 0.03 * s)],
        "#dd4433",
    )
    polygon(
        p,
        [
            (x - 0.34 * s, y + 0.015 * s),
            (x + 0.56 * s, y + 0.015 * s),
            (x + 0.44 * s, y + 0.13 * s),
            (x - 0.22 * s, y + 0.13 * s),
        ],
        "#23304a",
    )
    polygon(
        p,
        [
            (x - 0.34 * s, y + 0.015 * s),
            (x + 0.56 * s, y + 0.015 * s),
            (x + 0.53 * s, y + 0.045 * s),
            (x - 0.31 * s, y + 0.045 * s),
        ],
        "#fdfdfd",
    )
    birds(p, [(0.66, 0.24, 0.017), (0.73, 0.205, 0.013), (0.60, 0.275, 0.012), (1.1, 0.17, 0.012)], "#f7fbff")
    return p


def golden() -> Array:
    """Dunes in the last hour of light."""
    p = sky([(0, "#4f6fa3"), (0.2, "#c1958f"), (0.36, "#f4a35b"), (0.5, "#ffcf73"), (0.6, "#ffe29a")])
    clouds(p, 71, 0.03, 0.33, "#ffc78a", "#a56b78", 0.75, 3)
    glow(p, 0.52, 0.405, 0.34, "#ffdc8c", 1.5)
    disc(p, 0.52, 0.405, 0.062, "#fff7d6")
    ground(p, 0.475 + line(72, 4, 7, 0.5) * 0.03, "#d0906b", "#f2bf80", 0.1)
    rows = [
        (0.53, 0.035, 73, 3, "#f6bb6c", "#a8624e"),
        (0.595, 0.055, 74, 2, "#f1a653", "#8d4a45"),
        (0.70, 0.075, 75, 2, "#e58f40", "#6f363c"),
        (0.86, 0.085, 76, 2, "#d27a34", "#4f2632"),
    ]
    for i, (base, height, seed, bumps, lit, dark) in enumerate(rows):
        crest = base + (line(seed, bumps, 3, 0.3)) * height
        down = np.clip(Y - crest, 0, 1)
        # The light comes from the far side, left of the middle: slopes that fall to the right lie in shade.
        reach = 0.75 + 0.5 * i
        columns = (np.broadcast_to(X, (H, W)) + down * reach + line(seed + 20, 5, 3, 0.4) * 0.012).astype(
            np.float32
        ) * H
        slope = cv2.GaussianBlur(np.gradient(crest[0]).astype(np.float32)[None, :] * H, (0, 0), 5)
        field = cv2.remap(
            slope, columns, np.zeros_like(columns), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        light = step(0.10, -0.10, field / H / np.std(slope) * H * 0.12)
        grain = np.sin(down * (430 - 80 * i) + noise(seed + 40, 7, 9, 3) * 2.6) * 0.5 + 0.5
        light = np.clip(light * (0.86 + 0.14 * grain) + 0.10 * np.exp(-down * 60), 0, 1)
        paint = colour(dark) + (colour(lit) - colour(dark)) * light[..., None]
        paint += np.exp(-down * 26)[..., None] * colour("#ffcf7f") * 0.16
        over(p, paint, np.clip((Y - crest) * H / 2 + 0.5, 0, 1))
    glow(p, 0.52, 0.43, 0.55, "#ffb95e", 0.35)
    crest = 0.595 + line(74, 2, 3, 0.3) * 0.055
    for i, x in enumerate((0.985, 1.03, 1.078, 1.12)):
        camel(p, x, float(crest[0, int(x * H)]) + 0.003, 0.026 - 0.001 * i, "#5a2f35")
    return p


def camel(picture: Array, x: float, y: float, s: float, paint: str) -> None:
    """A camel that walks to the left, in outline; `s` is its height."""
    outline = [
        (-0.62, -0.80), (-0.56, -0.90), (-0.42, -0.90), (-0.38, -0.80), (-0.36, -0.58), (-0.24, -0.66),
        (-0.12, -0.72), (-0.02, -0.98), (0.06, -1.0), (0.16, -0.74), (0.34, -0.68), (0.42, -0.52),
        (0.46, -0.30), (0.44, 0.0), (0.39, 0.0), (0.37, -0.34), (0.28, -0.40), (0.30, 0.0),
        (0.25, 0.0), (0.2, -0.40), (-0.14, -0.40), (-0.12, 0.0), (-0.17, 0.0), (-0.22, -0.40),
        (-0.26, 0.0), (-0.31, 0.0), (-0.31, -0.38), (-0.42, -0.44), (-0.48, -0.74), (-0.60, -0.76),
    ]  # fmt: skip
    polygon(picture, [(x + a * s, y + b * s) for a, b in outline], paint)


def dusk() -> Array:
    """Ridge behind ridge, a thin moon, the first stars."""
    p = sky(
        [
            (0, "#1d2555"),
            (0.2, "#4a3f7f"),
            (0.36, "#9c5a8c"),
            (0.48, "#e57f78"),
            (0.57, "#ffb37a"),
            (0.7, "#ffd59a"),
        ]
    )
    stars(p, 91, 150, 0.36, 0.8)
    clouds(p, 92, 0.24, 0.55, "#ff9d7c", "#7b4b82", 0.7, 2)
    glow(p, 0.62, 0.57, 0.32, "#ffb56b", 0.9)
    disc(p, 1.16, 0.17, 0.036, "#fff3d8")
    behind = sky([(0, "#1d2555"), (0.2, "#4a3f7f"), (0.36, "#9c5a8c"), (0.48, "#e57f78")])
    over(p, behind, np.clip((0.0355 - np.hypot(X - 1.143, Y - 0.162)) * H / 2 + 0.5, 0, 1))
    glow(p, 1.175, 0.178, 0.05, "#ffeecc", 0.35)
    rows = [
        (0.545, 0.06, 93, 4, "#b0668a", "#f0a184"),
        (0.60, 0.06, 94, 4, "#84507f", "#d98382"),
        (0.665, 0.055, 95, 4, "#5d4072", "#a9667e"),
        (0.735, 0.05, 96, 4, "#3f3163", "#754c74"),
    ]
    for i, (base, height, seed, bumps, top, bottom) in enumerate(rows):
        crest = base + line(seed, bumps, 8, 0.47) * height
        if i == 3:
            pines(p, seed + 30, crest, 230, (0.02, 0.036), top)
        ground(p, crest, top, bottom, 0.15)
        mist(p, seed + 10, base + 0.105, 0.028, bottom, 0.6)
    middle = 0.835 + line(98, 4, 6, 0.45) * 0.035
    pines(p, 99, middle, 120, (0.045, 0.095), "#271f47")
    ground(p, middle, "#271f47", "#3c2c58", 0.12)
    near = 0.955 + line(100, 3, 5, 0.4) * 0.02 - 0.09 * step(1.05, 1.5, X)
    pines(p, 101, near, 34, (0.12, 0.30), "#110e28")
    ground(p, near, "#110e28", "#0b091c", 0.08)
    birds(
        p, [(0.43, 0.36, 0.013), (0.465, 0.345, 0.011), (0.50, 0.352, 0.010), (0.40, 0.379, 0.010)], "#3b2a5a"
    )
    return p


def night() -> Array:
    """Northern lights over a snowy lake; somebody is home."""
    p = sky([(0, "#050a20"), (0.35, "#0b1b3d"), (0.62, "#173a5a"), (0.7, "#1f4c66")])
    stars(p, 111, 750, 0.66, 0.95)
    aurora(p, 112, 0.36, 0.075, 0.26, "#3dffa0", "#7a5cff", 0.95)
    aurora(p, 113, 0.46, 0.05, 0.17, "#43f5c0", "#4f7dff", 0.55)
    crest = (
        0.56
        + line(114, 4, 8, 0.52) * 0.06
        - 0.13 * np.exp(-(((X - 1.02) / 0.22) ** 2))
        - 0.06 * np.exp(-(((X - 0.3) / 0.2) ** 2))
    )
    mask = ground(p, crest, "#28435f", "#14283f", 0.2)
    slope = np.gradient(cv2.GaussianBlur(crest.astype(np.float32), (0, 0), 4)[0])[None, :] * H
    down = Y - crest
    snow = step(0.075, 0.0, down + noise(115, 34, 22, 5, 0.6) * 0.022) * mask
    over(
        p,
        colour("#8fb9c4")
        + (colour("#3d6680") - colour("#8fb9c4"))
        * step(-0.2, 0.5, slope * 0.5 + noise(116, 50, 30, 4, 0.6) * 0.4)[..., None],
        snow * 0.8,
    )
    low = 0.645 + line(117, 5, 7, 0.45) * 0.022
    pines(p, 118, low, 260, (0.028, 0.058), "#0b1a2b")
    ground(p, low, "#0b1a2b", "#0c1d2e", 0.05)
    water(p, 0.68, 119, "#0e2a44", "#050d1f", 0.88, 0.5)
    bank = 0.90 + line(120, 3, 5, 0.4) * 0.018 - 0.10 * step(0.75, 0.2, X)
    pines(p, 121, bank, 16, (0.13, 0.30), "#050b18")
    mask = ground(p, bank, "#6d93a6", "#1b3550", 0.13)
    p += (noise(122, 26, 14, 5, 0.55) * 0.035 * mask)[..., None]
    cabin(p, 0.60, float(bank[0, int(0.60 * H)]) + 0.012, 0.115)
    return p


def aurora(
    picture: Array, seed: int, base: float, sway: float, tall: float, low: str, high: str, strength: float
) -> None:
    """A curtain of light: sharp below, fading upwards, in vertical rays."""
    foot = base + line(seed, 2, 4, 0.45) * sway - 0.06 * X
    rays = np.clip(0.62 + 0.5 * line(seed + 1, 26, 4, 0.6), 0, 1.4) * np.clip(
        0.75 + 0.6 * line(seed + 2, 2, 2), 0.1, 1.4
    )
    up = (foot - Y) / (tall * np.clip(0.8 + 0.35 * line(seed + 3, 12, 3), 0.3, 1.4))
    light = (
        np.where(up > 0, np.exp(-np.maximum(up, 0) * 2.3), np.exp(np.minimum(up, 0) * 16)) * rays * strength
    )
    light = cv2.GaussianBlur(np.broadcast_to(light, (H, W)).astype(np.float32), (0, 0), 7)
    tint = colour(low) + (colour(high) - colour(low)) * np.clip(up * 0.9, 0, 1)[..., None]
    picture += light[..., None] * tint * (1 - np.clip(picture, 0, 1)) * 0.85


def cabin(picture: Array, x: float, y: float, s: float) -> None:
    """A cabin with a lit window and snow on its roof."""

    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x + a * s, y + b * s) for a, b in points]

    polygon(picture, at((0.18, -0.55), (0.18, -0.86), (0.28, -0.86), (0.28, -0.55)), "#1a1517")
    polygon(picture, at((-0.42, 0), (-0.42, -0.36), (0.0, -0.68), (0.42, -0.36), (0.42, 0)), "#2a1d1b")
    polygon(
        picture,
        at((-0.53, -0.30), (0.0, -0.71), (0.53, -0.30), (0.53, -0.38), (0.0, -0.80), (-0.53, -0.38)),
        "#b9d5dd",
    )
    for left in (-0.27, 0.09):
        polygon(
            picture, at((left, -0.12), (left, -0.32), (left + 0.18, -0.32), (left + 0.18, -0.12)), "#ffcf6b"
        )
        polygon(
            picture,
            at((left + 0.08, -0.12), (left + 0.08, -0.32), (left + 0.1, -0.32), (left + 0.1, -0.12)),
            "#6b3f1d",
        )
        glow(picture, x + (left + 0.09) * s, y - 0.2 * s, 0.45 * s, "#ffb347", 0.55)
    glow(picture, x, y + 0.06 * s, 0.8 * s, "#ff9f3a", 0.22)
    drift = at((-0.62, 0.06), (-0.5, -0.03), (-0.2, 0.02), (0.2, -0.02), (0.5, -0.04), (0.66, 0.06))
    polygon(picture, drift, "#7f9fab")


PICTURES = {
    "01_dawn.jpg": dawn,
    "02_morning.jpg": morning,
    "03_noon.jpg": noon,
    "04_golden_hour.jpg": golden,
    "05_dusk.jpg": dusk,
    "06_night.jpg": night,
}


def finished(picture: Array, seed: int) -> NDArray[np.uint8]:
    """Shrunk to size, a little darker in the corners, with enough grain that no gradient shows bands."""
    small = cv2.resize(np.clip(picture, 0, 1), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    x, y = np.linspace(-1, 1, WIDTH)[None, :], np.linspace(-1, 1, HEIGHT)[:, None]
    small = small * (1 - 0.13 * np.clip((x * x + y * y) / 2, 0, 1) ** 1.5)[..., None]
    small = small + np.random.default_rng(seed).normal(0, 0.004, (HEIGHT, WIDTH, 1))
    return (np.clip(small, 0, 1) * 255 + 0.5).astype(np.uint8)
