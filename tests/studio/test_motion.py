"""The words of the camera, what a scene carries, and where the camera goes."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from storyreel.studio.errors import BadInput
from storyreel.studio.storyboard.camera_moves import (
    MOVES,
    SPEEDS,
    Action,
    Path,
    parse,
    path,
    simplify,
    spoken,
)

FRAME = (1280, 720)
PICTURES = [(4000, 3000), (1280, 720), (720, 1280), (6000, 500), (500, 6000), (64, 64), (2, 2)]


def route(text: str, picture: tuple[int, int] = (1600, 1200), duration: int = 3) -> Path:
    return path(parse(text), picture, FRAME, Fraction(duration))


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("", []),
        ("static", ["static"]),
        ("slow zoom out, pan right", ["slow zoom out", "pan right"]),
        ("Zoom In Slowly and tilt up", ["slow zoom in", "pan up"]),
        ("quickly pan left; still", ["fast pan left", "static"]),
        (" , pan down,, ", ["pan down"]),
    ],
)
def test_words(text: str, moves: list[str]) -> None:
    assert [str(action) for action in parse(text)] == moves
    assert parse(spoken(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("zom in", ["'zom in' is not a movement; did you mean 'zoom in'?"]),
        ("pan", ["'pan' doesn't say which way; use pan left, pan right, pan up, pan down"]),
        ("slow", ["'slow' doesn't say which way; use " + ", ".join(MOVES)]),
        ("slow fast pan up", ["'slow fast pan up' is both slow and fast; keep one"]),
        ("fly, pan lft", ["'fly' is not a movement; use one of " + ", ".join(MOVES), None]),
    ],
)
def test_words_that_are_none(text: str, sentences: list[str | None]) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text)
    said = [str(fault) for fault in caught.value.faults]
    assert len(said) == len(sentences)
    assert all(expected in (None, fault) for fault, expected in zip(said, sentences, strict=True))


@pytest.mark.parametrize(
    ("text", "seconds", "kept", "note"),
    [
        ("slow zoom out", "3", "slow zoom out", ""),
        (
            "slow zoom out, pan right",
            "3",
            "slow zoom out",
            "'slow zoom out, pan right' has 2 movements but 3 s carry 1; kept 'slow zoom out'",
        ),
        ("slow zoom out, pan right", "3.01", "slow zoom out, pan right", ""),
        (
            "zoom in, pan up, pan left",
            "5",
            "zoom in, pan up",
            "'zoom in, pan up, pan left' has 3 movements but 5 s carry 2; kept 'zoom in, pan up'",
        ),
        ("zoom in, pan up, pan left", "5.5", "zoom in, pan up, pan left", ""),
        ("static", "1", "", ""),
        ("static, pan left, slow pan left", "1", "pan left", ""),
        (
            "pan left, pan right",
            "9",
            "pan left",
            "'pan left, pan right': 'pan right' undoes 'pan left'; kept 'pan left'",
        ),
        (
            "pan left, pan right, zoom in, pan up",
            "2.5",
            "pan left",
            "'pan left, pan right, zoom in, pan up': 'pan right' undoes 'pan left', "
            "and 2.5 s carry 1 of the 3 movements left; kept 'pan left'",
        ),
    ],
)
def test_what_a_scene_carries(text: str, seconds: str, kept: str, note: str) -> None:
    actions, said = simplify(parse(text), Fraction(seconds))
    assert (spoken(actions), said) == (kept, note)


def test_the_camera_never_leaves_the_picture() -> None:
    kinds = [("pan left", "pan right"), ("pan up", "pan down"), ("zoom in", "zoom out")]
    together = itertools.product(*[(None, *kind) for kind in kinds], SPEEDS, PICTURES, [1, 4, 600])
    for *moves, speed, picture, duration in together:
        actions = [Action(move, speed) for move in moves if move]
        for frame in (FRAME, (720, 1280), (64, 64)):
            route = path(actions, picture, frame, Fraction(duration))
            for step in range(21):
                x, y, width, height = route.at(step / 20)
                assert x >= -1e-9 and y >= -1e-9
                assert x + width <= picture[0] + 1e-6 and y + height <= picture[1] + 1e-6
                assert width / height == pytest.approx(frame[0] / frame[1], rel=1e-6)


def test_without_a_movement_the_view_fills_the_frame_from_the_middle() -> None:
    still = route("static")
    assert still.still
    assert still.start == pytest.approx((0, 150, 1600, 900))
    assert route("") == still


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("picture", PICTURES)
def test_directions(picture: tuple[int, int], speed: str) -> None:
    def middle(text: str, p: float) -> tuple[float, float, float]:
        x, y, width, height = route(f"{speed if speed != 'normal' else ''} {text}", picture).at(p)
        return (x + width / 2) / picture[0], (y + height / 2) / picture[1], width / picture[0]

    for move, axis, sign in [
        ("pan left", 0, -1),
        ("pan right", 0, 1),
        ("pan up", 1, -1),
        ("pan down", 1, 1),
        ("zoom in", 2, -1),
        ("zoom out", 2, 1),
    ]:
        places = [middle(move, step / 10)[axis] * sign for step in range(11)]
        assert all(later > earlier for earlier, later in itertools.pairwise(places)), move
        others = [middle(move, step / 10)[1 - axis] for step in range(11)] if axis < 2 else [0.5]
        assert max(others) - min(others) < 1e-9


def test_faster_goes_further() -> None:
    travels = [
        abs(route(f"{word} pan right").end.x - route(f"{word} pan right").start.x)
        for word in ("slow", "", "fast")
    ]
    assert travels == sorted(travels) and travels[0] < travels[1] < travels[2]
    widths = [route(f"{word} zoom in").end.width for word in ("slow", "", "fast")]
    assert widths[0] > widths[1] > widths[2]


def test_a_panorama_is_panned_over_a_long_way() -> None:
    wide = route("pan right", picture=(6000, 720), duration=5)
    assert wide.end.x - wide.start.x == pytest.approx(1280), "as far as 5 s at a fifth of a frame a second"


def test_movements_run_together() -> None:
    both = route("zoom in, pan right")
    assert both.end.width < both.start.width
    assert both.end.x + both.end.width / 2 > both.start.x + both.start.width / 2
    assert both.end.y + both.end.height / 2 == pytest.approx(both.start.y + both.start.height / 2)


def test_it_sets_off_and_arrives_softly() -> None:
    moving = route("pan right")
    places = [moving.at(step / 100).x for step in range(101)]
    steps = [after - before for before, after in itertools.pairwise(places)]
    assert steps[0] < 0.2 * max(steps) and steps[-1] < 0.2 * max(steps)
    assert max(abs(after - before) for before, after in itertools.pairwise(steps)) < 0.1 * max(steps)
    assert places[50] == pytest.approx((places[0] + places[100]) / 2)


def test_it_zooms_at_an_even_rate() -> None:
    zooming = route("fast zoom in")
    widths = [zooming.at(0.2 + 0.06 * step).width for step in range(11)]
    rates = [after / before for before, after in itertools.pairwise(widths)]
    assert max(rates) - min(rates) < 1e-6


def test_what_is_always_in_view() -> None:
    moving = route("zoom in, pan right")
    always = moving.always()
    for step in range(11):
        box = moving.at(step / 10)
        assert box.x <= always.x + 1e-9 and box.y <= always.y + 1e-9
        assert box.x + box.width >= always.x + always.width - 1e-9
        assert box.y + box.height >= always.y + always.height - 1e-9
