"""How the camera moves over a picture: the words of `clip_action`, and the path that they describe.

>>> actions = parse("slow zoom out, pan right")
>>> simplify(actions, Fraction(3))[1]
"'slow zoom out, pan right' has 2 movements but 3 s carry 1; kept 'slow zoom out'"
>>> path(actions, picture=(4000, 3000), frame=(1280, 720), duration=Fraction(5)).at(0.5)
Box(x=..., y=..., width=..., height=...)

A clip action is one or more movements, joined by commas (or "and"), that run together over the whole scene.
"Pan right" moves the camera: what is seen travels to the left. No word brings the view past the picture's
edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from ..errors import BadInput, Fault, did_you_mean

MOVES = ("static", "pan left", "pan right", "pan up", "pan down", "zoom in", "zoom out")
SPEEDS = ("slow", "normal", "fast")

_SPEED_WORDS = {"slow": "slow", "slowly": "slow", "fast": "fast", "quick": "fast", "quickly": "fast"}
_SAME = {"still": "static", "tilt up": "pan up", "tilt down": "pan down"}
_OPPOSITE = {"left": "right", "right": "left", "up": "down", "down": "up", "in": "out", "out": "in"}

# How much larger the picture is at the near end of a zoom.
_ZOOM = {"slow": 1.1, "normal": 1.2, "fast": 1.4}
# A pan goes at least this far, in frames; a picture that leaves too little room is shown a little larger.
_LEAST_PAN = {"slow": 0.08, "normal": 0.15, "fast": 0.3}
# A picture that leaves more room is panned further, but not faster than this, in frames a second.
_PAN_RATE = {"slow": 0.1, "normal": 0.2, "fast": 0.4}


class Action(NamedTuple):
    """One movement."""

    move: str
    """One of MOVES."""
    speed: str = "normal"

    def __str__(self) -> str:
        return self.move if self.speed == "normal" else f"{self.speed} {self.move}"


def parse(text: str) -> tuple[Action, ...]:
    """The movements of a clip action; none for empty text. Raises BadInput with all that it doesn't know."""
    actions, faults = [], []
    for phrase in re.split(r"[,;+]|\band\b", text.lower()):
        words = phrase.split()
        if not words:
            continue
        speeds = [_SPEED_WORDS[word] for word in words if word in _SPEED_WORDS]
        move = " ".join(word for word in words if word not in _SPEED_WORDS)
        move = _SAME.get(move, move)
        if move in MOVES and len(set(speeds)) <= 1:
            actions.append(Action(move, speeds[0] if speeds else "normal"))
        else:
            faults.append(Fault("", *_complaint(phrase.strip(), move)))
    if faults:
        raise BadInput(f"clip_action {text!r} isn't understood", faults=faults)
    return tuple(actions)


def _complaint(phrase: str, move: str) -> tuple[str, str]:
    if move in MOVES:
        return f"{phrase!r} is both slow and fast", "keep one"
    if move in ("", "pan", "tilt", "zoom"):
        ways = [known for known in MOVES if known.startswith(move)]
        return f"{phrase!r} doesn't say which way", "use " + ", ".join(ways)
    return f"{phrase!r} is not a movement", did_you_mean(move, MOVES)


def simplify(actions: Iterable[Action], duration: Fraction) -> tuple[tuple[Action, ...], str]:
    """What a scene of `duration` seconds carries, and a sentence about what was left out (empty: nothing).

    One movement up to 3 s, two up to 5 s, three beyond. A movement said twice counts once; of two that undo
    each other the first stays.
    """
    asked = tuple(actions)
    kept: list[Action] = []
    undone = ""
    for action in asked:
        if action.move == "static" or any(action.move == other.move for other in kept):
            continue
        kind, _, way = action.move.partition(" ")
        against = f"{kind} {_OPPOSITE[way]}"
        if any(other.move == against for other in kept):
            undone = undone or f"'{action}' undoes '{against}'"
            continue
        kept.append(action)
    carried = 1 if duration <= 3 else 2 if duration <= 5 else 3
    many, kept = len(kept), kept[:carried]
    said = f"'{spoken(asked)}'"
    if undone and many > carried:
        said += f": {undone}, and {float(duration):g} s carry {carried} of the {many} movements left"
    elif undone:
        said += f": {undone}"
    elif many > carried:
        said += f" has {many} movements but {float(duration):g} s carry {carried}"
    else:
        return tuple(kept), ""
    return tuple(kept), f"{said}; kept '{spoken(kept)}'"


def spoken(actions: Iterable[Action]) -> str:
    """The actions as one writes them."""
    return ", ".join(str(action) for action in actions)


class Box(NamedTuple):
    """A part of a picture, in its pixels: 0, 0 is the upper left corner of the upper left pixel."""

    x: float
    y: float
    width: float
    height: float


class Path(NamedTuple):
    """Where the camera looks at the start and at the end. Everything between lies within the two."""

    start: Box
    end: Box

    @property
    def still(self) -> bool:
        return self.start == self.end

    def at(self, p: float) -> Box:
        """The view at progress p, 0 to 1: sets off and arrives softly, and zooms at an even rate."""
        t = _ease(p)
        ratio = self.end.width / self.start.width
        if abs(ratio - 1) > 1e-9:
            t = (ratio**t - 1) / (ratio - 1)
        return Box(*(a + (b - a) * t for a, b in zip(self.start, self.end, strict=True)))

    def always(self) -> Box:
        """The part of the picture that is in view all the time."""
        left, top = max(self.start.x, self.end.x), max(self.start.y, self.end.y)
        right = min(box.x + box.width for box in self)
        bottom = min(box.y + box.height for box in self)
        return Box(left, top, right - left, bottom - top)


def path(
    actions: Iterable[Action], picture: tuple[int, int], frame: tuple[int, int], duration: Fraction
) -> Path:
    """The camera's path over a picture of `picture` pixels for a frame with the proportions of `frame`.

    Without a movement it is the largest part of the picture that fills the frame, in the middle.
    """
    moves = {action.move: action.speed for action in actions}
    # All in units of the largest view that fills the frame: 1 is its width, or its height.
    aspect = frame[0] / frame[1]
    width = min(picture[0], picture[1] * aspect)
    height = width / aspect
    room = (picture[0] / width, picture[1] / height)

    near = 1.0
    for move in ("zoom in", "zoom out"):
        if move in moves:
            near = 1 / _ZOOM[moves[move]]
    pans = [
        (axis, sign, moves[move])
        for move, axis, sign in (
            ("pan left", 0, -1),
            ("pan right", 0, 1),
            ("pan up", 1, -1),
            ("pan down", 1, 1),
        )
        if move in moves
    ]
    mean = (1 + near) / 2
    scale = min([1.0, *(room[axis] / (mean * (1 + _LEAST_PAN[speed])) for axis, _, speed in pans)])
    first, last = (scale * near, scale) if "zoom out" in moves else (scale, scale * near)
    mean *= scale

    middle = [[room[0] / 2, room[1] / 2], [room[0] / 2, room[1] / 2]]
    for axis, sign, speed in pans:
        reach_first, reach_last = (room[axis] - first) / 2, (room[axis] - last) / 2
        reachable = min(reach_first + reach_last, _PAN_RATE[speed] * float(duration) * mean)
        travel = max(_LEAST_PAN[speed] * mean, reachable)
        begin = max(-travel / 2, -reach_first)
        arrive = min(begin + travel, reach_last)
        begin = max(arrive - travel, -reach_first)
        middle[0][axis] += sign * begin
        middle[1][axis] += sign * arrive
    return Path(
        *(
            _within(picture, (x - size / 2) * width, (y - size / 2) * height, size * width, size * height)
            for (x, y), size in zip(middle, (first, last), strict=True)
        )
    )


def _within(picture: tuple[int, int], x: float, y: float, width: float, height: float) -> Box:
    """Takes away what rounding may have put past the edge."""
    width, height = min(width, picture[0]), min(height, picture[1])
    return Box(min(max(x, 0.0), picture[0] - width), min(max(y, 0.0), picture[1] - height), width, height)


def _ease(p: float, ramp: float = 0.2) -> float:
    """Even speed, with a start and a stop that take `ramp` of the time each."""
    top = 1 / (1 - ramp)
    if p < ramp:
        return top * p * p / (2 * ramp)
    if p > 1 - ramp:
        return 1 - top * (1 - p) * (1 - p) / (2 * ramp)
    return top * (p - ramp / 2)
