"""Somebody says something: an avatar of HeyGen's, or whoever is in a picture; and who there is to choose from."""

from __future__ import annotations

from typing import Any

from .. import host
from ..host import io
from . import buy_clip, model_widgets

MODELS = ["heygen-avatar-iv", "heygen-photo-iv", "heygen-avatar-iii"]
SCRIPT = "Welcome! In the next minute I will show you three things that our new office has to offer."


class HeyGen(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelHeyGen",
            display_name="HeyGen Avatar",
            category="Storyreel/Cloud",
            description="An avatar of HeyGen's, or the person in a picture, says a text or a sound.",
            inputs=[
                io.String.Input(
                    "script",
                    default=SCRIPT,
                    multiline=True,
                    dynamic_prompts=False,  # what is bought has to be what is written
                    tooltip="What is said. The clip gets as long as that takes.",
                ),
                model_widgets.by_model(MODELS),
                io.String.Input(
                    "voice",
                    default="",
                    placeholder="an id out of HeyGen Lists",
                    tooltip="Who is heard: the id of a voice. A sound that comes in needs none.",
                ),
                io.Audio.Input(
                    "speech", optional=True, tooltip="A sound that is said in place of the script."
                ),
                io.String.Input(
                    "prompt",
                    default="",
                    optional=True,
                    tooltip="How the one in a picture moves, such as nods and smiles. Avatars take no such words.",
                ),
                *model_widgets.consent(buy_clip.MOST),
            ],
            outputs=buy_clip.outputs(),
        )

    @classmethod
    def validate_inputs(cls, **values: Any) -> bool:
        return buy_clip.checked(cls, MODELS, {"door": "heygen", "prompt": "", **values})

    @classmethod
    async def execute(
        cls, script: str, model: dict[str, Any], voice: str = "", speech: Any = None, **said: Any
    ) -> io.NodeOutput:
        mode = {**model_widgets.mode_of(model), "speech": speech}
        if speech is not None:
            script, voice = "", ""
        return await buy_clip.filmed(
            cls, ("heygen", model["model"]), mode, script=script, voice=voice.strip(), **said
        )


class HeyGenLists(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelHeyGenLists",
            display_name="HeyGen Lists",
            category="Storyreel/Cloud",
            description="Who can talk: HeyGen's avatars or voices, a line for each with id and name, at no cost.",
            inputs=[
                io.Combo.Input("list", ["avatars", "voices"], tooltip="What is listed."),
                io.String.Input(
                    "search",
                    default="",
                    placeholder="female office",
                    tooltip="Only those in whose name, id or gender each word is.",
                ),
                io.String.Input(
                    "language",
                    default="",
                    placeholder="de",
                    optional=True,
                    tooltip="Only voices that speak it: de, or German.",
                ),
            ],
            outputs=[io.String.Output("text", "text", tooltip="The id first, in every line.")],
        )

    @classmethod
    async def execute(cls, list: str, search: str = "", language: str = "") -> io.NodeOutput:
        lines = await host.run(_listed, list, search, language)
        host.watch(cls).tell(1.0, f"{len(lines)} {list}")
        return io.NodeOutput("\n".join(lines) or f"None of the {list} is called so.")


def _listed(what: str, search: str, language: str) -> list[str]:
    from ..studio.providers.heygen.people import language_named, matching
    from ..studio.providers.heygen.provider import HeyGen as Door

    door = Door()
    if what == "avatars":
        return [
            _line(each.id, each.name, each.gender, each.kind.replace("_", " "))
            for each in matching(door.avatars(), search)
        ]
    named = language_named(language)
    return [
        _line(each.id, each.name, each.gender, each.language)
        for each in matching(door.voices(named), search, named)
    ]


def _line(id: str, name: str, *about: str) -> str:
    return f"{id}    {name} ({', '.join(filter(None, about))})"
