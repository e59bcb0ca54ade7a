"""The brushes of the example pictures: sky, ridges, mist, water, clouds, trees, light.

A picture is float32 [H, W, 3], 0 to 1. They paint back to front, at twice the
final size: shrinking smooths every edge.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

WIDTH, HEIGHT, SCALE = 1600, 1067, 2
W, H = WIDTH * SCALE, HEIGHT * SCALE
X = np.linspace(0, W / H, W, dtype=np.float32)[None, :]  # one unit is the picture's height
Y = np.linspace(0, 1, H, dtype=np.float32)[:, None]


def colour(code: str) -> Array:
    """#rrggbb as three numbers 0 to 1."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def ramp(position: Array, stops: list[tuple[float, str]]) -> Array:
    """A gradient through the stops, [..., 3]."""
    places = [place for place, _ in stops]
    colours = np.array([colour(code) for _, code in stops])
    return np.stack([np.interp(position, places, colours[:, c]) for c in range(3)], -1).astype(np.float32)


def step(low: float, high: float, value: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(seed: int, columns: int, rows: int, octaves: int = 5, rough: float = 0.5) -> Array:
    """Smooth noise over the picture, -1 to 1 or so; `columns` x `rows` is how many bumps there are."""
    random = np.random.default_rng(seed)
    total, weight = np.zeros((H, W), np.float32), 1.0
    for _ in range(octaves):
        grid = random.uniform(-1, 1, (min(rows, H // 2) + 3, min(columns, W // 2) + 3)).astype(np.float32)
        total += weight * cv2.resize(grid, (W, H), interpolation=cv2.INTER_CUBIC)
        weight, columns, rows = weight * rough, columns * 2, rows * 2
    return total


def line(seed: int, bumps: int, octaves: int = 7, rough: float = 0.5) -> Array:
    """Smooth noise along x, [1, W], -1 to 1 or so."""
    random = np.random.default_rng(seed)
    total, weight = np.zeros((1, W), np.float32), 1.0
    for _ in range(octaves):
        points = random.uniform(-1, 1, (1, min(bumps, W // 2) + 3)).astype(np.float32)
        total += weight * cv2.resize(points, (W, 1), interpolation=cv2.INTER_CUBIC)
        weight, bumps = weight * rough, bumps * 2
    return total


def over(picture: Array, paint: Array, alpha: Array) -> None:
    """Lays paint over the picture where alpha says so."""
    picture += (paint - picture) * np.broadcast_to(alpha, (H, W))[..., None]


def around(x: float, y: float, r: float) -> tuple[tuple[slice, slice], Array, Array]:
    """The part of the picture within r of a point, and how far right and down of it each pixel there is."""
    rows = slice(max(int((y - r) * H), 0), max(int((y + r) * H) + 2, 0))
    columns = slice(max(int((x - r) * H), 0), max(int((x + r) * H) + 2, 0))
    return (rows, columns), X[:, columns] - x, Y[rows] - y


def glow(picture: Array, x: float, y: float, radius: float, tint: str, strength: float) -> None:
    """Light that falls off around a point."""
    far = np.hypot(X - x, Y - y) / radius
    light = (strength * np.exp(-far * 1.6))[..., None] * colour(tint)
    picture += light * (1 - np.clip(picture, 0, 1))


def disc(picture: Array, x: float, y: float, radius: float, paint: str) -> None:
    over(picture, colour(paint), np.clip((radius - np.hypot(X - x, Y - y)) * H / 2 + 0.5, 0, 1))


def ground(picture: Array, crest: Array, top: str, bottom: str, depth: float) -> Array:
    """Fills what lies below the crest line, top colour to bottom colour over `depth`; returns its mask."""
    mask = np.clip((Y - crest) * H / 2 + 0.5, 0, 1)
    high = float(crest.min())
    down = np.clip((Y - high) / (depth + 0.7 * (float(crest.mean()) - high)), 0, 1)
    over(picture, ramp(np.broadcast_to(down, (H, W)), [(0, top), (1, bottom)]), mask)
    return mask


def clouds(
    picture: Array, seed: int, low: float, high: float, tint: str, shade: str, amount: float, wide: int
) -> None:
    """Streaks of cloud between two heights, lit from below."""
    shape = noise(seed, wide, wide * 4, 6, 0.55)
    lit = np.clip(shape - np.roll(shape, H // 90, axis=0) + 0.5, 0, 1)[..., None]
    band = step(low, low + 0.08, Y) * (1 - step(high - 0.12, high, Y))
    over(
        picture, colour(shade) + (colour(tint) - colour(shade)) * lit, step(0.12, 1.1, shape) * band * amount
    )


def puffs(
    picture: Array, seed: int, centre: tuple[float, float], size: float, count: int, shade: str
) -> None:
    """One fair-weather cloud: many round puffs on a flat base, bright above and shaded below."""
    random = np.random.default_rng(seed)
    cover, bright = np.zeros((H, W), np.float32), np.zeros((H, W), np.float32)
    for _ in range(count):
        dx = float(np.clip(random.normal(0, 0.4), -0.8, 0.8))
        r = size * random.uniform(0.22, 0.42) * np.exp(-0.9 * dx * dx)
        x, y = centre[0] + dx * size * 1.35, centre[1] - random.uniform(0, 0.75) * r
        box, dx_, dy_ = around(x, y, r)
        puff = step(0, 0.75, 1 - np.hypot(dx_, dy_ * 1.15) / r)
        cover[box] = np.maximum(cover[box], puff)
        lit = np.clip(0.55 - 0.75 * dy_ / r + 0.2 * (centre[1] - y) / size, 0, 1)
        bright[box] += (lit - bright[box]) * puff
    cover *= 1 - step(centre[1] - 0.01, centre[1] + size * 0.2, Y)
    rag = np.clip(cover * 1.15 + noise(seed + 1, 14, 12, 6, 0.6) * 0.22 * (cover > 0), 0, 1)
    paint = colour(shade) + (colour("#ffffff") - colour(shade)) * np.clip(bright, 0, 1)[..., None]
    over(picture, paint, step(0.15, 0.85, rag))


def stars(picture: Array, seed: int, count: int, below: float, strength: float) -> None:
    random = np.random.default_rng(seed)
    sky = np.zeros((H, W, 3), np.float32)
    for _ in range(count):
        x, y = int(random.uniform(0, W)), int(random.uniform(0, below) * H)
        size, light = int(random.choice([2, 2, 2, 3, 3, 5])), random.uniform(0.25, 1) ** 2
        tint = 1 + random.uniform(-0.15, 0.1) * np.array([1, 0.2, -1])
        cv2.circle(sky, (x, y), size, (light * tint).tolist(), -1, cv2.LINE_AA)
    fade = 1 - step(below * 0.55, below, Y)
    picture += (
        strength
        * (cv2.GaussianBlur(sky, (0, 0), 1.2) + 0.5 * cv2.GaussianBlur(sky, (0, 0), 7))
        * fade[..., None]
    )


def pines(picture: Array, seed: int, crest: Array, count: int, size: tuple[float, float], paint: str) -> None:
    """Pine trees that stand on the crest line, as shapes against the light."""
    random = np.random.default_rng(seed)
    shape = np.zeros((H, W), np.uint8)
    for x in np.sort(random.uniform(-0.02, W / H + 0.02, count)):
        tall = random.uniform(*size) * random.uniform(0.7, 1.15)
        foot = float(crest[0, int(np.clip(x * H, 0, W - 1))]) + 0.012
        if foot > 0.99:
            continue
        tiers = int(9 + tall * 50)
        left, right = [], []
        for i in range(tiers):
            for jut in (1.0, 0.55):
                down = (i + (0.92 if jut == 1.0 else 1.0)) / tiers
                reach = tall * 0.19 * down**0.85 * jut
                y = foot - tall * (1 - down)
                left.append((x - reach * random.uniform(0.7, 1.15), y + reach * 0.12))
                right.append((x + reach * random.uniform(0.7, 1.15), y + reach * 0.12))
        outline = [(x, foot - tall), *right, (x, foot + 0.02), *reversed(left)]
        cv2.fillPoly(shape, [np.round(np.array(outline) * H).astype(np.int32)], 255, cv2.LINE_AA)
    over(picture, colour(paint), shape.astype(np.float32) / 255)


def water(picture: Array, shore: float, seed: int, tint: str, depth: str, clear: float, chop: float) -> None:
    """Turns everything below the shore line into water that mirrors what stands above it."""
    down = np.clip((Y - shore) / (1 - shore), 0, 1)
    swell = noise(seed, 10, 130, 4, 0.6) * (0.12 + down)
    rows = np.broadcast_to(2 * shore - Y, (H, W)) + swell * chop * 0.05
    columns = np.broadcast_to(X, (H, W)) + swell * chop * 0.012
    mirror = cv2.remap(
        picture, (columns * H).astype(np.float32), (np.clip(rows, 0, 1) * H).astype(np.float32),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT,
    )  # fmt: skip
    own = ramp(np.broadcast_to(down, (H, W)), [(0, tint), (1, depth)])
    surface = own + (mirror - own) * (clear * (1 - 0.45 * down))[..., None]
    surface += (swell * chop * 0.07)[..., None] * surface
    over(picture, surface, np.clip((Y - shore) * H / 2 + 0.5, 0, 1))


def glitter(
    picture: Array, x: float, shore: float, seed: int, tint: str, wide: float, strength: float
) -> None:
    """The sun's or the moon's path on the water."""
    down = np.clip((Y - shore) / (1 - shore), 0, 1)
    spark = step(0.25, 0.9, noise(seed, 60, 170, 3, 0.7))
    path = np.exp(-(((X - x) / (wide * (0.35 + 1.2 * down))) ** 2)) * (shore < Y)
    picture += (strength * path * (0.22 + spark))[..., None] * colour(tint) * (1 - np.clip(picture, 0, 1))


def mist(picture: Array, seed: int, middle: float, thick: float, paint: str, amount: float) -> None:
    bank = np.exp(-(((Y - middle + noise(seed, 3, 2, 3) * 0.012) / thick) ** 2))
    over(picture, colour(paint), np.clip(bank * (0.75 + 0.3 * noise(seed + 1, 5, 10, 4)) * amount, 0, 1))


def birds(picture: Array, places: list[tuple[float, float, float]], paint: str) -> None:
    shape = np.zeros((H, W), np.uint8)
    for x, y, size in places:
        for side in (-1, 1):
            bend = np.array(
                [(x + side * size * t, y - size * 0.55 * np.sin(t * 2.4)) for t in np.linspace(0, 1, 16)]
            )
            cv2.polylines(shape, [np.round(bend * H).astype(np.int32)], False, 255, 5, cv2.LINE_AA)
    over(picture, colour(paint), shape.astype(np.float32) / 255)


def polygon(picture: Array, points: list[tuple[float, float]], paint: str) -> None:
    shape = np.zeros((H, W), np.uint8)
    cv2.fillPoly(shape, [np.round(np.array(points) * H).astype(np.int32)], 255, cv2.LINE_AA)
    over(picture, colour(paint), shape.astype(np.float32) / 255)


def sky(stops: list[tuple[float, str]]) -> Array:
    return np.ascontiguousarray(np.broadcast_to(ramp(Y, stops), (H, W, 3))).astype(np.float32)
