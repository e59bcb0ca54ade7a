"""From words to clips: storyboards from a file, from text, from prompts, and the node that shoots them."""

from __future__ import annotations

import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

from .. import host
from ..host import io
from ..studio.planning.model_choice import AUTO, FAMILIES, FREE
from ..studio.providers import PROVIDERS, SOUNDS_ONLY
from ..studio.timeline.settings import ASPECT_RATIOS, QUALITIES
from ..studio.timeline.timeline import TRANSITION_NAMES
from . import examples, sockets

AS_WRITTEN = "as the storyboard says"
WHO = (FREE, AUTO, *FAMILIES, *(name for name in PROVIDERS if name not in (FREE, *SOUNDS_ONLY)))
PRIORITIES = {"high": 1, "normal": 0, "low": -1}

EXAMPLE = """title: My film
quality: draft
transition: crossfade
scenes:
  - prompt: A title card is what a scene without a picture becomes
    duration: 3
  - prompt: The next scene comes in by a transition
    duration: 3
    transition: wipe
"""


class LoadStoryboard(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelLoadStoryboard",
            display_name="Load Storyboard",
            category="Storyreel/Storyboard",
            description="Reads a storyboard from a JSON or YAML file in the input folder, or one of the "
            "examples.",
            inputs=[
                io.Combo.Input(
                    "file",
                    examples.storyboards() + host.input_names((".json", ".yaml", ".yml")),
                    tooltip="A storyboard in ComfyUI's input folder; the pictures and the music that it "
                    "names lie "
                    "beside it. Those marked [examples] come with Storyreel.",
                ),
            ],
            outputs=[
                sockets.Storyboard.Output(
                    "storyboard", "storyboard", tooltip="The storyboard, for Shoot Storyboard."
                )
            ],
        )

    @classmethod
    def validate_inputs(cls, file: str | None) -> bool | str:
        return True if file is None else sockets.verdict(_examined, file)

    @classmethod
    def fingerprint_inputs(cls, file: str) -> str:
        return fingerprint_of(*_read(_path(file)))

    @classmethod
    async def execute(cls, file: str) -> io.NodeOutput:
        return io.NodeOutput(socket_of(*_read(_path(file))))


class Storyboard(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelStoryboard",
            display_name="Storyboard",
            category="Storyreel/Storyboard",
            description="A storyboard written right here, in JSON or YAML.",
            inputs=[
                io.String.Input(
                    "text",
                    default=EXAMPLE,
                    multiline=True,
                    dynamic_prompts=False,  # the canvas would take JSON's braces for {one|or|another}
                    tooltip="The storyboard. Pictures and music are named from ComfyUI's input folder.",
                ),
            ],
            outputs=[
                sockets.Storyboard.Output(
                    "storyboard", "storyboard", tooltip="The storyboard, for Shoot Storyboard."
                )
            ],
        )

    @classmethod
    def validate_inputs(cls, text: str | None) -> bool | str:
        from ..studio.planning.validate import examine

        return (
            True
            if text is None
            else sockets.verdict(lambda: examine(text, host.input_folder(), cast=False, ready=False))
        )

    @classmethod
    def fingerprint_inputs(cls, text: str) -> str:
        return fingerprint_of(*_parsed(text))

    @classmethod
    async def execute(cls, text: str) -> io.NodeOutput:
        return io.NodeOutput(socket_of(*_parsed(text)))


class ScenesFromPrompts(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelScenesFromPrompts",
            display_name="Scenes from Prompts",
            category="Storyreel/Storyboard",
            description="Makes a storyboard of a list of prompts, one scene per line.",
            inputs=[
                io.String.Input(
                    "prompts",
                    default="Sunrise over the city\nThe street wakes up\nSunset in the river",
                    multiline=True,
                    tooltip="One scene per line; empty lines are skipped.",
                ),
                io.Float.Input(
                    "duration",
                    default=3.0,
                    min=0.1,
                    max=3600.0,
                    step=0.1,
                    tooltip="Seconds of each scene on screen.",
                ),
                io.Combo.Input(
                    "transition",
                    list(TRANSITION_NAMES),
                    default="crossfade",
                    tooltip="How each scene comes in.",
                ),
                io.Float.Input(
                    "transition_duration",
                    default=0.5,
                    min=0.05,
                    max=60.0,
                    step=0.05,
                    tooltip="Seconds that a scene overlaps the one before it.",
                ),
                io.Combo.Input(
                    "quality",
                    list(QUALITIES),
                    default="standard",
                    tooltip="draft 854x480 at 24 fps, standard 1280x720 at 30, high 1920x1080 at 30, premium "
                    "3840x2160 at 60.",
                ),
                io.Combo.Input(
                    "aspect_ratio",
                    list(ASPECT_RATIOS),
                    default="16:9",
                    tooltip="The shape of the film's frame.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=2**63 - 1,
                    control_after_generate=False,
                    tooltip="The same seed makes the same film.",
                ),
                io.String.Input("title", default="", tooltip="The film's title; it is kept in the file."),
            ],
            outputs=[
                sockets.Storyboard.Output(
                    "storyboard", "storyboard", tooltip="The storyboard, for Shoot Storyboard."
                )
            ],
        )

    @classmethod
    def validate_inputs(cls, prompts: str | None) -> bool | str:
        return prompts is None or bool(_lines(prompts)) or "there is no prompt: write one scene per line"

    @classmethod
    async def execute(cls, prompts: str, duration: float, **settings: Any) -> io.NodeOutput:
        from ..studio.storyboard.parser import from_prompts

        board = from_prompts(_lines(prompts), duration, **settings)
        return io.NodeOutput(socket_of(board, host.input_folder()))


class ShootStoryboard(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelShoot",
            display_name="Shoot Storyboard",
            category="Storyreel/Storyboard",
            description="Makes a clip of every scene, several at once, and lays them on a timeline.",
            inputs=[
                sockets.StoryboardInput("storyboard", tooltip="What to shoot."),
                io.Combo.Input(
                    "provider",
                    [AS_WRITTEN, *WHO],
                    default=AS_WRITTEN,
                    tooltip="Who makes the clips. animatic is free, here and at once: pictures in motion "
                    "and title cards. auto takes the best model that is ready; all others cost money too.",
                ),
                io.Float.Input(
                    "max_cost",
                    default=0.0,
                    min=0.0,
                    max=100_000.0,
                    step=0.01,
                    optional=True,
                    tooltip="Dollars that one run may spend at most. 0 buys nothing: only animatics and clips that "
                    "were bought before.",
                ),
                io.Boolean.Input(
                    "allow_gaps",
                    default=False,
                    optional=True,
                    tooltip="Make the film without the scenes that fail, instead of none.",
                ),
                io.String.Input(
                    "retakes",
                    default="",
                    optional=True,
                    tooltip="Scenes of which another take is bought, each with a word of yours: 2:darker,5:again. "
                    "Scenes count from 0; the same word means the same take, and old takes are kept.",
                ),
                io.Combo.Input(
                    "priority",
                    list(PRIORITIES),
                    default="normal",
                    optional=True,
                    tooltip="Who goes first where several runs wait for one provider.",
                ),
            ],
            outputs=[
                sockets.Timeline.Output(
                    "timeline",
                    "timeline",
                    tooltip="The clips in order, with their transitions and the music.",
                ),
                sockets.FilmSettings.Output(
                    "settings", "settings", tooltip="The film's size and rate, as the storyboard has them."
                ),
                io.Video.Output(
                    "clips",
                    "clips",
                    tooltip="The clip of each scene, one by one; of a long scene, all its parts.",
                    is_output_list=True,
                ),
                io.String.Output(
                    "report", "report", tooltip="What was made, what it cost, what was done differently."
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, retakes: str | None = None, storyboard: Any = None) -> bool | str:
        wired = sockets.only_wired(storyboard=storyboard)
        return sockets.verdict(retakes_of, retakes or "") if wired is True else wired

    @classmethod
    def fingerprint_inputs(cls, allow_gaps: bool | None = None, **inputs: Any) -> str:
        # What is missing is asked for again each time; clips that are there come from the vault.
        return uuid.uuid4().hex if allow_gaps else ""

    @classmethod
    async def execute(
        cls,
        storyboard: dict[str, Any],
        provider: str,
        max_cost: float = 0.0,
        allow_gaps: bool = False,
        retakes: str = "",
        priority: str = "normal",
    ) -> io.NodeOutput:
        from ..studio.planning.overrides import overridden
        from ..studio.production.shoot import shoot

        board, folder = await host.run(sockets.storyboard_of, storyboard)
        if provider != AS_WRITTEN:
            board = overridden(board, provider=provider)
        spend = host.spend(
            limit=Decimal(str(max_cost)),
            film=board.title,
            retakes=retakes_of(retakes, len(board.scenes)),
            gaps=allow_gaps,
            priority=PRIORITIES[priority],
        )
        clips = host.temp_path("clips", "")
        shooting = await host.run(shoot, board, folder, clips, watch=host.watch(cls), spend=spend)
        return io.NodeOutput(
            sockets.TimelineWire(shooting.timeline.to_plain()),
            sockets.SettingsWire(shooting.settings.model_dump(mode="json")),
            [host.video(path) for path in shooting.clips],
            shooting.report(),
        )


def _path(file: str) -> Path:
    if file.endswith(examples.MARK):
        return examples.storyboard(file)
    return host.input_file(file)


def _examined(file: str) -> None:
    from ..studio.planning.validate import examine
    from ..studio.storyboard.parser import text_of

    path = _path(file)
    examine(text_of(path), path.parent, path.name, cast=False, ready=False)


def _read(path: Path) -> tuple[Any, Path]:
    """A storyboard file, and the folder that its files are in."""
    from ..studio.storyboard.parser import read

    return read(path), path.parent


def _parsed(text: str) -> tuple[Any, Path]:
    from ..studio.storyboard.parser import parse

    return parse(text), host.input_folder()


def _lines(prompts: str) -> list[str]:
    return [line.strip() for line in prompts.splitlines() if line.strip()]


def retakes_of(text: str, scenes: int | None = None) -> dict[int, str]:
    """Scene → token of "2:darker,5:again". Raises BadInput."""
    from ..studio.errors import BadInput, Fault

    found, faults = {}, []
    for part in filter(None, (each.strip() for each in text.replace("\n", ",").split(","))):
        number, _, token = (each.strip() for each in part.partition(":"))
        if not number.isdecimal() or not token:
            cure = "write a scene's number, a colon and a word, such as 2:again"
            faults.append(Fault("retakes", f"{part!r} is not a retake", cure))
        elif scenes is not None and int(number) >= scenes:
            faults.append(Fault("retakes", f"there is no scene {number}", f"scenes are 0 to {scenes - 1}"))
        else:
            found[int(number)] = token
    if faults:
        raise BadInput("the retakes can't be read", faults=faults)
    return found


def socket_of(board: Any, folder: Path) -> dict[str, Any]:
    return sockets.StoryboardWire(storyboard=board.to_plain(), folder=str(folder))


def fingerprint_of(board: Any, folder: Path) -> str:
    """Changes when the storyboard does, or a file that it names; until then what was made is reused."""
    import json

    from ..studio.planning.input_files import files_of
    from ..studio.planning.shots import path_of

    names = {board.music, board.font, board.music_folder} | {
        name for number in range(len(board.scenes)) for _, name in files_of(board, number)
    }
    files = {name: Path(path_of(name, folder) or "") for name in sorted(names - {None})}
    stamps = {name: path.stat().st_mtime_ns if path.exists() else 0 for name, path in files.items()}
    for path in files.values():
        if path.is_dir():
            stamps |= {str(each): each.stat().st_mtime_ns for each in sorted(path.rglob("*"))[:1000]}
    return json.dumps([board.to_plain(), str(folder), stamps])
