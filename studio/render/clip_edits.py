"""Small edits: a film of one clip, or of two, at the clip's own size and rate.

trim(Path("clip.mp4"), Fraction(1), Fraction(3), Path("middle.mp4")).frames
# 48
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ..errors import BadInput
from ..media.color_match import Pixels, correction
from ..media.frames import extract_frame
from ..media.probe import ClipInfo, opened, picture_of, probe
from ..media.timing import pace
from ..progress import UNWATCHED, Watch
from ..timeline.settings import FilmSettings
from ..timeline.timeline import Caption, CaptionLook, Timeline, TimelineClip
from .film import Film, render

_CRF = 12  # an edit is not the last step: keep what there is
_FASTEST = Fraction(120)
"""Frames a second of what is edited and varies; what comes faster are slips of a clock, not pictures to be seen."""


def trim(
    path: Path | str, start: Fraction, end: Fraction | None, out: Path | str, watch: Watch = UNWATCHED
) -> Film:
    """The part from second `start` to second `end`; None is to the clip's end."""
    info = probe(path)
    if end is not None and end <= start:
        raise BadInput(
            f"the end, {float(end):g} s, is not after the start, {float(start):g} s", "make it later"
        )
    duration = None if end is None else end - start
    clip = TimelineClip(path=str(info.path), start=start, duration=duration, crop=_even(info))
    return render(Timeline(clips=(clip,)), own_settings(info), out, watch)


def crop(
    path: Path | str, x: int, y: int, width: int, height: int, out: Path | str, watch: Watch = UNWATCHED
) -> Film:
    """The part of the picture that is `width` by `height` pixels at x, y from the top left. Even sizes."""
    info = probe(path)
    if width % 2 or height % 2 or width < 16 or height < 16:
        raise BadInput(f"{width}x{height} can't be encoded", "use even sizes of 16 or more")
    clip = TimelineClip(path=str(info.path), crop=(x, y, width, height))
    settings = own_settings(info).model_copy(update={"width": width, "height": height})
    return render(Timeline(clips=(clip,)), settings, out, watch)


def join(
    first: Path | str,
    second: Path | str,
    transition: str,
    overlap: Fraction,
    out: Path | str,
    watch: Watch = UNWATCHED,
) -> Film:
    """Two clips with a transition between them, at the first one's size and rate."""
    info = probe(first)
    clips = (
        TimelineClip(path=str(info.path), crop=_even(info)),
        TimelineClip(path=str(Path(second).absolute()), transition=transition, overlap=overlap),
    )
    return render(Timeline(clips=clips), own_settings(info), out, watch)


def match_colors(
    path: Path | str, like: Pixels, out: Path | str, gradually: bool = False, watch: Watch = UNWATCHED
) -> Film:
    """The clip in the colours of a picture [H,W,3]: its first frame gets them, and every other is changed alike.
    `gradually` its last frame does, and the others the less the earlier they are."""
    info = probe(path)
    now = extract_frame(info.path, "last" if gradually else "first")
    color = correction(now, like)
    clip = TimelineClip(path=str(info.path), crop=_even(info), color=color, evenly=not gradually)
    return render(Timeline(clips=(clip,)), own_settings(info), out, watch)


def captioned(
    path: Path | str,
    captions: Sequence[Caption],
    look: CaptionLook | None,
    language: str,
    out: Path | str,
    watch: Watch = UNWATCHED,
) -> Film:
    """The clip with captions: burned in, or without a `look` as a subtitle track. It gets one of the two: a file that
    is copied loses the mark that keeps players from showing the track over what is burned in."""
    info = probe(path)
    clip = TimelineClip(path=str(info.path), crop=_even(info))
    timeline = Timeline(
        clips=(clip,),
        captions=tuple(captions),
        caption_language=language,
        caption_track=look is None,
        caption_look=look,
    )
    return render(timeline, own_settings(info), out, watch)


def own_settings(info: ClipInfo) -> FilmSettings:
    """A film like the clip: its size (made even), its rate, and a quality that shows no loss. Where the rate varies it
    is that of most frames, since at the average the fast parts would lose some."""
    return FilmSettings(
        width=max(16, info.width // 2 * 2),
        height=max(16, info.height // 2 * 2),
        fps=min(max(_rate(info), Fraction(1)), Fraction(240)),
        crf=_CRF,
    )


def _rate(info: ClipInfo) -> Fraction:
    if not info.vfr:
        return info.fps
    with opened(info.path) as container:
        picture = picture_of(container)
        return max(info.fps, min(pace(container, picture), _FASTEST)) if picture else info.fps


def _even(info: ClipInfo) -> tuple[int, int, int, int] | None:
    """An odd line or column is left out rather than the picture scaled by it."""
    if (info.width % 2 == 0 and info.height % 2 == 0) or min(info.size) < 16:
        return None
    return 0, 0, info.width // 2 * 2, info.height // 2 * 2
