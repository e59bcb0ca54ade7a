"""A crossfade that keeps the level, whatever is crossfaded: straight lines where both sounds are the same, equal power
where they have nothing in common.

The sum of two sounds of one level has the power g² + h² + 2·alike·g·h, `alike` being their correlation; both gains are
divided by its root.

>>> [round(float(gain), 3) for gain in (rise(0.5, alike=0), rise(0.5, alike=1), rise(0.25, alike=1))]
[0.707, 0.5, 0.25]
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .listen import Samples


def rise(place: ArrayLike, alike: float) -> NDArray[np.float64]:
    """The gain of what comes, at `place` 0…1 of the crossfade; of what goes at 1 - `place`."""
    p = np.clip(np.asarray(place, np.float64), 0, 1)
    return p if alike >= 1 else p / np.sqrt(p**2 + (1 - p) ** 2 + 2 * alike * p * (1 - p))


def alike(pairs: Iterable[tuple[Samples, Samples]]) -> float:
    """How much two sounds are the same, whatever their levels: 1 is the same, 0 nothing in common, or one against the
    other. `pairs` are their blocks, of one length each. Beside silence 1: there is no other whose level would add up.
    """
    together = one = other = 0.0
    for a, b in pairs:
        a, b = a.astype(np.float64), b.astype(np.float64)
        together += float((a * b).sum())
        one += float(np.square(a).sum())
        other += float(np.square(b).sum())
    energy = one**0.5 * other**0.5
    return min(1.0, max(0.0, together / energy)) if energy else 1.0
