"""Example pictures and sounds: for first steps, and for templates that must run where no files are yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import host
from ..host import io, ui
from . import examples


class SamplePicture(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelSamplePicture",
            display_name="Sample Picture",
            category="Storyreel/Samples",
            description="One of the six example pictures of a day, to try things out with.",
            inputs=[
                io.Combo.Input(
                    "name", examples.pictures(), tooltip="Which picture; each is 1600 x 1067 pixels."
                ),
            ],
            outputs=[io.Image.Output("image", "image", tooltip="The picture.")],
        )

    @classmethod
    async def execute(cls, name: str) -> io.NodeOutput:
        path = examples.medium(name, examples.pictures())
        picture, small = await host.run(_pixels, path)
        return io.NodeOutput(host.image(picture), ui=ui.PreviewImage(host.image(small), cls=cls))


class SampleSound(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelSampleSound",
            display_name="Sample Sound",
            category="Storyreel/Samples",
            description="One of the example sounds: quiet music, or the sea; both can be looped without a "
            "seam.",
            inputs=[
                io.Combo.Input(
                    "name", examples.sounds(), tooltip="calm.ogg: 24 s of music. shore.ogg: 16 s of waves."
                ),
            ],
            outputs=[io.Audio.Output("audio", "audio", tooltip="The sound.")],
        )

    @classmethod
    async def execute(cls, name: str) -> io.NodeOutput:
        path = examples.medium(name, examples.sounds())
        return io.NodeOutput(await host.run(host.audio, path))


def _pixels(path: Path) -> tuple[Any, Any]:
    """The picture, and a small one for the node to show."""
    import numpy
    from PIL import Image

    from ..studio.media.image import read

    pixels = read(path)
    return pixels, numpy.asarray(Image.fromarray(pixels).resize((480, 320)))
