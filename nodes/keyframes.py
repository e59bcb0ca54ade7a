"""Frames before clips: the described frames of a storyboard are drawn, and shown with what the clips will cost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from .. import host
from ..host import io
from . import sockets
from .storyboard import AS_WRITTEN, PRIORITIES, WHO, retakes_of


class Keyframes(io.ComfyNode):
    failures = 0
    """How often a frame was missing after a run, since this process began."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelKeyframes",
            display_name="Keyframes",
            category="Storyreel/Storyboard",
            description="Draws the first and last frames that a storyboard describes, and shows them on one sheet with "
            "the prices of the clips.",
            inputs=[
                sockets.StoryboardInput("storyboard", tooltip="The storyboard with described frames."),
                io.Combo.Input(
                    "provider",
                    [AS_WRITTEN, *WHO],
                    default=AS_WRITTEN,
                    tooltip="Who will make the clips; the same as at Shoot Storyboard.",
                ),
                io.Float.Input(
                    "max_cost",
                    default=0.0,
                    min=0.0,
                    max=100_000.0,
                    step=0.01,
                    optional=True,
                    tooltip="Dollars that drawing may cost in one run. 0 buys nothing: only frames that were drawn "
                    "before.",
                ),
                io.String.Input(
                    "retakes",
                    default="",
                    optional=True,
                    tooltip="Scenes whose frames are drawn again, each with a word of yours: 2:brighter,5:again. "
                    "Scenes count from 0; the same word means the same drawing, and old ones are kept.",
                ),
                io.Combo.Input(
                    "priority",
                    list(PRIORITIES),
                    default="normal",
                    optional=True,
                    tooltip="Who goes first where several runs wait for one provider.",
                ),
                io.String.Input(
                    "filename_prefix",
                    default="storyreel/keyframes",
                    optional=True,
                    tooltip="The sheet's name in the output folder; a number is added.",
                ),
            ],
            outputs=[
                io.Image.Output("sheet", "sheet", tooltip="All scenes with their frames and prices."),
                sockets.Storyboard.Output(
                    "storyboard",
                    "storyboard",
                    tooltip="The storyboard, as it came in: Shoot Storyboard finds the frames and buys none again.",
                ),
                io.String.Output("report", "report", tooltip="What was drawn by whom, and what it cost."),
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, retakes: str | None = None, storyboard: Any = None) -> bool | str:
        wired = sockets.only_wired(storyboard=storyboard)
        return sockets.verdict(retakes_of, retakes or "") if wired is True else wired

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> int:
        # What couldn't be drawn is asked for again. Else nothing is new, and whoever gets the storyboard rests too.
        return Keyframes.failures

    @classmethod
    async def execute(
        cls,
        storyboard: dict[str, Any],
        provider: str,
        max_cost: float = 0.0,
        retakes: str = "",
        priority: str = "normal",
        filename_prefix: str = "storyreel/keyframes",
    ) -> io.NodeOutput:
        from ..studio.planning.overrides import overridden

        board, folder = await host.run(sockets.storyboard_of, storyboard)
        if provider != AS_WRITTEN:
            board = overridden(board, provider=provider)
        spend = host.spend(
            limit=Decimal(str(max_cost)),
            film=board.title,
            retakes=retakes_of(retakes, len(board.scenes)),
            priority=PRIORITIES[priority],
        )
        pixels, about, report = await host.run(_drawn, board, folder, spend, host.watch(cls))
        Keyframes.failures += bool(about["losses"])
        path, saved = host.output_path(filename_prefix, ".png", pixels.shape[1], pixels.shape[0])
        await host.run(_save, pixels, path)
        about |= {"path": str(path), "width": pixels.shape[1], "height": pixels.shape[0]}
        shown = {"images": [saved], "storyreel": [about]}
        return io.NodeOutput(host.image(pixels), storyboard, report, ui=shown)


def _drawn(board: Any, folder: Path, spend: Any, watch: Any) -> tuple[Any, dict[str, Any], str]:
    """The sheet, what is known of its frames as JSON data, and the same for a person."""
    from ..studio.planning.estimate import quote
    from ..studio.production.keyframes import sheet
    from ..studio.production.shoot import draw

    drawing = draw(board, folder, host.temp_path("keyframes", ""), watch, spend)
    quoted = quote(board, folder)
    about = {
        "frames": drawing.to_plain(),
        "losses": drawing.losses(),
        "spent": float(drawing.spent),
        "to_pay": float(quoted.cost),
        "run": spend.run,
    }
    return sheet(board, folder, drawing, quoted), about, drawing.report(quoted)


def _save(pixels: Any, path: Path) -> None:
    from ..studio.media.image import save_png

    save_png(pixels, path)
