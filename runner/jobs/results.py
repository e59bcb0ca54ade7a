"""What the commands that run a film or a workflow bring: values, which tables and `--json` show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..comfy.client.outputs import Fetched

MARK = "REHEARSAL"
"""What stands in the titles, tables and metadata of rehearsed films."""


@dataclass(frozen=True)
class Rendered:
    """The film, its scenes, and what was done differently from what was asked."""

    film: Mapping[str, Any]
    scenes: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    losses: tuple[str, ...]
    """Those of the warnings that say that something asked for is missing or replaced."""
    seconds: float
    record: Path
    title: str = ""
    bytes: int = 0
    timings: Mapping[str, Any] = field(default_factory=dict)
    spent: Decimal = Decimal(0)
    """Dollars, by this run."""
    rehearsal: bool = False

    @property
    def cost(self) -> Decimal:
        """Dollars that the film's clips have cost, whenever they were paid for."""
        return sum((Decimal(str(scene["cost"] or 0)) for scene in self.scenes), Decimal(0))

    def to_plain(self) -> dict[str, Any]:
        """The last line of `--json`."""
        return {
            "ok": True,
            "film": dict(self.film),
            "scenes": [dict(scene) for scene in self.scenes],
            "cost": float(self.cost),
            "spent": float(self.spent),
            "rehearsal": self.rehearsal,
            "warnings": list(self.warnings),
            "error": None,
            "record": str(self.record),
        }


@dataclass(frozen=True)
class Ran:
    """What a workflow's run brought."""

    outputs: tuple[Fetched, ...]
    texts: Mapping[str, Sequence[str]]
    films: tuple[Mapping[str, Any], ...]
    """Films of Render Film nodes, as the node reports them, with the local path."""
    cached: tuple[str, ...]
    seconds: float
    graph: Mapping[str, Any]
    record: Path

    def to_plain(self) -> dict[str, Any]:
        return {
            "ok": True,
            "outputs": [fetched.to_plain() for fetched in self.outputs],
            "texts": {node: list(texts) for node, texts in self.texts.items()},
            "films": [dict(film) for film in self.films],
            "seconds": self.seconds,
            "record": str(self.record),
            "warnings": [note for film in self.films for note in film.get("notes", [])],
            "error": None,
        }


@dataclass(frozen=True)
class Drawn:
    """The sheet, and what is known of the frames on it."""

    sheet: Mapping[str, Any]
    """path, width, height"""
    scenes: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    losses: tuple[str, ...]
    spent: Decimal
    """Dollars, by this run."""
    to_pay: Decimal
    """Dollars that the film will still cost."""
    seconds: float
    record: Path
    title: str
    rehearsal: bool = False

    @property
    def cost(self) -> Decimal:
        """Dollars that the frames have cost, whenever they were paid for."""
        frames = [scene[what] for scene in self.scenes for what in WHAT if scene[what]]
        return sum((Decimal(str(frame["cost"] or 0)) for frame in frames), Decimal(0))

    def to_plain(self) -> dict[str, Any]:
        """The last line of `--json`."""
        return {
            "ok": True,
            "until": "keyframes",
            "film": None,
            "sheet": dict(self.sheet),
            "scenes": [dict(scene) for scene in self.scenes],
            "cost": float(self.cost),
            "spent": float(self.spent),
            "to_pay": float(self.to_pay),
            "rehearsal": self.rehearsal,
            "warnings": list(self.warnings),
            "error": None,
            "record": str(self.record),
        }


WHAT = ("first_frame", "last_frame")
