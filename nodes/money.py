"""What a storyboard will cost, and the guard that lets it through only if that may be spent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import host
from ..host import io
from . import sockets


class Estimate(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelEstimate",
            display_name="Estimate",
            category="Storyreel/Cloud",
            description="Says what each scene of a storyboard will cost, before anything is spent; needs no key.",
            inputs=[sockets.StoryboardInput("storyboard", tooltip="The storyboard to price.")],
            outputs=[
                io.String.Output(
                    "table",
                    "table",
                    tooltip="A line per scene with its model and price, the total, and any faults.",
                ),
                io.Float.Output("total", "total", tooltip="Dollars that are still to be paid."),
            ],
        )

    @classmethod
    def validate_inputs(cls, storyboard: Any = None) -> bool | str:
        return sockets.only_wired(storyboard=storyboard)

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        return float("nan")  # prices, budgets and what was bought change without the storyboard

    @classmethod
    async def execute(cls, storyboard: dict[str, Any]) -> io.NodeOutput:
        watch = host.watch(cls)
        found = await host.run(_quoted, storyboard)
        watch.tell(1.0, f"${found.cost:.2f} for {len(found.scenes)} scenes")
        return io.NodeOutput(found.table(), float(found.cost))


class BudgetGuard(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StoryreelBudgetGuard",
            display_name="Budget Guard",
            category="Storyreel/Cloud",
            description="Lets a storyboard through only if what it will cost is within a cap and within your budgets.",
            inputs=[
                sockets.StoryboardInput(
                    "storyboard", tooltip="The storyboard that is priced and let through."
                ),
                io.Float.Input(
                    "cap",
                    default=5.0,
                    min=0.0,
                    max=100000.0,
                    step=0.05,
                    round=0.01,
                    tooltip="Dollars that it may cost; above it the run stops here, and nothing is sent.",
                ),
                io.AnyType.Input(
                    "through",
                    optional=True,
                    tooltip="Anything else that is let through only then, such as a video.",
                ),
            ],
            outputs=[
                sockets.Storyboard.Output(
                    "storyboard", "storyboard", tooltip="The storyboard, for Shoot Storyboard."
                ),
                io.AnyType.Output("through", "through", tooltip="What came in as through."),
            ],
        )

    @classmethod
    def validate_inputs(cls, storyboard: Any = None) -> bool | str:
        return sockets.only_wired(storyboard=storyboard)

    @classmethod
    async def execute(cls, storyboard: dict[str, Any], cap: float, through: Any = None) -> io.NodeOutput:
        watch = host.watch(cls)
        found = await host.run(_guarded, storyboard, cap)
        watch.tell(1.0, f"${found.cost:.2f} of ${cap:.2f}")
        return io.NodeOutput(storyboard, through)


def _quoted(storyboard: dict[str, Any]) -> Any:
    from ..studio.planning.estimate import quote

    return quote(*sockets.storyboard_of(storyboard))


def _guarded(storyboard: dict[str, Any], cap: float) -> Any:
    """The quote. Raises BadInput for a storyboard that can't be shot, OverBudget for one that is too dear."""
    from ..studio.planning.estimate import within

    found = _quoted(storyboard)
    within(found, Decimal(repr(float(cap))))
    return found
