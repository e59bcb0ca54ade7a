"""From clips to the film: a timeline of clips, how the film is made, and the rendering."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from .. import host
from ..host import io, ui
from ..studio.errors import BadInput
from ..studio.timeline.platforms import PLATFORMS
from ..studio.timeline.settings import ASPECT_RATIOS, FITS, QUALITIES
from ..studio.timeline.timeline import TRANSITION_NAMES
from . import sockets

MOST_CLIPS = 50


class JoinClips(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelJoinClips",
            display_name="Join Clips",
            category="Storyreel/Film",
            description="Lays clips one after another on a timeline, each with a transition; sizes and "
            "rates may differ, and a list of clips, such as Shoot's, is joined in the place of its socket.",
            is_input_list=True,
            inputs=[
                io.Autogrow.Input(
                    "clips",
                    io.Autogrow.TemplatePrefix(
                        io.Video.Input("clip", tooltip="A clip; connect it and the next input appears."),
                        prefix="clip",
                        min=1,
                        max=MOST_CLIPS,
                    ),
                    tooltip="The clips in order.",
                ),
                io.Combo.Input(
                    "transition",
                    list(TRANSITION_NAMES),
                    default="crossfade",
                    tooltip="How each clip comes in; on the first one only fade shows, it rises from black.",
                ),
                io.Float.Input(
                    "transition_duration",
                    default=0.5,
                    min=0.0,
                    max=60.0,
                    step=0.05,
                    tooltip="Seconds that a clip overlaps the one before it.",
                ),
                io.String.Input(
                    "each",
                    default="",
                    multiline=True,
                    placeholder="one line per clip, where it differs:\nnone\nwipe\nslide 1.5",
                    optional=True,
                    tooltip="One line per clip where it differs from the above, such as 'wipe' or 'wipe "
                    "1.5' (seconds); "
                    "an empty line changes nothing. The first line is the first clip's.",
                ),
                io.Float.Input(
                    "every",
                    default=0.0,
                    min=0.0,
                    max=3600.0,
                    step=0.01,
                    optional=True,
                    tooltip="Seconds from the start of one clip to that of the next, such as the bar of Music by Mood; "
                    "the last is seen to its end. 0: each is.",
                ),
                io.Boolean.Input(
                    "own_sound",
                    default=True,
                    optional=True,
                    tooltip="Whether the clips' own sound is heard.",
                ),
            ],
            outputs=[sockets.Timeline.Output("timeline", "timeline", tooltip="For Render Film.")],
        )

    @classmethod
    def validate_inputs(cls, each: Any = None, clips: Any = None) -> bool | str:
        # ComfyUI hands over every dynamic input, asked for or not: `clips` has to be named.
        from ..studio.storyboard.transition_lines import entrances

        return sockets.verdict(entrances, sockets.one_of("each", each) or "", MOST_CLIPS, "none", 0)

    @classmethod
    async def execute(
        cls,
        clips: dict[str, list[Any] | None],
        transition: list[str],
        transition_duration: list[float],
        each: list[str] | None = None,
        every: list[float] | None = None,
        own_sound: list[bool] | None = None,
    ) -> io.NodeOutput:
        from ..studio.storyboard.transition_lines import entrances
        from ..studio.timeline.timeline import Timeline, TimelineClip

        way: str = sockets.one_of("transition", transition)
        overlap: float = sockets.one_of("transition_duration", transition_duration)
        lines: str = sockets.one_of("each", each) or ""
        beat: float = sockets.one_of("every", every) or 0.0
        heard: bool = sockets.one_of("own_sound", True if own_sound is None else own_sound)
        paths = [await host.run(host.video_path, clip) for clip in sockets.in_a_row(clips)]
        if not paths:
            raise BadInput("no clip came to Join Clips", "connect a clip, or a list of one or more")
        ways = entrances(lines, len(paths), way, overlap)
        # With `every` a clip is seen until the next one has come in, and the last to its end.
        lengths = [Fraction(str(beat)) + overlap if beat else None for _, overlap in ways[1:]]
        timeline = Timeline(
            clips=tuple(
                TimelineClip(
                    path=str(path),
                    transition=name,
                    overlap=overlap,
                    title=f"Clip {number}",
                    duration=length,
                    muted=not heard,
                )
                for number, (path, (name, overlap), length) in enumerate(
                    zip(paths, ways, [*lengths, None], strict=True), start=1
                )
            )
        )
        return io.NodeOutput(sockets.TimelineWire(timeline.to_plain()))


class FilmSettings(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelFilmSettings",
            display_name="Film Settings",
            category="Storyreel/Film",
            description="The film's size, rate and bitrate: by quality, by the platform it is for, or your "
            "own.",
            inputs=[
                io.DynamicCombo.Input(
                    "preset",
                    [
                        io.DynamicCombo.Option(
                            "quality",
                            [
                                io.Combo.Input(
                                    "quality",
                                    list(QUALITIES),
                                    default="standard",
                                    tooltip="draft 854x480 at 24 fps, standard 1280x720 at 30, high "
                                    "1920x1080 at 30, "
                                    "premium 3840x2160 at 60.",
                                ),
                                io.Combo.Input(
                                    "aspect_ratio",
                                    list(ASPECT_RATIOS),
                                    default="16:9",
                                    tooltip="The frame's shape.",
                                ),
                            ],
                        ),
                        io.DynamicCombo.Option(
                            "platform",
                            [
                                io.Combo.Input(
                                    "platform", list(PLATFORMS), tooltip="Where the film will be posted."
                                )
                            ],
                        ),
                        io.DynamicCombo.Option(
                            "custom",
                            [
                                io.Int.Input(
                                    "width", default=1280, min=16, max=8192, step=2, tooltip="Pixels, even."
                                ),
                                io.Int.Input(
                                    "height", default=720, min=16, max=8192, step=2, tooltip="Pixels, even."
                                ),
                                io.Float.Input(
                                    "bitrate",
                                    default=3.0,
                                    min=0.1,
                                    max=200.0,
                                    step=0.1,
                                    tooltip="Megabits per second.",
                                ),
                            ],
                        ),
                    ],
                    tooltip="What decides the frame: a quality, a platform, or your own numbers.",
                ),
                io.Float.Input(
                    "fps",
                    default=0.0,
                    min=0.0,
                    max=240.0,
                    step=0.001,
                    tooltip="Frames per second; 0 is the preset's own (30 for custom).",
                ),
                io.Combo.Input(
                    "fit",
                    list(FITS),
                    default="cover",
                    tooltip="Clips of another shape: cover cuts them to the frame, contain shows all of "
                    "them with bars.",
                ),
            ],
            outputs=[sockets.FilmSettings.Output("settings", "settings", tooltip="For Render Film.")],
        )

    @classmethod
    def validate_inputs(cls, fps: float | None, preset: Any = None) -> bool | str:
        # ComfyUI hands over every dynamic input, asked for or not: `preset` has to be named.
        fine = fps is None or fps == 0 or 1 <= fps <= 240
        return fine or f"{fps:g} frames per second can't be made; use 1 to 240, or 0 for the preset's own"

    @classmethod
    async def execute(cls, preset: dict[str, Any], fps: float, fit: str) -> io.NodeOutput:
        from ..studio.timeline import settings
        from ..studio.timeline.platforms import settings_for

        kind = preset["preset"]
        if kind == "quality":
            made = settings.FilmSettings.of(preset["quality"], preset["aspect_ratio"], fps or None, fit)
        elif kind == "platform":
            made = settings_for(preset["platform"], fps or None, fit)
        else:
            made = _custom(preset["width"], preset["height"], fps or 30, preset["bitrate"], fit)
        return io.NodeOutput(sockets.SettingsWire(made.model_dump(mode="json")))


class RenderFilm(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelRenderFilm",
            display_name="Render Film",
            category="Storyreel/Film",
            description="Renders a timeline into one finished file in the output folder, with sound, "
            "chapters and captions.",
            inputs=[
                sockets.Timeline.Input("timeline", tooltip="The clips, from Shoot Storyboard or Join Clips."),
                io.String.Input(
                    "filename_prefix",
                    default="storyreel/film",
                    tooltip="The file's name in the output folder; a number is added. %year%, %month%, "
                    "%day%, %width% "
                    "and the like are filled in.",
                ),
                sockets.FilmSettingsInput(
                    "settings",
                    optional=True,
                    tooltip="Size, rate and bitrate; without it those of the first clip.",
                ),
                io.Audio.Input(
                    "audio", optional=True, tooltip="Music or a voice to lay over the whole film."
                ),
                io.Float.Input(
                    "audio_gain_db",
                    display_name="audio gain (dB)",
                    default=0.0,
                    min=-60.0,
                    max=20.0,
                    step=0.5,
                    optional=True,
                    tooltip="Makes the audio louder (+) or softer (-), in decibels.",
                ),
                io.Combo.Input(
                    "audio_fit",
                    ["loop", "trim"],
                    default="loop",
                    optional=True,
                    tooltip="Audio shorter than the film: loop starts it again, trim leaves the rest "
                    "without it.",
                ),
                io.Float.Input(
                    "loudness",
                    display_name="loudness (LUFS)",
                    default=0.0,
                    min=-50.0,
                    max=0.0,
                    step=0.5,
                    optional=True,
                    tooltip="To which its sound is brought, its true peak below -1 dBTP: -14 for the large platforms. "
                    "0 is as the timeline says, or else as it is mixed.",
                ),
            ],
            outputs=[
                io.Video.Output("video", "video", tooltip="The film."),
                io.String.Output(
                    "markers", "markers", tooltip="The scenes as JSON: start and end in seconds, titles."
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, timeline: Any = None, settings: Any = None) -> bool | str:
        return sockets.only_wired(timeline=timeline, settings=settings)

    @classmethod
    async def execute(
        cls,
        timeline: dict[str, Any],
        filename_prefix: str,
        settings: dict[str, Any] | None = None,
        audio: Any = None,
        audio_gain_db: float = 0.0,
        audio_fit: str = "loop",
        loudness: float = 0.0,
    ) -> io.NodeOutput:
        from ..studio.render.film import render
        from ..studio.timeline.timeline import AudioTrack

        made = await host.run(sockets.timeline_of, timeline)
        how = await host.run(_as_first, made) if settings is None else sockets.settings_of(settings)
        if audio is not None:
            sound = str(await host.run(host.audio_path, audio))
            track = AudioTrack.model_validate({"path": sound, "gain_db": audio_gain_db, "fit": audio_fit})
            made = made.model_copy(update={"audio": (*made.audio, track)})
        if loudness:
            made = made.model_copy(update={"loudness": loudness})
        path, saved = host.output_path(filename_prefix, ".mp4", how.width, how.height)
        film = await host.run(render, made, how, path, host.watch(cls))
        done = film.to_plain()
        shown = ui.PreviewVideo([saved]).as_dict() | {"storyreel": [done]}
        if film.sidecars:
            shown["captions"] = [
                ui.SavedResult(beside.name, saved.subfolder, saved.type) for beside in film.sidecars
            ]
        return io.NodeOutput(
            host.video(path), json.dumps(done["markers"], indent=1, ensure_ascii=False), ui=shown
        )


def _custom(width: int, height: int, fps: float, megabits: float, fit: str) -> Any:
    from ..studio.errors import BadInput
    from ..studio.timeline.settings import FilmSettings

    if width % 2 or height % 2:
        raise BadInput(f"{width} x {height} is odd", f"use even sizes, {width // 2 * 2} x {height // 2 * 2}")
    how = {"width": width, "height": height, "fps": fps, "bitrate": round(megabits * 1_000_000), "fit": fit}
    return FilmSettings.model_validate(how)


def _as_first(timeline: Any) -> Any:
    """The settings of a film like the timeline's first clip."""
    from ..studio.media.probe import probe
    from ..studio.render.clip_edits import own_settings

    return own_settings(probe(timeline.clips[0].path))
