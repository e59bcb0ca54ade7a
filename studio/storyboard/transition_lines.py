"""How clips come in, written one line per clip: "wipe", "wipe 1.5", "1.5", or nothing for what holds for all.

>>> entrances("\\nwipe\\nslide 1.5", count=3, transition="crossfade", duration=1)
[('crossfade', Fraction(1, 1)), ('wipe', Fraction(1, 1)), ('slide', Fraction(3, 2))]
"""

from __future__ import annotations

from fractions import Fraction

from ..errors import BadInput, Fault, did_you_mean
from ..timecode import seconds
from ..timeline.timeline import TRANSITION_NAMES


def entrances(
    text: str, count: int, transition: str, duration: Fraction | float
) -> list[tuple[str, Fraction]]:
    """The transition of each of `count` clips and its length in seconds, 0 for a hard cut.

    Raises BadInput with every line that can't be read, and for a line too many.
    """
    lines = [line.strip() for line in text.rstrip().splitlines()]
    faults: list[Fault] = []
    found: list[tuple[str, Fraction]] = []
    for number in range(max(count, len(lines))):
        words = lines[number].lower().split() if number < len(lines) else []
        name, length = transition, seconds(duration)
        place = f"line {number + 1}"
        if number >= count and words:
            faults.append(Fault(place, f"there is no clip {number + 1}", f"write at most {count} lines"))
            continue
        if words and not _is_number(words[0]):
            name = words.pop(0)
            if name not in TRANSITION_NAMES:
                faults.append(
                    Fault(place, f"{name!r} is not a transition", did_you_mean(name, TRANSITION_NAMES))
                )
        if words:
            if not _is_number(words[0]) or seconds(words[0]) < 0 or len(words) > 1:
                fault = f"{' '.join(words)!r} is not a length"
                faults.append(Fault(place, fault, "write a transition and its seconds, such as 'wipe 1.5'"))
                continue
            length = seconds(words[0])
        found.append((name, Fraction(0) if name == "none" else length))
    if faults:
        raise BadInput("the transitions can't be read", faults=faults)
    return found[:count]


def _is_number(word: str) -> bool:
    try:
        seconds(word)
    except ValueError:
        return False
    return True
