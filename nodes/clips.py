"""One clip at a time: make it, cut it, crop it, give it sound, join it with another."""

from __future__ import annotations

from typing import Any

from .. import host
from ..host import io
from ..studio.errors import BadInput
from ..studio.timeline.settings import FITS
from ..studio.timeline.timeline import TRANSITION_NAMES
from . import sockets

EVENLY, GRADUALLY = "evenly", "towards the end"
"""How the colours of a clip are changed."""
NOT_CONNECTED = object()


class AnimaticClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelAnimaticClip",
            display_name="Animatic Clip",
            category="Storyreel/Clips",
            description="A clip from one picture, with the camera moving over it, or a title card of the "
            "prompt.",
            inputs=[
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture to move over; without one the prompt is set as a title.",
                ),
                io.String.Input(
                    "prompt",
                    default="",
                    multiline=True,
                    tooltip="The title card's text, where there is no picture.",
                ),
                io.String.Input(
                    "clip_action",
                    default="slow zoom in",
                    tooltip="How the camera moves: static, pan left / right / up / down, zoom in / out, "
                    "each slow or fast; "
                    "several joined by commas. One up to 3 s, two up to 5 s, three beyond.",
                ),
                io.Float.Input("duration", default=4.0, min=0.1, max=3600.0, step=0.1, tooltip="Seconds."),
                io.Int.Input("width", default=1024, min=16, max=8192, step=2, tooltip="Pixels, even."),
                io.Int.Input("height", default=576, min=16, max=8192, step=2, tooltip="Pixels, even."),
                io.Float.Input(
                    "fps", default=24.0, min=1.0, max=240.0, step=0.001, tooltip="Frames per second."
                ),
                io.Int.Input(
                    "crf",
                    default=5,
                    min=0,
                    max=51,
                    tooltip="x264's quality: 0 loses nothing, 18 looks the same, 51 worst.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=2**63 - 1,
                    control_after_generate=False,
                    tooltip="The same seed makes the same clip.",
                ),
                io.Combo.Input(
                    "fit",
                    list(FITS),
                    default="cover",
                    tooltip="A picture of another shape: cover cuts it to the frame, contain shows all of "
                    "it with bars.",
                ),
            ],
            outputs=[io.Video.Output("video", "video", tooltip="The clip, without sound.")],
        )

    @classmethod
    def validate_inputs(cls, clip_action: str | None) -> bool | str:
        from ..studio.storyboard.camera_moves import parse

        return sockets.verdict(parse, clip_action or "")

    @classmethod
    async def execute(cls, prompt: str, clip_action: str, image: Any = None, **shape: Any) -> io.NodeOutput:
        from ..studio.production.shoot import take
        from ..studio.providers.shot import Shot

        picture = None if image is None else await host.run(sockets.picture_file, image)
        shot = Shot(prompt=prompt, clip_action=clip_action, image=picture, **shape)
        path = host.temp_path("animatic", ".mp4")
        watch = host.watch(cls)
        made = await host.run(take, shot, "animatic", path, watch)
        watch.tell(1.0, "; ".join([f"{made.details['frames']} frames", *made.notes]))
        return io.NodeOutput(host.video(path))


class Transition(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelTransition",
            display_name="Transition",
            category="Storyreel/Clips",
            description="Joins two videos with a transition between them, in the first one's size and rate.",
            inputs=[
                io.Video.Input("first", tooltip="The video that comes first."),
                io.Video.Input(
                    "second", tooltip="The video that follows; it is fitted to the first one's frame."
                ),
                io.Combo.Input(
                    "transition",
                    list(TRANSITION_NAMES),
                    default="crossfade",
                    tooltip="How the second one comes in.",
                ),
                io.Float.Input(
                    "duration",
                    default=1.0,
                    min=0.0,
                    max=60.0,
                    step=0.05,
                    tooltip="Seconds that the two overlap: the result is that much shorter than both "
                    "together.",
                ),
            ],
            outputs=[io.Video.Output("video", "video", tooltip="Both videos as one.")],
        )

    @classmethod
    async def execute(cls, first: Any, second: Any, transition: str, duration: float) -> io.NodeOutput:
        from ..studio.render.clip_edits import join
        from ..studio.timecode import seconds

        paths = [await host.run(host.video_path, video) for video in (first, second)]
        path = host.temp_path("joined", ".mp4")
        await host.run(join, *paths, transition, seconds(duration), path, host.watch(cls))
        return io.NodeOutput(host.video(path))


class SyncAudio(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelSyncAudio",
            display_name="Sync Audio to Video",
            category="Storyreel/Clips",
            description="Puts a sound onto a video and matches their lengths; the picture is copied, not "
            "re-encoded.",
            inputs=[
                io.Video.Input("video", tooltip="The video; its picture stays as it is, to the byte."),
                io.Audio.Input("audio", tooltip="Music, a voice, any sound."),
                io.Combo.Input(
                    "mode",
                    ["replace", "mix"],
                    default="replace",
                    tooltip="replace drops the video's own sound; mix lays the audio over it.",
                ),
                io.Combo.Input(
                    "fit",
                    ["trim", "loop"],
                    default="trim",
                    tooltip="Audio shorter than the video: trim ends in silence, loop starts it again. "
                    "Longer is cut.",
                ),
                io.Float.Input(
                    "gain_db",
                    display_name="gain (dB)",
                    default=0.0,
                    min=-60.0,
                    max=20.0,
                    step=0.5,
                    tooltip="Makes the audio louder (+) or softer (-), in decibels.",
                ),
                io.Float.Input(
                    "fade_out",
                    default=0.0,
                    min=0.0,
                    max=60.0,
                    step=0.1,
                    tooltip="Seconds in which the audio dies away.",
                ),
            ],
            outputs=[io.Video.Output("video", "video", tooltip="The video with its new sound.")],
        )

    @classmethod
    async def execute(
        cls, video: Any, audio: Any, mode: str, fit: str, gain_db: float, fade_out: float
    ) -> io.NodeOutput:
        from ..studio.render.replace_audio import sync_audio
        from ..studio.timecode import seconds

        picture, sound = await host.run(host.video_path, video), await host.run(host.audio_path, audio)
        how = {"mix": mode == "mix", "fit": fit, "gain_db": gain_db, "fade_out": seconds(fade_out)}
        path = host.temp_path("synced", ".mp4")
        await host.run(sync_audio, picture, sound, path, watch=host.watch(cls), **how)
        return io.NodeOutput(host.video(path))


class TrimVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelTrim",
            display_name="Trim Video",
            category="Storyreel/Clips",
            description="Keeps the part of a video between two times, exact to the frame, with its sound.",
            inputs=[
                io.Video.Input("video", tooltip="The video to cut."),
                io.Float.Input(
                    "start",
                    default=0.0,
                    min=0.0,
                    max=86400.0,
                    step=0.01,
                    tooltip="Seconds where the part kept begins.",
                ),
                io.Float.Input(
                    "end",
                    default=0.0,
                    min=0.0,
                    max=86400.0,
                    step=0.01,
                    tooltip="Seconds where the part kept ends; 0 is the video's end.",
                ),
            ],
            outputs=[io.Video.Output("video", "video", tooltip="The part kept.")],
        )

    @classmethod
    def validate_inputs(cls, start: float | None, end: float | None) -> bool | str:
        if start is None or end is None:
            return True
        if min(start, end) < 0:
            return "times are 0 or more"
        return end == 0 or start < end or f"the end ({end:g} s) must be after the start ({start:g} s), or 0"

    @classmethod
    async def execute(cls, video: Any, start: float, end: float) -> io.NodeOutput:
        from ..studio.render.clip_edits import trim
        from ..studio.timecode import seconds

        path = host.temp_path("trimmed", ".mp4")
        source = await host.run(host.video_path, video)
        times = seconds(start), seconds(end) if end else None
        await host.run(trim, source, *times, path, host.watch(cls))
        return io.NodeOutput(host.video(path))


class CropVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelCrop",
            display_name="Crop Video",
            category="Storyreel/Clips",
            description="Cuts a rectangle out of a video's picture; length and sound stay.",
            inputs=[
                io.Video.Input("video", tooltip="The video to crop."),
                io.Int.Input("x", default=0, min=0, max=8190, tooltip="Pixels from the left edge."),
                io.Int.Input("y", default=0, min=0, max=8190, tooltip="Pixels from the upper edge."),
                io.Int.Input("width", default=512, min=16, max=8192, step=2, tooltip="Pixels across, even."),
                io.Int.Input("height", default=512, min=16, max=8192, step=2, tooltip="Pixels down, even."),
            ],
            outputs=[io.Video.Output("video", "video", tooltip="The rectangle.")],
        )

    @classmethod
    async def execute(cls, video: Any, x: int, y: int, width: int, height: int) -> io.NodeOutput:
        from ..studio.render.clip_edits import crop

        path = host.temp_path("cropped", ".mp4")
        source = await host.run(host.video_path, video)
        await host.run(crop, source, x, y, width, height, path, host.watch(cls))
        return io.NodeOutput(host.video(path))


class MatchColors(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelColorMatch",
            display_name="Match Colors",
            category="Storyreel/Clips",
            description="Brings the brightness and the colours of a video to those of another, or of a picture.",
            inputs=[
                io.Video.Input("video", tooltip="The video whose colours are changed; its sound stays."),
                io.Video.Input(
                    "like",
                    optional=True,
                    tooltip="The video whose first frame has the colours; this or a picture.",
                ),
                io.Image.Input(
                    "picture", optional=True, tooltip="The picture that has the colours; this or a video."
                ),
                io.Combo.Input(
                    "change",
                    [EVENLY, GRADUALLY],
                    default=EVENLY,
                    tooltip="evenly: the first frame gets the colours, and every other is changed alike. towards the "
                    "end: the last frame gets them, the others the less the earlier they are; for a clip that begins "
                    "right and drifts.",
                ),
            ],
            outputs=[io.Video.Output("video", "video", tooltip="The video in the other colours.")],
        )

    @classmethod
    def validate_inputs(
        cls, change: str | None, like: Any = NOT_CONNECTED, picture: Any = NOT_CONNECTED
    ) -> bool:
        # It raises: ComfyUI tells what is returned once more for each of the inputs that are named here.
        if change not in (None, EVENLY, GRADUALLY):
            raise BadInput(f"change: {change!r} is not one of {EVENLY}, {GRADUALLY}")
        if (like is NOT_CONNECTED) is (picture is NOT_CONNECTED):
            raise BadInput("one of the two has the colours", "connect either like or picture")
        return True

    @classmethod
    async def execute(cls, video: Any, change: str, like: Any = None, picture: Any = None) -> io.NodeOutput:
        from ..studio.media.frames import extract_frame
        from ..studio.render.clip_edits import match_colors

        source = await host.run(host.video_path, video)
        if like is not None:
            colors = await host.run(extract_frame, await host.run(host.video_path, like), "first")
        else:
            colors = host.pixels(picture)[0]
        path = host.temp_path("matched", ".mp4")
        await host.run(match_colors, source, colors, path, change == GRADUALLY, host.watch(cls))
        return io.NodeOutput(host.video(path))
