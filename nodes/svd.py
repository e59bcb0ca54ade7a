"""Stable Video Diffusion on the machine that runs the workflow: a picture begins to move, for nothing but time."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import host
from ..host import io
from ..studio.errors import BadInput, Fault
from ..studio.timeline.settings import FITS
from . import buy_clip, model_widgets, sockets

MODELS = ["svd-xt", "svd"]
AS_IT_IS = "as the picture"
SIZES = [
    AS_IT_IS,
    *("1024x576", "576x1024", "768x768", "704x896", "960x640", "896x640"),
    *("768x448", "448x768", "576x576", "704x384", "384x704", "512x512"),
]
_AREA = 1024 * 576


class SVDImageToVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        longest = {can.model: float(can.modes["image"].longest) for can in model_widgets.rows(MODELS)}
        return io.Schema(
            node_id="StoryreelSVD",
            display_name="SVD Image to Video",
            category="Storyreel/Clips",
            description="A silent clip that goes on from a picture, by Stable Video Diffusion on this machine: it "
            "takes a graphics card, torch and the model's weights.",
            inputs=[
                io.Image.Input("image", tooltip="The picture that begins to move."),
                io.Combo.Input("model", MODELS, tooltip="svd-xt films 25 frames at a time, svd 14."),
                io.Float.Input(
                    "seconds",
                    default=3.5,
                    min=0.1,
                    max=max(longest.values()),
                    step=0.1,
                    tooltip="At least so long: whole rounds of the model's frames. A longer clip goes on from its last "
                    "frame, and wanders off from the picture with each round. "
                    + "; ".join(f"{model} up to {most:g} s" for model, most in longest.items())
                    + ".",
                ),
                io.Combo.Input(
                    "size",
                    SIZES,
                    default="1024x576",
                    tooltip="Pixels. The model knows 1024x576 best; smaller takes less time and memory.",
                ),
                io.Combo.Input(
                    "fit",
                    list(FITS),
                    default="cover",
                    tooltip="A picture of another shape: cover cuts it to the frame, contain shows all of it with "
                    "bars.",
                ),
                io.Int.Input(
                    "motion_bucket",
                    default=127,
                    min=1,
                    max=255,
                    tooltip="How much moves: more with higher numbers.",
                ),
                io.Int.Input(
                    "fps",
                    default=7,
                    min=1,
                    max=30,
                    tooltip="At which rate the model films, and the clip runs. The model's own is 7.",
                ),
                io.Float.Input(
                    "noise",
                    default=0.02,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="How far the clip may go from the picture: more moves, and less looks like it.",
                ),
                io.Int.Input(
                    "steps", default=25, min=1, max=200, tooltip="More take longer and look cleaner."
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=model_widgets.LARGEST_SEED,
                    control_after_generate=False,
                    tooltip="The same seed makes the same clip.",
                ),
                io.Int.Input(
                    "decode_chunk",
                    default=0,
                    min=0,
                    max=64,
                    optional=True,
                    tooltip="Frames that are decoded at once: more flicker less and take more memory. 0 is as many as "
                    "fit.",
                ),
                io.Int.Input(
                    "take",
                    default=1,
                    min=1,
                    max=999,
                    optional=True,
                    tooltip="A clip that was made is kept. A higher number makes another one.",
                ),
            ],
            outputs=buy_clip.outputs("The clip, without sound."),
        )

    @classmethod
    def validate_inputs(cls, model: str | None = None, seconds: float | None = None) -> bool | str:
        return sockets.verdict(_check, model, seconds)

    @classmethod
    async def execute(
        cls,
        image: Any,
        model: str,
        seconds: float,
        size: str,
        fit: str = "cover",
        seed: int = 0,
        decode_chunk: int = 0,
        take: int = 1,
        **told: Any,
    ) -> io.NodeOutput:
        from ..studio.planning.model_choice import Wish

        picture = await host.run(sockets.picture_file, image)
        shot = await host.run(
            _shot, picture, seconds, size, fit, seed, {**told, "decode_chunk": decode_chunk}
        )
        path = host.temp_path(model, ".mp4")
        watch = host.watch(cls)
        wish = Wish("svd", model)
        _, record = await host.run(buy_clip.bought, wish, shot, path, take, 0.0, watch)
        return io.NodeOutput(host.video(path), json.dumps(record, indent=1, ensure_ascii=False))


def _check(model: str | None, seconds: float | None) -> None:
    """Raises BadInput for a clip that is longer than the model makes."""
    if model not in MODELS or seconds is None:
        return
    (can,) = model_widgets.rows([model])
    longest = float(can.modes["image"].longest)
    if seconds > longest:
        said = f"{model} makes clips of up to {longest:g} s"
        raise BadInput(
            said, faults=[Fault("seconds", f"{seconds:g} is too long", f"use {longest:g} or less")]
        )


def _shot(picture: str, seconds: float, size: str, fit: str, seed: int, told: dict[str, Any]) -> Any:
    from ..studio.media.image import size_of as seen
    from ..studio.providers.shot import Shot
    from ..studio.providers.svd.options import size_of

    if size == AS_IT_IS:
        width, height = size_of(Fraction(*seen(Path(picture))), _AREA)
    else:
        width, height = (int(side) for side in size.split("x"))
    knobs = {**told, "size": f"{width}x{height}", "decode_chunk": told["decode_chunk"] or None}
    return Shot(
        image=picture,
        duration=Fraction(str(seconds)),
        width=width,
        height=height,
        fps=Fraction(told["fps"]),
        seed=seed,
        resolution=f"{min(width, height)}p",
        fit=fit,
        knobs=tuple((key, value) for key, value in knobs.items() if value is not None),
    )
