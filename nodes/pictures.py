"""A picture from the cloud: a keyframe for a clip, drawn after words and other pictures, bought once and kept for ever.

What a model can draw is not here but in the catalogue, from which model_widgets.py makes the widgets.
"""

from __future__ import annotations

import json
from typing import Any

from .. import host
from ..host import io
from . import buy_clip, model_widgets, sockets, widget_values

MOST = 0.5
"""Dollars that a node may spend in one run, until somebody says otherwise."""
PROMPT = "A woman in her thirties at her desk, seen from the front; warm light, an office in the morning"


class Keyframe(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        names = model_widgets.models("picture")
        return io.Schema(
            node_id="StoryreelKeyframe",
            display_name="Keyframe",
            category="Storyreel/Cloud",
            description="A picture drawn after words and reference pictures: a first or last frame for a clip.",
            inputs=[
                model_widgets.prompt(PROMPT),
                model_widgets.drawing(),
                model_widgets.door(names, "picture"),
                *model_widgets.words(model_widgets.rows(names)),
                *model_widgets.consent(MOST),
            ],
            outputs=[
                io.Image.Output("image", "image", tooltip="The picture, in the size that it was drawn in."),
                io.String.Output(
                    "record",
                    "record",
                    tooltip="Which model drew it through which door, what it cost, and the service's own id; JSON.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(cls, model_widgets.models("picture"), values, "picture")

    @classmethod
    async def execute(
        cls,
        prompt: str,
        model: dict[str, Any],
        door: str,
        take: int = 1,
        max_cost: float = MOST,
        **said: Any,
    ) -> io.NodeOutput:
        from ..studio.planning.model_choice import Wish

        files = {
            name: await host.run(sockets.picture_file, value)
            for name, value in model.items()
            if name.startswith("reference_") and value is not None
        }
        shot = widget_values.shot({**model, "mode": "picture"}, files, prompt=prompt, **said)
        wish = Wish(door, model["model"])
        pixels, record = await host.run(_drawn, wish, shot, take, max_cost, host.watch(cls))
        return io.NodeOutput(host.image(pixels), json.dumps(record, indent=1, ensure_ascii=False))


def _drawn(wish: Any, shot: Any, number: int, max_cost: float, watch: Any) -> tuple[Any, dict[str, Any]]:
    """Its pixels, and what is to be known of it."""
    from ..studio.media.image import read

    about, record = buy_clip.bought(wish, shot, host.temp_path(wish.model, ".png"), number, max_cost, watch)
    pixels = read(about["path"])
    return pixels, {**record, "width": pixels.shape[1], "height": pixels.shape[0]}
