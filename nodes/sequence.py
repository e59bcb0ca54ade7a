"""Narrated image sequences on the canvas: a folder of numbered pictures, and the request that goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import host
from ..host import io
from ..studio.storyboard.numbered_files import ENDINGS
from . import examples, sockets
from .storyboard import fingerprint_of, socket_of

EXAMPLE = """{
  "sequence_data": [
    {
      "scene_number": 1,
      "narration": "The hero stood tall against the setting sun.",
      "duration": 5,
      "clip_action": "slow zoom out, pan right",
      "music_mood": "epic"
    }
  ],
  "generation_params": {
    "transition_type": "fade",
    "seed": 12345,
    "fps": 24
  }
}
"""


class NarratedSequence(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelNarratedSequence",
            display_name="Narrated Sequence",
            category="Storyreel/Storyboard",
            description="Makes a storyboard of a folder of numbered pictures and of what is said over them: 1024x576, "
            "24 frames a second.",
            inputs=[
                io.Combo.Input(
                    "folder",
                    [examples.PICTURES, *host.input_folders(ENDINGS)],
                    tooltip="The folder in ComfyUI's input folder that holds the pictures. The number in a picture's "
                    "name is its scene's: 1.png, scene_002.jpg, 3 sunset.webp.",
                ),
                io.String.Input(
                    "request",
                    default=EXAMPLE,
                    multiline=True,
                    dynamic_prompts=False,  # the canvas would take JSON's braces for {one|or|another}
                    tooltip="The scenes and how they are joined, in JSON or YAML. clip_action: zoom in or out, pan "
                    "left, right, up or down; slow or fast; one up to 3 s, two up to 5 s. transition_type: none, "
                    "fade or crossfade.",
                ),
            ],
            outputs=[
                sockets.Storyboard.Output(
                    "storyboard", "storyboard", tooltip="The storyboard, for Shoot Storyboard."
                ),
                io.String.Output("notes", "notes", tooltip="What is done differently from what is written."),
            ],
        )

    @classmethod
    def validate_inputs(cls, folder: str | None, request: str | None) -> bool:
        # It raises because ComfyUI tells what a validator returns once more for each of a node's inputs.
        if folder is not None and request is not None:
            _checked(request, _place(folder))
        return True

    @classmethod
    def fingerprint_inputs(cls, folder: str, request: str) -> str:
        place = _place(folder)
        return fingerprint_of(_checked(request, place)[0], place)

    @classmethod
    async def execute(cls, folder: str, request: str) -> io.NodeOutput:
        place = _place(folder)
        board, notes = await host.run(_checked, request, place)
        return io.NodeOutput(socket_of(board, place), "\n".join(notes))


def _place(folder: str) -> Path:
    if folder.endswith(examples.MARK):
        return examples.picture_folder(folder)
    from ..studio.paths import inside

    return inside(host.input_folder(), folder)


def _checked(request: str, place: Path) -> tuple[Any, tuple[str, ...]]:
    """The storyboard and its notes. Raises BadInput with every fault, those of the pictures too."""
    from ..studio.planning.narrated_sequence import read

    return read(request, place)
