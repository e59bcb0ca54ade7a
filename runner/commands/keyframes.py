"""`storyreel render --until keyframes`: the described frames are drawn and laid on a sheet with the clips' prices; no
clip is made. The same command without `--until` goes on from there: the frames are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ...studio.errors import BadInput
from ..comfy.client.wait import PATIENT, Patience
from ..display.events import Tell, silent
from ..jobs.preflight import Script
from ..jobs.results import WHAT, Drawn
from .budget_events import tell_crossed
from .render import Run, Terms, graph_of, has_our_nodes

SHEET_NODE = "2"
NODES = ("StoryreelStoryboard", "StoryreelKeyframes")


def sheet_beside(film: Path) -> Path:
    """film.mp4 → film.keyframes.png"""
    return film.with_suffix(".keyframes.png")


def draw_frames(
    script: Script,
    sheet: Path,
    *,
    terms: Terms | None = None,
    server: str | None = None,
    tell: Tell = silent,
    show_graph: Any = silent,
    patience: Patience = PATIENT,
) -> Drawn:
    """Draws what a checked storyboard describes and puts the sheet at `sheet`. Raises as `render` does."""
    terms = terms or Terms()
    if not any(
        scene.first_frame_description or scene.last_frame_description for scene in script.board.scenes
    ):
        raise BadInput(
            f"{script.path.name} describes no frames, so there is nothing to draw",
            "give scenes a first_frame_description or a last_frame_description, or leave --until out",
        )
    run = Run(script, terms, server, tell, show_graph, patience)
    with run.begun() as client:
        info = client.object_info()
        has_our_nodes(info, client, NODES)
        plain, post = run.sent(client)
        asked = {name: value for name, value in terms.widgets(run.place.name).items() if name != "allow_gaps"}
        text = json.dumps(plain, ensure_ascii=False, indent=1)
        nodes = {
            "1": ("StoryreelStoryboard", {"text": text}),
            SHEET_NODE: ("StoryreelKeyframes", {"storyboard": ["1", 0], **asked}),
        }
        finished = run.finished(client, graph_of(nodes, info), info, post)
        reported, file = run.reported(client, finished, SHEET_NODE, "width", "a sheet of keyframes")
        client.fetch(file, sheet)
        tell({"event": "fetched", "path": str(sheet), "bytes": sheet.stat().st_size})
        about = {"path": str(sheet.resolve()), "width": reported["width"], "height": reported["height"]}
        run.keep(file, about, finished)
    alerts = tell_crossed(run.budgets, tell)
    losses = [str(each) for each in reported.get("losses") or ()]
    return Drawn(
        sheet=about,
        scenes=tuple(_scenes(script, reported)),
        warnings=tuple(dict.fromkeys([*script.warnings, *losses, *alerts])),
        losses=tuple(losses),
        spent=Decimal(str(reported.get("spent") or 0)),
        to_pay=Decimal(str(reported.get("to_pay") or 0)),
        seconds=finished.seconds,
        record=run.record.path,
        title=script.title,
        rehearsal=terms.rehearsal,
    )


def _scenes(script: Script, reported: Mapping[str, Any]) -> list[dict[str, Any]]:
    frames = {(frame["index"], frame["what"]): frame for frame in reported.get("frames") or ()}
    return [
        {
            "index": row.index,
            "prompt": row.prompt,
            "provider": row.provider,
            "model": row.model,
            **{what: _frame(frames.get((row.index, what))) for what in WHAT},
        }
        for row in script.rows
    ]


def _frame(frame: Mapping[str, Any] | None) -> dict[str, Any] | None:
    keys = ("picture", "provider", "model", "cost", "reused", "error")
    return {key: frame[key] for key in keys} if frame else None
