"""What is said in a video, to be read in it."""

from __future__ import annotations

from typing import Any

from .. import host
from ..host import io
from ..studio.errors import BadInput
from ..studio.timeline.platforms import PLATFORMS
from . import sockets

TRACK_ONLY = "none"
STYLES = ("plain", "box", "word", TRACK_ONLY)
POSITIONS = ("bottom", "middle", "top")
ANYWHERE = "any"
MOST_SAID = 100_000
"""Characters: two hours of speech."""


class Captions(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelCaptions",
            display_name="Captions",
            category="Storyreel/Film",
            description="Puts captions into a video, burned into the picture or as a subtitle track.",
            inputs=[
                io.Video.Input("video", tooltip="The video to caption."),
                io.String.Input(
                    "text",
                    default="",
                    multiline=True,
                    placeholder="SRT or VTT, or just what is said",
                    tooltip="The captions as SRT or VTT with their times, or just the words that are said: those are "
                    "found in the sound.",
                ),
                io.Combo.Input(
                    "style",
                    list(STYLES),
                    default="plain",
                    tooltip="plain is white with a dark outline, box lies on a dark box, word makes the word that is "
                    "being said stand out, none burns nothing in and makes a subtitle track instead.",
                ),
                io.Combo.Input(
                    "position",
                    list(POSITIONS),
                    default="bottom",
                    tooltip="Where in the frame they stand, inside of what the platform leaves free.",
                ),
                io.Combo.Input(
                    "platform",
                    [ANYWHERE, *PLATFORMS],
                    default=ANYWHERE,
                    tooltip="Whose buttons and texts they keep clear of; any keeps a tenth of the frame free on every "
                    "side.",
                ),
                io.Float.Input(
                    "size",
                    default=1.0,
                    min=0.5,
                    max=3.0,
                    step=0.05,
                    tooltip="Times the usual size of the letters.",
                ),
                io.String.Input(
                    "language",
                    default="en",
                    tooltip="The language of the words, such as en or de-AT: for finding them in the sound, and for "
                    "the track's name.",
                ),
                io.String.Input(
                    "font",
                    default="",
                    optional=True,
                    tooltip="A TTF or OTF file in the input folder, for scripts that the bundled font lacks.",
                ),
                io.Audio.Input(
                    "voice",
                    optional=True,
                    tooltip="The voice alone, in step with the video, if it is to be had: words are found more surely "
                    "in it than under music.",
                ),
            ],
            outputs=[
                io.Video.Output("video", "video", tooltip="The video with its captions."),
                io.String.Output("srt", "srt", tooltip="The captions as SRT."),
            ],
        )

    @classmethod
    def validate_inputs(cls, text: str | None) -> bool | str:
        from ..studio.captions.reading import is_timed, read

        if text is None:  # it is connected, and known only later
            return True
        if not text.strip():
            return "there is no text to show; write SRT, VTT, or what is said"
        return sockets.verdict(read if is_timed(text) else _refuse_long, text)

    @classmethod
    async def execute(
        cls,
        video: Any,
        text: str,
        style: str,
        position: str,
        platform: str,
        size: float,
        language: str,
        font: str = "",
        voice: Any = None,
    ) -> io.NodeOutput:
        from ..studio.captions.files import srt
        from ..studio.render.clip_edits import captioned
        from ..studio.timeline.timeline import CaptionLook

        if not text.strip():
            raise BadInput("there is no text to show", "write SRT, VTT, or what is said")
        source = await host.run(host.video_path, video)
        look = CaptionLook.model_validate(
            {
                "style": "plain" if style == TRACK_ONLY else style,
                "position": position,
                "platform": "" if platform == ANYWHERE else platform,
                "size": size,
                "font": str(host.input_file(font)) if font.strip() else None,
            }
        )
        sound = source if voice is None else await host.run(host.audio_path, voice)
        captions, notes = await host.run(_captions, text, source, sound, look, language)
        path = host.temp_path("captioned", ".mp4")
        burned = None if style == TRACK_ONLY else look
        film = await host.run(captioned, source, captions, burned, language, path, host.watch(cls))
        notes = (*notes, *film.notes)
        return io.NodeOutput(host.video(path), srt(captions), ui={"text": notes} if notes else None)


def _captions(text: str, video: Any, sound: Any, look: Any, language: str) -> Any:
    from ..studio.captions.cues import cues, spread
    from ..studio.captions.drawing import line_length
    from ..studio.captions.reading import is_timed, read
    from ..studio.media.probe import probe

    if is_timed(text):
        found = read(text)
        return [spread(caption) for caption in found.captions], found.notes
    from ..studio.voices.alignment import aligned

    _refuse_long(text)
    info = probe(video)
    if sound == video and not info.has_audio:
        raise BadInput(
            f"{info.path.name} has no sound to find the words in", "connect the voice, or write SRT"
        )
    words = aligned(text, sound, language)
    # The words' times are the sound's timestamps; the picture begins at its own.
    at = -info.origin if sound == video else 0
    return cues(words, at, info.duration, line_length(info.size, look)), ()


def _refuse_long(text: str) -> None:
    from ..studio.captions.reading import refuse_other

    refuse_other(text)
    if len(text) > MOST_SAID:
        said = f"what is said has {len(text):,} characters; at most {MOST_SAID:,} are found in a sound"
        raise BadInput(said, "write SRT, or caption the video in parts")
