"""How each service makes its files, measured on 85 public ones in November 2026: frames, rate, sound, boxes.

>>> make_of("runway", "gen4.5").frames(5)
121
>>> make_of("vertex", "veo-3.1").frames(8)
192

What all have in common: H.264, 8-bit 4:2:0, no colour tags, B-frames with an edit list, one keyframe at frame 0. A
model of which no file was found is served in the commonest way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

_MEASURED = 1366 * 768


@dataclass(frozen=True)
class Make:
    fps: int = 24
    more: int = 1
    """Frames beyond those of the seconds that were asked for: 121 for 5 s."""
    sizes: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    """Width and height, and those that come instead; on its side too."""
    keys: int = 250
    """At most so many frames from one keyframe to the next."""
    reorders: bool = True
    """Whether it has B-frames."""
    timescale: int = 0
    """Ticks a second of the picture's track; 0 is libavformat's choice."""
    crf: int = 20
    rate: int = 44_100
    """Of its sound, in Hz."""
    channels: int = 2
    run_up: int = 1
    """Packets of sound before second 0, which an edit list leaves out."""
    longer: float = 0.0
    """Seconds by which the sound outlasts the picture; negative where it ends before."""
    moov_first: bool = False
    c2pa: int = 0
    """Bytes of the box that signs the file; 0 has none."""
    tagged: bool = False
    """Whether it says that its colours are bt709, and its pixels square."""
    lead: int = 0
    """Frames that an empty edit lasts before the first one."""
    fragments: bool = False
    """Whether it comes in fragments of a second."""

    def frames(self, seconds: float) -> int:
        return max(1, round(seconds * self.fps) + self.more)

    def at(self, width: int, height: int) -> Make:
        """How it makes clips of this size. Hardly any larger than 720p were measured: they have a keyframe each second
        and no B-frames, which keeps them cheap to make."""
        if width * height <= _MEASURED:
            return self
        return replace(self, keys=min(self.keys, self.fps), reorders=False)

    def size(self, width: int, height: int) -> tuple[int, int]:
        for asked, (wide, high) in self.sizes:
            if asked == (width, height):
                return wide, high
            if asked == (height, width):
                return high, wide
        return width, height

    def samples(self, frames: int) -> int:
        """Of the sound beside so many frames."""
        return max(1, round((frames / self.fps + self.longer) * self.rate))


OURS = Make(more=0, keys=24, reorders=False, crf=21, rate=48_000, moov_first=True, tagged=True)
"""Of rehearsals, and of clips that stand for those of users."""
_USUAL = Make()
_HEYGEN = Make(fps=25, more=0, keys=50, crf=18, rate=48_000, longer=0.009)
_RUNWAY = Make(crf=18, c2pa=14_000)
_NARROW = ((1280, 720), (1366, 768)), ((1344, 768), (1366, 768))
_LOW = (((1920, 1080), (1920, 1076)),)

_MAKES: tuple[tuple[tuple[str, ...], Make], ...] = (
    (("veo", "fast"), Make(more=0, crf=18, channels=1, run_up=2, longer=-0.095)),
    (("veo",), Make(more=0, rate=48_000, run_up=2, c2pa=6_100)),
    (("gemini", "omni"), Make(more=0, crf=23, rate=48_000, longer=0.005, moov_first=True, c2pa=6_300)),
    (("gen3",), Make(more=5, crf=18, c2pa=14_000)),
    (("gen4",), _RUNWAY),
    (("aleph",), _RUNWAY),
    (("kling", "v2-6"), Make(sizes=_LOW, timescale=10_000_000, run_up=2, longer=-0.003)),
    (("kling",), Make(reorders=False, run_up=2, longer=-0.003, moov_first=True)),
    (("seedance",), Make(crf=21, longer=0.020, c2pa=21_700)),
    (("hailuo",), Make(more=-3, sizes=_NARROW, crf=23)),
    (("happyhorse",), Make(rate=24_000, longer=0.121)),
    (("wan",), Make(rate=24_000, longer=0.121)),
    (("grok",), Make(fps=30, more=0, rate=96_000, longer=0.100, moov_first=True, c2pa=19_900)),
)
"""By words of the model's name at the provider. `grok` is a guess: made as Sora's were."""


def make_of(door: str, model: str) -> Make:
    if door == "heygen":
        return _HEYGEN
    return next((make for words, make in _MAKES if all(word in model for word in words)), _USUAL)


ODD: Mapping[str, Mapping[str, Any]] = {
    "late_picture": {"lead": 2, "moov_first": False},
    "long_sound": {"longer": 0.121},
    "short_sound": {"longer": -0.095},
    "low_sound": {"rate": 24_000, "channels": 1},
    "high_sound": {"rate": 96_000, "longer": 0.100},
    "signed": {"c2pa": 22_000},
    "other_pps": {"crf": 15},
    "few_frames": {"more": -3},
    "odd_size": {"sizes": (((1280, 720), (1366, 768)), ((1920, 1080), (1920, 1076)))},
    "fine_ticks": {"timescale": 10_000_000},
    "fragments": {"fragments": True, "moov_first": False},
}
"""What a file of any service may have that others have not: each was seen at one."""


def odd(make: Make, form: str) -> Make:
    return replace(make, **ODD[form])
