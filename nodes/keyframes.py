"""Frames before clips: what a storyboard describes is drawn, and can be looked at before anything dear is made."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import host
from ..host import io
from . import sockets
from .storyboard import retakes_of

if TYPE_CHECKING:
    from ..studio.keyframes import Drawing
    from ..studio.watch import Watch

_FAILURES = itertools.count(1)
_failed = 0
"""Goes into the fingerprint: what is drawn stays as it is, and what failed is asked for again in the next run."""


class Keyframes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelKeyframes",
            display_name="Keyframes",
            category="Storyreel/Storyboard",
            description="Draws the first and last frames that a storyboard describes, before any clip is made of them.",
            inputs=[
                sockets.Storyboard.Input("storyboard", tooltip="Whose described frames are drawn."),
                io.Float.Input(
                    "max_cost",
                    default=0.0,
                    min=0.0,
                    max=100_000.0,
                    step=0.01,
                    round=0.01,
                    optional=True,
                    tooltip="Dollars that the frames may cost in one run. 0 buys nothing: only frames that were bought "
                    "before are shown.",
                ),
                io.String.Input(
                    "retakes",
                    default="",
                    optional=True,
                    tooltip="Scenes whose frames are drawn once more, each with a word of yours: 2:warmer,5:again. Scenes "
                    "count from 0; the same word means the same drawing.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "sheet",
                    "sheet",
                    tooltip="All scenes with their first and last frames, and what is still to be paid for each.",
                ),
                sockets.Storyboard.Output(
                    "storyboard",
                    "storyboard",
                    tooltip="The same storyboard, for Shoot Storyboard, which finds the frames and buys none again.",
                ),
                io.String.Output(
                    "report",
                    "report",
                    tooltip="A line for each frame: who drew it, what it cost, why it isn't there.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, retakes: str | None = None) -> bool | str:
        return sockets.verdict(retakes_of, retakes or "")

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> int:
        return _failed

    @classmethod
    async def execute(
        cls, storyboard: dict[str, Any], max_cost: float = 0.0, retakes: str = ""
    ) -> io.NodeOutput:
        watch = host.watch(cls)
        sheet, lines = await host.run(_drawn, storyboard, max_cost, retakes, watch)
        watch.tell(1.0, lines[-1])
        return io.NodeOutput(host.image(sheet), storyboard, "\n".join(lines))


def _drawn(storyboard: dict[str, Any], max_cost: float, retakes: str, watch: Watch) -> tuple[Any, list[str]]:
    """The sheet, and what is said of its frames."""
    global _failed
    from ..studio.keyframes import sheet
    from ..studio.quote import quote
    from ..studio.shoot import draw
    from ..studio.spend import Spend
    from ..studio.storyboard import from_plain

    board, folder = from_plain(storyboard["storyboard"]), Path(storyboard["folder"])
    spend = Spend(
        limit=Decimal(repr(float(max_cost))),
        film=board.title,
        retakes=retakes_of(retakes, len(board.scenes)),
    )
    drawing = draw(board, folder, host.temp_path("keyframes", ""), watch, spend)
    if drawing.errors:
        _failed = next(_FAILURES)
    return sheet(board, folder, drawing, quote(board, folder)), list(_said(drawing))


def _said(drawing: Drawing) -> Iterator[str]:
    frames = drawing.to_plain()
    for frame in frames:
        said = f"{frame['index'] + 1}. {frame['what'].replace('_', ' ')}"
        if frame["error"]:
            yield f"{said}: {frame['error']}"
        else:
            kept = " (bought before)" if frame["reused"] else ""
            yield f"{said} · {frame['model']} through {frame['provider']} · ${frame['cost']:.2f}{kept}"
    there = sum(1 for frame in frames if frame["picture"])
    if frames:
        yield f"{there} of {len(frames)} frames are there; this run paid ${drawing.spent:.2f}"
    else:
        yield "no scene describes a frame, so there is nothing to draw"
