"""The host when no ComfyUI is around: Storyreel's own engine, the command line, and tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from ...studio.errors import BadInput
from ...studio.ledger.spend_policy import Spend
from ...studio.progress import Watch
from .. import files, working
from . import context, io, ui
from .node import Extension

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

_T = TypeVar("_T")

SERVE = "`storyreel serve --allow-spend --max-cost 5` is a server that may spend $5"

# Pictures, sound and numpy are imported where they are used: a schema is read without them.


def input_folder() -> Path:
    return context.folders().input


def output_folder() -> Path:
    return context.folders().output


def temp_folder() -> Path:
    return context.folders().temp


def input_file(name: str) -> Path:
    """The file that a workflow names: in the input folder, or where "name [output]" or "name [temp]" says.

    Raises BadInput if it isn't there, or the name leaves its folder.
    """
    bare, folder = files.split_name(name)
    return files.find(getattr(context.folders(), folder), bare)


def input_names(suffixes: Iterable[str]) -> list[str]:
    """The names right in the input folder that end with one of `suffixes`; none outside of an engine."""
    return files.names(input_folder(), suffixes) if context.anywhere() else []


def input_folders(suffixes: Iterable[str]) -> list[str]:
    """The folders in the input folder that hold files ending with one of `suffixes`; none outside of an engine."""
    return files.folders(input_folder(), suffixes) if context.anywhere() else []


def output_path(prefix: str, suffix: str, width: int = 0, height: int = 0) -> tuple[Path, ui.SavedResult]:
    """The next free file `<prefix>_00001_<suffix>` of the output folder, and how /view names it."""
    path, subfolder = files.next_path(output_folder(), prefix, suffix, width, height)
    return path, ui.SavedResult(path.name, subfolder, io.FolderType.output)


def temp_path(stem: str, suffix: str) -> Path:
    """A path in the temp folder that nothing else has."""
    return files.unique_path(temp_folder(), stem, suffix)


def video(path: Path) -> Any:
    """A VIDEO value of a file."""
    from .values import FileVideo

    return FileVideo(Path(path))


def video_path(video: Any) -> Path:
    """The file of a VIDEO value."""
    source = getattr(video, "get_stream_source", lambda: None)()
    if not isinstance(source, str):
        raise BadInput(f"{type(video).__name__} is not a video")
    return Path(source)


def audio(path: Path) -> Any:
    """An AUDIO value of a file."""
    from .values import FileAudio

    return FileAudio(Path(path))


def audio_path(audio: Any) -> Path:
    """A sound file of an AUDIO value: its own, or a WAV in temp. Raises BadInput for a batch of several."""
    path = getattr(audio, "path", None)
    if isinstance(path, Path):
        return path
    from ..waves import one_sound, write_sound

    path = temp_path("audio", ".wav")
    write_sound(*one_sound(audio), path)
    return path


def image(pixels: Any) -> Any:
    """An IMAGE value, float32 [B, H, W, 3] 0 to 1, of uint8 [H, W, 3] or [B, H, W, 3]."""
    from ..pictures import to_unit

    return to_unit(pixels)


def pixels(image: Any) -> Any:
    """uint8 [B, H, W, 3] of an IMAGE value."""
    from ..pictures import to_pixels

    return to_pixels(image)


def spend(**how: Any) -> Spend:
    """What the running node may spend: `how` are fields of Spend. All its calls in one run share one limit."""
    running = context.running()
    made = Spend(
        **how, run=running.run or uuid.uuid4().hex, within=running.session, together=running.together
    )
    return replace(made, limit=Decimal(0), cure=SERVE) if running.together == 0 else made


def watch(node: type[io.ComfyNode]) -> Watch:
    """A watch that moves the running node's progress bar and is cancelled when the run is interrupted."""
    running = context.running()
    return working.watching(running.progress, running.text, running.cancelled)


async def run(function: Callable[..., _T], *args: Any, **keywords: Any) -> _T:
    """Calls `function` in a thread and waits for it without holding up the nodes beside this one."""
    return await working.in_thread(function, *args, **keywords)
