"""Where are we running? Inside ComfyUI, or without it: the same names either way.

    from ..host import io, ui
    from .. import host

ComfyUI has imported comfy_api before it loads any pack, so its presence decides. Whether it *could* be
imported doesn't: the command line may be started from within a ComfyUI folder.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or "comfy_api" not in sys.modules:
    from .standalone import (
        Extension,
        audio,
        audio_path,
        image,
        input_file,
        input_folder,
        input_folders,
        input_names,
        io,
        output_folder,
        output_path,
        pixels,
        run,
        spend,
        temp_folder,
        temp_path,
        ui,
        video,
        video_path,
        watch,
    )
else:
    from .comfyui import (
        Extension,
        audio,
        audio_path,
        image,
        input_file,
        input_folder,
        input_folders,
        input_names,
        io,
        output_folder,
        output_path,
        pixels,
        run,
        spend,
        temp_folder,
        temp_path,
        ui,
        video,
        video_path,
        watch,
    )

__all__ = [
    "Extension",
    "audio",
    "audio_path",
    "image",
    "input_file",
    "input_folder",
    "input_folders",
    "input_names",
    "io",
    "output_folder",
    "output_path",
    "pixels",
    "run",
    "spend",
    "temp_folder",
    "temp_path",
    "ui",
    "video",
    "video_path",
    "watch",
]
