"""`storyreel svd`: the weights of Stable Video Diffusion, which films pictures on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options

app = typer.Typer(
    help="""Stable Video Diffusion, which films pictures on this machine.

\b
storyreel svd fetch svd-xt
""",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def svd() -> None:
    """With a callback its one command keeps its name."""


@app.command()
def fetch(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="svd-xt: 25 frames; svd: 14.")] = "svd-xt",
    as_json: options.Json = False,
) -> None:
    """Download a model's weights: about 5 GB from Hugging Face.

    Its licence has to be accepted there first. They are put where they are looked for: into the folder that
    STORYREEL_SVD_WEIGHTS or config.toml names, else where Hugging Face's library keeps what it downloads.

    \b
    storyreel svd fetch
    storyreel svd fetch svd
    """
    from ..display.console import session

    with session(as_json, folder=None) as talk:
        from ...studio.providers.svd.fetch import fetch as fetched

        folder = str(fetched(model, quiet=as_json))
        plain = {"ok": True, "folder": folder, "warnings": [], "error": None}
        talk.result(plain, lambda out: out.print(f"{model} is in {folder}", soft_wrap=True, markup=False))
