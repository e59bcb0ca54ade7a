"""`storyreel convert` and `storyreel nodes`, as they are typed: both ask a server, or the engine, what it has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options


def convert(
    workflow: Annotated[Path, typer.Argument(metavar="WORKFLOW", help="A workflow saved from the canvas.")],
    server: options.Server = None,
    header: options.Header = None,
    ca: options.Authority = None,
    object_info: Annotated[
        Path | None,
        typer.Option("--object-info", metavar="FILE", help="What a ComfyUI answered to /object_info, saved."),
    ] = None,
) -> None:
    """Print a canvas workflow in API format.

    Nodes of packs that aren't installed stay as the canvas leaves them, and are named on stderr: no server
    will run the result.

    \b
    storyreel convert workflow.json > workflow_api.json
    """
    from ..display.console import session

    with session(False) as talk:
        from ...studio.errors import Fault
        from ..comfy.convert import to_api
        from ..comfy.graph.verify import refuse_overgrown
        from ..jobs import document
        from ..jobs.connect import object_info as ask

        found = document.workflow(workflow, "convert")
        info = document.object_info(object_info) if object_info else ask(server)
        missing: list[Fault] = []
        talk.line(refuse_overgrown(to_api(found.data, info, missing=missing), info), indent=2)
        for fault in missing:
            talk.warn(str(fault))
        if missing and not (server or object_info):
            talk.note(
                "Only the built-in engine was asked; --server URL or --object-info FILE asks a ComfyUI."
            )


def nodes(
    server: options.Server = None,
    header: options.Header = None,
    ca: options.Authority = None,
    as_json: options.Json = False,
) -> None:
    """List the nodes that workflows can use.

    \b
    storyreel nodes
    storyreel nodes --server http://127.0.0.1:8188
    """
    from ..display.console import session

    with session(as_json) as talk:
        from ..jobs.connect import object_info as ask
        from ..tables.results import plain_nodes, show_nodes

        info = ask(server)
        talk.result(plain_nodes(info), lambda out: show_nodes(out, info))
