"""The options that commands share, and those of `render`: how they are written, and what the help says of them."""

from __future__ import annotations

import math
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ...studio.errors import BadInput
from ..comfy.access import take_authority, take_headers


def _headers(texts: list[str] | None) -> list[str] | None:
    take_headers(texts)
    return texts


def _authority(path: Path | None) -> Path | None:
    take_authority(path)
    return path


Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        envvar="STORYREEL_SERVER",
        help="A ComfyUI with the Storyreel nodes, such as http://127.0.0.1:8188; without it the built-in "
        "engine.",
    ),
]
Header = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        metavar="NAME=CREDENTIAL",
        callback=_headers,
        help="A header that the server asks for; its value is the environment's or config.toml's of that name. "
        "Repeatable.",
    ),
]
Authority = Annotated[
    Path | None,
    typer.Option(
        "--ca",
        metavar="FILE",
        callback=_authority,
        help="The authority that signed the server's certificate (PEM), for HTTP and websocket.",
    ),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="NAME",
        help="Another name by which it is asked for; all others are refused. Repeatable.",
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        metavar="TOKEN",
        envvar="STORYREEL_TOKEN",
        help="What everyone has to show; better in the environment, where no list of processes shows it. Without it "
        "one is made where others than this machine can reach it.",
        show_envvar=True,
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON event per line on stdout; the last line is the result.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout", metavar="SECONDS", min=0.1, help="Stop the run if it takes longer; no limit without it."
    ),
]
AllowSpend = Annotated[
    bool, typer.Option("--allow-spend", help="Agree to what it costs; without it a person is asked.")
]

StoryboardFile = Annotated[
    Path,
    typer.Argument(
        metavar="STORYBOARD", help="A storyboard or a narrated sequence (sequence_data), JSON or YAML."
    ),
]
Pictures = Annotated[
    Path | None,
    typer.Option(
        "--pictures",
        metavar="FOLDER",
        help="The pictures of a narrated sequence, named by its scene numbers: 1.png, scene_002.jpg. Without it they "
        "are looked for in a folder with the sequence's name, beside it, and in the only folder there that has some.",
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--files",
        metavar="DIR",
        help="A further folder that it may name files in, beside its own. Repeatable; [files] folders in config.toml "
        "opens them for good.",
    ),
]
Film = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILM", help="The film's file; its folder is made.")
]
Provider = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="NAME",
        help="Who makes the clips, for every scene: animatic, auto, veo, omni, or a door.",
    ),
]
Quality = Annotated[
    str | None, typer.Option("--quality", metavar="NAME", help="draft, standard, high or premium.")
]
SaveWorkflow = Annotated[
    Path | None,
    typer.Option(
        "--save-workflow", metavar="FILE", help="Keep the workflow as well; it opens on the canvas."
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Show every scene, price and fault; send nothing, make nothing. Needs no key."
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="DOLLARS",
        min=0,
        help="The most that this run may spend; without it what --dry-run shows.",
    ),
]
MaxOfServer = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="DOLLARS",
        min=0,
        help="The most that all workflows may spend, as long as the server runs; goes with --allow-spend.",
    ),
]
Retake = Annotated[
    list[int] | None,
    typer.Option(
        "--retake",
        metavar="SCENE",
        help="Buy another take of this scene, counted from 0 as everywhere; the old one is kept. Repeatable.",
    ),
]
AllowGaps = Annotated[
    bool,
    typer.Option("--allow-gaps", help="Make the film without the scenes that fail; it then ends with 3."),
]


class Stage(str, Enum):
    keyframes = "keyframes"
    film = "film"


Until = Annotated[
    Stage,
    typer.Option(
        "--until",
        help="keyframes: draw the described frames and lay them on a sheet with the clips' prices, then stop. The same "
        "command without it goes on.",
    ),
]


class Rank(str, Enum):
    high = "high"
    normal = "normal"
    low = "low"


Priority = Annotated[
    Rank, typer.Option("--priority", help="Who goes first where several runs wait for one door.")
]
Rehearse = Annotated[
    bool,
    typer.Option("--rehearse", help="The same run against emulators of the paid services: no key, no money."),
]


def money(amount: float | None) -> Decimal | None:
    """Dollars as they were typed. Raises BadInput for a sum without an end."""
    if amount is not None and not math.isfinite(amount):
        raise BadInput(f"{amount} is no sum of dollars", "say how many it may be at most")
    return None if amount is None else Decimal(str(amount))
