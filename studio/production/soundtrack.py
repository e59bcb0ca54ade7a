"""The soundtrack: what is heard over the clips of a timeline, and what is read under them.

sounded(timeline, storyboard, Path("/films"), Sound(speeches))
# Timeline(clips=…, audio=(AudioTrack(role='music', …), AudioTrack(role='narration', …)), captions=…, loudness=-14.0)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ..planning.music_sections import HERE, sections
from ..planning.narration import caption_look
from ..planning.shots import path_of, talk
from ..render.plan import overlap
from ..storyboard.model import Storyboard
from ..timeline.timeline import AudioTrack, Caption, Timeline, TimelineClip, Word
from ..voices import Speech

VOICE_LOUDNESS = -16.0
"""LUFS of a narration before the whole is brought to its loudness."""
BED_LOUDNESS = -18.0
"""LUFS of music that is made for a mood, or lies under a narration."""
FAINT = -60.0
"""LUFS: what is softer isn't made louder."""


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
            "clips": tuple(
                _told(
                    number, _own_sound(number, clip, storyboard, bool(speeches)), storyboard, speeches, places
                )
                for number, clip in _numbered(timeline)
            ),
            "audio": (
                *_music(storyboard, folder, sound, places, bool(speeches)),
                *(_narration(number, speech, places) for number, speech in sorted(speeches.items())),
                *_effects(storyboard, folder, places),
            ),
            "captions": () if storyboard.captions is False else tuple(captions),
            "caption_look": caption_look(storyboard, folder) if captions else None,
            "caption_language": storyboard.language or "",
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


def _told(
    number: int,
    clip: TimelineClip,
    storyboard: Storyboard,
    speeches: Mapping[int, Speech],
    places: Mapping[int, Place],
) -> TimelineClip:
    """With what its scene's marker tells of the narration."""
    if clip.goes_on or number not in speeches:
        return clip
    begins = places[number].whole
    told = {
        "text": storyboard.scenes[number].narration,
        "voice": storyboard.given(number, "voice"),
        "start": float(begins),
        "end": float(begins + speeches[number].seconds),
    }
    return clip.model_copy(update={"about": {**clip.about, "narration": told}})


def _own_sound(number: int, clip: TimelineClip, storyboard: Storyboard, narrated: bool) -> TimelineClip:
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
    from ..media.loudness import measured

    loudness = measured(path).integrated
    return round(target - loudness, 2) if loudness > FAINT else 0.0


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
) -> Iterator[AudioTrack]:
    """The music's tracks. A file that is named is as loud as it is, unless it lies under a narration."""
    levelled = narrated or not storyboard.music
    for track in _tracks(storyboard, folder, sound, places):
        gain = storyboard.music_gain_db + (_levelling(Path(track.path), BED_LOUDNESS) if levelled else 0)
        yield track.model_copy(update={"gain_db": gain, "ducks": narrated})


def _tracks(
    storyboard: Storyboard, folder: Path, sound: Sound, places: Mapping[int, Place]
) -> list[AudioTrack]:
    from ..music import bed_of
    from ..music import sections as laid
    from ..music.join import track_of
    from ..paths import reached

    if storyboard.music:
        path = Path(path_of(storyboard.music, folder) or storyboard.music)
        end = max(place.end for place in places.values())
        return [track_of(bed_of(path, end), Fraction(0), end)]
    bought = {
        section.mood: path
        for section in sections(storyboard)
        if (path := sound.music.get(section.first)) is not None
    }
    tracks = reached(folder, storyboard.music_folder) if storyboard.music_folder else None
    by = storyboard.music_by if storyboard.music_by in HERE else None
    return laid(list(_moods(storyboard, places)), storyboard.seed, tracks, by or "auto", bought)


def _moods(storyboard: Storyboard, places: Mapping[int, Place]) -> Iterator[tuple[str, Fraction, Fraction]]:
    for section in sections(storyboard):
        seen = [places[number] for number in range(section.first, section.last + 1) if number in places]
        if seen:
            yield section.mood, seen[0].start, seen[-1].end


def _captions(
    timeline: Timeline,
    storyboard: Storyboard,
    folder: Path,
    speeches: Mapping[int, Speech],
    places: Mapping[int, Place],
) -> Iterator[Caption]:
    from ..captions.cues import cues
    from ..captions.drawing import line_length

    per_line = line_length(storyboard.settings.size, caption_look(storyboard, folder))
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
            yield from cues(words, begins, place.end, per_line)


def _talked(storyboard: Storyboard, number: int, clip: TimelineClip) -> list[Word]:
    """What somebody says in the clip itself, as far as it can be heard; seconds from its beginning."""
    from ..voices.alignment import aligned

    text, language = storyboard.scenes[number].narration, storyboard.given(number, "language") or ""
    found = aligned(" ".join(text.split()), Path(clip.path), language)
    return [_moved(word, -float(clip.start)) for word in found if word.start >= clip.start]


def _moved(word: Word, by: float) -> Word:
    return word.model_copy(update={"start": word.start + by, "end": word.end + by})
