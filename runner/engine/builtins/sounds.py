"""Stand-ins for the nodes of sound: load, save as FLAC, preview."""

from __future__ import annotations

from typing import Any

from ....host import audio as audio_of
from ....host import input_file, io, output_path, run, ui
from .shape import Node, file_mark, media_names, missing

MODULE = "comfy_extras.nodes_audio"


class LoadAudio(Node):
    RELATIVE_PYTHON_MODULE = MODULE

    @classmethod
    def define_schema(cls) -> io.Schema:
        names = media_names("audio", "video")
        return io.Schema(
            node_id="LoadAudio",
            display_name="Load Audio",
            category="audio",
            inputs=[io.Combo.Input("audio", options=names, upload=io.UploadType.audio)],
            outputs=[io.Audio.Output()],
        )

    @classmethod
    def validate_inputs(cls, audio: str) -> bool | str:
        return missing(audio, "audio")

    @classmethod
    def fingerprint_inputs(cls, audio: str) -> str:
        return file_mark(audio)

    @classmethod
    async def execute(cls, audio: str) -> io.NodeOutput:
        sound = audio_of(input_file(audio))
        await run(sound.__getitem__, "sample_rate")  # what is no sound is told here, not where it is used
        return io.NodeOutput(sound)


class SaveAudio(Node):
    RELATIVE_PYTHON_MODULE = MODULE

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SaveAudio",
            display_name="Save Audio (FLAC)",
            category="audio",
            inputs=[io.Audio.Input("audio"), io.String.Input("filename_prefix", default="audio/ComfyUI")],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    async def execute(cls, audio: Any, filename_prefix: str) -> io.NodeOutput:
        return io.NodeOutput(ui={"audio": await run(_saved, audio, filename_prefix, cls.hidden)})


def _saved(audio: Any, prefix: str, hidden: Any) -> list[Any]:
    from ....host.standalone.values import save_flac

    results = []
    for waveform in audio["waveform"]:
        path, result = output_path(prefix, ".flac")
        save_flac(waveform, audio["sample_rate"], path, hidden)
        results.append(result)
    return results


class PreviewAudio(Node):
    RELATIVE_PYTHON_MODULE = MODULE

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PreviewAudio",
            display_name="Preview Audio",
            category="audio",
            inputs=[io.Audio.Input("audio")],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    async def execute(cls, audio: Any) -> io.NodeOutput:
        return io.NodeOutput(ui=await run(ui.PreviewAudio, audio, cls=cls))


NODES = (LoadAudio, SaveAudio, PreviewAudio)
