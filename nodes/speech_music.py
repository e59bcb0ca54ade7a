"""What is heard: a text that is said, and music of a mood. What is built in costs nothing; services are paid for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import host
from ..host import io
from ..studio.errors import BadInput
from ..studio.music.moods import MOODS
from ..studio.providers.models import catalogue
from . import buy_clip, model_widgets, widget_values

TEXT = "The hero stood tall against the setting sun. Then the wind rose, and the long way home began."
COMPOSED = "none"
HERE = ("auto", "folder", "composer")
TRACKS = (".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".wma")


class Narrate(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelNarrate",
            display_name="Narrate",
            category="Storyreel/Sound",
            description="Says a text, in the voice that is built in or in one of a service, and tells when each word "
            "is heard.",
            inputs=[
                io.String.Input(
                    "text",
                    default=TEXT,
                    multiline=True,
                    dynamic_prompts=False,  # what is bought has to be what is written
                    tooltip="What is said.",
                ),
                io.String.Input(
                    "voice",
                    default="",
                    placeholder="en-us, en-gb, de, alloy, google/Kore …",
                    tooltip="Who says it. Empty is the built-in voice of the language; en-us, en-gb, de, fr and many "
                    "more are built in as well and cost nothing. alloy, openai/alloy, Kore or google/Kore are paid "
                    "for. `storyreel voices` lists all.",
                ),
                io.String.Input(
                    "language",
                    default="",
                    tooltip="The text's language, such as en, de or pt-BR; empty is the voice's own.",
                ),
                io.Float.Input(
                    "speed",
                    default=1.0,
                    min=0.5,
                    max=2.0,
                    step=0.05,
                    tooltip="How fast it is said, times the usual.",
                ),
                *model_widgets.consent(0.0),
            ],
            outputs=[
                io.Audio.Output("audio", "audio", tooltip="The voice."),
                io.String.Output("srt", "srt", tooltip="What is said as SRT, for Captions."),
                io.Float.Output("seconds", "seconds", tooltip="When the last word has died away."),
                io.String.Output(
                    "record",
                    "record",
                    tooltip="The words with their times in seconds, who says them, and what it cost; JSON.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        _right(cls, values)
        if all(values.get(key, "") is not None for key in ("text", "voice", "language", "speed")):
            _said_by(values.get("text", ""), *_how(values))
        return True

    @classmethod
    async def execute(
        cls,
        text: str,
        voice: str = "",
        language: str = "",
        speed: float = 1.0,
        take: int = 1,
        max_cost: float = 0.0,
    ) -> io.NodeOutput:
        speech, record = await host.run(
            _said, (text, voice, language, speed), take, max_cost, host.watch(cls)
        )
        return io.NodeOutput(
            host.audio(speech.path),
            _srt(speech),
            float(speech.end),
            json.dumps(record, indent=1, ensure_ascii=False),
        )


class MusicByMood(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelMusicByMood",
            display_name="Music by Mood",
            category="Storyreel/Sound",
            description="Music of a mood, exactly as long as is asked: one of your own tracks, or composed here from "
            "nothing.",
            inputs=[
                io.Combo.Input("mood", list(MOODS), tooltip="How it feels."),
                io.Float.Input(
                    "seconds", default=30.0, min=1.0, max=3600.0, step=0.1, tooltip="How long it lasts."
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=model_widgets.LARGEST_SEED,
                    control_after_generate=False,
                    tooltip="Another seed is another piece, or another track; the same is always the same.",
                ),
                io.Combo.Input(
                    "folder",
                    [COMPOSED, *host.input_folders(TRACKS)],
                    tooltip="A folder of your tracks in ComfyUI's input folder. Their moods are told by a music.yaml, "
                    "by tags, or by the names of folders and files (epic/battle.mp3). none: it is composed.",
                ),
                io.Combo.Input(
                    "by",
                    [*HERE, *_services()],
                    default="auto",
                    tooltip="Who makes it. auto takes a track of the folder that has the mood, else composes. What "
                    "stands below composer are services that are paid for.",
                ),
                io.String.Input(
                    "other_mood",
                    default="",
                    optional=True,
                    tooltip="A mood in your own word, as your folder has it, in place of the one above.",
                ),
                *model_widgets.consent(0.0),
            ],
            outputs=[
                io.Audio.Output("audio", "audio", tooltip="The music."),
                io.Float.Output(
                    "bar", "bar", tooltip="Seconds from bar line to bar line; 0 where no beat is known."
                ),
                io.String.Output("record", "record", tooltip="Which piece it is, and what it cost; JSON."),
            ],
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        _right(cls, {key: value for key, value in values.items() if key != "folder"})
        known = ("mood", "other_mood", "seed", "folder", "by")
        if all(values.get(key, "") is not None for key in known) and _is_here(values):
            from ..studio.music import music_faults

            music_faults(_mood(values), values.get("seed", 0), _tracks(values), values["by"])
        return True

    @classmethod
    def fingerprint_inputs(cls, **values: Any) -> str:
        folder = _tracks(values)
        return json.dumps([values, sorted(_stamps(folder)) if folder else []], default=str)

    @classmethod
    async def execute(
        cls,
        mood: str,
        seconds: float,
        seed: int,
        folder: str,
        by: str,
        other_mood: str = "",
        take: int = 1,
        max_cost: float = 0.0,
    ) -> io.NodeOutput:
        values = {"mood": mood, "other_mood": other_mood, "seed": seed, "folder": folder, "by": by}
        lasts = Fraction(str(seconds))
        path, bpm, record = await host.run(_played, values, lasts, take, max_cost, host.watch(cls))
        told = json.dumps(record, indent=1, ensure_ascii=False)
        return io.NodeOutput(host.audio(path), 240 / bpm if bpm else 0.0, told)


def _right(node: Any, values: Mapping[str, Any]) -> None:
    """Raises BadInput for values that are wrong by themselves."""
    found = widget_values.refusals(node.define_schema().inputs, values)
    if found:
        raise BadInput("\n".join(found))


def _how(values: Mapping[str, Any]) -> tuple[str, str, float]:
    return values.get("voice") or "", values.get("language") or "", float(values.get("speed") or 1)


def _said_by(text: str, voice: str, language: str, speed: float) -> Any:
    """What is to be said by whom. Raises BadInput for what nobody can say."""
    from ..studio.planning import model_choice
    from ..studio.planning.narration import Narrated
    from ..studio.planning.voice_names import OFFLINE, voice_named
    from ..studio.voices import Line, check, missing

    door, model, name = voice_named(voice)
    line = Line(" ".join(text.split()), name, language.strip(), speed)
    if not line.text:
        raise BadInput("text: there is nothing to say", "write what is said")
    wish = None if door == OFFLINE else model_choice.Wish(door or model_choice.AUTO, model)
    told = Narrated(0, line, wish, None, "extend")
    if wish is None and not missing():
        check(line)
    faults = model_choice.complaints(wish, told.shot) if wish else []
    if faults:
        raise BadInput("it can't be said as it is", faults=faults)
    return told


def _said(
    how: tuple[str, str, str, float], take: int, max_cost: float, watch: Any
) -> tuple[Any, dict[str, Any]]:
    """The speech, and what is to be known of it."""
    from ..studio.planning.narrate import heard
    from ..studio.voices import missing, speak

    told = _said_by(*how)
    if told.wish is None:
        if lacking := missing():
            raise BadInput("nothing can be said here: " + "; ".join(lacking), "name a voice of a service")
        speech, record = speak(told.line, watch), {"voice": told.line.voice, "cost": 0.0}
    else:
        path = host.temp_path("speech", ".wav")
        about, record = buy_clip.bought(told.wish, told.shot, path, take, max_cost, watch)
        speech = heard(about["path"], told.line)
        record = {"voice": told.line.voice, **record}
    words = [{"text": word.text, "start": word.start, "end": word.end} for word in speech.words]
    return speech, {
        **record,
        "seconds": float(speech.end),
        "words_timed_by_the_voice": speech.timed,
        "words": words,
    }


def _srt(speech: Any) -> str:
    from ..studio.captions.cues import cues
    from ..studio.captions.files import srt

    return srt(list(cues(speech.words, 0.0, float(speech.end))))


def _services() -> list[str]:
    """Doors and models that make music."""
    makers = [can for can in catalogue() if "music" in can.modes]
    return list(dict.fromkeys([*(can.provider for can in makers), *(can.model for can in makers)]))


def _mood(values: Mapping[str, Any]) -> str:
    return (values.get("other_mood") or "").strip() or values["mood"]


def _is_here(values: Mapping[str, Any]) -> bool:
    return values.get("by") in HERE


def _tracks(values: Mapping[str, Any]) -> Path | None:
    """The folder of the user's music. Raises BadInput for a name that leaves the input folder."""
    name = values.get("folder") or COMPOSED
    if name == COMPOSED:
        return None
    from ..studio.paths import inside

    return inside(host.input_folder(), name)


def _stamps(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"{path.relative_to(folder).as_posix()} {path.stat().st_mtime_ns}"


def _played(
    values: Mapping[str, Any], seconds: Fraction, take: int, max_cost: float, watch: Any
) -> tuple[Path, float | None, dict[str, Any]]:
    """The sound file, its beats a minute, and what is to be known of it."""
    from ..studio.music import music_for
    from ..studio.music.alone import alone

    if _is_here(values):
        bed, record = (
            music_for(_mood(values), seconds, values["seed"], _tracks(values), values["by"]),
            {"cost": 0.0},
        )
    else:
        bed, record = _bought(values, seconds, take, max_cost, watch)
    about = {"title": bed.title, "by": bed.by, "bpm": bed.bpm, "key": bed.key, "notes": list(bed.notes)}
    if bed.by == "composer":
        return bed.path, bed.bpm, {**about, **record}
    path = host.temp_path("music", ".wav")
    alone(bed, seconds, path, watch)
    return path, bed.bpm, {**about, **record}


def _bought(
    values: Mapping[str, Any], seconds: Fraction, take: int, max_cost: float, watch: Any
) -> tuple[Any, dict[str, Any]]:
    """A service's piece as a bed: the one that a storyboard with this mood and this seed would have."""
    from ..studio.music import bed_of
    from ..studio.planning.music_sections import Section, buys, shot_of
    from ..studio.storyboard.parser import from_plain

    board = from_plain({"seed": values["seed"], "music_by": values["by"], "scenes": ["music"]})
    shot = shot_of(Section(_mood(values), 0, 0), board)
    about, record = buy_clip.bought(
        buys(board), shot, host.temp_path("bought", ".wav"), take, max_cost, watch
    )
    bed = bed_of(about["path"], seconds)
    return bed._replace(title=f"{_mood(values)} by {record['model']}", by=str(record["door"])), record
