"""The soundtrack: what is heard over the clips of a timeline, and what is read under them.

>>> sounded(timeline, storyboard, Path("/films"), Sound(speeches))
Timeline(clips=…, audio=(AudioTrack(role='music', …), AudioTrack(role='narration', …)), captions=…, loudness=-14.0)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from .plan import overlap
from .scenes import Storyboard
from .score import sections
from .shots import path_of, talk
from .sound_keys import Captions
from .timeline import AudioTrack, Caption, CaptionLook, Timeline, TimelineClip, Word
from .voices import Speech

MUSIC_FADE = Fraction(3, 2)
"""Seconds over which the music ends with the film."""
VOICE_LOUDNESS = -16.0
"""LUFS of a narration before the whole is brought to its loudness."""
BED_LOUDNESS = -18.0
"""LUFS of music that is made for a mood, or lies under a narration."""


class Sound(NamedTuple):
    """What has been said and composed, by scene."""

    speeches: Mapping[int, Speech] = {}
    music: Mapping[int, Path] = {}
    """Pieces that were bought, by the first scene of their section."""


class Place(NamedTuple):
    """Where a scene is in the film, seconds."""

    start: Fraction
    whole: Fraction
    """When it is seen whole: its transition is over."""
    end: Fraction


def sounded(timeline: Timeline, storyboard: Storyboard, folder: Path, sound: Sound) -> Timeline:
    """The timeline with the storyboard's narration, music, effects and captions.

    Raises BadInput (a folder without music of a mood), MediaError, OutputError.
    """
    places = _places(timeline)
    speeches = {number: speech for number, speech in sound.speeches.items() if number in places}
    captions = list(_captions(timeline, storyboard, folder, speeches, places))
    return timeline.model_copy(
        update={
            "clips": tuple(_own_sound(clip, storyboard, bool(speeches)) for clip in _numbered(timeline)),
            "audio": (
                *_music(storyboard, folder, sound, places, bool(speeches)),
                *(_narration(number, speech, places) for number, speech in sorted(speeches.items())),
                *_effects(storyboard, folder, places),
            ),
            "captions": () if storyboard.captions is False else tuple(captions),
            "caption_look": _look(storyboard, folder) if captions else None,
            "loudness": storyboard.loudness or None,
        }
    )


def _numbered(timeline: Timeline) -> Iterator[tuple[int, TimelineClip]]:
    """Each clip with its scene's number."""
    number = -1
    for clip in timeline.clips:
        number = number if clip.goes_on else clip.about["index"]
        yield number, clip


def _places(timeline: Timeline) -> dict[int, Place]:
    places: dict[int, Place] = {}
    end = Fraction(0)
    for index, (number, clip) in enumerate(_numbered(timeline)):
        assert clip.duration is not None
        comes_in = Fraction(clip.overlap) if clip.transition != "none" else Fraction(0)
        start = end - overlap(timeline.clips, index)
        end = start + clip.duration
        place = places.get(number, Place(start, start + comes_in, end))
        places[number] = place._replace(end=end)
    return places


def _own_sound(numbered: tuple[int, TimelineClip], storyboard: Storyboard, narrated: bool) -> TimelineClip:
    number, clip = numbered
    asked = storyboard.given(number, "own_sound")
    if asked is False:
        return clip.model_copy(update={"muted": True})
    gain = 0.0 if asked is None or asked is True else float(asked)
    return clip.model_copy(update={"gain_db": gain, "ducks": narrated})


def _narration(number: int, speech: Speech, places: Mapping[int, Place]) -> AudioTrack:
    return AudioTrack(
        path=str(speech.path),
        start=places[number].whole,
        role="narration",
        source_start=speech.start,
        source_end=speech.end,
        gain_db=_levelling(speech.path, VOICE_LOUDNESS),
    )


def _levelling(path: Path, target: float) -> float:
    """Decibels that bring a sound to a loudness; none of one too short or too soft to have any."""
    from .media.loudness import measured

    loudness = measured(path).integrated
    return round(target - loudness, 2) if loudness > -60 else 0.0


def _effects(storyboard: Storyboard, folder: Path, places: Mapping[int, Place]) -> Iterator[AudioTrack]:
    for number, place in places.items():
        for effect in storyboard.scenes[number].effects:
            yield AudioTrack.model_validate(
                {
                    "path": path_of(effect.sound, folder),
                    "start": place.start + Fraction(str(effect.at)),
                    "role": "effects",
                    "source_start": effect.begin,
                    "source_end": effect.end,
                    "gain_db": effect.gain_db,
                    "pan": effect.pan,
                    "fade_in": effect.fade_in,
                    "fade_out": effect.fade_out,
                }
            )


def _music(
    storyboard: Storyboard, folder: Path, sound: Sound, places: Mapping[int, Place], narrated: bool
) -> list[AudioTrack]:
    if storyboard.music:
        path = Path(path_of(storyboard.music, folder) or storyboard.music)
        length = max(place.end for place in places.values())
        gain = storyboard.music_gain_db + (_levelling(path, BED_LOUDNESS) if narrated else 0)
        fade = min(MUSIC_FADE, length / 2)
        how: dict[str, Any] = {"gain_db": gain, "fit": "loop", "fade_out": fade, "ducks": narrated}
        return [AudioTrack(path=str(path), **how)]
    return [
        track.model_copy(
            update={
                "gain_db": storyboard.music_gain_db + _levelling(Path(track.path), BED_LOUDNESS),
                "ducks": narrated,
            }
        )
        for track in _by_mood(storyboard, folder, sound, places)
    ]


def _by_mood(
    storyboard: Storyboard, folder: Path, sound: Sound, places: Mapping[int, Place]
) -> Sequence[AudioTrack]:
    if not sections(storyboard):
        return ()
    from .music.arrange import Piece, arranged
    from .paths import inside

    pieces = []
    for section in sections(storyboard):
        seen = [places[number] for number in range(section.first, section.last + 1) if number in places]
        if seen:
            pieces.append(Piece(section.mood, seen[0].start, seen[-1].end, sound.music.get(section.first)))
    tracks = inside(folder, storyboard.music_folder) if storyboard.music_folder else None
    by = storyboard.music_by or "auto"
    return arranged(pieces, storyboard.seed, tracks, by if by in ("folder", "composer") else "auto")


def _captions(
    timeline: Timeline,
    storyboard: Storyboard,
    folder: Path,
    speeches: Mapping[int, Speech],
    places: Mapping[int, Place],
) -> Iterator[Caption]:
    from .captions.cues import cues

    for number, clip in _numbered(timeline):
        if clip.goes_on:
            continue
        place = places[number]
        words: Sequence[Word] = ()
        if number in speeches:
            speech, begins = speeches[number], place.whole
            words = [_moved(word, -float(speech.start)) for word in speech.words]
        elif talk(storyboard, number, folder) and storyboard.scenes[number].narration.strip():
            words, begins = _talked(storyboard, number, clip), place.start
        if words:
            yield from cues(words, float(begins), float(place.end))


def _talked(storyboard: Storyboard, number: int, clip: TimelineClip) -> list[Word]:
    """What somebody says in the clip itself, as far as it can be heard; seconds from its beginning."""
    from .align import aligned

    text, language = storyboard.scenes[number].narration, storyboard.given(number, "language") or ""
    found = aligned(" ".join(text.split()), Path(clip.path), language)
    return [_moved(word, -float(clip.start)) for word in found if word.start >= clip.start]


def _moved(word: Word, by: float) -> Word:
    return word.model_copy(update={"start": word.start + by, "end": word.end + by})


def _look(storyboard: Storyboard, folder: Path) -> CaptionLook | None:
    """How captions are burned in; None where they aren't."""
    asked = storyboard.captions
    if not isinstance(asked, Captions):
        return None
    return CaptionLook(**asked.model_dump(), font=path_of(storyboard.font, folder))
