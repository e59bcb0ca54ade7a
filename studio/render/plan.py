"""The plan of a film: which frames come from which clip, and what is done to them. A value; nothing runs.

print(plan(timeline, FilmSettings.of("standard")))
# film of 8 s: 240 frames of 1280x720 at 30 fps, with sound
# 0:00.000    105 frames  clip 0        scaled 640x360 → 1280x720
# 0:03.500     15 frames  clips 0 → 1   crossfade
# ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..captions.check import caption_faults, within
from ..errors import BadInput, Fault, MediaError, did_you_mean
from ..media.encode import Chapter
from ..media.fit import Fitting, fitting
from ..media.probe import ClipInfo, probe, sound_length
from ..timecode import clock, frame_at, sample_at
from ..timeline.settings import FilmSettings
from ..timeline.timeline import TRANSITION_NAMES, AudioTrack, Caption, CaptionLook, Timeline, TimelineClip
from .audio_checks import sound_faults


class Marker(NamedTuple):
    """Where a scene is in the film. Seconds, on frame boundaries; neighbours overlap by their transition."""

    index: int
    start: Fraction
    end: Fraction
    title: str
    about: dict[str, Any]

    def to_plain(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "start": float(self.start),
            "end": float(self.end),
            "title": self.title,
            "about": self.about,
        }


@dataclass(frozen=True)
class Use:
    """One clip as the film uses it: film frames `first` to `first + frames`, from its second `start` on."""

    index: int
    info: ClipInfo
    start: Fraction
    first: int
    frames: int
    fitting: Fitting
    slack: Fraction
    """For how many seconds past its end the last frame may stand: roundings, never a freeze that one sees."""
    touched: tuple[str, ...]
    """Why its frames can't be the film's as they are stored; empty where they could be copied."""
    color: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    """As TimelineClip's."""
    evenly: bool = False
    gain_db: float = 0.0
    muted: bool = False
    ducks: bool = False
    held: int = 0
    """For how many frames at its end the one before them stands still."""

    @property
    def end(self) -> int:
        return self.first + self.frames

    @property
    def heard(self) -> bool:
        """Whether it has a sound of its own, and that is wanted."""
        return self.info.has_audio and not self.muted


class Span(NamedTuple):
    """A stretch made in one way: a body shows one clip, a join blends two, a fade-in rises from black."""

    kind: Literal["fade-in", "body", "join"]
    first: int
    frames: int
    clips: tuple[int, ...]
    transition: str
    touched: tuple[str, ...]


@dataclass(frozen=True)
class FilmPlan:
    settings: FilmSettings
    uses: tuple[Use, ...]
    spans: tuple[Span, ...]
    markers: tuple[Marker, ...]
    tracks: tuple[AudioTrack, ...]
    has_audio: bool
    title: str
    notes: tuple[str, ...]
    """What is done differently from what was asked."""
    about: dict[str, Any]
    """What the timeline carries along."""
    captions: tuple[Caption, ...] = ()
    """Those that the film has time for."""
    caption_language: str = ""
    caption_track: bool = True
    caption_look: CaptionLook | None = None
    loudness: float | None = None
    """LUFS, as Timeline's."""

    @property
    def subtitles(self) -> tuple[Caption, ...]:
        """Those of the captions that go beside the film and into it as a track."""
        return self.captions if self.caption_track else ()

    @property
    def frames(self) -> int:
        return self.uses[-1].end

    @property
    def samples(self) -> int:
        """Of its sound, at 48 kHz."""
        return sample_at(self.frames, self.settings.fps)

    @property
    def duration(self) -> Fraction:
        return self.frames / self.settings.fps

    @property
    def chapters(self) -> list[Chapter]:
        """Start, end and title of each scene; unlike a marker, each ends where the next begins."""
        starts = [marker.start for marker in self.markers] + [self.duration]
        return [Chapter(starts[m.index], starts[m.index + 1], m.title) for m in self.markers if m.title]

    def __str__(self) -> str:
        width, height = self.settings.size
        sound = "with sound" if self.has_audio else "without sound"
        return "\n".join(
            [
                f"film of {clock(self.duration)}: {self.frames} frames of {width}x{height} "
                f"at {_rate(self.settings.fps)} fps, {sound}",
                *(self._line(span) for span in self.spans),
                *(f"note: {note}" for note in self.notes),
            ]
        )

    def _line(self, span: Span) -> str:
        clips = ("clips " if len(span.clips) > 1 else "clip ") + " → ".join(map(str, span.clips))
        how = span.transition if span.kind != "body" else "; ".join(span.touched) or "as it is"
        at = clock(span.first / self.settings.fps)
        return f"{at:>11} {span.frames:>6} frames  {clips:<13} {how}"


def plan(timeline: Timeline, settings: FilmSettings) -> FilmPlan:
    """Looks at every clip and works the film out. Raises BadInput with every fault at once."""
    faults: list[Fault] = []
    infos = _probed(timeline, faults)
    lengths = [
        _length(clip, info, index, settings, faults)
        for index, (clip, info) in enumerate(zip(timeline.clips, infos, strict=True))
    ]
    faults += overlap_faults(timeline.clips, lengths)
    faults += sound_faults(timeline)
    faults += caption_faults(timeline)
    for index, (clip, info) in enumerate(zip(timeline.clips, infos, strict=True)):
        faults += _crop_faults(clip, info, index)
    if not timeline.clips:
        faults.append(Fault("clips", "there are none", "give at least one"))
    if faults:
        raise BadInput("the film can't be made", faults=faults)
    uses = tuple(_uses(timeline, infos, lengths, settings))
    for use in uses:
        if use.frames < 1:
            faults.append(Fault(f"clips[{use.index}].duration", "is shorter than a frame", "make it longer"))
    if faults:
        raise BadInput("the film can't be made", faults=faults)
    captions, late = within(timeline.captions, uses[-1].end / settings.fps)
    heard = any(use.heard for use in uses) and not any(t.replace for t in timeline.audio)
    return FilmPlan(
        settings=settings,
        uses=uses,
        spans=tuple(_spans(timeline, uses, settings)),
        markers=tuple(_markers(timeline, uses, settings)),
        tracks=timeline.audio,
        has_audio=heard or bool(timeline.audio),
        title=timeline.title,
        notes=(*_notes(timeline, uses), *_unheard(timeline, uses[-1].end / settings.fps), *late),
        about=timeline.about,
        captions=captions,
        caption_language=timeline.caption_language,
        caption_track=timeline.caption_track,
        caption_look=timeline.caption_look,
        loudness=timeline.loudness,
    )


def overlap(clips: tuple[TimelineClip, ...], index: int) -> Fraction:
    """How long clip `index` is on screen together with the one before it, in seconds; the first never is."""
    return Fraction(0) if index == 0 or clips[index].transition == "none" else Fraction(clips[index].overlap)


def overlap_faults(clips: tuple[TimelineClip, ...], lengths: list[Fraction | None]) -> list[Fault]:
    """What is wrong with the transitions of clips that last `lengths` seconds on screen (None: not known)."""
    faults = []
    for index, clip in enumerate(clips):
        place = f"clips[{index}]"
        if clip.transition not in TRANSITION_NAMES:
            cure = did_you_mean(clip.transition, TRANSITION_NAMES)
            faults.append(Fault(f"{place}.transition", f"{clip.transition!r} is not a transition", cure))
        if clip.overlap < 0:
            faults.append(Fault(f"{place}.overlap", f"{_s(clip.overlap)} is negative", "use 0 or more"))
            continue
        length = lengths[index]
        if length is None:
            continue
        before = overlap(clips, index) if index else _rise(clips[0])
        after = overlap(clips, index + 1) if index + 1 < len(clips) else Fraction(0)
        if before > length:
            message = f"a transition of {_s(before)} is longer than the clip, {_s(length)}"
            faults.append(Fault(f"{place}.overlap", message, f"use at most {_s(length)}"))
        elif after > length:
            message = f"a transition of {_s(after)} is longer than the clip before it, {_s(length)}"
            faults.append(Fault(f"clips[{index + 1}].overlap", message, f"use at most {_s(length - before)}"))
        elif before + after > length:
            message = (
                f"its transitions in ({_s(before)}) and out ({_s(after)}) meet: the clip is {_s(length)} long"
            )
            faults.append(Fault(place, message, f"make them {_s(length)} together, or the clip longer"))
    return faults


def _rise(first: TimelineClip) -> Fraction:
    return Fraction(first.overlap) if first.transition == "fade" else Fraction(0)


def _probed(timeline: Timeline, faults: list[Fault]) -> list[ClipInfo | None]:
    known: dict[tuple[str, bool], ClipInfo | None] = {}
    for index, clip in enumerate(timeline.clips):
        which = clip.path, clip.generated
        if which not in known:
            try:
                known[which] = probe(clip.path, generated=clip.generated)
            except MediaError as error:
                known[which] = None
                faults.append(Fault(f"clips[{index}].path", error.message, error.hint))
    return [known[clip.path, clip.generated] for clip in timeline.clips]


def _length(
    clip: TimelineClip, info: ClipInfo | None, index: int, settings: FilmSettings, faults: list[Fault]
) -> Fraction | None:
    """Seconds on screen."""
    place = f"clips[{index}]"
    start = Fraction(clip.start)
    if start < 0:
        faults.append(Fault(f"{place}.start", f"{_s(start)} is negative", "use 0 or more"))
        return None
    if clip.duration is not None and clip.duration <= 0:
        faults.append(
            Fault(f"{place}.duration", f"{_s(clip.duration)} is no time on screen", "use more than 0")
        )
        return None
    if info is None:
        return clip.duration
    if start >= info.duration:
        message = f"{_s(start)} is not before the end of {info.path.name}, {_s(info.duration)}"
        faults.append(Fault(f"{place}.start", message, "start earlier"))
        return clip.duration
    hold = Fraction(clip.hold)
    if hold < 0:
        faults.append(Fault(f"{place}.hold", f"{_s(hold)} is negative", "use 0 or more"))
        return clip.duration
    there = info.duration - start
    if clip.duration is None:
        return there + hold
    if hold >= clip.duration:
        message = f"{_s(hold)} of {_s(clip.duration)} leave no time to play"
        faults.append(Fault(f"{place}.hold", message, "hold it for less, or make it longer"))
    elif clip.duration - hold > there + _slack(info, settings):
        message = f"{_s(clip.duration - hold)} were asked for, {info.path.name} has {_s(there)}"
        faults.append(Fault(f"{place}.duration", message, f"use at most {_s(there + hold)}"))
    return clip.duration


def _slack(info: ClipInfo, settings: FilmSettings) -> Fraction:
    return max(1 / settings.fps, 1 / info.fps / 2)


def _crop_faults(clip: TimelineClip, info: ClipInfo | None, index: int) -> list[Fault]:
    if clip.crop is None or info is None:
        return []
    x, y, width, height = clip.crop
    if min(x, y) >= 0 and min(width, height) > 0 and x + width <= info.width and y + height <= info.height:
        return []
    message = f"{width}x{height} at {x},{y} is not inside {info.path.name}, {info.width}x{info.height}"
    return [Fault(f"clips[{index}].crop", message, "make it smaller, or move it")]


def _uses(
    timeline: Timeline, infos: list[ClipInfo | None], lengths: list[Fraction | None], settings: FilmSettings
) -> Iterator[Use]:
    begin = Fraction(0)
    for index, (clip, info, length) in enumerate(zip(timeline.clips, infos, lengths, strict=True)):
        assert info is not None and length is not None
        begin -= overlap(timeline.clips, index)
        first = frame_at(begin, settings.fps)
        plays = frame_at(begin + length - clip.hold, settings.fps) - first
        begin += length
        frames = frame_at(begin, settings.fps) - first
        fitted = fitting(info, settings.size, settings.fit, clip.crop)
        yield Use(
            index=index,
            info=info,
            start=Fraction(clip.start),
            first=first,
            frames=frames,
            fitting=fitted,
            slack=_slack(info, settings),
            touched=(
                *_stored_otherwise(info, settings),
                *fitted.reasons,
                *(("colours are matched",) if clip.color else ()),
                *(("stands still at its end",) if clip.hold else ()),
            ),
            color=clip.color,
            evenly=clip.evenly,
            gain_db=clip.gain_db,
            muted=clip.muted,
            ducks=clip.ducks,
            held=frames - max(1, plays) if clip.hold else 0,
        )


def _stored_otherwise(info: ClipInfo, settings: FilmSettings) -> Iterator[str]:
    if info.codec != "h264":
        yield f"{info.codec} → h264"
    if info.vfr:
        yield f"varying rate → {_rate(settings.fps)} fps"
    elif info.fps != settings.fps:
        yield f"{_rate(info.fps)} → {_rate(settings.fps)} fps"


def _spans(timeline: Timeline, uses: tuple[Use, ...], settings: FilmSettings) -> Iterator[Span]:
    at = min(frame_at(_rise(timeline.clips[0]), settings.fps), uses[0].frames)
    if at:
        yield Span("fade-in", 0, at, (0,), "fade", ("rises from black",))
    for use in uses:
        following = uses[use.index + 1] if use.index + 1 < len(uses) else None
        body_end = following.first if following else use.end
        if body_end > at:
            yield Span("body", at, body_end - at, (use.index,), "none", use.touched)
        at = max(at, body_end)
        if following and use.end > at:
            name = timeline.clips[following.index].transition
            yield Span("join", at, use.end - at, (use.index, following.index), name, (name,))
            at = use.end


def _markers(timeline: Timeline, uses: tuple[Use, ...], settings: FilmSettings) -> Iterator[Marker]:
    scenes: list[tuple[Use, Use]] = []
    for use, clip in zip(uses, timeline.clips, strict=True):
        if clip.goes_on and scenes:
            scenes[-1] = scenes[-1][0], use
        else:
            scenes.append((use, use))
    for number, (first, last) in enumerate(scenes):
        clip = timeline.clips[first.index]
        yield Marker(
            number, first.first / settings.fps, last.end / settings.fps, clip.title, dict(clip.about)
        )


def _notes(timeline: Timeline, uses: tuple[Use, ...]) -> Iterator[str]:
    first = timeline.clips[0]
    if first.transition not in ("none", "fade") and first.overlap > 0:
        yield f"clips[0]: nothing comes before it, so its {first.transition} does not show"
    for use in uses:
        yield from (f"clips[{use.index}]: {note}" for note in use.info.notes)
        yield from _shown_otherwise(f"clips[{use.index}]: {use.info.path.name}", use.info)


def _shown_otherwise(clip: str, info: ClipInfo) -> Iterator[str]:
    if info.hdr:
        yield (
            f"{clip} is HDR ({info.hdr}); its brightness is brought to an ordinary screen's (bt.709), "
            "which takes longer"
        )
    if info.interlaced:
        yield f"{clip} is interlaced; it is deinterlaced, which takes longer"
    if info.ground == "hides":
        yield (
            f"{clip} is drawn in black on a transparent ground; on the film's black nothing of it shows: "
            "give it a ground of its own"
        )
    elif info.ground:
        yield f"{clip} is transparent in parts; they are black in the film"


def _unheard(timeline: Timeline, end: Fraction) -> Iterator[str]:
    """Sounds for which the film ends too soon: what begins too late, and effects, which are more than their beginning,
    that are cut off."""
    for index, track in enumerate(timeline.audio):
        sound = f"audio[{index}]: {Path(track.path).name}"
        if track.start >= end:
            yield (
                f"{sound} begins at {_s(track.start)}, when the film, {_s(end)} long, is over, and isn't heard"
            )
        elif track.role == "effects" and (lost := _lasts_until(track) - end) > _UNMISSED:
            yield f"{sound} is cut off by the end of the film, {_s(end)} long; its last {_s(lost)} aren't heard"


def _lasts_until(track: AudioTrack) -> Fraction:
    """Until which film second it would be heard in a film that is long enough."""
    length = sound_length(track.path)
    lasts = min(length, track.source_end or length) - track.source_start
    there = track.start + lasts if track.fit == "trim" else track.end
    return track.start if there is None else min(there, track.end or there)


_UNMISSED = Fraction(1, 10)
"""Seconds at a sound's end that only its header has, or that have died away."""


def _rate(fps: Fraction) -> str:
    return f"{float(fps):.5g}"


def _s(seconds: Fraction) -> str:
    return f"{float(seconds):.6g} s"
