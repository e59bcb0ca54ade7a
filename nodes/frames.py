"""Still pictures out of a video: one frame, or many on a sheet."""

from __future__ import annotations

from typing import Any

from .. import host
from ..host import io


class ExtractFrame(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelExtractFrame",
            display_name="Extract Frame",
            category="Storyreel/Frames",
            description="Takes exactly one frame out of a video: the first, the last, or the one shown at "
            "a time.",
            inputs=[
                io.Video.Input("video", tooltip="The video to look into."),
                io.DynamicCombo.Input(
                    "which",
                    [
                        io.DynamicCombo.Option("first", []),
                        io.DynamicCombo.Option("last", []),
                        io.DynamicCombo.Option(
                            "at",
                            [
                                io.Float.Input(
                                    "time",
                                    default=0.0,
                                    min=0.0,
                                    max=86400.0,
                                    step=0.01,
                                    tooltip="Seconds from the start; the frame that is on screen then.",
                                )
                            ],
                        ),
                    ],
                    tooltip="Which frame.",
                ),
            ],
            outputs=[io.Image.Output("image", "image", tooltip="The frame, in the video's own size.")],
        )

    @classmethod
    async def execute(cls, video: Any, which: dict[str, Any]) -> io.NodeOutput:
        from ..studio.media.frames import extract_frame

        path = await host.run(host.video_path, video)
        frame = await host.run(
            extract_frame, path, which["time"] if which["which"] == "at" else which["which"]
        )
        return io.NodeOutput(host.image(frame))


class ContactSheet(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelContactSheet",
            display_name="Contact Sheet",
            category="Storyreel/Frames",
            description="Shows a whole video in one picture: frames at even distances, in rows.",
            inputs=[
                io.Video.Input("video", tooltip="The video to show."),
                io.Int.Input("columns", default=4, min=1, max=20, tooltip="Frames beside each other."),
                io.Int.Input("rows", default=3, min=1, max=20, tooltip="Rows of frames."),
                io.Int.Input(
                    "width",
                    default=1280,
                    min=64,
                    max=8192,
                    step=2,
                    tooltip="Pixels of the whole sheet, across.",
                ),
            ],
            outputs=[io.Image.Output("image", "image", tooltip="The sheet.")],
        )

    @classmethod
    async def execute(cls, video: Any, columns: int, rows: int, width: int) -> io.NodeOutput:
        from ..studio.media.frames import contact_sheet

        path = await host.run(host.video_path, video)
        return io.NodeOutput(host.image(await host.run(contact_sheet, path, columns, rows, width)))
