"""Sounds among themselves: mixed, one giving way to another, louder, softer, faded, brought to a loudness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import host
from ..host import io
from ..studio.errors import BadInput
from . import sockets

MOST_SOUNDS = 16
_STEREO = "48 kHz, stereo."


def _output(tooltip: str) -> Any:
    return io.Audio.Output("audio", "audio", tooltip=f"{tooltip}; {_STEREO}")


async def _audio(made: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """What a studio function makes, float32 [2, n] at 48 kHz, as an AUDIO."""
    return await host.run(_as_audio, await host.run(made, *args, **keywords))


def _as_audio(samples: Any) -> Any:
    from ..host.waves import write_sound

    path = host.temp_path("sound", ".wav")
    write_sound(samples, 48000, path)
    return host.audio(path)


class MixAudio(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelMixAudio",
            display_name="Mix Audio",
            category="Storyreel/Sound",
            description="Lays sounds over each other, each with its volume, place and fades; music can give way to a "
            "voice, and each sound of a list is laid, in the place of its socket.",
            is_input_list=True,
            inputs=[
                io.Autogrow.Input(
                    "sounds",
                    io.Autogrow.TemplatePrefix(
                        io.Audio.Input("sound", tooltip="A sound; connect it and the next input appears."),
                        prefix="sound",
                        min=1,
                        max=MOST_SOUNDS,
                    ),
                    tooltip="The sounds, in the order of the lines.",
                ),
                io.String.Input(
                    "tracks",
                    default="",
                    multiline=True,
                    placeholder="one line per sound, where it differs:\ngain -6 loop ducks fade_out 2\nvoice at 1.5",
                    tooltip="One line per sound: gain (dB), pan (-1 to 1), at and until (seconds of the mix), from and "
                    "to (seconds of the sound), fade_in, fade_out; loop repeats it, again says from which second; "
                    "what ducks gives way to what is a voice. An empty line changes nothing.",
                ),
            ],
            outputs=[_output("All of them together, as long as the one that ends last")],
        )

    @classmethod
    def validate_inputs(cls, tracks: Any, sounds: Any = None) -> bool | str:
        # ComfyUI hands over every dynamic input, asked for or not: `sounds` has to be named.
        from ..studio.render.audio_lines import read_lines

        return sockets.verdict(read_lines, sockets.one_of("tracks", tracks) or "")

    @classmethod
    async def execute(cls, sounds: dict[str, list[Any] | None], tracks: list[str]) -> io.NodeOutput:
        from ..studio.render import audio_lines

        paths = [await host.run(host.audio_path, sound) for sound in sockets.in_a_row(sounds)]
        if not paths:
            raise BadInput("no sound came to Mix Audio", "connect a sound, or a list of one or more")
        lines = sockets.one_of("tracks", tracks)
        return io.NodeOutput(
            await _audio(audio_lines.mixed, audio_lines.tracks(lines, paths), host.watch(cls))
        )


class Duck(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelDuck",
            display_name="Duck",
            category="Storyreel/Sound",
            description="Makes a sound give way to a voice: softer from just before each sentence to just after it.",
            inputs=[
                io.Audio.Input("audio", tooltip="What gives way: music, most often."),
                io.Audio.Input("under", tooltip="The voice that it gives way to; both begin together."),
                io.Float.Input(
                    "depth",
                    display_name="depth (dB)",
                    default=12.0,
                    min=0.0,
                    max=60.0,
                    step=0.5,
                    tooltip="By how much it goes down, in decibels.",
                ),
            ],
            outputs=[_output("The sound as it gives way, without the voice")],
        )

    @classmethod
    async def execute(cls, audio: Any, under: Any, depth: float) -> io.NodeOutput:

        from ..studio.render import audio_lines

        paths = [await host.run(host.audio_path, sound) for sound in (audio, under)]
        return io.NodeOutput(await _audio(audio_lines.under, *paths, depth))


class Loudness(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelLoudness",
            display_name="Loudness",
            category="Storyreel/Sound",
            description="Brings a sound to a loudness as listeners hear it (EBU R128), its peaks below a limit.",
            inputs=[
                io.Audio.Input("audio", tooltip="Any sound of 0.4 s or more."),
                io.Float.Input(
                    "target",
                    display_name="target (LUFS)",
                    default=-14.0,
                    min=-50.0,
                    max=-5.0,
                    step=0.5,
                    tooltip="-14 is what the large platforms play at, -16 usual for speech, -23 for broadcasts.",
                ),
                io.Float.Input(
                    "true_peak",
                    display_name="true peak (dBTP)",
                    default=-1.0,
                    min=-20.0,
                    max=0.0,
                    step=0.1,
                    tooltip="No peak goes above it, not between the samples either.",
                ),
            ],
            outputs=[
                _output("The sound at its loudness"),
                io.String.Output(
                    "report",
                    "report",
                    tooltip="Loudness and peak that were reached, and what couldn't be done.",
                ),
            ],
        )

    @classmethod
    async def execute(cls, audio: Any, target: float, true_peak: float) -> io.NodeOutput:

        from ..studio.render import audio_lines

        path = await host.run(host.audio_path, audio)
        samples, found = await host.run(audio_lines.at_loudness, path, target, true_peak, host.watch(cls))
        reached = found.loudness
        lines = [f"{reached.integrated:.1f} LUFS, {reached.true_peak:.1f} dBTP"] if reached else []
        report = "\n".join([*lines, *([found.note] if found.note else [])]) or "silence"
        return io.NodeOutput(await host.run(_as_audio, samples), report)


class Volume(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelVolume",
            display_name="Volume",
            category="Storyreel/Sound",
            description="Makes a sound louder or softer, and moves it to the left or to the right.",
            inputs=[
                io.Audio.Input("audio", tooltip="Any sound."),
                io.Float.Input(
                    "gain_db",
                    display_name="gain (dB)",
                    default=0.0,
                    min=-100.0,
                    max=40.0,
                    step=0.5,
                    tooltip="Louder (+) or softer (-), in decibels; 6 is twice the wave. Nothing is turned down that "
                    "gets too loud.",
                ),
                io.Float.Input(
                    "pan",
                    default=0.0,
                    min=-1.0,
                    max=1.0,
                    step=0.05,
                    tooltip="-1 is left, 0 the middle, 1 right; the side that it leaves gets softer, the other stays.",
                ),
            ],
            outputs=[_output("The sound, changed")],
        )

    @classmethod
    async def execute(cls, audio: Any, gain_db: float, pan: float) -> io.NodeOutput:

        from ..studio.render import audio_lines

        path = await host.run(host.audio_path, audio)
        return io.NodeOutput(await _audio(audio_lines.changed, path, gain_db, pan, watch=host.watch(cls)))


class Fade(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelFade",
            display_name="Fade",
            category="Storyreel/Sound",
            description="Lets a sound rise from silence at its beginning and fall to silence at its end.",
            inputs=[
                io.Audio.Input("audio", tooltip="Any sound."),
                io.Float.Input(
                    "fade_in",
                    default=0.5,
                    min=0.0,
                    max=600.0,
                    step=0.05,
                    tooltip="Seconds in which it rises.",
                ),
                io.Float.Input(
                    "fade_out",
                    default=1.0,
                    min=0.0,
                    max=600.0,
                    step=0.05,
                    tooltip="Seconds in which it falls.",
                ),
            ],
            outputs=[_output("The sound with its ends faded")],
        )

    @classmethod
    async def execute(cls, audio: Any, fade_in: float, fade_out: float) -> io.NodeOutput:
        from ..studio.render import audio_lines
        from ..studio.timecode import seconds

        path = await host.run(host.audio_path, audio)
        fades = {"fade_in": seconds(fade_in), "fade_out": seconds(fade_out)}
        return io.NodeOutput(await _audio(audio_lines.changed, path, **fades, watch=host.watch(cls)))
