"""Clips from the cloud: one node per family of models, each clip bought once and kept for ever.

What a model can do is not here but in the catalogue, from which model_widgets.py makes the widgets.
"""

from __future__ import annotations

from typing import Any

from ..host import io
from . import buy_clip, model_widgets

VEO = ["veo-3.1", "veo-3.1-fast", "veo-3.1-lite"]
OMNI = ["gemini-omni-1.2", "gemini-omni-1.1", "gemini-omni-1.0"]
KLING = ["kling-3.0", "kling-3.0-turbo", "kling-3.0-omni", "kling-2.6", "kling-2.5-turbo"]
KLING += ["kling-4.0", "kling-4.0-flash"]  # at the end: what a saved workflow leaves open stays the first
PIKA = ["pika-2.5", "pika-2.2"]
RUNWAY = [
    name for name in model_widgets.models() if model_widgets.doors([name]) == ["runway"] and name not in OMNI
]
"""Its own, and those of others that have no other door here."""
PROMPT = "A woman in her thirties looks up from her laptop and smiles; warm light, an office in the morning"


class Veo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        cans = model_widgets.rows(VEO)
        return io.Schema(
            node_id="StoryreelVeo",
            display_name="Veo",
            category="Storyreel/Cloud",
            description="A clip by Google's Veo, with sound, from words, a first frame, two frames or "
            "references.",
            inputs=[
                model_widgets.prompt(PROMPT),
                io.Combo.Input(
                    "model",
                    VEO,
                    tooltip="veo-3.1 looks best; veo-3.1-fast is quicker and cheaper, veo-3.1-lite the cheapest.",
                ),
                model_widgets.modes(cans),
                model_widgets.door(VEO),
                *model_widgets.words(cans),
                *model_widgets.consent(buy_clip.MOST),
            ],
            outputs=buy_clip.outputs(),
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(cls, VEO, values)

    @classmethod
    async def execute(
        cls, prompt: str, model: str, mode: dict[str, Any], door: str, **said: Any
    ) -> io.NodeOutput:
        return await buy_clip.filmed(cls, (door, model), mode, prompt=prompt, **said)


class GeminiOmni(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelGeminiOmni",
            display_name="Gemini Omni",
            category="Storyreel/Cloud",
            description="A clip by Google's Gemini Omni, always with sound, from words, pictures or another clip.",
            inputs=[
                model_widgets.prompt(PROMPT),
                model_widgets.by_model(OMNI),
                model_widgets.door(OMNI),
                *model_widgets.words(model_widgets.rows(OMNI)),
                *model_widgets.consent(buy_clip.MOST),
            ],
            outputs=buy_clip.outputs(),
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(cls, OMNI, values)

    @classmethod
    async def execute(cls, prompt: str, model: dict[str, Any], door: str, **said: Any) -> io.NodeOutput:
        return await buy_clip.filmed(
            cls, (door, model["model"]), model_widgets.mode_of(model), prompt=prompt, **said
        )


class Kling(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelKling",
            display_name="Kling",
            category="Storyreel/Cloud",
            description="A clip by Kling, from words, a first frame, two frames or references.",
            inputs=[
                model_widgets.prompt(PROMPT),
                model_widgets.by_model(KLING),
                model_widgets.door(KLING),
                *model_widgets.words(model_widgets.rows(KLING), audio=False),
                *model_widgets.consent(buy_clip.MOST),
            ],
            outputs=buy_clip.outputs(),
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(cls, KLING, values)

    @classmethod
    async def execute(cls, prompt: str, model: dict[str, Any], door: str, **said: Any) -> io.NodeOutput:
        return await buy_clip.filmed(
            cls, (door, model["model"]), model_widgets.mode_of(model), prompt=prompt, **said
        )


class Pika(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelPika",
            display_name="Pika",
            category="Storyreel/Cloud",
            description="A silent clip by Pika, from words, a first frame or two frames.",
            inputs=[
                model_widgets.prompt(PROMPT),
                model_widgets.by_model(PIKA),
                model_widgets.door(PIKA),
                *model_widgets.words(model_widgets.rows(PIKA)),
                *model_widgets.consent(buy_clip.MOST),
            ],
            outputs=buy_clip.outputs(),
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(cls, PIKA, values)

    @classmethod
    async def execute(cls, prompt: str, model: dict[str, Any], door: str, **said: Any) -> io.NodeOutput:
        return await buy_clip.filmed(
            cls, (door, model["model"]), model_widgets.mode_of(model), prompt=prompt, **said
        )


class Runway(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelRunway",
            display_name="Runway",
            category="Storyreel/Cloud",
            description="A clip by one of Runway's own models, or by one that it lends: Seedance, Hailuo, Wan, Grok.",
            inputs=[
                model_widgets.prompt(PROMPT),
                model_widgets.by_model(RUNWAY),
                *model_widgets.words(model_widgets.rows(RUNWAY), audio=False),
                *model_widgets.consent(buy_clip.MOST),
            ],
            outputs=buy_clip.outputs(),
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(cls, RUNWAY, values)

    @classmethod
    async def execute(cls, prompt: str, model: dict[str, Any], **said: Any) -> io.NodeOutput:
        return await buy_clip.filmed(
            cls, ("runway", model["model"]), model_widgets.mode_of(model), prompt=prompt, **said
        )


class ExtendVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelExtendVideo",
            display_name="Extend Video",
            category="Storyreel/Cloud",
            description="Goes on from where a video ends, and gives back the whole of it, longer.",
            inputs=[
                io.Video.Input(
                    "video", tooltip="The video to go on from; a clip of the same model goes on best."
                ),
                model_widgets.prompt("She stands up and walks to the window", "What happens next, in words."),
                model_widgets.extending(),
                model_widgets.door(model_widgets.models("extend"), "extend"),
                *model_widgets.words(model_widgets.rows(model_widgets.models("extend"))),
                *model_widgets.consent(buy_clip.MOST),
            ],
            outputs=buy_clip.outputs("The whole video: what came in and what was added."),
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(cls, model_widgets.models("extend"), values, "extend")

    @classmethod
    async def execute(
        cls, video: Any, prompt: str, model: dict[str, Any], door: str, **said: Any
    ) -> io.NodeOutput:
        mode = {**model, "mode": "extend", "video": video}
        return await buy_clip.filmed(cls, (door, model["model"]), mode, prompt=prompt, **said)


class AutoVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        cans = model_widgets.rows(model_widgets.models())
        return io.Schema(
            node_id="StoryreelAutoVideo",
            display_name="Auto Video",
            category="Storyreel/Cloud",
            description="A clip by whichever model suits: the best or the cheapest of those that are ready and can "
            "do it.",
            inputs=[
                model_widgets.prompt(PROMPT),
                io.Combo.Input(
                    "policy",
                    list(buy_clip.POLICIES),
                    tooltip="Who is asked first: "
                    + "; ".join(f"{name}: {said}" for name, said in buy_clip.POLICIES.items())
                    + ". If that one fails, the next is asked.",
                ),
                model_widgets.modes(cans, leave_out=("extend", "edit", *model_widgets.APART)),
                io.String.Input(
                    "models",
                    default="",
                    placeholder="veo-3.1, kling-3.0, gen4.5",
                    optional=True,
                    tooltip=f"Only these, the first first; empty is all of them: {', '.join(model_widgets.models())}.",
                ),
                *model_widgets.words(cans),
                *model_widgets.consent(buy_clip.MOST),
            ],
            outputs=buy_clip.outputs(),
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(
            cls, buy_clip.named(values.get("models") or "") or model_widgets.models(), values
        )

    @classmethod
    async def execute(
        cls, prompt: str, policy: str, mode: dict[str, Any], models: str = "", **said: Any
    ) -> io.NodeOutput:
        return await buy_clip.filmed(
            cls,
            (model_widgets.AUTO, None),
            mode,
            policy=policy,
            models=buy_clip.named(models),
            prompt=prompt,
            **said,
        )
