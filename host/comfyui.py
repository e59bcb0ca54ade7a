"""The host inside ComfyUI: its folders, its values, its progress bar, its interruption.

The same names as host/standalone, with the same contracts; that file says what each does.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import comfy.model_management
import comfy.utils
import folder_paths
import torch
from comfy_api.latest import ComfyExtension as Extension
from comfy_api.latest import InputImpl, io, ui
from comfy_execution.utils import get_executing_context
from server import PromptServer

from ..studio.errors import BadInput, Interrupted
from ..studio.ledger import canvas_consent
from ..studio.ledger.spend_policy import Spend
from ..studio.progress import Watch
from . import agreement, files, working

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


agreement.listen(PromptServer.instance)


def input_folder() -> Path:
    return Path(folder_paths.get_input_directory())


def output_folder() -> Path:
    return Path(folder_paths.get_output_directory())


def temp_folder() -> Path:
    return Path(folder_paths.get_temp_directory())


def input_file(name: str) -> Path:
    bare, folder = files.split_name(name)
    return files.find({"input": input_folder, "output": output_folder, "temp": temp_folder}[folder](), bare)


def input_names(suffixes: Iterable[str]) -> list[str]:
    return files.names(input_folder(), suffixes)


def input_folders(suffixes: Iterable[str]) -> list[str]:
    return files.folders(input_folder(), suffixes)


def output_path(prefix: str, suffix: str, width: int = 0, height: int = 0) -> tuple[Path, ui.SavedResult]:
    path, subfolder = files.next_path(output_folder(), prefix, suffix, width, height)
    return path, ui.SavedResult(path.name, subfolder, io.FolderType.output)


def temp_path(stem: str, suffix: str) -> Path:
    return files.unique_path(temp_folder(), stem, suffix)


def video(path: Path) -> Any:
    return InputImpl.VideoFromFile(str(path))


def video_path(video: Any) -> Path:
    if not hasattr(video, "get_stream_source") or not hasattr(video, "save_to"):
        raise BadInput(f"{type(video).__name__} is not a video")
    if isinstance(video, InputImpl.VideoFromFile) and not _is_cut(video):
        source = video.get_stream_source()
        if isinstance(source, str) and files.readable(
            Path(source), (input_folder(), output_folder(), temp_folder())
        ):
            return Path(source)
    path = temp_path("video", ".mp4")
    video.save_to(str(path))
    return path


def _is_cut(video: Any) -> bool:
    # Later ComfyUIs let such a video stand for a part of its file: save_to honours that, its file doesn't.
    private = vars(video)
    return any(private.get(f"_VideoFromFile__{name}") for name in ("start_time", "duration"))


def audio(path: Path) -> Any:
    from .waves import read_sound

    waveform, sample_rate = read_sound(Path(path))
    return {"waveform": torch.from_numpy(waveform)[None], "sample_rate": sample_rate}


def audio_path(audio: Any) -> Path:
    from .waves import one_sound, write_sound

    path = temp_path("audio", ".wav")
    write_sound(*one_sound(audio), path)
    return path


def image(pixels: Any) -> torch.Tensor:
    from .pictures import to_unit

    return torch.from_numpy(to_unit(pixels))


def pixels(image: Any) -> Any:
    from .pictures import to_pixels

    return to_pixels(image)


def spend(**how: Any) -> Spend:
    context = get_executing_context()
    run = uuid.uuid4().hex
    if context is not None:
        graph = _graph(context.prompt_id)
        run = f"{context.prompt_id}.{agreement.spending_node(context.node_id, graph)}"
    made = Spend(**how, run=run, day=canvas_consent.allowed())
    return replace(made, limit=Decimal(0), cure=canvas_consent.CURE) if made.day is None else made


def _graph(prompt_id: str) -> dict[str, Any]:
    """The workflow that runs under this id, as it was handed in."""
    queue = PromptServer.instance.prompt_queue
    with queue.mutex:
        return next((item[2] for item in queue.currently_running.values() if item[1] == prompt_id), {})


def watch(node: type[io.ComfyNode]) -> Watch:
    context = get_executing_context()
    if context is None:
        return Watch()
    bar = comfy.utils.ProgressBar(working.STEPS, node_id=context.node_id)
    interrupted = []

    def tell(value: int, steps: int) -> None:
        try:
            bar.update_absolute(value, steps)
        except comfy.model_management.InterruptProcessingException:
            # The bar takes ComfyUI's flag down as it raises: kept here, the work stops at its next check.
            interrupted.append(True)

    def text(line: str) -> None:
        server = PromptServer.instance
        server.send_progress_text(line, context.node_id, server.client_id)

    def cancelled() -> bool:
        return bool(interrupted) or comfy.model_management.processing_interrupted()

    return working.watching(tell, text, cancelled)


async def run(function: Callable[..., _T], *args: Any, **keywords: Any) -> _T:
    try:
        return await working.in_thread(function, *args, **keywords)
    except Interrupted as stopped:
        raise comfy.model_management.InterruptProcessingException() from stopped
