"""Stand-ins for the nodes of videos: load, save without re-encoding, put together from images, take apart."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ....host import input_file, io, output_path, run, temp_path, ui, video
from .pictures import PREFIX_TIP
from .shape import Node, file_mark, media_names, missing

MODULE = "comfy_extras.nodes_video"


class LoadVideo(Node):
    RELATIVE_PYTHON_MODULE = MODULE

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="LoadVideo",
            display_name="Load Video",
            category="image/video",
            inputs=[io.Combo.Input("file", options=media_names("video"), upload=io.UploadType.video)],
            outputs=[io.Video.Output()],
        )

    @classmethod
    def validate_inputs(cls, file: str) -> bool | str:
        return missing(file, "video")

    @classmethod
    def fingerprint_inputs(cls, file: str) -> str:
        return file_mark(file)

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        return io.NodeOutput(video(input_file(file)))


class SaveVideo(Node):
    RELATIVE_PYTHON_MODULE = MODULE

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SaveVideo",
            display_name="Save Video",
            category="image/video",
            description="Saves the input images to your ComfyUI output directory.",
            inputs=[
                io.Video.Input("video", tooltip="The video to save."),
                io.String.Input("filename_prefix", default="video/ComfyUI", tooltip=PREFIX_TIP),
                io.Combo.Input(
                    "format",
                    options=["auto", "mp4"],
                    default="auto",
                    tooltip="The format to save the video as.",
                ),
                io.Combo.Input(
                    "codec",
                    options=["auto", "h264"],
                    default="auto",
                    tooltip="The codec to use for the video.",
                ),
            ],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    async def execute(cls, video: Any, filename_prefix: str, format: str, codec: str) -> io.NodeOutput:
        from ....host.standalone.values import workflow_tags

        path, result = output_path(filename_prefix, ".mp4", *await run(video.get_dimensions))
        notes = await run(video.save_to, path, format, codec, workflow_tags(cls.hidden))
        shown = ui.PreviewVideo([result]).as_dict()
        return io.NodeOutput(ui={**shown, "text": notes} if notes else shown)


class CreateVideo(Node):
    RELATIVE_PYTHON_MODULE = MODULE

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="CreateVideo",
            display_name="Create Video",
            category="image/video",
            description="Create a video from images.",
            inputs=[
                io.Image.Input("images", tooltip="The images to create a video from."),
                io.Float.Input("fps", default=30.0, min=1.0, max=120.0, step=1.0),
                io.Audio.Input("audio", optional=True, tooltip="The audio to add to the video."),
            ],
            outputs=[io.Video.Output()],
        )

    @classmethod
    async def execute(cls, images: Any, fps: float, audio: Any = None) -> io.NodeOutput:
        from ....host.standalone.values import encode_components

        path = temp_path("video", ".mp4")
        return io.NodeOutput(
            await run(encode_components, images, audio, Fraction(fps).limit_denominator(1001), path)
        )


class GetVideoComponents(Node):
    RELATIVE_PYTHON_MODULE = MODULE

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="GetVideoComponents",
            display_name="Get Video Components",
            category="image/video",
            description="Extracts all components from a video: frames, audio, and framerate.",
            inputs=[io.Video.Input("video", tooltip="The video to extract components from.")],
            outputs=[
                io.Image.Output(display_name="images"),
                io.Audio.Output(display_name="audio"),
                io.Float.Output(display_name="fps"),
            ],
        )

    @classmethod
    async def execute(cls, video: Any) -> io.NodeOutput:
        parts = await run(video.get_components)
        return io.NodeOutput(parts.images, parts.audio, float(parts.frame_rate))


NODES = (LoadVideo, SaveVideo, CreateVideo, GetVideoComponents)
